package train

import (
	"context"
	"fmt"
	"slices"

	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/strategy"
)

// step evaluates the candidates that were proposed, and tells what came of it.
func (s *session) step(ctx context.Context, step int, cands []*candidate) error {
	was := s.pool.now()
	stay, err := s.take(ctx, step, 0, cands)
	if err != nil {
		s.sayCut(step, cands, was)
		return err
	}
	aside := len(stay)
	if now := s.pool.now(); now != was {
		aside--
		from, to := s.gainText(cands, was, now)
		s.ui.say("step %d: %s → %s%s", step, from, to, asideText(aside))
		return nil
	}
	s.ui.say("step %d: %s, none better than %s%s", step, plural(len(cands), "proposal"), s.standText(was.eval), asideText(aside))
	s.sayWhy(step, cands)
	s.hintTimeout(cands)
	return nil
}

// asideText tells about candidates that are not the best and stay all the same.
func asideText(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" (%d kept beside)", n)
}

// take evaluates candidates, the first of which is the one of that index in the
// step, hands them to the pool, and returns the states that stay in it.
func (s *session) take(ctx context.Context, step, index int, cands []*candidate) (stay []*state, err error) {
	inStep := map[string]bool{} // by what is compiled
	for _, c := range cands {
		if c.rejected == "" {
			c.again = c.again || inStep[c.code.Sum]
			inStep[c.code.Sum] = true
		}
	}
	// Each is written to the journal as soon as it is known.
	known := func(i int, c *candidate) error { return s.logCandidate(step, index+i, c) }
	for i, c := range cands {
		if c.rejected != "" || c.again {
			if err := known(i, c); err != nil {
				return nil, err
			}
		}
	}
	s.withinEvals(cands)
	if err := s.keepTexts(cands); err != nil {
		return nil, err
	}
	if err := s.keepDiffs(step, cands); err != nil {
		return nil, err
	}
	cut := s.evaluateAll(ctx, step, cands, known)
	if cut != nil && !s.salvage(ctx, cands) {
		return nil, cut
	}
	for _, c := range cands {
		if !c.known() {
			continue
		}
		if c.eval != nil {
			if c.eval.rejected != "" {
				c.rejected = c.eval.rejected
			}
			s.remember(c.code.Sum, c.eval)
		}
		if c.rejected == "" {
			c.diff = s.diffSize(c.files)
		}
	}
	var found []*state
	if s.gauge != nil {
		err := s.measureAll(ctx, step, cands)
		for _, c := range cands {
			c.eval.drop()
		}
		if err != nil {
			return nil, err
		}
		if best := pick(s.pool.now(), cands); best != nil {
			best.became = s.pool.child(step, best)
			found = append(found, best.became)
		}
	} else {
		for _, c := range cands {
			if c.ran() && !c.again && s.mayStay(c) {
				c.became = s.pool.child(step, c)
				found = append(found, c.became)
			}
		}
	}
	s.noteTries(cands)
	stay = s.pool.add(found)
	s.noteAttempts(step, cands, stay)
	if cut != nil {
		return stay, cut // a resumed run decides about the whole step
	}
	for _, st := range stay {
		if err := s.log.Append(journal.Record{Accepted: &journal.Accepted{Hash: st.hash, Step: step, Beside: st != s.pool.now()}}); err != nil {
			return nil, err
		}
	}
	return stay, nil
}

// keepTexts stores what the candidates propose before they run: many blobs are
// not dearer to make last than one.
func (s *session) keepTexts(cands []*candidate) error {
	for _, c := range cands {
		if c.rejected != "" || c.again || c.skipped {
			continue
		}
		for _, src := range c.proposal.Assign {
			if _, err := s.log.Blob([]byte(src)); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayStay reports whether a candidate can be gone on from. Beside a command that
// judges, one that breaks a test, or gains nothing, is none.
func (s *session) mayStay(c *candidate) bool { return s.score == nil || s.beats(c.eval, c.parent.eval) }

// noteTries tells the strategy what the best is that came of each parent.
func (s *session) noteTries(cands []*candidate) {
	tries := map[*state]*strategy.Try{}
	for _, c := range cands {
		if c.other != nil {
			continue // merging is no try
		}
		t := tries[c.parent]
		if t == nil {
			t = &strategy.Try{}
			tries[c.parent] = t
		}
		if c.ran() && (!t.Ran || better(c.eval.total, journal.Total{Failed: t.Failed, Score: t.Score})) {
			*t = strategy.Try{Ran: true, Failed: c.eval.total.Failed, Score: c.eval.total.Score}
		}
	}
	for st, t := range tries {
		st.node.Tries = append(st.node.Tries, *t)
	}
}

// noteAttempts adds candidates to the histories of their parents, and to what is
// told about the first proposals.
func (s *session) noteAttempts(step int, cands []*candidate, stay []*state) {
	for _, c := range cands {
		s.single.note(s, c)
		if !c.known() {
			continue
		}
		a := s.attempt(step, c.proposal, c.eval, c.rejected)
		if c.rejected != "" {
			s.count.rejected++
			a = s.attempt(step, c.proposal, nil, c.rejected)
		} else {
			if !c.again {
				s.count.ran++
			}
			if s.gauge != nil {
				s.describe(&a, c.parent, c)
			}
		}
		a.Merged = c.other != nil
		made := try{Attempt: a}
		if c.became != nil && slices.Contains(stay, c.became) {
			made.Beside, made.node = true, c.became.node
		}
		c.parent.tries = append(c.parent.tries, made)
	}
}

// known reports whether it is known what became of a candidate.
func (c *candidate) known() bool { return !c.skipped && (c.eval != nil || !c.again) }
