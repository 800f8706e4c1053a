package search

import (
	"fmt"
	"go/constant"
	"go/types"
	"math"
	"strconv"
	"time"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/optimizer"
)

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
