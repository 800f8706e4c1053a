package search

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"sort"
	"strconv"
	"time"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/optimizer"
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

// A numeric axis: how numbers are read, rounded, written and bounded.
type axis struct {
	kind     string // "int", "float", "duration"
	timeName string // name of package time in the file
	min, max float64
	step     float64
}

func (v *valuer) axis(t types.Type, c constant.Value, whole bool) axis {
	a := axis{kind: "int", min: math.Inf(-1), max: math.Inf(1)}
	switch {
	case types.TypeString(t, nil) == "time.Duration":
		a.kind = "duration"
		if syn := v.param.Syntax; syn != nil {
			for _, n := range pkgNames(syn) {
				if n.Imported().Path() == "time" {
					a.timeName = n.Name()
				}
			}
		}
	case isFloat(t) || c.Kind() == constant.Float && !isInteger(t):
		a.kind = "float"
	}
	if basicInfo(t)&types.IsUnsigned != 0 {
		a.min = 0
	}
	if whole {
		// A broken limit was reported where it stands; here it limits nothing.
		limits, _ := directive.NewConstraint(types.Default(t), directive.Limits{Min: v.param.Min, Max: v.param.Max, Step: v.param.Step})
		number := func(c constant.Value, to *float64) {
			if r := directive.Rat(c); r != nil {
				*to, _ = r.Float64()
			}
		}
		number(limits.Min, &a.min)
		number(limits.Max, &a.max)
		number(limits.Step, &a.step)
	}
	return a
}

// fit rounds and clamps x; ok is false if nothing is left of it.
func (a axis) fit(x float64) (float64, bool) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, false
	}
	if a.step > 0 {
		origin := 0.0
		if !math.IsInf(a.min, 0) {
			origin = a.min
		}
		x = origin + math.Round((x-origin)/a.step)*a.step
	}
	if a.kind == "float" {
		// Six digits are enough to tune and pleasant to review.
		x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	} else {
		x = math.Round(x)
	}
	if x < a.min || x > a.max || math.Abs(x) > 1<<53 && a.kind != "float" {
		return 0, false
	}
	return x, true
}

func (a axis) text(x float64) string {
	switch a.kind {
	case "float":
		return formatFloat(x)
	case "duration":
		return a.duration(time.Duration(x))
	}
	return strconv.FormatInt(int64(x), 10)
}

func (a axis) duration(d time.Duration) string {
	if a.timeName == "" || d == 0 {
		return strconv.FormatInt(int64(d), 10)
	}
	for _, u := range []struct {
		d    time.Duration
		name string
	}{{time.Hour, "Hour"}, {time.Minute, "Minute"}, {time.Second, "Second"}, {time.Millisecond, "Millisecond"}, {time.Microsecond, "Microsecond"}, {time.Nanosecond, "Nanosecond"}} {
		if d%u.d == 0 {
			return fmt.Sprintf("%d * %s.%s", d/u.d, a.timeName, u.name)
		}
	}
	return ""
}

// unit is the smallest step worth taking from x.
func (a axis) unit(x float64) float64 {
	if a.step > 0 {
		return a.step
	}
	switch a.kind {
	case "int":
		return 1
	case "duration":
		for _, u := range []time.Duration{time.Hour, time.Minute, time.Second, time.Millisecond, time.Microsecond} {
			if x != 0 && time.Duration(x)%u == 0 {
				return float64(u)
			}
		}
		return 1
	}
	if x == 0 {
		return .1
	}
	return math.Abs(x) / 10
}

// number searches along one axis. Neighbours, doubles and halves come first,
// then mined numbers and bounds; what the history knows of this axis turns
// into a direction, into bisections of the intervals around the best value
// and into ever wider steps on a plateau.
func (v *valuer) number(e ast.Expr, t types.Type, whole bool, factor float64) {
	c := v.d.constOf(e)
	x0, _ := constant.Float64Val(constant.ToFloat(c))
	a := v.axis(t, c, whole)
	unit := a.unit(x0)
	try := func(x, weight float64) {
		if y, ok := a.fit(x); ok && y != x0 {
			v.set(e, a.text(y), weight*factor)
		}
	}
	for _, p := range v.feedback.pairs {
		got, err1 := strconv.ParseFloat(p.got, 64)
		want, err2 := strconv.ParseFloat(p.want, 64)
		if err1 != nil || err2 != nil {
			continue
		}
		if got != 0 {
			try(x0*want/got, wSecant)
		}
		try(x0+want-got, wSecant)
		try(want, wMined)
	}
	try(x0+unit, wNear)
	try(x0-unit, wNear)
	try(x0*2, wDouble)
	try(x0/2, wDouble)
	if whole {
		v.line(try, x0, unit, a)
	}
	for i, n := range v.feedback.floatsOf(a.kind) {
		try(n, decay(wMined, i))
	}
	if !math.IsInf(a.min, 0) && !math.IsInf(a.max, 0) {
		try((a.min+a.max)/2, wBound)
		v.cover(try, x0, a)
	}
	try(a.min, wBound)
	try(a.max, wBound)
	for _, n := range []float64{0, 1} {
		try(n, wBound-.03)
	}
	for i, n := range v.param.code.floatsOf(a.kind) {
		try(n, decay(.4, i))
	}
	for _, k := range []float64{10, .1, 1.5, .75, 1.1, .9, 3, -1, 100, .01} {
		try(x0*k, .35)
	}
}

// floatsOf returns the mined numbers that suit an axis.
func (h *hints) floatsOf(kind string) []float64 {
	if kind == "float" {
		return h.floats
	}
	list := make([]float64, len(h.ints))
	for i, n := range h.ints {
		list[i] = float64(n)
	}
	return list
}

// line is the part of the search along an axis that follows the history.
func (v *valuer) line(try func(x, weight float64), x0, unit float64, a axis) {
	if prev, ok := v.before(v.param); ok && prev != x0 {
		d := x0 - prev
		try(x0+2*d, wGradient)
		try(x0+d, wGradient-.02)
		try(x0+d/2, wGradient-.04)
		try(x0-d/2, wGradient-.04)
	}
	points := v.points(v.param)
	below, above := math.Inf(-1), math.Inf(1)
	lowest, highest := x0, x0
	worseBelow, worseAbove := false, false
	for _, p := range points {
		if p.x < x0 && p.x > below {
			below, worseBelow = p.x, p.worse
		}
		if p.x > x0 && p.x < above {
			above, worseAbove = p.x, p.worse
		}
		lowest, highest = math.Min(lowest, p.x), math.Max(highest, p.x)
	}
	weigh := func(worse bool) float64 {
		if worse {
			return wBracket
		}
		return wFar
	}
	if !math.IsInf(below, 0) && x0-below > unit/1e6 {
		try((x0+below)/2, weigh(worseBelow))
	}
	if !math.IsInf(above, 0) && above-x0 > unit/1e6 {
		try((x0+above)/2, weigh(worseAbove))
	}
	if len(points) > 0 {
		try(x0+2*math.Max(highest-x0, unit), wFar)
		try(x0-2*math.Max(x0-lowest, unit), wFar)
	}
	// Where feedback is only pass or fail there is no slope: split the widest
	// gap between points.
	xs := []float64{x0}
	for _, p := range points {
		xs = append(xs, p.x)
	}
	for _, b := range []float64{a.min, a.max} {
		if !math.IsInf(b, 0) {
			xs = append(xs, b)
		}
	}
	sort.Float64s(xs)
	widest, at := 0.0, 0.0
	for i := 1; i < len(xs); i++ {
		if gap := xs[i] - xs[i-1]; gap > widest {
			widest, at = gap, (xs[i]+xs[i-1])/2
		}
	}
	if widest > unit/1e3 {
		try(at, wGap+.1)
	}
}

// cover spreads over a bounded axis, coarse to fine, so that a small range is
// searched whole.
func (v *valuer) cover(try func(x, weight float64), x0 float64, a axis) {
	for parts := 4; parts <= 64; parts *= 2 {
		for i := 1; i < parts; i += 2 {
			try(a.min+(a.max-a.min)*float64(i)/float64(parts), wGap/math.Sqrt(float64(parts)/4))
		}
	}
	if a.kind == "int" && a.max-a.min <= 256 {
		for x := a.min; x <= a.max; x++ {
			try(x, .1/(1+math.Abs(x-x0)/64))
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

// numberOf reads a text of a numeric value parameter.
func (pa *param) numberOf(src string) (float64, bool) {
	d, err := pa.env.check(src)
	if err != nil || pa.Kind != optimizer.Value {
		return 0, false
	}
	c := d.constOf(d.expr)
	if c == nil || c.Kind() != constant.Int && c.Kind() != constant.Float {
		return 0, false
	}
	f, _ := constant.Float64Val(constant.ToFloat(c))
	return f, true
}
