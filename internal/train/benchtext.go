package train

import (
	"slices"

	"github.com/opto-go/trace/internal/train/journal"
)

// besideText says how two programs stand beside each other.
func (s *session) besideText(m *comparison, was, now *state) (from, to string) {
	a, b := m.middles()
	stand := func(total journal.Total, values []float64) string {
		if s.bench == nil {
			total.Score = values[0]
			return s.totalText(total)
		}
		return s.standText(&evaluation{total: total, bench: &standing{values: values}})
	}
	return stand(was.eval.total, a), stand(now.eval.total, b) + "; " + changeText(m)
}

// gainText says how the best program stood and stands. Scores that vary are those
// of the rounds in which the two ran beside each other.
func (s *session) gainText(cands []*candidate, was, now *state) (from, to string) {
	i := slices.IndexFunc(cands, func(c *candidate) bool { return c.became == now })
	if i < 0 || cands[i].measured == nil {
		return s.standText(was.eval), s.standText(now.eval)
	}
	return s.besideText(cands[i].measured, was, now)
}

// sayWhy tells why the candidates of a step are none that is better, as far as
// benchmarks decide: one by one if they are few, else in numbers.
func (s *session) sayWhy(step int, cands []*candidate) {
	if s.gauge == nil {
		return
	}
	const few = 3
	broken, slow := 0, 0
	for i, c := range cands {
		why := s.verdict(c)
		switch {
		case c.skipped || why == "":
		case len(cands) <= few:
			s.ui.say("step %d: candidate %d: %s", step, i, why)
		case len(c.broken) > 0:
			broken++
		case c.measured != nil:
			slow++
		}
	}
	if len(cands) > few {
		s.ui.say("step %d: %d fail a case that passed, %d measured and not shown to be better", step, broken, slow)
	}
}

// sayRed says what failing tests mean beside a benchmark.
func (s *session) sayRed(ev *evaluation) {
	if s.bench == nil || ev.total.Failed == 0 {
		return
	}
	s.ui.say("%s already: %s; no other may, and a change that mends some is better whatever it measures",
		plural(ev.total.Failed, "case fails", "cases fail"), listText(failingNames(ev), 5))
}
