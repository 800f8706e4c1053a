package paired

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCritical compares with the tables of Hollander, Wolfe, Chicken.
func TestCritical(t *testing.T) {
	for _, tt := range []struct {
		n     int
		level float64
		want  int
	}{
		{7, 0.005, -1}, // 1/128 is more
		{8, 0.005, 0},
		{5, 0.05, 0}, {6, 0.05, 2}, {8, 0.05, 5}, {10, 0.05, 10}, {12, 0.05, 17}, {20, 0.05, 60}, {30, 0.05, 151}, {40, 0.05, 286},
		{8, 0.025, 3}, {10, 0.025, 8}, {20, 0.025, 52}, {12, 0.005, 7}, {20, 0.005, 37},
		{3, 1, 6},
	} {
		if got := critical(tt.n, tt.level); got != tt.want {
			t.Errorf("critical(%d, %v) = %d, want %d", tt.n, tt.level, got, tt.want)
		}
	}
}

func TestBounds(t *testing.T) {
	values := []float64{3, -1, 4, 1, 5, -9, 2, 6}
	low, high := bounds(values, 0.005)
	if low != -9 || high != 6 {
		t.Errorf("bounds = %v, %v, want the extremes", low, high)
	}
	if low, high := bounds(values[:7], 0.005); !math.IsInf(low, -1) || !math.IsInf(high, 1) {
		t.Errorf("bounds of too few values = %v, %v", low, high)
	}
	if got := center([]float64{1, 2, 30}); got != 8.75 { // 1 1.5 2 15.5 16 30
		t.Errorf("center = %v, want 8.75", got)
	}
	if got := center(nil); !math.IsNaN(got) {
		t.Errorf("center of nothing = %v", got)
	}
}

// The interval moves with the values and holds the estimate.
func TestBoundsProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-10, 10), 1, 40).Draw(t, "values")
		low, high := bounds(values, 0.005)
		mid := center(values)
		if low > mid || mid > high || mid < slices.Min(values) || mid > slices.Max(values) {
			t.Fatalf("%v not within %v to %v", mid, low, high)
		}
		wide, wider := bounds(values, 0.001)
		if wide > low || wider < high {
			t.Fatalf("more confidence gave a narrower interval")
		}
		moved := make([]float64, len(values))
		for i, v := range values {
			moved[i] = -v
		}
		if l, h := bounds(moved, 0.005); l != -high || h != -low {
			t.Fatalf("of the negatives: %v, %v, want %v, %v", l, h, -high, -low)
		}
	})
}

func TestGain(t *testing.T) {
	var lower Rule
	up := Quantity{Higher: true}
	inf, nan := math.Inf(1), math.NaN()
	for _, tt := range []struct{ a, b, want float64 }{
		{100, 50, math.Log(2)},
		{50, 100, -math.Log(2)},
		{3, 3, 0},
		{0, 0, 0},
		{1, 0, math.Log(1000)},
		{0, 1, -math.Log(1000)},
		{5, 0, math.Log(5000)},
		{0, 5, -math.Log(5000)},
		{0.01, 0, math.Log(1000)},
		{0, 0.01, -math.Log(1000)},
		{1e-300, 1e300, -600 * math.Ln10},
		{5e-324, 0, math.Log(1000)},
		{-1, 1, nan}, {1, -1, nan}, {nan, 1, nan}, {1, nan, nan}, {inf, 1, nan}, {1, inf, nan}, {inf, inf, nan},
	} {
		if got := lower.Gain(Quantity{}, tt.a, tt.b); math.Abs(got-tt.want) > 1e-9 || math.IsNaN(got) != math.IsNaN(tt.want) {
			t.Errorf("gain from %v to %v = %v, want %v", tt.a, tt.b, got, tt.want)
		}
		if got := lower.Gain(up, tt.a, tt.b); math.Abs(got+tt.want) > 1e-9 || math.IsNaN(got) != math.IsNaN(tt.want) {
			t.Errorf("higher is better: gain from %v to %v = %v, want %v", tt.a, tt.b, got, -tt.want)
		}
	}
}

func TestChange(t *testing.T) {
	ratio, difference := Rule{Of: []Quantity{{}}}, Rule{Scale: Differences, Of: []Quantity{{}}}
	higher, better := Rule{Of: []Quantity{{Higher: true}}}, Rule{Of: []Quantity{{}, {Higher: true}}}
	scores := Rule{Scale: Differences, Of: []Quantity{{Higher: true}}}
	for _, tt := range []struct {
		rule  Rule
		gain  float64
		want  string
		value float64
	}{
		{ratio, math.Log(2), "50.0 % lower", 0.5},
		{ratio, -math.Log(2), "100.0 % higher", 2},
		{higher, math.Log(2), "100.0 % higher", 2},
		{higher, -math.Log(2), "50.0 % lower", 0.5},
		{better, math.Log(2), "50.0 % better", 0.5},
		{better, -math.Log(2), "100.0 % worse", 2},
		{ratio, 0.0001, "unchanged", math.Exp(-0.0001)},
		{difference, 0.25, "0.25 lower", -0.25},
		{scores, 0.25, "0.25 higher", 0.25},
		{scores, -1e-9, "1e-09 lower", -1e-9},
		{scores, 0, "unchanged", 0},
	} {
		if got := tt.rule.ChangeOfAll(tt.gain); got != tt.want {
			t.Errorf("ChangeOfAll(%v) = %q, want %q", tt.gain, got, tt.want)
		}
		if got := tt.rule.ValueOfAll(tt.gain); math.Abs(got-tt.value) > 1e-12 {
			t.Errorf("ValueOfAll(%v) = %v, want %v", tt.gain, got, tt.value)
		}
	}
}

// same repeats a round.
func same(n int, a, b []float64) []Round {
	var list []Round
	for range n {
		list = append(list, Round{a, b})
	}
	return list
}

func TestCompare(t *testing.T) {
	rule := Rule{Of: []Quantity{{Name: "BenchmarkX"}, {Name: "BenchmarkY"}}, Need: math.Log(1.01), Tolerance: -math.Log(1.05)}
	higher := rule
	higher.Of = []Quantity{{Name: "BenchmarkX", Higher: true}, {Name: "BenchmarkY", Higher: true}}
	keep := rule
	keep.Need = -math.Log(1.01)
	noisy := func(n int, gain func(i int) float64) []Round {
		var list []Round
		for i := range n {
			base := 100 + float64(i)
			list = append(list, Round{[]float64{base, base}, []float64{base / math.Exp(gain(i)), base / math.Exp(gain(i))}})
		}
		return list
	}
	for _, tt := range []struct {
		name   string
		rule   Rule
		rounds []Round
		want   Verdict
		why    string
	}{
		{"nothing yet", rule, nil, Open, ""},
		{"two equal rounds are too few", rule, same(2, []float64{4, 4}, []float64{3, 3}), Open, ""},
		{"steady and lower", rule, same(3, []float64{4, 4}, []float64{3, 4}), Better, ""},
		{"steady and higher", rule, same(3, []float64{4, 4}, []float64{4, 5}), Not, "it got worse: 11.8 % higher"},
		{"steady, higher is better", higher, same(3, []float64{4, 4}, []float64{4, 5}), Better, ""},
		{"steady and equal", rule, same(3, []float64{4, 0}, []float64{4, 0}), Not, "nothing changed"},
		{"steady and equal is kept", keep, same(3, []float64{4, 0}, []float64{4, 0}), Better, ""},
		{"steady and worse is not kept", keep, same(3, []float64{1000, 4}, []float64{1001, 4}), Not, "it got worse"},
		{"down to zero", rule, same(3, []float64{1, 4}, []float64{0, 4}), Better, ""},
		{"up from zero", rule, same(3, []float64{0, 4}, []float64{1, 1}), Not, "it got worse"},
		{"one pays for the other", rule, same(3, []float64{10, 10}, []float64{1, 11}), Not, "BenchmarkY got worse: 10.0 % higher"},
		{"within the tolerance", rule, same(3, []float64{100, 100}, []float64{10, 104}), Better, ""},
		{"no ratio", rule, []Round{{[]float64{1, 1}, []float64{1, math.NaN()}}}, Not, "BenchmarkY reported 1 and NaN, which have no ratio"},
		{"negative", rule, []Round{{[]float64{1, 1}, []float64{-1, 1}}}, Not, "BenchmarkX reported 1 and -1, which have no ratio"},
		{"three noisy rounds without success", rule, noisy(3, func(i int) float64 { return -0.01 * float64(i) }), Not, "shows no gain"},
		{"three noisy rounds with success", rule, noisy(3, func(i int) float64 { return 0.2 + 0.01*float64(i) }), Open, ""},
		{"seven are too few", rule, noisy(7, func(i int) float64 { return 0.2 + 0.01*float64(i) }), Open, ""},
		{"eight are enough", rule, noisy(8, func(i int) float64 { return 0.2 + 0.01*float64(i) }), Better, ""},
		{"a gain below the needed one", rule, noisy(8, func(i int) float64 { return 0.005 + 0.0001*float64(i) }), Not, "after 8 rounds"},
		{"one bad round of eight", rule, noisy(8, func(i int) float64 { return []float64{-0.1, 0.2}[min(i, 1)] + 0.001*float64(i) }), Open, ""},
		{"one bad round of twelve", rule, noisy(12, func(i int) float64 { return []float64{-0.1, 0.2}[min(i, 1)] + 0.001*float64(i) }), Better, ""},
		{"never clear", rule, noisy(MaxRounds, func(i int) float64 { return 0.03 + 0.2*math.Sin(float64(i*i)) }), Not, "after 40 rounds"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Compare(&tt.rule, tt.rounds)
			if got.Verdict != tt.want || !strings.Contains(got.Why, tt.why) || (got.Why == "") != (tt.why == "") {
				t.Errorf("verdict %v, %q, want %v, %q", got.Verdict, got.Why, tt.want, tt.why)
			}
		})
	}
}

// simulate compares until it is decided and returns the result and the rounds
// it took. Value draws one measurement of a program that is the given factor
// times as fast as the other.
func simulate(rule *Rule, r *rand.Rand, gain float64, value func(r *rand.Rand, round, place int) float64) (Result, int) {
	var rounds []Round
	for i := 0; ; i++ {
		var v Round
		first := r.IntN(2) == 0
		for place := range 2 {
			x := value(r, i, place)
			if (place == 0) == first {
				v.A = []float64{x}
			} else {
				v.B = []float64{x / math.Exp(gain)}
			}
		}
		rounds = append(rounds, v)
		if res := Compare(rule, rounds); res.Verdict != Open {
			return res, len(rounds)
		}
	}
}

// noises are the ways in which a machine disturbs a measurement of 1000.
var noises = map[string]func(r *rand.Rand, round, place int) float64{
	"normal 2 %":  func(r *rand.Rand, _, _ int) float64 { return 1000 * math.Exp(0.02*r.NormFloat64()) },
	"normal 10 %": func(r *rand.Rand, _, _ int) float64 { return 1000 * math.Exp(0.10*r.NormFloat64()) },
	"slow now and then": func(r *rand.Rand, _, _ int) float64 {
		v := 1000 * math.Exp(0.01*r.NormFloat64())
		if r.IntN(5) == 0 {
			v *= 1 + 2*r.ExpFloat64()
		}
		return v
	},
	"two speeds": func(r *rand.Rand, _, _ int) float64 {
		return []float64{1000, 1080}[r.IntN(2)] * math.Exp(0.002*r.NormFloat64())
	},
	"getting slower": func(r *rand.Rand, round, place int) float64 {
		return 1000 * math.Exp(0.02*float64(2*round+place)+0.01*r.NormFloat64())
	},
	"the second is always slower": func(r *rand.Rand, _, place int) float64 {
		return 1000 * math.Exp(0.05*float64(place)+0.01*r.NormFloat64())
	},
	"whole numbers": func(r *rand.Rand, _, _ int) float64 { return float64(3 + r.IntN(2)) },
	"rarely other":  func(r *rand.Rand, _, _ int) float64 { return []float64{4, 5}[r.IntN(10)/9] },
}

// Of programs that do not differ, no more than the stated part is called
// better, even where any gain is enough.
func TestFalseAcceptance(t *testing.T) {
	const trials = 2000
	for name, value := range noises {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, need := range []float64{0, math.Log(1.01)} {
				rule := &Rule{Of: []Quantity{{Name: "B"}}, Need: need, Tolerance: math.Inf(-1)}
				r := rand.New(rand.NewPCG(1, uint64(len(name))))
				better, rounds := 0, 0
				for range trials {
					res, n := simulate(rule, r, 0, value)
					rounds += n
					if res.Verdict == Better {
						better++
					}
				}
				rate := float64(better) / trials
				t.Logf("need %.4f: %.2f %% accepted, %.1f rounds on average", need, 100*rate, float64(rounds)/trials)
				if rate > 1-Confidence {
					t.Errorf("need %.4f: %d of %d candidates without any change were accepted, more than %v", need, better, trials, 1-Confidence)
				}
			}
		})
	}
}

// A gain of a tenth is found where the noise allows it, and a loss of a tenth
// is never taken for one.
func TestPower(t *testing.T) {
	const trials = 1000
	gain := math.Log(1.1)
	for _, tt := range []struct {
		noise  string
		least  float64 // part of the gains that is found
		rounds float64 // on average, at most
	}{
		{"normal 2 %", 0.99, 10},
		{"normal 10 %", 0.55, 25},
		{"two speeds", 0.95, 20},
		{"getting slower", 0.99, 15},
		{"the second is always slower", 0.95, 20},
	} {
		t.Run(tt.noise, func(t *testing.T) {
			t.Parallel()
			rule := &Rule{Of: []Quantity{{Name: "B"}}, Need: math.Log(1.01), Tolerance: -math.Log(1.05)}
			r := rand.New(rand.NewPCG(2, 3))
			found, worse, rounds := 0, 0, 0
			for range trials {
				res, n := simulate(rule, r, gain, noises[tt.noise])
				rounds += n
				if res.Verdict == Better {
					found++
				}
				if res, _ := simulate(rule, r, -gain, noises[tt.noise]); res.Verdict == Better {
					worse++
				}
			}
			rate, mean := float64(found)/trials, float64(rounds)/trials
			t.Logf("%.1f %% of the gains found in %.1f rounds on average", 100*rate, mean)
			if rate < tt.least || mean > tt.rounds {
				t.Errorf("found %.3f of the gains in %.1f rounds, want at least %v in %v", rate, mean, tt.least, tt.rounds)
			}
			if worse > trials/1000 {
				t.Errorf("%d of %d losses were accepted", worse, trials)
			}
		})
	}
}

// The interval of an accepted gain holds the real one as often as stated.
func TestCoverage(t *testing.T) {
	const trials = 2000
	for name, value := range noises {
		if strings.HasPrefix(name, "whole") || strings.HasPrefix(name, "rarely") {
			continue // their ratio is no matter of a factor
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gain := math.Log(1.5)
			rule := &Rule{Of: []Quantity{{Name: "B"}}, Need: math.Log(1.01), Tolerance: math.Inf(-1)}
			r := rand.New(rand.NewPCG(4, 5))
			missed, accepted := 0, 0
			for range trials {
				res, _ := simulate(rule, r, gain, value)
				if res.Verdict != Better {
					continue
				}
				accepted++
				if res.Total.Low > gain || res.Total.High < gain {
					missed++
				}
			}
			if accepted < trials/2 || float64(missed) > (1-Confidence)*float64(accepted) {
				t.Errorf("%d intervals of %d miss the gain", missed, accepted)
			}
		})
	}
}

// Every comparison ends, whatever is measured.
func TestCompareEnds(t *testing.T) {
	value := rapid.OneOf(rapid.Float64Range(0, 10), rapid.SampledFrom([]float64{0, 1, math.NaN(), math.Inf(1), -1, 1e300, 5e-324}))
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 3).Draw(t, "benchmarks")
		rule := Rule{Scale: Scale(rapid.IntRange(0, 1).Draw(t, "scale")), Need: math.Log(1.01), Tolerance: -math.Log(1.05)}
		for i := range n {
			rule.Of = append(rule.Of, Quantity{Name: []string{"A", "B", "C"}[i], Higher: rapid.Bool().Draw(t, "higher"), Weight: rapid.Float64Range(0, 5).Draw(t, "weight")})
		}
		var rounds []Round
		for range MaxRounds {
			rounds = append(rounds, Round{rapid.SliceOfN(value, n, n).Draw(t, "a"), rapid.SliceOfN(value, n, n).Draw(t, "b")})
			res := Compare(&rule, rounds)
			for _, e := range append(res.Each, res.Total) {
				if res.Verdict == Better && (math.IsNaN(e.Gain) || math.IsNaN(e.Low) || math.IsNaN(e.High)) {
					t.Fatalf("better by %v", e)
				}
			}
			if res.Verdict == Better && res.Total.Gain <= 0 {
				t.Fatalf("a loss is better: %+v", res)
			}
			if res.Verdict != Open {
				return
			}
		}
		t.Fatal("not decided after all rounds")
	})
}
