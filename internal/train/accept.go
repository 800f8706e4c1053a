package train

import (
	"context"
	"math"

	"github.com/opto-go/trace/internal/train/paired"
	"github.com/opto-go/trace/optimizer"
)

// measureAll measures the candidates of a step beside their parent, one after
// the other, when nothing else runs any more.
func (s *session) measureAll(ctx context.Context, step int, cands []*candidate) error {
	if s.bench == nil {
		return nil // scores were compared where the candidates ran
	}
	for i, c := range cands {
		cur := c.parent
		if c.rejected != "" || c.skipped || c.eval == nil || c.eval.rejected != "" || c.code.Sum == cur.code.Sum {
			continue
		}
		if c.broken = newlyFailing(cur.eval, c.eval); len(c.broken) > 0 {
			continue
		}
		m, err := s.measureStep(ctx, forStep, step, s.gauge.need, cur, c, func(round int) {
			s.ui.now("step %d: measuring candidate %d of %d, round %d", step, i+1, len(cands), round)
		})
		if err != nil {
			return err
		}
		c.measured = m
	}
	return nil
}

// measureStep compares a candidate with cur, once in a run.
func (s *session) measureStep(ctx context.Context, what string, step int, need float64, cur *state, c *candidate, say func(int)) (*comparison, error) {
	b := s.bench
	key := [2]string{cur.code.Sum, c.code.Sum}
	if m := b.done[key]; m != nil && what == forStep {
		return m, nil
	}
	m, err := s.recordedComparison(what, step, need, cur.hash, c.hash)
	if err != nil {
		return nil, err
	}
	if m == nil {
		if b.now == nil || b.now.hash != cur.hash {
			b.now.remove()
			if b.now, err = s.compileBench(ctx, cur.hash, cur.files, nil); err != nil {
				return nil, err
			}
		}
		cand, err := s.takeBuild(ctx, c.eval, c.hash, c.files, c.checks)
		if err != nil {
			return nil, err
		}
		m, err = s.versus(ctx, what, step, need, b.now, cand, say)
		cand.remove()
		if err != nil {
			return nil, err
		}
	}
	if what == forStep {
		b.done[key] = m
	}
	return m, nil
}

// after is the standing of a program that m compares with one that stands at
// st. Differences that are not shown to be any count as none.
func (m *comparison) after(st *standing, shown bool) *standing {
	out := &standing{values: st.values, gains: append([]float64{}, st.gains...)}
	if len(m.rounds) == 0 || len(m.result.Each) != len(st.gains) {
		return out
	}
	_, out.values = m.middles()
	out.others = m.others
	for j, e := range m.result.Each {
		if shown || e.Low > 0 || e.High < 0 {
			out.gains[j] += e.Gain
		}
	}
	return out
}

// newlyFailing lists the cases that fail in ev and did not in base.
func newlyFailing(base, ev *evaluation) []string {
	failed := map[string]bool{}
	for _, o := range base.cases {
		failed[o.name] = o.failed()
	}
	var names []string
	for _, o := range ev.cases {
		if o.failed() && !o.unknown && !failed[o.name] {
			names = append(names, o.name)
		}
	}
	return names
}

// pick returns the best of the candidates that were measured beside cur and
// accepted, nil if there is none. Of those that cannot be told apart it is the
// one with the smallest diff.
func pick(cur *state, cands []*candidate) *candidate {
	var best *candidate
	fewest := cur.eval.total.Failed
	var good []*candidate
	for _, c := range cands {
		// Mended cases come before everything that is measured.
		if !c.ran() || c.measured == nil || c.measured.wrong != "" {
			continue
		}
		if same := c.eval.total.Failed == cur.eval.total.Failed; (same || cur.eval.bench == nil) && !c.measured.accepted() {
			continue
		}
		if c.eval.total.Failed < fewest {
			good, fewest = nil, c.eval.total.Failed
		}
		if c.eval.total.Failed == fewest {
			good = append(good, c)
		}
	}
	var top paired.Interval
	for i, c := range good {
		if t := c.measured.result.Total; i == 0 || t.Gain > top.Gain {
			top = t
		}
	}
	for _, c := range good {
		const rounding = 1e-9
		if c.measured.result.Total.Gain >= top.Low-rounding && (best == nil || c.diff < best.diff) {
			best = c
		}
	}
	switch {
	case best == nil:
	case cur.eval.bench != nil:
		best.eval.bench = best.measured.after(cur.eval.bench, true)
	default:
		best.eval = best.measured.averaged(best.eval)
	}
	return best
}

// ran reports whether a candidate has been evaluated.
func (c *candidate) ran() bool {
	return c.rejected == "" && !c.skipped && c.eval != nil && c.eval.rejected == ""
}

// verdict says in one line what became of a candidate.
func (s *session) verdict(c *candidate) string {
	switch {
	case c.rejected != "":
		return "refused: " + firstLines(reasonText(c.rejected), 1)
	case len(c.broken) > 0:
		return "it fails " + listText(c.broken, 3) + ", which passed"
	case c.measured != nil && !c.measured.accepted():
		return firstLines(c.measured.why(), 1)
	}
	return ""
}

// describe adds what was measured to an attempt. For optimizers that work with
// numbers the score of a benchmark is how many times better it is than it was
// originally.
func (s *session) describe(a *optimizer.Attempt, cur *state, c *candidate) {
	switch {
	case c != nil && c.measured != nil:
		a.Measured = s.measuredText(c.measured)
	case c != nil && len(c.broken) > 0:
		a.Measured = "nothing, because a case fails that passed"
	}
	if s.bench == nil {
		return
	}
	st := cur.eval.bench
	if c != nil && c.measured != nil {
		st = c.measured.after(st, c.measured.accepted())
	} else if c == nil {
		a.Measured = s.bench.listing(st)
	}
	if a.Cases == nil {
		return
	}
	sum := 0.0
	for i, b := range s.bench.cases {
		a.Cases[b.name] = math.Exp(s.bench.gainOf(st, i))
		sum += a.Cases[b.name]
	}
	a.Score = sum / float64(len(s.bench.cases))
}

// listing names the benchmarks with their values.
func (b *bench) listing(st *standing) string {
	var list []string
	for j, q := range b.of {
		list = append(list, q.name+" "+q.amount(st.values[j]))
	}
	return listText(list, 8)
}

// verifyMeasured measures the last accepted state beside the original, with
// new builds in new processes. One whose gain does not show again was lucky,
// and the one before it is tried.
func (s *session) verifyMeasured(ctx context.Context, chain []*state) (*state, error) {
	for i := len(chain) - 1; i > 0; i-- {
		st := chain[i]
		s.ui.now("verifying the winner")
		ev, err := s.evaluate(ctx, st.files, nil, running{everything: true})
		if err != nil {
			return chain[0], err
		}
		if ev.rejected != "" {
			s.ui.warn("the winner does not run again, so it is not kept: %s", firstLines(ev.rejected, 1))
			continue
		}
		if tells, err := s.orderTells(ctx, st, ev); err != nil || tells {
			ev.drop()
			if err != nil {
				return chain[0], err
			}
			continue
		}
		if broken := newlyFailing(s.base.eval, ev); len(broken) > 0 {
			ev.drop()
			s.ui.warn("a second run of the winner fails %s, so it is not kept", listText(broken, 3))
			continue
		}
		m, err := s.measureAgain(ctx, st, ev)
		ev.drop()
		if err != nil {
			return chain[0], err
		}
		if m.accepted() || m.wrong == "" && ev.total.Failed < s.base.eval.total.Failed {
			s.sayBroken(st.eval, ev)
			ev.bench = m.after(s.base.eval.bench, true)
			st.eval, st.held, s.bench.final = ev, ev.held, m
			return st, nil
		}
		s.ui.warn("measured again beside the original, the winner shows no gain, so it is not kept: %s", firstLines(m.why(), 1))
	}
	return chain[0], nil
}

// measureAgain compares a state with the original.
func (s *session) measureAgain(ctx context.Context, st *state, ev *evaluation) (*comparison, error) {
	m, err := s.recordedComparison(forVerify, s.lastStep, s.gauge.need, s.base.hash, st.hash)
	if m != nil || err != nil {
		return m, err
	}
	base, err := s.compileBench(ctx, s.base.hash, nil, nil)
	if err != nil {
		return nil, err
	}
	defer base.remove()
	cand, err := s.takeBuild(ctx, ev, st.hash, st.files, nil)
	if err != nil {
		return nil, err
	}
	defer cand.remove()
	return s.versus(ctx, forVerify, s.lastStep, s.gauge.need, base, cand, func(round int) {
		s.ui.now("verifying the winner beside the original, round %d", round)
	})
}

// asGood reports whether a smaller candidate can stand for cur.
func (s *session) asGood(ctx context.Context, step int, cur *state, c *candidate) (bool, error) {
	if !c.ran() {
		return false, nil
	}
	if s.bench == nil {
		return !better(cur.eval.total, c.eval.total) && !s.breaks(cur.eval, c.eval), nil
	}
	if len(newlyFailing(cur.eval, c.eval)) > 0 || c.eval.total.Failed > cur.eval.total.Failed {
		return false, nil
	}
	m, err := s.measureStep(ctx, forShrink, step, -s.gauge.need, cur, c, func(round int) {
		s.ui.now("taking back what is not needed, round %d", round)
	})
	if err != nil || !m.accepted() {
		return false, err
	}
	c.eval.bench = m.after(cur.eval.bench, true)
	return true, nil
}
