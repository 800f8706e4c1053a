package differential

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// ran is what a process did.
type ran struct {
	Stdout, Stderr string
	Code           int  // -1: ended by a signal
	Late           bool // stopped at the time limit
}

// memoryLimit bounds the data of a process, in KiB: a program that runs wild
// dies alone.
const memoryLimit = 6 << 20

// execute runs a program within limits of time and memory. traces is the
// folder to record to; empty: nothing is recorded.
func execute(t testing.TB, dir, bin, traces string, limit time.Duration) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin)
	if sh, err := exec.LookPath("sh"); err == nil && runtime.GOOS == "linux" {
		cmd = exec.CommandContext(ctx, sh, "-c", "ulimit -d "+strconv.Itoa(memoryLimit)+`; exec "$0"`, bin)
	}
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TRACE_DIR="+traces, "GOTRACEBACK=single", "PWD="+dir)
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipes
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && ctx.Err() == nil && !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatal(err)
	}
	return ran{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), ctx.Err() != nil}
}

// volatile is what differs between two runs of the same program: where it was
// built and how long something took, names of temporary files, addresses.
var volatile = regexp.MustCompile(`0x[0-9a-f]+|goroutine [0-9]+|/(?:[^\s/:"']+/)*(?:go-build|Test)?[^\s/:"']*[0-9]{6,}[^\s:"']*`)

// frame is a place in a stack trace, below the name of the function there.
var frame = regexp.MustCompile(`^\t.*\.go:[0-9]+( \+0x[0-9a-f]+)?$`)

// steady gives what a run has to have in common with another of the same
// program: of the stack of a crash, which has frames of ours, only the first
// place in the program's own files; no addresses.
func (r ran) steady(file string) ran {
	var lines []string
	stack, placed := false, false
	for _, l := range strings.Split(r.Stderr, "\n") {
		switch {
		case strings.HasPrefix(l, "goroutine ") && strings.HasSuffix(l, ":"):
			stack, placed = true, false
		case stack && l == "":
			stack = false
		case stack && !placed && frame.MatchString(l) && strings.Contains(l, "/"+file+":"):
			place, _, _ := strings.Cut(l[strings.LastIndexByte(l, '/')+1:], " ")
			lines = append(lines, place)
			placed = true
			continue
		}
		if !stack && !strings.HasPrefix(l, "[signal ") {
			lines = append(lines, l)
		}
	}
	r.Stderr = volatile.ReplaceAllString(strings.Join(lines, "\n"), "…")
	r.Stdout = volatile.ReplaceAllString(r.Stdout, "…")
	return r
}
