package strategy

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// maxArms bounds what ucb keeps. As in Trace, what has the lowest bound goes.
const maxArms = 16

// ucb takes states for the arms of a bandit. A pull of an arm is a step that
// proposes changes of it, and pays what the best of these is worth; what the
// state is worth itself counts as the first pull.
type ucb struct{}

func (ucb) Name() string { return UCB }

func (ucb) Parents(pool []*State, n int, _ *rand.Rand) []*State {
	sorted := byBound(pool)
	return sorted[:min(n, len(sorted))]
}

func (ucb) Keep(pool []*State, n int) []*State {
	sorted := byBound(pool)
	best := Best(pool)
	limit := max(maxArms, n)
	if i := slices.Index(sorted, best); i >= limit {
		sorted[limit-1] = best
	}
	return sorted[:min(limit, len(sorted))]
}

// byBound sorts states by their upper confidence bounds, the highest first.
func byBound(pool []*State) []*State {
	w := newWorth(pool)
	pulls := 0
	for _, s := range pool {
		pulls += 1 + len(s.Tries)
	}
	bound := map[*State]float64{}
	for _, s := range pool {
		sum := w.of(s.Failed, s.Score)
		for _, t := range s.Tries {
			if t.Ran {
				sum += w.of(t.Failed, t.Score)
			}
		}
		n := float64(1 + len(s.Tries))
		bound[s] = sum/n + math.Sqrt(2*math.Log(float64(pulls))/n)
	}
	return slices.SortedStableFunc(slices.Values(pool), func(a, b *State) int {
		return cmp.Or(-cmp.Compare(bound[a], bound[b]), Compare(a, b))
	})
}

// A worth maps results to [0, 1], as UCB1 needs it: the part of the cases that
// pass, and between two such parts the score, which may have any range.
type worth struct {
	cases     int
	low, high float64 // of the scores seen
}

func newWorth(pool []*State) worth {
	w := worth{cases: len(pool[0].Cases), low: math.Inf(1), high: math.Inf(-1)}
	see := func(v float64) { w.low, w.high = min(w.low, v), max(w.high, v) }
	for _, s := range pool {
		see(s.Score)
		for _, t := range s.Tries {
			if t.Ran {
				see(t.Score)
			}
		}
	}
	return w
}

func (w worth) of(failed int, score float64) float64 {
	part := 0.0
	if w.high > w.low {
		part = (score - w.low) / (w.high - w.low)
	}
	// A process that fails outside of all cases counts as one more.
	return (float64(max(w.cases-failed, 0)) + part) / float64(w.cases+1)
}
