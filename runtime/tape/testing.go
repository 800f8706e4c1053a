package tape

import (
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/opto-go/trace/runtime/internal/report"
)

// TB is the part of testing.TB that recording needs.
type TB interface {
	Helper()
	Name() string
	Failed() bool
	Skipped() bool
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Test starts the tape of a top-level test, benchmark or fuzz test.
func Test(tb TB) *Tape {
	if the == nil {
		return nil
	}
	the.drain()
	return begin(the.top, tb)
}

func begin(parent *Tape, tb TB) *Tape {
	t := parent.prog.start(parent, tb.Name())
	t.tb = tb
	tb.Cleanup(func() { t.finish(tb) })
	return t
}

// finish runs as the last clean-up of the case.
func (t *Tape) finish(tb TB) {
	t.mu.Lock()
	pending := t.pending
	t.mu.Unlock()
	result := "pass"
	switch {
	case pending != 0 && atomic.LoadInt32(&t.exiting) == 0:
		t.feedback(pending, "panic in "+tb.Name())
		result = "fail"
	case tb.Failed():
		t.unreturned()
		result = "fail"
	case tb.Skipped():
		result = "skip"
	}
	t.end(result)
}

// Example starts the tape of an ExampleXxx function; the function's tape ends
// with Finish.
func Example(name string) *Tape {
	if the == nil {
		return nil
	}
	the.drain()
	t := the.start(the.top, name)
	t.out.on = true
	return t
}

// Finish ends the tape of an example. Only go test knows whether its output
// was right: the end line says that it returned.
func (t *Tape) Finish() { t.left(leaving()) }

// A Runner is a *testing.T or *testing.B.
type Runner[T any] interface {
	TB
	Run(name string, f func(T)) bool
}

// Seed starts the tape of one input of a fuzz test.
func Seed(t *Tape, tb TB) *Tape {
	t.prog.drain()
	return begin(t, tb)
}

// Sub starts the tape of a subtest.
func Sub(t *Tape, tb TB) *Tape { return begin(t, tb) }

// Run is t.Run(name, f) where f begins with a tape of its own.
func Run[T Runner[T]](t *Tape, tb T, name string, f func(T)) bool {
	tb.Helper()
	t.prog.drain()
	defer t.prog.drain()
	return tb.Run(name, f)
}

// RunFunc is t.Run(name, f) for a function value.
func RunFunc[T Runner[T]](t *Tape, tb T, name string, f func(T)) bool {
	tb.Helper()
	if tw, ok := t.twin(funcKeyOf(f)).(func(*Tape, *Ref, T)); ok {
		return Run(t, tb, name, func(sub T) {
			sub.Helper() // a failure in it belongs to the line of the twin
			tw(begin(t, sub), nil, sub)
		})
	}
	return tb.Run(name, f)
}

// testOf gives the argument of a call that is a test.
func testOf(s *Site, args ...any) interface{ Helper() } {
	if h, ok := args[s.TB-1].(interface{ Helper() }); ok && !isNil(h) {
		return h
	}
	return noTest{}
}

// noTest stands for a test that is nil.
type noTest struct{}

func (noTest) Helper() {}

// Errorf is tb.Errorf, and feedback on the nodes of its arguments.
func Errorf(t *Tape, tb TB, s *Site, refs []*Ref, format string, args ...any) {
	tb.Helper()
	tb.Errorf("%s", t.said(s, refs, fmt.Sprintf(format, args...)))
}

// Error is tb.Error, and feedback on the nodes of its arguments.
func Error(t *Tape, tb TB, s *Site, refs []*Ref, args ...any) {
	tb.Helper()
	tb.Errorf("%s", t.said(s, refs, fmt.Sprintln(args...)))
}

// Fatalf is tb.Fatalf, and feedback on the nodes of its arguments.
func Fatalf(t *Tape, tb TB, s *Site, refs []*Ref, format string, args ...any) {
	tb.Helper()
	atomic.StoreInt32(&t.exiting, 1)
	tb.Fatalf("%s", t.said(s, refs, fmt.Sprintf(format, args...)))
}

// Fatal is tb.Fatal, and feedback on the nodes of its arguments.
func Fatal(t *Tape, tb TB, s *Site, refs []*Ref, args ...any) {
	tb.Helper()
	atomic.StoreInt32(&t.exiting, 1)
	tb.Fatalf("%s", t.said(s, refs, fmt.Sprintln(args...)))
}

// said attaches msg, which was formatted once, and gives it back.
func (t *Tape) said(s *Site, refs []*Ref, msg string) string {
	text := msg
	if n := len(text); n > 0 && text[n-1] == '\n' {
		text = text[:n-1]
	}
	t.feedback(t.join(s, refs, text), text)
	return msg
}

// join finds the node that a message is about: the only one of refs, or a new
// node on several. Inputs count only when nothing was computed: a message
// often repeats what the case fed in.
func (t *Tape) join(s *Site, refs []*Ref, msg string) Ref {
	var computed, inputs []Ref
	add := func(l []Ref, r Ref) []Ref {
		for _, h := range l {
			if h == r {
				return l
			}
		}
		return append(l, r)
	}
	for _, p := range refs {
		switch r := Get(p); {
		case r == 0:
		case r&inputBit != 0:
			inputs = add(inputs, r)
		default:
			computed = add(computed, r)
		}
	}
	if len(computed) == 0 {
		computed = inputs
	}
	switch len(computed) {
	case 0:
		return 0
	case 1:
		return computed[0]
	}
	s = s.variant(variantKey{of: ofJoin}, func(c *Site) { c.Op = "join" })
	return record(t, kindOp, s, msg, computed, 0)
}

// Feedback is trace.Feedback(tb, out, format, args...) in instrumented code.
func Feedback[T any](t *Tape, tb interface {
	Helper()
	Logf(string, ...any)
	Name() string
}, s *Site, refs []*Ref, out T, format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	t.feedback(t.join(s, refs, msg), msg)
	name := ""
	if !isNil(tb) {
		tb.Helper()
		name = tb.Name()
	}
	if sent, err := report.Feedback(name, msg); (!sent || err != nil) && !isNil(tb) {
		tb.Logf("feedback: %s", msg)
	}
}

func isNil(v any) bool {
	if v == nil {
		return true
	}
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Ptr && r.IsNil()
}

// Scored notes the score of the running case; trace.Score itself is called
// too.
func Scored(t *Tape, v float64) float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if v-v == 0 && !t.ended { // NaN and Inf are failures, and no JSON numbers
		t.score = &v
	}
	return v
}
