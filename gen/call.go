package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// call writes a call that yields one value (or none).
func (w *funcWriter) call(c *ast.CallExpr) result {
	if n := resultCount(w.typeOf(c)); n == 1 {
		if text, outs, ok := w.followedCall(c, 1, nil); ok {
			return result{text: text, ref: outs[0], ops: []operand{{ref: outs[0]}}}
		}
	} else if n == 0 {
		if text, _, ok := w.followedCall(c, 0, nil); ok {
			return result{text: text}
		}
	}
	if r, ok := w.onceFunc(c); ok {
		return r
	}
	return w.noted(c, w.checked(c, w.opaqueCall(c)))
}

func resultCount(t types.Type) int {
	if t == nil {
		return 0
	}
	if t, ok := t.(*types.Tuple); ok {
		return t.Len()
	}
	return 1
}

// followedCall writes a call whose results have shadows of their own: of a
// twin, a function value, or a builtin that the recorder knows. n is the
// number of results; names are the variables that get them.
func (w *funcWriter) followedCall(c *ast.CallExpr, n int, names []string) (text string, outs []string, ok bool) {
	if w.multiArg(c) {
		return "", nil, false
	}
	if f := w.static(w.unit.TypesInfo, c); f.twinned() {
		if text, outs, ok := w.twinCall(c, f, n, names); ok {
			return text, outs, true
		}
		return "", nil, false
	}
	switch o := calleeObject(w.unit.TypesInfo, c).(type) {
	case *types.Builtin:
		switch o.Name() {
		case "append":
			return w.appendCall(c)
		case "copy":
			return w.copyCall(c)
		case "recover":
			out := w.slot()
			site := w.site(siteInfo{node: c, degraded: "a runtime error: any value of the function may have led to it"})
			return fmt.Sprintf("%s.Recovered(%s, &%s, %s, %s, %s)", rt, tapeName, out, site, w.liveValues(), w.text(c.Pos(), c.End())), []string{out}, true
		}
		return "", nil, false
	case *types.Func:
		if w.methodExpr(c) {
			return w.valueCall(c, n)
		}
		if text, outs, ok := w.methodOf(c, o, n); ok {
			return text, outs, true
		}
		return w.interfaceCall(c, n, names)
	}
	if tv := w.unit.TypesInfo.Types[c.Fun]; tv.IsType() || tv.IsBuiltin() {
		return "", nil, false
	}
	if lit, ok := ast.Unparen(c.Fun).(*ast.FuncLit); ok && !w.later {
		return w.litCall(c, lit)
	}
	return w.valueCall(c, n)
}

// multiArg reports a call f(g()) where g has several results.
func (w *funcWriter) multiArg(c *ast.CallExpr) bool {
	if len(c.Args) != 1 {
		return false
	}
	t, ok := w.typeOf(c.Args[0]).(*types.Tuple)
	return ok && t.Len() > 1
}

// outSlots makes slots for n results.
func (w *funcWriter) outSlots(n int) []string {
	into := w.into
	w.into = nil
	outs := make([]string, n)
	for i := range outs {
		if i < len(into) && into[i] != "" {
			outs[i] = into[i]
		} else {
			outs[i] = w.slot()
		}
	}
	return outs
}

// argument writes an argument and gives the pointer to its shadow.
func (w *funcWriter) argument(e ast.Expr) (text, ptr string) {
	text, ref := w.slotted(e)
	if ref == "" {
		return text, "nil"
	}
	if id := valueRoot(w.unit.TypesInfo, e); id != nil && w.shared(w.obj(id)) && !w.isSlot(ref) {
		return text, fmt.Sprintf("%s.New(%s)", rt, ref)
	}
	if w.later {
		// The call runs later: it gets shadows of its own.
		if !w.canPrefix() {
			return text, "nil"
		}
		w.serial++
		q := fmt.Sprintf("q%d__", w.serial)
		if w.isShadow(ref) {
			w.before(fmt.Sprintf("%s := %s.New(%s)", q, rt, ref))
			return text, q
		}
		w.before(fmt.Sprintf("%s := %s.New(0)", q, rt))
		return fmt.Sprintf("%s.Set(%s, &%s, %s)", rt, q, ref, text), q
	}
	return text, "&" + ref
}

// isSlot tells a slot that the statement fills from a variable's shadow.
func (w *funcWriter) isSlot(ref string) bool { return strings.HasPrefix(ref, "s") }

// isShadow tells a variable's shadow from a slot that the statement fills.
func (w *funcWriter) isShadow(ref string) bool {
	return strings.HasPrefix(ref, "n") || strings.HasPrefix(ref, "c")
}

// arguments writes the arguments of a call and the pointers to the shadows
// of the parameters; that of a variadic parameter remembers which value has
// which node.
func (w *funcWriter) arguments(c *ast.CallExpr, sig *types.Signature) (pieces []piece, ptrs []string) {
	np := sig.Params().Len()
	for i, a := range c.Args {
		if sig.Variadic() && i == np-1 && !c.Ellipsis.IsValid() {
			p, ptr := w.variadic(c, c.Args[i:])
			return append(pieces, p...), append(ptrs, ptr)
		}
		text, ptr := w.argument(a)
		pieces = append(pieces, w.replace(a, text))
		ptrs = append(ptrs, ptr)
	}
	for len(ptrs) < np {
		ptrs = append(ptrs, "nil")
	}
	return pieces, ptrs
}

func (w *funcWriter) variadic(c *ast.CallExpr, args []ast.Expr) (pieces []piece, ptr string) {
	var texts, leaves []string
	last := -1
	shape := string([]byte{byte(len(args))}) + strings.Repeat(leafShape.text, len(args))
	for i, a := range args {
		text, ref := w.slotted(a)
		texts = append(texts, text)
		if ref != "" {
			leaves = append(leaves, fmt.Sprintf("{%d, %q, &%s}", i, leafShape.text, ref))
		}
		if !w.constant(a) && !w.untyped(a) {
			last = i
		}
	}
	ptr = "nil"
	if len(leaves) > 0 && last >= 0 && len(args) <= maxKids && (!w.later || w.canPrefix()) {
		// The shadow is gathered when the last value has been evaluated.
		out := w.slot()
		texts[last] = fmt.Sprintf("%s.Make(%s, &%s, %s, %q, []%s.Leaf{%s}, %s)", rt, tapeName, out,
			w.site(siteInfo{node: c, src: w.text(args[0].Pos(), args[len(args)-1].End())}), shape, rt, strings.Join(leaves, ", "), texts[last])
		ptr = "&" + out
		if w.later {
			ptr = w.fresh("q")
			w.before(fmt.Sprintf("%s := %s.New(0)", ptr, rt))
			texts[last] = fmt.Sprintf("%s.Set(%s, &%s, %s)", rt, ptr, out, texts[last])
		}
	}
	for i, a := range args {
		pieces = append(pieces, w.replace(a, texts[i]))
	}
	return pieces, ptr
}

func (w *funcWriter) untyped(e ast.Expr) bool {
	b, ok := w.typeOf(e).(*types.Basic)
	return ok && b.Info()&types.IsUntyped != 0
}

// twinCall writes a static call of a flow function or bundle as a call of its
// twin, in place.
func (w *funcWriter) twinCall(c *ast.CallExpr, f *funcDecl, n int, names []string) (string, []string, bool) {
	sig := f.obj.Type().(*types.Signature)
	if f.role != roleNone {
		return "", nil, false
	}
	prefix := ""
	if f.obj.Pkg().Path() != w.unit.Types.Path() {
		if f.unit.Name == "main" || !importable(w.unit.path, f.unit.path) {
			return "", nil, false
		}
		prefix = w.pkgName(f.obj.Pkg()) + "."
	}
	name := prefix + twinName(f.obj)
	var outs []string
	pre := []string{tapeName}
	fun := unindex(c.Fun)
	if f.bundle != nil {
		name += "__at"
		pre = append(pre, w.callSite(c, f, names))
	}
	if w.later {
		for i := 0; i < sig.Results().Len(); i++ {
			pre = append(pre, "nil")
		}
	} else {
		outs = w.outSlots(sig.Results().Len())
		for _, o := range outs {
			pre = append(pre, "&"+o)
		}
	}
	if sig.Recv() == nil {
		pieces, ptrs := w.arguments(c, sig)
		pre = append(pre, ptrs...)
		sep := ""
		if len(c.Args) > 0 {
			sep = ", "
		}
		pieces = append(pieces,
			piece{fun.Pos(), fun.End(), name},
			piece{c.Lparen + 1, c.Lparen + 1, strings.Join(pre, ", ") + sep})
		return w.splice(c.Pos(), c.End(), pieces...), outs, true
	}
	sel, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return "", nil, false
	}
	s := w.unit.TypesInfo.Selections[sel]
	if s == nil || s.Kind() != types.MethodVal {
		return "", nil, false
	}
	if args := w.typeArgs(declaredFor(s), c.Pos()); args != "" {
		name += args
	} else if !w.inferred(c, s) {
		return "", nil, false
	}
	recv, ok := w.methodReceiver(sel, s, sig)
	if !ok {
		return "", nil, false
	}
	pre = append(pre, recv.ptr)
	pieces, ptrs := w.arguments(c, sig)
	pre = append(pre, ptrs...)
	sep := ""
	if len(c.Args) > 0 {
		sep = ", "
	}
	if sep == "" && strings.Contains(w.text(sel.X.End(), c.Lparen+1), "\n") {
		sep = "," // a line does not end without one
	}
	pieces = append(pieces,
		piece{c.Pos(), sel.X.Pos(), name + w.onLineOf(c.Lparen, c.Pos()) + "(" + strings.Join(pre, ", ") + ", " + w.onLineOf(c.Pos(), c.Lparen) + recv.before},
		w.replace(sel.X, recv.text),
		w.gap(sel.X.End(), c.Lparen+1, recv.after+sep))
	return w.splice(c.Pos(), c.End(), pieces...), outs, true
}

// pkgName names another package as this file does, importing it if need be.
func (w *funcWriter) pkgName(p *types.Package) string {
	for _, im := range w.file.Imports {
		if pn := w.unit.TypesInfo.PkgNameOf(im); pn != nil && pn.Imported().Path() == p.Path() && pn.Name() != "_" && pn.Name() != "." {
			if _, obj := w.innermost(pn.Name()); obj == pn {
				return pn.Name()
			}
		}
	}
	return w.alias(p.Path())
}

// innermost looks a name up as the function being written sees it; a local
// variable may hide a package.
func (w *funcWriter) innermost(name string) (*types.Scope, types.Object) {
	scope := w.unit.TypesInfo.Scopes[w.fn.decl.Type]
	if scope == nil {
		return nil, nil
	}
	hidden := false
	ast.Inspect(w.fn.decl, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name {
			if o := w.unit.TypesInfo.Defs[id]; o != nil {
				hidden = true
			}
		}
		return !hidden
	})
	if hidden {
		return nil, nil
	}
	return scope.LookupParent(name, token.NoPos)
}

// importable applies the rule of internal packages.
func importable(from, to string) bool {
	i := strings.LastIndex("/"+to+"/", "/internal/")
	if i < 0 {
		return true
	}
	root := ("/" + to + "/")[:i]
	return strings.HasPrefix("/"+from+"/", root+"/")
}

// embedPath gives the selectors that a promoted method goes through.
func (w *funcWriter) embedPath(s *types.Selection) (path string, ptr, ok bool) {
	t := s.Recv()
	idx := s.Index()
	for _, i := range idx[:len(idx)-1] {
		if p, isPtr := t.Underlying().(*types.Pointer); isPtr {
			t = p.Elem()
		}
		st, isStruct := t.Underlying().(*types.Struct)
		if !isStruct {
			return "", false, false
		}
		f := st.Field(i)
		if !f.Exported() && f.Pkg() != w.unit.Types {
			return "", false, false
		}
		path += "." + f.Name()
		t = f.Type()
		ptr = isPointer(t)
	}
	return path, ptr, true
}

// callSite describes the call of a bundle as it is written.
func (w *funcWriter) callSite(c *ast.CallExpr, f *funcDecl, names []string) string {
	s := siteInfo{node: c, op: oneLine(w.text(c.Fun.Pos(), c.Fun.End())), deep: true, names: names, tb: w.tbArg(c)}
	if len(names) > 0 {
		s.name = names[0]
	}
	sig := f.obj.Type().(*types.Signature)
	if sig.Results().Len() > 0 {
		s.typ = sig.Results().At(0).Type()
	}
	if sig.Recv() != nil {
		if sel, ok := unindex(c.Fun).(*ast.SelectorExpr); ok {
			s.args = append(s.args, argInfo{src: w.text(sel.X.Pos(), sel.X.End())})
		}
	}
	for i, a := range c.Args {
		if sig.Variadic() && i == sig.Params().Len()-1 && !c.Ellipsis.IsValid() {
			konst := true
			for _, v := range c.Args[i:] {
				konst = konst && w.constant(v)
			}
			s.args = append(s.args, argInfo{src: w.text(a.Pos(), c.Args[len(c.Args)-1].End()), konst: konst})
			break
		}
		s.args = append(s.args, argInfo{src: w.text(a.Pos(), a.End()), konst: w.constant(a)})
	}
	if sig.Variadic() && len(c.Args) < sig.Params().Len() {
		s.args = append(s.args, argInfo{konst: true})
	}
	return w.site(s)
}

// copyCall follows the elements through copy.
func (w *funcWriter) copyCall(c *ast.CallExpr) (string, []string, bool) {
	if w.later {
		return "", nil, false
	}
	if _, isSlice := w.typeOf(c.Args[1]).Underlying().(*types.Slice); !isSlice || w.constant(c.Args[1]) {
		return "", nil, false // copy([]byte, string)
	}
	dst, cont := w.container(c.Args[0])
	src, in := w.container(c.Args[1])
	out := w.slot()
	return w.splice(c.Pos(), c.End(),
		w.gap(c.Pos(), c.Args[0].Pos(), fmt.Sprintf("%s.Copy(%s, &%s, %s, %s, ", rt, tapeName, out, cont, in)),
		w.replace(c.Args[0], dst), w.replace(c.Args[1], src)), []string{out}, true
}

// valueCall is a call of a function value: through the twin that was
// registered for it.
func (w *funcWriter) valueCall(c *ast.CallExpr, n int) (string, []string, bool) {
	sig, ok := w.typeOf(c.Fun).Underlying().(*types.Signature)
	if !ok || w.later {
		return "", nil, false
	}
	if _, lit := ast.Unparen(c.Fun).(*ast.FuncLit); lit || !smallShape(sig) || len(c.Args) != sig.Params().Len() {
		return "", nil, false
	}
	if text, outs, ok := w.definedLitCall(c); ok {
		return text, outs, true
	}
	outs := w.outSlots(n)
	fun, ref := w.slotted(c.Fun)
	fref := "nil"
	if ref != "" {
		fref = "&" + ref
	}
	pre := []string{tapeName, w.site(siteInfo{node: c, typ: w.typeOf(c), tb: w.tbArg(c)}), fref}
	for _, o := range outs {
		pre = append(pre, "&"+o)
	}
	pieces, ptrs := w.arguments(c, sig)
	pre = append(pre, ptrs...)
	pieces = append(pieces, w.replace(c.Fun, fmt.Sprintf("%s.Call%d_%d(%s, %s)", rt, sig.Params().Len(), n, strings.Join(pre, ", "), fun)))
	return w.splice(c.Pos(), c.End(), pieces...), outs, true
}

// tbArg gives the number, from 1, of the first argument of a call that is a
// test, 0 if there is none.
func (w *funcWriter) tbArg(c *ast.CallExpr) int {
	for i, a := range c.Args {
		if t := w.typeOf(a); t != nil && isTB(t) {
			return i + 1
		}
	}
	return 0
}

// smallShape reports whether the recorder has Fn and Call for a signature.
func smallShape(sig *types.Signature) bool {
	return !sig.Variadic() && sig.Params().Len() <= 6 && sig.Results().Len() <= 3
}
