package train

import (
	"context"
	"slices"
	"strings"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/optimizer"
)

// maxCases bounds the cases of one problem.
const maxCases = 12

// choose returns the cases that the next step is about, as many as a problem
// has room for.
func (s *session) choose(ev *evaluation) []outcome {
	list := s.wanting(ev)
	return list[:min(len(list), maxCases)]
}

// wanting lists the cases that can get better: the benchmarks that are measured,
// and the failing ones, or when there are none those that report scores, the
// lowest first.
func (s *session) wanting(ev *evaluation) []outcome {
	var failing, scored []outcome
	for _, o := range ev.cases {
		switch {
		case o.unknown:
		case o.failed():
			failing = append(failing, o)
		case o.score != nil && s.bench == nil: // scores do not count beside benchmarks
			scored = append(scored, o)
		}
	}
	if len(failing) == 0 {
		slices.SortStableFunc(scored, func(a, b outcome) int {
			switch x, y := a.value(), b.value(); {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		})
		failing = scored
	}
	if s.bench != nil {
		failing = append(s.bench.outcomes(ev.bench), failing...)
	}
	return failing
}

// problem makes the problem of a step for one of its parents.
func (s *session) problem(ctx context.Context, st *state, step int) (*optimizer.Problem, error) {
	if err := s.open(ctx, st); err != nil {
		return nil, err
	}
	if st.recs == nil {
		recs, err := s.record(ctx, st, s.choose(st.eval))
		if err != nil {
			return nil, err
		}
		if recs == nil {
			recs = map[string]recorded{}
		}
		st.recs = recs
	}
	p := &optimizer.Problem{
		Objective: s.objectiveText(),
		History:   s.pool.history(st),
		Step:      step,
		Seed:      s.opt.Seed,
		Check:     st.check.Check,
	}
	for _, o := range s.choose(st.eval) {
		c := optimizer.Case{Name: o.name, Result: o.result, Score: o.value(), Feedback: o.feedback, Measured: o.measured}
		if c.Result == missing {
			c.Result = build.Fail
		}
		if rec, ok := st.recs[o.name]; ok && rec.reachedBy(o) {
			c.Graph = rec.graph
		}
		p.Cases = append(p.Cases, c)
	}
	p.Cases = append(p.Cases, s.passing(st)...)
	reach := s.reach(st)
	for _, param := range st.params {
		if reach.offers(param.ID) {
			p.Params = append(p.Params, param.Param)
		}
	}
	s.sayReach(st, reach)
	p.Code = s.snippets(st, p)
	return p, nil
}

// maxPassing bounds the passing cases of one problem.
const maxPassing = 40

// passing lists cases that pass already and have to go on passing, with what
// was recorded of them beside the failing ones.
func (s *session) passing(st *state) []optimizer.Case {
	var list []optimizer.Case
	for _, o := range st.eval.cases {
		if o.unknown || o.failed() || o.score != nil && s.bench == nil || len(list) == maxPassing {
			continue
		}
		list = append(list, optimizer.Case{Name: o.name, Result: o.result, Score: o.value(), Graph: st.recs[o.name].graph})
	}
	return list
}

// objectiveText says what is wanted. How things stand is in the cases.
func (s *session) objectiveText() string {
	if s.bench != nil {
		return s.bench.objective()
	}
	if s.obj.scored {
		return "Make every case pass, then make the mean score of the cases as high as possible. Cases that pass must go on passing."
	}
	return "Make every case pass. Cases that pass must go on passing."
}

// attempt describes what became of a proposal.
func (s *session) attempt(step int, p optimizer.Proposal, ev *evaluation, rejected string) optimizer.Attempt {
	a := optimizer.Attempt{Step: step, Proposal: p, Rejected: rejected}
	if ev == nil {
		return a
	}
	a.Failed, a.Total, a.Score = ev.total.Failed, ev.total.Scored, ev.total.Score
	a.Cases = map[string]float64{}
	var said []string
	for _, o := range ev.cases {
		if o.unknown {
			continue
		}
		a.Cases[o.name] = o.value()
		if o.failed() && len(said) < 3 {
			said = append(said, o.name+": "+clip(strings.Join(o.feedback, " "), 300))
		}
	}
	a.Feedback = strings.Join(said, "\n")
	return a
}
