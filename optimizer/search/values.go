package search

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"

	"github.com/opto-go/trace/gen/directive"
)

// Weights of value changes, on the scale of the mutations.
const (
	wChoice   = 0.95
	wGradient = 0.90
	wSecant   = 0.90
	wNear     = 0.70
	wDouble   = 0.72
	wBracket  = 0.66
	wMined    = 0.60
	wBound    = 0.45
	wFar      = 0.38
	wGap      = 0.30
)

// values returns the changes of a value parameter, unordered.
func (s *state) values(pa *param) []edit {
	v := &valuer{state: s, param: pa, d: pa.cur}
	e := pa.cur.expr
	t := v.d.typeOf(e)
	switch {
	case len(pa.Choices) > 0:
		v.choices(t)
	case v.d.constOf(e) != nil:
		v.scalar(e, t, true)
	default:
		v.elements(e)
	}
	return v.edits
}

type valuer struct {
	*state
	param *param
	d     *decl
	edits []edit
}

func (v *valuer) set(e ast.Expr, text string, weight float64) {
	old := v.d.text(e)
	if old == text {
		return
	}
	v.edits = append(v.edits, edit{
		splices: []splice{{v.d.off(e.Pos()), v.d.off(e.End()), text}},
		what:    fmt.Sprintf("changed %s from %s to %s", v.param.Name, brief(old), brief(text)),
		stmt:    v.d.off(e.Pos()),
		family:  "value",
		weight:  weight,
	})
}

// choices are tried in the order in which the directive lists them.
func (v *valuer) choices(t types.Type) {
	for i, choice := range v.param.Choices {
		c, err := directive.ParseValue(types.Default(t), choice)
		if err != nil {
			continue // reported where it stands
		}
		text := c.ExactString()
		if c.Kind() == constant.Int || c.Kind() == constant.Float {
			x, _ := constant.Float64Val(constant.ToFloat(c))
			text = v.axis(t, c, false).text(x)
		}
		v.set(v.d.expr, text, wChoice-float64(i)/1000)
	}
}

// scalar changes one constant. A whole parameter has bounds and a history; an
// element of a composite literal has neither.
func (v *valuer) scalar(e ast.Expr, t types.Type, whole bool) {
	c := v.d.constOf(e)
	v.constants(e, t)
	factor := 1.0
	if !whole {
		factor = .7
	}
	lit, _ := e.(*ast.BasicLit)
	switch {
	case c.Kind() == constant.Bool:
		v.set(e, strconv.FormatBool(!constant.BoolVal(c)), .9*factor)
	case c.Kind() == constant.String:
		v.variants(e, stringVariants(constant.StringVal(c), v.feedback, v.param.code), wMined*factor)
	case lit != nil && lit.Kind == token.CHAR:
		n, _ := constant.Int64Val(c)
		v.variants(e, runeVariants(rune(n), v.feedback, v.param.code), wMined*factor)
	case c.Kind() == constant.Int || c.Kind() == constant.Float:
		v.number(e, t, whole, factor)
	}
}

func (v *valuer) variants(e ast.Expr, list []variant, weight float64) {
	for _, x := range list {
		v.set(e, x.text, weight*x.factor)
	}
}

// constants are the other members of an enumeration: the package's constants
// of the same named type.
func (v *valuer) constants(e ast.Expr, t types.Type) {
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil || named.Obj().Pkg() != v.d.env.home {
		return
	}
	scope := v.d.env.home.Scope()
	i := 0
	for _, name := range scope.Names() {
		if c, ok := scope.Lookup(name).(*types.Const); ok && types.Identical(c.Type(), t) {
			v.set(e, name, .85-float64(i)/100)
			i++
		}
	}
}

// elements changes composite literals: each element as a scalar of its own,
// one element less, two swapped, a mined one more.
func (v *valuer) elements(e ast.Expr) {
	lit, ok := compositeOf(e)
	if !ok {
		return
	}
	for i, el := range lit.Elts {
		val := el
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			val = kv.Value
		}
		switch {
		case v.d.constOf(val) != nil:
			v.scalar(val, v.d.typeOf(val), false)
		default:
			v.elements(val)
		}
		_, isStruct := under(v.d.typeOf(lit)).(*types.Struct)
		if !isStruct {
			v.remove(lit, i)
		}
		if i > 0 && !isStruct {
			a, b := lit.Elts[i-1], el
			v.edits = append(v.edits, edit{
				splices: []splice{
					{v.d.off(a.Pos()), v.d.off(a.End()), v.d.text(b)},
					{v.d.off(b.Pos()), v.d.off(b.End()), v.d.text(a)},
				},
				what:   fmt.Sprintf("swapped %s and %s", brief(v.d.text(a)), brief(v.d.text(b))),
				stmt:   v.d.off(a.Pos()),
				family: "order",
				weight: wReorder,
			})
		}
	}
	v.appendMined(lit)
}

func compositeOf(e ast.Expr) (*ast.CompositeLit, bool) {
	if u, ok := e.(*ast.UnaryExpr); ok && u.Op == token.AND {
		e = u.X
	}
	lit, ok := e.(*ast.CompositeLit)
	return lit, ok
}

func (v *valuer) remove(lit *ast.CompositeLit, i int) {
	el := lit.Elts[i]
	start, end := v.d.off(el.Pos()), v.d.off(el.End())
	switch {
	case i+1 < len(lit.Elts):
		end = v.d.off(lit.Elts[i+1].Pos())
	case i > 0:
		start = v.d.off(lit.Elts[i-1].End())
	}
	v.edits = append(v.edits, edit{
		splices: []splice{{start, end, ""}},
		what:    fmt.Sprintf("removed %s from %s", brief(v.d.text(el)), v.param.Name),
		stmt:    v.d.off(el.Pos()),
		family:  "delete",
		weight:  wDelete,
	})
}

func (v *valuer) appendMined(lit *ast.CompositeLit) {
	s, ok := under(v.d.typeOf(lit)).(*types.Slice)
	if !ok {
		return
	}
	at := v.d.off(lit.Rbrace)
	lead := ", "
	if n := len(lit.Elts); n == 0 {
		lead = ""
	} else {
		at = v.d.off(lit.Elts[n-1].End())
	}
	add := func(text string, i int) {
		v.edits = append(v.edits, edit{
			splices: []splice{{at, at, lead + text}},
			what:    fmt.Sprintf("added %s to %s", brief(text), v.param.Name),
			stmt:    at,
			family:  "append",
			weight:  decay(.4, i),
		})
	}
	switch {
	case isString(s.Elem()):
		for i, x := range v.feedback.strings {
			add(strconv.Quote(x), i)
		}
	case basicInfo(s.Elem())&types.IsInteger != 0:
		for i, x := range v.feedback.ints {
			add(strconv.FormatInt(x, 10), i)
		}
	case isFloat(s.Elem()):
		for i, x := range v.feedback.floats {
			add(formatFloat(x), i)
		}
	}
}
