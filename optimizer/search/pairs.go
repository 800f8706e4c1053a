package search

import (
	"fmt"
	"sort"
)

// Bounds of second-order changes.
const (
	maxPartial = 4   // half repairs that are built on
	maxPartner = 60  // first-order changes tried with each
	maxPaired  = 300 // first-order changes that are paired blindly
)

// promising builds on attempts that mended something and broke something: a
// second change may keep the one and undo the other.
func (s *state) promising(singles []candidate) []candidate {
	var partial []*outcome
	for _, o := range s.outcomes {
		if o.current && !o.attempt.Accepted && len(o.fixed) > 0 && o.broken > 0 {
			partial = append(partial, o)
		}
	}
	sort.SliceStable(partial, func(i, j int) bool {
		return len(partial[i].fixed)-partial[i].broken > len(partial[j].fixed)-partial[j].broken
	})
	partial = partial[:min(len(partial), maxPartial)]
	here := s.current()
	var list []candidate
	for _, single := range singles[:min(len(singles), maxPartner)] {
		for _, o := range partial {
			onto := overlay(here, o.attempt.Proposal.Assign)
			step := &outcome{from: here, changed: []string{single.param}}
			attempt := *o.attempt
			attempt.Proposal.Assign = single.assign
			step.attempt = &attempt
			assign, ok := s.rebase(step, onto)
			if !ok {
				continue
			}
			list = append(list, candidate{
				assign: overlay(o.attempt.Proposal.Assign, assign),
				what:   "added to a half repair: " + single.what,
			})
		}
	}
	return list
}

// pairs tries two first-order changes at once, likeliest pairs first. It
// comes when every single one was tried.
func (c *collector) pairs(singles []candidate) {
	singles = singles[:min(len(singles), maxPaired)]
	type pair struct {
		i, j   int
		weight float64
	}
	var list []pair
	for i := range singles {
		for j := range singles[:i] {
			list = append(list, pair{i, j, singles[i].weight * singles[j].weight})
		}
	}
	sort.SliceStable(list, func(a, b int) bool { return list[a].weight > list[b].weight })
	for _, p := range list {
		if c.full() {
			return
		}
		a, b := singles[p.j], singles[p.i]
		cand := candidate{what: fmt.Sprintf("%s, and %s", a.what, b.what)}
		if a.param != b.param {
			cand.assign = overlay(a.assign, b.assign)
		} else {
			splices := append(append([]splice(nil), a.splices...), b.splices...)
			if overlap(splices) {
				continue
			}
			cand.assign = map[string]string{a.param: applySplices(c.state.current()[a.param], splices)}
		}
		c.one(cand)
	}
}

func overlap(list []splice) bool {
	sort.SliceStable(list, func(i, j int) bool { return list[i].start < list[j].start })
	for i := 1; i < len(list); i++ {
		if list[i].start < list[i-1].end || list[i].start == list[i-1].start {
			return true
		}
	}
	return false
}
