package gen

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen/overlay"
)

// A checker type-checks what the rewriting wrote, in memory. It is kept over
// the rounds of Instrument: a package is checked again only if its text, or
// what it imports, is not that of the round before.
type checker struct {
	*analysis
	tape *types.Package
	last map[*packages.Package]*checked
	// hollow keeps the files that the rewriting leaves alone: *ast.File as it
	// was loaded → func() *ast.File.
	hollow sync.Map

	// Of the round at work.
	files map[string]*rewrittenFile
	bad   map[*funcDecl]string
}

// checked is what became of a package in a round.
type checked struct {
	ready chan struct{} // closed when the rest is set

	pkg   *types.Package // nil: as it was loaded
	files []parsedFile
	deps  []*types.Package // pkg of the imports, by sorted path
	errs  []types.Error
	err   error
}

func (a *analysis) newChecker() (*checker, error) {
	tape, err := tapePackage()
	return &checker{analysis: a, tape: tape, last: map[*packages.Package]*checked{}}, err
}

// check type-checks the rewritten packages, with those that depend on them,
// and returns the functions whose twins do not fit. Packages that do not
// import each other are checked at the same time.
func (c *checker) check(files []*rewrittenFile) (map[*funcDecl]string, error) {
	c.files, c.bad = map[string]*rewrittenFile{}, map[*funcDecl]string{}
	for _, f := range files {
		c.files[f.Path] = f
	}
	r := &round{checker: c, done: map[*packages.Package]*checked{}, begin: make(chan struct{}), limit: make(chan struct{}, runtime.GOMAXPROCS(0))}
	for _, u := range c.units {
		r.start(u.Package)
	}
	close(r.begin)
	for _, d := range r.done {
		<-d.ready
	}
	c.last = r.done
	for _, u := range c.units {
		d := r.done[u.Package]
		if d.err != nil {
			return nil, d.err
		}
		for _, f := range d.files {
			if f.err == nil {
				continue
			}
			if err := c.broken(c.files[f.name], f.err); err != nil {
				return nil, err
			}
		}
	}
	if len(c.bad) > 0 {
		return c.bad, nil // type errors may only be for want of those twins
	}
	for _, u := range c.units {
		d := r.done[u.Package]
		for _, e := range d.errs {
			c.blame(d, e)
		}
	}
	return c.bad, nil
}

// round is one pass over all packages.
type round struct {
	*checker
	parsed sync.Map // name of a rewritten file → func() parsedFile, which parses it once
	done   map[*packages.Package]*checked
	begin  chan struct{} // closed when done is complete
	limit  chan struct{}
}

// start begins to check q and everything that it imports. It runs on one
// goroutine.
func (r *round) start(q *packages.Package) *checked {
	if d, ok := r.done[q]; ok {
		return d
	}
	d := &checked{ready: make(chan struct{})}
	r.done[q] = d
	if _, ours := r.prog.language(q); !ours {
		close(d.ready)
		return d
	}
	var imports []*checked
	for _, path := range sortedKeys(q.Imports) {
		imports = append(imports, r.start(q.Imports[path]))
	}
	go func() {
		defer close(d.ready)
		<-r.begin
		for _, i := range imports {
			<-i.ready
			d.deps = append(d.deps, i.pkg)
		}
		r.limit <- struct{}{}
		defer func() { <-r.limit }()
		r.recheck(q, d)
	}()
	return d
}

// recheck type-checks a package again if its files or anything that it imports
// changed; otherwise d.pkg stays nil. A test binary may need a variant of a
// package that was loaded from export data only: its files are then parsed
// here. Bodies are checked where they belong to, and only if the rewriting
// touched the package: what it adds cannot break others.
func (r *round) recheck(q *packages.Package, d *checked) {
	changed := false
	for _, p := range d.deps {
		changed = changed || p != nil
	}
	names := q.CompiledGoFiles
	syntax := map[string]*ast.File{}
	if len(q.Syntax) > 0 {
		names = nil
		for _, f := range q.Syntax {
			name := r.prog.fileName(f)
			names = append(names, name)
			syntax[name] = f
		}
	}
	bodies := false
	for _, name := range names {
		if r.files[name] != nil {
			changed = true
			bodies = bodies || r.files[name].unit.Package == q
		}
	}
	if !changed || len(names) == 0 {
		return
	}
	last := r.last[q]
	ok := true
	for i, name := range names {
		var old parsedFile
		if last != nil && len(last.files) == len(names) {
			old = last.files[i]
		}
		f, err := r.parse(name, syntax[name], old)
		if err != nil {
			d.err = err
			return
		}
		ok = ok && f.err == nil
		d.files = append(d.files, f)
	}
	if !ok {
		return
	}
	if last != nil && last.pkg != nil && last.same(d) {
		d.pkg, d.errs = last.pkg, last.errs
		return
	}
	files := make([]*ast.File, len(d.files))
	for i, f := range d.files {
		files[i] = f.syntax
	}
	conf := types.Config{
		Importer:         importer{r, q},
		Error:            func(err error) { d.errs = append(d.errs, err.(types.Error)) },
		Sizes:            q.TypesSizes,
		FakeImportC:      true,
		IgnoreFuncBodies: !bodies,
	}
	goLine, _ := r.prog.language(q)
	conf.GoVersion = overlay.LangVersion(goLine)
	d.pkg, _ = conf.Check(strings.TrimSuffix(q.PkgPath, ".test"), r.prog.Fset, files, nil)
	if len(q.Syntax) == 0 {
		d.errs = nil // its files have another home
	}
}

// same reports whether d has the input of c.
func (c *checked) same(d *checked) bool {
	if len(c.files) != len(d.files) || !slices.Equal(c.deps, d.deps) {
		return false
	}
	for i, f := range c.files {
		if f.syntax != d.files[i].syntax {
			return false
		}
	}
	return true
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
func (c *checker) blame(d *checked, e types.Error) {
	tf := c.prog.Fset.File(e.Pos)
	if tf == nil {
		return
	}
	rf := c.files[tf.Name()]
	if rf == nil {
		return
	}
	if strings.HasSuffix(e.Msg, "and not used") && strings.HasPrefix(e.Msg, `"`) && !strings.HasSuffix(e.Msg, "__ and not used") {
		return // an import that a stripped body uses
	}
	offset := tf.Offset(e.Pos)
	why := "the rewritten body does not type-check: " + oneLine(e.Msg)
	for _, s := range rf.spans {
		if s.from <= offset && offset < s.to {
			c.bad[s.fn] = why
			return
		}
	}
	for _, f := range d.files {
		if f.name != rf.Path {
			continue
		}
		for _, decl := range f.syntax.Decls {
			fd, ok := decl.(*ast.FuncDecl)
			if !ok || e.Pos < decl.Pos() || e.Pos >= decl.End() {
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
