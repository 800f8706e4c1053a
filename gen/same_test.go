package gen_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
)

// TestSame builds the packages of testdata/same, a file with a function Main
// each, into one program, plain and with every function rewritten: both must
// do the same, and every function must be followed unless a comment on its
// line says
//
//	// opaque: REASON
//
// where REASON is how the note of -v begins.
func TestSame(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	files, err := filepath.Glob("testdata/same/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	dir := t.TempDir()
	modtest.Write(t, dir, "go.mod", "module same\n\ngo 1.26\n")
	var names []string
	var imports, cases strings.Builder
	opaque := map[string]string{} // "file:line" → reason
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".go")
		names = append(names, name)
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		modtest.Write(t, dir, filepath.Join(name, name+".go"), string(src))
		for i, l := range strings.Split(string(src), "\n") {
			if _, why, ok := strings.Cut(l, "// opaque: "); ok {
				opaque[fmt.Sprintf("%s.go:%d", name, i+1)] = why
			}
		}
		fmt.Fprintf(&imports, "\t%q\n", "same/"+name)
		fmt.Fprintf(&cases, "\tcase %q:\n\t\t%s.Main()\n", name, name)
	}
	modtest.Write(t, dir, "main.go", "package main\n\nimport (\n\t\"os\"\n\n"+imports.String()+")\n\nfunc main() {\n\tswitch os.Args[1] {\n"+cases.String()+"\t}\n}\n")

	plain, recorded := filepath.Join(dir, "plain"), filepath.Join(dir, "recorded")
	modtest.Build(t, dir, "-o", plain, ".")
	prog, out := modtest.Load(t, gen.Config{Dir: dir, Patterns: []string{"./..."}, All: true})
	modtest.Build(t, dir, append(modtest.Flags(t, prog, out), "-o", recorded, ".")...)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			want := runEdge(t, plain, name, "")
			traces := t.TempDir()
			if diff := cmp.Diff(want, runEdge(t, recorded, name, traces)); diff != "" {
				t.Errorf("the instrumented program behaves differently (-plain +instrumented):\n%s", diff)
			}
			readTraces(t, traces)
			for _, n := range out.Notes {
				if n.Kind != gen.NoteOpaque || filepath.Base(n.Pos.Filename) != name+".go" {
					continue
				}
				at := fmt.Sprintf("%s.go:%d", name, n.Pos.Line)
				why, ok := opaque[at]
				if !ok || !strings.HasPrefix(n.Reason, why) {
					t.Errorf("%s: %s is opaque: %s", at, n.Func, n.Reason)
				}
				delete(opaque, at)
			}
			for at := range opaque {
				if strings.HasPrefix(at, name+".go:") {
					t.Errorf("%s: the function is followed", at)
				}
			}
		})
	}
}
