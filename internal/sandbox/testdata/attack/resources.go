//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

const mib = 1 << 20

var keep [][]byte

func touch(b []byte) {
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	keep = append(keep, b)
}

func init() {
	register(map[string]func() error{
		"take 700 MiB of memory": func() error {
			for range 70 {
				touch(make([]byte, 10*mib))
			}
			return nil
		},
		"take 700 MiB of shared memory": func() error {
			for range 70 {
				b, err := unix.Mmap(-1, 0, 10*mib, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANONYMOUS)
				if err != nil {
					return err
				}
				touch(b)
			}
			return nil
		},
		"take 700 MiB of files in memory": func() error {
			for range 70 {
				fd, err := unix.MemfdCreate("x", 0)
				if err != nil {
					return err
				}
				if err := unix.Ftruncate(fd, 10*mib); err != nil {
					return err
				}
				b, err := unix.Mmap(fd, 0, 10*mib, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
				if err != nil {
					return err
				}
				touch(b)
			}
			return nil
		},
		"write a file of 200 MiB": func() error {
			f, err := os.Create(home("huge"))
			if err != nil {
				return err
			}
			b := make([]byte, mib)
			for range 200 {
				if _, err := f.Write(b); err != nil {
					return err
				}
			}
			return nil
		},
		"fill the disk with 700 MiB": func() error {
			b := make([]byte, 20*mib)
			for i := range 35 {
				if err := os.WriteFile(home("fill"+strconv.Itoa(i)), b, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
		"make 80000 files": func() error {
			os.Mkdir(home("many"), 0o700)
			for i := range 80_000 {
				fd, err := unix.Open(home("many/"+strconv.Itoa(i)), unix.O_CREAT|unix.O_WRONLY, 0o600)
				if err != nil {
					return err
				}
				unix.Close(fd)
			}
			return nil
		},
		"open 10000 files": func() error {
			unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20})
			for range 10_000 {
				if _, err := unix.Open("/dev/null", unix.O_RDONLY, 0); err != nil {
					return err
				}
			}
			return nil
		},
		"leave a core file": func() error {
			unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY})
			var r unix.Rlimit
			unix.Getrlimit(unix.RLIMIT_CORE, &r)
			if r.Cur == 0 {
				return errors.New("no core files")
			}
			return nil
		},
		"compute for ever": func() error {
			go func() {
				for {
				}
			}()
			for {
			}
		},
		"sleep for ever": func() error { select {} },
		"print for ever": func() error {
			b := make([]byte, mib)
			for {
				if _, err := fmt.Fprintf(os.Stdout, "%s", b); err != nil {
					return err
				}
			}
		},
	})
}
