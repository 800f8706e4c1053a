package strategy

import (
	"math/rand/v2"
	"slices"
)

// pareto keeps the states that are good at different cases.
type pareto struct{}

func (pareto) Name() string { return Pareto }

// Keep keeps what is best in some case and not dominated: no other state is at
// least as good in every case. Of states with equal results the first in the
// order of Compare stands for all. The best state may win no case, only on
// average; it stays too.
func (pareto) Keep(pool []*State, _ int) []*State {
	best := Best(pool)
	kept := slices.DeleteFunc(slices.Clone(pool), func(s *State) bool {
		if s == best {
			return false
		}
		return slices.ContainsFunc(pool, func(t *State) bool { return t != s && dominates(t, s) })
	})
	w := wins(kept)
	return slices.DeleteFunc(kept, func(s *State) bool { return s != best && w[s] == 0 })
}

// dominates reports whether s is not needed beside t.
func dominates(t, s *State) bool {
	better := false
	for i, r := range s.Cases {
		if r.beats(t.Cases[i]) {
			return false
		}
		better = better || t.Cases[i].beats(r)
	}
	return better || Compare(t, s) < 0
}

// wins counts, for each state, the cases in which none of pool is better.
func wins(pool []*State) map[*State]int {
	best := bestResults(pool)
	count := map[*State]int{}
	for _, s := range pool {
		for i, r := range s.Cases {
			if !best[i].beats(r) {
				count[s]++
			}
		}
	}
	return count
}

// Parents draws in proportion to the number of cases that a state wins.
func (pareto) Parents(pool []*State, n int, rnd *rand.Rand) []*State {
	w := wins(pool)
	left := slices.Clone(pool)
	var parents []*State
	for len(parents) < n && len(left) > 0 {
		sum := 0
		for _, s := range left {
			sum += max(w[s], 1) // the best state, or one that stands in for another, may win none
		}
		x := rnd.IntN(sum)
		i := slices.IndexFunc(left, func(s *State) bool { x -= max(w[s], 1); return x < 0 })
		parents = append(parents, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return parents
}

// A Merge is a pair of states with different changes, and what becomes of them
// together.
type Merge struct {
	Into  *State // the better one of the two
	From  *State
	Texts map[string]string // of the parameters that From has changed and Into has not
}

// Merges implements [Merger]. The pairs that win the most cases together come
// first.
func (pareto) Merges(pool []*State, n int, done func(a, b *State) bool) []Merge {
	type pair struct {
		Merge
		covers int
	}
	var pairs []pair
	best := bestResults(pool)
	sorted := top(pool, len(pool))
	for i, a := range sorted {
		for _, b := range sorted[i+1:] {
			if done(a, b) {
				continue
			}
			m, ok := merge(a, b)
			if !ok {
				continue
			}
			p := pair{Merge: m}
			onlyA, onlyB := 0, 0
			for c := range best {
				winsA, winsB := !best[c].beats(a.Cases[c]), !best[c].beats(b.Cases[c])
				switch {
				case winsA && !winsB:
					onlyA++
				case winsB && !winsA:
					onlyB++
				}
				if winsA || winsB {
					p.covers++
				}
			}
			if onlyA > 0 && onlyB > 0 {
				pairs = append(pairs, p)
			}
		}
	}
	slices.SortStableFunc(pairs, func(x, y pair) int { return y.covers - x.covers })
	var list []Merge
	for _, p := range pairs[:min(n, len(pairs))] {
		list = append(list, p.Merge)
	}
	return list
}

// merge takes every parameter from the state that changed it since their
// youngest common ancestor; where both did, from a. There is nothing to merge
// when one comes from the other, or when the result is one of them.
func merge(a, b *State) (Merge, bool) {
	of := common(a, b)
	if of == nil || of == a || of == b {
		return Merge{}, false
	}
	m := Merge{Into: a, From: b, Texts: map[string]string{}}
	own := false // a has a change that b has not
	for id, was := range of.Texts {
		switch {
		case a.Texts[id] == b.Texts[id]:
		case a.Texts[id] == was:
			m.Texts[id] = b.Texts[id]
		default:
			own = true
		}
	}
	return m, own && len(m.Texts) > 0
}

// common is the youngest common ancestor of a and b, perhaps one of them.
func common(a, b *State) *State {
	of := ancestors(a)
	var youngest *State
	for s := range ancestors(b) {
		if of[s] && (youngest == nil || s.ID > youngest.ID) {
			youngest = s
		}
	}
	return youngest
}

// ancestors are s and all that it was made from.
func ancestors(s *State) map[*State]bool {
	seen := map[*State]bool{}
	var walk func(*State)
	walk = func(s *State) {
		if s != nil && !seen[s] {
			seen[s] = true
			walk(s.Parent)
			walk(s.Other)
		}
	}
	walk(s)
	return seen
}
