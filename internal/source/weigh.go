package source

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A weigher estimates, from syntax alone, how large the types and the constant
// strings of a function body get. Definitions are told apart by name only: a
// name that is defined twice has the larger size.
type weigher struct {
	consts  map[string]int // lengths of constant strings
	numbers map[string]int // digits of constant numbers
	types   map[string]int // weights of the types of variables, and of types
	memo    map[ast.Expr]int
	lookup  func(qualifier, name string) types.Object
}

// enough ends all sums: no estimate needs to be larger.
const enough = 1 << 28

func plus(a, b int) int { return min(a+b, enough) }

func times(a, b int) int {
	if b > 0 && a > enough/b {
		return enough
	}
	return a * b
}

func (w *weigher) set(m map[string]int, name ast.Expr, n int) {
	if id, ok := name.(*ast.Ident); ok && id.Name != "_" {
		m[id.Name] = max(m[id.Name], n)
	}
}

func (w *weigher) define(names, values []ast.Expr) {
	for i, name := range names {
		if name == nil || len(values) == 0 {
			continue
		}
		v := values[0]
		if len(values) == len(names) {
			v = values[i]
		}
		w.set(w.types, name, w.weight(v))
	}
}

func (w *weigher) declare(d *ast.GenDecl) {
	var last []ast.Expr // an empty constant specification repeats the last one
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			w.set(w.types, spec.Name, plus(1, w.weight(spec.Type)))
		case *ast.ValueSpec:
			if len(spec.Values) > 0 {
				last = spec.Values
			}
			names := make([]ast.Expr, len(spec.Names))
			for i, name := range spec.Names {
				names[i] = name
				if spec.Type != nil {
					w.set(w.types, name, w.weight(spec.Type))
				}
				if d.Tok == token.CONST && i < len(last) {
					w.set(w.consts, name, w.length(last[i]))
					w.set(w.numbers, name, w.digits(last[i]))
				}
			}
			if spec.Type == nil {
				w.define(names, spec.Values)
			}
		}
	}
}

func (w *weigher) typeSwitch(s *ast.TypeSwitchStmt) {
	assign, ok := s.Assign.(*ast.AssignStmt)
	if !ok {
		return
	}
	for _, clause := range s.Body.List {
		if c, ok := clause.(*ast.CaseClause); ok {
			for _, t := range c.List {
				w.define(assign.Lhs, []ast.Expr{t})
			}
		}
	}
}

func (w *weigher) fields(list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, f := range list.List {
		for _, name := range f.Names {
			w.set(w.types, name, w.weight(f.Type))
		}
	}
}

// object returns the package-level object that e names, or would name if no
// local definition hid it: scopes are not followed.
func (w *weigher) object(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return w.lookup("", e.Name)
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return w.lookup(x.Name, e.Sel.Name)
		}
	}
	return nil
}

// repeats is how often the result of a generic function, or an instance of a
// generic type, mentions its type parameters; 0 if obj is not generic.
func repeats(obj types.Object) int {
	switch obj := obj.(type) {
	case *types.Func:
		sig := obj.Signature()
		if sig.TypeParams().Len() == 0 {
			return 0
		}
		n := 0
		for v := range sig.Results().Variables() {
			n += mentions(v.Type(), 0)
		}
		return max(1, n)
	case *types.TypeName:
		if g, ok := obj.Type().(interface{ TypeParams() *types.TypeParamList }); ok && g.TypeParams().Len() > 0 {
			if alias, ok := obj.Type().(*types.Alias); ok {
				return max(1, mentions(alias.Rhs(), 0))
			}
			return 1
		}
	}
	return 0
}

// mentions counts the type parameters in t, without following named types.
func mentions(t types.Type, depth int) int {
	if depth > 20 {
		return 1
	}
	sum := 0
	add := func(ts ...types.Type) int {
		for _, t := range ts {
			sum = plus(sum, mentions(t, depth+1))
		}
		return sum
	}
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return 1
	case *types.Named:
		for a := range t.TypeArgs().Types() {
			add(a)
		}
	case *types.Pointer:
		return add(t.Elem())
	case *types.Slice:
		return add(t.Elem())
	case *types.Array:
		return add(t.Elem())
	case *types.Chan:
		return add(t.Elem())
	case *types.Map:
		return add(t.Key(), t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			add(f.Type())
		}
	case *types.Signature:
		for v := range t.Params().Variables() {
			add(v.Type())
		}
		for v := range t.Results().Variables() {
			add(v.Type())
		}
	}
	return sum
}

func (w *weigher) sum(list []ast.Expr) int {
	n := 0
	for _, e := range list {
		n = plus(n, w.weight(e))
	}
	return n
}

func (w *weigher) sumFields(list *ast.FieldList) int {
	n := 0
	if list != nil {
		for _, f := range list.List {
			n = plus(n, times(max(1, len(f.Names)), w.weight(f.Type)))
		}
	}
	return n
}

// weight estimates how many types the type of e (or the type e) is made of,
// counting repetitions. Each expression is weighed once, before the definitions
// that follow it.
func (w *weigher) weight(e ast.Expr) int {
	n, ok := w.memo[e]
	if !ok {
		n = w.weigh(e)
		w.memo[e] = n
	}
	return n
}

func (w *weigher) weigh(e ast.Expr) int {
	switch e := e.(type) {
	case *ast.Ident:
		return max(1, w.types[e.Name])
	case *ast.ParenExpr:
		return w.weight(e.X)
	case *ast.StarExpr:
		return w.weight(e.X)
	case *ast.UnaryExpr:
		return w.weight(e.X)
	case *ast.SliceExpr:
		return w.weight(e.X)
	case *ast.SelectorExpr:
		return w.weight(e.X)
	case *ast.BinaryExpr:
		return max(w.weight(e.X), w.weight(e.Y))
	case *ast.KeyValueExpr:
		return w.weight(e.Value)
	case *ast.IndexExpr:
		return w.instance(e.X, []ast.Expr{e.Index})
	case *ast.IndexListExpr:
		return w.instance(e.X, e.Indices)
	case *ast.TypeAssertExpr:
		if e.Type != nil {
			return w.weight(e.Type)
		}
		return w.weight(e.X)
	case *ast.CompositeLit:
		if e.Type != nil {
			return w.weight(e.Type)
		}
	case *ast.FuncLit:
		return w.weight(e.Type)
	case *ast.CallExpr:
		return w.call(e)
	case *ast.Ellipsis:
		if e.Elt != nil {
			return w.weight(e.Elt)
		}
	case *ast.ArrayType:
		return plus(1, w.weight(e.Elt))
	case *ast.MapType:
		return plus(1, plus(w.weight(e.Key), w.weight(e.Value)))
	case *ast.ChanType:
		return plus(1, w.weight(e.Value))
	case *ast.FuncType:
		return plus(1, plus(w.sumFields(e.Params), w.sumFields(e.Results)))
	case *ast.StructType:
		return plus(1, w.sumFields(e.Fields))
	case *ast.InterfaceType:
		return plus(1, w.sumFields(e.Methods))
	}
	return 1
}

// instance weighs x[args], an instantiation or an ordinary index.
func (w *weigher) instance(x ast.Expr, args []ast.Expr) int {
	return max(w.weight(x), w.repeated(x, args))
}

// repeated weighs what fun, if it is generic, makes of args.
func (w *weigher) repeated(fun ast.Expr, args []ast.Expr) int {
	n := repeats(w.object(fun))
	if n == 0 {
		return 0
	}
	return plus(1, times(n, w.sum(args)))
}

// call weighs the result of a call: what a generic function repeats, the first
// operand of a builtin, or what the function is made of.
func (w *weigher) call(e *ast.CallExpr) int {
	n := w.weight(e.Fun)
	fun, args := ast.Unparen(e.Fun), e.Args
	switch f := fun.(type) {
	case *ast.IndexExpr:
		fun, args = f.X, append([]ast.Expr{f.Index}, args...)
	case *ast.IndexListExpr:
		fun, args = f.X, append(slices.Clone(f.Indices), args...)
	case *ast.Ident:
		if types.Universe.Lookup(f.Name) != nil {
			for _, arg := range e.Args {
				n = max(n, w.weight(arg))
			}
		}
	}
	return max(n, w.repeated(fun, args))
}

// length estimates the length of a constant string.
func (w *weigher) length(e ast.Expr) int {
	switch e := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return len(e.Value)
		}
	case *ast.Ident:
		return max(w.consts[e.Name], constBytes(w.object(e)))
	case *ast.SelectorExpr:
		return constBytes(w.object(e))
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return plus(w.length(e.X), w.length(e.Y))
		}
	case *ast.CallExpr: // a conversion, perhaps
		if len(e.Args) == 1 {
			return w.length(e.Args[0])
		}
	}
	return 0
}

func constBytes(obj types.Object) int {
	if c, ok := obj.(*types.Const); ok {
		return stringBytes(c.Val())
	}
	return 0
}
