package paired

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// scoring is the ways in which the score of a program varies; better adds to it.
var scoring = map[string]func(r *rand.Rand, better float64) float64{
	"normal": func(r *rand.Rand, better float64) float64 { return 0.5 + better + 0.1*r.NormFloat64() },
	"a coin": func(r *rand.Rand, better float64) float64 { return hit(r, 0.3+2*better) },
	"ten":    func(r *rand.Rand, better float64) float64 { return hits(r, 10, 0.5+better) },
	"seldom": func(r *rand.Rand, better float64) float64 { return hit(r, 0.05+better) },
	"skewed": func(r *rand.Rand, better float64) float64 { return better + 0.1*math.Pow(r.ExpFloat64(), 3) },
	"disaster": func(r *rand.Rand, better float64) float64 {
		if r.IntN(10) == 0 {
			return -5
		}
		return better + 0.1*r.NormFloat64()
	},
}

func hit(r *rand.Rand, p float64) float64 {
	if r.Float64() < p {
		return 1
	}
	return 0
}

func hits(r *rand.Rand, n int, p float64) float64 {
	sum := 0.0
	for range n {
		sum += hit(r, p)
	}
	return sum / float64(n)
}

var scoreRule = Rule{Scale: Differences, Of: []Quantity{{Name: "mean score", Higher: true}}, Tolerance: math.Inf(-1)}

// race compares the scores of two programs until it is decided which is better.
func race(a, b func() float64) (Result, int) {
	var rounds []Round
	for {
		res := Compare(&scoreRule, rounds)
		if res.Verdict != Open {
			return res, len(rounds)
		}
		rounds = append(rounds, Round{A: []float64{a()}, B: []float64{b()}})
	}
}

// Of programs that score alike, no more than the stated part is called better.
func TestFalseAcceptanceOfScores(t *testing.T) {
	const trials = 4000
	for name, score := range scoring {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(7, uint64(len(name))))
			play := func() float64 { return score(r, 0) }
			better, rounds := 0, 0
			for range trials {
				res, n := race(play, play)
				rounds += n
				if res.Verdict == Better {
					better++
				}
			}
			rate := float64(better) / trials
			t.Logf("%.2f %% accepted, %.1f rounds on average", 100*rate, float64(rounds)/trials)
			if rate > 1-Confidence {
				t.Errorf("%d of %d candidates without any change were accepted, more than %v", better, trials, 1-Confidence)
			}
		})
	}
}

// A gain is found where the noise allows it, and a loss of that size is never
// taken for one.
func TestPowerOfScores(t *testing.T) {
	const trials = 1000
	for _, tt := range []struct {
		noise  string
		better float64
		least  float64 // part of the gains that is found
		rounds float64 // on average, at most
	}{
		{"normal", 0.1, 0.7, 20},
		{"normal", 0.3, 0.99, 9},
		{"a coin", 0.25, 0.5, 25}, // hits three times of ten, then eight
		{"ten", 0.2, 0.85, 18},
	} {
		t.Run(tt.noise, func(t *testing.T) {
			r := rand.New(rand.NewPCG(8, 9))
			base := func() float64 { return scoring[tt.noise](r, 0) }
			good := func() float64 { return scoring[tt.noise](r, tt.better) }
			found, worse, rounds := 0, 0, 0
			for range trials {
				res, n := race(base, good)
				rounds += n
				if res.Verdict == Better {
					found++
				}
				if res, _ := race(good, base); res.Verdict == Better {
					worse++
				}
			}
			rate, mean := float64(found)/trials, float64(rounds)/trials
			t.Logf("%.1f %% of the gains of %v found in %.1f rounds on average", 100*rate, tt.better, mean)
			if rate < tt.least || mean > tt.rounds {
				t.Errorf("found %.3f of the gains in %.1f rounds, want at least %v in %v", rate, mean, tt.least, tt.rounds)
			}
			if worse > trials/500 {
				t.Errorf("%d of %d losses were accepted", worse, trials)
			}
		})
	}
}

// What is better in most rounds and worse on the whole is not better, once that
// was seen.
func TestMeanDecidesScores(t *testing.T) {
	rounds := same(7, []float64{0.5}, []float64{0.6})
	rounds[0].A[0] = 0.5
	rounds = append(rounds, Round{A: []float64{0.4}, B: []float64{-5}})
	for range 32 {
		rounds = append(rounds, Round{A: []float64{0.5}, B: []float64{0.6}})
	}
	rounds[1] = Round{A: []float64{0.5}, B: []float64{0.61}}
	for n := 3; n <= len(rounds); n++ {
		if res := Compare(&scoreRule, rounds[:n]); res.Verdict == Better {
			t.Fatalf("accepted after %d rounds: %+v", n, res)
		}
	}
}

// The other way round, and further up or down, the differences are the same.
func TestDifferenceProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Map(rapid.IntRange(-1000, 1000), func(i int) float64 { return float64(i) / 8 }) // exact
		var rounds, swapped, moved []Round
		by := value.Draw(t, "by")
		for range rapid.IntRange(1, MaxRounds).Draw(t, "rounds") {
			a, b := value.Draw(t, "a"), value.Draw(t, "b")
			rounds = append(rounds, Round{[]float64{a}, []float64{b}})
			swapped = append(swapped, Round{[]float64{b}, []float64{a}})
			moved = append(moved, Round{[]float64{a + by}, []float64{b + by}})
		}
		res, back := Compare(&scoreRule, rounds), Compare(&scoreRule, swapped)
		if res.Verdict == Better && back.Verdict == Better {
			t.Fatalf("each is better than the other: %+v, %+v", res, back)
		}
		if res.Verdict == Better && !(res.Total.Low > 0 && res.Total.Gain > 0) {
			t.Fatalf("no gain is better: %+v", res)
		}
		if res.Total.Low > res.Total.Gain || res.Total.Gain > res.Total.High {
			t.Fatalf("the estimate is outside of the interval: %+v", res.Total)
		}
		if up := Compare(&scoreRule, moved); up.Verdict != res.Verdict || up.Total != res.Total {
			t.Fatalf("moved by %v: %+v, want %+v", by, up, res)
		}
	})
}

// Of values that lie around zero no more than the level is called lower.
func TestLower(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{3, 5, 8, 18, 40} {
		const trials = 4000
		lower, certain := 0, 0
		for range trials {
			var around, below []float64
			for range n {
				v := r.NormFloat64()
				around, below = append(around, v), append(below, v-3)
			}
			if Lower(around, 0.05) {
				lower++
			}
			if Lower(below, 0.05) {
				certain++
			}
		}
		if float64(lower) > 0.06*trials || n >= 8 && certain < trials*9/10 || n < 5 && certain > 0 {
			t.Errorf("%d values: %d of %d around zero were lower, %d of those far below", n, lower, trials, certain)
		}
	}
}

// Several quantities count by their weights, whichever way is better, and none may
// get worse by more than is tolerated.
func TestWeights(t *testing.T) {
	rule := func(w1, w2 float64) *Rule {
		return &Rule{Of: []Quantity{{Name: "X ns/op", Weight: w1}, {Name: "X MB/s", Higher: true, Weight: w2}}, Tolerance: -math.Log(1.05)}
	}
	for _, tt := range []struct {
		name string
		rule *Rule
		b    []float64
		want Verdict
		why  string
		gain float64
	}{
		{"both", rule(1, 1), []float64{50, 200}, Better, "", math.Log(2)},
		{"one", rule(1, 1), []float64{25, 100}, Better, "", math.Log(2)},
		{"the heavier", rule(3, 1), []float64{50, 100}, Better, "", 0.75 * math.Log(2)},
		{"one for the other, within the tolerance", rule(1, 1), []float64{80, 96}, Better, "", (math.Log(100.0/80) - math.Log(100.0/96)) / 2},
		{"one for the other", rule(1, 1), []float64{50, 94}, Not, "X MB/s got worse: 6.0 % lower", (math.Log(2) + math.Log(0.94)) / 2},
		{"the lighter is no gain", rule(9, 1), []float64{102, 105}, Not, "it got worse: 1.3 % worse", (-9*math.Log(1.02) + math.Log(1.05)) / 10},
	} {
		res := Compare(tt.rule, same(3, []float64{100, 100}, tt.b))
		if res.Verdict != tt.want || res.Why != tt.why || math.Abs(res.Total.Gain-tt.gain) > 1e-12 {
			t.Errorf("%s: %v, %q, gain %v, want %v, %q, %v", tt.name, res.Verdict, res.Why, res.Total.Gain, tt.want, tt.why, tt.gain)
		}
	}
}

// Of several quantities, too, no more of those that do not differ is called better.
func TestFalseAcceptanceOfSeveral(t *testing.T) {
	const trials = 2000
	rule := &Rule{Of: []Quantity{{Name: "a", Weight: 2}, {Name: "b"}, {Name: "c", Higher: true, Weight: 0.5}}, Tolerance: math.Inf(-1)}
	r := rand.New(rand.NewPCG(3, 1))
	draw := func() []float64 {
		x := math.Exp(0.05 * r.NormFloat64()) // what disturbs one often disturbs others
		return []float64{100 * x, 7 * math.Exp(0.02*r.NormFloat64()), 3 / x}
	}
	better := 0
	for range trials {
		var rounds []Round
		res := Compare(rule, rounds)
		for ; res.Verdict == Open; res = Compare(rule, rounds) {
			rounds = append(rounds, Round{draw(), draw()})
		}
		if res.Verdict == Better {
			better++
		}
	}
	if rate := float64(better) / trials; rate > 1-Confidence {
		t.Errorf("%d of %d candidates without any change were accepted", better, trials)
	}
}
