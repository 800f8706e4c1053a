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
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"

	embedded "github.com/opto-go/trace"
)

// check type-checks the rewritten packages in memory, with those that depend
// on them, and returns the functions whose twins do not fit.
func (a *analysis) check(files []*rewrittenFile) (map[*funcDecl]string, error) {
	byPath := map[string]*rewrittenFile{}
	for _, f := range files {
		byPath[f.Path] = f
	}
	tape, err := tapePackage()
	if err != nil {
		return nil, err
	}
	c := &checker{analysis: a, files: byPath, tape: tape,
		done: map[*packages.Package]*types.Package{}, parsed: map[string]*ast.File{}, bad: map[*funcDecl]string{}}
	for _, u := range a.units {
		if err := c.unit(u); err != nil {
			return nil, err
		}
	}
	return c.bad, nil
}

type checker struct {
	*analysis
	files  map[string]*rewrittenFile
	tape   *types.Package
	done   map[*packages.Package]*types.Package // re-checked packages
	parsed map[string]*ast.File
	bad    map[*funcDecl]string
}

func (c *checker) unit(u *unit) error {
	changed := false
	var syntax []*ast.File
	for _, f := range u.Syntax {
		name := c.prog.Fset.PositionFor(f.Package, false).Filename
		rf := c.files[name]
		if rf == nil {
			syntax = append(syntax, f)
			continue
		}
		changed = true
		if c.parsed[name] == nil {
			p, err := parser.ParseFile(c.prog.Fset, name, rf.Content, parser.SkipObjectResolution|parser.ParseComments)
			if p == nil || err != nil {
				// The text of some twin is broken. Which one cannot be told
				// from a parse error alone, so try them one by one.
				return c.broken(rf, err)
			}
			c.parsed[name] = p
		}
		syntax = append(syntax, c.parsed[name])
	}
	for _, path := range sortedKeys(u.Imports) {
		changed = changed || c.done[u.Imports[path]] != nil
	}
	if !changed {
		return nil
	}
	var errs []types.Error
	conf := types.Config{
		Importer:    importer{c, u.Package},
		Error:       func(err error) { errs = append(errs, err.(types.Error)) },
		Sizes:       u.TypesSizes,
		FakeImportC: true,
	}
	if u.Module != nil && u.Module.GoVersion != "" {
		conf.GoVersion = "go" + u.Module.GoVersion
	}
	pkg, _ := conf.Check(u.Types.Path(), c.prog.Fset, syntax, nil)
	c.done[u.Package] = pkg
	for _, e := range errs {
		if e.Soft && strings.Contains(e.Msg, "imported and not used") {
			continue
		}
		c.blame(u, e)
	}
	return nil
}

// broken finds the functions whose twins do not parse.
func (c *checker) broken(rf *rewrittenFile, err error) error {
	for _, s := range rf.spans {
		src := "package p\n" + string(rf.Content[s.from:s.to])
		if _, perr := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution); perr != nil {
			c.bad[s.fn] = "the rewritten body does not parse: " + perr.Error()
		}
	}
	if len(c.bad) == 0 {
		return fmt.Errorf("%s: the rewritten file does not parse: %v", rf.Path, err)
	}
	return nil
}

// blame notes the function that an error lies in. An error elsewhere, in an
// entry or a package that calls a twin, blames the function around it.
func (c *checker) blame(u *unit, e types.Error) {
	tf := c.prog.Fset.File(e.Pos)
	if tf == nil {
		return
	}
	rf := c.files[tf.Name()]
	if rf == nil {
		return
	}
	offset := tf.Offset(e.Pos)
	why := "the rewritten body does not type-check: " + oneLine(e.Msg)
	for _, s := range rf.spans {
		if s.from <= offset && offset < s.to {
			c.bad[s.fn] = why
			return
		}
	}
	if f := c.parsed[rf.Path]; f != nil {
		for _, d := range f.Decls {
			fd, ok := d.(*ast.FuncDecl)
			if !ok || e.Pos < d.Pos() || e.Pos >= d.End() {
				continue
			}
			for _, s := range rf.spans {
				if s.fn.decl.Name.Name == fd.Name.Name && (s.fn.decl.Recv == nil) == (fd.Recv == nil) {
					c.bad[s.fn] = why
				}
			}
			return
		}
	}
	// A registration or a site: whatever it is, no twin of this file is safe.
	for _, s := range rf.spans {
		c.bad[s.fn] = why
	}
}

// importer resolves imports of a re-checked package: to other re-checked
// packages, the recorder, or what was loaded.
type importer struct {
	c    *checker
	from *packages.Package
}

func (i importer) Import(path string) (*types.Package, error) {
	if path == TapePath {
		return i.c.tape, nil
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
	if t := i.c.done[p]; t != nil {
		return t, nil
	}
	if p.Types == nil {
		return nil, fmt.Errorf("package %s has no types", path)
	}
	return p.Types, nil
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
			if path.Dir(f.Name) != "runtime/tape" {
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
