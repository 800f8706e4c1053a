package gen

import (
	"fmt"
	"go/ast"
	"go/types"
)

// opaqueCall writes a call of code that is not followed: one operator on all
// followed arguments and the receiver.
func (w *funcWriter) opaqueCall(c *ast.CallExpr) (string, []operand) {
	if r, ok := w.testingCall(c); ok {
		return r, nil
	}
	info := w.unit.TypesInfo
	var pieces []piece
	var ops []operand
	if b, ok := calleeObject(info, c).(*types.Builtin); ok && info.Types[c.Fun].IsBuiltin() {
		switch b.Name() {
		case "Offsetof", "Sizeof", "Alignof":
			return w.text(c.Pos(), c.End()), nil // the argument is not evaluated
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
		return w.splice(c.Pos(), c.End(), pieces...), ops
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
		pieces = append(pieces, w.replace(a, r.text))
		ops = merge(ops, r.ops)
	}
	return w.splice(c.Pos(), c.End(), pieces...), ops
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
