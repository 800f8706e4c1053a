package gen

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A function that gets nothing may still hand on what another one stored, in
// variables of packages. It is followed as well, if a flow function calls it.

// globals names, for the functions that use variables of packages which may hold
// followed values, themselves or by what they call, one such variable. callers are
// those of choose.
func (a *analysis) globals(callers map[*funcDecl][]*funcDecl) map[*funcDecl]string {
	by := map[*funcDecl]string{}
	assigned := a.assignedGlobals()
	var todo []*funcDecl
	for _, f := range a.order {
		if f.outline == nil || f.bundle != nil && f.inside == "" {
			continue
		}
		for _, n := range f.outline.names[f.outline.body:] {
			v, ok := n.obj.(*types.Var)
			if ok && packageLevel(v) && a.loaded[v.Pkg().Path()] && (assigned[v.Pos()] || !inert(v.Type())) {
				by[f] = v.Name()
				todo = append(todo, f)
				break
			}
		}
	}
	for len(todo) > 0 {
		f := todo[0]
		todo = todo[1:]
		for _, c := range callers[f] {
			if by[c] == "" && (c.bundle == nil || c.inside != "") {
				by[c] = by[f]
				todo = append(todo, c)
			}
		}
	}
	return by
}

// inert reports whether a variable of the type that nobody assigns stays what it
// was: nothing can be stored in what it refers to.
func inert(t types.Type) bool {
	if types.Identical(t, types.Universe.Lookup("error").Type()) || showsNothing(t) {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Basic, *types.Signature:
		return true
	case *types.Pointer:
		return showsNothing(u.Elem())
	}
	return false
}

// showsNothing reports whether a type of the standard library never hands on a value
// that it was given, as locks, or keeps what it was made with.
func showsNothing(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil {
		return false
	}
	switch n.Obj().Pkg().Path() + "." + n.Obj().Name() {
	case "sync.Mutex", "sync.RWMutex", "sync.Once", "sync.WaitGroup", "regexp.Regexp", "reflect.Type", "time.Time", "time.Location":
		return true
	}
	return false
}

// assignedGlobals finds the variables of packages that a function assigns, whole or
// in part, or takes the address of, as for a method that may change it.
func (a *analysis) assignedGlobals() map[token.Pos]bool {
	found := map[token.Pos]bool{}
	for _, u := range a.units {
		for _, f := range u.Syntax {
			if !u.owns[a.prog.fileName(f)] {
				continue
			}
			a.assignsGlobals(u, f, found)
		}
	}
	return found
}

// assignsGlobals adds those that a part of the source assigns.
func (a *analysis) assignsGlobals(u *unit, part ast.Node, found map[token.Pos]bool) {
	info := u.TypesInfo
	changed := func(e ast.Expr, method bool) {
		for ; e != nil; e = within(e) {
			id, _ := e.(*ast.Ident)
			if sel, ok := e.(*ast.SelectorExpr); ok {
				id = sel.Sel
			}
			if id == nil {
				continue
			}
			if v, ok := info.Uses[id].(*types.Var); ok && packageLevel(v) && !(method && inert(v.Type()) && showsNothing(pointee(v.Type()))) {
				found[v.Pos()] = true
			}
		}
	}
	ast.Inspect(part, func(n ast.Node) bool {
		changes(info, n, changed)
		return true
	})
}

// pointee is what a pointer points to, and any other type itself.
func pointee(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}
