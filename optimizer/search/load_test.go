package search

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/optimizer"
)

// std is shared: reading export data is what takes the time.
var (
	stdFset = token.NewFileSet()
	std     = importer.ForCompiler(stdFset, "gc", nil)
)

// load type-checks the files (name → text) as one package and returns its
// trainable parameters.
func load(t testing.TB, path string, files map[string]string) []optimizer.Param {
	t.Helper()
	fset := token.NewFileSet()
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	pkg := &directive.Package{Path: path, Fset: fset, Info: &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Uses:       map[*ast.Ident]types.Object{},
		Defs:       map[*ast.Ident]types.Object{},
		Implicits:  map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes:     map[ast.Node]*types.Scope{},
	}}
	for _, name := range names {
		f, err := parser.ParseFile(fset, name, files[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		pkg.Files = append(pkg.Files, f)
	}
	conf := types.Config{Importer: std, GoVersion: "go1.22"}
	var err error
	if pkg.Types, err = conf.Check(path, fset, pkg.Files, pkg.Info); err != nil {
		t.Fatal(err)
	}
	targets, problems := directive.Collect(pkg)
	for _, p := range problems {
		t.Fatalf("%s: %s", fset.Position(p.Pos), p.Message)
	}
	var params []optimizer.Param
	for _, target := range targets {
		if !target.Trainable {
			continue
		}
		pos := fset.Position(target.Decl.Pos())
		text := files[pos.Filename]
		offset := func(p token.Pos) int { return fset.Position(p).Offset }
		p := optimizer.Param{
			ID: target.ID, Name: target.ID[strings.LastIndex(target.ID, ".")+1:],
			Min: target.Min, Max: target.Max, Step: target.Step, Choices: target.Choices, Check: target.Check,
			File: pos.Filename, Line: pos.Line,
			Syntax: &optimizer.Syntax{Fset: fset, Info: pkg.Info, Pkg: pkg.Types},
		}
		for _, f := range pkg.Files {
			if f.Pos() <= target.Decl.Pos() && target.Decl.End() <= f.FileEnd {
				p.Syntax.File = f
			}
		}
		if fn, ok := target.Decl.(*ast.FuncDecl); ok {
			p.Kind = optimizer.FuncBody
			p.Syntax.Func = fn
			p.Type = types.TypeString(target.Obj.Type(), types.RelativeTo(pkg.Types))
			for _, line := range strings.SplitAfter(text[offset(fn.Doc.Pos()):offset(fn.End())], "\n") {
				if !strings.HasPrefix(line, "//trace:") {
					p.Source += line
				}
			}
			p.Source = strings.Replace(p.Source, "//\nfunc", "func", 1)
		} else {
			p.Kind = optimizer.Value
			p.Syntax.Expr = target.Expr
			p.Type = types.TypeString(target.Obj.Type(), types.RelativeTo(pkg.Types))
			p.Source = text[offset(target.Expr.Pos()):offset(target.Expr.End())]
		}
		params = append(params, p)
	}
	return params
}

// loadDir loads the files of a directory, tests left out.
func loadDir(t testing.TB, path, dir string) ([]optimizer.Param, map[string]string) {
	t.Helper()
	files := map[string]string{}
	list, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range list {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(text)
	}
	return load(t, path, files), files
}
