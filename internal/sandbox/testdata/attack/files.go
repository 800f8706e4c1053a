//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// out names a file outside that belongs to whoever runs this.
func out(name string) string { return filepath.Join(os.Getenv("OUT"), name) }

func home(name string) string { return filepath.Join(os.Getenv("HOME"), name) }

func init() {
	register(map[string]func() error{
		"write a file outside":               func() error { return opens(out("canary"), os.O_WRONLY) },
		"make a file outside":                func() error { return os.WriteFile(out("new"), nil, 0o600) },
		"delete a file outside":              func() error { return os.Remove(out("delete")) },
		"delete a file outside, later":       func() error { time.Sleep(300 * time.Millisecond); return os.Remove(out("later")) },
		"rename a file outside":              func() error { return os.Rename(out("rename"), out("renamed")) },
		"make a directory outside":           func() error { return os.Mkdir(out("dir"), 0o700) },
		"cut off a file outside":             func() error { return unix.Truncate(out("truncate"), 0) },
		"cut off a file by reading it":       func() error { return opens(out("truncate2"), os.O_RDONLY|os.O_TRUNC) },
		"change the mode of a file outside":  func() error { return os.Chmod(out("chmod"), 0o777) },
		"change the owner of a file outside": func() error { return os.Chown(out("chown"), os.Getuid(), os.Getgid()) },
		"change the time of a file outside":  func() error { return os.Chtimes(out("utime"), time.Now(), time.Unix(1, 0)) },
		"change an attribute of a file outside": func() error {
			return unix.Setxattr(out("xattr"), "user.attack", []byte("x"), 0)
		},
		"read a file outside":      func() error { return opens(out("secret"), os.O_RDONLY) },
		"read the user's keys":     func() error { return opens(out(".ssh/id"), os.O_RDONLY) },
		"read /etc/shadow":         func() error { return opens("/etc/shadow", os.O_RDONLY) },
		"see that a file is there": func() error { _, err := os.Stat(out("secret")); return err },
		"list a directory outside": func() error { _, err := os.ReadDir(os.Getenv("OUT")); return err },
		"write through a symbolic link": func() error {
			if err := os.Symlink(out("canary"), home("link")); err != nil {
				return err
			}
			return opens(home("link"), os.O_WRONLY)
		},
		"write through a hard link": func() error {
			if err := os.Link(out("canary"), home("hard")); err != nil {
				return err
			}
			return opens(home("hard"), os.O_WRONLY)
		},
		"move a file in from outside": func() error { return os.Rename(out("move"), home("moved")) },
		"climb up from its directory": func() error {
			return opens(strings.Repeat("../", 40)+strings.TrimPrefix(out("secret"), "/"), os.O_RDONLY)
		},
		"go through the root of another process": func() error {
			for _, pid := range []int{1, victim()} {
				if opens(fmt.Sprintf("/proc/%d/root%s", pid, out("secret")), os.O_RDONLY) == nil {
					return nil
				}
			}
			return errNothing
		},
		"open a file by its handle": func() error {
			h, _, err := unix.NameToHandleAt(unix.AT_FDCWD, out("secret"), 0)
			if err != nil {
				return err
			}
			at, err := unix.Open("/", unix.O_PATH, 0)
			if err != nil {
				return err
			}
			_, err = unix.OpenByHandleAt(at, h, unix.O_RDONLY)
			return err
		},
		"make a device": func() error {
			return unix.Mknod(home("disk"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 1)))
		},
		"open a device": func() error {
			names, _ := filepath.Glob("/dev/*")
			for _, name := range names {
				switch filepath.Base(name) {
				case "null", "full", "zero", "random", "urandom", "tty":
					continue
				}
				if st, err := os.Stat(name); err == nil && st.Mode()&os.ModeDevice != 0 && opens(name, os.O_RDONLY|unix.O_NONBLOCK) == nil {
					return nil
				}
			}
			return errNothing
		},
		"change a setting of the kernel": func() error { return opens("/proc/sys/kernel/core_pattern", os.O_WRONLY) },
		"change a control group": func() error {
			names, _ := filepath.Glob("/sys/fs/cgroup/*/cgroup.procs")
			for _, name := range append(names, "/sys/fs/cgroup/cgroup.procs") {
				if st, err := os.Stat(name); err == nil && !st.IsDir() && opens(name, os.O_WRONLY) == nil {
					return nil
				}
			}
			return errNothing
		},
		"change its own program": func() error { return opens(self(), os.O_RDWR) },
		"replace its own program": func() error {
			return os.Rename(self(), self()+".old")
		},
		"write into its package": func() error { return os.WriteFile("attack-was-here", nil, 0o600) },
		"change a test file":     func() error { return opens("testdata", os.O_WRONLY) },
	})
}
