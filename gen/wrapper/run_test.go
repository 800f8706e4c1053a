package wrapper_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/opto-go/trace/gen/wrapper"
)

// module unpacks a module that may use the runtime of this repository.
func module(t *testing.T, archive string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26.0\n\nrequire github.com/opto-go/trace v0.0.0\n\nreplace github.com/opto-go/trace => "+root+"\n")
	for _, f := range txtar.Parse([]byte(archive)).Files {
		write(t, dir, f.Name, string(f.Data))
	}
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOSUMDB", "off")
	t.Setenv("GOWORK", "off")
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if os.IsNotExist(err) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func run(dir string, diff bool, patterns ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = wrapper.Run(context.Background(), wrapper.Options{Dir: dir, Patterns: patterns, Diff: diff, Stdout: &out, Stderr: &errs})
	return code, out.String(), errs.String()
}

// expect runs and compares the exit code and all output.
func expect(t *testing.T, dir string, diff bool, code int, stdout, stderr string, patterns ...string) {
	t.Helper()
	gotCode, out, errs := run(dir, diff, patterns...)
	if gotCode != code {
		t.Errorf("exit code %d, want %d", gotCode, code)
	}
	if d := cmp.Diff(stdout, out); d != "" {
		t.Errorf("stdout (-want +got):\n%s", d)
	}
	if d := cmp.Diff(stderr, errs); d != "" {
		t.Errorf("stderr (-want +got):\n%s", d)
	}
}

const program = `
-- main.go --
package main

import (
	"errors"
	"fmt"

	"example.com/m/lib"
	trace "github.com/opto-go/trace/runtime"
)

//trace:bundle trainable
func bar(x float64) float64 { return x * 2 }

//trace:bundle
func fail(x float64) (string, error) { return "", errors.New("no luck") }

type T struct{ n int }

//trace:bundle
func (t *T) Add(n int) int { t.n += n; return t.n }

var early = traceBar(trace.Const("early", 4.0))

func main() {
	x := trace.Param("x", -1.0)
	a := traceBar(x)
	z := trace.Mul(a, lib.TraceTwice(a))
	fmt.Println(early.Value(), a.Value(), z.Value())
	_, err := traceFail(a)
	fmt.Println(err, trace.Exception(err) != nil)
	t := trace.Const("t", &T{1})
	fmt.Println(TraceTAdd(t, trace.Const("n", 2)).Value())
	for _, p := range trace.Registered() {
		fmt.Println(p.ID, p.Type, p.Desc)
	}
	for _, n := range trace.Backward(z, "larger").Nodes {
		fmt.Println(n.Kind, n.Op, n.Value)
	}
}
-- lib/lib.go --
package lib

//trace:bundle
func Twice(x float64) float64 { return x + x }

// rate is low.
//trace:node trainable max=1
var rate = 0.1
-- other/other.go --
package other

func F() {}
`

func TestRunProgram(t *testing.T) {
	dir := module(t, program)
	expect(t, dir, false, 0, "", "", "./...")
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := `8 -2 8
no luck true
3
example.com/m.bar func(x float64) float64 
example.com/m/lib.rate float64 rate is low.
`
	if !strings.HasPrefix(string(out), want) || !strings.Contains(string(out), "op bar -2") {
		t.Errorf("output:\n%s\nwant:\n%s", out, want)
	}
	if got := readFile(t, dir, "other/trace_gen.go"); got != "" {
		t.Errorf("a package without directives got:\n%s", got)
	}

	// A second time nothing changes, not even the file's time.
	before, _ := os.Stat(filepath.Join(dir, wrapper.FileName))
	expect(t, dir, false, 0, "", "", "./...")
	expect(t, dir, true, 0, "", "", "./...")
	after, _ := os.Stat(filepath.Join(dir, wrapper.FileName))
	if !before.ModTime().Equal(after.ModTime()) || !os.SameFile(before, after) {
		t.Error("the file was written again")
	}

	// A broken file, and one that names what is gone, are replaced.
	want = readFile(t, dir, wrapper.FileName)
	for _, broken := range []string{
		wrapper.Header + "\n\npackage main\n\nfunc {",
		"<<<<<<< HEAD\n" + want + "=======\n",
		strings.ReplaceAll(want, "bar(", "gone("),
		strings.ReplaceAll(want, "package main", "package other"),
	} {
		write(t, dir, wrapper.FileName, broken)
		expect(t, dir, false, 0, "", "")
		if d := cmp.Diff(want, readFile(t, dir, wrapper.FileName)); d != "" {
			t.Errorf("after a broken file (-want +got):\n%s", d)
		}
	}
	leftover, _ := filepath.Glob(filepath.Join(dir, ".trace*"))
	if len(leftover) > 0 {
		t.Errorf("left over: %v", leftover)
	}
}

const small = `
-- a.go --
package a

//trace:bundle
func f() {}
`

func TestRunDiff(t *testing.T) {
	dir := module(t, small)
	// Nobody asked for the file.
	expect(t, dir, true, 0, "", "", "./...")
	code, _, stderr := run(dir, true)
	if code != 1 || stderr != "tracegen: 1 generated file is out of date\ntracegen: hint: run tracegen, or go generate\n" {
		t.Errorf("named package: exit code %d, %s", code, stderr)
	}
	write(t, dir, "gen.go", "package a\n\n//go:generate go tool tracegen\n")
	const diff = `--- /dev/null
+++ b/trace_gen.go
@@ -0,0 +1,18 @@
+// Code generated by tracegen; DO NOT EDIT.
+
+package a
+
+import trace "github.com/opto-go/trace/runtime"
+
+var bundleF = &trace.Bundle{
+	ID:   "example.com/m.f",
+	Name: "f",
+	Type: "func()",
+}
+
+// traceF records a call of f.
+func traceF() {
+	trace.CallVoid(bundleF, func() {
+		f()
+	})
+}
`
	const stale = "tracegen: 1 generated file is out of date\ntracegen: hint: run tracegen, or go generate\n"
	expect(t, dir, true, 1, diff, stale, "./...")
	if readFile(t, dir, wrapper.FileName) != "" {
		t.Error("-d wrote the file")
	}
	expect(t, dir, false, 0, "", "")

	// The last directive goes, and so does the file.
	write(t, dir, "a.go", "package a\n")
	code, out, _ := run(dir, true, "./...")
	if code != 1 || !strings.HasPrefix(out, "--- a/trace_gen.go\n+++ /dev/null\n") {
		t.Errorf("exit code %d, difference:\n%s", code, out)
	}
	expect(t, dir, false, 0, "", "")
	if readFile(t, dir, wrapper.FileName) != "" {
		t.Error("the file is still there")
	}
	expect(t, dir, true, 0, "", "", "./...")
}

func TestRunErrors(t *testing.T) {
	tests := []struct {
		name     string
		archive  string
		patterns []string
		code     int
		stderr   string // its beginning
	}{
		{"no directive", "-- a.go --\npackage a\n", nil, 2,
			"tracegen: no directive in any named package\ntracegen: hint: put //trace:bundle above a function"},
		{"no package", small, []string{"./nowhere"}, 2, "tracegen: stat "},
		{"files", small, []string{"a.go"}, 2, "tracegen: named files are no package\ntracegen: hint: "},
		{"problem", "-- a.go --\npackage a\n\n//trace:bundel\nfunc f() {}\n", nil, 2,
			"a.go:3:1: unknown directive //trace:bundel\n\thint: did you mean //trace:bundle?\n"},
		{"refusal", "-- a.go --\npackage a\n\n//trace:bundle\nfunc f() {}\n\nfunc traceF() {}\n", nil, 2,
			"a.go:3:1: the wrapper's name traceF is taken at a.go:6:6\n\thint: choose another name with name=\n"},
		{"taken in a test", small + "-- a_test.go --\npackage a\n\nvar traceF = 1\n", nil, 2,
			"a.go:3:1: the wrapper's name traceF is taken at a_test.go:3:5\n\thint: choose another name with name=\n"},
		{"taken under a tag", small + "-- b_windows.go --\npackage a\n\ntype (\n\ttraceF int\n)\n", nil, 2,
			"a.go:3:1: the wrapper's name traceF is taken at b_windows.go:4:2\n\thint: choose another name with name=\n"},
		{"does not compile", "-- a.go --\npackage a\n\n//trace:bundle\nfunc f() { return 1 }\n", nil, 2,
			"a.go:4:19: too many return values"},
		{"does not parse", "-- a.go --\npackage a\n\n//trace:bundle\nfunc f() {\n", nil, 2,
			"a.go:4:12: expected ';', found 'EOF'"},
		{"type error and problem", "-- a.go --\npackage a\n\n//trace:bundel\nfunc f() { return 1 }\n\nvar x = traceF()\n", nil, 2,
			"a.go:3:1: unknown directive //trace:bundel\n\thint: did you mean //trace:bundle?\na.go:4:19: too many return values"},
		{"somebody's own", small + "-- trace_gen.go --\npackage a\n", nil, 2,
			"tracegen: DIR/trace_gen.go: was not written by tracegen"},
		{"somebody's own, in the way", small + "-- trace_gen.go --\npackage a\n\nfunc traceF() {}\n", nil, 2,
			"tracegen: DIR/trace_gen.go: was not written by tracegen"},
		{"somebody's own, no directive", "-- trace_gen.go --\npackage a\n", nil, 2,
			"tracegen: no directive in any named package\n"},
		{"another package's wrapper", small + "-- lib/lib.go --\npackage lib\n\n//trace:bundle\nfunc F() {}\n-- b.go --\npackage a\n\nimport \"example.com/m/lib\"\n\nvar _ = lib.TraceF\n", nil, 2,
			"b.go:5:13: undefined: lib.TraceF\n\thint: if tracegen is to generate it, name that package too"},
		{"runtime missing", small + "-- go.mod --\nmodule example.com/m\n\ngo 1.24\n", nil, 2,
			"tracegen: generated code needs github.com/opto-go/trace/runtime, which the module does not require\ntracegen: hint: go get github.com/opto-go/trace\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := module(t, tt.archive)
			before := readFile(t, dir, wrapper.FileName)
			code, out, stderr := run(dir, false, tt.patterns...)
			if code != tt.code || out != "" || !strings.HasPrefix(strings.ReplaceAll(stderr, dir, "DIR"), tt.stderr) {
				t.Errorf("exit code %d, stdout %q, stderr:\n%s\nwant %d and:\n%s", code, out, stderr, tt.code, tt.stderr)
			}
			if got := readFile(t, dir, wrapper.FileName); got != before {
				t.Errorf("wrote:\n%s", got)
			}
		})
	}
}

// What does not exist everywhere is not in the file, so that it is the same
// everywhere, and a note says so.
func TestRunConstrained(t *testing.T) {
	dir := module(t, small+"-- b.go --\n//go:build !never\n\npackage a\n\n//trace:node trainable\nvar x = 1\n")
	const note = "b.go:5:1: note: example.com/m.x is not in the table of parameters: its file has a build constraint\n" +
		"\thint: move it to a file that is always built; training and recording do not need the table\n"
	expect(t, dir, false, 0, "", note)
	if got := readFile(t, dir, wrapper.FileName); strings.Contains(got, "Register") || !strings.Contains(got, "traceF") {
		t.Errorf("generated:\n%s", got)
	}
}

// Without cgo there is no cgo file. A bridge in another file has a wrapper, if
// that can name the types.
func TestRunCgo(t *testing.T) {
	if out, err := exec.Command("go", "env", "CGO_ENABLED").Output(); err != nil || !strings.HasPrefix(string(out), "1") {
		t.Skip("no cgo")
	}
	const source = "-- c.go --\npackage a\n\n// static int twice(int x) { return 2 * x; }\nimport \"C\"\n\n%sfunc double(x int) int { return int(C.twice(C.int(x))) }\n\n" +
		"type number = C.int\n-- b.go --\npackage a\n\n//trace:bundle\nfunc twice(x int) int { return double(x) }\n\n%sfunc raw(x number) {}\n"
	dir := module(t, fmt.Sprintf(source, "", ""))
	expect(t, dir, false, 0, "", "")
	if got := readFile(t, dir, wrapper.FileName); !strings.Contains(got, "func traceTwice(x *trace.Node[int]) *trace.Node[int]") {
		t.Errorf("generated:\n%s", got)
	}
	dir = module(t, fmt.Sprintf(source, "//trace:bundle\n", ""))
	code, _, stderr := run(dir, false)
	if want := "c.go:6:1: no wrapper is generated for a function in a file that imports C, which is not built without cgo\n\thint: let a function"; code != 2 || !strings.HasPrefix(stderr, want) {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	dir = module(t, fmt.Sprintf(source, "", "//trace:bundle\n"))
	expect(t, dir, false, 0, "", "") // by the alias
}

func TestStale(t *testing.T) {
	dir := t.TempDir()
	want := []byte(wrapper.Header + "\n\npackage a\n")
	if _, stale, err := wrapper.Stale(dir, nil); stale || err != nil {
		t.Errorf("no file, none wanted: %t, %v", stale, err)
	}
	if _, stale, err := wrapper.Stale(dir, want); !stale || err != nil {
		t.Errorf("no file, one wanted: %t, %v", stale, err)
	}
	if err := wrapper.Update([]wrapper.File{{Dir: dir, Want: want}}); err != nil {
		t.Fatal(err)
	}
	if _, stale, err := wrapper.Stale(dir, want); stale || err != nil {
		t.Errorf("as wanted: %t, %v", stale, err)
	}
	if diff, stale, err := wrapper.Stale(dir, append(want, "// x\n"...)); !stale || err != nil || !strings.HasSuffix(diff, "\n+// x\n") {
		t.Errorf("changed: %q, %t, %v", diff, stale, err)
	}
	if diff := cmp.Diff(map[string][]byte{filepath.Join(dir, "trace_gen.go"): []byte("package a\n")}, wrapper.Overlay([]string{dir, t.TempDir()})); diff != "" {
		t.Errorf("overlay (-want +got):\n%s", diff)
	}
	if err := wrapper.Update([]wrapper.File{{Dir: dir}}); err != nil {
		t.Fatal(err)
	}
	write(t, dir, wrapper.FileName, "package a\n")
	for _, w := range [][]byte{nil, want} {
		if err := wrapper.Update([]wrapper.File{{Dir: dir, Want: w}}); err == nil || !strings.Contains(err.Error(), "was not written by tracegen") {
			t.Errorf("somebody's own file: %v", err)
		}
	}
}
