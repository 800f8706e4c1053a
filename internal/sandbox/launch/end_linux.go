package launch

import (
	"errors"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/opto-go/trace/internal/sandbox/filter"
)

// end has the child put the filter in place and become the program, which was
// opened before rights went.
func (c *child) end(binary step) {
	argv, envv := c.texts(c.Args), c.texts(c.Env)
	c.page = c.secretPage()
	if c.Seccomp {
		c.filter()
	}
	c.do("unblocking signals", unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, addr(&c.script, c.mask), 0, 8)
	exec := c.do("starting "+c.Path, unix.SYS_EXECVEAT, 0, c.page, argv, envv, unix.AT_EMPTY_PATH)
	binary.gives(exec.i-binary.i, 0)
}

func (c *child) filter() {
	o := filter.Options{Arch: runtime.GOARCH, Exec: uint64(c.page), Loopback: c.Loopback}
	o.Own = !c.Namespaces
	// What belongs to nobody else can be changed at will.
	o.Metadata = c.Namespaces || c.UID != 0
	prog, err := filter.Build(o)
	c.fail("making the system call filter", err)
	if err != nil {
		return
	}
	list := make([]unix.SockFilter, len(prog.Insns))
	for i, in := range prog.Insns {
		list[i] = unix.SockFilter(in)
	}
	for _, i := range prog.Own {
		c.do("finding its number", unix.SYS_GETPID).into(unsafe.Pointer(&list[i].K))
	}
	fprog := &unix.SockFprog{Len: uint16(len(list)), Filter: &list[0]}
	c.do("setting the system call filter", unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, addr(&c.script, fprog))
}

const pageSize = 4096

// secretPage maps a page at an address that nobody can guess. The program does not
// have it. The empty name at its beginning is the only one that the filter lets be
// started.
func (c *child) secretPage() uintptr {
	const base, tries = uint64(1) << 36, 100
	bits := 24
	if runtime.GOARCH == "amd64" {
		bits = 34
	}
	err := errors.New("there is none")
	for range tries {
		var random [8]byte
		if _, err = unix.Getrandom(random[:], 0); err != nil {
			break
		}
		n := *(*uint64)(unsafe.Pointer(&random)) >> (64 - bits)
		at := uintptr(base + n<<14) // a multiple of every page size up to 16 KiB
		got, _, e := unix.RawSyscall6(unix.SYS_MMAP, at, pageSize, unix.PROT_READ,
			unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_FIXED_NOREPLACE, ^uintptr(0), 0)
		if e == 0 && got == at {
			return at
		}
		if e == 0 { // a kernel that does not know the flag
			unix.RawSyscall(unix.SYS_MUNMAP, got, pageSize, 0)
		}
	}
	c.fail("finding an address", err)
	return 0
}
