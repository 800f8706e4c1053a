package search

import (
	"sort"
)

// A point is a value of a numeric parameter that was tried while everything
// else was as it is now.
type point struct {
	x     float64
	worse bool
	delta float64      // of the sum of scores
	told  [][2]float64 // what its feedback got and wanted, where numbers
}

// points returns what is known along the axis of one parameter.
func (s *state) points(pa *param) []point {
	here := s.rest(s.base, pa)
	var list []point
	for _, o := range s.outcomes {
		if len(o.changed) != 1 || o.changed[0] != pa.ID || s.rest(o.from, pa) != here {
			continue
		}
		text := o.attempt.Proposal.Assign[pa.ID]
		x, ok := pa.numberOf(text)
		if !ok || s.normal(text) == pa.now {
			continue
		}
		now := &outcome{attempt: o.attempt}
		now.measure(s.scores)
		pt := point{x: x, worse: now.broken > len(now.fixed)}
		for _, name := range sortedNames(s.scores) {
			if score, ok := o.attempt.Cases[name]; ok {
				pt.delta += score - s.scores[name]
			}
		}
		for _, p := range gotWant(o.attempt.Feedback) {
			if got, want := number(p.got), number(p.want); got == got && want == want {
				pt.told = append(pt.told, [2]float64{got, want})
			}
		}
		list = append(list, pt)
	}
	if x, ok := s.before(pa); ok {
		list = append(list, point{x: x, worse: true})
	}
	return list
}

func sortedNames(m map[string]float64) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// rest identifies an assignment but for one parameter.
func (s *state) rest(at map[string]string, pa *param) string {
	others := overlay(at, nil)
	delete(others, pa.ID)
	return s.key(others)
}

// before returns the value that the parameter had until an accepted attempt
// gave it the present one.
func (s *state) before(pa *param) (float64, bool) {
	for i := len(s.outcomes) - 1; i >= 0; i-- {
		o := s.outcomes[i]
		if !o.attempt.Accepted {
			continue
		}
		for _, id := range o.changed {
			if id == pa.ID && normal(o.attempt.Proposal.Assign[id]) == pa.now {
				text, ok := s.textAt(o.from, id)
				if !ok {
					return 0, false
				}
				return pa.numberOf(text)
			}
		}
	}
	return 0, false
}
