package search

import (
	"go/ast"
	"go/token"
	"go/types"
	"sort"
)

// ident replaces a name by others of the identical type: variables in scope,
// fields of the receiver, constants, functions.
func (m *mutator) ident(n *ast.Ident) {
	switch obj := m.d.info.Uses[n].(type) {
	case *types.Var:
		m.variable(n, obj)
	case *types.Const:
		if obj.Parent() == types.Universe {
			switch n.Name {
			case "true":
				m.replace(n, "false", .65, "constant")
			case "false":
				m.replace(n, "true", .65, "constant")
			}
			return
		}
		for _, name := range m.visible(n.Pos(), obj.Type(), func(o types.Object) bool {
			_, ok := o.(*types.Const)
			return ok
		}) {
			m.replace(n, name, wConstant, "constant")
		}
	case *types.Func:
		if obj.Pkg() == nil {
			return
		}
		for _, f := range m.sameSignature(m.d.env.home.Scope(), obj, false) {
			m.replace(n, f, wCallee*closeness(n.Name, f), "callee")
		}
	case *types.Builtin:
		switch n.Name {
		case "min":
			m.replace(n, "max", .7, "callee")
		case "max":
			m.replace(n, "min", .7, "callee")
		case "len":
			m.runeCount(n)
		}
	}
}

// runeCount counts characters where bytes were counted.
func (m *mutator) runeCount(n *ast.Ident) {
	call, ok := m.parent().(*ast.CallExpr)
	if !ok || len(call.Args) != 1 || !isString(m.d.typeOf(call.Args[0])) {
		return
	}
	arg := m.d.text(call.Args[0])
	m.replace(call.Args[0], "[]rune("+arg+")", .4, "callee")
}

func (m *mutator) variable(n *ast.Ident, obj *types.Var) {
	weight := wVariable
	if a, ok := m.parent().(*ast.AssignStmt); ok {
		for _, l := range a.Lhs {
			if l == n {
				weight = .2
			}
		}
	}
	for _, name := range m.visible(n.Pos(), obj.Type(), func(o types.Object) bool {
		_, ok := o.(*types.Var)
		return ok && o != obj
	}) {
		w := weight
		if m.d.env.home.Scope().Lookup(name) != nil {
			w /= 2
		}
		m.replace(n, name, w, "variable")
	}
	for _, f := range m.receiverFields(obj.Type()) {
		m.replace(n, f, weight/2, "variable")
	}
}

// visible returns the names of objects in scope at a position that have the
// identical type, innermost scope first, each scope sorted.
func (m *mutator) visible(at token.Pos, t types.Type, want func(types.Object) bool) []string {
	var names []string
	seen := map[string]bool{}
	for scope := m.d.innermost(at); scope != nil && scope != types.Universe; scope = scope.Parent() {
		for _, name := range scope.Names() {
			if seen[name] || name == "_" {
				continue
			}
			_, obj := scope.LookupParent(name, at)
			if obj == nil || obj.Parent() != scope && !m.d.atPackage(obj) {
				continue
			}
			seen[name] = true // hides the name further out, whatever its type
			if want(obj) && types.Identical(obj.Type(), t) {
				names = append(names, name)
			}
		}
	}
	return names
}

// atPackage reports whether an object is one of the package: their scope is
// the real package's, not the copy's.
func (d *decl) atPackage(obj types.Object) bool {
	return d.env.home.Scope().Lookup(obj.Name()) == obj
}

func (d *decl) innermost(at token.Pos) *types.Scope {
	if s := d.info.Scopes[d.file]; s != nil {
		if in := s.Innermost(at); in != nil {
			return in
		}
	}
	return d.env.pkg.Scope()
}

func (m *mutator) receiverFields(t types.Type) []string {
	if m.d.fn.Recv == nil || len(m.d.fn.Recv.List) == 0 || len(m.d.fn.Recv.List[0].Names) == 0 {
		return nil
	}
	recv := m.d.fn.Recv.List[0].Names[0].Name
	obj := m.d.info.Defs[m.d.fn.Recv.List[0].Names[0]]
	if obj == nil || recv == "_" {
		return nil
	}
	var names []string
	for _, f := range fieldsOf(obj.Type()) {
		if types.Identical(f.Type(), t) {
			names = append(names, recv+"."+f.Name())
		}
	}
	return names
}

func fieldsOf(t types.Type) []*types.Var {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	var list []*types.Var
	for i := 0; i < s.NumFields(); i++ {
		if f := s.Field(i); f.Name() != "_" {
			list = append(list, f)
		}
	}
	return list
}

// selector replaces what follows a dot: a function of a package, a method, a
// field.
func (m *mutator) selector(n *ast.SelectorExpr) {
	if x, ok := n.X.(*ast.Ident); ok {
		if pkg, ok := m.d.info.Uses[x].(*types.PkgName); ok {
			m.fromPackage(n, pkg)
			return
		}
	}
	sel := m.d.info.Selections[n]
	if sel == nil {
		return
	}
	switch obj := sel.Obj().(type) {
	case *types.Var:
		for _, f := range fieldsOf(m.d.typeOf(n.X)) {
			if f != obj && types.Identical(f.Type(), obj.Type()) && (f.Exported() || f.Pkg() == m.d.env.home) {
				m.replace(n.Sel, f.Name(), wVariable, "variable")
			}
		}
	case *types.Func:
		for _, name := range m.sameMethods(n, obj) {
			m.replace(n.Sel, name, wCallee*closeness(obj.Name(), name), "callee")
		}
	}
}

func (m *mutator) fromPackage(n *ast.SelectorExpr, pkg *types.PkgName) {
	switch obj := m.d.info.Uses[n.Sel].(type) {
	case *types.Func:
		for _, f := range m.sameSignature(pkg.Imported().Scope(), obj, true) {
			m.replace(n.Sel, f, wCallee*closeness(obj.Name(), f), "callee")
		}
	case *types.Const:
		scope := pkg.Imported().Scope()
		for _, name := range scope.Names() {
			if c, ok := scope.Lookup(name).(*types.Const); ok && c.Exported() && c != obj && types.Identical(c.Type(), obj.Type()) {
				m.replace(n.Sel, name, wConstant*closeness(obj.Name(), name)*.6, "constant")
			}
		}
	}
}

// sameSignature returns the other functions of a package that fit wherever fn
// does.
func (m *mutator) sameSignature(scope *types.Scope, fn *types.Func, exported bool) []string {
	var names []string
	for _, name := range scope.Names() {
		f, ok := scope.Lookup(name).(*types.Func)
		if !ok || f == fn || exported && !f.Exported() || name == m.d.env.param.Syntax.Func.Name.Name {
			continue
		}
		if types.Identical(f.Type(), fn.Type()) {
			names = append(names, name)
		}
	}
	return names
}

func (m *mutator) sameMethods(n *ast.SelectorExpr, fn *types.Func) []string {
	t := m.d.typeOf(n.X)
	if _, isPtr := under(t).(*types.Pointer); !isPtr && !types.IsInterface(t) {
		t = types.NewPointer(t) // an addressable operand has these as well
	}
	var names []string
	set := types.NewMethodSet(t)
	for i := 0; i < set.Len(); i++ {
		f, ok := set.At(i).Obj().(*types.Func)
		if !ok || f == fn || !f.Exported() && f.Pkg() != m.d.env.home {
			continue
		}
		if types.Identical(signature(f), signature(fn)) {
			names = append(names, f.Name())
		}
	}
	sort.Strings(names)
	return names
}

// signature of a method without its receiver.
func signature(f *types.Func) types.Type {
	s := f.Type().(*types.Signature)
	return types.NewSignatureType(nil, nil, nil, s.Params(), s.Results(), s.Variadic())
}

// closeness is between 0.6 and 1.8: look-alikes are mixed up most.
func closeness(a, b string) float64 {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	j := 0
	for j < len(a)-i && j < len(b)-i && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	return .6 + 1.2*float64(i+j)/float64(max(len(a), len(b)))
}
