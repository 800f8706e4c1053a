package train

import (
	"context"

	"github.com/aymanbagabas/go-udiff"

	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/optimizer"
)

// maxShrink bounds the evaluations that shrink spends.
const maxShrink = 12

// shrink takes back edits that the result does not need. The embedded
// optimizer builds on what helped once, and a later edit may make an earlier
// one idle; nobody should have to review that. What a model wrote stays whole:
// the cases do not tell which of its lines are care. So does all where scores vary:
// that an edit is worth nothing takes far more runs to see than that it is worth
// something.
func (s *session) shrink(ctx context.Context, chain []*state) ([]*state, error) {
	if s.model != nil || s.noise != nil || len(chain) < 2 {
		return chain, nil
	}
	step := s.lastStep + 1
	tried := map[journal.Hash]bool{}
	for tries := 0; tries < maxShrink; {
		cur := chain[len(chain)-1]
		if err := s.open(ctx, cur); err != nil {
			return chain, err
		}
		var smaller *candidate
		for _, p := range s.undos(cur) {
			c, err := s.prepare(ctx, cur, p)
			if err != nil {
				return chain, err
			}
			if c.rejected != "" || len(c.files) == 0 || tried[c.hash] || tries == maxShrink {
				continue
			}
			tried[c.hash] = true
			if !c.again {
				s.withinEvals([]*candidate{c})
				if c.skipped {
					return chain, nil // the result is good, only not as small as it may be
				}
				tries++
				s.ui.now("taking back what is not needed")
				known := func(_ int, c *candidate) error { return s.logCandidate(step, tries, c) }
				if err := s.keepDiffs(step, []*candidate{c}); err != nil {
					return chain, err
				}
				if err := s.evaluateAll(ctx, step, []*candidate{c}, known); err != nil {
					return chain, err
				}
				s.remember(c.code.Sum, c.eval)
				s.count.ran++
			}
			if s.diffSize(c.files) >= s.diffSize(cur.files) {
				c.eval.drop()
				continue
			}
			good, err := s.asGood(ctx, step, cur, c)
			c.eval.drop()
			if err != nil {
				return chain, err
			}
			if good {
				smaller = c
				break
			}
		}
		if smaller == nil {
			return chain, nil
		}
		next := &state{files: smaller.files, hash: smaller.hash, code: smaller.code, eval: smaller.eval, parent: cur}
		cur.unload()
		if err := s.log.Append(journal.Record{Accepted: &journal.Accepted{Hash: next.hash, Step: step}}); err != nil {
			return chain, err
		}
		s.ui.say("took back an edit that the result does not need")
		// It stands for the state that it makes smaller: verify falls back to
		// what was accepted before.
		chain = append(chain, next)
	}
	return chain, nil
}

// undos proposes, for each edit that leads from the original to st, the same
// without it. There are none when there is only one edit.
func (s *session) undos(st *state) []optimizer.Proposal {
	original := map[string]string{}
	for _, p := range s.base.params {
		original[p.ID] = p.Source
	}
	var list []optimizer.Proposal
	for _, p := range st.params {
		before, ok := original[p.ID]
		if !ok || before == p.Source {
			continue
		}
		edits := udiff.Lines(before, p.Source)
		for i := range edits {
			rest := append(edits[:i:i], edits[i+1:]...)
			src, err := udiff.Apply(before, rest)
			if err != nil {
				continue // edits that overlap stand or fall together
			}
			list = append(list, optimizer.Proposal{
				Assign:    map[string]string{p.ID: src},
				Reasoning: "the same with one edit less",
			})
		}
	}
	if len(list) < 2 {
		return nil
	}
	return list
}
