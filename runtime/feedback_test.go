package trace

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opto-go/trace/runtime/internal/report"
	"github.com/opto-go/trace/runtime/internal/sink"
	"github.com/opto-go/trace/runtime/tracefile"
)

// fakeTB records what is logged.
type fakeTB struct {
	log     []string
	helpers int
}

func (f *fakeTB) Helper()      { f.helpers++ }
func (f *fakeTB) Name() string { return "TestX/sub" }
func (f *fakeTB) Logf(format string, args ...any) {
	f.log = append(f.log, fmt.Sprintf(format, args...))
}

func TestWithoutPipe(t *testing.T) {
	if report.Available() {
		t.Skip("runs under tracetrain")
	}
	tb := &fakeTB{}
	z := Mul(Param("x", 2.0), Const("b", 1.5))
	Score(tb, 0.7)
	Feedback(tb, nil, "plain 100%%")
	Feedback(tb, z, "got %.1f, want %d", z, 4)
	want := []string{"score: 0.7", "feedback: plain 100%", "feedback: got 3.0, want 4"}
	if diff := cmp.Diff(want, tb.log); diff != "" || tb.helpers != 3 {
		t.Errorf("%d helpers (-want +got):\n%s", tb.helpers, diff)
	}
}

func TestNilTB(t *testing.T) {
	var typed *testing.T
	var fake *fakeTB
	for _, tb := range []TB{nil, typed, fake} {
		Score(tb, 1)
		Feedback(tb, 3, "x")
	}
}

func TestFeedbackArguments(t *testing.T) {
	args := []any{Const("x", 3)}
	Feedback(nil, nil, "%d", args...)
	if _, ok := args[0].(*Node[int]); !ok {
		t.Error("the caller's arguments were changed")
	}
}

// TestPipe runs this test binary as a child with a result pipe.
func TestPipe(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no inherited descriptors")
	}
	const role = "TRACE_FEEDBACK_TEST"
	if os.Getenv(role) != "" {
		tb := &fakeTB{}
		Score(tb, 0.7)
		Score(nil, 1)
		Feedback(tb, Const("x", 1), "got %v", Const("x", 1))
		if len(tb.log) > 0 {
			t.Errorf("logged although there is a pipe: %q", tb.log)
		}
		return
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestPipe$")
	cmd.Env = append(os.Environ(), report.Env+"=3", role+"=1")
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
	want := `{"score":0.7,"name":"TestX/sub"}
{"score":1,"name":""}
{"feedback":"got 1","name":"TestX/sub"}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// recorder writes what it hears to a trace file, as a tape would.
type recorder struct {
	w    *tracefile.Writer
	last int
}

func (r *recorder) Score(name string, v float64) {
	r.w.End(tracefile.End{Result: tracefile.ResultPass, Score: &v})
}

func (r *recorder) Feedback(name string, nodes []tracefile.Node, out int, text string) {
	for _, n := range nodes {
		n.N += r.last
		for i := range n.In {
			if n.In[i] != 0 {
				n.In[i] += r.last
			}
		}
		if n.Fn != 0 {
			n.Fn += r.last
		}
		r.w.Node(n)
	}
	if out != 0 {
		out += r.last
	}
	r.w.Feedback(tracefile.Feedback{Feedback: out, Text: text})
	r.last += len(nodes)
}

// TestSink: feedback on nodes of the explicit API survives the trace file.
func TestSink(t *testing.T) {
	var b strings.Builder
	r := &recorder{w: tracefile.NewWriter(&b)}
	r.w.Header(tracefile.Header{Program: "p"})
	defer sink.Set(sink.Set(r))
	f := &Bundle{ID: "m.f", Name: "f", Type: "func(int) int", Trainable: true}
	x := Const("x", 2)
	y := Call(f, func() int { return 4 }, x)
	Feedback(nil, y, "too small")
	Feedback(nil, 3, "in general")
	Feedback(nil, Neg(y), "negative")
	Score(nil, 0.5)
	r.w.Flush()
	rec, err := ReadRecording(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	p := rec.Programs[0]
	if s := p.Cases[0].Score; s == nil || *s != 0.5 {
		t.Errorf("score %v", s)
	}
	outs := p.Cases[0].Feedback
	if len(outs) != 3 || outs[0].Node.Value != "4" || outs[1].Node != nil || outs[2].Node.Value != "-4" {
		t.Fatalf("outputs %+v", outs)
	}
	if g := p.Graph(); !g.Reached() || g.Params()[0].ID != "m.f" {
		t.Errorf("graph:\n%s", g.Text())
	}
}
