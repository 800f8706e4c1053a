package paired

import (
	"fmt"
	"math"
	"slices"
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

// A Rule says what is wanted.
type Rule struct {
	Names  []string // of the benchmarks
	Higher bool     // higher values are better
	// Need is the gain that has to be shown where values vary. Where they do
	// not, any gain is enough, or if Need is negative no loss.
	Need float64
	// Tolerance is the gain that no single benchmark may fall below.
	Tolerance float64
}

// Gain is the gain from the value a to b. Zero against zero is none; it is NaN
// for values below zero and those that are no finite numbers, which have no
// ratio.
func (r *Rule) Gain(a, b float64) float64 {
	if a < 0 || b < 0 || math.IsInf(a, 0) || math.IsInf(b, 0) {
		return math.NaN()
	}
	if r.Higher {
		a, b = b, a
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

// A Round is the values of both programs, one for each benchmark.
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
	Each    []Interval // of each benchmark
}

// Compare judges the rounds of a comparison, oldest first. It has to be asked
// after every round: a verdict other than Open ends the comparison.
func Compare(rule *Rule, rounds []Round) Result {
	n := len(rounds)
	total := make([]float64, n)
	each := make([][]float64, len(rule.Names))
	for i, r := range rounds {
		for j := range rule.Names {
			g := rule.Gain(r.A[j], r.B[j])
			if math.IsNaN(g) {
				return Result{Verdict: Not, Why: fmt.Sprintf("%s reported %v and %v, which have no ratio", rule.Names[j], r.A[j], r.B[j])}
			}
			total[i] += g / float64(len(rule.Names))
			each[j] = append(each[j], g)
		}
	}
	res := Result{Steady: n >= steadyRounds && steady(rounds[:steadyRounds])}
	if res.Steady {
		total = total[:1]
	}
	res.Total = interval(total, res.Steady)
	for _, gains := range each {
		if res.Steady {
			gains = gains[:1]
		}
		res.Each = append(res.Each, interval(gains, res.Steady))
	}
	res.Verdict, res.Why = rule.verdict(n, total, &res)
	if res.Verdict == Better {
		for j, e := range res.Each {
			if e.Gain < rule.Tolerance-rounding {
				res.Verdict = Not
				res.Why = fmt.Sprintf("%s got worse: %s", rule.Names[j], rule.Change(e.Gain))
			}
		}
	}
	return res
}

func interval(gains []float64, steady bool) Interval {
	if len(gains) == 0 {
		return Interval{math.Inf(-1), 0, math.Inf(1)}
	}
	if steady {
		return Interval{gains[0], gains[0], gains[0]}
	}
	low, high := bounds(gains, levelOfLook)
	return Interval{low, center(gains), high}
}

// verdict applies the rule to the total gain.
func (r *Rule) verdict(n int, total []float64, res *Result) (Verdict, string) {
	gain := res.Total.Gain
	switch {
	case res.Steady && (gain > rounding || r.Need < 0 && gain > -rounding):
		return Better, ""
	case res.Steady && gain < -rounding:
		return Not, "it got worse: " + r.Change(gain)
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
	if math.Abs(gain) >= 0.005 {
		what = r.Change(gain)
	}
	return fmt.Sprintf("%s after %d rounds, which shows no gain", what, n)
}

// Change words a gain: "50.0 % lower".
func (r *Rule) Change(gain float64) string {
	if r.Higher {
		gain = -gain
	}
	percent := 100 * math.Expm1(-gain) // of the values, from the first to the second
	switch text := fmt.Sprintf("%.1f", math.Abs(percent)); {
	case text == "0.0":
		return "unchanged"
	case percent < 0:
		return text + " % lower"
	default:
		return text + " % higher"
	}
}

// Ratio is that of the second value to the first.
func (r *Rule) Ratio(gain float64) float64 {
	if r.Higher {
		return math.Exp(gain)
	}
	return math.Exp(-gain)
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
