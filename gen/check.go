package gen

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"

	embedded "github.com/opto-go/trace"
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

// parsedFile is a file with the text that was parsed, nil if the syntax is as
// it was loaded.
type parsedFile struct {
	name   string
	text   []byte
	syntax *ast.File
	err    error // of the parser
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

// parse gives the syntax of a file as it will be built; old is that of the
// round before. The variants of a package share the syntax of their files.
// Bodies, or what of them the rewriting left alone, are known to be right.
func (r *round) parse(name string, loaded *ast.File, old parsedFile) (parsedFile, error) {
	rf := r.files[name]
	if rf == nil && loaded != nil {
		once, _ := r.hollow.LoadOrStore(loaded, sync.OnceValue(func() *ast.File { return hollow(loaded) }))
		return parsedFile{name: name, syntax: once.(func() *ast.File)()}, nil
	}
	if rf == nil {
		text, err := r.prog.source(name)
		if err != nil {
			return parsedFile{}, err
		}
		if old.is(text) {
			return old, nil
		}
		f := parsedFile{name: name, text: text}
		f.syntax, err = parser.ParseFile(r.prog.Fset, name, text, parser.SkipObjectResolution)
		return f, err
	}
	if old.is(rf.Content) {
		return old, nil
	}
	once, _ := r.parsed.LoadOrStore(name, sync.OnceValue(func() parsedFile {
		f := parsedFile{name: name, text: rf.Content}
		// If the text of some twin is broken, the error alone does not tell
		// which.
		f.syntax, f.err = parser.ParseFile(r.prog.Fset, name, rf.Content, parser.SkipObjectResolution)
		if f.err == nil {
			rf.strip(f.syntax)
		}
		return f
	}))
	return once.(func() parsedFile)(), nil
}

// is reports whether the file was parsed from text.
func (f *parsedFile) is(text []byte) bool {
	return f.syntax != nil && f.err == nil && f.text != nil && bytes.Equal(f.text, text)
}

// strip leaves of bodies what was put in front of them: the rest is the user's
// own, and the twin, if there is one, has it once more.
func (rf *rewrittenFile) strip(syntax *ast.File) {
	whole := map[*ast.FuncDecl]bool{}
	for _, s := range rf.spans {
		whole[s.fn.decl] = s.from == s.to // what was put in front does not leave
	}
	i := 0
	for _, d := range rf.file.Decls {
		old, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		for ; i < len(syntax.Decls); i++ {
			if _, ok := syntax.Decls[i].(*ast.FuncDecl); ok {
				break
			}
		}
		now := syntax.Decls[i].(*ast.FuncDecl)
		i++
		if now.Body == nil || whole[old] {
			continue
		}
		front := now.Body.List[:len(now.Body.List)-len(old.Body.List)]
		now.Body.List = append(slices.Clip(front), forever(now.Body))
	}
}

// hollow is a file as it was loaded, without its bodies.
func hollow(f *ast.File) *ast.File {
	h := *f
	h.Decls = slices.Clone(f.Decls)
	for i, d := range h.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok && fd.Body != nil {
			c := *fd
			c.Body = &ast.BlockStmt{Lbrace: fd.Body.Lbrace, List: []ast.Stmt{forever(fd.Body)}, Rbrace: fd.Body.Rbrace}
			h.Decls[i] = &c
		}
	}
	return &h
}

// forever stands for the rest of a body, whatever it has to return.
func forever(body *ast.BlockStmt) ast.Stmt {
	return &ast.ForStmt{For: body.Rbrace, Body: &ast.BlockStmt{Lbrace: body.Rbrace, Rbrace: body.Rbrace}}
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
