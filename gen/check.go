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
	"github.com/opto-go/trace/gen/overlay"
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
		if _, err := c.recheck(u.Package); err != nil {
			return nil, err
		}
		if c.unparsed {
			break // what comes after would miss the twins of this package
		}
	}
	return c.bad, nil
}

type checker struct {
	*analysis
	files  map[string]*rewrittenFile
	tape   *types.Package
	done   map[*packages.Package]*types.Package // nil: as it was loaded
	parsed map[string]*ast.File
	bad    map[*funcDecl]string

	unparsed bool
}

// recheck type-checks a package again if its files or anything that it imports
// changed; otherwise it returns nil. A test binary may need a variant of a
// package that was loaded from export data only: its files are then parsed
// here, and their bodies left to the variant that was loaded from source.
func (c *checker) recheck(q *packages.Package) (*types.Package, error) {
	if t, ok := c.done[q]; ok {
		return t, nil
	}
	c.done[q] = nil
	if q.Module == nil || !q.Module.Main {
		return nil, nil
	}
	changed := false
	for _, path := range sortedKeys(q.Imports) {
		t, err := c.recheck(q.Imports[path])
		if err != nil {
			return nil, err
		}
		changed = changed || t != nil
	}
	names := q.CompiledGoFiles
	syntax := map[string]*ast.File{}
	if len(q.Syntax) > 0 {
		names = nil
		for _, f := range q.Syntax {
			name := c.prog.fileName(f)
			names = append(names, name)
			syntax[name] = f
		}
	}
	for _, name := range names {
		changed = changed || c.files[name] != nil
	}
	if !changed || len(names) == 0 {
		return nil, nil
	}
	var files []*ast.File
	for _, name := range names {
		f, err := c.parse(name, syntax[name])
		if err != nil || c.unparsed {
			return nil, err
		}
		files = append(files, f)
	}
	var errs []types.Error
	conf := types.Config{
		Importer:         importer{c, q},
		Error:            func(err error) { errs = append(errs, err.(types.Error)) },
		Sizes:            q.TypesSizes,
		FakeImportC:      true,
		IgnoreFuncBodies: len(q.Syntax) == 0,
	}
	conf.GoVersion = overlay.LangVersion(q.Module.GoVersion)
	pkg, _ := conf.Check(strings.TrimSuffix(q.PkgPath, ".test"), c.prog.Fset, files, nil)
	c.done[q] = pkg
	if len(q.Syntax) > 0 {
		for _, e := range errs {
			c.blame(e)
		}
	}
	return pkg, nil
}

// parse gives the syntax of a file as it will be built.
func (c *checker) parse(name string, loaded *ast.File) (*ast.File, error) {
	rf := c.files[name]
	if rf == nil && loaded != nil {
		return loaded, nil
	}
	if f := c.parsed[name]; f != nil {
		return f, nil
	}
	var src []byte
	if rf != nil {
		src = rf.Content
	} else {
		b, err := c.prog.source(name)
		if err != nil {
			return nil, err
		}
		src = b
	}
	f, err := parser.ParseFile(c.prog.Fset, name, src, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil && rf != nil {
		// The text of some twin is broken; a parse error alone does not tell
		// which.
		return nil, c.broken(rf, err)
	}
	if err != nil {
		return nil, err
	}
	c.parsed[name] = f
	return f, nil
}

// broken finds the functions whose twins do not parse.
func (c *checker) broken(rf *rewrittenFile, err error) error {
	c.unparsed = true
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
func (c *checker) blame(e types.Error) {
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
