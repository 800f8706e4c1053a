package gen

import (
	"cmp"
	"go/ast"
	"go/types"
	"strings"

	"github.com/opto-go/trace/gen/directive"
)

// followBundles decides which bundles have their bodies followed: those that
// say expand, and those inside which a parameter lies that nothing outside
// would lead to. Of the others it notes which operators they hide.
func (a *analysis) followBundles() {
	var r *reach
	for _, f := range a.order {
		if f.bundle == nil || f.opaque != "" {
			continue
		}
		if r == nil {
			r = a.newReach()
		}
		found := r.from(f, argumentFields(f.obj))
		switch {
		case f.bundle.Expand:
			f.inside = "expand"
		case found.param != "":
			f.inside = "holds parameter " + found.param
		default:
			f.hides = found.bundle
		}
		body := *f // what a bundle looks at is its own affair, unless it is followed
		if a.looksAt(&body, true); body.seen != "" && f.inside != "" {
			f.closed, f.inside = body.seen, ""
		}
		if f.inside == "" && a.prog.Config.Level != LevelBundle {
			f.unmarked = cmp.Or(body.seen, unmarkable(f))
			f.marked = f.unmarked == ""
		}
	}
	for _, f := range a.interfaces {
		f.mutates = a.interfaceMutates(f)
		if f.opaque == "" {
			if r == nil {
				r = a.newReach()
			}
			a.followAnswers(f, r)
		}
	}
}

// followAnswers decides which methods are followed when they answer a call of
// a bundle on an interface: with expand all, else those that hold a parameter.
func (a *analysis) followAnswers(f *funcDecl, r *reach) {
	for _, g := range a.answering(f) {
		if g.opaque != "" || g.decl.Body == nil {
			continue
		}
		trainable := g.bundle != nil && g.bundle.Trainable
		if f.bundle.Expand || trainable || r.from(g, nil).param != "" {
			g.holds, g.dynamic, f.holds = true, true, true
		}
	}
}

// reach knows which functions a body may call: by name, through interfaces,
// and through values of functions, as far as types tell.
type reach struct {
	a     *analysis
	calls map[*funcDecl][]*funcDecl
	// values are the functions that are used as values, by the shape of their
	// type; for a literal, the function around it stands.
	values map[string][]*funcDecl
	shapes map[*funcDecl][]string // of the values that a function calls
}

func (a *analysis) newReach() *reach {
	r := &reach{a: a, calls: map[*funcDecl][]*funcDecl{}, values: map[string][]*funcDecl{}, shapes: map[*funcDecl][]string{}}
	for _, f := range a.order {
		if f.asFunc {
			k := valueShape(f.obj.Type().(*types.Signature))
			r.values[k] = append(r.values[k], f)
		}
		if f.decl.Body == nil {
			continue
		}
		info := f.unit.TypesInfo
		for _, m := range a.mentions(f) {
			r.calls[f] = append(r.calls[f], m.fn)
		}
		// A literal that only the code around it calls is no value to others, and
		// a call of it leads nowhere else.
		lits := findLiterals(info, f.decl, len(f.outline.lits) > 0)
		for _, lit := range f.outline.lits {
			if lits.tame[lit] {
				continue
			}
			if sig, ok := info.TypeOf(lit).(*types.Signature); ok {
				k := valueShape(sig)
				r.values[k] = append(r.values[k], f)
			}
		}
		for _, c := range f.outline.calls {
			if c.deferred || lits.own[calleeVariable(info, c.CallExpr)] {
				continue
			}
			if sig := calledValue(info, c.CallExpr); sig != nil {
				r.shapes[f] = append(r.shapes[f], valueShape(sig))
			}
		}
	}
	return r
}

// calleeVariable is the variable that a call names as what it calls, if it does.
func calleeVariable(info *types.Info, c *ast.CallExpr) types.Object {
	if id, ok := ast.Unparen(c.Fun).(*ast.Ident); ok {
		return info.Uses[id]
	}
	return nil
}

// calledValue gives the type of the function value that a call calls, nil for
// calls of declared functions, methods, literals, builtins and conversions.
func calledValue(info *types.Info, c *ast.CallExpr) *types.Signature {
	if tv := info.Types[c.Fun]; tv.IsType() || tv.IsBuiltin() {
		return nil
	}
	if _, lit := ast.Unparen(c.Fun).(*ast.FuncLit); lit {
		return nil
	}
	if _, declared := calleeObject(info, c).(*types.Func); declared {
		return nil
	}
	t := info.TypeOf(c.Fun)
	if t == nil {
		return nil
	}
	sig, _ := t.Underlying().(*types.Signature)
	return sig
}

// valueShape is what the types of two functions have in common if one value
// can stand for the other; a type parameter stands for anything.
func valueShape(sig *types.Signature) string {
	var b strings.Builder
	for _, tuple := range []*types.Tuple{sig.Params(), sig.Results()} {
		b.WriteByte('(')
		for i := 0; i < tuple.Len(); i++ {
			t := tuple.At(i).Type()
			if hasTypeParam(t) {
				return "generic"
			}
			b.WriteString(bareType(t) + ",")
		}
		b.WriteByte(')')
	}
	return b.String()
}

// called lists the functions that may answer calls of values in f.
func (r *reach) called(f *funcDecl) []*funcDecl {
	var fs []*funcDecl
	for _, k := range r.shapes[f] {
		if k == "generic" {
			for _, k := range sortedKeys(r.values) {
				fs = append(fs, r.values[k]...)
			}
			continue
		}
		fs = append(append(fs, r.values[k]...), r.values["generic"]...)
	}
	return fs
}

// finding is what lies inside a bundle, empty for what does not.
type finding struct {
	param  string // name of a parameter that is not an input of the bundle
	bundle string // name of another bundle
}

// from looks at everything that f may call. The parameter that it is itself,
// and the known ones, are found without.
func (r *reach) from(f *funcDecl, known map[types.Object]bool) finding {
	var found finding
	seen := map[*funcDecl]bool{f: true}
	todo := []*funcDecl{f}
	for len(todo) > 0 && found.param == "" {
		g := todo[0]
		todo = todo[1:]
		if g != f && g.bundle != nil {
			if g.bundle.Trainable {
				found.param = shortName(g.obj)
				break
			}
			if found.bundle == "" {
				found.bundle = shortName(g.obj)
			}
		}
		if g.decl.Body == nil {
			continue
		}
		if name := r.a.trainableUse(g, known); name != "" {
			found.param = name
			break
		}
		for _, next := range append(r.calls[g][:len(r.calls[g]):len(r.calls[g])], r.called(g)...) {
			if !seen[next] {
				seen[next] = true
				todo = append(todo, next)
			}
		}
	}
	return found
}

// argumentFields are the fields of the structs that a bundle is given: their
// parameters are inputs of every call.
func argumentFields(fn *types.Func) map[types.Object]bool {
	known := map[types.Object]bool{}
	sig := fn.Type().(*types.Signature)
	add := func(v *types.Var) {
		if v == nil {
			return
		}
		t := v.Type().Underlying()
		if p, ok := t.(*types.Pointer); ok {
			t = p.Elem().Underlying()
		}
		if st, ok := t.(*types.Struct); ok {
			for i := 0; i < st.NumFields(); i++ {
				known[st.Field(i).Origin()] = true
			}
		}
	}
	add(sig.Recv())
	for i := 0; i < sig.Params().Len(); i++ {
		add(sig.Params().At(i))
	}
	return known
}

// trainableUse names a trainable node that f uses or defines.
func (a *analysis) trainableUse(f *funcDecl, known map[types.Object]bool) string {
	for _, n := range f.outline.names[f.outline.body:] {
		o := n.obj
		if v, ok := o.(*types.Var); ok {
			o = v.Origin()
		}
		if known[o] {
			continue
		}
		if t := a.node(o); t != nil && t.Kind == directive.Node && t.Trainable {
			return o.Name()
		}
	}
	return ""
}
