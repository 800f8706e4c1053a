package directive

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
)

// Collect binds the //trace: comments of a package to their declarations.
//
// Both results are sorted by position and hold everything that was found:
// problems with some directives do not hide the targets of others. A target
// with a problem of its own is given if its declaration is known. Collect
// copes with packages that have type errors, and without type information at
// all; what it cannot know then it does not report.
func Collect(p *Package) ([]*Target, []Problem) {
	c := &collector{pkg: p, byNode: map[ast.Node][]*Target{}, comments: map[*Target]*comment{}}
	for _, f := range p.Files {
		if f != nil {
			c.collectFile(f)
		}
	}
	slices.SortStableFunc(c.targets, func(a, b *Target) int { return comparePos(p.Fset, a.Pos, b.Pos) })
	c.findDuplicates()
	return c.targets, withoutConflicts(sortProblems(p.Fset, c.problems))
}

type collector struct {
	pkg      *Package
	comments map[*Target]*comment
	targets  []*Target
	problems []Problem
	byNode   map[ast.Node][]*Target
	setters  map[*types.Var][]setter // of fields; built on demand
}

func (c *collector) report(pos token.Pos, hint, format string, args ...any) {
	c.problems = append(c.problems, Problem{Pos: pos, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (c *collector) reportFix(pos token.Pos, hint string, fix *Fix, format string, args ...any) {
	c.report(pos, hint, format, args...)
	c.problems[len(c.problems)-1].Fix = fix
}

func (c *collector) collectFile(f *ast.File) {
	var x *index
	for _, g := range f.Comments {
		for _, com := range g.List {
			d, problems := parseComment(com)
			c.problems = append(c.problems, problems...)
			if d == nil {
				continue
			}
			if x == nil {
				if x = newIndex(c.pkg.Fset, f); x == nil {
					return
				}
			}
			t := c.arguments(d)
			c.comments[t] = d
			pl, problem := x.bind(d, g)
			if problem != nil {
				c.problems = append(c.problems, *problem)
				continue
			}
			c.target(t, d, x, pl)
		}
	}
}

// target fills in what the declaration tells, and checks the one against the
// other.
func (c *collector) target(t *Target, d *comment, x *index, pl *place) {
	t.Decl = pl.node
	if pl.names == nil { // skip on a statement
		c.add(t)
		return
	}
	if t.Kind == Skip && pl.fn == nil {
		c.add(t) // on a definition: the statement is meant
		return
	}
	if len(pl.names) > 1 {
		c.report(t.Pos, "declare them one by one", "%s names one thing, and this is %s", t.Kind, pl.what)
		return
	}
	name := pl.names[0]
	if name.Name == "_" {
		c.report(t.Pos, "give it a name", "%s on the blank name _", t.Kind)
		return
	}
	if c.pkg.Info != nil {
		t.Obj = c.pkg.Info.Defs[name]
	}
	last := name.Name
	if t.Name != "" {
		last = t.Name
	}
	t.ID = c.pkg.Path + "." + join(pl.within, last)
	if t.Doc == "" {
		t.Doc = x.doc(pl)
	}
	switch t.Kind {
	case Bundle:
		c.checkBundle(t, pl)
	case Node:
		c.checkNode(t, pl)
	}
	c.add(t)
}

func (c *collector) add(t *Target) {
	c.targets = append(c.targets, t)
	c.byNode[t.Decl] = append(c.byNode[t.Decl], t)
}

func (c *collector) checkBundle(t *Target, pl *place) {
	switch {
	case pl.fn == nil:
		if t.Trainable {
			c.report(t.ArgPos["trainable"], "put it on the methods that implement it", "%s has no body to train", pl.what)
		}
	case pl.fn.Recv == nil && pl.fn.Name.Name == "init":
		c.report(t.Pos, "move the code to a function with a name", "function init cannot be a bundle: nothing can call it")
	case pl.fn.Body == nil && t.Trainable:
		c.report(t.ArgPos["trainable"], "write it in Go, or drop trainable", "%s has no body to train", pl.what)
	}
}

func (c *collector) checkNode(t *Target, pl *place) {
	if t.Trainable {
		t.Expr = c.sourceExpr(t, pl)
	}
	typ := t.typ()
	if typ == nil {
		return
	}
	con, errs := newConstraint(typ, t.limits())
	for _, e := range errs {
		c.report(t.ArgPos[e.Option], e.Hint, "%s", e.Msg)
	}
	c.resolveCheck(t, typ)
	if t.Expr == nil || len(errs) > 0 {
		return
	}
	if v := c.constant(t.Expr); v != nil {
		if err := con.Check(v); err != nil {
			c.report(t.Expr.Pos(), "correct the value or the directive", "the initial value breaks its constraint: %v", err)
		}
	}
}

// resolveCheck finds the function that check= names.
func (c *collector) resolveCheck(t *Target, typ types.Type) {
	if t.Check == "" || c.pkg.Types == nil {
		return
	}
	pos := t.ArgPos["check"]
	want := fmt.Sprintf("declare func %s(%s) error in this package", t.Check, types.TypeString(types.Default(typ), types.RelativeTo(c.pkg.Types)))
	obj := c.pkg.Types.Scope().Lookup(t.Check)
	if obj == nil {
		c.report(pos, want, "check=%s: no such function", t.Check)
		return
	}
	fn, ok := obj.(*types.Func)
	if !ok {
		c.report(pos, want, "check=%s is not a function", t.Check)
		return
	}
	sig := fn.Signature()
	if sig.TypeParams().Len() > 0 || sig.Variadic() || sig.Params().Len() != 1 || sig.Results().Len() != 1 ||
		!types.Identical(sig.Params().At(0).Type(), types.Default(typ)) ||
		!types.Identical(sig.Results().At(0).Type(), types.Universe.Lookup("error").Type()) {
		c.report(pos, want, "check=%s has the wrong signature: %s", t.Check, types.TypeString(sig, types.RelativeTo(c.pkg.Types)))
		return
	}
	t.CheckFunc = fn
}

// findDuplicates reports identities that two targets share, and declarations
// that are told two things at once.
func (c *collector) findDuplicates() {
	first := map[string]*Target{}
	for _, t := range c.targets {
		if t.Kind == Skip {
			for _, other := range c.byNode[t.Decl] {
				switch {
				case other == t:
				case other.Kind == Skip && comparePos(c.pkg.Fset, other.Pos, t.Pos) < 0:
					c.reportFix(t.Pos, "leave one of them out", c.dropSecond(other, t), "second //trace:skip on one thing")
				case other.Kind == Bundle:
					c.report(t.Pos, "a bundle's body is not followed unless it says expand", "//trace:skip and //trace:bundle on one function")
				case other.Kind == Node:
					c.report(t.Pos, "leave one of them out", "//trace:skip and //trace:node on one definition")
				}
			}
			continue
		}
		old := first[t.ID]
		if old == nil {
			first[t.ID] = t
			continue
		}
		hint, fix := "give one of them another identity with name=", (*Fix)(nil)
		if old.Decl == t.Decl {
			hint, fix = "leave one of them out", c.dropSecond(old, t)
		}
		c.reportFix(t.Pos, hint, fix, "duplicate identity %s, also at %s", t.ID, c.where(old.Pos))
	}
}

// where renders a position in a message. Other files of the package are in
// the same folder, so their base name is enough.
func (c *collector) where(pos token.Pos) string {
	p := c.pkg.Fset.Position(pos)
	return fmt.Sprintf("%s:%d:%d", filepath.Base(p.Filename), p.Line, p.Column)
}

// comparePos orders positions by file name, not by the order in which files
// were parsed, which differs from run to run.
func comparePos(fset *token.FileSet, a, b token.Pos) int {
	pa, pb := fset.Position(a), fset.Position(b)
	return cmp.Or(
		cmp.Compare(pa.Filename, pb.Filename),
		cmp.Compare(pa.Line, pb.Line),
		cmp.Compare(pa.Column, pb.Column),
	)
}

func sortProblems(fset *token.FileSet, problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(comparePos(fset, a.Pos, b.Pos), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(problems, func(a, b Problem) bool {
		return a.Pos == b.Pos && a.Message == b.Message
	})
}
