package gen

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// What describes a node, and the place that a value was stored at, is read where
// the statement is over. So it must then still be what it was: nothing here may
// panic, or run anything, that the statement did not.

// simplePath reports whether e can be evaluated again after its statement: it
// reads variables only, and the statement did not assign them, nor anything else
// that leads to where e did.
func (w *funcWriter) simplePath(e ast.Expr) bool {
	ok := w.sameWay(e)
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil, *ast.SelectorExpr, *ast.IndexExpr, *ast.StarExpr, *ast.ParenExpr, *ast.BasicLit:
		case *ast.Ident:
			if o, isVar := w.obj(n).(*types.Var); isVar && w.stmt != nil && w.stmt.rebound[o] {
				ok = false
			}
			if _, isFunc := w.obj(n).(*types.Func); isFunc {
				ok = false
			}
		case *ast.BinaryExpr:
			switch n.Op {
			case token.ADD, token.SUB, token.MUL, token.AND, token.OR, token.XOR:
			default:
				ok = false
			}
		case *ast.CallExpr:
			b, isBuiltin := calleeObject(w.unit.TypesInfo, n).(*types.Builtin)
			if !isBuiltin || b.Name() != "len" {
				ok = false
			}
		default:
			ok = false
		}
		return ok
	})
	return ok
}

// readableAgain reports whether reading e after its statement, for its
// description, is sure to find what the statement read: it was evaluated, and
// nothing that it goes through can have changed.
func (w *funcWriter) readableAgain(e ast.Expr) bool {
	if w.maybe > 0 || w.stmt == nil || !w.simplePath(e) || strings.Contains(w.text(e.Pos(), e.End()), "\n") {
		return false
	}
	id := rootIdent(e)
	if id == nil || w.stmt.assign[w.obj(id)] {
		return false
	}
	hops := w.hops(e)
	return hops == 0 || !w.stmt.calls || hops == 1 && w.setOnce(e)
}

// sameWay reports whether what the statement stores leaves alone everything that
// is read on the way to the place that e names: s[s[0]] = 2 is not to be found
// under that name afterwards.
func (w *funcWriter) sameWay(e ast.Expr) bool {
	if w.stmt == nil || len(w.stmt.targets) == 0 {
		return true
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		return true
	case *ast.SelectorExpr:
		sel := w.unit.TypesInfo.Selections[x]
		if sel == nil {
			return true // of a package
		}
		for _, f := range embeddedPointers(sel) {
			if w.stored(f, false) {
				return false
			}
		}
		if isPointer(w.typeOf(x.X)) {
			return w.sameValue(x.X)
		}
		return w.sameWay(x.X)
	case *ast.IndexExpr:
		if t := w.typeOf(x.X); t != nil && isArray(t.Underlying()) {
			return w.sameWay(x.X) && w.sameValue(x.Index)
		}
		return w.sameValue(x.X) && w.sameValue(x.Index)
	case *ast.StarExpr:
		return w.sameValue(x.X)
	}
	return w.sameValue(e)
}

// sameValue reports whether what the statement stores leaves the value of e alone.
func (w *funcWriter) sameValue(e ast.Expr) bool {
	if w.constant(e) {
		return true
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.BinaryExpr:
		return w.sameValue(x.X) && w.sameValue(x.Y)
	case *ast.CallExpr:
		for _, a := range x.Args {
			if !w.sameValue(a) {
				return false
			}
		}
		return true
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.StarExpr:
		if w.memory(e) {
			return w.sameWay(e) && !w.stored(w.typeOf(e), w.inMap(e))
		}
		return w.sameWay(e) && !w.assignedPart(e)
	}
	return false
}

// assignedPart reports whether the statement assigns the local variable that e is
// part of, or another part of it.
func (w *funcWriter) assignedPart(e ast.Expr) bool {
	id := valueRoot(w.unit.TypesInfo, e)
	for _, l := range w.stmt.targets {
		if r := valueRoot(w.unit.TypesInfo, l); id == nil || r != nil && w.obj(r) == w.obj(id) {
			return true
		}
	}
	return false
}

// memory reports whether e is read where a store through something else may reach
// it.
func (w *funcWriter) memory(e ast.Expr) bool {
	return w.inMap(e) || w.inMemory(e)
}

// inMap reports whether e is an element of a map, which has no address.
func (w *funcWriter) inMap(e ast.Expr) bool {
	x, ok := ast.Unparen(e).(*ast.IndexExpr)
	return ok && isMap(w.typeOf(x.X).Underlying())
}

// stored reports whether the statement may store part of a value of type t, or
// something that it is part of: of an element of a map, or of anything else.
func (w *funcWriter) stored(t types.Type, inMap bool) bool {
	for _, l := range w.stmt.targets {
		if s := w.typeOf(l); w.inMap(l) == inMap && w.memory(l) && (holdsType(s, t) || holdsType(t, s)) {
			return true
		}
	}
	return false
}

// holdsType reports whether a value of type t may have one of type part in it, not
// counting what it refers to.
func holdsType(t, part types.Type) bool {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok || types.Identical(t.Underlying(), part.Underlying()) {
		return true
	}
	switch t := t.Underlying().(type) {
	case *types.Array:
		return holdsType(t.Elem(), part)
	case *types.Struct:
		for i := 0; i < t.NumFields(); i++ {
			if holdsType(t.Field(i).Type(), part) {
				return true
			}
		}
	}
	return false
}

// embeddedPointers lists the types of the pointers to embedded structs that a
// selection goes through.
func embeddedPointers(sel *types.Selection) (pointers []types.Type) {
	t := sel.Recv()
	idx := sel.Index()
	for _, i := range idx[:len(idx)-1] {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		s, ok := t.Underlying().(*types.Struct)
		if !ok {
			break
		}
		if t = s.Field(i).Type(); isPointer(t) {
			pointers = append(pointers, t)
		}
	}
	return pointers
}

// hops counts the steps through memory from the variable that e begins with.
func (w *funcWriter) hops(e ast.Expr) int {
	hops := 0
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if sel := w.unit.TypesInfo.Selections[n]; sel != nil && (sel.Indirect() || isPointer(w.typeOf(n.X))) {
				hops++
			}
		case *ast.StarExpr, *ast.IndexExpr:
			hops++
		}
		return true
	})
	return hops
}

// setOnce reports whether the variable that e begins with has one definition.
func (w *funcWriter) setOnce(e ast.Expr) bool {
	id := rootIdent(e)
	if id == nil {
		return false
	}
	v := w.vars[w.obj(id)]
	return v != nil && v.single()
}
