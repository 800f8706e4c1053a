package train

import "github.com/opto-go/trace/internal/train/journal"

// finalText says how the original and the result stand beside each other.
func (s *session) finalText(m *comparison, best *state) (from, to string) {
	a, b := m.middles()
	stand := func(total journal.Total, values []float64) string {
		if s.bench == nil {
			total.Score = values[0]
			return s.totalText(total)
		}
		return s.standText(&evaluation{total: total, bench: &standing{values: values}})
	}
	return stand(s.base.eval.total, a), stand(best.eval.total, b) + "; " + changeText(m)
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
