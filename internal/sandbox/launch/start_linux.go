package launch

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// limit bounds how long a start may take. It takes milliseconds.
const limit = 30 * time.Second

// An Error says which part of a confinement could not be set up.
type Error struct {
	What string
	Err  error
}

func (e *Error) Error() string { return e.What + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// A NamespaceError says that there are no new namespaces.
type NamespaceError struct{ Err error }

func (e *NamespaceError) Error() string { return "making namespaces: " + e.Err.Error() }

func (e *NamespaceError) Unwrap() error { return e.Err }

var (
	errEarly  = errors.New("the process ended there")
	errResult = errors.New("an unexpected result")
	errTime   = fmt.Errorf("took longer than %v", limit)
)

// A Started program is confined and runs. Whoever started it waits for it.
type Started struct {
	PID      int
	Listener net.Listener // as the plan asks; the caller closes it
}

// Start starts the program, with files as its descriptors from 0 on and no others.
// It dies with the thread that calls, to which the caller is locked. If there is an
// error, there is no program.
func Start(p *Plan, files []*os.File) (*Started, error) {
	// Signals are blocked in a thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := &child{Plan: p, last: len(files) - 1, ours: -1, theirs: -1, slot: -1, rules: -1}
	defer c.close()
	if err := c.prepare(files); err != nil {
		return nil, err
	}
	if p.UID != 0 {
		defer dumpable.enter()()
	}
	pid, err := c.spawn()
	if err != nil {
		return nil, err
	}
	listener, err := c.follow(pid)
	if err == nil {
		err = c.result(&c.out)
	}
	if err == nil && p.Listen != "" && listener == nil {
		err = errors.New("nothing listens in the network of the program")
	}
	if err != nil {
		unix.Kill(pid, unix.SIGKILL)
		for { // what it points to has to stay until then
			if _, e := unix.Wait4(pid, nil, 0, nil); e != unix.EINTR {
				break
			}
		}
		if listener != nil {
			listener.Close()
		}
		if c.out.failed != 0 { // which is why nothing else worked
			err = c.result(&c.out)
		}
		return nil, err
	}
	runtime.KeepAlive(c)
	return &Started{PID: pid, Listener: listener}, nil
}

// A child is a program that is to be.
type child struct {
	*Plan
	script
	last   int // the program gets the descriptors up to this one
	ours   int // socket to the child, which it closes
	theirs int // its end, gone when it becomes the program
	slot   int // as theirs, until the child puts a listener there
	rules  int // descriptor of the Landlock ruleset
	passed []int
	page   uintptr // see secretPage
	made   map[string]bool
	mask   *uint64 // signals that are blocked in this thread
	out    outcome
}

// prepare makes up the script, and what belongs to it.
func (c *child) prepare(files []*os.File) error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return &Error{"a socket for the sandbox", err}
	}
	c.ours, c.theirs, c.slot = c.above(pair[0]), c.above(pair[1]), c.above(pair[1])
	unix.Close(pair[0])
	unix.Close(pair[1])
	tv := unix.NsecToTimeval(int64(limit))
	c.fail("a socket for the sandbox", unix.SetsockoptTimeval(c.ours, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv))

	c.beginning()
	for i, f := range files {
		from := c.above(int(f.Fd()))
		runtime.KeepAlive(f)
		c.passed = append(c.passed, from)
		c.do("passing on files", unix.SYS_DUP3, uintptr(from), uintptr(i), 0)
	}
	c.closeOthers()
	if c.Namespaces {
		c.network()
		c.root()
	} else {
		c.ownHome()
	}
	c.do("changing to "+c.Dir, unix.SYS_CHDIR, c.text(c.Dir))
	binary := c.open("opening "+c.Path, c.Path, unix.O_PATH)
	c.landlockRules()
	c.dropRights()
	c.diesWithParent()
	for _, l := range c.Limits {
		c.limit(l)
	}
	c.do("no_new_privs", unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1)
	if c.Landlock > 0 {
		c.do("restricting itself with Landlock", unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(c.rules))
	}
	c.end(binary)
	c.ready()
	return c.err
}

// above is a copy of a descriptor above those of the program, which are set one by
// one.
func (c *child) above(fd int) int {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, c.last+1)
	if err != nil {
		c.fail("passing on files", err)
		return -1
	}
	return n
}

func (c *child) close() {
	for _, fd := range append(c.passed, c.ours, c.theirs, c.slot, c.rules) {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	if c.page != 0 {
		unix.RawSyscall(unix.SYS_MUNMAP, c.page, pageSize, 0)
	}
}

// spawn makes the child.
func (c *child) spawn() (int, error) {
	flags := uintptr(unix.CLONE_VM | int(unix.SIGCHLD))
	if c.Namespaces {
		flags |= unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	}
	all := ^uint64(0)
	syscall.ForkLock.Lock()
	// What the child does about signals begins with what is blocked now.
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&all)), uintptr(unsafe.Pointer(c.mask)), 8, 0, 0)
	pid := spawn(flags, &c.calls[0], &c.out)
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(c.mask)), 0, 8, 0, 0)
	syscall.ForkLock.Unlock()
	if pid < anything-4095 {
		return int(pid), nil
	}
	e := syscall.Errno(-pid)
	if c.Namespaces {
		return 0, &NamespaceError{e}
	}
	return 0, &Error{"starting a process", e}
}

// follow gives the child what only this process can, and waits until it has become
// the program, or ended.
func (c *child) follow(pid int) (net.Listener, error) {
	unix.Close(c.theirs)
	unix.Close(c.slot)
	c.theirs, c.slot = -1, -1
	if c.Namespaces {
		if err := c.mapUsers(pid); err != nil {
			return nil, &NamespaceError{err}
		}
		if _, err := unix.Write(c.ours, []byte{1}); err != nil {
			return nil, &Error{"talking to the sandbox", err}
		}
	}
	var listener net.Listener
	buf, oob := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	for {
		n, oobn, _, _, err := unix.Recvmsg(c.ours, buf, oob, unix.MSG_CMSG_CLOEXEC)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return listener, errTime
		case err == unix.ECONNRESET || err == nil && n == 0:
			return listener, nil
		case err != nil:
			return listener, &Error{"talking to the sandbox", err}
		default:
			if listener, err = takeListener(oob[:oobn]); err != nil {
				return nil, err
			}
		}
	}
}

// mapUsers says which users there are in the namespace of a child.
func (c *child) mapUsers(pid int) error {
	groups := "deny"
	users, lists := []int{os.Geteuid()}, []int{os.Getegid()}
	if c.UID != 0 { // we are root
		groups, users, lists = "allow", append(users, c.UID), append(lists, c.UID)
	}
	text := func(ids []int) (s string) {
		for _, id := range ids {
			s += fmt.Sprintf("%d %d 1\n", id, id)
		}
		return s
	}
	for _, f := range [][2]string{{"uid_map", text(users)}, {"setgroups", groups}, {"gid_map", text(lists)}} {
		fd, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/"+f[0], unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		_, err = unix.Write(fd, []byte(f[1]))
		unix.Close(fd)
		if err != nil {
			return err
		}
	}
	return nil
}

// takeListener takes over the listener that a child sends.
func takeListener(oob []byte) (net.Listener, error) {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(msgs) != 1 {
		return nil, fmt.Errorf("a listener of the sandbox: %v", err)
	}
	fds, err := unix.ParseUnixRights(&msgs[0])
	if err != nil || len(fds) != 1 {
		return nil, fmt.Errorf("a listener of the sandbox: %v", err)
	}
	f := os.NewFile(uintptr(fds[0]), "listener")
	defer f.Close()
	return net.FileListener(f)
}

// dumpable puts right what becomes of this process when a child that shares its
// memory becomes another user: the kernel takes the memory for secret then. As long
// as such a child is there, that is as it should be.
var dumpable shared

type shared struct {
	mu  sync.Mutex
	n   int
	was int
}

func (s *shared) enter() (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n++; s.n == 1 {
		s.was, _ = unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.n--; s.n == 0 && s.was == 1 {
			unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0)
		}
	}
}
