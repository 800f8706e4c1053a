package source

import (
	"strings"
	"testing"

	"github.com/opto-go/trace/optimizer"
)

const coded = `
-- c/c.go --
package c

import "fmt"

type T struct{ x, y int }

var x, y = 1, 2

//trace:node trainable
var limit = 10

//trace:bundle trainable
func F(v any, n int) (out int) {
	return 0
}

//trace:bundle trainable
func G[K comparable](m map[K]int, k K) int {
	return m[k] + len(fmt.Sprint(x, y))
}
-- c/c_test.go --
package c

import "testing"

func TestF(t *testing.T) { F(1, limit) }
`

func body(lines string) map[string]string {
	return map[string]string{"example.com/m/c.F": "func F(v any, n int) (out int) {\n" + lines + "\n}"}
}

// Programs that differ in names, comments and layout only have one name, others
// have not.
func TestCode(t *testing.T) {
	prog, list := params(t, coded)
	k := NewChecker(prog, list)
	code := func(assign map[string]string) string {
		t.Helper()
		c, err := k.Code(t.Context(), optimizer.Proposal{Assign: assign})
		if err != nil {
			t.Fatalf("%v: %v", assign, err)
		}
		return c.Sum
	}
	for _, tt := range []struct {
		name, a, b string
		same       bool
	}{
		{"a local", "a := n\nreturn a", "b := n\nreturn b", true},
		{"comments", "return n // all\n", "// what\n\n\nreturn n", true},
		{"layout", "if n>1 { return 1 }; return 2", "if n > 1 {\n\treturn 1\n}\nreturn 2", true},
		{"parentheses", "return (n * 2) + (1)", "return n*2 + 1", true},
		{"parentheses that bind", "return n * (2 + 1)", "return n*2 + 1", false},
		{"labels", "a: for { if n > 0 { continue a }; break a }\nreturn 1", "b: for { if n > 0 { continue b }; break b }\nreturn 1", true},
		{"two labels", "a: for { b: for { if n > 0 { continue a }; continue b } }", "a: for { b: for { if n > 0 { continue b }; continue a } }", false},
		{"constants", "const c = 3\nreturn c", "const d = 3\nreturn d", true},
		{"closures", "f := func(a int) int { return a }\nreturn f(n)", "g := func(b int) int { return b }\nreturn g(n)", true},
		{"parameters", "return n", "return out", false},
		{"a name that hides another", "x := n\nreturn x", "a := n\nreturn x + a - a", false},
		{"a local and a package variable", "x := n\n_ = x\nreturn x", "a := n\n_ = a\nreturn x", false},
		{"fields are no locals", "x := n\nreturn T{x: x}.x", "y := n\nreturn T{y: y}.x", false},
		{"fields by other locals", "x := n\nreturn T{x: x}.x", "z := n\nreturn T{x: z}.x", true},
		{"types can be printed", "type a int\nreturn len(fmt.Sprintf(\"%T\", a(1)))", "type b int\nreturn len(fmt.Sprintf(\"%T\", b(1)))", false},
		{"order", "a, b := n, 2\nreturn a - b", "a, b := n, 2\nreturn b - a", false},
		{"order, renamed", "a, b := n, 2\nreturn a - b", "b, a := n, 2\nreturn b - a", true},
		{"the symbol of a type switch", "switch a := v.(type) {\ncase int:\n\treturn a\n}\nreturn 0", "switch b := v.(type) {\ncase int:\n\treturn b\n}\nreturn 0", true},
		{"one of two type switches", "switch a := v.(type) {\ncase int:\n\tswitch b := any(n).(type) {\n\tcase int:\n\t\t_ = a\n\t\treturn b\n\t}\n}\nreturn 0",
			"switch a := v.(type) {\ncase int:\n\tswitch b := any(n).(type) {\n\tcase int:\n\t\t_ = b\n\t\treturn a\n\t}\n}\nreturn 0", false},
		{"shadows", "a := 1\n{\n\ta := n\n\t_ = a\n}\nreturn a", "a := 1\n{\n\tb := n\n\t_ = b\n}\nreturn a", true},
		{"shadows that count", "a := 1\n_ = a\n{\n\ta := n\n\t_ = a\n\treturn a\n}", "a := 1\n_ = a\n{\n\tb := n\n\t_ = b\n\treturn a\n}", false},
		{"operators", "return n + 1", "return n - 1", false},
		{"assignment and definition", "out = n\nif n > 0 { out := 2; _ = out }\nreturn", "out = n\nif n > 0 { out = 2; _ = out }\nreturn", false},
		{"loops", "for ; n > 0; { n-- }\nreturn n", "for n > 0 { n-- }\nreturn n", true},
		{"loops that are not", "for i := 0; ; i++ { if i > n { return i } }", "for i := 0; ; i++ { if i > n { return n } }", false},
		{"what is handed on in full", "return len(fmt.Sprint([]any{1}))", "return len(fmt.Sprint([]any{1}...))", false},
		{"literals", "return len(\"a\")", "return len(`a`)", false}, // nobody needs it
		{"channels", "c := make(chan<- int, 1)\nreturn cap(c)", "c := make(chan int, 1)\nreturn cap(c)", false},
	} {
		if a, b := code(body(tt.a)), code(body(tt.b)); a == b != tt.same {
			t.Errorf("%s: same is %t, want %t", tt.name, a == b, tt.same)
		}
	}

	original := code(nil)
	if got := code(body("\t// nothing\n\treturn 0")); got != original {
		t.Errorf("a comment makes another program of the original")
	}
	if got := code(map[string]string{"example.com/m/c.limit": "11"}); got == original {
		t.Errorf("a value does not count")
	}
	if a, b := code(map[string]string{"example.com/m/c.limit": "11"}), code(map[string]string{"example.com/m/c.limit": "(11)"}); a != b {
		t.Errorf("parentheses of a value count")
	}
	g := map[string]string{"example.com/m/c.G": "func G[K comparable](m map[K]int, k K) int {\n\tv := m[k]\n\treturn v + len(fmt.Sprint(x, y))\n}"}
	if got := code(g); got == original {
		t.Errorf("another function does not count")
	}
	if _, err := k.Code(t.Context(), optimizer.Proposal{Assign: body("return none")}); err == nil || !strings.Contains(err.Error(), "undefined: none") {
		t.Errorf("what does not compile: %v", err)
	}
}

// A program that was loaded with a change is the one that the change made.
func TestCodeOfLoaded(t *testing.T) {
	dir := module(t, coded)
	prog := load(t, dir, nil)
	list, err := Params(prog)
	if err != nil {
		t.Fatal(err)
	}
	assign := body("\ta := n // of the first\n\treturn a + limit")
	want, err := NewChecker(prog, list).Code(t.Context(), optimizer.Proposal{Assign: assign})
	if err != nil {
		t.Fatal(err)
	}
	files, err := Apply(list, assign)
	if err != nil {
		t.Fatal(err)
	}
	prog = load(t, dir, files)
	if list, err = Params(prog); err != nil {
		t.Fatal(err)
	}
	k := NewChecker(prog, list)
	got, err := k.Code(t.Context(), optimizer.Proposal{})
	if err != nil {
		t.Fatal(err)
	}
	if got != want { // also in the order of initialisation
		t.Errorf("loaded it is another program")
	}
	if got, err = k.Code(t.Context(), optimizer.Proposal{Assign: body("\tb := n\n\treturn b + limit")}); err != nil || got != want {
		t.Errorf("renamed it is another program: %v", err)
	}
}

// What a body mentions is initialised before a variable whose value it makes.
func TestOrder(t *testing.T) {
	prog, list := params(t, `
-- c/c.go --
package c

var first = F()

var second = g()

func g() int { return 2 }

//trace:bundle trainable
func F() int { return 1 }
`)
	k := NewChecker(prog, list)
	order := func(body string) string {
		t.Helper()
		assign := map[string]string{}
		if body != "" {
			assign["example.com/m/c.F"] = "func F() int { " + body + " }"
		}
		c, err := k.Code(t.Context(), optimizer.Proposal{Assign: assign})
		if err != nil {
			t.Fatal(err)
		}
		return c.Order
	}
	if order("") != order("return 2") || order("") != order("return g()") {
		t.Error("the order changes without a reason")
	}
	if order("") == order("return second") {
		t.Error("the order does not change")
	}
}
