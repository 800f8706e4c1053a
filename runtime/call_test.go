package trace

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var bundleDivmod = &Bundle{ID: "m.divmod", Name: "divmod", Type: "func(a, b int) (quo, rem int, err error)", Results: []string{"quo", "rem"}, Trainable: true}

var errZero = errors.New("division by zero")

// traceDivmod is what tracegen writes for a function with several results.
func traceDivmod(a, b *Node[int]) (*Node[int], *Node[int], error) {
	call := Enter(bundleDivmod, a, b)
	defer call.Leave()
	r0, r1, err := divmod(a.Value(), b.Value())
	return Result(call, r0), Result(call, r1), call.Err(err)
}

func divmod(a, b int) (quo, rem int, err error) {
	switch b {
	case 0:
		return 0, a, errZero
	case -1:
		panic(errZero)
	}
	return a / b, a % b, nil
}

// TestSeveralResults: each result is a node of its own that comes from the
// call, and so is an error.
func TestSeveralResults(t *testing.T) {
	a, b := Param("a", 17), Const("b", 5)
	quo, rem, err := traceDivmod(a, b)
	if quo.Value() != 3 || rem.Value() != 2 || err != nil {
		t.Fatalf("%v, %v, %v", quo, rem, err)
	}
	want := `a = 17  // param a
b = 5  // input
func divmod(a, b int) (quo, rem int, err error) {…}  // param m.divmod
quo0 = divmod(a, b)  // = 3  runtime/call_test.go:17
rem0 = divmod(a, b)  // = 2  runtime/call_test.go:17
add0 = quo0 + rem0  // = 5
feedback on add0: f
`
	if diff := cmp.Diff(want, squeeze(Backward(Add(quo, rem), "f").Text())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if only := Backward(rem, "f").Text(); strings.Contains(only, "quo0") || strings.Contains(only, "rem1") {
		t.Errorf("the graph of one result holds the other:\n%s", only)
	}

	quo, rem, err = traceDivmod(a, Const("zero", 0))
	if quo.Value() != 0 || rem.Value() != 17 || !errors.Is(err, errZero) {
		t.Errorf("with an error: %v, %v, %v", quo, rem, err)
	}
	if text := Backward(Exception(err), "f").Text(); !strings.Contains(text, "exception0 = divmod(a, zero)") {
		t.Errorf("graph of the error:\n%s", text)
	}

	defer func() {
		r, ok := recover().(*Raised)
		if !ok || r.Value != errZero || !Backward(Exception(r), "f").Reached() {
			t.Errorf("panic with %v", r)
		}
	}()
	traceDivmod(a, Const("minus", -1))
}

// TestArguments: an argument that is no node keeps its place, and each
// variadic argument is an input of its own.
func TestArguments(t *testing.T) {
	b := &Bundle{ID: "m.sum", Name: "sum"}
	traceSum := func(xs ...*Node[int]) *Node[int] {
		return Call(b, func() int {
			sum := 0
			for _, x := range Values(xs) {
				sum += x
			}
			return sum
		}, append([]AnyNode{nil}, Nodes(xs)...)...)
	}
	x := Param("x", 1)
	text := Backward(traceSum(x, nil, Const("y", 2)), "f").Text()
	if !strings.Contains(text, "sum0 = sum(_, x, _, y)") || !strings.Contains(text, "// = 3") {
		t.Errorf("graph:\n%s", text)
	}
	if Values[int](nil) != nil {
		t.Error("no arguments are not nil")
	}
	if v := Values([]*Node[int]{}); v == nil || len(v) != 0 {
		t.Errorf("an empty slice became %v", v)
	}
}

var bundleEarly = &Bundle{ID: "test.early", Name: "early", Trainable: true}

// Package variables are initialised before init registers the table.
var early = Call(bundleEarly, func() int { return 1 })

func init() { Register(ParamInfo{ID: "test.early", Desc: "what it is for"}) }

func TestCallBeforeTable(t *testing.T) {
	if p := Backward(early, "f").Params(); len(p) != 1 || p[0].Param.Desc != "what it is for" {
		t.Errorf("parameters: %+v", p)
	}
}

func TestPlaceOf(t *testing.T) {
	for _, test := range []struct{ function, file, module, main, want string }{
		{"example.com/m/agent.(*Agent).Act", "/home/u/m/agent/agent.go", "example.com/m", "", "agent/agent.go"},
		{"example.com/m.f", `C:\m\f.go`, "example.com/m", "", "f.go"},
		{"main.main", "/m/cmd/x/main.go", "example.com/m", "example.com/m/cmd/x", "cmd/x/main.go"},
		{"main.main", "/m/main.go", "example.com/m", "example.com/m", "main.go"},
		{"main.main", "/m/main.go", "", "command-line-arguments", "main.go"},
		{"gopkg.in/yaml%2ev3.Unmarshal", "yaml.go", "example.com/m", "", "gopkg.in/yaml.v3/yaml.go"},
		{"example.com/m/agent_test.TestX", "agent/x_test.go", "example.com/m", "example.com/m/agent.test", "agent/x_test.go"},
		{"example.com/mm.f[...]", "f.go", "example.com/m", "", "example.com/mm/f.go"},
		{"runtime", "asm.s", "example.com/m", "", "asm.s"},
	} {
		if got := placeOf(test.function, test.file, test.module, test.main); got != test.want {
			t.Errorf("placeOf(%s) = %s, want %s", test.function, got, test.want)
		}
	}
}

// A go statement with a wrapper has no caller.
func TestPlaceOfGoroutine(t *testing.T) {
	done := make(chan *Node[int])
	go func() {
		done <- Call(nil, func() int { return 1 })
	}()
	if g := Backward(<-done, "f"); !strings.HasPrefix(g.Nodes[0].At, "runtime/call_test.go:") {
		t.Errorf("at %q", g.Nodes[0].At)
	}
	if at := (&callers{}).place(); at != "" {
		t.Errorf("at %q", at)
	}
}

// As gives a node another static type and nothing else.
func TestAs(t *testing.T) {
	x := Param("x", 3)
	wide := As[any](x)
	back := As[int](wide)
	if wide.Value() != 3 || back.Value() != 3 || As[any](nil) != nil || As[any](Const[error]("", nil)).Value() != nil {
		t.Errorf("%v, %v", wide.Value(), back.Value())
	}
	want := "x = 3         // param x\nadd0 = x + x  // = 6\nfeedback on add0: f\n"
	if diff := cmp.Diff(want, Backward(Add(back, x), "f").Text()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	defer func() {
		if n := Exception(recover()); n == nil || n.op != ".(string)" || !Backward(n, "f").Reached() {
			t.Errorf("exception %+v", n)
		}
	}()
	As[string](wide)
}
