package source

import (
	"context"
	"go/ast"
	"go/types"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/directive"
)

// TestCheckRealFunctions proposes functions of real packages with one
// statement more: all must pass, and with a parameter renamed none may.
func TestCheckRealFunctions(t *testing.T) {
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax | packages.NeedModule, Dir: module(t, "")},
		"strings", "sort", "slices", "path", "container/list", "text/template/parse", "go/scanner")
	if err != nil {
		t.Fatal(err)
	}
	prog := &gen.Program{Roots: pkgs, Packages: pkgs}
	for _, pkg := range pkgs {
		if len(pkg.Errors) > 0 {
			t.Skip(pkg.Errors)
		}
		prog.Fset = pkg.Fset
		for _, f := range pkg.Syntax {
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Body == nil || fn.Name.Name == "_" || fn.Name.Name == "init" {
					continue
				}
				obj := pkg.TypesInfo.Defs[fn.Name].(*types.Func)
				prog.Targets = append(prog.Targets, &directive.Target{
					Kind: directive.Bundle, Trainable: true, Pos: fn.Pos(),
					ID: pkg.PkgPath + "." + symbolOf(obj), Obj: obj, Decl: fn,
				})
			}
		}
	}
	list, err := Params(prog)
	if err != nil {
		t.Fatal(err)
	}
	k := NewChecker(prog, list)
	for i, p := range list {
		if i%16 != 0 && p.ID != "go/scanner.Scanner.updateLineInfo" { // has //line in a comment
			continue
		}
		body := unixLines(string(p.text.data[p.Start:p.End]))
		head := strings.TrimSuffix(p.Source, body)
		if err := k.Check(context.Background(), assign(p.ID, head+"{\n\t_ = 0\n"+body[1:])); err != nil {
			t.Errorf("rejected: %v", err)
		}
		if header := strings.Replace(head, "(", "( /* other text */ ", 1); header != head {
			if err := k.Check(context.Background(), assign(p.ID, header+"{ _ = 0\n"+body[1:])); err != nil {
				t.Errorf("rejected with another text of the signature: %v", err)
			}
		}
		if names := fieldNames(p.Syntax.Func.Type.Params); len(names) > 0 && names[0] != "" {
			header := head[strings.LastIndex(head, "\nfunc")+1:]
			header = strings.Replace(header, "("+names[0], "(renamed", 1)
			if err := k.Check(context.Background(), assign(p.ID, header+"{ _ = 0\n"+body[1:])); err == nil || !strings.HasPrefix(err.Error(), "signature: ") {
				t.Errorf("%s with a renamed parameter: %v", header, err)
			}
		}
	}
	t.Logf("%d functions", len(list))
}
