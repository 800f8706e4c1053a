package source

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen"
)

// A Suggestion is a directive that would make a function trainable.
type Suggestion struct {
	Func   string   // with the receiver's type: Parse, Lexer.Next
	File   string   // relative to the module root, slash-separated
	Line   int      // insert Insert above this line
	Insert string   // the directive; below a doc comment, after the line that gofmt puts there
	Tests  []string // the failing tests that reach it, sorted
}

// String returns where which text goes.
func (s Suggestion) String() string {
	return fmt.Sprintf("%s:%d: insert %q", s.File, s.Line, s.Insert)
}

// Suggest returns the functions that failing tests call, the best candidate
// first: those that more of the tests call, then those that come first in a
// test. tests are names of top-level tests, sub-tests included ("TestX/y" is
// TestX). Static calls are followed through helper functions in test files and
// end at the first function of the package under test; functions that have the
// directive already are left out.
func Suggest(prog *gen.Program, tests []string) []Suggestion {
	s := &suggester{prog: prog, decls: make(map[string]*decl), found: make(map[string]*candidate)}
	s.index()
	var names []string
	for _, t := range tests {
		t, _, _ = strings.Cut(t, "/")
		if !slices.Contains(names, t) {
			names = append(names, t)
		}
	}
	for _, name := range names {
		s.order = 0
		s.seen = make(map[string]bool)
		for _, d := range s.testsNamed(name) {
			s.follow(name, d)
		}
	}
	list := make([]*candidate, 0, len(s.found))
	for _, c := range s.found {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(len(b.Tests), len(a.Tests)), cmp.Compare(a.order, b.order), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	out := make([]Suggestion, len(list))
	for i, c := range list {
		slices.Sort(c.Tests)
		out[i] = c.Suggestion
	}
	return out
}

type suggester struct {
	prog  *gen.Program
	decls map[string]*decl // by package path and symbol
	found map[string]*candidate
	seen  map[string]bool // followed for the present test
	order int
}

// A decl is a function declaration in a root package.
type decl struct {
	key  string
	fn   *ast.FuncDecl
	pkg  *packages.Package
	test bool // in a test file
}

type candidate struct {
	Suggestion
	order int // the earliest place among the calls of a test
}

// index lists the functions of the root packages. A package and its test
// variant have the same files; the variant knows the test files, too.
func (s *suggester) index() {
	for _, pkg := range s.prog.Roots {
		if pkg.TypesInfo == nil {
			continue
		}
		for _, f := range pkg.Syntax {
			test := strings.HasSuffix(s.position(f.FileStart).Filename, "_test.go")
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Body == nil {
					continue
				}
				if obj, ok := pkg.TypesInfo.Defs[fn.Name].(*types.Func); ok {
					key := pkg.PkgPath + "." + symbolOf(obj)
					if _, ok := s.decls[key]; !ok {
						s.decls[key] = &decl{key, fn, pkg, test}
					}
				}
			}
		}
	}
}

func (s *suggester) position(pos token.Pos) token.Position {
	return s.prog.Fset.PositionFor(pos, false)
}

func (s *suggester) testsNamed(name string) []*decl {
	var out []*decl
	for _, d := range s.decls {
		if d.test && d.fn.Recv == nil && d.fn.Name.Name == name {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b *decl) int { return cmp.Compare(a.key, b.key) })
	return out
}

// follow collects what d, a function in a test file, calls or mentions.
func (s *suggester) follow(test string, d *decl) {
	if s.seen[d.key] {
		return
	}
	s.seen[d.key] = true
	under := strings.TrimSuffix(d.pkg.PkgPath, "_test")
	ast.Inspect(d.fn.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		fn, ok := d.pkg.TypesInfo.Uses[id].(*types.Func)
		if !ok || fn.Pkg() == nil {
			return true
		}
		callee := s.decls[fn.Pkg().Path()+"."+symbolOf(fn.Origin())]
		switch {
		case callee == nil:
		case callee.test:
			s.follow(test, callee)
		case callee.pkg.PkgPath == under:
			s.add(test, callee)
		}
		return true
	})
}

func (s *suggester) add(test string, d *decl) {
	for _, t := range s.prog.Targets {
		if t.Decl == d.fn || t.Obj != nil && t.Obj.Pos() == d.fn.Name.Pos() {
			return
		}
	}
	s.order++
	c := s.found[d.key]
	if c == nil {
		pos := s.position(d.fn.Pos())
		c = &candidate{order: s.order, Suggestion: Suggestion{
			Func:   strings.TrimPrefix(d.key, d.pkg.PkgPath+"."),
			File:   filepath.ToSlash(pos.Filename),
			Line:   pos.Line,
			Insert: directiveFor(d.fn),
		}}
		if rel, err := filepath.Rel(s.prog.ModRoot, pos.Filename); err == nil && s.prog.ModRoot != "" {
			c.File = filepath.ToSlash(rel)
		}
		s.found[d.key] = c
	}
	c.order = min(c.order, s.order)
	if !slices.Contains(c.Tests, test) {
		c.Tests = append(c.Tests, test)
	}
}

// directiveFor returns the lines that go above fn. Between a doc comment and a
// directive gofmt wants a line that is empty but for the slashes.
func directiveFor(fn *ast.FuncDecl) string {
	const line = "//trace:bundle trainable"
	if fn.Doc == nil {
		return line
	}
	last := fn.Doc.List[len(fn.Doc.List)-1]
	if _, ok := ast.ParseDirective(last.Pos(), last.Text); ok {
		return line
	}
	return "//\n" + line
}
