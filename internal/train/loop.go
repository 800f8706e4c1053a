package train

import (
	"context"
	"fmt"
	"sync"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/optimizer"
)

// A candidate is a proposal on its way through a step.
type candidate struct {
	proposal optimizer.Proposal
	files    map[string][]byte
	checks   []source.RunCheck
	base     *state // which the proposal changes
	hash     journal.Hash
	code     source.Code
	share    *share // nil if it is compiled alone
	rejected string
	eval     *evaluation
	again    bool // its content was evaluated before
	skipped  bool // a better one made it needless
	diff     int  // size, for ties

	broken   []string    // cases that fail and did not before, where benchmarks decide
	measured *comparison // with the accepted program
}

// loop improves the program step by step and returns the accepted states, the
// base first, and why it ended.
func (s *session) loop(ctx context.Context) (chain []*state, reason string, err error) {
	chain = []*state{s.base}
	for step := 1; step <= s.opt.Steps; step++ {
		s.lastStep = step
		s.events.step(step)
		cur := chain[len(chain)-1]
		if s.perfect(cur.eval) {
			return chain, "every case passes", nil
		}
		s.ui.now("step %d of %d: recording", step, s.opt.Steps)
		if s.evalsLeft() <= 0 {
			return chain, "", s.errEvals()
		}
		p, err := s.problem(ctx, cur, step)
		if err != nil {
			return chain, "", err
		}
		if step == 1 {
			s.introduce(p)
		}
		s.ui.now("step %d of %d: asking %s", step, s.opt.Steps, s.opter.Name())
		proposals, err := s.opter.Propose(ctx, p, s.opt.proposals)
		switch {
		case err != nil:
			return chain, "", err
		case len(proposals) == 0 && s.model == nil:
			return chain, "the optimizer has nothing further to suggest", nil
		}
		next, err := s.step(ctx, cur, step, proposals)
		if err != nil {
			return chain, "", err
		}
		if next != nil {
			if cur != s.base {
				cur.prog, cur.params, cur.check = nil, nil, nil // large, and over
			}
			chain = append(chain, next)
		}
	}
	if s.perfect(chain[len(chain)-1].eval) {
		return chain, "every case passes", nil
	}
	if s.opt.Steps == 1 {
		return chain, "the step is done", nil
	}
	return chain, fmt.Sprintf("%d steps are done", s.opt.Steps), nil
}

// perfect reports that nothing can be better: all cases pass and no score and
// no benchmark tells more.
func (s *session) perfect(ev *evaluation) bool {
	return ev.total.Failed == 0 && !s.obj.scored && s.bench == nil
}

// step evaluates the proposals of a step and returns the accepted state, nil
// if none is better than cur.
func (s *session) step(ctx context.Context, cur *state, step int, proposals []optimizer.Proposal) (*state, error) {
	cands := make([]*candidate, len(proposals))
	inStep := map[string]bool{}
	for i, p := range proposals {
		c, err := s.prepare(ctx, cur, p)
		if err != nil {
			return nil, err
		}
		cands[i] = c
		if c.rejected == "" {
			c.again = c.again || inStep[c.code.Sum]
			inStep[c.code.Sum] = true
		}
	}
	for i, c := range cands {
		if c.rejected != "" || c.again {
			if err := s.logCandidate(cur, step, i, c); err != nil {
				return nil, err
			}
		}
	}
	s.withinEvals(cands)
	// Each is written to the journal as soon as it is known.
	known := func(i int, c *candidate) error { return s.logCandidate(cur, step, i, c) }
	if err := s.evaluateAll(ctx, step, cands, known); err != nil {
		return nil, err
	}

	for _, c := range cands {
		if c.skipped || c.again && c.eval == nil {
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
	if s.bench != nil {
		err := s.measureAll(ctx, cur, step, cands)
		for _, c := range cands {
			c.eval.drop()
		}
		if err != nil {
			return nil, err
		}
	}
	best := s.pick(cur, cands)
	for _, c := range cands {
		if c.skipped || c.again && c.eval == nil {
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
			if s.bench != nil {
				s.describe(&a, cur, c)
			}
		}
		s.history = append(s.history, a)
	}
	if best == nil {
		s.ui.say("step %d: %s, none better than %s", step, plural(len(proposals), "proposal"), s.standText(cur.eval))
		s.sayWhy(step, cands)
		return nil, nil
	}
	next, err := s.load(ctx, best.files)
	if err != nil {
		return nil, fmt.Errorf("loading the accepted candidate: %w", err)
	}
	next.hash, next.eval = best.hash, best.eval
	for i := range s.history {
		a := &s.history[i]
		a.Accepted = a.Accepted || a.Step == step && sameAssign(a.Proposal.Assign, best.proposal.Assign)
	}
	s.ui.say("step %d: %s → %s", step, s.standText(cur.eval), s.standText(next.eval))
	return next, s.log.Append(journal.Record{Accepted: &journal.Accepted{Hash: best.hash, Step: step}})
}

// prepare checks a proposal and makes its files.
func (s *session) prepare(ctx context.Context, cur *state, p optimizer.Proposal) (*candidate, error) {
	c := &candidate{proposal: p, base: cur}
	var err error
	if c.code, err = cur.check.Code(ctx, p); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		c.rejected = err.Error()
		return c, nil
	}
	files, err := s.with(cur, p.Assign)
	if err != nil {
		c.rejected = err.Error()
		return c, nil
	}
	c.files, c.checks = files, cur.check.NeedsRun(p)
	c.hash = candidateHash(s.base.prog.ModRoot, files)
	c.eval, err = s.remembered(c.code.Sum)
	c.again = c.eval != nil
	return c, err
}

func sameAssign(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
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
		done    int
		perfect = len(cands) // index of the first that is
		failed  error
		stops   = map[int]context.CancelFunc{}
	)
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
				done++
				mu.Unlock()
				continue
			}
			cctx, stop := context.WithCancel(ctx)
			stops[i] = stop
			s.ui.now("step %d: candidate %d of %d", step, done+1, len(cands))
			mu.Unlock()

			ev, err := s.evaluateOnce(cctx, c)
			needless := cctx.Err() != nil
			stop()
			if err == nil {
				c.eval, c.rejected = ev, ev.rejected
				err = known(i, c)
			}

			mu.Lock()
			done++
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
func (s *session) logCandidate(cur *state, step, index int, c *candidate) error {
	rec := &journal.Candidate{
		Hash: c.hash, Base: cur.hash, Step: step, Index: index,
		Assign: map[string]journal.Hash{}, Reasoning: clip(c.proposal.Reasoning, 8000), Rejected: c.rejected,
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

// compare runs the failing cases of the baseline once in the user's own
// environment and tells which ones fail only for want of it.
func (s *session) compare(ctx context.Context, base *evaluation) error {
	if base.total.Failed == 0 {
		return nil
	}
	s.hintProxy()
	s.ui.now("comparing with the user's environment")
	raw, err := s.compareOnce(ctx)
	if err != nil || raw.rejected != "" {
		return err
	}
	raw.drop()
	var names []string
	for _, o := range s.obj.judge(raw).cases {
		for _, b := range base.cases {
			if b.name == o.name && b.failed() && o.result == build.Pass {
				names = append(names, o.name)
			}
		}
	}
	if len(names) > 0 {
		s.ui.warn("%s only in the clean environment: %s", plural(len(names), "case fails", "cases fail"), listText(names, 5))
		s.ui.hint("pass what the program needs with -env NAME%s", s.envGuess())
	}
	return nil
}
