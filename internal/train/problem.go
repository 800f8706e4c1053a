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
		Objective: s.objectiveText(st),
		All:       optimizer.Standing{Cases: st.eval.total.Scored, Failed: st.eval.total.Failed, Score: st.eval.total.Score},
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
		rec, ok := st.recs[o.name]
		if ok && rec.reachedBy(o) {
			c.Graph = withVerdict(rec.graph, o.feedback)
			c.Recorded = rec.otherwise(o)
		}
		c.Ran = st.ran(rec)
		p.Cases = append(p.Cases, c)
	}
	for _, o := range passing { // with what was recorded of them beside the others
		rec := st.recs[o.name]
		p.Cases = append(p.Cases, optimizer.Case{Name: o.name, Result: o.result, Score: o.value(), Graph: rec.graph, Ran: st.ran(rec)})
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
func (s *session) objectiveText(st *state) string {
	if s.bench != nil {
		return s.bench.objective()
	}
	limit := " A case that takes longer than " + s.timeout.String() + " fails."
	if s.score != nil && s.timeout < s.opt.Timeout {
		limit += " The command itself may take " + s.opt.Timeout.String() + "."
	}
	failing := st.eval.total.Failed > 0
	const keep = " Cases that pass must go on passing."
	switch {
	case s.score != nil:
		return "Make every case pass, then make the score of the case " + scoreCase + " as high as possible: a command from outside judges the program." + keep + limit
	case s.obj.scored && failing:
		return "Make every case pass, then make the mean score of all cases as high as possible." + keep + s.varyWords() + limit
	case s.obj.scored:
		return "Make the mean score of all cases as high as possible. None fails, and none may." + s.varyWords() + limit
	}
	return "Make every case pass." + keep + limit
}

// varyWords says whether a difference of scores can be chance of the run.
func (s *session) varyWords() string {
	if s.noise != nil {
		return " Scores vary from run to run: a change counts when it is better for certain."
	}
	return " The same program has the same scores in every run."
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
