package wrapper

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// elsewhere returns the package-level names of the files that belong to a
// package only sometimes: tests, and files that build constraints leave out at
// present. What is generated must not clash with them either.
func elsewhere(pkg *packages.Package) map[string]token.Position {
	tests, _ := filepath.Glob(filepath.Join(pkg.Dir, "*_test.go")) // the pattern is right
	taken := map[string]token.Position{}
	for _, name := range slices.Concat(pkg.IgnoredFiles, tests) {
		if !strings.HasSuffix(name, ".go") || filepath.Base(name) == FileName {
			continue
		}
		fset := token.NewFileSet()
		f, _ := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution) // of a broken file, what can be read
		if f == nil || f.Name.Name != pkg.Name {
			continue
		}
		note := func(id *ast.Ident) {
			if _, ok := taken[id.Name]; !ok {
				taken[id.Name] = fset.Position(id.Pos())
			}
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					note(d.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						note(spec.Name)
					case *ast.ValueSpec:
						for _, id := range spec.Names {
							note(id)
						}
					}
				}
			}
		}
	}
	return taken
}
