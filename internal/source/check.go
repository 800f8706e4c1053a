package source

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/optimizer"
)

// A Checker judges proposals in memory. It may be used by several goroutines.
type Checker struct {
	prog   *gen.Program
	params []*Param
	byID   map[string]*Param
	own    map[string]bool // import paths of the main module
	scopes sync.Mutex      // for the scopes of the loaded packages
	code   loadedSums
	reach  reach
}

// NewChecker returns a checker for parameters that [Params] listed for prog.
func NewChecker(prog *gen.Program, params []*Param) *Checker {
	k := &Checker{prog: prog, params: params, byID: make(map[string]*Param), own: make(map[string]bool)}
	for _, p := range params {
		k.byID[p.ID] = p
	}
	for _, list := range [][]*packages.Package{prog.Packages, prog.Roots} {
		for _, pkg := range list {
			k.own[pkg.PkgPath] = true
		}
	}
	return k
}

// Check reports why a proposal is not a candidate: a [*Rejection], or the error
// of ctx. Nil means that the packages of the changed files compile with it and
// that it keeps to constraints and allowlist; a source equal to the original is
// fine.
//
// Check reads the loaded program and touches nothing else. It takes the time of
// parsing the changed files and type-checking their packages, and cannot be
// interrupted within one package.
func (k *Checker) Check(ctx context.Context, prop optimizer.Proposal) error {
	return k.check(ctx, prop, nil)
}

// check also sums the changed files, unless changed is nil.
func (k *Checker) check(ctx context.Context, prop optimizer.Proposal, changed *sums) error {
	edits, err := k.texts(ctx, prop)
	if err != nil {
		return err
	}
	// What an embedded file holds is nothing to the type checker.
	maps.DeleteFunc(edits, func(_ string, list []*edit) bool {
		e := list[0]
		if e.param.embed && changed != nil {
			changed.files[e.param.File] = sumText(e.param.text.native(e.text))
		}
		return e.param.embed
	})
	for _, pkg := range affected(edits) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := k.checkPackage(pkg, edits, changed); err != nil {
			return err
		}
	}
	return nil
}

// texts runs the stages that need only one text at a time.
func (k *Checker) texts(ctx context.Context, prop optimizer.Proposal) (map[string][]*edit, error) {
	edits := make(map[string][]*edit)
	for _, id := range slices.Sorted(maps.Keys(prop.Assign)) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p := k.byID[id]
		if p == nil {
			return nil, &Rejection{Stage: StageParse, Param: id, Msg: unknownParam(k.params, id).Error()}
		}
		src := unixLines(prop.Assign[id])
		if src == p.Source {
			continue
		}
		e, rejection := k.text(p, src)
		if rejection != nil {
			return nil, rejection
		}
		edits[p.File] = append(edits[p.File], e)
	}
	for path, list := range edits {
		slices.SortFunc(list, func(a, b *edit) int { return cmp.Compare(a.param.Start, b.param.Start) })
		for i, e := range list[1:] {
			if last := list[i].param; e.param.Start < last.End {
				return nil, &Rejection{Stage: StageParse, Param: e.param.ID, Msg: (&overlapError{path, last, e.param}).msg()}
			}
		}
	}
	return edits, nil
}

func (k *Checker) text(p *Param, src string) (*edit, *Rejection) {
	if f := checkBytes(p, src); len(f) > 0 {
		return nil, reject(StageSize, p, src, f...)
	}
	q, f := parse(p, src)
	if len(f) > 0 {
		return nil, reject(StageParse, p, src, f...)
	}
	if f := q.checkSyntax(p); len(f) > 0 {
		return nil, reject(StageSize, p, src, f...)
	}
	if q.fn != nil {
		if f := q.checkNames(p); len(f) > 0 {
			return nil, reject(StageSignature, p, src, f...)
		}
		if f := k.checkSignature(p, q); len(f) > 0 {
			return nil, reject(StageSignature, p, src, f...)
		}
	}
	e := newEdit(p, q)
	if f := e.checkEmbedded(); len(f) > 0 {
		return nil, reject(StageConstraint, p, src, f...)
	}
	return e, nil
}

// affected returns the packages that have to be checked, each once. A value can
// matter to every package its file belongs to (tests use constants as array
// sizes); a body only to its own.
func affected(edits map[string][]*edit) []*packages.Package {
	var out []*packages.Package
	for _, path := range slices.Sorted(maps.Keys(edits)) {
		for _, e := range edits[path] {
			list := e.param.pkgs[:1]
			if e.param.Kind == optimizer.Value {
				list = e.param.pkgs
			}
			for _, pkg := range list {
				if !slices.Contains(out, pkg) {
					out = append(out, pkg)
				}
			}
		}
	}
	return out
}

// checkPackage type-checks one package with the edits and judges what they do.
func (k *Checker) checkPackage(pkg *packages.Package, edits map[string][]*edit, changed *sums) (err error) {
	mine := within(pkg, edits)
	first := mine[0]
	defer func() {
		// A text that go/types stumbles over must not end a training run.
		if r := recover(); r != nil {
			err = reject(StageTypes, first.param, first.prop.src, finding{
				msg:  shorten(fmt.Sprintf("the type checker failed: %v", r)),
				hint: "write it in a more usual way",
			})
		}
	}()
	c, err := checkPackage(k.prog.Fset, pkg, edits)
	defer c.done()
	if err != nil {
		return reject(StageParse, first.param, first.prop.src, finding{
			msg:  "the text is no valid Go where it will stand: " + shorten(err.Error()),
			hint: "put the expression in parentheses",
		})
	}
	if len(c.errs) > 0 {
		e := c.culprit(mine)
		return reject(StageTypes, e.param, e.prop.src, c.findings(e)...)
	}
	for _, e := range mine {
		if e.param.pkgs[0] != pkg {
			continue
		}
		t := c.typed(e)
		if t.node == nil {
			return reject(StageParse, e.param, e.prop.src, finding{
				msg:  "the text is read differently where it will stand",
				hint: "put the expression in parentheses",
			})
		}
		if f := t.checkValue(); len(f) > 0 {
			return reject(StageConstraint, e.param, e.prop.src, f...)
		}
		if f := e.prop.checkSizes(t); len(f) > 0 {
			return reject(StageSize, e.param, e.prop.src, f...)
		}
		if f := k.checkAllowed(t); len(f) > 0 {
			return reject(StageAllowlist, e.param, e.prop.src, f...)
		}
	}
	if changed != nil {
		c.sumInto(changed)
	}
	return nil
}

// within returns the edits of files of pkg, sorted.
func within(pkg *packages.Package, edits map[string][]*edit) []*edit {
	var out []*edit
	for _, path := range slices.Sorted(maps.Keys(edits)) {
		if slices.Contains(edits[path][0].param.pkgs, pkg) {
			out = append(out, edits[path]...)
		}
	}
	return out
}

// culprit returns the edit that holds the first type error, else the first.
func (c *packageCheck) culprit(mine []*edit) *edit {
	for _, err := range c.errs {
		at := c.prog.PositionFor(err.Pos, false)
		for _, e := range c.edits[at.Filename] {
			if e.position(at.Offset).Line > 0 {
				return e
			}
		}
	}
	return mine[0]
}
