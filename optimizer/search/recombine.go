package search

import (
	"sort"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// again ends the reasoning of a repeated repair.
const again = ", which mended a case before"

// recombine carries earlier partial repairs over to the current assignment,
// and joins those that started from it: the likeliest proposals of all.
func (s *state) recombine(singles []candidate) []candidate {
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
			assign, ok := s.rebase(o, here)
			if !ok {
				assign, ok = sameEdit(o, singles)
			}
			if ok {
				list = append(list, candidate{assign: assign, weight: 3 - float64(i)/100,
					what: strings.TrimSuffix(o.attempt.Proposal.Reasoning, again) + again})
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
					what: "joined two repairs of different cases: " + other.attempt.Proposal.Reasoning + ", and " + o.attempt.Proposal.Reasoning})
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
			from, ok := s.textAt(o.from, id)
			if o.current {
				from, ok = pa.Source, true
			}
			if !ok {
				return nil, false
			}
			h, ok := diffHunk(from, text)
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

// sameEdit finds the edit of an attempt among those of the current source by
// its reasoning, where the text that it started from is not known any more.
func sameEdit(o *outcome, singles []candidate) (map[string]string, bool) {
	if len(o.changed) != 1 {
		return nil, false
	}
	place := func(what string) string { // lines move
		if i := strings.LastIndex(what, " at line "); i >= 0 {
			return what[:i]
		}
		return what
	}
	what := strings.TrimSuffix(o.attempt.Proposal.Reasoning, again)
	for _, c := range singles {
		if c.param == o.changed[0] && c.what == what {
			return c.assign, true
		}
	}
	for _, c := range singles {
		if c.param == o.changed[0] && place(c.what) == place(what) {
			return c.assign, true
		}
	}
	return nil, false
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
