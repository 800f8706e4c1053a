//go:build linux

package main

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// reached turns the error of a call with senseless arguments into that of its
// check of rights.
func reached(err error) error {
	switch err {
	case unix.EPERM, unix.EACCES, unix.ENOSYS:
		return err
	}
	return nil
}

func call(number uintptr, args ...uintptr) error {
	var a [6]uintptr
	copy(a[:], args)
	_, _, e := unix.RawSyscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
	return failed(e)
}

func init() {
	empty := []byte{0}
	nothing := uintptr(unsafe.Pointer(&empty[0]))
	register(map[string]func() error{
		"mount a file system": func() error {
			if err := unix.Mount("tmpfs", os.Getenv("HOME"), "tmpfs", 0, "size=4k"); err != nil {
				return err
			}
			return unix.Unmount(os.Getenv("HOME"), unix.MNT_DETACH)
		},
		"mount by the new calls": func() error { _, err := unix.Fsopen("tmpfs", 0); return err },
		"unmount something":      func() error { return reached(unix.Unmount("/no/such", 0)) },
		"change the root":        func() error { return reached(unix.PivotRoot("/no/such", "/no/such")) },
		"enter another root":     func() error { return unix.Chroot(os.Getenv("HOME")) },
		"make a user namespace": func() error {
			pid, _, e := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.CLONE_NEWUSER)|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
			if pid == 0 && e == 0 {
				unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
			}
			return failed(e)
		},
		"leave its namespaces": func() error { return unix.Unshare(unix.CLONE_NEWUTS) },
		"enter another's namespaces": func() error {
			fd, err := unix.Open(fmt.Sprintf("/proc/%d/ns/uts", victim()), unix.O_RDONLY, 0)
			if err != nil {
				return err
			}
			return unix.Setns(fd, 0)
		},
		"load a program into the kernel": func() error {
			attr := [16]uint32{2, 4, 4, 1} // an array of one number
			return call(unix.SYS_BPF, 0, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
		},
		"watch the processor": func() error {
			attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CPU_CLOCK, Bits: unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv}
			attr.Size = uint32(unsafe.Sizeof(attr))
			_, err := unix.PerfEventOpen(&attr, 0, -1, -1, 0)
			return err
		},
		"keep a key in the kernel": func() error {
			_, err := unix.AddKey("user", "attack", []byte("x"), unix.KEY_SPEC_PROCESS_KEYRING)
			return err
		},
		"handle its own page faults": func() error { return call(unix.SYS_USERFAULTFD, 1) },
		"load a module":              func() error { return reached(call(unix.SYS_INIT_MODULE, nothing, 1, nothing)) },
		"start another kernel":       func() error { return reached(call(unix.SYS_KEXEC_LOAD, 0, 0, 0, 0xffff)) },
		"restart the machine":        func() error { return reached(call(unix.SYS_REBOOT, 1, 2, 3, 0)) },
		"read the kernel's log":      func() error { return call(unix.SYS_SYSLOG, 10, 0, 0) },
		"name the machine": func() error {
			var u unix.Utsname
			unix.Uname(&u)
			return unix.Sethostname([]byte(unix.ByteSliceToString(u.Nodename[:])))
		},
		"watch files everywhere":  func() error { _, err := unix.FanotifyInit(0, 0); return err },
		"filter its own calls":    func() error { return reached(call(unix.SYS_SECCOMP, 99, 0, 0)) },
		"count files of the user": func() error { return reached(call(unix.SYS_QUOTACTL, 99<<8, nothing, 0, 0)) },
	})
}
