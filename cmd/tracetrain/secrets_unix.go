//go:build unix

package main

import (
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
// number, arguments and files, and hands the variables over in a pipe, or in a file
// without a name if they are larger than that.
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
	fd, err := held(data)
	if err != nil {
		return err
	}
	keep := []string{handedOver + "=" + strconv.Itoa(fd)}
	for _, e := range env {
		// What the runtime and the loader read before main.
		if name, _, _ := strings.Cut(e, "="); isForRuntime(name) {
			keep = append(keep, e)
		}
	}
	err = syscall.Exec(self, os.Args, keep)
	unix.Close(fd)
	return err
}

// held is a descriptor from which data can be read, and which exec leaves open.
func held(data []byte) (int, error) {
	var fds [2]int
	if err := unix.Pipe(fds[:]); err != nil {
		return -1, err
	}
	defer unix.Close(fds[1])
	// Nobody reads yet: what does not fit into the pipe at once would wait for ever.
	if err := unix.SetNonblock(fds[1], true); err != nil {
		unix.Close(fds[0])
		return -1, err
	}
	if n, err := unix.Write(fds[1], data); err == nil && n == len(data) {
		return fds[0], nil
	}
	unix.Close(fds[0])
	return heldInFile(data)
}

// heldInFile is held for what does not fit into a pipe.
func heldInFile(data []byte) (fd int, err error) {
	if fd, err = nameless(); err != nil {
		return -1, err
	}
	for err == nil && len(data) > 0 {
		var n int
		n, err = unix.Write(fd, data)
		data = data[max(n, 0):]
	}
	if err == nil {
		_, err = unix.Seek(fd, 0, io.SeekStart)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
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
