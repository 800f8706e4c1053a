package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
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
		r := result{}
		r.text, r.ops = w.inlineLit(f)
		r = w.withReads(f, r, w.reads(w.unit.TypesInfo, f))
		pieces = append(pieces, w.replace(c.Fun, w.splice(c.Fun.Pos(), c.Fun.End(), w.replace(f, r.text))))
		ops = r.ops
	case *ast.SelectorExpr:
		if sel := info.Selections[f]; sel != nil && !info.Types[f.X].IsType() {
			r := w.givenReceiver(c, f.X, sel, w.receiver(f.X, sel))
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
	changes := mayChange(info, c)
	for i, a := range c.Args {
		var r result
		if w.later {
			w.fixed(func() { r = w.eval(a) })
		} else {
			r = w.eval(a)
		}
		if !w.later && looksInside(w.typeOf(a)) && (!conversion || copies(w.typeOf(a), w.typeOf(c))) {
			use := "Use"
			if atomicCall(info, c) {
				use = "UseAtomic"
			}
			r = w.gathered(a, r, use)
		}
		if conversion && keepsParts(w.typeOf(a), w.typeOf(c)) && len(r.ops) > 0 {
			// A struct stays the one that it was.
			text, ref := w.slottedResult(a, r)
			return result{text: w.splice(c.Pos(), c.End(), append(pieces, w.replace(a, text))...), ref: ref, ops: []operand{{ref: ref}}}
		}
		if changes(i) && !pureCall(info, c) {
			r = w.givenArgument(c, a, r)
		}
		pieces = append(pieces, w.replace(a, r.text))
		ops = merge(ops, r.ops)
	}
	text := w.splice(c.Pos(), c.End(), pieces...)
	if resultCount(w.typeOf(c)) == 1 && !w.later {
		if in := w.handed(c, w.typeOf(c), w.sameAfter); in != "" {
			text = fmt.Sprintf("%s.Holding(%s, %s, %s)", rt, tapeName, text, in)
		}
	}
	return result{text: text, ops: ops}
}

// handed lists what a call that is not followed was given and its result, of type
// t, may hold; readable says what can be read once more behind the call.
func (w *funcWriter) handed(c *ast.CallExpr, t types.Type, readable func(ast.Expr) bool) string {
	if pureCall(w.unit.TypesInfo, c) || !isPointer(t) && !holder(t) {
		return ""
	}
	var list []string
	for _, a := range c.Args {
		if inner, ok := ast.Unparen(a).(*ast.CallExpr); ok {
			if in := w.handed(inner, w.typeOf(inner), readable); in != "" {
				list = append(list, in)
			}
		}
	}
	for _, e := range w.reached(c, func(int) bool { return true }) {
		text := w.text(e.Pos(), e.End())
		if !readable(e) || strings.Contains(text, "\n") {
			continue
		}
		switch t := w.typeOf(e); {
		case isPointer(t) || holder(t):
			list = append(list, text)
		case w.inMemory(e) && !refersToMemory(t):
			list = append(list, "&"+text)
		}
	}
	return strings.Join(list, ", ")
}

// givenReceiver adds what the receiver of a method holds, and keeps it if it cannot
// be found again behind the call.
func (w *funcWriter) givenReceiver(c *ast.CallExpr, e ast.Expr, sel *types.Selection, r result) result {
	if w.later {
		return r
	}
	in := w.receiverInside(c, e, sel, r)
	if pureCall(w.unit.TypesInfo, c) {
		return in
	}
	byPointer := false
	if f, ok := sel.Obj().(*types.Func); ok {
		if recv := f.Type().(*types.Signature).Recv(); recv != nil {
			byPointer = isPointer(recv.Type())
		}
	}
	switch t := w.typeOf(e); {
	case holder(t), isPointer(t) && (byPointer || in.text == r.text):
		return w.give(c, e, in, false)
	case byPointer && !isPointer(t) && w.inMemory(e):
		return w.give(c, e, in, in.text == r.text)
	}
	return in
}

// givenArgument keeps an argument through which a call may change something, if it
// cannot be found again behind the call.
func (w *funcWriter) givenArgument(c *ast.CallExpr, a ast.Expr, r result) result {
	if u, ok := ast.Unparen(a).(*ast.UnaryExpr); ok && u.Op == token.AND {
		if _, lit := ast.Unparen(u.X).(*ast.CompositeLit); lit {
			return r
		}
		return w.give(c, u.X, r, false)
	}
	if t := w.typeOf(a); refersToMemory(t) || holder(t) {
		return w.give(c, a, r, false)
	}
	return r
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
	return holder(t)
}

// copies reports whether a conversion makes something new of the elements of a
// slice: a string, an array.
func copies(from, to types.Type) bool {
	_, slice := from.Underlying().(*types.Slice)
	if !slice {
		return false
	}
	switch to.Underlying().(type) {
	case *types.Basic, *types.Array:
		return true
	}
	return false
}

// inside notes the shadow of what e, which a call is given, holds.
func (w *funcWriter) inside(e ast.Expr, ref string) {
	if w.insides == nil {
		w.insides = map[ast.Expr]string{}
	}
	e = ast.Unparen(e)
	w.insides[e] = ref
	if u, ok := e.(*ast.UnaryExpr); ok {
		w.insides[ast.Unparen(u.X)] = ref
	}
}

// holder reports whether values of t are interfaces that may hold something which
// a call can look into or change. Errors and contexts are handed on everywhere,
// and nobody changes them.
func holder(t types.Type) bool {
	if _, isParam := types.Unalias(t).(*types.TypeParam); isParam || !types.IsInterface(t) {
		return false
	}
	if types.Identical(t, types.Universe.Lookup("error").Type()) || isTB(t) {
		return false
	}
	n, ok := types.Unalias(t).(*types.Named)
	return !ok || n.Obj().Pkg() == nil || n.Obj().Pkg().Path() != "context"
}

// receiverInside adds the nodes of what the receiver of a method holds, where
// code that is not followed may have written it: behind a pointer, in an
// interface, in a variable whose address went somewhere.
func (w *funcWriter) receiverInside(c *ast.CallExpr, e ast.Expr, sel *types.Selection, r result) result {
	f, ok := sel.Obj().(*types.Func)
	if !ok || len(c.Args) == 0 && resultCount(w.typeOf(c)) == 0 {
		return r
	}
	switch recv := f.Type().(*types.Signature).Recv(); {
	case recv == nil || isTB(recv.Type()):
		return r
	case types.IsInterface(w.typeOf(e)) && w.madeHere(e):
		// The compiler may know what answers, and the panic of a nil pointer in
		// there depends on it.
		return r
	case looksInside(w.typeOf(e)):
		in := w.gathered(e, r, "Use")
		if isPointer(w.typeOf(e)) && !isPointer(recv.Type()) && !types.IsInterface(recv.Type()) && in.text != r.text {
			in.text = "(*" + in.text + ")" // a nil pointer panics here, as it does without us
		}
		return in
	case isPointer(recv.Type()) && w.inMemory(e):
		r.text = "&" + r.text
		r.ref = ""
		return w.gathered(e, r, "Use")
	}
	return r
}

// madeHere reports whether e is a local variable and no parameter.
func (w *funcWriter) madeHere(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := w.obj(id).(*types.Var)
	return ok && v.Kind() == types.LocalVar
}

// gathered adds the nodes of what an argument holds; use is what asks for them.
func (w *funcWriter) gathered(a ast.Expr, r result, use string) result {
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
	w.inside(a, out)
	o := operand{ref: out}
	if len(r.ops) == 1 && r.ops[0].val != "" {
		o = r.ops[0]
		o.ref, o.set = out, false
	}
	return result{
		text: fmt.Sprintf("%s.%s(%s, &%s, %s, %s, %s)", rt, use, tapeName, out, w.site(siteInfo{node: a, typ: w.typeOf(a), deep: isFlat(w.typeOf(a))}), in, r.text),
		ref:  out, ops: []operand{o},
	}
}
