package tape

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/runtime/tracefile"
)

// lines records what f does and gives the nodes of the trace file, one to a
// line: name(inputs), with the call, the body and the call around it.
func lines(t *testing.T, f func(top *Tape)) []string {
	t.Helper()
	var buf bytes.Buffer
	s := newSink(&buf)
	s.check(s.w.Header(tracefile.Header{Trace: tracefile.Version, Program: "example.com/p", Go: "go1.26"}))
	old := the
	the = newProgram(s)
	defer func() { the = old }()
	f(the.top)
	the.drain()
	the.top.end("pass")
	names := map[int]string{}
	var nodes []*tracefile.Node
	r := tracefile.NewReader(&buf)
	for {
		l, err := r.Next()
		if err != nil {
			break
		}
		if n, ok := l.(*tracefile.Node); ok {
			nodes = append(nodes, n)
			name := n.Name
			if name == "" {
				name = n.Op
			}
			names[n.N] = name
		}
	}
	var out []string
	for _, n := range nodes {
		var in []string
		for _, i := range n.In {
			in = append(in, names[i])
		}
		s := fmt.Sprintf("%s(%s)", names[n.N], strings.Join(in, " "))
		if n.Kind == tracefile.KindException {
			s = "exception " + s
		}
		if n.Fn != 0 {
			s += " fn " + names[n.Fn]
		}
		if n.Call != 0 {
			s += fmt.Sprintf(" call %d", n.Call)
		}
		if n.Body != 0 {
			s += " body " + names[n.Body]
		}
		if n.Within != 0 {
			s += fmt.Sprintf(" within %d", n.Within)
		}
		if n.Count != 0 {
			s += fmt.Sprintf(" count %d", n.Count)
		}
		out = append(out, s)
	}
	return out
}

// follow calls b as generated code does, with one argument and one result, and
// follows the body.
func follow(t *Tape, b *Bundle, name string, p *Ref, body func(t *Tape, p *Ref) Ref) (r Ref) {
	f := Enter(t, b, &Site{Op: b.Name, Name: name, Src: name, Type: "int"})
	Arg(f, 0, p, 1)
	defer f.Leave()
	f.Made(body(f.Inside(), f.Own(0)))
	f.Done()
	Result(f, 0, &r, 2)
	return r
}

// alone is follow for a body that is not followed.
func alone(t *Tape, b *Bundle, name string, p *Ref, body func()) (r Ref) {
	f := Enter(t, b, &Site{Op: b.Name, Name: name, Src: name, Type: "int"})
	Arg(f, 0, p, 1)
	defer f.Leave()
	f.Alone()
	body()
	f.Done()
	Result(f, 0, &r, 2)
	return r
}

func TestFollowedBundle(t *testing.T) {
	outer := &Bundle{Name: "outer", Args: []ArgSite{{Src: "x"}}}
	inner := &Bundle{Name: "inner", ID: "p.inner", Args: []ArgSite{{Src: "x"}}}
	got := lines(t, func(top *Tape) {
		a := input(top, "a")
		follow(top, outer, "y", &a, func(t *Tape, p *Ref) Ref {
			r := alone(t, inner, "i", p, func() {
				if Active() != nil {
					panic("a plain call inside a bundle is recorded")
				}
			})
			return Rec(t, site("sum"), 3, r)
		})
		// What enters as an argument is known inside, too.
		var none Ref
		follow(top, outer, "z", &none, func(t *Tape, p *Ref) Ref { return *p })
		if Active() != top {
			panic("plain calls are not recorded")
		}
	})
	want := []string{
		"a()", "inner()", "i(a) fn inner within 1", "sum(i) within 1", "y(a) call 1 body sum",
		"x()", "z(x) call 2 body x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

func TestPanicThroughBundles(t *testing.T) {
	outer := &Bundle{Name: "outer"}
	inner := &Bundle{Name: "inner"}
	got := lines(t, func(top *Tape) {
		a := input(top, "a")
		func() {
			defer func() {
				var r Ref
				v := Recovered(top, &r, site("recover()"), nil, recover())
				Rec(top, site("said"), v, r)
			}()
			follow(top, outer, "y", &a, func(t *Tape, p *Ref) Ref {
				return alone(t, inner, "i", p, func() { panic("no") })
			})
		}()
		follow(top, outer, "z", &a, func(t *Tape, p *Ref) (r Ref) {
			defer func() { Recovered(t, &r, site("recover()"), nil, recover()) }()
			return alone(t, inner, "j", p, func() { panic("no") })
		})
	})
	want := []string{
		"a()", "exception i(a) within 1", "exception y(a) call 1 body i", "said(y)",
		"exception j(a) within 2", "z(a) call 2 body j",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

func TestDepthBudget(t *testing.T) {
	old := maxDepth
	maxDepth = 2
	defer func() { maxDepth = old }()
	rec := &Bundle{Name: "rec"}
	leaf := &Bundle{Name: "leaf", ID: "p.leaf"}
	got := lines(t, func(top *Tape) {
		a, b := input(top, "a"), input(top, "b")
		var call func(t *Tape, p *Ref, n int) Ref
		call = func(t *Tape, p *Ref, n int) Ref {
			return follow(t, rec, fmt.Sprint("r", n), p, func(t *Tape, p *Ref) Ref {
				if n == 0 {
					return alone(t, leaf, "leaf", p, func() {})
				}
				if n == 1 {
					// A literal from outside records outside, on what it was
					// given; nothing may come from itself.
					x := Rec(t, site("in"), 1, *p)
					y := Rec(top, site("outside"), 1, x, b)
					return Rec(t, site("more"), 1, y, call(t, p, n-1))
				}
				return call(t, p, n-1)
			})
		}
		call(top, &a, 4)
	})
	sort.Strings(got)
	want := []string{
		"a()", "b()",
		"collapsed(a collapsed outside leaf) count 4", // leaf, r0, more, r1
		"collapsed(a) count 1",
		"leaf()",
		"outside(collapsed b)",
		"r2(a) call 3 body collapsed within 2",
		"r3(a) call 2 body r2 within 1",
		"r4(a) call 1 body r3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

// TestArgWithoutMemory: an argument that takes no memory, like the receiver of a type
// without fields, is no input; one with a node of its own still is.
func TestArgWithoutMemory(t *testing.T) {
	b := &Bundle{Name: "f", Args: []ArgSite{{Src: "a"}, {Src: "b"}, {Src: "c"}}}
	got := lines(t, func(top *Tape) {
		known := input(top, "known")
		f := Enter(top, b, &Site{Op: "f", Name: "r", Src: "r", Type: "int"})
		Arg(f, 0, nil, struct{}{})
		Arg(f, 1, &known, [0]int{})
		Arg(f, 2, nil, [1]struct{ x bool }{})
		f.Alone()
		f.Done()
		var r Ref
		Result(f, 0, &r, 2)
		f.Leave()
	})
	want := []string{"known()", "c()", "r( known c)"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
