package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestLines(t *testing.T) {
	var buf bytes.Buffer
	p := NewPipe(&buf)
	p.Score("TestX/sub", 0.7)
	p.Score("TestX/sub", math.NaN())
	p.Score("", math.Inf(-1))
	p.Score("", math.Inf(1))
	p.Feedback("TestX", "line one\n\"two\" <&> \u2028 \xff")
	want := `{"score":0.7,"name":"TestX/sub"}
{"score":null,"bad":"NaN","name":"TestX/sub"}
{"score":null,"bad":"-Inf","name":""}
{"score":null,"bad":"+Inf","name":""}
{"feedback":"line one\n\"two\" <&> \u2028 \ufffd","name":"TestX"}
`
	if got := buf.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestNoPipe(t *testing.T) {
	for _, value := range []string{"", "x", "-1", "0", "1", "2", "987654", "99999999999999999999"} {
		p := fromEnv(value)
		if ok, err := p.Score("TestX", 1); ok || err != nil {
			t.Errorf("%s=%q: Score = %v, %v", Env, value, ok, err)
		}
		if ok, err := p.Feedback("TestX", "text"); ok || err != nil {
			t.Errorf("%s=%q: Feedback = %v, %v", Env, value, ok, err)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteError(t *testing.T) {
	if ok, err := NewPipe(broken{}).Score("TestX", 1); !ok || err != io.ErrClosedPipe {
		t.Errorf("Score on a broken pipe = %v, %v", ok, err)
	}
}

// oneWrite fails the test if a line comes in pieces.
type oneWrite struct {
	t     *testing.T
	lines int
}

func (w *oneWrite) Write(b []byte) (int, error) {
	if !json.Valid(b) || bytes.Count(b, []byte("\n")) != 1 || b[len(b)-1] != '\n' {
		w.t.Errorf("not one line: %q", b)
	}
	w.lines++
	return len(b), nil
}

func TestConcurrent(t *testing.T) {
	w := &oneWrite{t: t}
	p := NewPipe(w)
	var wg sync.WaitGroup
	for i := 0; i < 8; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 100; j++ {
				p.Score("TestX", float64(j))
				p.Feedback("TestX", strings.Repeat("long ", 1000))
			}
		}()
	}
	wg.Wait()
	if w.lines != 1600 {
		t.Errorf("%d lines, want 1600", w.lines)
	}
}

// TestInherited runs this test binary as a child that reports on descriptor 3,
// and starts a grandchild, which must not.
func TestInherited(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no inherited descriptors")
	}
	const role = "TRACE_REPORT_TEST"
	switch os.Getenv(role) {
	case "child":
		Score("TestX", 0.5)
		os.Setenv(role, "grandchild")
		cmd := exec.Command(os.Args[0], "-test.run=^TestInherited$")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	case "grandchild":
		if ok, _ := Score("TestX", 99); ok {
			t.Error("the pipe reached a grandchild")
		}
		return
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestInherited$")
	cmd.Env = append(os.Environ(), Env+"=3", role+"=child")
	cmd.ExtraFiles = []*os.File{w}
	out, err := cmd.CombinedOutput()
	w.Close()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if want := "{\"score\":0.5,\"name\":\"TestX\"}\n"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestParent: a grandchild that inherits the variables does not report.
func TestParent(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	env := map[string]string{Env: fmt.Sprint(w.Fd()), EnvParent: "7"}
	if lookUp(func(k string) string { return env[k] }, 8) != nil {
		t.Error("a process of another parent has the pipe")
	}
}
