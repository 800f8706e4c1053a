package build

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fakeGo makes a builder run a shell script in place of the go command.
func fakeGo(t *testing.T, script string) (*Builder, string) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "go")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return &Builder{Dir: dir, Env: os.Environ(), gocmd: name}, dir
}

// What the go command starts has its limits.
func TestToolLimits(t *testing.T) {
	b, dir := fakeGo(t, "sleep 0.3; sh -c 'cat /proc/self/limits'; echo 'x.go:1: no'; exit 1")
	_, err := b.Compile(t.Context(), Spec{Dir: dir, Pkg: "x"})
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatal(err)
	}
	lim := toolLimits(buildTimeout)
	for _, want := range []string{
		"Max data size " + strconv.FormatInt(lim.Data, 10), "Max file size " + strconv.FormatInt(lim.File, 10),
		"Max cpu time " + strconv.Itoa(int(lim.CPU/time.Second)), "Max core file size 0",
	} {
		if !strings.Contains(strings.Join(strings.Fields(failed.Output), " "), want) {
			t.Errorf("no %q in\n%s", want, failed.Output)
		}
	}
}

// The compiler ends with the go command that started it, whatever ends that.
func TestToolGroup(t *testing.T) {
	b, dir := fakeGo(t, `echo "" > started; sleep 1000 & echo $! > pid.new; mv pid.new pid; wait`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	pid := 0
	go func() {
		for pid == 0 {
			data, _ := os.ReadFile(filepath.Join(dir, "pid"))
			pid, _ = strconv.Atoi(strings.TrimSpace(string(data)))
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
	}()
	if _, err := b.Compile(ctx, Spec{Dir: dir, Pkg: "x"}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for range 200 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
}

// zombie reports whether a process has ended and waits for who adopted it.
func zombie(pid int) bool {
	data, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, rest, _ := strings.Cut(string(data), ") ")
	return strings.HasPrefix(rest, "Z")
}

func TestPatience(t *testing.T) {
	b := &Builder{}
	if got := b.patience(); got != buildTimeout {
		t.Errorf("before anything was built: %v", got)
	}
	b.took.Store(int64(time.Second))
	if got := b.patience(); got != leastPatience {
		t.Errorf("after a short build: %v", got)
	}
	b.took.Store(int64(time.Minute))
	if got := b.patience(); got != 20*time.Minute {
		t.Errorf("after a long build: %v", got)
	}
}
