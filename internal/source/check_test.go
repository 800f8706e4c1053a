package source

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/optimizer"
)

const checked = `
-- c/c.go --
package c

import (
	"embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

var (
	hits  int
	table = map[string]int{}
	grid  [4]int
	state struct{ n int }
	mu    sync.Mutex
)

type Pair[A, B any] struct {
	A A
	B B
}

func MakePair[A, B any](a A, b B) Pair[A, B] { return Pair[A, B]{a, b} }

func twice[A any](a A) Pair[A, A] { return Pair[A, A]{a, a} }

var cycle = Count("")

const word = "word"

type List[T any] struct{ items []T }

//trace:bundle trainable
func (l *List[T]) At(i int, or T) (T, error) {
	if i < 0 {
		return or, errors.New("low")
	}
	return l.items[i], nil
}

//trace:bundle trainable
func Map[K comparable, V any](m map[K]V, keys ...K) []V {
	var out []V
	for _, k := range keys {
		out = append(out, m[k])
	}
	return out
}

//trace:bundle trainable
func Clean(s string, n int) (out string, err error) {
	if n > 3 {
		return "", fmt.Errorf("n is %d", n)
	}
	return strings.TrimSpace(s), nil
}

//trace:bundle trainable
func Count(s string) int {
	hits++
	mu.Lock()
	defer mu.Unlock()
	return len(s)
}

//trace:bundle trainable allow="net/http.Get,go,os.ReadFile"
func Wide(s string) any { return s }

//trace:bundle trainable
func Handle(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(404)
}

//trace:bundle trainable
func Kept() int {
	//trace:node trainable
	x := 1
	return x
}

//trace:node trainable min=0 max=1 step=0.1
var rate = 0.5

//trace:node trainable choices="fast,slow" constraint="prefer slow"
var mode = "fast"

//trace:node trainable min=1 max=8
const size = 4

//trace:node trainable
const depth = 2

//trace:node trainable
var words = []string{"a"}

//trace:node trainable
const factor = 0.5

//trace:node trainable
var small = float32(0.5)

//trace:bundle trainable
func Embedded() string { return "" }

//go:embed c.go
var files embed.FS

//trace:node trainable min=1s
var wait = time.Second

//trace:node trainable check=odd
var odds = 3

func odd(n int) error {
	if n%2 == 0 {
		return os.ErrInvalid
	}
	return nil
}

type conf struct{ names map[string][]byte }

//trace:node trainable
var config = conf{names: map[string][]byte{"a": []byte("b")}}

var buffer [size]int
-- c/c_test.go --
package c

var inTest = [8 - depth]int{}
`

func TestCheckAccepts(t *testing.T) {
	prog, list := params(t, checked)
	k := NewChecker(prog, list)
	tests := []struct{ name, param, src string }{
		{"identical", "Clean", param(t, list, "Clean").Source},
		{"body", "Clean", "func Clean(s string, n int) (out string, err error) {\n\tout = fmt.Sprint(n) + strings.ToUpper(s)\n\treturn\n}"},
		{"doc comment", "Clean", "// Clean cleans.\nfunc Clean(s string, n int) (out string, err error) { return fmt.Sprint(strings.Fields(s)), nil }\n// that is all"},
		{"CRLF", "Clean", "func Clean(s string, n int) (out string, err error) {\r\n\treturn fmt.Sprint(strings.Fields(s)), nil\r\n}\r\n"},
		{"other writing of the signature", "Clean", "func Clean(s string, n int) (out string, err error) { return fmt.Sprint(strings.Fields(s)), nil }"},
		{"grouped results", "Wide", "func Wide(s string) interface{} { return len(s) }"},
		{"generic method", "At", "func (l *List[T]) At(i int, or T) (T, error) { return or, errors.New(\"none\") }"},
		{"generic function", "Map", "func Map[K comparable, V any](m map[K]V, keys ...K) []V { return make([]V, len(keys)) }"},
		{"allowed by the directive", "Wide", "func Wide(s string) any {\n\tgo func() {}()\n\tr, _ := http.Get(s)\n\tb, _ := os.ReadFile(s)\n\treturn []any{r, b}\n}"},
		{"write that the original makes", "Count", "func Count(s string) int {\n\thits = hits + 2\n\tmu.Lock()\n\treturn hits\n}"},
		{"read of a package variable", "Count", "func Count(s string) int {\n\tgrid := grid\n\tgrid[0] = 1\n\treturn table[s] + grid[0]\n}"},
		{"function of the package", "Count", "func Count(s string) int {\n\tif odd(len(s)) != nil {\n\t\treturn 1\n\t}\n\treturn 0\n}"},
		{"symbols of the original, constants, fields", "Handle", "func Handle(w http.ResponseWriter, r *http.Request) {\n\tif r.Method == http.MethodGet {\n\t\tw.WriteHeader(http.StatusOK)\n\t}\n}"},
		{"kept directive", "Kept", "func Kept() int {\n\t//trace:node trainable\n\tx := 1\n\treturn x + 1\n}"},
		{"imports that come and go", "Clean", "func Clean(s string, n int) (out string, err error) { return strconv.Quote(path.Join(s, \"x\")), nil }"},
		{"float", "rate", "0.7"},
		{"integer for a float", "rate", "1"},
		{"expression", "rate", "1.0 / 2"},
		{"integer for an untyped float", "factor", "2"},
		{"embedded files", "Embedded", "func Embedded() string {\n\tb, _ := files.ReadFile(\"c.go\")\n\treturn string(b)\n}"},
		{"choice", "mode", `"slow"`},
		{"constant", "size", "6"},
		{"literal", "words", `[]string{"b", "c" + word}`},
		{"duration", "wait", "2 * time.Second"},
		{"nested literal", "config", `conf{names: map[string][]byte{"a": nil, "b": []byte("x")}}`},
		{"local", "x", "42"},
		{"nested generics within reason", "Clean", "func Clean(s string, n int) (out string, err error) {\n\ta := MakePair(s, n)\n\tb := MakePair(a, a)\n\treturn fmt.Sprint(b, strings.Fields(s)), nil\n}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := k.Check(context.Background(), assign(param(t, list, tt.param).ID, tt.src)); err != nil {
				t.Errorf("rejected: %v", err)
			}
		})
	}
	count := func() (n int) {
		prog.Fset.Iterate(func(*token.File) bool { n++; return true })
		return n
	}
	before := count()
	if err := k.Check(context.Background(), assign(param(t, list, "x").ID, "7")); err != nil {
		t.Error(err)
	}
	if after := count(); before != after {
		t.Errorf("a check leaves files in the file set: %d before, %d after", before, after)
	}
}

func TestCheckRejects(t *testing.T) {
	prog, list := params(t, checked)
	k := NewChecker(prog, list)
	clean := func(body string) string {
		return "func Clean(s string, n int) (out string, err error) {\n" + body + "\n}"
	}
	before, _, _ := strings.Cut(string(param(t, list, "size").text.data), "var buffer")
	bufferLine := 1 + strings.Count(before, "\n")
	keep := "_ = fmt.Sprint(strings.Fields(s))\n" // uses the imports
	tests := []struct {
		name, param, src string
		stage            Stage
		line             int
		want             []string // parts of the message
	}{
		{"empty", "Clean", " \n", StageParse, 0, []string{"empty", "give the whole declaration of Clean"}},
		{"cut off", "Clean", "func Clean(s string, n int) (out string, err error) {\n\treturn strings", StageParse, 2, []string{"syntax error", "2 | \treturn strings", "cut off"}},
		{"prose", "Clean", "Here is the function.", StageParse, 1, []string{"syntax error", "1 | Here is"}},
		{"another language", "Clean", "def clean(s):\n    return s", StageParse, 1, []string{"syntax error"}},
		{"package clause", "Clean", "package c\n\n" + clean("return"), StageParse, 1, []string{"leave the package clause"}},
		{"import", "Clean", "import \"os\"\n\n" + clean("return"), StageParse, 1, []string{"unexpected import declaration", "embed, errors, fmt, net/http, os, strings, sync, time"}},
		{"two functions", "Clean", clean("return") + "\nfunc helper() {}", StageParse, 4, []string{"2 functions are declared", "function literals"}},
		{"another function", "Clean", "func Cleaner(s string) {}", StageParse, 1, []string{"called Cleaner, not Clean"}},
		{"no function", "Clean", "var x = 1", StageParse, 1, []string{"unexpected var declaration"}},
		{"no body", "Clean", "func Clean(s string, n int) (out string, err error)", StageParse, 1, []string{"no body"}},
		{"go directive", "Clean", "//go:noinline\n" + clean("return"), StageParse, 1, []string{`"//go:noinline" is a directive`}},
		{"line directive", "Clean", clean("//line x.go:1\nreturn"), StageParse, 2, []string{"is a directive"}},
		{"line comment", "Clean", clean("/*line x.go:1*/ return"), StageParse, 2, []string{"is a directive"}},
		{"trace directive", "Clean", clean("//trace:node trainable\nx := 1\nreturn"), StageParse, 2, []string{"is a directive"}},
		{"near directive", "Clean", clean("// trace:skip\nreturn"), StageParse, 2, []string{"is a directive"}},
		{"lost directive", "Kept", "func Kept() int { return 2 }", StageParse, 0, []string{`"//trace:node trainable" of the original body is missing`}},
		{"directive in a value", "words", "[]string{\n//go:noinline\n\"a\"}", StageParse, 2, []string{"is a directive"}},

		{"parameter renamed", "Clean", "func Clean(text string, n int) (out string, err error) { return text, nil }", StageSignature, 1, []string{"parameter 1 is called text instead of s", "keep the signature exactly: func Clean(s string, n int) (out string, err error)"}},
		{"result unnamed", "Clean", "func Clean(s string, n int) (string, error) { return s, nil }", StageSignature, 1, []string{"result 1 is called nothing instead of out"}},
		{"parameter dropped", "Clean", "func Clean(s string) (out string, err error) { return }", StageSignature, 1, []string{"1 parameters instead of 2"}},
		{"parameter type", "Clean", "func Clean(s string, n int64) (out string, err error) { return }", StageSignature, 1, []string{"types in the signature differ"}},
		{"unknown type", "Clean", "func Clean(s string, n big) (out string, err error) { return }", StageSignature, 1, []string{"undefined: big"}},
		{"variadic", "Map", "func Map[K comparable, V any](m map[K]V, keys []K) []V { return nil }", StageSignature, 1, []string{"differ"}},
		{"constraint", "Map", "func Map[K string, V any](m map[K]V, keys ...K) []V { return nil }", StageSignature, 1, []string{"another constraint"}},
		{"receiver type", "At", "func (l List[T]) At(i int, or T) (T, error) { return or, nil }", StageSignature, 1, []string{"receiver has another type"}},
		{"receiver name", "At", "func (x *List[T]) At(i int, or T) (T, error) { return or, nil }", StageSignature, 1, []string{"receiver 1 is called x instead of l"}},
		{"receiver parameter", "At", "func (l *List[U]) At(i int, or U) (U, error) { return or, nil }", StageSignature, 1, []string{"called [U] instead of [T]"}},
		{"no receiver", "At", "func At(i int) int { return i }", StageSignature, 1, []string{"the receiver is missing"}},

		{"undefined", "Clean", clean(keep + "return undefinedThing(s), nil"), StageTypes, 3, []string{"line 3:8: undefined: undefinedThing", "3 | return undefinedThing(s), nil"}},
		{"missing import", "Clean", clean(keep + "return exec.Command(s).String(), nil"), StageTypes, 3, []string{`does not import "exec"`, "their imports are added"}},
		{"wrong type", "Clean", clean(keep + "return n, nil"), StageTypes, 3, []string{"cannot use n"}},
		{"unused variable", "Clean", clean(keep + "x := 1\nreturn"), StageTypes, 3, []string{"declared and not used: x", "Go rejects unused variables"}},
		{"second position", "Clean", clean(keep + "switch n {\ncase 1:\ncase 1:\n}\nreturn"), StageTypes, 5, []string{"line 5:6: duplicate case 1", "; previous case (line 4)"}},
		{"second position outside", "Count", "func Count(s string) int { hits++; mu.Lock(); return cycle }", StageTypes, 0, []string{"initialization cycle", "; Count refers to cycle (c/c.go:"}},
		{"second place after the text", "size", "1 -\n\n5", StageTypes, 0, []string{fmt.Sprintf("c/c.go:%d:13: ", bufferLine)}},
		{"missing return", "Count", "func Count(s string) int {\n}", StageTypes, 2, []string{"missing return"}},
		{"several errors", "Clean", clean(keep + strings.Repeat("undef()\n", 9)), StageTypes, 3, []string{"line 3", "line 7", "… and"}},
		{"value of another kind", "mode", "3", StageConstraint, 1, []string{"would change the type of mode from string"}},
		{"constant that breaks a test file", "depth", "9", StageTypes, 0, []string{"the package does not compile", ": c/c_test.go:3:"}},
		{"constant that breaks the package", "size", "-1", StageTypes, 0, []string{"the package does not compile", "c/c.go:"}},

		{"default type", "small", "0.7", StageConstraint, 1, []string{"type float64, which would change the type of small from float32", "such as float32(0.5)"}},
		{"below", "rate", "-0.1", StageConstraint, 1, []string{"less than min=0"}},
		{"above", "rate", "2", StageConstraint, 1, []string{"greater than max=1"}},
		{"off the grid", "rate", "0.25", StageConstraint, 1, []string{"not on the grid of step=0.1"}},
		{"no choice", "mode", `"medium"`, StageConstraint, 1, []string{`not one of the choices "fast", "slow"`, "hint: prefer slow"}},
		{"short", "wait", "3 * time.Millisecond", StageConstraint, 1, []string{"less than min=1s"}},
		{"call", "words", "strings.Fields(`a b`)", StageConstraint, 1, []string{"must be a constant or a composite literal"}},
		{"variable", "words", "[]string{mode}", StageConstraint, 1, []string{"must be a constant", "1:10"}},
		{"function", "words", "[]string{func() string { return `x` }()}", StageConstraint, 1, []string{"must be a constant"}},
		{"two expressions", "rate", "1, 2", StageParse, 1, []string{"syntax error", "one Go expression of type float64"}},
		{"statement injected", "rate", "1); func init() { panic(0) }; var _ = (2", StageParse, 1, []string{"syntax error"}},
		{"plain text", "mode", "slow", StageTypes, 1, []string{"undefined: slow", `expression of type string, such as "fast"`}},

		{"go statement", "Clean", clean(keep + "go func() {}()\nreturn"), StageAllowlist, 3, []string{"a go statement is not allowed", `allow="go"`}},
		{"hidden goroutine", "Clean", clean(keep + "time.AfterFunc(1, nil)\nreturn"), StageAllowlist, 3, []string{"time.AfterFunc, which starts a goroutine"}},
		{"os", "Clean", clean(keep + "_ = os.Remove(s)\nreturn"), StageAllowlist, 3, []string{"os.Remove is not allowed in a trainable body", "of package os only", `allow="os.Remove"`}},
		{"net", "Clean", clean(keep + "_, err = http.Get(s)\nreturn"), StageAllowlist, 3, []string{"net/http.Get is not allowed"}},
		{"method", "Handle", "func Handle(w http.ResponseWriter, r *http.Request) { r.ParseForm() }", StageAllowlist, 1, []string{"net/http.Request.ParseForm is not allowed"}},
		{"function field", "Handle", "func Handle(w http.ResponseWriter, r *http.Request) { _ = r.GetBody }", StageAllowlist, 1, []string{"net/http.GetBody"}},
		{"standard input", "Clean", clean(keep + "fmt.Scanln(&s)\nreturn"), StageAllowlist, 3, []string{"fmt.Scanln"}},
		{"assignment", "Clean", clean(keep + "hits = 1\nreturn"), StageAllowlist, 3, []string{"package variable hits is changed"}},
		{"increment", "Clean", clean(keep + "state.n++\nreturn"), StageAllowlist, 3, []string{"package variable state is changed"}},
		{"index", "Clean", clean(keep + "table[s] = 1\nreturn"), StageAllowlist, 3, []string{"package variable table"}},
		{"address", "Clean", clean(keep + "p := &grid[1]\n*p = 2\nreturn"), StageAllowlist, 3, []string{"package variable grid"}},
		{"slice of an array", "Clean", clean(keep + "p := grid[:]\np[0] = 2\nreturn"), StageAllowlist, 3, []string{"package variable grid"}},
		{"delete", "Clean", clean(keep + "delete(table, s)\nreturn"), StageAllowlist, 3, []string{"package variable table"}},
		{"range", "Clean", clean(keep + "for hits = range 3 {}\nreturn"), StageAllowlist, 3, []string{"package variable hits"}},
		{"method with pointer receiver", "Clean", clean(keep + "mu.Lock()\nreturn"), StageAllowlist, 3, []string{"package variable mu"}},
		{"variable of another package", "Clean", clean(keep + "os.ErrExist = nil\nreturn"), StageAllowlist, 3, []string{"package variable ErrExist"}},

		{"bytes", "Clean", clean("// " + strings.Repeat("x", maxBytes)), StageSize, 0, []string{"bytes; at most"}},
		{"nodes", "Clean", clean("_ = []int{" + strings.Repeat("1,", maxNodes) + "}\nreturn"), StageSize, 0, []string{"syntax nodes"}},
		{"depth", "rate", strings.Repeat("(", 400) + "1" + strings.Repeat(")", 400), StageSize, 0, []string{"levels deep"}},
		{"doubled string", "Clean", clean(doubled("const s%[2]d = s%[1]d + s%[1]d\n", `const s0 = "0123456789"`, 31)), StageSize, 19, []string{"constant string"}},
		{"shadowed string", "Clean", clean(`const a = "0123456789"` + "\n" + strings.Repeat("{ const a = a + a\n", 31) + strings.Repeat("}", 31)), StageSize, 18, []string{"constant string"}},
		{"generic pairs", "Clean", clean(doubled("x%[2]d := MakePair(x%[1]d, x%[1]d)\n", "x0 := 1", 40)), StageSize, 0, []string{"built from too many"}},
		{"hidden generic pairs", "Clean", clean("{ MakePair := 1; _ = MakePair }\n" + doubled("var x%[2]d = MakePair(x%[1]d, x%[1]d)\n", "x0 := 1", 40)), StageSize, 0, []string{"built from too many"}},
		{"calls in indices", "Clean", clean(keep + "_ = " + nest("twice[", "]()", 90) + "\nreturn"), StageSize, 3, []string{"built from too many"}},
		{"generic types", "Clean", clean(doubled("type T%[2]d = Pair[T%[1]d, T%[1]d]\n", "type T0 int", 40)), StageSize, 0, []string{"built from too many"}},
		{"struct types", "Clean", clean(doubled("type T%[2]d = struct{ a, b T%[1]d }\n", "type T0 int", 40)), StageSize, 0, []string{"built from too many"}},
		{"nested calls", "Clean", clean(keep + "_ = len([]any{" + nest("twice(", ")", 30) + "})\nreturn"), StageSize, 3, []string{"built from too many"}},
		{"generic type", "Clean", clean("type T[P any] struct{}\nreturn"), StageSize, 2, []string{"type parameters inside a function"}},
		{"huge array", "Clean", clean(keep + "var a [1 << 40]byte\nreturn fmt.Sprint(len(a)), nil"), StageSize, 3, []string{"1099511627776 bytes"}},
		{"huge literal", "Clean", clean(keep + "return fmt.Sprint([...]int{1 << 33: 1}[n]), nil"), StageSize, 3, []string{"bytes; at most"}},
		{"long number", "rate", strings.Repeat("1", 300), StageSize, 1, []string{"300 characters"}},
		{"huge shift", "rate", "1 << 1000000000", StageTypes, 1, []string{"shift count"}},
		{"huge exponent", "rate", "1e1000000000", StageTypes, 1, []string{""}},

		{"unknown parameter", "", "1", StageParse, 0, []string{"no parameter", "example.com/m/c.Clean, "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := "example.com/m/c.nothing"
			if tt.param != "" {
				id = param(t, list, tt.param).ID
			}
			start := time.Now()
			err := k.Check(context.Background(), assign(id, tt.src))
			if d := time.Since(start); d > 2*time.Second {
				t.Errorf("the check took %v", d)
			}
			var r *Rejection
			if !errors.As(err, &r) {
				t.Fatalf("got %v, want a rejection", err)
			}
			if r.Stage != tt.stage || r.Param != id || tt.line != 0 && r.Pos.Line != tt.line {
				t.Errorf("got stage %s, line %d; want %s, %d\n%s", r.Stage, r.Pos.Line, tt.stage, tt.line, r.Msg)
			}
			for _, part := range tt.want {
				if !strings.Contains(r.Msg, part) {
					t.Errorf("message lacks %q:\n%s", part, r.Msg)
				}
			}
			if strings.Contains(r.Msg, prog.ModRoot) {
				t.Errorf("the message names a directory of this machine:\n%s", r.Msg)
			}
			if len(r.Msg) > 3000 {
				t.Errorf("the message has %d bytes", len(r.Msg))
			}
		})
	}
}

func doubled(format, first string, n int) string {
	var b strings.Builder
	b.WriteString(first + "\n")
	for i := range n {
		fmt.Fprintf(&b, format, i, i+1)
	}
	return b.String() + "return"
}

func nest(open, end string, n int) string {
	return strings.Repeat(open, n) + "1" + strings.Repeat(end, n)
}

func TestCheckSeveral(t *testing.T) {
	prog, list := params(t, checked)
	k := NewChecker(prog, list)
	kept, x := param(t, list, "Kept").ID, param(t, list, "x").ID
	err := k.Check(context.Background(), optimizer.Proposal{Assign: map[string]string{
		kept: "func Kept() int {\n\t//trace:node trainable\n\tx := 1\n\treturn x + 1\n}",
		x:    "5",
	}})
	var r *Rejection
	if !errors.As(err, &r) || !strings.Contains(r.Msg, "parameter example.com/m/c.Kept.x lies within the body of example.com/m/c.Kept: assign only one of them") {
		t.Errorf("overlap: %v", err)
	}
	// Each is fine alone; the error is told for the text that holds it.
	err = k.Check(context.Background(), optimizer.Proposal{Assign: map[string]string{
		"example.com/m/c.rate":  "0.1",
		"example.com/m/c.Count": "func Count(s string) int {\n\treturn 1 + rat\n}",
	}})
	if !errors.As(err, &r) || r.Param != "example.com/m/c.Count" || r.Pos.Line != 2 {
		t.Errorf("two texts: %v", err)
	}
	if err := k.Check(context.Background(), optimizer.Proposal{}); err != nil {
		t.Errorf("the empty proposal: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := k.Check(ctx, assign(kept, "func Kept() int { return 1 }")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestCheckParallel(t *testing.T) {
	prog, list := params(t, checked)
	k := NewChecker(prog, list)
	p := param(t, list, "Clean")
	for i := range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for j := range 3 {
				src := strings.Replace(p.Source, "> 3", fmt.Sprintf("> %d", 10*i+j), 1)
				if err := k.Check(context.Background(), assign(p.ID, src)); err != nil {
					t.Error(err)
				}
				src = strings.Replace(src, "n int", "n int32", 1)
				if err := k.Check(context.Background(), assign(p.ID, src)); err == nil {
					t.Error("a wrong signature is accepted")
				}
			}
		})
	}
}

func TestNeedsRun(t *testing.T) {
	prog, list := params(t, checked)
	k := NewChecker(prog, list)
	p := param(t, list, "odds")
	got := k.NeedsRun(optimizer.Proposal{Assign: map[string]string{p.ID: " 4 // even", "example.com/m/c.rate": "1"}})
	want := []RunCheck{{Param: p.ID, Pkg: "example.com/m/c", Func: "odd", Type: "int", File: p.File, Expr: "4"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRejectionText(t *testing.T) {
	prog, list := params(t, checked)
	k := NewChecker(prog, list)
	err := k.Check(context.Background(), assign(param(t, list, "Clean").ID,
		"// Clean cleans.\nfunc Clean(s string, n int) (out string, err error) {\n\tout = strings.Trim(s)\n\tfmt.Println(x)\n\treturn\n}"))
	want := `types: example.com/m/c.Clean: line 3:22: not enough arguments in call to strings.Trim
	3 | 	out = strings.Trim(s)
line 4:14: undefined: x
	4 | 	fmt.Println(x)
hint: use only what the package declares, the parameters and your own local variables; the file imports embed, errors, fmt, net/http, os, strings, sync, time; besides, packages of the standard library can be used that reach nothing outside of the function; their imports are added`
	if err == nil || !strings.HasPrefix(err.Error(), strings.Split(want, "\n")[0]) {
		t.Fatal(err)
	}
	got := strings.Replace(err.Error(), "; have (string)", "", 1)
	got = strings.Replace(got, "; want (string, string)", "", 1)
	if diff := cmp.Diff(want, dropIndented(got)); diff != "" {
		t.Error(diff)
	}
}

// dropIndented drops the argument lists that go/types adds.
func dropIndented(s string) string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		if !strings.HasPrefix(line, "\thave") && !strings.HasPrefix(line, "\twant") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
