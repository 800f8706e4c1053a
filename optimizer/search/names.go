package search

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"go/version"
	"sort"
	"strings"
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

// call swaps arguments, drops the call, and lifts a conversion out of integer
// arithmetic.
func (m *mutator) call(n *ast.CallExpr) {
	for i := range n.Args {
		for j := i + 1; j < len(n.Args); j++ {
			a, b := n.Args[i], n.Args[j]
			ta, tb := m.d.typeOf(a), m.d.typeOf(b)
			if ta == nil || tb == nil || !types.Identical(types.Default(ta), types.Default(tb)) || m.d.text(a) == m.d.text(b) {
				continue
			}
			m.add(n, wSwap, "swap", fmt.Sprintf("swapped %s and %s in the call of %s", brief(m.d.text(a)), brief(m.d.text(b)), brief(m.d.text(n.Fun))),
				splice{m.d.off(a.Pos()), m.d.off(a.End()), m.d.text(b)},
				splice{m.d.off(b.Pos()), m.d.off(b.End()), m.d.text(a)})
		}
	}
	t := m.d.typeOf(n)
	if t == nil {
		return
	}
	if tv := m.d.info.Types[n.Fun]; tv.IsType() {
		m.conversion(n, t)
		return
	}
	for _, a := range n.Args {
		if ta := m.d.typeOf(a); ta != nil && types.Identical(ta, t) {
			m.replace(n, m.d.text(a), wUnwrap, "unwrap")
		}
	}
	if s, ok := n.Fun.(*ast.SelectorExpr); ok && m.d.info.Selections[s] != nil {
		if tx := m.d.typeOf(s.X); tx != nil && types.Identical(tx, t) {
			m.replace(n, m.d.text(s.X), wUnwrap, "unwrap")
		}
	}
}

// conversion turns float64(a / b) of integers into a division of floats.
func (m *mutator) conversion(n *ast.CallExpr, t types.Type) {
	if len(n.Args) != 1 || !isFloat(t) {
		return
	}
	b, ok := ast.Unparen(n.Args[0]).(*ast.BinaryExpr)
	if !ok || b.Op != token.QUO || !isInteger(m.d.typeOf(b)) {
		return
	}
	conv := m.d.text(n.Fun)
	m.replace(n, fmt.Sprintf("%s(%s) / %s(%s)", conv, m.d.text(b.X), conv, m.d.text(b.Y)), .7, "rounding")
}

// wrap passes a value through a function from its type to its type.
func (m *mutator) wrap(e ast.Expr) {
	switch e.(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.CallExpr, *ast.IndexExpr, *ast.SliceExpr:
	default:
		return
	}
	if !m.isOperand(e) {
		return
	}
	t := m.d.typeOf(e)
	if tv := m.d.info.Types[e]; t == nil || !tv.IsValue() || tv.Value != nil {
		return
	}
	text := m.d.text(e)
	for _, f := range m.d.env.unary(t) {
		if !strings.HasPrefix(text, f+"(") {
			m.replace(e, f+"("+text+")", wWrap*m.need(f), "wrap")
		}
	}
	if isNumeric(t) && m.d.env.builtinMinMax() {
		for _, name := range m.visible(e.Pos(), t, func(o types.Object) bool {
			_, ok := o.(*types.Var)
			return ok && o.Name() != text
		}) {
			m.replace(e, "min("+text+", "+name+")", wWrap*.7, "wrap")
			m.replace(e, "max("+text+", "+name+")", wWrap*.7, "wrap")
		}
	}
}

// need is a factor for functions that level a difference which the failing
// cases show: letter case, or space around a string.
func (m *mutator) need(f string) float64 {
	_, name, _ := strings.Cut(f, ".")
	switch name {
	case "ToLower", "ToUpper":
		for _, a := range m.feedback.strings {
			for _, b := range m.code.strings {
				if a != b && strings.EqualFold(a, b) {
					return 2.5
				}
			}
		}
		for _, p := range m.feedback.pairs {
			if p.got != p.want && strings.EqualFold(p.got, p.want) {
				return 2.5
			}
		}
	case "TrimSpace":
		for _, a := range m.feedback.strings {
			if a != "" && strings.TrimSpace(a) != a {
				return 1.8
			}
		}
	case "Clone":
		return .1 // levels nothing
	}
	return 1
}

// builtinMinMax reports whether the package's language has min and max.
func (e *env) builtinMinMax() bool {
	v := e.home.GoVersion()
	return v == "" || version.Compare(v, "go1.21") >= 0
}

// isOperand reports whether the value of e is used, rather than called,
// assigned to, selected from or counted.
func (m *mutator) isOperand(e ast.Expr) bool {
	switch p := m.parent().(type) {
	case *ast.CallExpr:
		return p.Fun != e
	case *ast.AssignStmt:
		for _, r := range p.Rhs {
			if r == e {
				return true
			}
		}
		return false
	case *ast.RangeStmt:
		return p.X == e
	case *ast.BinaryExpr, *ast.ReturnStmt, *ast.KeyValueExpr, *ast.CompositeLit:
		return true
	case *ast.SwitchStmt:
		return p.Tag == e
	case *ast.IndexExpr:
		return p.Index == e
	}
	return false
}

// unary returns the functions of one parameter that keep its type: of the
// package and of the packages that the file imports.
func (e *env) unary(t types.Type) []string {
	var names []string
	fits := func(obj types.Object) bool {
		f, ok := obj.(*types.Func)
		if !ok {
			return false
		}
		s := f.Type().(*types.Signature)
		return s.TypeParams().Len() == 0 && !s.Variadic() && s.Params().Len() == 1 && s.Results().Len() == 1 &&
			types.Identical(s.Params().At(0).Type(), t) && types.Identical(s.Results().At(0).Type(), t)
	}
	for _, n := range pkgNames(e.param.Syntax) {
		scope := n.Imported().Scope()
		for _, name := range scope.Names() {
			if obj := scope.Lookup(name); obj.Exported() && fits(obj) && !deprecated[n.Imported().Path()+"."+name] {
				names = append(names, n.Name()+"."+name)
			}
		}
	}
	scope := e.home.Scope()
	for _, name := range scope.Names() {
		if fits(scope.Lookup(name)) && (e.param.Syntax.Func == nil || name != e.param.Syntax.Func.Name.Name) {
			names = append(names, name)
		}
	}
	return names
}

// deprecated functions are never introduced.
var deprecated = map[string]bool{"strings.Title": true, "bytes.Title": true}
