package build

import (
	"go/ast"
	"go/doc"
	"go/types"
	"strings"
	"unicode"
	"unicode/utf8"
)

// TopLevel returns the names of the tests, fuzz targets and runnable examples
// that the test files of a package declare, in source order.
func TopLevel(files []*ast.File) []string {
	var names []string
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Type.TypeParams != nil {
				continue
			}
			name := fn.Name.Name
			switch {
			case isTest(name, "Test") && takes(fn, "T"), isTest(name, "Fuzz") && takes(fn, "F"):
				names = append(names, name)
			}
		}
		for _, ex := range doc.Examples(f) {
			if ex.Output != "" || ex.EmptyOutput {
				names = append(names, "Example"+ex.Name)
			}
		}
	}
	return names
}

// Benchmarks returns the names of the benchmarks that the test files of a
// package declare, in source order.
func Benchmarks(files []*ast.File) []string {
	var names []string
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv == nil && fn.Type.TypeParams == nil && isTest(fn.Name.Name, "Benchmark") && takes(fn, "B") {
				names = append(names, fn.Name.Name)
			}
		}
	}
	return names
}

// isTest applies the go command's rule: no lower-case letter after the prefix.
func isTest(name, prefix string) bool {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || !unicode.IsLower(r)
}

// takes reports whether fn has one parameter *testing.kind. TestMain has
// another.
func takes(fn *ast.FuncDecl, kind string) bool {
	if fn.Type.Results != nil && len(fn.Type.Results.List) > 0 || len(fn.Type.Params.List) != 1 || len(fn.Type.Params.List[0].Names) > 1 {
		return false
	}
	t := types.ExprString(fn.Type.Params.List[0].Type)
	return t == "*"+kind || strings.HasPrefix(t, "*") && strings.HasSuffix(t, "."+kind)
}
