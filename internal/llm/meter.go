package llm

import (
	"context"
	"fmt"
	"sync"
)

// Spent is what calls used.
type Spent struct {
	Calls  int   `json:"calls"` // requests that were sent, further attempts among them
	Tokens int   `json:"tokens"`
	Cost   Money `json:"usd,omitzero"`
	// Guess says that some of the tokens were not reported by a server: they
	// are estimates, or what a lost answer costs at most.
	Guess bool `json:"guess,omitempty"`
	// Unpriced are tokens of models without a known price.
	Unpriced int `json:"unpriced,omitempty"`
}

// Plus is the sum of both.
func (s Spent) Plus(t Spent) Spent {
	return Spent{
		Calls: s.Calls + t.Calls, Tokens: s.Tokens + t.Tokens, Cost: s.Cost.plus(t.Cost),
		Guess: s.Guess || t.Guess, Unpriced: s.Unpriced + t.Unpriced,
	}
}

// A Meter counts what calls use and keeps them within a budget: none starts
// whose worst case does not fit into what is left, the worst cases of the
// calls in flight taken off. It is safe for concurrent use. A nil Meter counts
// nothing and allows everything.
type Meter struct {
	limit Budget

	mu       sync.Mutex
	spent    Spent
	held     Spent // worst cases of the calls in flight
	inFlight int
	settled  chan struct{} // closed when a call in flight is settled
	over     *BudgetError
	tell     func(over *BudgetError)
}

// NewMeter returns a meter that has counted spent already. The function
// overbilled, if not nil, is told when a server bills more than a call was
// allowed to use, once.
func NewMeter(limit Budget, spent Spent, overbilled func(*BudgetError)) *Meter {
	return &Meter{limit: limit, spent: spent, settled: make(chan struct{}), tell: overbilled}
}

// Limit is the budget.
func (m *Meter) Limit() Budget {
	if m == nil {
		return Budget{}
	}
	return m.limit
}

// Spent is what has been used so far, without calls in flight.
func (m *Meter) Spent() Spent {
	if m == nil {
		return Spent{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.spent
}

// Need is the worst case of a call.
type Need struct {
	Prompt int  // tokens of the prompt, at most
	Answer int  // tokens that the answer may have; 0: the provider's default
	Fixed  bool // Answer is not to be changed, not even from 0
	Price  *Price
}

const (
	// MaxAnswer is how long an answer may be where a budget needs a bound and
	// nothing else gives one. Thinking counts as answer.
	MaxAnswer = 16384
	// leastAnswer is the shortest limit that is worth a call: less would only
	// buy an answer that is cut off.
	leastAnswer = 2048
)

// A Call is one call of a model, with all its attempts. It begins with an
// attempt in flight. A nil Call counts nothing.
type Call struct {
	meter *Meter
	need  Need
	mu    sync.Mutex
	open  bool  // an attempt is in flight
	held  Spent // for it
	spent Spent // of the attempts that are settled
}

// Start reserves the worst case of a call. If it fits into the budget but not
// beside the calls in flight, it waits until they are settled. An error that
// wraps [ErrBudget] says that it does not fit.
func (m *Meter) Start(ctx context.Context, need Need) (*Call, error) {
	if m == nil {
		return nil, nil
	}
	if m.limit.bounded() && need.Answer <= 0 && !need.Fixed {
		need.Answer, need.Fixed = MaxAnswer, false
	}
	need.Prompt, need.Answer = clampCount(need.Prompt), clampCount(need.Answer)
	c := &Call{meter: m, need: need}
	return c, c.reserve(ctx)
}

// Again reserves the worst case of a further attempt, after Miss.
func (c *Call) Again(ctx context.Context) error {
	if c == nil {
		return nil
	}
	c.need.Fixed = true // the request has been written
	return c.reserve(ctx)
}

func (c *Call) reserve(ctx context.Context) error {
	m := c.meter
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		m.mu.Lock()
		need, err := m.fit(c.need, m.spent.Plus(m.held))
		if err == nil {
			c.mu.Lock()
			c.need, c.open, c.held = need, true, need.worst()
			c.mu.Unlock()
			m.held = m.held.Plus(c.held)
			m.inFlight++
			m.mu.Unlock()
			return nil
		}
		if _, later := m.fit(c.need, m.spent); later != nil || m.inFlight == 0 {
			m.mu.Unlock()
			return err
		}
		settled := m.settled
		m.mu.Unlock()
		select {
		case <-settled:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// worst is what need amounts to.
func (n Need) worst() Spent {
	s := Spent{Calls: 1, Tokens: n.Prompt + n.Answer}
	if n.Price != nil {
		s.Cost = n.Price.Cost(n.Prompt, n.Answer)
	}
	return s
}

// fit lowers the answer of need, if it may, until need fits beside used.
func (m *Meter) fit(need Need, used Spent) (Need, error) {
	if m.over != nil {
		return need, m.over
	}
	if b := m.limit.Calls; b > 0 && used.Calls >= b {
		return need, &BudgetError{Why: fmt.Sprintf("it allows %s", plural(b, "call"))}
	}
	least := leastAnswer
	if need.Fixed || need.Answer < least {
		least = need.Answer
	}
	if b := m.limit.Tokens; b > 0 {
		left := max(b-used.Tokens, 0)
		if need.Prompt+least > left {
			return need, &BudgetError{Why: fmt.Sprintf("%s are left, and the next call may use %d", plural(left, "token"), need.Prompt+least)}
		}
		need.Answer = min(need.Answer, left-need.Prompt)
	}
	if b := m.limit.Cost; b > 0 {
		if need.Price == nil {
			return need, &BudgetError{Why: "what the model costs is not known"}
		}
		left := max(b-used.Cost, 0)
		if worst := need.Price.Cost(need.Prompt, least); worst > left {
			return need, &BudgetError{Why: fmt.Sprintf("%v is left, and the next call may cost %v", left, worst)}
		}
		// One token less, as the cost of both parts is rounded up.
		if most := need.Price.answersFor(left - need.Price.Cost(need.Prompt, 0)); need.Answer > most {
			need.Answer = max(most-1, least)
		}
	}
	return need, nil
}

// MaxTokens is how long the answer may be, 0 if nothing bounds it.
func (c *Call) MaxTokens() int {
	if c == nil {
		return 0
	}
	return c.need.Answer
}

// Usage is what a server says that an attempt used.
type Usage struct {
	Prompt, Answer int
	Estimated      bool // nobody said; it is a guess
}

// Done settles the attempt in flight with what it used.
func (c *Call) Done(u Usage) {
	if c == nil {
		return
	}
	c.settle(u, true)
}

// Unreported settles an attempt that was answered without a word on what it
// used. Where that must not exceed a budget the worst case counts, else the
// guess.
func (c *Call) Unreported(guess Usage) {
	if c == nil {
		return
	}
	if c.meter.limit.bounded() {
		guess = Usage{Prompt: c.need.Prompt, Answer: c.need.Answer}
	}
	guess.Estimated = true
	c.settle(guess, false)
}

// Miss settles an attempt that gave no answer. If it was perhaps billed all
// the same, its worst case counts.
func (c *Call) Miss(billed bool) {
	if c == nil {
		return
	}
	u := Usage{}
	if billed {
		u = Usage{Prompt: c.need.Prompt, Answer: c.need.Answer, Estimated: true}
	}
	c.settle(u, false)
}

func (c *Call) settle(u Usage, answered bool) {
	u.Prompt, u.Answer = clampCount(u.Prompt), clampCount(u.Answer)
	m := c.meter
	m.mu.Lock()
	defer m.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.open {
		return
	}
	c.open = false
	used := Spent{Calls: 1, Tokens: u.Prompt + u.Answer, Guess: u.Estimated && u.Prompt+u.Answer > 0}
	if c.need.Price != nil {
		used.Cost = c.need.Price.Cost(u.Prompt, u.Answer)
	} else {
		used.Unpriced = used.Tokens
	}
	c.spent = c.spent.Plus(used)
	m.spent = m.spent.Plus(used)
	m.held = Spent{Calls: m.held.Calls - c.held.Calls, Tokens: m.held.Tokens - c.held.Tokens, Cost: m.held.Cost - c.held.Cost}
	m.inFlight--
	close(m.settled)
	m.settled = make(chan struct{})
	if answered && m.limit.bounded() && m.over == nil && (u.Answer > c.need.Answer || u.Prompt > c.need.Prompt) {
		m.over = &BudgetError{Billed: true, Why: fmt.Sprintf("%d + %d tokens for a call that may use %d + %d", u.Prompt, u.Answer, c.need.Prompt, c.need.Answer)}
		if m.tell != nil {
			m.tell(m.over)
		}
	}
}

// clampCount keeps a nonsensical count of a server from turning into a credit
// or an overflow.
func clampCount(n int) int { return min(max(n, 0), 1<<40) }

// Spent is what the settled attempts used.
func (c *Call) Spent() Spent {
	if c == nil {
		return Spent{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.spent
}

type callKey struct{}

// WithCall hands a call that was started to the client, which settles the
// attempts that fail; the caller settles the one that is answered.
func WithCall(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// Reserved is the worst case of the attempt that is in flight in ctx.
func Reserved(ctx context.Context) Spent {
	c := callOf(ctx)
	if c == nil {
		return Spent{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held
}

func callOf(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}
