package train

import "context"

// salvage reports whether a step that was cut short, by -max-time or a signal, can
// still tell what it found by then: what was evaluated counts, the rest is left out.
// Where one run of a candidate decides nothing, what lacks its comparison is no
// find.
func (s *session) salvage(ctx context.Context, cands []*candidate) bool {
	if ctx.Err() == nil || s.gauge != nil || s.noise != nil {
		return false
	}
	for _, c := range cands {
		if c.rejected == "" && c.eval == nil {
			c.skipped = true
		}
	}
	return true
}

// sayCut tells what became of a step that was cut short. was is what was best before
// it.
func (s *session) sayCut(step int, cands []*candidate, was *state) {
	ran := 0
	for _, c := range cands {
		if c.ran() {
			ran++
		}
	}
	if now := s.pool.now(); now != was {
		from, to := s.gainText(cands, was, now)
		s.ui.say("step %d: %d of %s ran: %s → %s", step, ran, plural(len(cands), "proposal"), from, to)
	}
}
