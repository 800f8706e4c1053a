package stub

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/opto-go/trace/internal/sandbox/filter"
)

// dropRights becomes the user of the plan and gives up every capability.
func (s *stub) dropRights() {
	for c := uintptr(0); c <= 63; c++ {
		if unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0) == unix.EINVAL {
			break // there are no more
		}
	}
	// Raw calls, because only this thread counts.
	if s.UID != 0 {
		id := uintptr(s.UID)
		s.must("leaving groups", raw(unix.SYS_SETGROUPS, 0, 0, 0))
		s.must("becoming another group", raw(unix.SYS_SETRESGID, id, id, id))
		s.must("becoming another user", raw(unix.SYS_SETRESUID, id, id, id))
	}
	s.must("giving up ambient capabilities", ambientGone())
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	s.must("giving up capabilities", unix.Capset(&header, &none[0]))
}

func ambientGone() error {
	err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	if err == unix.EINVAL {
		return nil // a kernel without them
	}
	return err
}

func raw(call, a, b, c uintptr) error {
	if _, _, e := unix.RawSyscall(call, a, b, c); e != 0 {
		return e
	}
	return nil
}

// start puts the filter in place and becomes the program.
func (s *stub) start() {
	argv, err := syscall.SlicePtrFromStrings(s.Args)
	s.must("preparing arguments", err)
	envv, err := syscall.SlicePtrFromStrings(s.Env)
	s.must("preparing the environment", err)
	name := s.secretPage()
	if s.Seccomp {
		o := filter.Options{Arch: runtime.GOARCH, Exec: uint64(name), Loopback: s.Loopback}
		if !s.Namespaces {
			o.PID = uint32(os.Getpid())
		}
		// What belongs to nobody else can be changed at will.
		o.Metadata = s.Namespaces || s.UID != 0
		prog, err := filter.Build(o)
		s.must("making the system call filter", err)
		list := make([]unix.SockFilter, len(prog))
		for i, in := range prog {
			list[i] = unix.SockFilter(in)
		}
		fprog := unix.SockFprog{Len: uint16(len(list)), Filter: &list[0]}
		s.must("setting the system call filter", raw(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&fprog))))
	}
	_, _, e := unix.RawSyscall6(unix.SYS_EXECVEAT, uintptr(s.binary), name,
		uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&envv[0])), unix.AT_EMPTY_PATH, 0)
	runtime.KeepAlive(argv)
	runtime.KeepAlive(envv)
	s.must("starting "+s.Path, e)
}

// secretPage maps a page at an address that nobody can guess, and is gone when
// the program starts. The empty name at its beginning is the only one that the
// filter lets be started.
func (s *stub) secretPage() uintptr {
	const base, tries = uintptr(1) << 36, 100
	bits := 24
	if runtime.GOARCH == "amd64" {
		bits = 34
	}
	for range tries {
		var random [8]byte
		_, err := unix.Getrandom(random[:], 0)
		s.must("finding an address", err)
		n := *(*uint64)(unsafe.Pointer(&random)) >> (64 - bits)
		addr := base + uintptr(n)<<14 // a multiple of every page size up to 16 KiB
		got, _, e := unix.RawSyscall6(unix.SYS_MMAP, addr, 4096, unix.PROT_READ,
			unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_FIXED_NOREPLACE, ^uintptr(0), 0)
		if e == 0 && got == addr {
			return addr
		}
	}
	s.must("finding an address", unix.ENOMEM)
	return 0
}
