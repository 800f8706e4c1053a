package gen

import (
	"fmt"
	"go/ast"
	"go/types"
)

// opaqueCall writes a call of code that is not followed: one operator on all
// followed arguments and the receiver.
func (w *funcWriter) opaqueCall(c *ast.CallExpr) result {
	if r, ok := w.testingCall(c); ok {
		return result{text: r}
	}
	info := w.unit.TypesInfo
	var pieces []piece
	var ops []operand
	if b, ok := calleeObject(info, c).(*types.Builtin); ok && info.Types[c.Fun].IsBuiltin() {
		switch b.Name() {
		case "Offsetof", "Sizeof", "Alignof":
			return result{text: w.text(c.Pos(), c.End())} // the argument is not evaluated
		}
		if b.Name() == "panic" && !w.later && !w.untyped(c.Args[0]) {
			text, ref := w.slotted(c.Args[0])
			if ref != "" {
				text = fmt.Sprintf("%s.Panic(%s, &%s, %s)", rt, tapeName, ref, text)
			}
			return result{text: w.splice(c.Pos(), c.End(), w.replace(c.Args[0], text))}
		}
		for _, a := range c.Args {
			if tv := info.Types[a]; tv.IsType() {
				continue
			}
			r := w.eval(a)
			pieces = append(pieces, w.replace(a, r.text))
			ops = merge(ops, r.ops)
		}
		switch b.Name() {
		case "len", "cap":
			if w.lens {
				ops = nil
			}
		case "make", "new":
			ops = nil
		}
		return result{text: w.splice(c.Pos(), c.End(), pieces...), ops: ops}
	}
	switch f := ast.Unparen(c.Fun).(type) {
	case *ast.FuncLit:
		text, captured := w.inlineLit(f)
		pieces = append(pieces, w.replace(c.Fun, w.splice(c.Fun.Pos(), c.Fun.End(), w.replace(f, text))))
		ops = captured
	case *ast.SelectorExpr:
		if sel := info.Selections[f]; sel != nil && !info.Types[f.X].IsType() {
			r := w.receiver(f.X, sel)
			pieces = append(pieces, w.replace(f.X, r.text))
			ops = r.ops
		}
	case *ast.Ident:
		if _, ok := w.obj(f).(*types.Var); ok {
			r := w.eval(f)
			pieces = append(pieces, w.replace(f, r.text))
			ops = r.ops
		}
	default:
		if !info.Types[c.Fun].IsType() {
			if _, isVal := w.typeOf(c.Fun).Underlying().(*types.Signature); isVal {
				r := w.eval(c.Fun)
				pieces = append(pieces, w.replace(c.Fun, r.text))
				ops = r.ops
			}
		}
	}
	conversion := info.Types[c.Fun].IsType()
	for _, a := range c.Args {
		var r result
		if w.later {
			w.fixed(func() { r = w.eval(a) })
		} else {
			r = w.eval(a)
		}
		if !conversion && !w.later && looksInside(w.typeOf(a)) {
			r = w.gathered(a, r)
		}
		if conversion && keepsParts(w.typeOf(a), w.typeOf(c)) && len(r.ops) > 0 {
			// A struct stays the one that it was.
			text, ref := w.slottedResult(a, r)
			return result{text: w.splice(c.Pos(), c.End(), append(pieces, w.replace(a, text))...), ref: ref, ops: []operand{{ref: ref}}}
		}
		pieces = append(pieces, w.replace(a, r.text))
		ops = merge(ops, r.ops)
	}
	return result{text: w.splice(c.Pos(), c.End(), pieces...), ops: ops}
}

// keepsParts reports whether a conversion gives the same value with the same
// parts.
func keepsParts(from, to types.Type) bool {
	for _, t := range []types.Type{from, to} {
		if _, isParam := types.Unalias(t).(*types.TypeParam); isParam {
			return false
		}
	}
	switch to.Underlying().(type) {
	case *types.Interface, *types.Struct, *types.Pointer, *types.Map, *types.Chan, *types.Signature:
		return true
	case *types.Array:
		_, ok := from.Underlying().(*types.Array)
		return ok
	case *types.Slice:
		_, ok := from.Underlying().(*types.Slice)
		return ok
	}
	return false
}

// looksInside reports whether a callee can reach elements that have nodes of
// their own.
func looksInside(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t.Underlying().(type) {
	case *types.Slice, *types.Map, *types.Pointer:
		return true
	}
	return false
}

// gathered adds the nodes of what an argument holds.
func (w *funcWriter) gathered(a ast.Expr, r result) result {
	if w.constant(a) || w.untyped(a) {
		return r
	}
	in := "nil"
	if r.ref != "" {
		in = "&" + r.ref
	} else if len(r.ops) > 0 {
		dst := w.slot()
		r.text = w.inPlace(dst, r, a)
		in = "&" + dst
	}
	out := w.slot()
	o := operand{ref: out}
	if len(r.ops) == 1 && r.ops[0].val != "" {
		o = r.ops[0]
		o.ref, o.set = out, false
	}
	return result{
		text: fmt.Sprintf("%s.Use(%s, &%s, %s, %s, %s)", rt, tapeName, out, w.site(siteInfo{node: a, typ: w.typeOf(a), deep: isFlat(w.typeOf(a))}), in, r.text),
		ref:  out, ops: []operand{o},
	}
}
