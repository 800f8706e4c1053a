package search

import (
	"sort"

	"github.com/opto-go/trace/optimizer"
)

// recombine carries earlier partial repairs over to the current assignment,
// and joins those that started from it: the likeliest proposals of all.
func (s *state) recombine() []candidate {
	var list []candidate
	here := s.current()
	var good []*outcome
	for _, o := range s.outcomes {
		if o.good() && !o.attempt.Accepted {
			good = append(good, o)
		}
	}
	sort.SliceStable(good, func(i, j int) bool { return len(good[i].fixed) > len(good[j].fixed) })
	if len(good) > 24 {
		good = good[:24]
	}
	for i, o := range good {
		if !o.current {
			if assign, ok := s.rebase(o, here); ok {
				list = append(list, candidate{assign: assign, weight: 3 - float64(i)/100,
					what: "repeated an earlier repair on the new base"})
			}
			continue
		}
		for j, other := range good[:i] {
			if !other.current || subset(o.fixed, other.fixed) {
				continue
			}
			first := overlay(here, other.attempt.Proposal.Assign)
			if assign, ok := s.rebase(o, first); ok {
				list = append(list, candidate{assign: overlay(other.attempt.Proposal.Assign, assign), weight: 2 - float64(i+j)/100,
					what: "joined two repairs of different cases"})
			}
		}
	}
	return list
}

// rebase makes the change of an attempt on another assignment.
func (s *state) rebase(o *outcome, onto map[string]string) (map[string]string, bool) {
	assign := map[string]string{}
	for _, id := range o.changed {
		text := o.attempt.Proposal.Assign[id]
		var pa *param
		for _, p := range s.params {
			if p.ID == id {
				pa = p
			}
		}
		if pa == nil {
			return nil, false
		}
		if pa.Kind == optimizer.FuncBody {
			h, ok := diffHunk(s.textAt(o.from, id), text)
			if !ok {
				continue
			}
			if text, ok = transplant(onto[id], h); !ok {
				return nil, false
			}
		}
		assign[id] = text
	}
	return assign, len(assign) > 0
}

func subset(a, b []string) bool {
	for _, x := range a {
		i := sort.SearchStrings(b, x)
		if i == len(b) || b[i] != x {
			return false
		}
	}
	return true
}
