package gen

import (
	"go/ast"
	"go/types"
)

// address is &x: the pointer carries what is known about what it points to.
func (w *funcWriter) address(e *ast.UnaryExpr) result {
	switch x := ast.Unparen(e.X).(type) {
	case *ast.CompositeLit:
		return w.allocated(x, "")
	case *ast.Ident:
		if sh := w.shadow(w.obj(x)); sh != "" {
			return result{text: w.text(e.Pos(), e.End()), ref: sh, ops: []operand{{ref: sh}}}
		}
		return result{text: w.text(e.Pos(), e.End())}
	case *ast.SelectorExpr:
		if sel := w.unit.TypesInfo.Selections[x]; sel != nil && sel.Kind() == types.FieldVal {
			r := w.place(x)
			return result{text: w.splice(e.Pos(), e.End(), w.replace(x, r.text)), ops: r.ops}
		}
	case *ast.IndexExpr:
		r := w.place(x)
		return result{text: w.splice(e.Pos(), e.End(), w.replace(x, r.text)), ops: r.ops}
	}
	return result{text: w.text(e.Pos(), e.End())}
}

// place writes an expression as a place in memory, for its address to be
// taken: what leads there is loaded, the place itself is not. Reading it could
// race with whoever holds its lock.
func (w *funcWriter) place(e ast.Expr) result {
	if id := valueRoot(w.unit.TypesInfo, e); id != nil {
		var ops []operand
		if sh := w.shadow(w.obj(id)); sh != "" {
			ops = []operand{{ref: sh}}
		}
		return result{text: w.text(e.Pos(), e.End()), ops: ops}
	}
	var r result
	switch x := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		sel := w.unit.TypesInfo.Selections[x]
		if sel == nil || sel.Kind() != types.FieldVal || w.node(sel.Obj()) != nil {
			return w.eval(e)
		}
		r = w.pointed(x.X)
		r.text = w.splice(e.Pos(), e.End(), w.replace(x.X, r.text))
	case *ast.IndexExpr:
		t := w.typeOf(x.X)
		if t == nil {
			return w.eval(e)
		}
		switch t.Underlying().(type) {
		case *types.Slice, *types.Array, *types.Pointer:
		case *types.Interface:
			// Of a type parameter nobody knows whether it is an array, whose
			// elements are places only where it is one.
			return result{text: w.text(e.Pos(), e.End())}
		default:
			return w.eval(e)
		}
		r = w.pointed(x.X)
		i := w.indexOf(x.Index)
		r.text = w.splice(e.Pos(), e.End(), w.replace(x.X, r.text), w.replace(x.Index, i.text))
		r.ops = merge(r.ops, i.ops)
	case *ast.StarExpr:
		r = w.eval(x.X)
		r.text = w.splice(e.Pos(), e.End(), w.replace(x.X, r.text))
	default:
		return w.eval(e)
	}
	r.ref = ""
	return r
}

// pointed writes the base of a place: a pointer or slice is loaded, anything
// else is part of the place.
func (w *funcWriter) pointed(e ast.Expr) result {
	switch w.typeOf(e).Underlying().(type) {
	case *types.Pointer, *types.Slice:
		return w.eval(e)
	}
	return w.place(e)
}

// receiver writes the receiver of a method: its place if the method takes its
// address.
func (w *funcWriter) receiver(e ast.Expr, sel *types.Selection) result {
	f, ok := sel.Obj().(*types.Func)
	if !ok {
		return w.eval(e)
	}
	if r := f.Type().(*types.Signature).Recv(); r != nil && isPointer(r.Type()) && !isPointer(w.typeOf(e)) {
		return w.place(e)
	}
	return w.eval(e)
}

// memoryBase writes the base of a field or element that lives in memory, and
// gives the pointer to its shadow and what else it depends on. A base that is
// itself a part of memory is not read: its other parts may belong to others,
// and only leaves have cells.
func (w *funcWriter) memoryBase(e ast.Expr, sel *types.Selection) (text, cont string, also []operand) {
	if s, ok := w.splitPart(e); ok && sel != nil {
		// The field lies behind a pointer that the variable embeds.
		path, _ := direct(sel)
		if leaf, off, ok := s.descend(path); ok && leaf == leafShape {
			p := w.part(e)
			p.off += off
			if p.at == "" {
				return w.splice(e.Pos(), e.End(), p.pieces...), "&" + p.leaf(), p.ops
			}
		}
	}
	switch w.typeOf(e).Underlying().(type) {
	case *types.Pointer, *types.Slice:
		text, cont = w.container(e)
		return text, cont, nil
	}
	r := w.place(e)
	cont = "nil"
	if len(r.ops) > 0 {
		cont, also = "&"+r.ops[0].ref, r.ops[1:]
	}
	return r.text, cont, also
}

// inMemory reports whether the variable that e names is shared memory: behind
// a pointer or slice, a package variable, or a local whose address is taken.
func (w *funcWriter) inMemory(e ast.Expr) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := w.obj(x).(*types.Var)
		if !ok {
			return false
		}
		if info := w.vars[v]; info != nil {
			return info.addr
		}
		return v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
	case *ast.SelectorExpr:
		sel := w.unit.TypesInfo.Selections[x]
		if sel == nil {
			_, isVar := w.obj(x.Sel).(*types.Var)
			return isVar
		}
		if sel.Kind() != types.FieldVal {
			return false
		}
		return isPointer(w.typeOf(x.X)) || sel.Indirect() || w.inMemory(x.X)
	case *ast.IndexExpr:
		t := w.typeOf(x.X)
		if t == nil {
			return false
		}
		switch t.Underlying().(type) {
		case *types.Slice, *types.Pointer:
			return true
		case *types.Array:
			return w.inMemory(x.X)
		}
	case *ast.StarExpr:
		return true
	}
	return false
}
