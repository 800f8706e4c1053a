package differential

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/gen/internal/modtest"
)

// TestBundled runs the own tests of packages with every function of theirs a bundle:
// one that is not followed keeps which of its lines ran and is the same otherwise.
func TestBundled(t *testing.T) {
	installation(t)
	all := readSuites(t)
	list := mustReadList(t)
	sum := newSummary(t, "packages of bundles")
	for _, s := range chooseSuites(all) {
		t.Run(s.name(), func(t *testing.T) {
			c := comparison{list: list}
			if s.short {
				c.args = []string{"-test.short"}
			}
			plain, bundled := newCopy(t, s), newCopy(t, s)
			for _, p := range bundled.tested {
				bundle(t, p.dir)
			}
			rewritten := instrumentFlow(t, bundled.config(nil))
			files := 0 // of traces: where a package has no functions, its tests record nothing
			for i, p := range plain.tested {
				t.Run(p.name(), func(t *testing.T) {
					args, _ := c.withoutListed(t, p)
					binary := buildTests(t, p)
					want := binary.run(t, args...)
					b := buildTests(t, bundled.tested[i], rewritten.flags...)
					b.traces = t.TempDir()
					end := same
					if got := b.run(t, args...); cmp.Diff(want.verdict, got.verdict) != "" {
						if again := binary.run(t, args...); cmp.Diff(want.verdict, again.verdict) != "" {
							end = varies
						} else {
							end = different
							t.Errorf("the tests come to something else (-plain +bundles):\n%s\n%s", cmp.Diff(want.verdict, got.verdict), tail(got.output))
						}
					}
					files += readTrace(t, b.traces).files
					sum.add(notesIn(rewritten.notes, bundled.tested[i].dir), 0)
					sum.end(p.name(), end)
				})
			}
			if files == 0 {
				t.Error("no tests recorded")
			}
		})
	}
}

// bundle makes bundles of the functions in the files of a folder that are no tests.
func bundle(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		modtest.Write(t, dir, filepath.Base(name), bundledText(t, string(src)))
	}
}

func bundledText(t *testing.T, src string) string {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(f.Imports, func(im *ast.ImportSpec) bool { return im.Path.Value == `"C"` }) {
		return src
	}
	var b strings.Builder
	at := 0
	for _, d := range f.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if !ok || fd.Body == nil || fd.Recv == nil && slices.Contains([]string{"_", "init", "main"}, fd.Name.Name) {
			continue
		}
		start := fset.PositionFor(fd.Pos(), false).Offset
		if fd.Doc != nil {
			start = fset.PositionFor(fd.Type.Func, false).Offset
		}
		b.WriteString(src[at:start] + "//trace:bundle\n")
		at = start
	}
	return b.String() + src[at:]
}
