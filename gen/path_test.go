package gen_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
	"github.com/opto-go/trace/runtime/tracefile"
)

// TestPath runs the tests of testdata/path, a package each, and compares the
// lines that each case ran with those that say so: "//: If Table/low" names
// the cases TestIf and TestTable/low. Lines without a statement of their own
// carry no mark and are not compared.
func TestPath(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	comparePaths(t, func(text string) string { return text })
}

// TestPathOfBundles is TestPath where every function is a bundle that is not
// followed, as far as it can be one and its body is all that runs its lines.
func TestPathOfBundles(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	bundled := 0
	comparePaths(t, func(text string) string {
		// In the place of an empty line, so that no line moves.
		return regexp.MustCompile(`\n\nfunc [^\n]*`).ReplaceAllStringFunc(text, func(found string) string {
			if regexp.MustCompile(`func (Test|Fuzz|Example|Benchmark|init\b|main\b)|testing\.`).MatchString(found) {
				return found
			}
			bundled++
			return "\n//trace:bundle" + found[1:]
		})
	})
	if bundled < 20 {
		t.Errorf("%d bundles", bundled)
	}
}

func comparePaths(t *testing.T, change func(text string) string) {
	t.Helper()
	files, err := filepath.Glob("testdata/path/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no packages: %v", err)
	}
	dir := t.TempDir()
	modtest.Write(t, dir, "go.mod", "module path\n\ngo 1.26\n")
	want := map[string]bool{}
	marked := map[string][]string{} // file → its lines
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			name := strings.TrimSuffix(filepath.Base(file), ".txtar") + "/" + f.Name
			modtest.Write(t, dir, name, change(string(f.Data)))
			marked[name] = strings.Split(string(f.Data), "\n")
			for i, l := range marked[name] {
				if _, cases, ok := strings.Cut(l, "//: "); ok {
					for _, c := range strings.Fields(cases) {
						want[fmt.Sprintf("%s %s:%d", testName(c), name, i+1)] = true
					}
				}
			}
		}
	}
	for _, flags := range [][]string{nil, {"-race"}} {
		t.Run(strings.Join(append([]string{"test"}, flags...), ""), func(t *testing.T) {
			prog, out := modtest.Load(t, gen.Config{Dir: dir, Patterns: []string{"./..."}, Tests: true, All: true})
			traces := t.TempDir()
			args := append(append(modtest.Flags(t, prog, out), "-count=1", "-vet=off"), flags...)
			printed := goTest(t, dir, traces, append(args, "./...")...)
			got := map[string]bool{}
			for _, p := range readTraces(t, traces).Programs {
				for _, c := range p.Cases {
					for file, text := range c.Lines {
						rs, err := tracefile.ParseLines(text)
						if err != nil {
							t.Fatal(err)
						}
						for _, r := range rs {
							for l := r.From; l <= r.To; l++ {
								if !neutral(marked[file][l-1]) {
									got[fmt.Sprintf("%s %s:%d", c.Name, file, l)] = true
								}
							}
						}
					}
				}
			}
			if diff := cmp.Diff(keys(want), keys(got)); diff != "" {
				t.Errorf("executed lines (-want +got):\n%s\n%s", diff, printed)
				logNotes(t, out, dir)
			}
		})
	}
}

func testName(mark string) string {
	for _, p := range []string{"Fuzz", "Example", "Benchmark"} {
		if strings.HasPrefix(mark, p) {
			return mark
		}
	}
	return "Test" + mark
}

var neutralLine = regexp.MustCompile(`^[\s(){}\[\],;]*(//[^:].*)?$`)

// neutral reports whether a line holds no statement: it is empty, a comment,
// or brackets.
func neutral(line string) bool { return neutralLine.MatchString(line) }

// TestPathFillsGaps checks that lines without a statement of their own belong to
// executed ones around them.
func TestPathFillsGaps(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	dir := t.TempDir()
	modtest.Write(t, dir, "go.mod", "module gaps\n\ngo 1.26\n")
	modtest.Write(t, dir, "main.go", `package main

func main() {
	n := len("abc")

	// The comment and the empty line belong to what is around them.
	if n == 3 {
		n++
	}
	if n == 5 {
		n++
	}
	println(n)
}

func other() {
}

func last(n int) {
	if n == 0 {
		println(n)
	}
}

func init() {
	last(1)
}
`)
	prog, out := modtest.Load(t, gen.Config{Dir: dir, Patterns: []string{"."}, All: true})
	bin := filepath.Join(dir, "bin")
	modtest.Build(t, dir, append(modtest.Flags(t, prog, out), "-o", bin, ".")...)
	traces := t.TempDir()
	runEdge(t, bin, "", traces)
	rec := readTraces(t, traces)
	want := map[string]string{"main.go": "3-10,13,19-20,25-26"}
	if diff := cmp.Diff(want, rec.Programs[0].Cases[0].Lines); diff != "" {
		t.Errorf("lines of the program (-want +got):\n%s", diff)
	}
}
