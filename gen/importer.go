package gen

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"sort"
	"sync"

	"golang.org/x/tools/go/packages"

	embedded "github.com/opto-go/trace"
)

// importer resolves imports of a re-checked package: to other re-checked
// packages, the recorder, or what was loaded.
type importer struct {
	r    *round
	from *packages.Package
}

func (i importer) Import(path string) (*types.Package, error) {
	if path == TapePath {
		return i.r.tape, nil
	}
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	p := i.from.Imports[path]
	if p == nil {
		p = findImport(i.from, path, map[*packages.Package]bool{})
	}
	if p == nil {
		return nil, fmt.Errorf("package %s is not loaded", path)
	}
	if d := i.r.done[p]; d != nil && d.pkg != nil { // ready, as everything that from depends on
		return d.pkg, nil
	}
	if p.Types == nil {
		return nil, fmt.Errorf("package %s has no types", path)
	}
	if !p.Types.Complete() {
		return known(p.Types), nil
	}
	return p.Types, nil
}

// known is a package of which only that was loaded which others name: a twin names
// nothing else of it.
func known(p *types.Package) *types.Package {
	k := types.NewPackage(p.Path(), p.Name())
	for _, name := range p.Scope().Names() {
		k.Scope().Insert(p.Scope().Lookup(name))
	}
	k.MarkComplete()
	return k
}

// findImport looks for a package among everything that p depends on.
func findImport(p *packages.Package, path string, seen map[*packages.Package]bool) *packages.Package {
	if seen[p] {
		return nil
	}
	seen[p] = true
	if q := p.Imports[path]; q != nil {
		return q
	}
	for _, k := range sortedKeys(p.Imports) {
		if q := findImport(p.Imports[k], path, seen); q != nil {
			return q
		}
	}
	return nil
}

var tapeOnce struct {
	sync.Once
	pkg *types.Package
	err error
}

// tapePackage type-checks the declarations of the recorder from its embedded
// source. Its exported signatures use no other package, so nothing else is
// loaded; what its private parts import is ignored.
func tapePackage() (*types.Package, error) {
	tapeOnce.Do(func() {
		fset := token.NewFileSet()
		var files []*ast.File
		for _, f := range embedded.Files() {
			if path.Dir(f.Name) != "runtime/tape" || path.Ext(f.Name) != ".go" {
				continue
			}
			p, err := parser.ParseFile(fset, f.Name, f.Data, parser.SkipObjectResolution|parser.ParseComments)
			if err != nil {
				tapeOnce.err = fmt.Errorf("embedded recorder: %v", err)
				return
			}
			if !ignored(p) {
				files = append(files, p)
			}
		}
		sort.Slice(files, func(i, j int) bool { return files[i].FileStart < files[j].FileStart })
		conf := types.Config{IgnoreFuncBodies: true, Error: func(error) {}, Importer: noImports{}}
		tapeOnce.pkg, _ = conf.Check(TapePath, fset, files, nil)
	})
	return tapeOnce.pkg, tapeOnce.err
}

// ignored reports a file that is a program of its own ("//go:build ignore").
func ignored(f *ast.File) bool {
	for _, g := range f.Comments {
		if g.Pos() > f.Package {
			break
		}
		for _, c := range g.List {
			if x, err := constraint.Parse(c.Text); err == nil && !x.Eval(func(tag string) bool { return tag != "ignore" }) {
				return true
			}
		}
	}
	return false
}

type noImports struct{}

func (noImports) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	return nil, fmt.Errorf("not needed")
}
