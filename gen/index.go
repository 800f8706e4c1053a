package gen

import (
	"fmt"
	"go/ast"
	"go/types"
)

// indexOf writes an index: len and cap in it say nothing about the data.
func (w *funcWriter) indexOf(e ast.Expr) result {
	old := w.lens
	w.lens = true
	r := w.eval(e)
	w.lens = old
	return r
}

func (w *funcWriter) index(e *ast.IndexExpr) result {
	t := w.typeOf(e.X)
	if tv := w.unit.TypesInfo.Types[e.Index]; tv.IsType() || t == nil {
		return result{text: w.text(e.Pos(), e.End())} // an instantiation
	}
	switch t.Underlying().(type) {
	case *types.Map:
		return w.mapIndex(e)
	case *types.Slice, *types.Pointer:
		return w.element(e)
	case *types.Array:
		if w.inMemory(e) {
			return w.element(e)
		}
		if _, ok := w.splitPart(e); ok {
			return w.loadPart(e)
		}
		return w.arrayElement(e)
	case *types.Signature:
		return result{text: w.text(e.Pos(), e.End())}
	}
	x, i := w.eval(e.X), w.indexOf(e.Index)
	return result{text: w.splice(e.Pos(), e.End(), w.replace(e.X, x.text), w.replace(e.Index, i.text)), ops: merge(x.ops, i.ops)}
}

// arrayElement is an element of an array that is no place in memory.
func (w *funcWriter) arrayElement(e *ast.IndexExpr) result {
	text, ref := w.slotted(e.X)
	i := w.indexOf(e.Index)
	if ref == "" {
		return result{text: w.splice(e.Pos(), e.End(), w.replace(e.X, text), w.replace(e.Index, i.text)), ops: i.ops}
	}
	out := w.slot()
	elem := func(fn, k, index string) string {
		return fmt.Sprintf("%s.%s(%s, &%s, %s, &%s, %s, %s)", rt, fn, tapeName, out, w.loadSite(e), ref, k,
			w.splice(e.Pos(), e.End(), w.replace(e.X, text), w.replace(e.Index, index)))
	}
	var r result
	if k := constIndex(w.unit.TypesInfo, e.Index); k >= 0 && k <= maxKids {
		r = result{text: elem("Part", pathText([]int{k}), i.text)}
	} else if k >= 0 {
		return result{text: w.splice(e.Pos(), e.End(), w.replace(e.X, text), w.replace(e.Index, i.text)), ref: ref, ops: []operand{{ref: ref}}}
	} else {
		at := w.fresh("x")
		w.frame.ints = append(w.frame.ints, at)
		r = result{text: elem("Index", "&"+at, fmt.Sprintf("%s.Ix(&%s, 1, %s)", rt, at, i.text))}
	}
	r.ref, r.ops = out, []operand{{ref: out}}
	if len(i.ops) > 0 {
		r.ref, r.ops = "", merge(r.ops, i.ops)
	}
	return r
}

// element is a load of a slice or array element.
func (w *funcWriter) element(e *ast.IndexExpr) result {
	text, cont, also := w.memoryBase(e.X, nil)
	i := w.indexOf(e.Index)
	i.ops = merge(also, i.ops)
	out := w.slot()
	r := w.loaded(out, fmt.Sprintf("(*%s.At(%s, &%s, %s, %s, &%s))", rt, tapeName, out, w.loadSite(e), cont,
		w.splice(e.Pos(), e.End(), w.replace(e.X, text), w.replace(e.Index, i.text))), e)
	if len(i.ops) > 0 {
		r.ref, r.ops = "", merge(r.ops, i.ops)
	}
	return r
}

func (w *funcWriter) mapIndex(e *ast.IndexExpr) result {
	if m, ok := w.typeOf(e.X).Underlying().(*types.Map); ok && !w.keyed(m) {
		x, k := w.eval(e.X), w.eval(e.Index)
		return result{
			text: w.splice(e.Pos(), e.End(), w.replace(e.X, x.text), w.replace(e.Index, k.text)),
			ops:  merge(x.ops, k.ops),
		}
	}
	text, cont := w.container(e.X)
	key, kref := w.slotted(e.Index)
	if kref == "" {
		kref = "nil"
	} else {
		kref = "&" + kref
	}
	out := w.slot()
	at := "At"
	if _, tuple := w.typeOf(e).(*types.Tuple); tuple {
		at = "At2"
	}
	return result{
		text: w.splice(e.Pos(), e.End(),
			piece{e.Pos(), e.Pos(), rt + ".M("}, w.replace(e.X, text),
			piece{e.Lbrack, e.Lbrack + 1, fmt.Sprintf(").%s(%s, &%s, %s, %s, %s, ", at, tapeName, out, w.loadSite(e), cont, kref)},
			w.replace(e.Index, key), piece{e.Rbrack, e.Rbrack + 1, ")"}),
		ref: out, ops: []operand{{ref: out}},
	}
}

func (w *funcWriter) sliceExpr(e *ast.SliceExpr) result {
	x := w.eval(e.X)
	if t := w.typeOf(e.X); t != nil {
		if _, array := t.Underlying().(*types.Array); array {
			x = w.place(e.X) // slicing an array needs its address
		}
	}
	pieces := []piece{w.replace(e.X, x.text)}
	ops := x.ops
	for _, b := range []ast.Expr{e.Low, e.High, e.Max} {
		if b != nil {
			r := w.indexOf(b)
			pieces = append(pieces, w.replace(b, r.text))
			ops = merge(ops, r.ops)
		}
	}
	return result{text: w.splice(e.Pos(), e.End(), pieces...), ops: ops}
}
