//go:build unix

package main

import (
	"cmp"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// handedOver names the descriptor from which this process reads its environment.
const handedOver = "TRACETRAIN_ENVIRON_FD"

// hideEnviron takes the environment out of where other processes can read it: the
// block that the system shows of a process, in /proc/PID/environ or by ps, is the
// one that it was started with, and what it later does to its variables changes
// nothing about that. So this process starts its own program again, with the same
// number, arguments and files, and hands the variables over in a pipe.
//
// The process that started this one, such as a shell, still shows its own.
func hideEnviron() error {
	if word := os.Getenv(handedOver); word != "" {
		return takeEnviron(word)
	}
	env := os.Environ()
	data := []byte(strings.Join(env, "\x00"))
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var fds [2]int
	if err := unix.Pipe(fds[:]); err != nil { // not closed by exec
		return err
	}
	closeAll := func() { unix.Close(fds[0]); unix.Close(fds[1]) }
	// Nobody reads yet: what does not fit into the pipe at once would wait for ever.
	if err := unix.SetNonblock(fds[1], true); err != nil {
		closeAll()
		return err
	}
	if n, err := unix.Write(fds[1], data); err != nil || n < len(data) {
		closeAll()
		return cmp.Or(err, io.ErrShortWrite)
	}
	unix.Close(fds[1])
	keep := []string{handedOver + "=" + strconv.Itoa(fds[0])}
	for _, e := range env {
		// What the runtime and the loader read before main.
		if name, _, _ := strings.Cut(e, "="); isForRuntime(name) {
			keep = append(keep, e)
		}
	}
	err = syscall.Exec(self, os.Args, keep)
	unix.Close(fds[0])
	return err
}

func isForRuntime(name string) bool {
	switch name {
	case "PATH", "HOME", "TZ", "LANG", "GODEBUG", "GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GOTRACEBACK", "GOCOVERDIR", "LD_LIBRARY_PATH":
		return true
	}
	return false
}

// takeEnviron makes what was handed over the environment.
func takeEnviron(word string) error {
	os.Unsetenv(handedOver)
	fd, err := strconv.Atoi(word)
	if err != nil || fd < 3 {
		return err
	}
	f := os.NewFile(uintptr(fd), "environment")
	data, err := io.ReadAll(f)
	f.Close()
	if err != nil {
		return err
	}
	os.Clearenv()
	for e := range strings.SplitSeq(string(data), "\x00") {
		if name, value, ok := strings.Cut(e, "="); ok {
			os.Setenv(name, value)
		}
	}
	return nil
}
