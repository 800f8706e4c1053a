package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// answers lists the methods of loaded packages that may answer a call through
// an interface, nil for other calls.
func (a *analysis) answers(info *types.Info, c *ast.CallExpr) []*funcDecl {
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	s := info.Selections[sel]
	if s == nil || s.Kind() != types.MethodVal {
		return nil
	}
	if _, isParam := types.Unalias(s.Recv()).(*types.TypeParam); isParam {
		return nil
	}
	iface, ok := s.Recv().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	return a.implementing(s.Obj().Name(), iface)
}

// implementing lists the declared methods of a name whose types implement an
// interface, by themselves or embedded in one that does.
func (a *analysis) implementing(name string, iface *types.Interface) []*funcDecl {
	type question struct {
		name  string
		iface *types.Interface
	}
	if known, ok := a.answered.Load(question{name, iface}); ok {
		return known.([]*funcDecl)
	}
	var fs []*funcDecl
	for _, f := range a.methods[name] {
		for _, t := range a.receivers(f) {
			if implements(t, iface) {
				fs = append(fs, f)
				break
			}
		}
	}
	fs = a.promoting(fs, name, iface)
	a.answered.Store(question{name, iface}, fs)
	return fs
}

// implements is types.Implements for types of packages that may have been
// loaded twice, from source and as a dependency: it compares by name.
func implements(t types.Type, iface *types.Interface) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); !ok || n.TypeParams().Len() > n.TypeArgs().Len() {
		return false
	}
	set := types.NewMethodSet(types.NewPointer(t))
	for i := 0; i < iface.NumMethods(); i++ {
		want := iface.Method(i)
		m := set.Lookup(want.Pkg(), want.Name())
		if m == nil && !want.Exported() {
			return false
		}
		if m == nil {
			m = set.Lookup(nil, want.Name())
		}
		if m == nil || !fits(m.Obj(), want) {
			return false
		}
	}
	return true
}

// shape is the text of a method's type without its receiver and the names of
// parameters and results.
func shape(o types.Object) string {
	sig := o.Type().(*types.Signature)
	return bareType(types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic()))
}

// bareType is the text of a type without the names of parameters and results.
func bareType(t types.Type) string {
	return types.TypeString(nameless(t), (*types.Package).Path)
}

func nameless(t types.Type) types.Type {
	switch t := t.(type) {
	case *types.Pointer:
		return types.NewPointer(nameless(t.Elem()))
	case *types.Slice:
		return types.NewSlice(nameless(t.Elem()))
	case *types.Array:
		return types.NewArray(nameless(t.Elem()), t.Len())
	case *types.Map:
		return types.NewMap(nameless(t.Key()), nameless(t.Elem()))
	case *types.Chan:
		return types.NewChan(t.Dir(), nameless(t.Elem()))
	case *types.Alias:
		return nameless(types.Unalias(t))
	case *types.Signature:
		vars := func(tuple *types.Tuple) *types.Tuple {
			var list []*types.Var
			for i := 0; i < tuple.Len(); i++ {
				list = append(list, types.NewParam(token.NoPos, nil, "", nameless(tuple.At(i).Type())))
			}
			return types.NewTuple(list...)
		}
		return types.NewSignatureType(nil, nil, nil, vars(t.Params()), vars(t.Results()), t.Variadic())
	}
	return t
}

// interfaceCall is a call through an interface that a method with a twin may
// answer: the recorder chooses by the dynamic type.
func (w *funcWriter) interfaceCall(c *ast.CallExpr, n int, names []string) (string, []string, bool) {
	var f *funcDecl
	for _, g := range w.answers(w.unit.TypesInfo, c) {
		if g.twinned() && (f == nil || g.bundle != nil) {
			f = g
		}
	}
	if f == nil || w.later {
		return "", nil, false
	}
	sig := f.obj.Type().(*types.Signature)
	sel := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !smallShape(sig) || len(c.Args) != sig.Params().Len() {
		return "", nil, false
	}
	// The method comes as an expression, I.M: taken as a value, it would panic
	// for a nil interface before the arguments are evaluated.
	iface := w.interfaceName(w.typeOf(sel.X), c.Pos())
	if iface == "" {
		w.degrade(c, "call through an interface that has no name here")
		return "", nil, false
	}
	recv, ref := w.slotted(sel.X)
	cref := "nil"
	if ref != "" {
		cref = "&" + ref
	}
	outs := w.outSlots(n)
	pre := []string{tapeName, w.callSite(c, f, names), cref}
	for _, o := range outs {
		pre = append(pre, "&"+o)
	}
	pieces, ptrs := w.arguments(c, sig)
	pre = append(pre, ptrs...)
	// The recorder's call ends where the method was named; no line is lost.
	gap := strings.Repeat("\n", strings.Count(w.text(sel.X.End(), c.Fun.End()), "\n"))
	pieces = append(pieces, w.replace(c.Fun, fmt.Sprintf("%s.Dyn%d_%d(%s, %s, %s, %s%s)", rt, sig.Params().Len(), n,
		strings.Join(pre, ", "), recv, w.methodID(sel.Sel.Name), gap, "("+iface+")."+sel.Sel.Name)))
	return w.splice(c.Pos(), c.End(), pieces...), outs, true
}

// registerMethod tells the recorder the twin of a method that calls through
// interfaces may reach, or that is used as a value.
func (w *fileWriter) registerMethod(f *funcDecl, s *signature) {
	sig := f.obj.Type().(*types.Signature)
	if sig.Recv() == nil || !f.dynamic && !f.asFunc || !smallShape(sig) && !f.holds {
		return
	}
	name := types.TypeString(sig.Recv().Type(), w.qualifier)
	if len(s.params) > 0 && hasTypeParam(sig.Recv().Type()) {
		for _, t := range w.receivers(f) {
			if inst, ok := w.instantiated(f, s, t); ok {
				name := types.TypeString(t, w.qualifier)
				w.inits = append(w.inits, w.method(f, inst, name, "x__.("+name+")"))
			}
		}
		return
	}
	base := strings.TrimPrefix(name, "*")
	if base != name || strings.Contains(base, "[") {
		w.inits = append(w.inits, w.method(f, s, name, "x__.("+name+")"))
		return
	}
	// A method of a value is one of the pointer, too.
	copied := fmt.Sprintf("*%s.At(%s, &v__, %s, p0__, p__)", rt, tapeName, w.site(siteInfo{node: f.decl.Recv, src: "*" + base, typ: sig.Recv().Type()}))
	w.inits = append(w.inits, w.method(f, s, base, "x__.("+base+")"), w.method(f, s, "*"+base, copied))
}

// method registers the twin of f for a type; recv is its receiver.
func (w *fileWriter) method(f *funcDecl, s *signature, typ, recv string) string {
	own := "p0__"
	viaPointer := strings.HasPrefix(recv, "*")
	if viaPointer { // what it points to has a shadow of its own
		own = "&v__"
	}
	return w.registration(f.obj.Name(), f.holds, s, typ, viaPointer, w.answer(f, twinName(f.obj), s, own, recv))
}

// answer is the call of the twin of f in a function that a type registers.
func (w *fileWriter) answer(f *funcDecl, twin string, s *signature, own, recv string) string {
	args := []string{tapeName}
	if f.bundle != nil {
		twin += "__at"
		args = append(args, "s__")
	}
	args = append(args, s.outs()...)
	args = append(append(append(args, own), s.shadows()...), recv)
	return fmt.Sprintf("%s(%s)", twin, strings.Join(append(args, s.args()...), ", "))
}

// outs, shadows and args are what a registered function has been given: the
// shadows of the results, those of the parameters behind the receiver, and the
// values of these.
func (s *signature) outs() []string { return numbered("o", 0, len(s.results), "") }

func (s *signature) shadows() []string { return numbered("p", 1, len(s.params), "") }

func (s *signature) args() []string {
	args := numbered("a", 0, len(s.params)-1, "")
	if n := len(args); n > 0 && strings.HasPrefix(s.params[n].typ, "...") {
		args[n-1] += "..."
	}
	return args
}

func numbered(name string, from, to int, after string) (list []string) {
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("%s%d__%s", name, i, after))
	}
	return list
}

// registration registers what answers calls of a method on a type; with a nil check
// that is not asked if the value is a nil pointer.
func (w *fileWriter) registration(name string, holds bool, s *signature, typ string, nilCheck bool, call string) string {
	register := "Method"
	if holds {
		register = "Hold"
	}
	var params, results []string
	for i, p := range s.params[1:] {
		params = append(params, fmt.Sprintf("a%d__ %s", i, p.typ))
	}
	for _, r := range s.results {
		results = append(results, r.typ)
	}
	refs := append(append(s.outs(), "p0__"), s.shadows()...)
	head := fmt.Sprintf("func(%s *%s.Tape, s__ *%s.Site, %s *%s.Ref, x__ interface{}", tapeName, rt, rt, strings.Join(refs, ", "), rt)
	if len(params) > 0 {
		head += ", " + strings.Join(params, ", ")
	}
	result := "(" + strings.Join(results, ", ") + ")"
	ret := ""
	if len(results) > 0 {
		ret = "return "
	}
	body := ret + call
	if nilCheck {
		// Only the method itself can say that the pointer is nil.
		plain := fmt.Sprintf("%sx__.(interface{ %s(%s) %s }).%s(%s)", ret, name, strings.Join(params, ", "), result, name, strings.Join(s.args(), ", "))
		body = fmt.Sprintf("p__, _ := x__.(%s); if p__ == nil { %s } else { %s }", typ, plain, body)
	}
	if strings.Contains(call, "&v__") {
		body = fmt.Sprintf("var v__ %s.Ref; %s", rt, body)
	}
	return fmt.Sprintf("%s.%s((*%s)(nil), %s, %s) %s { %s })", rt, register, typ, w.methodID(name), head, result, body)
}
