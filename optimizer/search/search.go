package search

import (
	"context"

	"github.com/opto-go/trace/optimizer"
)

// Bounds of one call of Propose, so that it ends soon even where nothing
// passes the check.
const (
	maxLooked  = 20000 // candidates looked at
	maxRefused = 1000  // refused by Problem.Check
)

// Optimizer is the embedded optimizer. It holds no state: what it proposes
// follows from the problem alone. The zero value is ready to use, also from
// several goroutines.
type Optimizer struct{}

var _ optimizer.Optimizer = (*Optimizer)(nil)

// New returns the embedded optimizer.
func New() *Optimizer { return &Optimizer{} }

// Name implements [optimizer.Optimizer].
func (*Optimizer) Name() string { return "search" }

// Propose implements [optimizer.Optimizer]. It returns up to n proposals that
// differ from each other, from the current assignment and from everything in
// the history; fewer than n, with a nil error, when nothing is left.
func (*Optimizer) Propose(ctx context.Context, p *optimizer.Problem, n int) ([]optimizer.Proposal, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if n <= 0 {
		return nil, nil
	}
	s := newState(p)
	c := &collector{state: s, ctx: ctx, want: n}

	singles := s.singles()
	c.take(s.recombine(singles))
	if pairs := s.promising(singles); len(pairs) > 0 && !c.full() {
		// A quarter of the batch builds on changes that half worked.
		c.want = max(len(c.out)+1, n-max(1, n/4))
		c.take(singles)
		c.want = n
		c.take(pairs)
	}
	c.take(singles)
	if !c.full() {
		c.pairs(singles)
	}
	return c.out, c.err
}

// A collector turns candidates into proposals until it has enough.
type collector struct {
	state   *state
	ctx     context.Context
	want    int
	looked  int
	refused int
	out     []optimizer.Proposal
	err     error
}

func (c *collector) full() bool {
	return c.err != nil || len(c.out) >= c.want || c.looked >= maxLooked || c.refused >= maxRefused
}

// take goes through candidates in their order.
func (c *collector) take(list []candidate) {
	for _, cand := range list {
		if c.full() {
			return
		}
		c.one(cand)
	}
}

// one formats and checks a candidate and keeps it if it is new.
func (c *collector) one(cand candidate) {
	if c.err = c.ctx.Err(); c.err != nil {
		return
	}
	c.looked++
	s := c.state
	here := s.current()
	key := s.key(overlay(here, cand.assign))
	if s.keys[key] {
		return
	}
	s.keys[key] = true
	assign := map[string]string{}
	for _, pa := range s.params {
		text, ok := cand.assign[pa.ID]
		if !ok || normal(text) == pa.now {
			continue
		}
		d, err := pa.env.check(text)
		if err != nil || wordy(d) > pa.wordy {
			return
		}
		if text, err = gofmt(pa.Kind, text); err != nil {
			return
		}
		assign[pa.ID] = text
	}
	if len(assign) == 0 {
		return
	}
	prop := optimizer.Proposal{Assign: assign, Reasoning: cand.what}
	if check := s.problem.Check; check != nil {
		if check(c.ctx, prop) != nil {
			c.refused++
			return // also when the context ended, which the next candidate sees
		}
	}
	c.out = append(c.out, prop)
}
