// Package strategy decides how a run searches: which of the programs that it
// found the next step proposes changes of, which are kept for later steps, and
// which are worth merging. It knows the results of programs and the texts of
// their parameters, and nothing of how these come about.
//
//	best-of-n   all proposals are made for the original, in one step
//	sequential  hill climbing: every step goes on from the best program
//	beam        beam search: the best P programs are kept, and each is a parent
//	            of every step (Lowerre, The HARPY Speech Recognition System, 1976)
//	pareto      the programs that no other one equals or beats in every case are
//	            kept. A parent is drawn in proportion to the number of cases in
//	            which it is best, and parents that win different cases are
//	            merged (GEPA: Agrawal et al., arXiv 2507.19457)
//	ucb         the programs are the arms of a bandit, and UCB1 chooses the
//	            parents (Auer, Cesa-Bianchi, Fischer, Finite-time Analysis of the
//	            Multiarmed Bandit Problem, Machine Learning 47, 2002), as in the
//	            UCB searches of APO (Pryzant et al., arXiv 2305.03495) and Trace
//
// Strategies hold no state. What they choose follows from the pool and from the
// random numbers that they are given, so that a run that goes through its steps
// again chooses alike.
package strategy

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// A State is a program that was evaluated.
type State struct {
	ID     int    // counts the states of a run; 0 is the original
	Step   int    // in which it was found
	Parent *State // what it was made from; nil for the original
	Other  *State // what its parent was merged with; nil for most

	Failed int               // failed cases
	Score  float64           // mean
	Cases  []Result          // the same cases in every state of a run
	Size   int               // of its diff to the original
	Texts  map[string]string // of all parameters

	// Tries holds, for each time that it was a parent, the best that came of
	// it.
	Tries []Try
}

// A Result is what became of a case.
type Result struct {
	Failed bool
	Score  float64
}

// A Try is the best of the proposals that a step made for one parent.
type Try struct {
	Ran    bool // one of them was evaluated
	Failed int
	Score  float64
}

// A Strategy chooses among the states that a run has found.
type Strategy interface {
	// Name is the word that -search takes.
	Name() string
	// Parents chooses at most n states, each once, that the next step
	// proposes changes of. It gives at least one of a pool that is not empty.
	Parents(pool []*State, n int, rnd *rand.Rand) []*State
	// Keep chooses what stays in the pool after a step: of what was there,
	// and of what the step found. N is the number of parents of a step. The
	// best state always stays.
	Keep(pool []*State, n int) []*State
}

// A Merger is a strategy that merges states.
type Merger interface {
	// Merges chooses at most n pairs of pool whose merging is worth an
	// evaluation; done tells which pairs have been.
	Merges(pool []*State, n int, done func(a, b *State) bool) []Merge
}

// Names of the strategies.
const (
	BestOfN    = "best-of-n"
	Sequential = "sequential"
	Beam       = "beam"
	Pareto     = "pareto"
	UCB        = "ucb"
)

// Names lists the strategies in the order in which people are told of them.
var Names = []string{BestOfN, Sequential, Beam, Pareto, UCB}

// New returns the strategy of that name, nil if there is none.
func New(name string) Strategy {
	switch name {
	case BestOfN:
		return bestOfN{}
	case Sequential:
		return sequential{}
	case Beam:
		return beam{}
	case Pareto:
		return pareto{}
	case UCB:
		return ucb{}
	}
	return nil
}

// noise is by how much a score may differ from summing in another order.
const noise = 1e-12

// Compare orders states, the better first: fewer failed cases, then the higher
// score. Of equal ones the earlier comes first, and of those of one step the
// one with the smaller diff.
func Compare(a, b *State) int {
	if c := compareTotals(a.Failed, a.Score, b.Failed, b.Score); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Size, b.Size), cmp.Compare(a.ID, b.ID))
}

func compareTotals(failedA int, a float64, failedB int, b float64) int {
	switch {
	case failedA != failedB:
		return cmp.Compare(failedA, failedB)
	case a > b+noise:
		return -1
	case b > a+noise:
		return 1
	}
	return 0
}

// Best returns the first of pool in the order of Compare.
func Best(pool []*State) *State { return slices.MinFunc(pool, Compare) }

// beats reports whether r is better than q.
func (r Result) beats(q Result) bool {
	if r.Failed != q.Failed {
		return q.Failed
	}
	return r.Score > q.Score+noise
}

// Gained reports whether after holds something that before did not: a better
// best state, or a better result of some case.
func Gained(before, after []*State) bool {
	a, b := Best(after), Best(before)
	if compareTotals(a.Failed, a.Score, b.Failed, b.Score) < 0 {
		return true
	}
	was, is := bestResults(before), bestResults(after)
	for i := range is {
		if is[i].beats(was[i]) {
			return true
		}
	}
	return false
}

// bestResults are the best results of every case.
func bestResults(pool []*State) []Result {
	best := slices.Clone(pool[0].Cases)
	for _, s := range pool[1:] {
		for i, r := range s.Cases {
			if r.beats(best[i]) {
				best[i] = r
			}
		}
	}
	return best
}

// sequential goes on from the best state.
type sequential struct{}

func (sequential) Name() string { return Sequential }

func (sequential) Parents(pool []*State, _ int, _ *rand.Rand) []*State { return []*State{Best(pool)} }

func (sequential) Keep(pool []*State, _ int) []*State { return []*State{Best(pool)} }

// bestOfN is sequential with a single step.
type bestOfN struct{ sequential }

func (bestOfN) Name() string { return BestOfN }

// beam keeps the best states.
type beam struct{}

func (beam) Name() string { return Beam }

func (beam) Parents(pool []*State, n int, _ *rand.Rand) []*State { return top(pool, n) }

func (beam) Keep(pool []*State, n int) []*State { return top(pool, n) }

// top returns the first n of pool in the order of Compare.
func top(pool []*State, n int) []*State {
	sorted := slices.SortedStableFunc(slices.Values(pool), Compare)
	return sorted[:min(n, len(sorted))]
}
