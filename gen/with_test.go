package gen_test

import (
	"context"
	"fmt"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
)

var withModule = map[string]string{
	"go.mod": "module example.com/m\n\ngo 1.24\n",
	"size/size.go": `package size

//trace:node trainable
const Rows = 3

func Grid() [Rows]int { return [Rows]int{} }
`,
	"other/other.go": `package other

// Nobody has to look at this again.
func Twice(n int) int { return 2 * n }
`,
	"text/text.go": `package text

import _ "embed"

//go:embed text.txt
var Text string
`,
	"text/text.txt": "some text",
	"m.go": `package m

import (
	"strings"

	"example.com/m/other"
	"example.com/m/size"
	"example.com/m/text"
)

//trace:bundle trainable
func Sum(s string) int {
	n := other.Twice(len(strings.TrimSpace(s + text.Text)))
	for _, v := range size.Grid() {
		n += v
	}
	return n
}
`,
	"m_test.go": `package m

import "testing"

func TestSum(t *testing.T) {
	if got := Sum("a"); got != 2 {
		t.Errorf("got %d", got)
	}
}
`,
	"x_test.go": `package m_test

import (
	"testing"

	"example.com/m"
)

func TestOutside(t *testing.T) {
	if m.Sum("") != 0 {
		t.Error("not 0")
	}
}
`,
}

// TestWith changes files of a loaded program, which must be what loading it with
// these files gives.
func TestWith(t *testing.T) {
	dir, base := loadWith(t)
	for _, tt := range []struct {
		name, file, old, new string
		shared               []string // packages that are not checked again
	}{
		{"a body", "m.go", "n += v", "n -= v + 1", []string{"example.com/m/size", "example.com/m/other", "example.com/m/text"}},
		{"a constant", "size/size.go", "= 3", "= 4", []string{"example.com/m/other", "example.com/m/text"}},
		{"a test", "m_test.go", "!= 2", "!= 3", []string{"example.com/m", "example.com/m/size"}},
		{"an embedded file", "text/text.txt", "some", "other", []string{"example.com/m", "example.com/m/text"}},
		{"lines move", "m.go", "\tn := other", "\t// a comment\n\n\tn := other", []string{"example.com/m/other"}},
		{"a directive goes", "size/size.go", "//trace:node trainable\n", "", []string{"example.com/m/other"}},
		{"a directive comes", "other/other.go", "// Nobody has to look at this again.", "//trace:bundle trainable", []string{"example.com/m/size"}},
		{"nothing", "m.go", "n += v", "n += v", []string{"example.com/m/size"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := changed(t, dir, tt.file, tt.old, tt.new)
			got, ok := base.With(t.Context(), files)
			if !ok {
				t.Fatal("the go command had to be asked")
			}
			cfg := base.Config
			cfg.Overlay = files
			want, err := gen.Load(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(described(t, want), described(t, got)); diff != "" {
				t.Errorf("(-loaded +changed):\n%s", diff)
			}
			for _, path := range tt.shared {
				if pkg := packageOf(got, path); pkg == nil || pkg != packageOf(base, path) {
					t.Errorf("%s was checked again", path)
				}
			}
		})
	}
	if diff := cmp.Diff(described(t, base), described(t, mustLoad(t, base.Config))); diff != "" {
		t.Errorf("the program that was changed is not what it was:\n%s", diff)
	}
}

// TestWithAsks lists what only the go command can tell.
func TestWithAsks(t *testing.T) {
	dir, base := loadWith(t)
	for _, tt := range []struct{ name, file, old, new string }{
		{"a new import", "m.go", "\t\"strings\"\n", "\t\"sort\"\n\t\"strings\"\n"},
		{"an import less", "m.go", "\t\"strings\"\n", ""},
		{"a build condition", "m.go", "package m\n", "//go:build windows\n\npackage m\n"},
		{"another pattern to embed", "text/text.go", "text.txt", "*.txt"},
		{"another package", "other/other.go", "package other", "package another"},
		{"a type error", "other/other.go", "2 * n", `"2"`},
		{"a type error in what imports it", "other/other.go", "Twice(n int) int", "Twice(n int) (int, error)"},
		{"a syntax error", "other/other.go", "2 * n", "2 *"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := fileCount(base)
			if _, ok := base.With(t.Context(), changed(t, dir, tt.file, tt.old, tt.new)); ok {
				t.Error("nobody was asked")
			}
			if now := fileCount(base); now != n {
				t.Errorf("%d files stay in the file set", now-n)
			}
		})
	}
	t.Run("a new file", func(t *testing.T) {
		for _, name := range []string{"new.go", "text/new.txt", "go.mod"} {
			if _, ok := base.With(t.Context(), map[string][]byte{filepath.Join(dir, name): []byte("package m\n")}); ok {
				t.Errorf("nobody was asked about %s", name)
			}
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, ok := base.With(ctx, changed(t, dir, "m.go", "n += v", "n -= v")); ok {
			t.Error("it went on")
		}
	})
}

func loadWith(t *testing.T) (dir string, base *gen.Program) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range withModule {
		modtest.Write(t, dir, name, text)
	}
	return dir, mustLoad(t, gen.Config{Dir: dir, Tests: true})
}

func mustLoad(t *testing.T, cfg gen.Config) *gen.Program {
	t.Helper()
	prog, err := gen.Load(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return prog
}

func changed(t *testing.T, dir, file, old, new string) map[string][]byte {
	t.Helper()
	if !strings.Contains(withModule[file], old) {
		t.Fatalf("%s does not contain %q", file, old)
	}
	return map[string][]byte{filepath.Join(dir, filepath.FromSlash(file)): []byte(strings.Replace(withModule[file], old, new, 1))}
}

// described is what matters of a program: its packages, what is declared and
// used in them and where, its targets, and what is made of it.
func described(t *testing.T, p *gen.Program) map[string]string {
	t.Helper()
	d := map[string]string{"module": fmt.Sprint(p.ModRoot, p.ModPath, p.GoMod, p.GoWork, p.Cgo)}
	for _, pkg := range p.Packages {
		var uses []string
		for id, obj := range pkg.TypesInfo.Uses {
			uses = append(uses, fmt.Sprintf("%v %s: %v at %v", p.Fset.Position(id.Pos()), id.Name, obj, p.Fset.Position(obj.Pos())))
		}
		for expr, tv := range pkg.TypesInfo.Types {
			uses = append(uses, fmt.Sprintf("%v: %v %v", p.Fset.Position(expr.Pos()), tv.Type, tv.Value))
		}
		slices.Sort(uses)
		d[pkg.ID] = fmt.Sprintln(pkg.PkgPath, pkg.Name, pkg.ForTest, pkg.GoFiles, pkg.EmbedFiles) + strings.Join(uses, "\n")
	}
	var roots, targets []string
	for _, pkg := range p.Roots {
		roots = append(roots, pkg.ID)
	}
	for _, x := range p.Targets {
		targets = append(targets, fmt.Sprint(x.ID, p.Fset.Position(x.Pos), x.Trainable, x.Obj))
	}
	d["roots"], d["targets"] = strings.Join(roots, "\n"), strings.Join(targets, "\n")
	out, err := p.Instrument(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range out.Files {
		d["rewritten "+f.Path] = string(f.Content)
	}
	for _, n := range out.Notes {
		d["notes"] += fmt.Sprintln(n)
	}
	return d
}

func fileCount(p *gen.Program) (n int) {
	p.Fset.Iterate(func(*token.File) bool { n++; return true })
	return n
}

func packageOf(p *gen.Program, id string) *packages.Package {
	for _, pkg := range p.Packages {
		if pkg.ID == id {
			return pkg
		}
	}
	return nil
}
