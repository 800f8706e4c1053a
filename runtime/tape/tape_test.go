package tape

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"testing"

	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

// recording makes a recording of the process for one test; read ends it and
// gives what it holds.
func recording(t *testing.T) (top *Tape, read func() *trace.Recording) {
	t.Helper()
	var buf bytes.Buffer
	s := newSink(&buf)
	s.check(s.w.Header(tracefile.Header{Trace: tracefile.Version, Program: "example.com/p", Go: "go1.26"}))
	old := the
	the = newProgram(s)
	t.Cleanup(func() { the = old })
	return the.top, func() *trace.Recording {
		t.Helper()
		the.drain()
		the.top.end("pass")
		rec, err := trace.ReadRecording(&buf)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Dangling != 0 {
			t.Errorf("%d dangling references", rec.Dangling)
		}
		return rec
	}
}

func site(name string) *Site { return &Site{Src: name, Name: name, Type: "int"} }

func input(t *Tape, name string) Ref { return In(t, site(name), 1) }

// from lists the names of the inputs that r came from.
func from(t *testing.T, rec *trace.Recording, r Ref) string {
	t.Helper()
	var names []string
	seen := map[*trace.GraphNode]bool{}
	var visit func(n *trace.GraphNode)
	visit = func(n *trace.GraphNode) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		if len(n.In) == 0 {
			names = append(names, n.Name)
		}
		for _, in := range n.In {
			visit(in)
		}
	}
	for _, p := range rec.Programs {
		for _, n := range p.Nodes {
			if n.N == r.num() {
				visit(n)
			}
		}
	}
	sort.Strings(names)
	return strings.Join(names, " ")
}

type pair struct{ a, b int }

// loaded is a load through At.
func loaded[T any](t *Tape, p *T, cont Ref) Ref {
	var out Ref
	At(t, &out, site("load"), &cont, p)
	return out
}

func TestCells(t *testing.T) {
	top, read := recording(t)
	a, b, c := input(top, "a"), input(top, "b"), input(top, "c")
	want := map[Ref]string{}
	var untracked []Ref

	x := 1
	St(top, &x, a, 0)
	want[loaded(top, &x, 0)] = "a"
	x = 2 // behind our back
	untracked = append(untracked, loaded(top, &x, 0))
	want[loaded(top, &x, c)] = "c"

	// Fields and the whole see each other's stores.
	p := &pair{1, 2}
	St(top, &p.a, a, c)
	St(top, &p.b, b, c)
	want[loaded(top, p, c)] = "a b"
	whole := Rec(top, site("whole"), *p, c)
	St(top, p, whole, 0)
	want[loaded(top, &p.b, a)] = "c"
	St(top, &p.a, 0, whole)
	untracked = append(untracked, loaded(top, &p.a, whole))

	// A container answers for what it holds, once.
	q := &pair{1, 2}
	first := loaded(top, &q.a, c)
	if again := loaded(top, &q.a, c); again != first {
		t.Errorf("a second load made node %d, want %d again", again, first)
	}
	want[first] = "c"

	// append takes cells along, copy moves them.
	xs := make([]int, 1)
	St(top, &xs[0], a, 0)
	var out Ref
	ys := S(xs).Append(top, &out, site("append"), nil, []*Ref{&b}, 7)
	want[loaded(top, &ys[0], out)] = "a"
	want[loaded(top, &ys[1], out)] = "b"
	want[out] = "b"
	zs := make([]int, 3)
	copy2 := Copy(top, new(Ref), nil, &out, zs, ys)
	if copy2 != 2 {
		t.Errorf("Copy = %d, want 2", copy2)
	}
	want[loaded(top, &zs[0], 0)] = "a"
	Copy(top, new(Ref), nil, nil, zs[1:], zs) // overlaps
	want[loaded(top, &zs[2], 0)] = "b"
	if got := fmt.Sprint(zs); got != "[0 0 7]" {
		t.Errorf("zs = %s", got)
	}

	// A call that is not followed may change all that it was given.
	Changed(top, nil, site("sort"), zs, c)
	want[loaded(top, &zs[1], 0)] = "a b c"

	rec := read()
	for r, names := range want {
		if got := from(t, rec, r); got != names {
			t.Errorf("node %d comes from %q, want %q", r.num(), got, names)
		}
	}
	for _, r := range untracked {
		if r != 0 {
			t.Errorf("node %d for an untracked value", r.num())
		}
	}
}

func TestMaps(t *testing.T) {
	top, read := recording(t)
	a, b, k := input(top, "a"), input(top, "b"), input(top, "k")
	m := map[string]int{"x": 1, "y": 2}
	M(m).St(top, "x", a, 0, k)
	M(m).St(top, "y", b, 0, 0)
	var x, y, z, nan Ref
	if got := M(m).At(top, &x, site("m[x]"), nil, nil, "x"); got != 1 {
		t.Errorf("At = %d", got)
	}
	if got, ok := M(m).At2(top, &y, site("m[y]"), nil, &k, "y"); got != 2 || !ok {
		t.Errorf("At2 = %d, %v", got, ok)
	}
	if _, ok := M(m).At2(top, &z, site("m[z]"), nil, nil, "z"); ok || z != 0 {
		t.Errorf("missing element: %v, node %d", ok, z)
	}
	var it Iter
	RangeMap[string, int](&it, m)
	key := MapKey(top, site("key"), &it, "x", 0)
	m["x"] = 5
	stale := MapElem(top, site("x"), &it, "x", 5, 0)
	f := map[float64]int{}
	zero := 0.0
	f[zero/zero] = 1
	M(f).St(top, zero/zero, a, 0, 0)
	M(f).At(top, &nan, site("f[NaN]"), nil, nil, zero/zero)
	rec := read()
	for _, tt := range []struct {
		name string
		r    Ref
		want string
	}{{"x", x, "a"}, {"y", y, "b k"}, {"key", key, "k"}, {"stale", stale, ""}, {"NaN", nan, ""}} {
		if got := from(t, rec, tt.r); got != tt.want {
			t.Errorf("%s comes from %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestChannels(t *testing.T) {
	top, read := recording(t)
	a, b := input(top, "a"), input(top, "b")
	c := make(chan int, 8)
	var ch Chan
	send := func(r Ref, v int) { Ch(&ch, c) <- Send(top, &ch, &r, v) }
	recv := func() (r Ref) {
		Recv(top, &r, site("c"), &ch, <-Ch(&ch, c))
		return r
	}
	send(a, 1)
	send(0, 2)
	send(b, 3)
	want := map[string]Ref{"a": recv(), "": recv(), "b": recv()}
	if len(top.prog.sent) != 0 {
		t.Errorf("%d channels are kept", len(top.prog.sent))
	}
	send(a, 1)
	send(b, 1)
	first, second := recv(), recv()
	send(a, 1)
	send(b, 2)
	Unsent(top, &ch)
	only := recv()
	<-c
	rec := read()
	for name, r := range want {
		if got := from(t, rec, r); got != name {
			t.Errorf("received from %q, want %q", got, name)
		}
	}
	for _, r := range []Ref{first, second} {
		if got := from(t, rec, r); got != "a b" {
			t.Errorf("equal values: %q", got)
		}
	}
	if got := from(t, rec, only); got != "a" {
		t.Errorf("the other was not sent: %q", got)
	}
}

func TestFunctions(t *testing.T) {
	top, read := recording(t)
	a, b := input(top, "a"), input(top, "b")
	twin := func(t *Tape, o, p *Ref, n int) int {
		Put(o, Rec(t, site("n+1"), n+1, Get(p)))
		return n + 1
	}
	f := Fn1_1(top, twin)
	var known, unknown Ref
	if got := Call1_1(top, site("f(1)"), nil, &known, &a, f)(1); got != 2 {
		t.Errorf("f(1) = %d", got)
	}
	g := func(n int) int { return n * 2 }
	if got := Call1_1(top, site("g(1)"), &b, &unknown, &a, g)(1); got != 2 {
		t.Errorf("g(1) = %d", got)
	}
	rec := read()
	if got := from(t, rec, known); got != "a" {
		t.Errorf("known function: %q", got)
	}
	if got := from(t, rec, unknown); got != "a b" {
		t.Errorf("unknown function: %q", got)
	}
}

type speaker interface{ speak(string) string }

type dog struct{}

func (dog) speak(s string) string { return s + "!" }

type cat struct{}

func (cat) speak(string) string { return "" }

func TestMethods(t *testing.T) {
	top, read := recording(t)
	a := input(top, "a")
	Method((*dog)(nil), 1, func(t *Tape, s *Site, o, recv, p *Ref, x any, w string) string {
		v := x.(dog).speak(w)
		Put(o, Rec(t, site("twin"), v, Get(p)))
		return v
	})
	for _, x := range []speaker{dog{}, cat{}} {
		var r Ref
		Dyn1_1(top, site("x.speak"), nil, &r, &a, x, 1, speaker.speak)("w")
		if r == 0 {
			t.Errorf("%T: untracked", x)
		}
	}
	rec := read()
	var srcs []string
	for _, n := range rec.Programs[0].Nodes {
		srcs = append(srcs, n.Src)
	}
	if got := strings.Join(srcs, " "); got != "a twin x.speak" {
		t.Errorf("nodes: %s", got)
	}
}

func TestEnded(t *testing.T) {
	top, read := recording(t)
	c := the.start(top, "TestX")
	a := input(c, "a")
	c.end("pass")
	if r := Rec(c, site("late"), 1, a); r != 0 {
		t.Errorf("node %d after the end", r)
	}
	x := 1
	St(c, &x, a, 0)
	if r := loaded(c, &x, 0); r != 0 {
		t.Errorf("cell after the end: %d", r)
	}
	c.end("fail") // harmless
	c.feedback(a, "late")
	rec := read()
	if got := rec.Case("TestX"); got == nil || got.Result != "pass" || len(got.Feedback) != 0 {
		t.Errorf("case: %+v", got)
	}
}

func TestActive(t *testing.T) {
	top, _ := recording(t)
	if Active() != top {
		t.Error("no case: not the program's tape")
	}
	a := the.start(top, "TestA")
	sub := the.start(a, "TestA/x")
	if Active() != sub {
		t.Error("nested cases: not the inner one")
	}
	other := the.start(a, "TestA/y")
	if Active() != nil {
		t.Error("parallel cases: a tape for plain entries")
	}
	sub.end("pass")
	if Active() != other {
		t.Error("the other case is alone now")
	}
	f := Enter(other, &Bundle{Name: "f"}, nil)
	f.Alone()
	if Active() != nil {
		t.Error("a plain call inside a bundle is part of it")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		defer f.Leave()
		panic("in the bundle")
	}()
	if Active() != other {
		t.Error("a panic left the bundle running")
	}
	if other.pending == 0 {
		t.Error("no exception node is pending")
	}
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	top, read := recording(t)
	a := input(top, "a")
	const workers, rounds = 8, 200
	out := make([]int, workers)
	done := make(chan bool)
	ch := make(chan int, workers*rounds)
	for w := 0; w < workers; w++ {
		go func(w int, p *int) {
			c := the.start(top, fmt.Sprint("case", w))
			for i := 0; i < rounds; i++ {
				r := Rec(c, site("r"), i, a)
				*p = i
				St(c, p, r, 0)
				loaded(c, p, 0)
				var on Chan
				Ch(&on, ch) <- Send(c, &on, &r, i)
			}
			c.end("pass")
			done <- true
		}(w, &out[w])
	}
	for w := 0; w < workers; w++ {
		<-done
	}
	rec := read()
	if n := len(rec.Programs[0].Nodes); n != workers*rounds+1 {
		t.Errorf("%d nodes, want %d", n, workers*rounds+1)
	}
}
