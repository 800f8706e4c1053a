package trace

import (
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/opto-go/trace/runtime/tracefile"
	"pgregory.net/rapid"
)

type celsius float64
type word string

// TestOperators: each operator computes what Go's does.
func TestOperators(t *testing.T) {
	i := func(v int) *Node[int] { return Const("i", v) }
	f := func(v float64) *Node[float64] { return Const("f", v) }
	b := func(v bool) *Node[bool] { return Const("b", v) }
	s := func(v string) *Node[string] { return Const("s", v) }
	for _, test := range []struct {
		op, expr  string
		got, want any
	}{
		{"Add", "i + i", Add(i(2), i(3)).Value(), 5},
		{"Add strings", "", Add(s("a"), s("b")).Value(), "ab"},
		{"Add defined", "", Add(Const("c", celsius(1)), Const("c", celsius(2))).Value(), celsius(3)},
		{"Add complex", "", Add(Const("c", 1i), Const("c", 1+1i)).Value(), 1 + 2i},
		{"Sub", "", Sub(i(2), i(3)).Value(), -1},
		{"Mul", "", Mul(f(2), f(3)).Value(), 6.0},
		{"Div", "", Div(i(7), i(2)).Value(), 3},
		{"Div by zero", "", Div(f(1), f(0)).Value(), math.Inf(1)},
		{"Rem", "", Rem(i(-7), i(2)).Value(), -1},
		{"Neg", "", Neg(i(2)).Value(), -2},
		{"Not", "", Not(b(true)).Value(), false},
		{"And", "", And(b(true), b(false)).Value(), false},
		{"Or", "", Or(b(true), b(false)).Value(), true},
		{"Eq", "", Eq(s("a"), s("a")).Value(), true},
		{"Ne", "", Ne(s("a"), s("a")).Value(), false},
		{"Lt", "", Lt(s("a"), s("b")).Value(), true},
		{"Le", "", Le(i(2), i(2)).Value(), true},
		{"Gt", "", Gt(i(2), i(2)).Value(), false},
		{"Ge", "", Ge(f(2), f(math.NaN())).Value(), false},
		{"BitAnd", "", BitAnd(i(6), i(3)).Value(), 2},
		{"BitOr", "", BitOr(i(6), i(3)).Value(), 7},
		{"BitXor", "", BitXor(i(6), i(3)).Value(), 5},
		{"BitClear", "", BitClear(i(6), i(3)).Value(), 4},
		{"BitNot", "", BitNot(i(6)).Value(), -7},
		{"Shl", "", Shl(i(1), Const("n", uint8(4))).Value(), 16},
		{"Shr", "", Shr(i(-8), i(1)).Value(), -4},
		{"Convert", "", Convert[int8](f(-3.9)).Value(), int8(-3)},
		{"Index", "", Index(Const("xs", []string{"a", "b"}), i(1)).Value(), "b"},
		{"Lookup", "", Lookup(Const("m", map[string]int{"a": 1}), s("b")).Value(), 0},
		{"Slice", "", Slice(Const("xs", []int{1, 2, 3}), i(1), i(2)).Value(), []int{2}},
		{"Substring", "", Substring(Const("w", word("hello")), i(1), i(3)).Value(), word("el")},
		{"ConvertString", "", ConvertString[word](Const("b", []byte("hé"))).Value(), word("hé")},
		{"ConvertString to bytes", "", ConvertString[[]byte](s("hé")).Value(), []byte("hé")},
		{"IndexString", "", IndexString(Const("w", word("hello")), i(1)).Value(), byte('e')},
		{"Field", "", Field(Const("p", point{3, 4}), "y", func(p point) int { return p.y }).Value(), 4},
		{"Deref", "", Deref(Const("p", &point{3, 4})).Value().x, 3},
		{"Append", "", Append(Const("xs", []int{1}), i(2), i(3)).Value(), []int{1, 2, 3}},
		{"Len", "", Len(Const("xs", []int{1})).Value(), 1},
		{"LenString", "", LenString(s("é")).Value(), 2},
		{"LenMap", "", LenMap(Const("m", map[string]int{"a": 1})).Value(), 1},
		{"Concat", "", Concat(s("a"), s("b"), s("c")).Value(), "abc"},
		{"Sprintf", "", Sprintf(s("%d %s"), i(1), s("x")).Value(), "1 x"},
	} {
		if diff := cmp.Diff(test.want, test.got, cmp.Comparer(func(a, b complex128) bool { return a == b })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.op, diff)
		}
	}
}

type point struct{ x, y int }

func TestOperatorText(t *testing.T) {
	xs := Param("xs", []int{5, 6, 7})
	i := Const("i", 1)
	e := Index(xs, i)
	n := Neg(e)
	p := Slice(xs, i, Const("", 2))
	l := Convert[float64](Len(p))
	c := Lt(Convert[float64](n), l)
	s := Sprintf(Const("format", "%v"), Not(c))
	want := `xs = []int{5, 6, 7}                        // param xs
i = 1                                      // input
elem0 = xs[i]                              // = 6
neg0 = -elem0                              // = -6
input0 = 2                                 // input
part0 = xs[i:input0]                       // = []int{6}
len0 = len(part0)                          // = 1
float0 = float64(len0)                  // = 1.0
float1 = float64(neg0)                  // = -6.0
lt0 = float1 < float0                // = true
format = "%v"                              // input
not0 = !lt0                                // = false
sprintf0 = fmt.Sprintf(format, not0)       // = "false"
feedback on sprintf0: no
`
	if diff := cmp.Diff(squeeze(want), squeeze(Backward(s, "no").Text())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPanics: operators panic as Go does, with a node for it.
func TestPanics(t *testing.T) {
	zero, xs := Param("zero", 0), Param("xs", []int{1})
	for name, f := range map[string]func(){
		"/":   func() { Div(Const("one", 1), zero) },
		"%":   func() { Rem(Const("one", 1), zero) },
		"[]":  func() { Index(xs, Const("i", 5)) },
		"[:]": func() { Slice(xs, Const("i", 5), zero) },
		"<<":  func() { Shl(zero, Const("n", -1)) },
		"==":  func() { Eq(Param("x", any([]int{1})), Const("y", any([]int{1}))) },
		">>":  func() { Shr(zero, Const("n", -1)) },
		"*":   func() { Deref(Param("p", (*point)(nil))) },
		".x":  func() { Field(Param("p", (*point)(nil)), "x", func(p *point) int { return p.x }) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				r := recover()
				var re runtime.Error
				if err, ok := r.(error); !ok || !errors.As(err, &re) {
					t.Fatalf("panic with %v", r)
				}
				n := Exception(r)
				if n == nil || n.op != name {
					t.Fatalf("exception node %+v", n)
				}
				g := Backward(n, "do not")
				if !g.Reached() || g.Outputs[0].Node.Kind != tracefile.KindException {
					t.Errorf("graph:\n%s", g.Text())
				}
			}()
			f()
		})
	}
}

func TestNilNodes(t *testing.T) {
	var none *Node[int]
	if none.Value() != 0 || none.String() != "0" || none.Err() != nil {
		t.Error("a nil node is not a zero value")
	}
	if _, err := none.With(3); err == nil {
		t.Error("With of nil")
	}
	sum := Add(none, Param("x", 2))
	g := Backward(sum, "f")
	if sum.Value() != 2 || g.Text() != "x = 2         // param x\nadd0 = _ + x  // = 2\nfeedback on add0: f\n" {
		t.Errorf("%d\n%s", sum.Value(), g.Text())
	}
	for _, out := range []AnyNode{nil, none, &Node[int]{}} {
		if g := Backward(out, "f"); len(g.Nodes) != 0 || len(g.Outputs) != 1 || g.Outputs[0].Node != nil || g.Reached() {
			t.Errorf("Backward(%v) = %+v", out, g)
		}
	}
	if got := Sprintf(Const("f", "%v"), nil, none).Value(); !strings.HasPrefix(got, "<nil>") {
		t.Errorf("Sprintf of nil: %s", got)
	}
	Call(nil, func() int { return 1 }, nil, none)
}

var errMove = errors.New("no move")

func TestWrappers(t *testing.T) {
	act := &Bundle{ID: "example.com/m.Agent.Act", Name: "(*Agent).Act", Type: "func(int) (int, error)", Trainable: true}
	traceAct := func(x *Node[int]) (*Node[int], error) {
		return CallErr(act, func() (int, error) {
			switch x.Value() {
			case 0:
				return -1, fmt.Errorf("x: %w", errMove)
			case 1:
				panic("one")
			case 2:
				panic(errMove)
			}
			return x.Value() * 2, nil
		}, x)
	}
	n, err := traceAct(Const("x", 3))
	if n.Value() != 6 || err != nil || Exception(err) != nil {
		t.Errorf("call: %v, %v", n, err)
	}
	n, err = traceAct(Const("x", 0))
	if n.Value() != -1 || !errors.Is(err, errMove) || err.Error() != "x: no move" {
		t.Errorf("error: %v, %v", n, err)
	}
	want := `x = 0                                     // input
func (*Agent) Act(int) (int, error) {…}   // param example.com/m.Agent.Act
exception0 = (*Agent).Act(x)              // raises fmt.Errorf("x: no move")
feedback on exception0: must move
`
	got := Backward(Exception(fmt.Errorf("outer: %w", err)), "must move").Text()
	got = regexp.MustCompile(`  runtime/node_test.go:\d+`).ReplaceAllString(got, "")
	// The parameter was made by the first call: its place is before x.
	sortLines := func(s string) map[string]bool {
		m := make(map[string]bool)
		for _, l := range strings.Split(squeeze(s), "\n") {
			m[l] = true
		}
		return m
	}
	if diff := cmp.Diff(sortLines(want), sortLines(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for x, value := range map[int]any{1: "one", 2: errMove} {
		func() {
			defer func() {
				r, ok := recover().(*Raised)
				if !ok || r.Value != value {
					t.Fatalf("panic with %v", r)
				}
				if n := Exception(r); n == nil || !Backward(n, "f").Reached() || !strings.Contains(n.String(), fmt.Sprint(value)) {
					t.Errorf("exception node of %v: %v", value, n)
				}
			}()
			traceAct(Const("x", x))
		}()
	}
	for _, err := range []any{nil, io.EOF, "text", 3} {
		if n := Exception(err); n != nil {
			t.Errorf("Exception(%v) = %v", err, n)
		}
	}
}

func TestNoCatch(t *testing.T) {
	b := &Bundle{ID: "m.f", Name: "f", NoCatch: true}
	defer func() {
		if r := recover(); r != "as it is" {
			t.Errorf("panic with %v", r)
		}
	}()
	Call(b, func() int { panic("as it is") })
}

func TestInnerException(t *testing.T) {
	inner := &Bundle{ID: "m.inner", Name: "inner", Trainable: true}
	outer := &Bundle{ID: "m.outer", Name: "outer"}
	x := Const("x", 1)
	err := CallVoidErr(outer, func() error {
		return CallVoidErr(inner, func() error { return errMove }, x)
	}, x)
	g := Backward(Exception(err), "f")
	if !g.Reached() || !errors.Is(err, errMove) {
		t.Errorf("%v:\n%s", err, g.Text())
	}
	CallVoid(outer, func() {}, x)
}

func TestSnapshotsAreOfTheirTime(t *testing.T) {
	board := []int{0, 0}
	n := Param("board", board)
	board[0] = 7
	if n.String() != "[]int{0, 0}" || n.Value()[0] != 7 {
		t.Errorf("%s, %v", n, n.Value())
	}
}

func TestAppendCopies(t *testing.T) {
	xs := Const("xs", make([]int, 1, 10))
	a, b := Append(xs, Const("", 1)), Append(xs, Const("", 2))
	if a.Value()[1] != 1 || b.Value()[1] != 2 {
		t.Errorf("%v, %v", a.Value(), b.Value())
	}
}

func TestOptions(t *testing.T) {
	even := func(v int) error {
		if v%2 != 0 {
			return fmt.Errorf("%d is odd", v)
		}
		return nil
	}
	for _, test := range []struct {
		node AnyNode
		want string
	}{
		{Param("x", 1, Desc("d"), Constraint("c"), Min(0), Max(2.5), Step(0.5), Choices(1, 2)), ""},
		{Param("x", 0.3, Min(0.0), Step(0.1)), ""},
		{Param("x", 90*time.Second, Max(time.Minute)), "parameter x: value 90*time.Second is greater than max time.Minute"},
		{Param("x", int64(math.MaxInt64), Max(uint64(math.MaxInt64))), ""},
		{Param("x", uint64(math.MaxUint64), Max(int64(math.MaxInt64))), "parameter x: value uint64(18446744073709551615) is greater than max int64(9223372036854775807)"},
		{Param("", 1), "parameter : it has no name"},
		{Param("x", "text", Min(0)), "parameter x: min needs a number, not a string"},
		{Param("x", 1.0, Min(math.NaN())), "parameter x: min is math.NaN()"},
		{Param("x", 1.0, Max(math.Inf(1))), "parameter x: max is math.Inf(1)"},
		{Param("x", math.NaN(), Max(1.0)), "parameter x: value is not a number"},
		{Param("x", 1, Min(3), Max(2)), "parameter x: min 3 is greater than max 2"},
		{Param("x", 1, Min(3)), "parameter x: value 1 is less than min 3"},
		{Param("x", 1, Step(0)), "parameter x: step 0 is not greater than zero"},
		{Param("x", 4, Min(1), Step(2)), "parameter x: value 4 is not a whole number of steps of 2 from 1"},
		{Param("x", word("b"), Choices("a", "b")), ""},
		{Param("x", []int{1}, Choices([]int{2}, []int{1})), ""},
		{Param("x", "c", Choices("a", "b")), `parameter x: value "c" is none of the choices "a", "b"`},
		{Param("x", "c", Choices[string]()), "parameter x: choices are empty"},
		{Param("x", 2, Check(even)), ""},
		{Param("x", 3, Check(even)), "parameter x: check of 3: 3 is odd"},
		{Param("x", "3", Check(even)), "parameter x: check takes a int, not a string"},
		{Param("x", 3, Check[int](nil)), "parameter x: check is nil"},
		{Param("x", 3, Option{}), ""},
		{Param("x%d", 3, Max(2)), "parameter x%d: value 3 is greater than max 2"},
		{Param("x", "s", Min(1), Max(2)), "parameter x: min needs a number, not a string\nparameter x: max needs a number, not a string"},
		{Const("x", 3, Max(2)), "parameter x: value 3 is greater than max 2"},
	} {
		got := ""
		if err := test.node.Err(); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.node, got, test.want)
		}
		if err := Backward(test.node, "f").Err(); (err == nil) != (got == "") {
			t.Errorf("the graph's error is %v, the node's %s", err, got)
		}
	}
}

func TestWith(t *testing.T) {
	p := Param("x", 1, Max(2), Desc("d"))
	q, err := p.With(2)
	if err != nil || q.Value() != 2 || p.Value() != 1 {
		t.Fatal(err)
	}
	if _, err := q.With(3); err == nil || err.Error() != "parameter x: value 3 is greater than max 2" {
		t.Errorf("With(3): %v", err)
	}
	if _, err := Const("c", 1).With(3); err != errNoParam {
		t.Errorf("With of a constant: %v", err)
	}
	g := Backward(Add(p, q), "f")
	if err := g.Err(); err == nil || err.Error() != "parameter x exists twice, as 1 and as 2 (hint: one name per parameter)" {
		t.Errorf("two values of one parameter: %v", err)
	}
	if params := g.Params(); len(params) != 1 || params[0].Param.Desc != "d" || params[0].Param.Max != "2" {
		t.Errorf("parameters are %+v", params)
	}
	if !strings.Contains(g.Text(), "// param x  max 2") {
		t.Errorf("the limit is not shown:\n%s", g.Text())
	}
}

func TestRegister(t *testing.T) {
	Register(ParamInfo{ID: "test.b", Desc: "first"}, ParamInfo{ID: "test.a", Type: "func()", Constraint: "short"}, ParamInfo{ID: "test.b", Desc: "second"})
	var ids []string
	for _, p := range Registered() {
		if p.ID == bundleEarly.ID {
			continue
		}
		ids = append(ids, p.ID+" "+p.Desc)
	}
	if diff := cmp.Diff([]string{"test.a ", "test.b first"}, ids); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	n := Call(&Bundle{ID: "test.a", Name: "a", Trainable: true}, func() int { return 1 })
	if p := Backward(n, "f").Params(); len(p) != 1 || p[0].Param.Constraint != "short" || p[0].Type != "func()" {
		t.Errorf("parameters are %+v", p)
	}
}

// TestBackwardTwice: feedback changes nothing.
func TestBackwardTwice(t *testing.T) {
	x := Param("x", 2)
	y := Mul(x, x)
	first := Backward(y, "more").Text()
	if other := Backward(y, "less").Text(); other != strings.Replace(first, "more", "less", 1) {
		t.Errorf("%s\n%s", first, other)
	}
	if again := Backward(y, "more").Text(); again != first {
		t.Errorf("%s\n%s", first, again)
	}
	both := NewGraph(Signal{y, "TestA", "more"}, Signal{x, "TestB", "less"}, Signal{Text: "slow"})
	want := "x = 2         // param x\nmul0 = x * x  // = 4\nfeedback on mul0 in TestA: more\nfeedback on x in TestB: less\nfeedback: slow\n"
	if diff := cmp.Diff(want, both.Text()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNames(t *testing.T) {
	add0 := Param("add0", 1) // taken by the user
	g := Backward(Add(Add(add0, add0), add0), "f")
	want := "add0 = 1            // param add0\nadd1 = add0 + add0  // = 2\nadd2 = add1 + add0  // = 3\nfeedback on add2: f\n"
	if diff := cmp.Diff(want, g.Text()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLongChain(t *testing.T) {
	n := 1000000
	if testing.Short() {
		n = 50000
	}
	x := Param("x", 1)
	v := x
	for i := 1; i < n; i++ {
		v = Add(v, x)
	}
	g := Backward(v, "f")
	if len(g.Nodes) != n || !g.Reached() || g.Nodes[n-1].Value != fmt.Sprint(n) {
		t.Errorf("%d nodes", len(g.Nodes))
	}
}

// TestConcurrent is for the race detector: goroutines share nodes.
func TestConcurrent(t *testing.T) {
	x := Param("x", 1)
	b := &Bundle{ID: "m.f", Name: "f", Trainable: true}
	var wg sync.WaitGroup
	results := make([]*Node[int], 8)
	for i := range results {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			v := x
			for j := 0; j < 100; j++ {
				u := v
				v = Call(b, func() int { return u.Value() + 1 }, u)
				Backward(v, "f")
			}
			results[i] = v
		}(i)
	}
	wg.Wait()
	sum := Add(results[0], results[1])
	for _, r := range results[2:] {
		sum = Add(sum, r)
	}
	g := Backward(sum, "f")
	closed(t, g)
	if len(g.Params()) != 2 || len(g.Nodes) != 2+8*100+7 {
		t.Errorf("%d nodes, parameters %v", len(g.Nodes), g.Params())
	}
}

// TestRandomPrograms: graphs of the explicit API are closed, ordered and have
// the nodes that the definition says.
func TestRandomPrograms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, outs := drawDAG(t)
		nodes := make([]*Node[int], len(d.in))
		for i := 1; i < len(d.in); i++ {
			if d.params[i] {
				nodes[i] = Param(fmt.Sprint("p", i), i)
				continue
			}
			in := make([]AnyNode, len(d.in[i]))
			for j, k := range d.in[i] {
				in[j] = nodes[k]
			}
			nodes[i] = newNode(tracefile.KindOp, "f", i, inputs(in...))
		}
		var signals []Signal
		for _, o := range outs {
			signals = append(signals, Signal{Node: nodes[o]})
		}
		g := NewGraph(signals...)
		closed(t, g)
		want, reached := naive(d, outs)
		var got []int
		for _, n := range g.Nodes {
			var v int
			fmt.Sscan(n.Value, &v)
			got = append(got, v)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || g.Reached() != reached {
			t.Fatalf("got %v (%v), want %v (%v)", got, g.Reached(), want, reached)
		}
	})
}

// TestCollected: a node does not hold its users, so a loop that makes a graph
// per step does not grow.
func TestCollected(t *testing.T) {
	x := Param("x", 1)
	freed := make(chan bool, 1)
	func() {
		y := Add(x, x)
		Backward(y, "f")
		runtime.AddCleanup(y, func(freed chan bool) { freed <- true }, freed)
	}()
	for i := 0; i < 20; i++ {
		runtime.GC()
		select {
		case <-freed:
			runtime.KeepAlive(x)
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Error("a node that nobody uses is held")
}
