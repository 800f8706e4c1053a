package search

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"go/version"
	"strings"
)

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
