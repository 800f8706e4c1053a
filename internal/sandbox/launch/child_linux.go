package launch

import (
	"math/bits"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// beginning makes the child one that ends with us, and has it wait for what it
// cannot do itself.
func (c *child) beginning() {
	// With its copy of our end it would not notice that we are gone.
	c.do("closing a socket", unix.SYS_CLOSE, uintptr(c.ours))
	c.dies()
	// Handlers are ours, and their memory.
	for sig := uintptr(1); sig <= 64; sig++ {
		if sig != uintptr(unix.SIGKILL) && sig != uintptr(unix.SIGSTOP) && !ignored(sig) {
			c.do("resetting signals", unix.SYS_RT_SIGACTION, sig, addr(&c.script, &sigaction{}), 0, 8)
		}
	}
	c.mask = new(uint64)
	if c.Group {
		c.do("leading a process group", unix.SYS_SETPGID, 0, 0)
	}
	if c.Namespaces {
		c.do("waiting for users", unix.SYS_READ, uintptr(c.theirs), addr(&c.script, new([1]byte)), 1).wants(1)
	}
}

// A sigaction is that of the kernel. Zero is the default action.
type sigaction struct{ handler, flags, restorer, mask uintptr }

// ignored reports whether this process ignores a signal, as its children do then.
func ignored(sig uintptr) bool {
	const ignore = 1
	var now sigaction
	_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, sig, 0, uintptr(unsafe.Pointer(&now)), 8, 0, 0)
	return e == 0 && now.handler == ignore
}

// dies has the child end with the thread that made it.
func (c *child) dies() {
	c.do("asking to die with tracetrain", unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL))
}

// diesWithParent renews what a change of credentials has undone. If the thread is
// gone already, nobody holds the other end of the socket.
func (c *child) diesWithParent() {
	c.dies()
	p := &unix.PollFd{Fd: int32(c.theirs)}
	c.do("finding tracetrain gone", unix.SYS_PPOLL, addr(&c.script, p), 1, addr(&c.script, &unix.Timespec{}), 0, 0).wants(0)
}

// closeOthers keeps from the program what we have inherited from those that
// started us.
func (c *child) closeOthers() {
	if rangeCloses() {
		c.do("closing descriptors", unix.SYS_CLOSE_RANGE, uintptr(c.last+1), uintptr(^uint32(0)), unix.CLOSE_RANGE_CLOEXEC)
	}
}

// rangeCloses reports whether the kernel can mark all descriptors, as it can since
// Linux 5.11. If not, those that we have inherited are marked here: no others are
// without the mark.
var rangeCloses = sync.OnceValue(func() bool {
	if unix.CloseRange(^uint(0)>>33, ^uint(0)>>32, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return true
	}
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
	return false
})

// limit sets a limit, or as much of it as this process is allowed.
func (c *child) limit(l Limit) {
	r := &unix.Rlimit{Cur: l.Value, Max: l.Value}
	var now unix.Rlimit
	if err := unix.Prlimit(0, l.Resource, nil, &now); err != nil {
		c.fail("limiting "+l.Name, err)
		return
	}
	if now.Max < r.Max {
		r.Cur, r.Max = now.Max, now.Max
	}
	c.do("limiting "+l.Name, unix.SYS_PRLIMIT64, 0, uintptr(l.Resource), addr(&c.script, r), 0)
}

// dropRights becomes the user of the plan and gives up every capability.
func (c *child) dropRights() {
	for n := uintptr(0); n <= lastCapability(); n++ {
		c.do("giving up a capability", unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, n).or(unix.EPERM, 0)
	}
	if c.UID != 0 {
		id := uintptr(c.UID)
		c.do("leaving groups", unix.SYS_SETGROUPS, 0, 0)
		c.do("becoming another group", unix.SYS_SETRESGID, id, id, id)
		c.do("becoming another user", unix.SYS_SETRESUID, id, id, id)
	}
	// A kernel without them says that the argument is invalid.
	c.do("giving up ambient capabilities", unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0).or(unix.EINVAL, 0)
	header := &unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	c.do("giving up capabilities", unix.SYS_CAPSET, addr(&c.script, header), addr(&c.script, &[2]unix.CapUserData{}))
}

// lastCapability is the highest that the kernel knows.
var lastCapability = sync.OnceValue(func() uintptr {
	n := uintptr(0)
	for n < 63 && unix.Prctl(unix.PR_CAPBSET_READ, n+1, 0, 0, 0) != syscall.EINVAL {
		n++
	}
	return n
})

// network brings up the loopback device, which is all there is, and listens
// there in our name if the plan says so.
func (c *child) network() {
	if !c.Loopback {
		return
	}
	lo, err := unix.NewIfreq("lo")
	c.fail("naming the loopback device", err)
	lo.SetUint16(unix.IFF_UP)
	c.do("opening a socket", unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0).gives(1, 0)
	c.do("bringing up the loopback device", unix.SYS_IOCTL, 0, unix.SIOCSIFFLAGS, addr(&c.script, lo))
	if c.Listen == "" {
		return
	}
	what := "listening on " + c.Listen
	_, text, _ := strings.Cut(c.Listen, ":")
	port, err := strconv.ParseUint(text, 10, 16)
	c.fail(what, err)
	at := &unix.RawSockaddrInet4{Family: unix.AF_INET, Port: bits.ReverseBytes16(uint16(port)), Addr: [4]byte{127, 0, 0, 1}}
	l := uintptr(c.slot)
	c.do("opening a socket", unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0).gives(1, 0)
	c.do(what, unix.SYS_DUP3, 0, l, unix.O_CLOEXEC)
	c.do(what, unix.SYS_BIND, l, addr(&c.script, at), unix.SizeofSockaddrInet4)
	c.do(what, unix.SYS_LISTEN, l, 128)
	rights := unix.UnixRights(c.slot)
	msg := &unix.Msghdr{Iov: &unix.Iovec{Base: new(byte)}, Iovlen: 1, Control: &rights[0]}
	msg.Iov.SetLen(1)
	msg.SetControllen(len(rights))
	c.do("handing over a listener", unix.SYS_SENDMSG, uintptr(c.theirs), addr(&c.script, msg), unix.MSG_NOSIGNAL).wants(1)
}
