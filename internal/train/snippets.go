package train

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/optimizer"
)

// Bounds of the code that a problem shows.
const (
	maxSnippets     = 12
	maxSnippetBytes = 4000
)

// snippets returns the functions that lie on the way from a parameter to an
// output and are not trainable themselves, in the order in which the graphs
// meet them. Without a graph they are the tests that failed.
func (s *session) snippets(st *state, p *optimizer.Problem) []optimizer.Snippet {
	idx := newFuncIndex(st)
	trainable := map[string]bool{}
	for _, q := range p.Params {
		if q.Kind == optimizer.FuncBody {
			trainable[q.File+":"+strconv.Itoa(q.Line)] = true
		}
	}
	var list []optimizer.Snippet
	seen := map[*indexed]bool{}
	add := func(f *indexed, lines map[string]string) {
		if f == nil || seen[f] || len(list) >= maxSnippets || trainable[f.file+":"+strconv.Itoa(f.line)] || idx.trainable(f, p) || s.held.hides(st, f) {
			return
		}
		seen[f] = true
		list = append(list, optimizer.Snippet{
			Name: f.decl.Name.Name, File: f.file, Line: f.line, Source: clip(f.source, maxSnippetBytes),
			Doc: strings.TrimSpace(f.decl.Doc.Text()), Lines: within(lines[f.file], f.line, f.end, 1-f.line),
		})
	}
	if s.bench != nil {
		for _, top := range s.bench.tops() {
			add(idx.test(top), nil)
		}
		// What a body spends is mostly spent in what it calls.
		for _, q := range p.Params {
			for _, f := range idx.called(q) {
				add(f, nil)
			}
		}
	}
	if s.bench == nil {
		// What a score means is said where it is given.
		scored := map[string]bool{}
		for _, o := range st.eval.cases {
			scored[o.name] = o.score != nil
		}
		for _, c := range p.Cases {
			if scored[c.Name] {
				test := idx.test(topLevelTest(c.Name))
				add(test, nil)
				for _, f := range idx.helpers(test) {
					add(f, nil)
				}
			}
		}
	}
	for i := range p.Cases {
		c := &p.Cases[i]
		if c.Graph == nil {
			continue
		}
		for _, n := range c.Graph.Nodes {
			if file, line, ok := place(n.At); ok {
				add(idx.at(file, line), st.recs[c.Name].lines)
			}
		}
	}
	for _, c := range p.Cases {
		if c.Graph == nil && c.Result != build.Pass {
			add(idx.test(topLevelTest(c.Name)), nil)
		}
	}
	if s.bench != nil {
		// Tests that pass say what has to stay as it is.
		for _, f := range idx.testsOf(p) {
			add(f, nil)
		}
	}
	return list
}

// topLevelTest is the function that a case is run by, or by a part of.
func topLevelTest(name string) string {
	name, _, _ = strings.Cut(name, "/")
	return name[strings.LastIndexByte(name, '.')+1:]
}

// An indexed function knows its place.
type indexed struct {
	decl      *ast.FuncDecl
	file      string // relative to the module root
	line, end int
	source    string
}

type funcIndex struct {
	byFile map[string][]*indexed
	tests  map[string]*indexed
	root   string // of the module
}

func newFuncIndex(st *state) *funcIndex {
	idx := &funcIndex{byFile: map[string][]*indexed{}, tests: map[string]*indexed{}, root: st.prog.ModRoot}
	fset := st.prog.Fset
	done := map[string]bool{}
	for _, f := range syntaxOf(st) {
		abs := fset.Position(f.FileStart).Filename
		if done[abs] {
			continue
		}
		done[abs] = true
		rel := relName(st.prog.ModRoot, abs)
		src := st.content(abs)
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			in := &indexed{decl: fn, file: rel, line: fset.Position(fn.Pos()).Line, end: fset.Position(fn.End()).Line, source: slice(fset, src, fn)}
			idx.byFile[rel] = append(idx.byFile[rel], in)
			if fn.Recv == nil && strings.HasSuffix(rel, "_test.go") {
				idx.tests[fn.Name.Name] = in
			}
		}
	}
	return idx
}

func syntaxOf(st *state) []*ast.File {
	var files []*ast.File
	for _, p := range st.prog.Packages {
		files = append(files, p.Syntax...)
	}
	for _, p := range st.prog.Roots {
		files = append(files, p.Syntax...)
	}
	return files
}

// slice returns the text of a declaration without its comment.
func slice(fset *token.FileSet, src []byte, fn *ast.FuncDecl) string {
	start, end := fset.PositionFor(fn.Pos(), false).Offset, fset.PositionFor(fn.End(), false).Offset
	if start < 0 || end > len(src) || start > end {
		return ""
	}
	return string(src[start:end])
}

func (idx *funcIndex) at(file string, line int) *indexed {
	for _, f := range idx.byFile[file] {
		if f.line <= line && line <= f.end {
			return f
		}
	}
	return nil
}

func (idx *funcIndex) test(name string) *indexed { return idx.tests[name] }

// testsOf lists the tests that name a function that may change, in order.
func (idx *funcIndex) testsOf(p *optimizer.Problem) []*indexed {
	var list []*indexed
	for _, f := range idx.tests {
		if !strings.HasPrefix(f.decl.Name.Name, "Test") {
			continue
		}
		names := false
		ast.Inspect(f.decl.Body, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			names = names || ok && slices.ContainsFunc(p.Params, func(q optimizer.Param) bool {
				return q.Kind == optimizer.FuncBody && q.Syntax != nil && q.Syntax.Func != nil && q.Syntax.Func.Name.Name == id.Name
			})
			return !names
		})
		if names {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *indexed) int {
		return cmp.Or(strings.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	return list
}

// called lists the functions of the program that the body of q calls, in order.
func (idx *funcIndex) called(q optimizer.Param) []*indexed {
	if q.Syntax == nil || q.Syntax.Func == nil || q.Syntax.Info == nil {
		return nil
	}
	var list []*indexed
	ast.Inspect(q.Syntax.Func, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if fn, ok := q.Syntax.Info.Uses[id].(*types.Func); ok && fn.Pos().IsValid() {
			at := q.Syntax.Fset.PositionFor(fn.Pos(), false)
			if f := idx.at(relName(idx.root, at.Filename), at.Line); f != nil && f.decl.Name.Name == fn.Name() {
				list = append(list, f)
			}
		}
		return true
	})
	return list
}

// maxHelpers is how many functions of a test's own file stand beside it.
const maxHelpers = 4

// helpers lists the functions of a test's file that it leads to, the nearest first:
// they say what is done with what the program gives.
func (idx *funcIndex) helpers(test *indexed) []*indexed {
	if test == nil {
		return nil
	}
	byName := map[string]*indexed{}
	for _, f := range idx.byFile[test.file] {
		if f.decl.Recv == nil && f != test && !strings.HasPrefix(f.decl.Name.Name, "Test") {
			byName[f.decl.Name.Name] = f
		}
	}
	var list []*indexed
	for next := []*indexed{test}; len(next) > 0; next = next[1:] {
		ast.Inspect(next[0].decl.Body, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && byName[id.Name] != nil && len(list) < maxHelpers {
				list, next = append(list, byName[id.Name]), append(next, byName[id.Name])
				delete(byName, id.Name)
			}
			return true
		})
	}
	return list
}

// trainable reports whether f is one of the functions that may change.
func (idx *funcIndex) trainable(f *indexed, p *optimizer.Problem) bool {
	return slices.ContainsFunc(p.Params, func(q optimizer.Param) bool {
		return q.Kind == optimizer.FuncBody && q.File == f.file && q.Syntax != nil && q.Syntax.Func != nil &&
			q.Syntax.Func.Name.Name == f.decl.Name.Name && q.Syntax.Func.Pos() == f.decl.Pos()
	})
}

// place splits "dir/file.go:12:3".
func place(at string) (file string, line int, ok bool) {
	parts := strings.Split(at, ":")
	if len(parts) < 2 {
		return "", 0, false
	}
	line, err := strconv.Atoi(parts[1])
	return filepath.ToSlash(parts[0]), line, err == nil
}

// within keeps the ranges of "28-31,35" that lie between first and last, and moves
// them by shift.
func within(ranges string, first, last, shift int) string {
	var keep []string
	for _, r := range strings.Split(ranges, ",") {
		a, b, found := strings.Cut(r, "-")
		from, err := strconv.Atoi(a)
		if err != nil {
			continue
		}
		to := from
		if found {
			if to, err = strconv.Atoi(b); err != nil {
				continue
			}
		}
		from, to = max(from, first), min(to, last)
		switch {
		case from > to:
		case from == to:
			keep = append(keep, strconv.Itoa(from+shift))
		default:
			keep = append(keep, fmt.Sprintf("%d-%d", from+shift, to+shift))
		}
	}
	return strings.Join(keep, ",")
}
