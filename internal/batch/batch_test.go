package batch_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/batch"
	"github.com/opto-go/trace/internal/build"
)

// program prints what its constructs do. Variables that are written from in
// early initialisers show the order in which things begin.
const program = `package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

type shower interface{ show() string }

type early struct{}

// show reads variables by a way that the order of initialisation does not know.
func (early) show() string { return fmt.Sprint(limit, name, on, wait, words, factor) }

var seen = shower(early{}).show()

var (
	count   int
	counted = tick()
	after   = fmt.Sprint(next())
)

// tick is trained, and next must not run before it.
func tick() int {
	count = 10
	return count
}

func next() int { count++; return count }

var (
	limit  = 3
	name   = "base"
	on     = false
	wait   = 2 * time.Second
	words  = []string{"a", "b"}
	factor float64 = 1
	double = limit * 2
	alias  = name
	table  = map[string]int{"x": 1}
)

type list[T any] struct{ items []T }

func (l *list[T]) add(item T) { l.items = append(l.items, item) }

func (l list[T]) len() int { return len(l.items) }

type point struct{ x, y int }

func (point) origin() string { return "origin" }

func (_ *point) blank(_ int, _ string) string { return "blank" }

func pick[K comparable, V any](m map[K]V, k K, or ...V) (v V, err error) {
	v, ok := m[k]
	if !ok {
		return v, errors.New("missing")
	}
	return v, nil
}

func outer(n int) int {
	out := 0
again:
	for i := range n {
		if i == 3 {
			break again
		}
		out += i
	}
	return out
}

func named(s string) (n int, err error) {
	defer func() { n++ }()
	n, err = len(s), nil
	return
}

func nothing(a, b int, _ ...string) {
	fmt.Println("nothing", a, b)
}

func saved() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	panic("base")
}

func apply(f func(int) int, n int) func() int {
	return func() int { return f(n) }
}

func broken(i int) int {
	return i
}

func main() {
	var l list[string]
	l.add("x")
	fmt.Println(counted, after, seen, double, alias, table, l.len(), len(os.Args))
	fmt.Println((point{}).origin(), (&point{}).blank(1, "2"), strings.ToUpper(name))
	fmt.Println(pick(map[string]int{"a": 1}, "b"))
	fmt.Println(pick(map[string]int{"a": 1}, "a", 5))
	fmt.Println(outer(10), apply(outer, 2)())
	fmt.Println(named("four"))
	nothing(1, 2, "three")
	fmt.Println(saved())
	fmt.Println(os.Environ() == nil, limit, name, on, wait, words, factor)
	fmt.Println(broken(7))
}
`

// Every candidate replaces texts of the program, in pairs.
var candidates = [][]string{
	{},
	{"limit  = 3", "limit  = 5"},
	{"name   = \"base\"", "name   = \"other\"", "on     = false", "on     = true"},
	{"2 * time.Second", "5 * time.Millisecond", `{"a", "b"}`, `{"c"}`, "factor float64 = 1", "factor float64 = 2.5"},
	{"l.items = append(l.items, item)", "\n\tl.items = append(l.items, item, item)\n"},
	{"return len(l.items)", "return -len(l.items)"},
	{`return "origin"`, `return "else"`, `return "blank"`, `return fmt.Sprint("filled")`},
	// The first v is the result, as is err.
	{"v, ok := m[k]\n\tif !ok {\n\t\treturn v, errors.New(\"missing\")", "v, ok := m[k]\n\tif !ok && len(or) > 0 {\n\t\tv, err := or[0], errors.New(\"given\")\n\t\treturn v, err\n\t}\n\tif !ok {\n\t\terr = errors.New(\"other\")\n\t\treturn"},
	{"break again", "continue again"},
	{"n, err = len(s), nil\n\treturn", "n, x := 40, s\n\t_ = x\n\treturn"},
	{"fmt.Println(\"nothing\", a, b)", "if a > 0 {\n\t\treturn\n\t}\n\tpanic(b)"},
	{"panic(\"base\")", "panic(\"other\")"}, // recover keeps it out
	{"count = 10", "count = 20"},
	{"return f(n)", "return f(n) + func() int { return n }()"},
	{"\treturn i\n", "\t// More lines\n\t// than before.\n\n\tlist := []int{1}\n\treturn list[i]\n"},
	{"n, err = len(s), nil\n\treturn", "\n\n\n\tn, err = len(s), nil\n\treturn", "\treturn i\n", "\tvar p *point\n\treturn p.x\n"},
	{"{\"x\": 1}", "{\"x\": 2}"}, // a map keeps it out
	{"type point struct{ x, y int }", "type point struct{ y, x int }"},
	{"\"strings\"\n\t", "\"strings\"\n\t_ \"sort\"\n\t"},
	{"break again", "continue again", "limit  = 3", "limit  = 4"},
}

var out = map[int]bool{11: true, 16: true, 17: true, 18: true}

// A candidate that is chosen does what it does in a binary of its own, and what
// it prints when it panics has its own names and lines.
func TestPrograms(t *testing.T) {
	dir := newModule(t)
	base := filepath.Join(dir, "main.go")
	var cands []batch.Candidate
	for _, pairs := range candidates {
		text := program
		for i := 0; i < len(pairs); i += 2 {
			if strings.Count(text, pairs[i]) != 1 {
				t.Fatalf("%q occurs %d times", pairs[i], strings.Count(text, pairs[i]))
			}
			text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
		}
		cands = append(cands, batch.Candidate{Files: map[string][]byte{base: []byte(text)}})
	}
	cands[1].Init = map[string]string{base: "println(\"checked\", limit)"}
	prog, left, err := batch.Merge(func(string) ([]byte, error) { return []byte(program), nil }, cands)
	if err != nil {
		t.Fatal(err)
	}
	for i := range cands {
		if (left[i] != nil) != out[i] {
			t.Errorf("candidate %d: left out: %v", i, left[i])
		}
	}
	for name, src := range prog.Files {
		if err := os.WriteFile(name, src, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	compile(t, dir, "merged")
	merged, err := os.ReadFile(filepath.Join(dir, "merged"))
	if err != nil {
		t.Fatal(err)
	}
	patches, err := prog.Patches(merged)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "0_trace.go")); err != nil {
		t.Fatal(err)
	}
	for i, c := range cands {
		if left[i] != nil {
			continue
		}
		text := string(c.Files[base])
		if s := c.Init[base]; s != "" {
			text += "\nfunc init() {\n" + s + "\n}\n"
		}
		if err := os.WriteFile(base, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		compile(t, dir, "alone")
		binary := append([]byte{}, merged...)
		for _, p := range patches[i] {
			copy(binary[p.At:], p.Data)
		}
		if err := os.WriteFile(filepath.Join(dir, "chosen"), binary, 0o777); err != nil {
			t.Fatal(err)
		}
		want, got := run(dir, "alone"), prog.Text(i, run(dir, "chosen"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("candidate %d %q (-alone +chosen):\n%s", i, candidates[i], diff)
		}
	}
}

// The compiler's complaints lead to the candidates whose text it is.
func TestBlame(t *testing.T) {
	dir := newModule(t)
	name := filepath.Join(dir, "main.go")
	with := func(body string) batch.Candidate {
		return batch.Candidate{Files: map[string][]byte{name: []byte(strings.Replace(program, "\treturn i\n", body, 1))}}
	}
	prog, _, err := batch.Merge(func(string) ([]byte, error) { return []byte(program), nil }, []batch.Candidate{
		with("\treturn 1\n"), with("\treturn none\n"), with("\treturn 3\n"), with("\treturn none\n"), with("\tx := i\n\treturn 2\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range prog.Files {
		if err := os.WriteFile(name, src, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	text, err := goBuild(dir, "x")
	if err == nil {
		t.Fatal("it compiles")
	}
	if diff := cmp.Diff([]int{1, 3, 4}, prog.Blame(text)); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, text)
	}
	if got := prog.Blame("main.go:1:1: a complaint about something else"); len(got) > 0 {
		t.Errorf("blamed %v for nothing", got)
	}
}

// What one candidate alone cannot do in a program of several.
func TestMergeRefuses(t *testing.T) {
	const src = "package p\n\nimport \"runtime\"\n\nfunc F() int { return 1 }\n\nfunc g() { runtime.GC() }\n\nfunc init() { println(1) }\n\n" +
		"//go:noinline\nfunc h() int { return 1 }\n\n//go:nosplit\nfunc k() int { return 1 }\n\nfunc T[_ any]() int { return 1 }\n\nvar _ = 1\n\nvar m = min(1, 2)\n"
	base := func(string) ([]byte, error) { return []byte(src), nil }
	dir := t.TempDir()
	for _, tt := range []struct{ old, new, want string }{
		{"F() int { return 1 }", "F() int { recover(); return 1 }", "F calls recover"},
		{"F() int { return 1 }", "F() int { return runtime.NumCPU() }", "F uses package runtime"},
		{"F() int { return 1 }", "F() int { var t interface{ Helper() }; t.Helper(); return 2 }", "F calls Helper"},
		{"runtime.GC()", "", "g uses package runtime"},
		{"println(1)", "println(2)", "init cannot be called by name"},
		{"h() int { return 1", "h() int { return 2", ""},
		{"k() int { return 1", "k() int { return 2", "k has //go:nosplit"},
		{"T[_ any]() int { return 1", "T[_ any]() int { return 2", "T has a type parameter without a name"},
		{"_ = 1", "_ = 2", "a variable without a name"},
		{"min(1, 2)", "min(2, 2)", "m begins with more than a constant"},
		{"F() int {", "F() (int) {", "it changes more than bodies and variables"},
		{"func F()", "func E() {}\n\nfunc F()", "other declarations"},
		{"func F()", "func F(", "a.go"},
		{"package p\n", "package p\n\n//line x.go:1\n", "a.go has //line, //go:linkname or C"},
	} {
		with := strings.Replace(src, tt.old, tt.new, 1)
		if with == src {
			t.Fatalf("%q is not there", tt.old)
		}
		name := filepath.Join(dir, "a.go")
		ok := batch.Candidate{Files: map[string][]byte{name: []byte(src)}}
		prog, left, err := batch.Merge(base, []batch.Candidate{ok, {Files: map[string][]byte{name: []byte(with)}}, ok})
		got := ""
		if left[1] != nil {
			got = left[1].Error()
		}
		if err != nil || prog == nil || left[0] != nil || left[2] != nil || got == "" != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%q: %v %v, want %q", tt.new, left, err, tt.want)
		}
	}
	test := batch.Candidate{Files: map[string][]byte{filepath.Join(dir, "a_test.go"): []byte(src)}}
	if _, left, err := batch.Merge(base, []batch.Candidate{{}, {}, test}); err != nil || left[2] == nil || left[2].Error() != "a_test.go is a file of tests" {
		t.Errorf("a file of tests: %v %v", left, err)
	}
	if _, _, err := batch.Merge(base, []batch.Candidate{{}}); !errors.Is(err, batch.ErrOne) {
		t.Errorf("one candidate: %v", err)
	}
}

// A file that the compiler would get before ours leaves no place to assign
// values in time.
func TestFirstFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "0.go"), []byte("package p\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "a.go")
	src := "package p\n\nvar x = 1\n"
	_, _, err := batch.Merge(func(string) ([]byte, error) { return []byte(src), nil }, []batch.Candidate{
		{Files: map[string][]byte{name: []byte(strings.Replace(src, "1", "2", 1))}}, {},
	})
	if err == nil || !strings.Contains(err.Error(), "0.go comes before") {
		t.Errorf("got %v", err)
	}
}

func TestPatches(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.go")
	src := "package p\n\nfunc f() int { return 1 }\n"
	prog, _, err := batch.Merge(func(string) ([]byte, error) { return []byte(src), nil }, []batch.Candidate{
		{Files: map[string][]byte{name: []byte(strings.Replace(src, "1", "2", 1))}}, {},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := prog.Patches([]byte("a program that does not need the package"))
	if err != nil || len(got) != 2 || len(got[0])+len(got[1]) > 0 {
		t.Errorf("no mark: %v %v", got, err)
	}
	mark := markOf(t, prog.Files[filepath.Join(filepath.Dir(name), "0_trace.go")])
	with := func(before string, after ...byte) []byte { return append(append([]byte(before), mark...), after...) }
	got, err = prog.Patches(with("x", 0, 9))
	if diff := cmp.Diff([][]build.Patch{{{At: 17, Data: []byte{1}}}, {{At: 17, Data: []byte{2}}}}, got); err != nil || diff != "" {
		t.Errorf("%v\n(-want +got):\n%s", err, diff)
	}
	for _, bad := range [][]byte{mark, with("", 1), append(with("", 0), with("", 0)...), append(with("", 0), mark...)} {
		if got, err := prog.Patches(bad); err == nil {
			t.Errorf("%v: %v", bad, got)
		}
	}
}

// markOf reads the mark out of a file of a program.
func markOf(t *testing.T, src []byte) []byte {
	t.Helper()
	m := regexp.MustCompile(`\[\.\.\.\]byte\{(.*), 0\}`).FindSubmatch(src)
	if m == nil {
		t.Fatalf("no mark in\n%s", src)
	}
	var mark []byte
	for n := range strings.SplitSeq(string(m[1]), ", ") {
		b, err := strconv.ParseUint(n, 10, 8)
		if err != nil {
			t.Fatal(err)
		}
		mark = append(mark, byte(b))
	}
	return mark
}

// The sums of pages that the linker wrote into a program for macOS are right
// again in a candidate's.
func TestSignature(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the standard library for another system")
	}
	dir := newModule(t)
	name := filepath.Join(dir, "main.go")
	const src = "package main\n\nfunc f() int { return 1 }\n\nfunc main() { println(f()) }\n"
	prog, _, err := batch.Merge(func(string) ([]byte, error) { return []byte(src), nil }, []batch.Candidate{
		{Files: map[string][]byte{name: []byte(strings.Replace(src, "1", "2", 1))}}, {},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range prog.Files {
		if err := os.WriteFile(name, src, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOOS", "darwin")
	t.Setenv("GOARCH", "arm64")
	t.Setenv("CGO_ENABLED", "0")
	compile(t, dir, "m")
	bin, err := os.ReadFile(filepath.Join(dir, "m"))
	if err != nil {
		t.Fatal(err)
	}
	if n := batch.WrongSums(bin); n != 0 {
		t.Fatalf("%d sums of the linker's are wrong", n)
	}
	patches, err := prog.Patches(bin)
	if err != nil || len(patches[0]) != 2 {
		t.Fatal(patches, err)
	}
	for i, list := range patches {
		changed := bytes.Clone(bin)
		copy(changed[list[0].At:], list[0].Data)
		if n := batch.WrongSums(changed); n != 1 {
			t.Errorf("candidate %d: %d sums are wrong without a new one", i, n)
		}
		copy(changed[list[1].At:], list[1].Data)
		if n := batch.WrongSums(changed); n != 0 {
			t.Errorf("candidate %d: %d sums are wrong", i, n)
		}
	}
}

func newModule(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/m\n\ngo 1.25\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

func goBuild(dir, name string) (string, error) {
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", name, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "PWD="+dir)
	text, err := cmd.CombinedOutput()
	return string(text), err
}

func compile(t *testing.T, dir, name string) {
	t.Helper()
	if text, err := goBuild(dir, name); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

var address = regexp.MustCompile(`[+(]?0x[0-9a-f]+[?)]?|\{[^{}\n]*0x[^{}\n]*\}|goroutine \d+|\(\.\.\.\)`)

func run(dir, name string) string {
	cmd := exec.Command(filepath.Join(dir, name))
	cmd.Dir = dir
	text, err := cmd.CombinedOutput()
	if err != nil {
		text = append(text, err.Error()...)
	}
	return address.ReplaceAllString(string(text), "…")
}
