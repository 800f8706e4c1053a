package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary play the external command.
func TestMain(m *testing.M) {
	switch os.Getenv("LLM_TEST_COMMAND") {
	case "":
		os.Exit(m.Run())
	case "echo":
		in, _ := io.ReadAll(os.Stdin)
		fmt.Printf("got: %s", in)
	case "where":
		dir, _ := os.Getwd()
		fmt.Print(filepath.Base(dir))
	case "fail":
		fmt.Fprintln(os.Stderr, "no credit")
		os.Exit(3)
	case "chatter":
		for {
			fmt.Println(strings.Repeat("x", 1000))
		}
	case "sleep":
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "LLM_TEST_COMMAND=nap")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			panic(err)
		}
		os.WriteFile(os.Getenv("LLM_TEST_PID"), []byte(strconv.Itoa(child.Process.Pid)), 0o666)
		fmt.Fprintln(os.Stderr, "thinking")
		time.Sleep(time.Minute)
	case "nap":
		time.Sleep(time.Minute)
	}
	os.Exit(0)
}

func execClient(t *testing.T, mode string, timeout time.Duration) Client {
	t.Helper()
	t.Setenv("LLM_TEST_COMMAND", mode)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	spec, err := Parse("exec:'" + exe + "'")
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(spec, Options{Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestExec(t *testing.T) {
	got, err := execClient(t, "echo", 0).Complete(t.Context(), Request{Messages: []Message{
		{"system", "be brief"}, {"user", "hello"}, {"assistant", "hi"}, {"user", "again"}}})
	want := "got: be brief\n\nhello\n\n-------- your answer --------\n\nhi\n\n-------- reply --------\n\nagain\n"
	if err != nil || got.Text != want || !got.Estimated || got.PromptTokens == 0 {
		t.Errorf("got %+v, %v, want %q", got, err, want)
	}
}

func TestExecDir(t *testing.T) {
	c := execClient(t, "where", 0).(*command)
	c.opt.Dir = filepath.Join(t.TempDir(), "work")
	if err := os.Mkdir(c.opt.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Complete(t.Context(), ask); err != nil || got.Text != "work" {
		t.Errorf("got %q, %v, want work", got.Text, err)
	}
}

func TestExecFails(t *testing.T) {
	tests := []struct{ mode, want string }{
		{"fail", "exit status 3; it wrote on standard error:\nno credit"},
		{"chatter", "the command wrote more than 4 MB and was stopped"},
	}
	for _, tt := range tests {
		_, err := execClient(t, tt.mode, 0).Complete(t.Context(), ask)
		if !strings.Contains(full(err), tt.want) {
			t.Errorf("%s: got %q, want %q in it", tt.mode, full(err), tt.want)
		}
	}
	_, err := New(Spec{Provider: Exec, Arg: "no-such-program-here x"}, Options{})
	if !strings.Contains(full(err), "not found in $PATH | the first word must be a program") {
		t.Errorf("got %q", full(err))
	}
}

// TestExecStops: the time limit and a cancelled context end the command, and
// its children with it.
func TestExecStops(t *testing.T) {
	for _, cancelled := range []bool{false, true} {
		pidFile := filepath.Join(t.TempDir(), "pid")
		t.Setenv("LLM_TEST_PID", pidFile)
		timeout, ctx := 500*time.Millisecond, t.Context()
		if cancelled {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
			timeout = time.Minute
		}
		start := time.Now()
		_, err := execClient(t, "sleep", timeout).Complete(ctx, ask)
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("stopped after %s", d)
		}
		if cancelled && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		if want := "no answer within 500ms; the command was stopped; it wrote on standard error:\nthinking"; !cancelled && !strings.Contains(full(err), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
		b, err := os.ReadFile(pidFile)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; alive(string(b)); i++ {
			if i == 100 {
				t.Fatalf("the command's child %s lives on", b)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// alive looks a process up in /proc; a zombie is dead enough.
func alive(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}
