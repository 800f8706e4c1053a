package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// A struct has the methods of what it embeds, and answers calls through
// interfaces with them. For the recorder, which goes by the dynamic type, each
// struct registers them itself: as the twin of the method, or as another call
// through an interface, if it embeds one.

// A promotion is a method that a struct has because it embeds something.
type promotion struct {
	outer  *types.Named
	method *types.Selection // of the pointer to it
	fn     *funcDecl        // nil for a method of an embedded interface
	iface  *types.Interface // that interface
}

// promote finds the methods that the declared structs have by embedding, by
// name.
func (a *analysis) promote() {
	a.promoted = map[string][]*promotion{}
	for _, u := range a.units {
		scope := u.Types.Scope()
		for _, name := range scope.Names() {
			o, ok := scope.Lookup(name).(*types.TypeName)
			if !ok || o.IsAlias() || !u.owns[a.prog.Fset.PositionFor(o.Pos(), false).Filename] {
				continue
			}
			n, ok := o.Type().(*types.Named)
			if !ok || n.TypeParams().Len() > 0 || !embeds(n) {
				continue
			}
			set := types.NewMethodSet(types.NewPointer(n))
			for i := 0; i < set.Len(); i++ {
				m := set.At(i)
				if len(m.Index()) == 1 {
					continue
				}
				p := &promotion{outer: n, method: m}
				fn := m.Obj().(*types.Func)
				if recv := fn.Type().(*types.Signature).Recv().Type(); types.IsInterface(recv) {
					p.iface = recv.Underlying().(*types.Interface)
				} else if p.fn = a.lookup(fn); p.fn == nil {
					continue
				}
				a.promoted[fn.Name()] = append(a.promoted[fn.Name()], p)
			}
		}
	}
}

func embeds(n *types.Named) bool {
	st, ok := n.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for i := 0; i < st.NumFields(); i++ {
		if st.Field(i).Embedded() {
			return true
		}
	}
	return false
}

// promoting adds to fs the methods that answer a call through an interface on
// a struct that embeds what has them.
func (a *analysis) promoting(fs []*funcDecl, name string, iface *types.Interface) []*funcDecl {
	asked := []*types.Interface{iface}
	for i := 0; i < len(asked); i++ {
		for _, p := range a.promoted[name] {
			switch {
			case p.fn != nil && slices.Contains(fs, p.fn), p.iface != nil && slices.Contains(asked, p.iface), !implements(p.outer, asked[i]):
			case p.fn != nil:
				fs = append(fs, p.fn)
			default:
				asked = append(asked, p.iface)
				for _, f := range a.methods[name] {
					if !slices.Contains(fs, f) && slices.ContainsFunc(a.receivers(f), func(t types.Type) bool { return implements(t, p.iface) }) {
						fs = append(fs, f)
					}
				}
			}
		}
	}
	return fs
}

// answering gives the method with a twin that a promoted one leads to, the
// first one of several, nil if there is none that a call may want.
func (p *promotion) answering(a *analysis) *funcDecl {
	fs := []*funcDecl{p.fn}
	if p.fn == nil {
		fs = a.implementing(p.method.Obj().Name(), p.iface)
	}
	for _, f := range fs {
		if f.twinned() && (f.dynamic || f.holds) && (f.holds || smallShape(f.obj.Type().(*types.Signature))) {
			return f
		}
	}
	return nil
}

// promotions registers the methods that the structs of the file have by
// embedding.
func (w *fileWriter) promotions() {
	for _, im := range w.file.Imports {
		if im.Path.Value == `"C"` {
			return
		}
	}
	var all []*promotion
	for _, d := range w.file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		for _, s := range g.Specs {
			o := w.unit.TypesInfo.Defs[s.(*ast.TypeSpec).Name]
			for _, name := range sortedKeys(w.promoted) {
				for _, p := range w.promoted[name] {
					if types.Object(p.outer.Obj()) == o {
						all = append(all, p)
					}
				}
			}
		}
	}
	for _, p := range all {
		f := p.answering(w.analysis)
		if f == nil {
			continue
		}
		text, ok := w.promotion(p, f)
		if !ok {
			o := p.outer.Obj()
			w.notes = append(w.notes, Note{Pos: w.prog.Fset.Position(o.Pos()), Kind: NoteDegraded, Func: o.Name() + "." + f.obj.Name(),
				Reason: "embedded " + shortName(f.obj) + " is not followed when a call through an interface finds it in " + o.Name()})
			continue
		}
		w.twins = append(w.twins, twinText{"func init() { " + text + " }", f, p.outer.Obj().Pos()})
	}
}

// promotion registers a promoted method for the struct and the pointer to it;
// false if its package cannot name what that takes.
func (w *fileWriter) promotion(p *promotion, f *funcDecl) (string, bool) {
	m := p.method.Obj().(*types.Func)
	sig := m.Type().(*types.Signature)
	if !m.Exported() && m.Pkg() != w.unit.Types || !w.names(sig.Params()) || !w.names(sig.Results()) {
		return "", false
	}
	s := &signature{params: []param{{}}}
	for i := 0; i < sig.Params().Len(); i++ {
		s.params = append(s.params, param{typ: w.parameterType(sig, i)})
	}
	for i := 0; i < sig.Results().Len(); i++ {
		s.results = append(s.results, param{typ: types.TypeString(sig.Results().At(i).Type(), w.qualifier)})
	}
	name := p.outer.Obj().Name()
	var texts []string
	for _, ptr := range []bool{false, true} {
		typ, base := name, "x__.("+name+")"
		var t types.Type = p.outer
		if ptr {
			typ, base, t = "*"+name, "p__", types.NewPointer(t)
		}
		if types.NewMethodSet(t).Lookup(m.Pkg(), m.Name()) == nil {
			continue
		}
		call, ok := w.promotedCall(p, f, s, base, ptr)
		if !ok {
			return "", false
		}
		texts = append(texts, w.registration(m.Name(), f.holds, s, typ, ptr, call))
	}
	return strings.Join(texts, "; "), true
}

// parameterType is the text of a parameter's type.
func (w *fileWriter) parameterType(sig *types.Signature, i int) string {
	typ := sig.Params().At(i).Type()
	if slice, ok := typ.(*types.Slice); ok && sig.Variadic() && i == sig.Params().Len()-1 {
		return "..." + types.TypeString(slice.Elem(), w.qualifier)
	}
	return types.TypeString(typ, w.qualifier)
}

// promotedCall is the call of the twin of a promoted method on base, which is
// the struct or the pointer to it, of the shadow p0__.
func (w *fileWriter) promotedCall(p *promotion, f *funcDecl, s *signature, base string, memory bool) (string, bool) {
	m := p.method.Obj().(*types.Func)
	// As far as this package can go: what lies behind registers itself.
	var t types.Type = p.outer
	place, whole := base, true
	var fields []int
	for _, i := range p.method.Index()[:len(p.method.Index())-1] {
		if ptr, ok := t.Underlying().(*types.Pointer); ok {
			t, memory = ptr.Elem(), true
		}
		field := t.Underlying().(*types.Struct).Field(i)
		if !field.Exported() && field.Pkg() != w.unit.Types {
			whole = false
			break
		}
		place += "." + field.Name()
		fields = append(fields, i)
		t = field.Type()
	}
	site := w.site(siteInfo{node: &ast.Ident{NamePos: p.outer.Obj().Pos()}, src: strings.Replace(place, base, p.outer.Obj().Name(), 1), typ: t})
	loaded := fmt.Sprintf("%s.Part(%s, &v__, %s, p0__, %s, %s)", rt, tapeName, site, pathText(fields), place)
	if memory {
		loaded = fmt.Sprintf("*%s.At(%s, &v__, %s, p0__, &%s)", rt, tapeName, site, place)
	}
	recv, own := loaded, "&v__"
	if p.fn != nil && whole && (p.fn.unit.path == w.unit.path || p.fn.unit.Name != "main" && importable(w.unit.path, p.fn.unit.path)) {
		want, have := isPointer(p.fn.obj.Type().(*types.Signature).Recv().Type()), isPointer(t)
		switch {
		case want && !have:
			recv, own = "&"+place, "p0__"
		case have && !want:
			recv = fmt.Sprintf("*%s.At(%s, &v__, %s, p0__, %s)", rt, tapeName, site, place)
		}
		twin := twinName(f.obj)
		if f.unit.path != w.unit.path {
			twin = w.alias(f.unit.path) + "." + twin
		}
		return w.answer(f, twin, s, own, recv), true
	}
	if !smallShape(m.Type().(*types.Signature)) || !w.names(t) {
		return "", false
	}
	if memory && !types.IsInterface(t) && !isPointer(t) {
		recv, own, t = "&"+place, "p0__", types.NewPointer(t)
	}
	name := p.outer.Obj().Name() + "." + m.Name()
	call := w.site(siteInfo{node: &ast.Ident{NamePos: p.outer.Obj().Pos()}, src: name, op: name, deep: true})
	args := append(append([]string{tapeName, fmt.Sprintf("%s.SiteOr(s__, %s)", rt, call), own}, s.outs()...), s.shadows()...)
	return fmt.Sprintf("%s.Dyn%d_%d(%s, %s, %s, (%s).%s)(%s)", rt, len(s.params)-1, len(s.results), strings.Join(args, ", "), recv,
		w.methodID(m.Name()), types.TypeString(t, w.qualifier), m.Name(), strings.Join(s.args(), ", ")), true
}
