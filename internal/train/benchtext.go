package train

import (
	"fmt"

	"github.com/opto-go/trace/internal/train/paired"
)

// finalMeasure is the comparison of best with the original, nil if there is
// none.
func (s *session) finalMeasure(best *state) *comparison {
	if s.bench == nil || s.bench.final == nil || best == s.base {
		return nil
	}
	return s.bench.final
}

// finalText says how the original and the result stand beside each other.
func (s *session) finalText(m *comparison, best *state) (from, to string) {
	from, to = s.besideText(m, s.base, best)
	return from, to + "; " + changeText(m.rule, m.result.Total)
}

// besideText is how two programs stand that were measured beside one another.
func (s *session) besideText(m *comparison, base, st *state) (from, to string) {
	a, b := m.medians()
	from = s.standText(&evaluation{total: base.eval.total, bench: &standing{values: a}})
	to = s.standText(&evaluation{total: st.eval.total, bench: &standing{values: b}})
	return from, to
}

// changeText words a gain with its interval.
func changeText(r *paired.Rule, g paired.Interval) string {
	text := r.Change(g.Gain)
	low, high := r.Change(g.Low), r.Change(g.High)
	if low == high {
		return text
	}
	return fmt.Sprintf("%s (%.0f %% interval: %s to %s)", text, 100*paired.Confidence, low, high)
}

// sayWhy tells why the candidates of a step are none that is better, as far as
// benchmarks decide: one by one if they are few, else in numbers.
func (s *session) sayWhy(step int, cands []*candidate) {
	if s.bench == nil {
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
