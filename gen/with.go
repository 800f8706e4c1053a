package gen

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// With is the program with files in place of those that were loaded, checked in
// memory: what [Load] gives with these files in its overlay, without asking the
// go command what is imported and where that lies. Packages that the files do
// not concern are shared with p, as is the file set.
//
// It is false when the go command has to be asked: when the files import something
// else, are built or embed under other conditions, belong to no loaded package
// or are rewritten by cgo, and when they do not compile. What lies on disk is not
// looked at again; whether it is still what p was loaded from is for the caller
// to know.
func (p *Program) With(ctx context.Context, files map[string][]byte) (*Program, bool) {
	r := &reload{p: p, files: map[string]*ast.File{}, made: map[*packages.Package]*packages.Package{}, known: map[*packages.Package]bool{}}
	q := *p
	q.Config.Overlay = maps.Clone(p.Config.Overlay)
	if q.Config.Overlay == nil {
		q.Config.Overlay = map[string][]byte{}
	}
	maps.Copy(q.Config.Overlay, files)
	if !r.parse(files) {
		r.forget()
		return nil, false
	}
	q.Packages = nil
	for _, pkg := range p.Packages { // dependencies first
		now, ok := r.check(pkg)
		if !ok || ctx.Err() != nil {
			r.forget()
			return nil, false
		}
		q.Packages = append(q.Packages, now)
	}
	q.Roots = nil
	for _, pkg := range p.Roots {
		q.Roots = append(q.Roots, r.now(pkg))
	}
	q.Targets, q.Findings = nil, nil
	q.collectTargets()
	return &q, true
}

// A reload makes a program from one that is loaded.
type reload struct {
	p     *Program
	files map[string]*ast.File // the changed ones, by name
	made  map[*packages.Package]*packages.Package
	known map[*packages.Package]bool // packages without syntax, and whether they import what changed
}

// parse reads the files that changed, each once for all packages that it is of.
func (r *reload) parse(files map[string][]byte) bool {
	old := map[string]*ast.File{}
	embedded := map[string]bool{}
	for _, pkg := range r.p.Packages {
		for _, f := range pkg.Syntax {
			old[r.p.fileName(f)] = f
		}
		for _, name := range pkg.EmbedFiles {
			embedded[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		was := old[name]
		if was == nil {
			if strings.HasSuffix(name, ".go") || !embedded[name] {
				return false
			}
			continue // what it holds is nothing to the type checker
		}
		f, err := parser.ParseFile(r.p.Fset, name, files[name], parserMode)
		if f != nil {
			r.files[name] = f
		}
		if err != nil || f.Name.Name != was.Name.Name || !slices.Equal(conditions(was), conditions(f)) || !slices.Equal(imports(was), imports(f)) {
			return false
		}
	}
	return true
}

// conditions are the comments that tell the go command what to build, with what,
// and what to put into it.
func conditions(f *ast.File) (list []string) {
	for _, g := range f.Comments {
		for _, c := range g.List {
			if c.Pos() < f.Package || strings.HasPrefix(c.Text, "//go:") {
				list = append(list, c.Text)
			}
		}
	}
	return list
}

// imports lists the paths that a file imports.
func imports(f *ast.File) (list []string) {
	for _, s := range f.Imports {
		list = append(list, s.Path.Value)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// forget takes the parsed files out of the file set, when nothing came of them.
func (r *reload) forget() {
	for _, f := range r.files {
		if tf := r.p.Fset.File(f.FileStart); tf != nil {
			r.p.Fset.RemoveFile(tf)
		}
	}
}

// now is what stands for a package.
func (r *reload) now(pkg *packages.Package) *packages.Package {
	if made := r.made[pkg]; made != nil {
		return made
	}
	return pkg
}

// check gives the package with the changed files, and what they concern in it,
// checked anew; the package itself if that is nothing.
func (r *reload) check(pkg *packages.Package) (*packages.Package, bool) {
	concerned := false
	syntax := slices.Clone(pkg.Syntax)
	for i, f := range syntax {
		if changed := r.files[r.p.fileName(f)]; changed != nil {
			syntax[i], concerned = changed, true
		}
	}
	deps := maps.Clone(pkg.Imports)
	for path, dep := range deps {
		if made := r.made[dep]; made != nil {
			deps[path], concerned = made, true
		} else if r.reaches(dep) {
			return nil, false // compiled code that refers to the types of before
		}
	}
	if !concerned {
		return pkg, true
	}
	if !slices.Equal(pkg.GoFiles, pkg.CompiledGoFiles) {
		return nil, false
	}
	made := *pkg
	made.Syntax, made.Imports, made.Types, made.TypesInfo = syntax, deps, types.NewPackage(pkg.PkgPath, pkg.Name), newInfo()
	failed := false
	conf := &types.Config{
		Importer: importerFunc(func(path string) (*types.Package, error) {
			if path == "unsafe" {
				return types.Unsafe, nil
			}
			if dep := deps[path]; dep != nil && dep.Types != nil && dep.Types.Complete() {
				return dep.Types, nil
			}
			return nil, errors.New("it was not loaded")
		}),
		Sizes: pkg.TypesSizes,
		Error: func(error) { failed = true },
	}
	if m := pkg.Module; m != nil && m.GoVersion != "" {
		conf.GoVersion = "go" + m.GoVersion
	}
	if err := types.NewChecker(conf, r.p.Fset, made.Types, made.TypesInfo).Files(syntax); err != nil || failed {
		return nil, false
	}
	r.made[pkg] = &made
	return &made, true
}

// reaches reports whether a package that was not loaded from source imports,
// directly or not, one that changed.
func (r *reload) reaches(pkg *packages.Package) bool {
	if r.made[pkg] != nil {
		return true
	}
	known, ok := r.known[pkg]
	if ok || len(pkg.Syntax) > 0 {
		return known
	}
	r.known[pkg] = false
	for _, dep := range pkg.Imports {
		if r.reaches(dep) {
			r.known[pkg] = true
		}
	}
	return r.known[pkg]
}

func newInfo() *types.Info {
	return &types.Info{
		Types:        map[ast.Expr]types.TypeAndValue{},
		Defs:         map[*ast.Ident]types.Object{},
		Uses:         map[*ast.Ident]types.Object{},
		Implicits:    map[ast.Node]types.Object{},
		Instances:    map[*ast.Ident]types.Instance{},
		Scopes:       map[ast.Node]*types.Scope{},
		Selections:   map[*ast.SelectorExpr]*types.Selection{},
		FileVersions: map[*ast.File]string{},
	}
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }
