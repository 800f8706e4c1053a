package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// A change is what a call that is not followed may have done to something that
// it was given: that depends on everything else that the call was given.
type change struct {
	own    string // pointer to the shadow of what may have changed, or nil
	site   string
	what   string // the value that refers to what may have changed
	cell   bool   // what has a cell instead of a shadow
	kind   string // "Atomic" for what must not be read
	others []string
}

const changeReason = "may be changed by a call that is not followed"

// changes lists those of a call with the operands ops, on what readable says
// can be read once more behind it.
func (w *funcWriter) changes(c *ast.CallExpr, ops []operand, readable func(ast.Expr) bool) []change {
	if len(ops) == 0 || pureCall(w.unit.TypesInfo, c) {
		return nil
	}
	var list []change
	seen := map[string]bool{}
	for _, t := range w.reached(c, mayChange(w.unit.TypesInfo, c)) {
		val := w.text(t.Pos(), t.End())
		given := w.givenTo[ast.Unparen(t)]
		if w.isTest(c, t) {
			continue
		}
		if !readable(t) || given == "" && strings.Contains(val, "\n") || seen[val] {
			continue
		}
		seen[val] = true
		own, sh := "nil", ""
		if ref, ok := w.leafOf(t); ok {
			sh = ref
			if !w.shared(w.obj(valueRoot(w.unit.TypesInfo, t))) {
				own = "&" + sh
			}
		} else if id := valueRoot(w.unit.TypesInfo, t); id != nil {
			if sh = w.shadow(w.obj(id)); sh != "" && !w.shared(w.obj(id)) {
				own = "&" + sh
			}
		}
		var others []string
		for _, r := range refsOf(ops) {
			if r != sh && r != w.insides[ast.Unparen(t)] {
				others = append(others, r)
			}
		}
		if len(others) == 0 {
			continue
		}
		e := change{own: own, what: val, others: others}
		if given != "" {
			e.own, e.what = "nil", given
			if atomicCall(w.unit.TypesInfo, c) {
				e.kind = "Atomic"
			}
			e.site = w.site(siteInfo{node: c, name: oneLine(val), typ: w.typeOf(t), degraded: changeReason})
			list = append(list, e)
			continue
		}
		through := refersToMemory(w.typeOf(t)) || holder(w.typeOf(t))
		if !through && w.inMemory(t) {
			e.what = "&" + val // the call was given its address
		}
		if atomicCall(w.unit.TypesInfo, c) {
			e.kind = "Atomic"
		}
		e.site = w.site(siteInfo{node: c, name: val, typ: w.typeOf(t), degraded: changeReason})
		e.cell = sh == "" && through && w.inMemory(t)
		list = append(list, e)
	}
	return list
}

// weakUpdates are the statements that note the changes of a call, behind it.
func (w *funcWriter) weakUpdates(c *ast.CallExpr, ops []operand) []string {
	return w.updates(c, ops, func(e ast.Expr) bool { return w.given(e) || w.stays(e) })
}

// moreUpdates are those that noted leaves out.
func (w *funcWriter) moreUpdates(c *ast.CallExpr, ops []operand) []string {
	return w.updates(c, ops, func(e ast.Expr) bool { return !w.given(e) && w.stays(e) && !w.sameAfter(e) })
}

func (w *funcWriter) updates(c *ast.CallExpr, ops []operand, readable func(ast.Expr) bool) []string {
	after := w.printed(c, ops)
	for _, e := range w.changes(c, ops, readable) {
		call := fmt.Sprintf("%s.Changed%s(%s, %s, %s, %s, %s)", rt, e.kind, tapeName, e.own, e.site, e.what, strings.Join(e.others, ", "))
		if e.cell {
			call = fmt.Sprintf("%s.St(%s, &%s, %s, 0)", rt, tapeName, e.what, call)
		}
		after = append(after, fmt.Sprintf("if %s != 0 { %s }", strings.Join(e.others, "|"), call))
	}
	return after
}

// noted puts the changes of a call with one result next to it, where there is
// no statement behind it: in a condition, a return statement, an operand.
func (w *funcWriter) noted(c *ast.CallExpr, r result) result {
	if w.later || resultCount(w.typeOf(c)) != 1 {
		return r
	}
	var notes []string
	for _, e := range w.changes(c, r.ops, func(e ast.Expr) bool { return w.given(e) || w.sameAfter(e) }) {
		refs := "&" + strings.Join(e.others, ", &")
		if e.cell {
			notes = append(notes, fmt.Sprintf("%s.ChangeCell%s(%s, %s, &%s, %s)", rt, e.kind, tapeName, e.site, e.what, refs))
		} else {
			notes = append(notes, fmt.Sprintf("%s.Change%s(%s, %s, %s, %s, %s)", rt, e.kind, tapeName, e.own, e.site, e.what, refs))
		}
	}
	if len(notes) > 0 {
		r.text = fmt.Sprintf("%s.After(%s, %s)", rt, r.text, strings.Join(notes, ", "))
	}
	return r
}

// sameAfter reports whether e can be read right after a call that was given
// it: a variable, or what lies one step behind one that only one definition
// sets.
func (w *funcWriter) sameAfter(e ast.Expr) bool {
	return w.stays(e) && (w.hops(e) == 0 || w.setOnce(e))
}

// stays reports whether a call leaves the place alone that e names, so that it can
// be found there behind the statement: at most one step behind variables that
// nobody else can assign.
func (w *funcWriter) stays(e ast.Expr) bool {
	if !w.simplePath(e) {
		return false
	}
	hops := w.hops(e)
	if hops == 0 {
		return true
	}
	ok := hops == 1
	ast.Inspect(e, func(n ast.Node) bool {
		id, isIdent := n.(*ast.Ident)
		if !isIdent {
			return ok
		}
		if o, isVar := w.obj(id).(*types.Var); isVar && !o.IsField() {
			v := w.vars[o]
			ok = ok && v != nil && (v.single() || !v.captured && !v.addr)
		}
		return ok
	})
	return ok
}

// given reports whether a call kept what it was given for e.
func (w *funcWriter) given(e ast.Expr) bool { return w.givenTo[ast.Unparen(e)] != "" }

// give keeps what a call is given, where the call may change it and what leads
// there: e is what the call was written with, r its text. address: the call is
// given the address of that.
func (w *funcWriter) give(c *ast.CallExpr, e ast.Expr, r result, address bool) result {
	e = ast.Unparen(e)
	if w.later || w.constant(e) || w.untyped(e) || w.stays(e) && !strings.Contains(w.text(e.Pos(), e.End()), "\n") {
		return r
	}
	it := w.fresh("it")
	w.frame.iters = append(w.frame.iters, it)
	if w.givenTo == nil {
		w.givenTo = map[ast.Expr]string{}
	}
	w.givenTo[e] = fmt.Sprintf("%s.Given(&%s)", rt, it)
	text := r.text
	if address {
		text = "&" + text
	}
	return result{text: fmt.Sprintf("%s.Give(&%s, %s)", rt, it, text), ref: r.ref, ops: r.ops}
}

// reached lists what a call is given that it may change: its receiver, what
// the arguments that may be changed refer to, and the same of a call that its
// receiver comes from.
func (w *funcWriter) reached(c *ast.CallExpr, mayChange func(arg int) bool) []ast.Expr {
	var targets []ast.Expr
	if sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr); ok {
		if s := w.unit.TypesInfo.Selections[sel]; s != nil && s.Kind() != types.MethodExpr {
			if inner, ok := ast.Unparen(sel.X).(*ast.CallExpr); ok {
				targets = append(targets, w.reached(inner, mayChange)...)
			} else {
				targets = append(targets, sel.X)
			}
		}
	}
	for i, a := range c.Args {
		if !mayChange(i) {
			continue
		}
		if u, ok := ast.Unparen(a).(*ast.UnaryExpr); ok && u.Op == token.AND {
			targets = append(targets, u.X)
		} else if refersToMemory(w.typeOf(a)) || holder(w.typeOf(a)) {
			targets = append(targets, a)
		}
	}
	return targets
}
