package train

import (
	"context"
	"slices"
	"strings"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/optimizer"
)

// problem makes the problem of a step from an accepted state.
func (s *session) problem(ctx context.Context, st *state, step int) (*optimizer.Problem, error) {
	chosen, passing := s.choose(st.eval, step), s.passing(st.eval, step)
	if err := s.recordMissing(ctx, st, chosen, passing); err != nil {
		return nil, err
	}
	p := &optimizer.Problem{
		Objective: s.objectiveText(),
		History:   slices.Clone(s.history),
		Step:      step,
		Seed:      s.opt.Seed,
		Check:     st.check.Check,
	}
	reached := map[string]bool{}
	for _, o := range chosen {
		c := optimizer.Case{Name: o.name, Result: o.result, Score: o.value(), Feedback: o.feedback, Measured: o.measured}
		if c.Result == missing {
			c.Result = build.Fail
		}
		// A benchmark says nothing about a value: all that it runs may matter.
		if rec := s.recs[o.name]; rec.graph != nil && (rec.graph.Reached() || o.measured != "" && len(rec.graph.Params()) > 0) {
			c.Graph = rec.graph
			for _, n := range rec.graph.Params() {
				reached[n.ID] = true
			}
		}
		p.Cases = append(p.Cases, c)
	}
	for _, o := range passing { // with what was recorded of them beside the others
		p.Cases = append(p.Cases, optimizer.Case{Name: o.name, Result: o.result, Score: o.value(), Graph: s.recs[o.name].graph})
	}
	for _, param := range st.params {
		if len(reached) == 0 || reached[param.ID] {
			p.Params = append(p.Params, param.Param)
		}
	}
	if len(p.Params) == 0 { // recorded identities that the source does not have
		for _, param := range st.params {
			p.Params = append(p.Params, param.Param)
		}
	}
	s.reached = len(reached)
	p.Code = s.snippets(st, p)
	return p, nil
}

// objectiveText says what is wanted. How things stand is in the cases.
func (s *session) objectiveText() string {
	if s.bench != nil {
		return s.bench.objective()
	}
	if s.score != nil {
		return "Make every case pass, then make the score of the case " + scoreCase + " as high as possible: a command from outside judges the program. Cases that pass must go on passing."
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
