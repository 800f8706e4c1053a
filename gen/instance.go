package gen

import (
	"go/types"
	"sort"
)

// Methods of generic types answer calls through interfaces as well: those of
// the types that the program makes of them.

// instantiations lists what the loaded packages instantiate each generic type with,
// by the name of the type.
func (a *analysis) instantiations() map[string][]*types.Named {
	seen := map[string]bool{}
	found := map[string][]*types.Named{}
	for _, u := range a.units {
		for _, in := range u.TypesInfo.Instances {
			n, ok := in.Type.(*types.Named)
			if !ok || hasTypeParam(n) {
				continue
			}
			if key := types.TypeString(n, (*types.Package).Path); !seen[key] {
				seen[key] = true
				found[typeKey(n)] = append(found[typeKey(n)], n)
			}
		}
	}
	for _, list := range found {
		sort.Slice(list, func(i, j int) bool {
			return types.TypeString(list[i], (*types.Package).Path) < types.TypeString(list[j], (*types.Package).Path)
		})
	}
	return found
}

func typeKey(n *types.Named) string {
	o := n.Origin().Obj()
	if o.Pkg() == nil {
		return o.Name()
	}
	return o.Pkg().Path() + "." + o.Name()
}

// receivers lists the types that have the method f: its receiver's, or what it
// is instantiated with.
func (a *analysis) receivers(f *funcDecl) []types.Type {
	recv := f.obj.Type().(*types.Signature).Recv().Type()
	t, ptr := recv, false
	if p, ok := t.(*types.Pointer); ok {
		t, ptr = p.Elem(), true
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.TypeParams().Len() == 0 {
		return []types.Type{recv}
	}
	var list []types.Type
	for _, in := range a.instances[typeKey(n)] {
		if ptr {
			list = append(list, types.NewPointer(in))
		} else {
			list = append(list, in)
		}
	}
	return list
}

// fits reports whether a method can be what an interface asks for. Of a generic
// interface only the number of parameters and results is known.
func fits(m, want types.Object) bool {
	if !hasTypeParam(want.Type()) {
		return shape(m) == shape(want)
	}
	ms, ws := m.Type().(*types.Signature), want.Type().(*types.Signature)
	return ms.Params().Len() == ws.Params().Len() && ms.Results().Len() == ws.Results().Len() && ms.Variadic() == ws.Variadic()
}

// instantiated is the signature of the method f of the type t, false if the
// file cannot name its types: those of packages that import this one.
func (w *fileWriter) instantiated(f *funcDecl, s *signature, t types.Type) (*signature, bool) {
	o, _, _ := types.LookupFieldOrMethod(t, true, f.obj.Pkg(), f.obj.Name())
	m, ok := o.(*types.Func)
	if !ok || !w.names(t) || !w.names(m.Type()) {
		return nil, false
	}
	sig := m.Type().(*types.Signature)
	c := &signature{params: append([]param(nil), s.params...), results: append([]param(nil), s.results...), named: s.named}
	for i := range c.params[1:] {
		c.params[i+1].typ = w.parameterType(sig, i)
	}
	for i := range c.results {
		c.results[i].typ = types.TypeString(sig.Results().At(i).Type(), w.qualifier)
	}
	return c, true
}

// names reports whether a package-level declaration of the file can name all of
// a type: it and what it is made of are predeclared, of this package, or
// exported by one that this package imports.
func (w *fileWriter) names(t types.Type) bool {
	imports := map[string]bool{}
	for _, p := range w.unit.Types.Imports() {
		imports[p.Path()] = true
	}
	ok := true
	types.TypeString(t, func(p *types.Package) string {
		ok = ok && (p == w.unit.Types || imports[p.Path()])
		return p.Path()
	})
	return ok && namesLocal(t, w.unit.Types, map[types.Type]bool{})
}

// namesLocal reports whether all declared types in t are visible at package
// level, from pkg.
func namesLocal(t types.Type, pkg *types.Package, seen map[types.Type]bool) bool {
	if seen[t] {
		return true
	}
	seen[t] = true
	all := func(ts ...types.Type) bool {
		for _, t := range ts {
			if !namesLocal(t, pkg, seen) {
				return false
			}
		}
		return true
	}
	switch t := t.(type) {
	case *types.Basic:
		return true
	case *types.Alias:
		return all(types.Unalias(t))
	case *types.Named:
		o := t.Obj()
		if o.Pkg() != nil && (o.Parent() != o.Pkg().Scope() || o.Pkg() != pkg && !o.Exported()) {
			return false
		}
		for i := 0; i < t.TypeArgs().Len(); i++ {
			if !all(t.TypeArgs().At(i)) {
				return false
			}
		}
		return true
	case *types.Pointer:
		return all(t.Elem())
	case *types.Slice:
		return all(t.Elem())
	case *types.Array:
		return all(t.Elem())
	case *types.Chan:
		return all(t.Elem())
	case *types.Map:
		return all(t.Key(), t.Elem())
	case *types.Signature:
		return all(t.Params(), t.Results())
	case *types.Tuple:
		for i := 0; i < t.Len(); i++ {
			if !all(t.At(i).Type()) {
				return false
			}
		}
		return true
	case *types.Interface:
		return t.NumMethods() == 0 && t.IsMethodSet()
	}
	return false
}
