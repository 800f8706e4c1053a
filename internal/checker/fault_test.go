package checker

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/optimizer"
)

// A check that does not end as it should refuses its proposal, and nothing else.
func TestFaults(t *testing.T) {
	crashes := 0
	c := open(t, func(o *Options) { o.OnCrash = func(error) { crashes++ } })
	short, long := c.opt.Limits, c.opt.Limits
	short.Wall = time.Second
	long.CPU = time.Minute
	for _, tt := range []struct {
		what, want string
		crashes    int
		limits     *Limits
	}{
		{what: "loop", want: "size: ID: checking this code took more than 1s of processor time, so it was stopped\nhint: make it smaller and simpler"},
		{what: "wait", want: "checking this code took longer than 1s, so it was stopped", limits: &short},
		{what: "grow", want: "checking this code took more than 256 MB of memory, so it was stopped\nhint: make it smaller and simpler", limits: &long},
		{what: "grow at once", want: "checking this code took more than 256 MB of memory"},
		{what: "recurse", want: "types: ID: the type checker crashed on this code: fatal error: stack overflow\nhint: write it in a more usual way", crashes: 1},
		{what: "panic", want: "the type checker crashed on this code: panic: it was asked to", crashes: 1},
		{what: "panic once", crashes: 1},
		{what: "exit", want: "the type checker crashed on this code: exit status 0", crashes: 1},
		{what: "garbage", want: `no answer: no message: it begins with "some words t`, crashes: 1},
		{what: "garbage without end", want: "no answer: no message: it begins with", crashes: 1},
		{what: "a message that is cut off", want: "the type checker crashed on this code: exit status 0", crashes: 1},
		{what: "something else", want: "no answer: it answered something else", crashes: 1},
	} {
		t.Run(tt.what, func(t *testing.T) {
			if tt.what == "grow at once" && (reserves || runtime.GOOS != "linux") {
				t.Skip("the kernel does not bound memory here")
			}
			limits := c.opt.Limits
			defer func() { c.opt.Limits = limits }()
			if tt.limits != nil {
				c.opt.Limits = *tt.limits
			}
			crashes = 0
			prop := asking(c.params, tt.what)
			_, err := c.Check(t.Context(), c.base, prop)
			if tt.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
			} else {
				var r *source.Rejection
				if !errors.As(err, &r) {
					t.Fatalf("no rejection: %v", err)
				}
				if got := strings.ReplaceAll(err.Error(), r.Param, "ID"); !strings.Contains(got, tt.want) {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			}
			if crashes != tt.crashes {
				t.Errorf("%d crashes, want %d", crashes, tt.crashes)
			}
			if _, err := c.Check(t.Context(), c.base, asking(c.params, "")); err != nil {
				t.Errorf("the next one: %v", err)
			}
		})
	}
	t.Run("an answer", func(t *testing.T) {
		var offered []optimizer.Param
		for _, p := range c.params {
			offered = append(offered, p.Param)
		}
		for what, want := range map[string]string{
			"loop":  "checking this code took more than 1s of processor time",
			"panic": "crashed on this code: panic: it was asked to",
		} {
			_, err := c.Read(t.Context(), c.base, answering(what), offered)
			var bad *optimizer.AnswerError
			if !errors.As(err, &bad) || bad.Reason != optimizer.Invalid || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// What a child has started ends with it.
func TestGroup(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells about other processes")
	}
	c := open(t, nil)
	if err := c.ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	pid := c.child.helper.PID()
	if _, err := c.Check(t.Context(), c.base, asking(c.params, "children")); err == nil {
		t.Error("it came to an end")
	}
	gone(t, pid)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		out, _ := exec.Command("ps", "-o", "pid=,args=", "-g", strconv.Itoa(pid)).Output()
		if len(out) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("still there: %s", out)
		}
	}
}

// A child is gone when its parent is, whatever it is doing.
func TestParentKilled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("looks at processes")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleEnv+"=parent:"+writeModule(t))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // the check has begun
	cmd.Process.Kill()
	cmd.Wait()
	gone(t, pid)
}

// Where the system does not end children with their parents, a child notices that
// nobody asks any more, even if it loops.
func TestInputEnds(t *testing.T) {
	dir := writeModule(t)
	_, params, err := loadModule(dir)
	if err != nil {
		t.Fatal(err)
	}
	cmd := faulty()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(environ(), cmd.Env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := writeMessage(in, &request{Load: &load{Dir: dir, Env: environ()}}); err != nil {
		t.Fatal(err)
	}
	r := new(reply)
	if err := readMessage(out, r); err != nil || r.Loaded == nil {
		t.Fatalf("%v, %s", err, r.Broken)
	}
	p := program{Name: "base", Sum: sumOf(params)}
	lim := Limits{CPU: time.Hour, Wall: time.Hour, Heap: 1 << 40}
	err = writeMessage(in, &request{Limits: &lim, Check: &check{Program: p, Assign: asking(params, "loop").Assign}})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	in.Close()
	ended := make(chan error)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		cmd.Process.Kill()
		t.Errorf("it goes on: %v", <-ended)
	}
}

// gone waits until a process is no more.
func gone(t *testing.T, pid int) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		out, _ := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
		if s := strings.TrimSpace(string(out)); s == "" || strings.HasPrefix(s, "Z") { // nobody waits for orphans here
			return
		}
	}
	t.Fatalf("process %d is still there", pid)
}
