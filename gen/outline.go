package gen

import (
	"go/ast"
	"go/types"
	"slices"
)

// An outline lists what the questions about a function are about, so that its
// body is not walked once more for each of them. Everything is in the order in
// which [ast.Inspect] meets it.
type outline struct {
	names []namedObject
	body  int // names[body:] are those of the body
	calls []outlineCall
	lits  []*ast.FuncLit
}

// namedObject is an identifier with its meaning.
type namedObject struct {
	id     *ast.Ident
	obj    types.Object
	called bool // it is what a call calls
}

// outlineCall is a call in a body, or the defer statement of one: that comes
// before the call itself.
type outlineCall struct {
	*ast.CallExpr
	callee   types.Object // as calleeObject has it
	lits     int          // function literals around it
	deferred bool
}

// outlines makes the outlines of all functions that are ours to rewrite.
func (a *analysis) outlines() map[*ast.File]map[*ast.FuncDecl]*outline {
	all := map[*ast.File]map[*ast.FuncDecl]*outline{}
	var todo []func()
	for _, u := range a.units {
		for _, f := range u.Syntax {
			if !u.owns[a.prog.fileName(f)] {
				continue
			}
			os := map[*ast.FuncDecl]*outline{}
			all[f] = os
			todo = append(todo, func() {
				var room outline
				for _, d := range f.Decls {
					if fd, ok := d.(*ast.FuncDecl); ok {
						os[fd] = newOutline(u.TypesInfo, fd, &room)
					}
				}
			})
		}
	}
	together(todo)
	return all
}

// newOutline makes the outline of a function; room is for use again by the
// next one.
func newOutline(info *types.Info, fd *ast.FuncDecl, room *outline) *outline {
	o := &outline{names: room.names[:0], calls: room.calls[:0]}
	var called []*ast.Ident // mostly the next identifier is the last of them
	lits := 0
	visit := func(n ast.Node) {
		switch n := n.(type) {
		case *ast.DeferStmt:
			o.calls = append(o.calls, outlineCall{n.Call, calleeObject(info, n.Call), lits, true})
		case *ast.CallExpr:
			o.calls = append(o.calls, outlineCall{n, calleeObject(info, n), lits, false})
			switch x := unindex(n.Fun).(type) {
			case *ast.Ident:
				called = append(called, x)
			case *ast.SelectorExpr:
				// T.m(x, …) calls the method as a value.
				if s := info.Selections[x]; s == nil || s.Kind() != types.MethodExpr {
					called = append(called, x.Sel)
				}
			}
		case *ast.Ident:
			obj := info.ObjectOf(n)
			if obj == nil {
				return
			}
			is := false
			for i := len(called) - 1; i >= 0; i-- {
				if called[i] == n {
					is, called = true, append(called[:i], called[i+1:]...)
					break
				}
			}
			o.names = append(o.names, namedObject{n, obj, is})
		}
	}
	var walk func(n ast.Node, lit *ast.FuncLit)
	walk = func(n ast.Node, lit *ast.FuncLit) {
		ast.Inspect(n, func(n ast.Node) bool {
			if n, ok := n.(*ast.FuncLit); ok && n != lit {
				o.lits = append(o.lits, n)
				lits++
				walk(n, n)
				lits--
				return false
			}
			visit(n)
			return true
		})
	}
	if fd.Recv != nil {
		walk(fd.Recv, nil)
	}
	walk(fd.Name, nil)
	walk(fd.Type, nil)
	o.body, o.calls, o.lits = len(o.names), o.calls[:0], nil
	if fd.Body != nil {
		walk(fd.Body, nil)
	}
	room.names, room.calls = o.names, o.calls
	o.names, o.calls = slices.Clone(o.names), slices.Clone(o.calls)
	return o
}

// fullName is that of the generic origin of a function. Making it takes longer
// than all else that is done with it.
func (a *analysis) fullName(f *types.Func) string {
	f = f.Origin()
	if name, ok := a.fullNames.Load(f); ok {
		return name.(string)
	}
	name := f.FullName()
	a.fullNames.Store(f, name)
	return name
}

// lookup finds a function of the loaded packages, nil if it is none. The
// variants of a package have objects of their own for one function.
func (a *analysis) lookup(f *types.Func) *funcDecl { return a.funcs[a.fullName(f)] }
