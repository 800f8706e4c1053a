package train

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/optimizer"
)

// A candidate is a proposal on its way through a step.
type candidate struct {
	proposal optimizer.Proposal
	parent   *state // that it changes
	other    *state // that its parent is merged with; nil for most
	files    map[string][]byte
	checks   []source.RunCheck
	hash     journal.Hash
	code     source.Code
	share    *share // nil if it is compiled alone
	rejected string
	eval     *evaluation
	became   *state // nil if it cannot be kept
	again    bool   // its content was evaluated before
	skipped  bool   // a better one made it needless
	diff     int    // size, for ties

	runs     *repeated   // it, compiled for several runs; nil where one is enough
	broken   []string    // cases that fail and did not before, where one run does not tell
	measured *comparison // with its parent
}

// loop improves the program step by step and returns the states that were the
// best in their time, the base first, and why it ended.
func (s *session) loop(ctx context.Context) (best []*state, reason string, err error) {
	p := s.pool
	for step := 1; step <= s.opt.Steps; step++ {
		s.lastStep = step
		s.events.step(step)
		if s.perfect(p.now().eval) {
			return p.best, everyCasePasses, nil
		}
		if why, ok := p.plateau(*s.opt.Patience); ok {
			return p.best, why, nil
		}
		cands, err := s.ask(ctx, step)
		switch {
		case err != nil:
			return p.best, "", err
		case len(cands) == 0 && s.model == nil:
			return p.best, "the optimizer has nothing further to suggest", nil
		}
		if err := s.step(ctx, step, cands); err != nil {
			return p.best, "", err
		}
		// Merging costs no call. It comes after the step's proposals: once the
		// journal has a candidate of a step, its calls are over.
		if err := s.merge(ctx, step); err != nil {
			return p.best, "", err
		}
		p.idle++
	}
	if s.perfect(p.now().eval) {
		return p.best, everyCasePasses, nil
	}
	if s.opt.Steps == 1 {
		return p.best, "the step is done", nil
	}
	return p.best, fmt.Sprintf("%d steps are done", s.opt.Steps), nil
}

const everyCasePasses = "every case passes"

// ask has the optimizer propose changes of the parents of a step, one parent
// after the other. None without an error means that nothing came of it.
func (s *session) ask(ctx context.Context, step int) ([]*candidate, error) {
	var cands []*candidate
	s.guard.warm()
	for len(cands) == 0 {
		choose := s.pool.choose
		if s.model == nil && s.gauge == nil && s.noise == nil { // else all of a step have one parent
			choose = s.pool.chooseBack
		}
		parents := choose(step)
		for _, st := range s.pool.of {
			if !slices.Contains(parents, st) {
				st.unload()
			}
		}
		slot := 0
		for i, st := range parents {
			s.ui.now("step %d of %d: recording", step, s.opt.Steps)
			if s.evalsLeft() <= 0 {
				return nil, s.errEvals()
			}
			p, err := s.problem(ctx, st, step)
			if err != nil {
				return nil, err
			}
			n := shareOf(s.opt.Parents*s.opt.Proposals, len(parents), i)
			p.Slot = slot
			slot += n
			if !s.introduced {
				s.introduced = true
				s.introduce(p)
			}
			s.ui.now("step %d of %d: asking %s", step, s.opt.Steps, s.opter.Name())
			proposals, err := s.opter.Propose(ctx, p, n)
			switch {
			case err != nil && (len(cands) == 0 || ctx.Err() != nil || unjudged(err)):
				return nil, err
			case err != nil: // what was paid for is not thrown away; the next step will see
				s.ui.say("step %d: %d of %s asked about: %v", step, i, plural(len(parents), "parent was", "parents were"), err)
				return cands, nil
			case len(proposals) == 0 && s.model == nil:
				s.pool.spent[st.node] = true
			}
			for _, q := range proposals {
				c, err := s.prepare(ctx, st, q)
				if err != nil {
					return nil, err
				}
				cands = append(cands, c)
			}
		}
		if len(parents) == 0 || s.model != nil {
			break
		}
	}
	return cands, nil
}

// shareOf is how many of so many proposals are made for the parent i. As long as
// there are fewer states than parents wanted, each gets more.
func shareOf(proposals, parents, i int) int {
	n := proposals / parents
	if i < proposals%parents {
		n++
	}
	return n
}

// perfect reports that nothing can be better: all cases pass and no score and
// no benchmark tells more.
func (s *session) perfect(ev *evaluation) bool {
	return ev.total.Failed == 0 && !s.obj.scored && s.bench == nil
}

// prepare checks a proposal and makes its files.
func (s *session) prepare(ctx context.Context, cur *state, p optimizer.Proposal) (*candidate, error) {
	c := &candidate{proposal: p, parent: cur}
	v, err := s.guard.check(ctx, cur, p)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case unjudged(err):
		return nil, err
	default:
		c.rejected = err.Error()
		return c, nil
	}
	files, err := s.with(cur, v.Files)
	if err != nil {
		c.rejected = err.Error()
		return c, nil
	}
	c.code, c.files, c.checks = v.Code, files, v.Runs
	c.hash = candidateHash(s.root, files)
	c.eval, err = s.remembered(c.code.Sum)
	c.again = c.eval != nil
	return c, err
}

// evaluateAll runs the candidates, several at a time. When nothing can be
// better than one of them, those after it are left out; those before it are
// not, so that the outcome does not depend on how many run at a time.
func (s *session) evaluateAll(ctx context.Context, step int, cands []*candidate, known func(int, *candidate) error) error {
	s.ui.now("step %d: compiling %s", step, plural(len(cands), "candidate"))
	remove, err := s.shareBuilds(ctx, cands)
	if err != nil {
		return err
	}
	defer remove()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		next    int
		perfect = len(cands) // index of the first that is
		failed  error
		stops   = map[int]context.CancelFunc{}
	)
	count := s.countStep(step, len(cands))
	worker := func() {
		for {
			mu.Lock()
			i := next
			next++
			if i >= len(cands) || i > perfect || failed != nil {
				mu.Unlock()
				return
			}
			c := cands[i]
			if c.rejected != "" || c.again || c.skipped {
				count.add(nil)
				mu.Unlock()
				continue
			}
			cctx, stop := context.WithCancel(ctx)
			stops[i] = stop
			s.ui.now("%v", count)
			mu.Unlock()

			ev, err := s.evaluateOnce(cctx, c)
			needless := cctx.Err() != nil
			if err == nil {
				c.eval, c.rejected = ev, ev.rejected
				if err = known(i, c); err == nil && s.noise != nil {
					err = s.measureScores(cctx, step, i, c)
				}
			}
			stop()

			mu.Lock()
			count.add(ev)
			s.ui.now("%v", count)
			switch {
			case err != nil && needless && i > perfect && ctx.Err() == nil:
				// Another one made it needless.
			case err != nil:
				if failed == nil {
					failed = err
				}
				cancel(err)
			default:
				if ev.rejected == "" && s.perfect(ev) && i < perfect {
					perfect = i
					for j, stop := range stops {
						if j > i {
							stop()
						}
					}
				}
			}
			mu.Unlock()
		}
	}
	for range min(s.opt.Parallel, len(cands)) {
		wg.Go(worker)
	}
	wg.Wait()
	if failed != nil {
		return failed
	}
	for i := perfect + 1; i < len(cands); i++ {
		cands[i].skipped = true
		cands[i].eval = nil
	}
	return nil
}

// logCandidate writes a candidate to the journal.
func (s *session) logCandidate(step, index int, c *candidate) error {
	rec := &journal.Candidate{
		Hash: c.hash, Base: c.parent.hash, Step: step, Index: index,
		Assign: map[string]journal.Hash{}, Reasoning: clip(c.proposal.Reasoning, 8000), Rejected: c.rejected,
	}
	if c.other != nil {
		rec.Merged = c.other.hash
	}
	for id, src := range c.proposal.Assign {
		h, err := s.log.Blob([]byte(src))
		if err != nil {
			return err
		}
		rec.Assign[id] = h
	}
	if c.eval != nil && c.rejected == "" {
		rec.Total, rec.Cases, rec.Results = &c.eval.total, c.eval.records(), c.eval.results
	}
	return s.log.Append(journal.Record{Candidate: rec})
}

// verify runs the last accepted state once more in fresh processes. A state
// that does not keep what it showed was lucky, and the one before it is tried.
func (s *session) verify(ctx context.Context, chain []*state) (*state, error) {
	if s.bench != nil {
		return s.verifyMeasured(ctx, chain)
	}
	for i := len(chain) - 1; i > 0; i-- {
		s.ui.now("verifying the winner")
		ev, err := s.verifyOnce(ctx, chain[i])
		if err != nil {
			return nil, err
		}
		chain[i].held = ev.held
		if tells, err := s.orderTells(ctx, chain[i], ev); err != nil {
			return nil, err
		} else if tells {
			continue
		}
		if s.noisyAfterAll(chain[i], ev) {
			kept, err := s.verifyScores(ctx, chain[i], ev)
			if err != nil {
				return nil, err
			}
			if kept {
				return chain[i], nil
			}
			continue
		}
		if ev.rejected == "" && !better(chain[i].eval.total, ev.total) && !s.breaks(s.base.eval, ev) {
			s.sayBroken(chain[i].eval, ev)
			return chain[i], nil
		}
		// A score may be noisy; what counts is that it is still an improvement.
		if ev.rejected == "" && s.beats(ev, chain[i-1].eval) {
			s.sayBroken(chain[i].eval, ev)
			chain[i].eval = ev
			return chain[i], nil
		}
		if ev.rejected != "" {
			s.ui.warn("the winner does not run again, so it is not kept: %s", firstLines(ev.rejected, 1))
			continue
		}
		s.ui.warn("a second run of the winner gave %s instead of %s, so it is not kept", s.totalText(ev.total), s.totalText(chain[i].eval.total))
	}
	return chain[0], nil
}

// compare runs the original once as the user would, in the user's own environment
// and outside of the sandbox, and tells which cases fail only for want of that.
func (s *session) compare(ctx context.Context, base *evaluation, orig *repeated) error {
	if base.total.Failed == 0 {
		return nil
	}
	s.hintProxy()
	s.ui.now("comparing with the user's environment")
	own, outside, err := s.compareOnce(ctx, base, orig)
	if err != nil || own == nil {
		return err
	}
	names := s.mended(base, own)
	if outside != nil {
		boxed := s.mended(base, outside)
		s.sayBoxed(boxed)
		names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(boxed, name) })
	}
	if len(names) > 0 {
		s.ui.warn("%s only in the clean environment: %s", plural(len(names), "case fails", "cases fail"), listText(names, 5))
		s.ui.hint("pass what the program needs with -env NAME%s", s.envGuess())
	}
	return nil
}

// mended lists the cases that fail in base and pass in raw.
func (s *session) mended(base, raw *evaluation) []string {
	var names []string
	for _, o := range s.obj.judge(raw).cases {
		for _, b := range base.cases {
			if b.name == o.name && b.failed() && o.result == build.Pass {
				names = append(names, o.name)
			}
		}
	}
	return names
}
