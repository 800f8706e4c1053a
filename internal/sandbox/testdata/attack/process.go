//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func victim() int { n, _ := strconv.Atoi(os.Getenv("VICTIM")); return n }

func self() string {
	if exe, err := os.Executable(); err == nil {
		return exe
	}
	return os.Args[0]
}

func init() {
	register(map[string]func() error{
		"start 50 processes": func() error {
			for range 50 {
				if _, err := syscall.ForkExec(self(), []string{"attack", "sleep"}, &syscall.ProcAttr{}); err != nil {
					return err
				}
			}
			return nil
		},
		"fork": func() error {
			pid, _, e := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
			if pid == 0 && e == 0 {
				unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
			}
			return failed(e)
		},
		"fork by clone3": func() error {
			args := [11]uint64{4: uint64(unix.SIGCHLD)}
			pid, _, e := unix.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), 64, 0)
			if pid == 0 && e == 0 {
				unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
			}
			return failed(e)
		},
		"start 1500 threads": func() error {
			debug.SetMaxThreads(100_000)
			var n atomic.Int32
			for range 1500 {
				go func() {
					runtime.LockOSThread()
					n.Add(1)
					t := unix.NsecToTimespec(int64(time.Minute))
					unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)), 0, 0)
				}()
			}
			for range 100 {
				time.Sleep(20 * time.Millisecond)
				if n.Load() > 1400 {
					return nil
				}
			}
			return errors.New("too few threads")
		},
		"become a shell": func() error {
			return syscall.Exec("/bin/sh", []string{"sh", "-c", "exit 10"}, nil)
		},
		"start over as itself": func() error {
			return syscall.Exec(self(), []string{"attack", "succeed"}, os.Environ())
		},
		"become a program in memory": func() error {
			fd, err := unix.MemfdCreate("x", 0)
			if err != nil {
				return err
			}
			exe, err := os.ReadFile(self())
			if err != nil {
				return err
			}
			f := os.NewFile(uintptr(fd), "x")
			f.Write(exe)
			return syscall.Exec(fmt.Sprintf("/proc/self/fd/%d", fd), []string{"attack", "succeed"}, os.Environ())
		},
		"become a program it wrote": func() error {
			exe, err := os.ReadFile(self())
			if err != nil {
				return err
			}
			name := filepath.Join(os.Getenv("HOME"), "x")
			if err := os.WriteFile(name, exe, 0o755); err != nil {
				return err
			}
			return syscall.Exec(name, []string{"attack", "succeed"}, os.Environ())
		},
		"leave its session": func() error { // which a leader of a group cannot
			pid, _, e := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
			if pid == 0 && e == 0 {
				_, _, e := unix.RawSyscall(unix.SYS_SETSID, 0, 0, 0)
				unix.RawSyscall(unix.SYS_EXIT_GROUP, uintptr(e), 0, 0)
			}
			if e != 0 {
				return e
			}
			var ws unix.WaitStatus
			if _, err := unix.Wait4(int(pid), &ws, 0, nil); err != nil {
				return err
			}
			return failed(syscall.Errno(ws.ExitStatus()))
		},
		"leave its process group": func() error {
			// A leader of a group cannot; whether it is asked is what counts.
			if err := unix.Setpgid(0, 0); err != nil {
				return err
			}
			return nil
		},
		"outlive tracetrain": func() error { return unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0) },

		"signal another process": func() error { return unix.Kill(victim(), unix.SIGCONT) },
		"signal all processes":   func() error { return unix.Kill(-1, 0) },
		"signal by descriptor": func() error {
			fd, err := unix.PidfdOpen(victim(), 0)
			if err != nil {
				return err
			}
			return unix.PidfdSendSignal(fd, unix.SIGCONT, nil, 0)
		},
		"take a descriptor of another process": func() error {
			fd, err := unix.PidfdOpen(victim(), 0)
			if err != nil {
				return err
			}
			_, err = unix.PidfdGetfd(fd, 1, 0)
			return err
		},
		"trace another process": func() error {
			const seize = 0x4206
			_, _, e := unix.RawSyscall6(unix.SYS_PTRACE, seize, uintptr(victim()), 0, 0, 0, 0)
			return failed(e)
		},
		"read the memory of another process": func() error {
			buf := make([]byte, len(secret))
			local := []unix.Iovec{{Base: &buf[0]}}
			local[0].SetLen(len(buf))
			remote := []unix.RemoteIovec{{Base: uintptr(unsafe.Pointer(unsafe.StringData(secret))), Len: len(buf)}}
			_, err := unix.ProcessVMReadv(victim(), local, remote, 0)
			return err
		},
		"open the memory of another process": func() error { return opens(fmt.Sprintf("/proc/%d/mem", victim()), os.O_RDONLY) },
		"read the environment of another process": func() error {
			data, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", victim()))
			return contains(data, err, "SECRET=")
		},
		"find a key in any environment": func() error {
			names, _ := filepath.Glob("/proc/[0-9]*/environ")
			for _, name := range names {
				if data, err := os.ReadFile(name); err == nil && bytes.Contains(data, []byte("SECRET=")) {
					return nil
				}
			}
			return errNothing
		},
		"read the command line of another process": func() error {
			data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", victim()))
			return contains(data, err, "sleep")
		},
		"lower the limits of another process": func() error {
			return unix.Prlimit(victim(), unix.RLIMIT_CORE, &unix.Rlimit{}, nil)
		},
		"slow down another process": func() error { return unix.Setpriority(unix.PRIO_PROCESS, victim(), 5) },
		"pin another process to a processor": func() error {
			var set unix.CPUSet
			set.Set(0)
			set.Set(1)
			return unix.SchedSetaffinity(victim(), &set)
		},
		"become root": func() error {
			if os.Getuid() == 0 {
				return holdsPower()
			}
			return syscall.Setuid(0)
		},
		"hold a capability": holdsPower,
		"use inherited descriptors": func() error {
			for fd := 3; fd < 256; fd++ {
				var st unix.Stat_t
				if unix.Fstat(fd, &st) != nil {
					continue
				}
				switch st.Mode & unix.S_IFMT {
				case unix.S_IFDIR:
					f, err := unix.Openat(fd, "secret", unix.O_RDONLY, 0)
					if err == nil {
						unix.Close(f)
						return nil
					}
				case unix.S_IFREG, unix.S_IFSOCK, unix.S_IFBLK:
					return nil
				}
			}
			return errNothing
		},
	})
}

func holdsPower() error {
	h := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var d [2]unix.CapUserData
	if err := unix.Capget(&h, &d[0]); err != nil {
		return err
	}
	if d[0].Permitted|d[1].Permitted|d[0].Inheritable != 0 {
		return nil
	}
	return errNothing
}

func failed(e syscall.Errno) error {
	if e != 0 {
		return e
	}
	return nil
}

func opens(name string, flags int) error {
	f, err := os.OpenFile(name, flags, 0)
	if err == nil {
		f.Close()
	}
	return err
}

func contains(data []byte, err error, want string) error {
	if err == nil && !bytes.Contains(data, []byte(want)) {
		return io.EOF
	}
	return err
}
