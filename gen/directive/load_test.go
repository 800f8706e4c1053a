package directive_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/opto-go/trace/gen/directive"
)

var imports = importer.ForCompiler(token.NewFileSet(), "source", nil)

// load type-checks one file and goes on after errors.
func load(t testing.TB, src string) *directive.Package {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", src, parser.ParseComments)
	if f == nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	cfg := types.Config{Importer: imports, Error: func(error) {}}
	pkg, _ := cfg.Check("example.com/p", fset, []*ast.File{f}, info)
	return &directive.Package{Path: "example.com/p", Fset: fset, Files: []*ast.File{f}, Types: pkg, Info: info}
}

// messages renders problems as "line:col: message (hint)".
func messages(p *directive.Package, problems []directive.Problem) []string {
	var list []string
	for _, pr := range problems {
		pos := p.Fset.Position(pr.Pos)
		s := fmt.Sprintf("%d:%d: %s", pos.Line, pos.Column, pr.Message)
		if pr.Hint != "" {
			s += " (" + pr.Hint + ")"
		}
		list = append(list, s)
	}
	return list
}
