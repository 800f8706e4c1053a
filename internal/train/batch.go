package train

import (
	"cmp"
	"slices"
)

// defaultBatch is how many failing cases are recorded and shown in one step: a
// prompt has room for a few only.
const defaultBatch = 12

// maxPassing bounds the passing cases of one problem.
const maxPassing = 40

// batch is how many cases to work on are recorded and shown in a step.
func (s *session) batch() int { return cmp.Or(s.opt.Batch, defaultBatch) }

// passingBatch is how many passing cases are shown beside them.
func (s *session) passingBatch() int {
	if s.opt.Batch > 0 {
		return min(s.opt.Batch, maxPassing)
	}
	return maxPassing
}

// turn returns the cases of list whose turn it is in a step, at most n, in the
// order of list. They follow each other in an order that the seed draws, so that
// as many steps as it takes bring up all.
func (s *session) turn(list []outcome, n, step int) []outcome {
	if len(list) <= n {
		return list
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Compare(lot("batch", s.opt.Seed, list[a].name), lot("batch", s.opt.Seed, list[b].name))
	})
	var now []int
	for i := range n {
		now = append(now, order[((step-1)*n+i)%len(order)])
	}
	slices.Sort(now)
	turn := make([]outcome, 0, n)
	for _, i := range now {
		turn = append(turn, list[i])
	}
	return turn
}

// choose returns the cases that a step is about: the benchmarks that are
// measured, and the failing ones, or when there are none those that report
// scores.
func (s *session) choose(ev *evaluation, step int) []outcome {
	var measured []outcome
	n := s.batch()
	if s.bench != nil {
		measured = s.turn(s.bench.outcomes(ev.bench), n, step)
	}
	list := slices.Clone(s.turn(s.wanting(ev), n-len(measured), step))
	if ev.total.Failed == 0 {
		slices.SortStableFunc(list, func(a, b outcome) int { return cmp.Compare(a.value(), b.value()) })
	}
	return append(measured, list...)
}

// wanting lists the cases that can get better, benchmarks apart: the failing
// ones, or when there are none those that report scores.
func (s *session) wanting(ev *evaluation) []outcome {
	var failing, scored []outcome
	for _, o := range ev.cases {
		switch {
		case o.unknown:
		case o.failed():
			failing = append(failing, o)
		case s.decides(&o):
			scored = append(scored, o)
		}
	}
	if len(failing) > 0 {
		return failing
	}
	return scored
}

// passing returns the cases shown in a step that pass already and have to go on
// passing.
func (s *session) passing(ev *evaluation, step int) []outcome {
	var list []outcome
	for _, o := range ev.cases {
		if !o.unknown && !o.failed() && !s.decides(&o) {
			list = append(list, o)
		}
	}
	return s.turn(list, s.passingBatch(), step)
}
