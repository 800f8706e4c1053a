package search

import (
	"go/ast"
	"go/constant"
	"go/types"
	"math"
	"sort"
	"strconv"
)

// number searches along one axis. Neighbours, doubles and halves come first,
// then mined numbers and bounds; what the history knows of this axis turns
// into a direction, into bisections of the intervals around the best value
// and into ever wider steps on a plateau.
func (v *valuer) number(e ast.Expr, t types.Type, whole bool, factor float64) {
	c := v.d.constOf(e)
	x0, _ := constant.Float64Val(constant.ToFloat(c))
	a := v.axis(t, c, whole)
	unit := a.unit(x0)
	var k known
	if whole {
		k = bracket(v.points(v.param), x0)
	}
	try := func(x, weight float64) {
		y, ok := a.fit(x)
		if !ok || y == x0 {
			return
		}
		if k.graded && (y <= k.below || y >= k.above) {
			weight *= .3 // beyond a worse point on a slope
		}
		v.set(e, a.text(y), weight*factor)
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
	slow := 6.0
	if !math.IsInf(a.min, 0) && !math.IsInf(a.max, 0) {
		slow = 2 // a bounded range is covered evenly, too
	}
	for i, k := 0, 2.0; i < 16; i, k = i+1, k*2 {
		try(x0*k, wDouble/(1+float64(i)/slow))
		try(x0/k, wDouble/(1+float64(i)/slow))
	}
	if whole {
		v.line(try, k, x0, unit, a)
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

// known is what the history knows around the present value of an axis.
type known struct {
	points               []point
	nearBelow, nearAbove float64 // the nearest points
	below, above         float64 // the nearest worse points
	lowest, highest      float64
	graded               bool // scores have a slope, they do not just pass or fail
}

func bracket(points []point, x0 float64) known {
	inf := math.Inf(1)
	k := known{points: points, nearBelow: -inf, nearAbove: inf, below: -inf, above: inf, lowest: x0, highest: x0}
	deltas := map[float64]bool{}
	for _, p := range points {
		k.lowest, k.highest = math.Min(k.lowest, p.x), math.Max(k.highest, p.x)
		if p.x < x0 {
			k.nearBelow = math.Max(k.nearBelow, p.x)
			if p.worse {
				k.below = math.Max(k.below, p.x)
			}
		}
		if p.x > x0 {
			k.nearAbove = math.Min(k.nearAbove, p.x)
			if p.worse {
				k.above = math.Min(k.above, p.x)
			}
		}
		deltas[p.delta] = true
	}
	k.graded = len(deltas) > 2
	return k
}

// line is the part of the search along an axis that follows the history.
func (v *valuer) line(try func(x, weight float64), k known, x0, unit float64, a axis) {
	if prev, ok := v.before(v.param); ok && prev != x0 {
		d := x0 - prev
		try(x0+2*d, wGradient)
		try(x0+d, wGradient-.02)
		try(x0+d/2, wGradient-.04)
		try(x0-d/2, wGradient-.04)
	}
	near := wGap / 2 // on a plateau near points say little
	if k.graded {
		near = wBracket
	}
	if x := k.nearBelow; !math.IsInf(x, 0) && x0-x > unit/1e6 {
		try((x0+x)/2, near)
	}
	if x := k.nearAbove; !math.IsInf(x, 0) && x-x0 > unit/1e6 {
		try((x0+x)/2, near)
	}
	if len(k.points) > 0 {
		try(x0+2*math.Max(k.highest-x0, unit), wGap)
		try(x0-2*math.Max(x0-k.lowest, unit), wGap)
	}
	for _, p := range k.points {
		// Two measured points make a line to the wanted one.
		for _, q := range p.told {
			for _, now := range v.feedback.pairs {
				slope := (q[0] - number(now.got)) / (p.x - x0)
				if want := number(now.want); want == q[1] && slope != 0 {
					try(x0+(want-number(now.got))/slope, wSecant+.05)
				}
			}
		}
	}
	// Where feedback is only pass or fail there is no slope: split the widest
	// gap between points.
	xs := []float64{x0}
	for _, p := range k.points {
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
		try(at, wFar)
	}
}

func number(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

// cover spreads over a bounded axis, coarse to fine, so that a small range is
// searched whole.
func (v *valuer) cover(try func(x, weight float64), x0 float64, a axis) {
	for parts := 4; parts <= 64; parts *= 2 {
		for i := 1; i < parts; i += 2 {
			try(a.min+(a.max-a.min)*float64(i)/float64(parts), wBound/math.Sqrt(float64(parts)/4))
		}
	}
	if a.kind == "int" && a.max-a.min <= 256 {
		for x := a.min; x <= a.max; x++ {
			try(x, .1/(1+math.Abs(x-x0)/64))
		}
	}
}
