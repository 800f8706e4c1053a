package gen

import (
	"go/ast"
	"go/types"
)

// The entry at the head of a followed function leads callers that are not
// rewritten to its twin. It costs the program that is not recording: a call of
// a small function is no longer inlined. So only those functions have one that
// need it.
//
// A helper, followed because a followed function gives it values, needs none if
// all that names it are calls: followed callers call its twin, and other callers
// have nothing to give that has a node. What leads to a bundle or a node needs
// one always, and so does what may be called without its name. Callers that
// should be followed but cannot be still lead to it by its entry.

// chooseEntries decides which functions have an entry. callers and direct are
// those of choose.
func (a *analysis) chooseEntries(callers map[*funcDecl][]*funcDecl, direct map[*funcDecl]string) {
	leads := a.leading(callers, direct)
	named, asked := a.namedOutside(), a.interfaceMethods()
	for _, f := range a.order {
		// Who nobody calls is called from outside, as TestMain is.
		f.helper = len(callers[f]) > 0 && !leads[f] && f.role == roleNone && !named[f] && !f.dynamic && !f.asFunc &&
			(f.decl.Recv == nil || !asked[f.obj.Name()]) && !takesTest(f)
		f.callers = callers[f]
	}
}

// leading are the functions that lead to a bundle or a node.
func (a *analysis) leading(callers map[*funcDecl][]*funcDecl, direct map[*funcDecl]string) map[*funcDecl]bool {
	leads := map[*funcDecl]bool{}
	var reached []*funcDecl
	reach := func(f *funcDecl) {
		if !leads[f] {
			leads[f] = true
			reached = append(reached, f)
		}
	}
	for _, f := range a.order {
		if f.bundle != nil || direct[f] != "" {
			reach(f)
		}
	}
	for len(reached) > 0 {
		f := reached[0]
		reached = reached[1:]
		for _, c := range callers[f] {
			reach(c)
		}
	}
	return leads
}

// entered reports whether f has an entry.
func (f *funcDecl) entered() bool {
	if !f.helper {
		return true
	}
	for _, c := range f.callers {
		// What is left alone for counting allocations, say, records nothing.
		if c.flow != "" && c.opaque != "" && !c.paused {
			return true
		}
	}
	return false
}

// takesTest reports whether a parameter of f is a test: what f says of it is
// feedback, whoever calls f.
func takesTest(f *funcDecl) bool {
	params := f.obj.Type().(*types.Signature).Params()
	for i := 0; i < params.Len(); i++ {
		if isTB(params.At(i).Type()) {
			return true
		}
	}
	return false
}

// namedOutside finds the declared functions that are named elsewhere than in a
// call inside of a declared function: as values, by variables of a package, and
// by its init functions.
func (a *analysis) namedOutside() map[*funcDecl]bool {
	named := map[*funcDecl]bool{}
	add := func(o types.Object) {
		if fn, ok := o.(*types.Func); ok {
			if f := a.lookup(fn); f != nil {
				named[f] = true
			}
		}
	}
	for _, f := range a.order {
		for _, n := range f.outline.names {
			if !n.called && n.obj != f.obj {
				add(n.obj)
			}
		}
	}
	for _, u := range a.units {
		for _, file := range u.Syntax {
			for _, d := range file.Decls {
				if fd, ok := d.(*ast.FuncDecl); ok && !(fd.Recv == nil && fd.Name.Name == "init") {
					continue
				}
				ast.Inspect(d, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok {
						add(u.TypesInfo.Uses[id])
					}
					return true
				})
			}
		}
	}
	return named
}

// interfaceMethods lists the names of the methods that the program may ask of an
// interface, or hand over in one: those of all interfaces that it has values or
// parameters of.
func (a *analysis) interfaceMethods() map[string]bool {
	names := map[string]bool{}
	seen := map[types.Type]bool{}
	var add func(t types.Type)
	add = func(t types.Type) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		switch u := t.(type) {
		case *types.Alias:
			add(types.Unalias(u))
		case *types.Named:
			// What its fields hold is seen where they are used.
			if i, ok := u.Underlying().(*types.Interface); ok {
				add(i)
			}
			if s, ok := u.Underlying().(*types.Signature); ok {
				add(s)
			}
		case *types.Interface:
			for i := 0; i < u.NumMethods(); i++ {
				names[u.Method(i).Name()] = true
			}
		case *types.Pointer:
			add(u.Elem())
		case *types.Slice:
			add(u.Elem())
		case *types.Array:
			add(u.Elem())
		case *types.Chan:
			add(u.Elem())
		case *types.Map:
			add(u.Key())
			add(u.Elem())
		case *types.Tuple:
			for i := 0; i < u.Len(); i++ {
				add(u.At(i).Type())
			}
		case *types.Signature:
			add(u.Params())
			add(u.Results())
		case *types.Struct:
			for i := 0; i < u.NumFields(); i++ {
				add(u.Field(i).Type())
			}
		}
	}
	object := func(o types.Object) {
		if o == nil {
			return
		}
		add(o.Type())
		if fn, ok := o.(*types.Func); ok {
			// An interface without a name is known by its methods.
			if r := fn.Type().(*types.Signature).Recv(); r != nil && types.IsInterface(r.Type()) {
				names[fn.Name()] = true
			}
		}
	}
	for _, u := range a.units {
		for _, o := range u.TypesInfo.Uses {
			object(o)
		}
		for _, o := range u.TypesInfo.Defs {
			object(o)
		}
	}
	return names
}
