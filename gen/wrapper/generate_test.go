package wrapper_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/gen/wrapper"
)

var update = flag.Bool("update", false, "rewrite golden files")

// check parses and type-checks the Go files of an archive, other than the
// generated one, and goes on after errors. The comment of the archive is the
// version of the language, if it is not the newest.
func check(t *testing.T, ar *txtar.Archive) *directive.Package {
	t.Helper()
	fset := token.NewFileSet()
	p := &directive.Package{Path: "example.com/p", Fset: fset, Info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
	}}
	for _, f := range ar.Files {
		if strings.HasSuffix(f.Name, ".go") && f.Name != wrapper.FileName {
			file, err := parser.ParseFile(fset, f.Name, f.Data, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			p.Files = append(p.Files, file)
		}
	}
	cfg := types.Config{Importer: withDot{imports}, Error: func(error) {}, GoVersion: string(bytes.TrimSpace(ar.Comment))}
	p.Types, _ = cfg.Check(p.Path, fset, p.Files, p.Info)
	return p
}

// withDot also has a package to be imported with a dot.
type withDot struct{ types.Importer }

func (i withDot) Import(path string) (*types.Package, error) {
	if path != "example.com/dot" {
		return i.Importer.Import(path)
	}
	p := types.NewPackage(path, "dot")
	for _, name := range []string{"TraceThis", "traceUpper", "TraceUpper"} {
		p.Scope().Insert(types.NewVar(token.NoPos, p, name, types.Typ[types.Int]))
	}
	p.MarkComplete()
	return p, nil
}

var imports = importer.ForCompiler(token.NewFileSet(), "source", nil)

// compile type-checks a package together with its generated file.
func compile(t *testing.T, p *directive.Package, generated []byte) {
	t.Helper()
	f, err := parser.ParseFile(p.Fset, wrapper.FileName, generated, 0)
	if err != nil {
		t.Fatal(err)
	}
	cfg := types.Config{Importer: imports, Error: func(err error) { t.Error(err) }}
	cfg.Check(p.Path, p.Fset, append([]*ast.File{f}, p.Files...), nil)
}

// Each archive in testdata holds a package, and either the file to be
// generated or the errors.
func TestGenerate(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := check(t, ar)
			targets, problems := directive.Collect(p)
			for _, pr := range problems {
				t.Errorf("%s: %s", p.Fset.Position(pr.Pos), pr.Message)
			}
			got, err := wrapper.Generate(p, targets, nil)
			errs := ""
			if err != nil {
				errs = err.Error() + "\n"
			}
			if got != nil {
				compile(t, p, got)
			}
			again, _ := wrapper.Generate(p, targets, nil)
			if !bytes.Equal(got, again) {
				t.Error("a second run gives another text")
			}
			if formatted, err := format.Source(got); err != nil || !bytes.Equal(got, formatted) {
				t.Errorf("not as gofmt would have it: %v", err)
			}
			if *update {
				for i, f := range ar.Files {
					switch f.Name {
					case wrapper.FileName:
						ar.Files[i].Data = got
					case "errors":
						ar.Files[i].Data = []byte(errs)
					}
				}
				if err := os.WriteFile(file, txtar.Format(ar), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			for _, f := range ar.Files {
				switch f.Name {
				case wrapper.FileName:
					if diff := cmp.Diff(string(f.Data), string(got)); diff != "" {
						t.Errorf("generated file (-want +got):\n%s", diff)
					}
				case "errors":
					if diff := cmp.Diff(string(f.Data), errs); diff != "" {
						t.Errorf("errors (-want +got):\n%s", diff)
					}
				}
			}
		})
	}
}
