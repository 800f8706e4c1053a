package train

import (
	"context"
	"slices"
	"strings"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/optimizer"
	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

// problem makes the problem of a step for one of its parents.
func (s *session) problem(ctx context.Context, st *state, step int) (*optimizer.Problem, error) {
	if err := s.open(ctx, st); err != nil {
		return nil, err
	}
	chosen, passing := s.choose(st.eval, step), s.passing(st.eval, step)
	if err := s.recordMissing(ctx, st, chosen, passing); err != nil {
		return nil, err
	}
	p := &optimizer.Problem{
		Objective: s.objectiveText(),
		History:   s.pool.history(st),
		Step:      step,
		Seed:      s.opt.Seed,
	}
	s.guard.problem(p, st)
	for _, o := range chosen {
		c := optimizer.Case{Name: o.name, Result: o.result, Score: o.value(), Feedback: o.feedback, Measured: o.measured}
		if c.Result == missing {
			c.Result = build.Fail
		}
		if rec, ok := st.recs[o.name]; ok && rec.reachedBy(o) {
			c.Graph = withVerdict(rec.graph, o.feedback)
		}
		p.Cases = append(p.Cases, c)
	}
	for _, o := range passing { // with what was recorded of them beside the others
		p.Cases = append(p.Cases, optimizer.Case{Name: o.name, Result: o.result, Score: o.value(), Graph: st.recs[o.name].graph})
	}
	reach := s.reach(st, chosen)
	for _, param := range st.params {
		if reach.offers(param.ID) {
			p.Params = append(p.Params, param.Param)
		}
	}
	s.sayReach(st, reach)
	p.Code = s.snippets(st, p)
	return p, nil
}

// withVerdict puts what go test says of an example's output in the place of the note
// that this was printed: it is about the values that were.
func withVerdict(g *trace.Graph, feedback []string) *trace.Graph {
	said := *g
	said.Outputs = slices.Clone(g.Outputs)
	for i := range said.Outputs {
		if o := &said.Outputs[i]; o.Text == tracefile.Printed {
			o.Text = strings.Join(feedback, "\n")
		}
	}
	return &said
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
