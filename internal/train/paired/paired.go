package paired

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Confidence of a comparison that says better.
const Confidence = 0.95

const (
	steadyRounds = 3     // that have to agree for values that do not vary
	nothingYet   = 3     // rounds without any success that end a comparison
	unlikely     = 5     // from this round on the estimate has to show the gain
	levelOfLook  = 0.005 // of one side of the interval
	rounding     = 1e-9  // of logarithms
)

var looks = []int{8, 12, 18, 27, 40}

// MaxRounds bounds a comparison.
const MaxRounds = 40

// nought is what zero counts as where a ratio needs something: a thousandth,
// of one or of the other value if that is less.
const nought = 1e-3

// A Scale says what a gain is.
type Scale int

const (
	Ratios      Scale = iota // the logarithm of the ratio of the values
	Differences              // the difference of the values
)

// A Quantity is one of the things that are measured of both programs.
type Quantity struct {
	Name   string
	Higher bool    // higher values are better
	Weight float64 // of its gain in that of all; 0 means 1
}

func (q Quantity) weight() float64 {
	if q.Weight == 0 {
		return 1
	}
	return q.Weight
}

// A Rule says what is wanted.
type Rule struct {
	Scale Scale
	Of    []Quantity
	// Need is the gain that has to be shown where values vary. Where they do
	// not, any gain is enough, or if Need is negative no loss.
	Need float64
	// Tolerance is the gain that no single quantity may fall below.
	Tolerance float64
}

// Gain is the gain from the value a of a quantity to b. As a ratio zero against
// zero is none; it is NaN for values below zero and those that are no finite
// numbers, which have no ratio.
func (r *Rule) Gain(q Quantity, a, b float64) float64 {
	if math.IsInf(a, 0) || math.IsInf(b, 0) || r.Scale == Ratios && (a < 0 || b < 0) {
		return math.NaN()
	}
	if q.Higher {
		a, b = b, a
	}
	if r.Scale == Differences {
		if d := a - b; !math.IsInf(d, 0) {
			return d
		}
		return math.NaN()
	}
	switch {
	case a == b:
		return 0
	case a == 0:
		return math.Log(nought) + min(0, math.Log(b)) - math.Log(b)
	case b == 0:
		return math.Log(a) - math.Log(nought) - min(0, math.Log(a))
	}
	return math.Log(a) - math.Log(b)
}

// A Round is the values of both programs, one for each quantity.
type Round struct{ A, B []float64 }

// An Interval is an estimate with what it may be instead. Low and High are
// infinite when nothing is known yet.
type Interval struct{ Low, Gain, High float64 }

// A Verdict is the state of a comparison.
type Verdict int

const (
	Open   Verdict = iota // more rounds are needed
	Better                // B is
	Not                   // B is not shown to be
)

// A Result tells how a comparison stands.
type Result struct {
	Verdict Verdict
	Why     string // of Not, for people
	Steady  bool   // the values do not vary
	Total   Interval
	Each    []Interval // of each quantity
}

// Compare judges the rounds of a comparison, oldest first. It has to be asked
// after every round: a verdict other than Open ends the comparison.
func Compare(rule *Rule, rounds []Round) Result {
	n := len(rounds)
	total := make([]float64, n)
	each := make([][]float64, len(rule.Of))
	weights := 0.0
	for _, q := range rule.Of {
		weights += q.weight()
	}
	for i, r := range rounds {
		for j, q := range rule.Of {
			g := rule.Gain(q, r.A[j], r.B[j])
			if math.IsNaN(g) {
				what := [...]string{Ratios: "ratio", Differences: "difference"}[rule.Scale]
				return Result{Verdict: Not, Why: fmt.Sprintf("%s reported %v and %v, which have no %s", q.Name, r.A[j], r.B[j], what)}
			}
			total[i] += g * q.weight() / weights
			each[j] = append(each[j], g)
		}
	}
	res := Result{Steady: n >= steadyRounds && steady(rounds[:steadyRounds])}
	if res.Steady {
		total = total[:1]
	}
	res.Total = rule.interval(total, res.Steady)
	for _, gains := range each {
		if res.Steady {
			gains = gains[:1]
		}
		res.Each = append(res.Each, rule.interval(gains, res.Steady))
	}
	res.Verdict, res.Why = rule.verdict(n, total, &res)
	if res.Verdict == Better {
		for j, e := range res.Each {
			if e.Gain < rule.Tolerance-rounding {
				res.Verdict = Not
				res.Why = fmt.Sprintf("%s got worse: %s", rule.Of[j].Name, rule.Change(rule.Of[j], e.Gain))
			}
		}
	}
	return res
}

// interval estimates what gains lie around. Differences of scores have no
// outliers that are not meant, and the mean is what is wanted of them: where it
// lies outside of the interval, as it may if they are skewed, that is widened.
func (r *Rule) interval(gains []float64, steady bool) Interval {
	if len(gains) == 0 {
		return Interval{math.Inf(-1), 0, math.Inf(1)}
	}
	if steady {
		return Interval{gains[0], gains[0], gains[0]}
	}
	low, high := bounds(gains, levelOfLook)
	if r.Scale == Differences {
		m := mean(gains)
		return Interval{math.Min(low, m), m, math.Max(high, m)}
	}
	return Interval{low, center(gains), high}
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v / float64(len(values))
	}
	return sum
}

// Lower reports whether values lie below zero, at the stated level.
func Lower(values []float64, level float64) bool {
	_, high := bounds(values, level)
	return high < 0 && mean(values) < 0
}

// verdict applies the rule to the total gain.
func (r *Rule) verdict(n int, total []float64, res *Result) (Verdict, string) {
	gain := res.Total.Gain
	switch {
	case res.Steady && (gain > rounding || r.Need < 0 && gain > -rounding):
		return Better, ""
	case res.Steady && gain < -rounding:
		return Not, "it got worse: " + r.ChangeOfAll(gain)
	case res.Steady:
		return Not, "nothing changed"
	case n < nothingYet:
		return Open, ""
	}
	if !slices.ContainsFunc(total, func(g float64) bool { return g > r.Need }) || n >= unlikely && gain <= r.Need {
		return Not, r.short(n, gain)
	}
	if slices.Contains(looks, n) && res.Total.Low > r.Need {
		return Better, ""
	}
	if n >= MaxRounds {
		return Not, r.short(n, gain)
	}
	return Open, ""
}

// short words a gain that is not shown.
func (r *Rule) short(n int, gain float64) string {
	what := "about what it was"
	if r.Scale == Differences || math.Abs(gain) >= 0.005 {
		what = r.ChangeOfAll(gain)
	}
	return fmt.Sprintf("%s after %d rounds, which shows no gain", what, n)
}

// Change words a gain of a quantity: "50.0 % lower", or "0.25 higher".
func (r *Rule) Change(q Quantity, gain float64) string {
	if q.Higher {
		gain = -gain
	}
	text, unit := "", ""
	if r.Scale == Differences {
		if text = fmt.Sprintf("%.3g", math.Abs(gain)); gain == 0 {
			return "unchanged"
		}
	} else {
		// Of the values, from the first to the second.
		if text, unit = fmt.Sprintf("%.1f", 100*math.Abs(math.Expm1(-gain))), " %"; text == "0.0" {
			return "unchanged"
		}
	}
	if gain > 0 {
		return text + unit + " lower"
	}
	return text + unit + " higher"
}

// ChangeOfAll words the gain of all quantities. Where some shall get higher and
// others lower, it says how much better that is, as if all should get lower.
func (r *Rule) ChangeOfAll(gain float64) string {
	text := r.Change(r.whole(), gain)
	if r.mixed() {
		text = strings.NewReplacer("lower", "better", "higher", "worse").Replace(text)
	}
	return text
}

// Value is what a gain of a quantity comes to: the ratio of its second value to
// the first, or the difference.
func (r *Rule) Value(q Quantity, gain float64) float64 {
	switch {
	case r.Scale == Ratios && q.Higher:
		return math.Exp(gain)
	case r.Scale == Ratios:
		return math.Exp(-gain)
	case q.Higher:
		return gain
	}
	return 0 - gain // and not the negative zero
}

// ValueOfAll is that of the gain of all quantities; where some shall get higher
// and others lower, it lies below 1, or 0, if that is better.
func (r *Rule) ValueOfAll(gain float64) float64 { return r.Value(r.whole(), gain) }

// whole stands for all quantities.
func (r *Rule) whole() Quantity {
	return Quantity{Higher: !slices.ContainsFunc(r.Of, func(q Quantity) bool { return !q.Higher })}
}

func (r *Rule) mixed() bool {
	return slices.ContainsFunc(r.Of, func(q Quantity) bool { return q.Higher != r.Of[0].Higher })
}

// steady reports whether each program gave the same values in all rounds.
func steady(rounds []Round) bool {
	for _, r := range rounds[1:] {
		if !slices.Equal(r.A, rounds[0].A) || !slices.Equal(r.B, rounds[0].B) {
			return false
		}
	}
	return true
}
