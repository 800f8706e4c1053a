package optoprime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/optimizer"
)

// Client is what the optimizer needs of a model. An [llm.Client] is one.
type Client interface {
	Complete(ctx context.Context, req llm.Request) (llm.Response, error)
}

// Options configure an optimizer. The zero value is ready to use.
type Options struct {
	// MaxPrompt bounds the first two messages of a conversation, in bytes; 0
	// stands for 48 KiB, less than 8 KiB for 8 KiB.
	MaxPrompt int
	// Repairs is how often an unusable answer is sent back with the reason;
	// 0 stands for once, a negative number for never.
	Repairs int
	// Parallel bounds the conversations at a time; 0 stands for 4.
	Parallel int
	// MaxTokens and Temperature are passed on to the model; the zero values
	// leave them to it.
	MaxTokens   int
	Temperature *float64
	// OnReject, if not nil, is told about every answer that is not a
	// candidate and about every call that failed. It is never called twice at
	// the same time.
	OnReject func(Rejection)
}

// Rejection tells why an answer did not become a candidate.
type Rejection struct {
	Key    llm.Key
	Reason string // as the model was told, or would have been
	Final  bool   // the slot gives no proposal; otherwise the model is asked again
}

// OptoPrime implements [optimizer.Optimizer].
type OptoPrime struct {
	client Client
	opt    Options
	mu     sync.Mutex // around OnReject, Problem.Check and Problem.Read
}

var _ optimizer.Optimizer = (*OptoPrime)(nil)

// New returns an optimizer that asks client.
func New(client Client, opt Options) *OptoPrime {
	if opt.MaxPrompt == 0 {
		opt.MaxPrompt = 48 << 10
	}
	opt.MaxPrompt = max(opt.MaxPrompt, 8<<10)
	if opt.Repairs == 0 {
		opt.Repairs = 1
	}
	if opt.Parallel <= 0 {
		opt.Parallel = 4
	}
	return &OptoPrime{client: client, opt: opt}
}

// Name returns "optoprime".
func (o *OptoPrime) Name() string { return "optoprime" }

// Prompt returns the messages that open every conversation about p.
func (o *OptoPrime) Prompt(p *optimizer.Problem) []llm.Message {
	return []llm.Message{
		{Role: "system", Content: instruction},
		{Role: "user", Content: report(p, o.opt.MaxPrompt-len(instruction))},
	}
}

// MaxPrompt is how long the prompt of a call and that of its first repair are
// at most, in bytes.
func (o *OptoPrime) MaxPrompt() (first, repair int) {
	return o.opt.MaxPrompt, o.opt.MaxPrompt + maxEcho + maxReply
}

// Propose asks for n proposals and returns those that passed p.Check, in the
// order of their slots, equal ones once.
//
// A failed call is an error only if no other slot gave a proposal: what was
// paid for is not thrown away. OnReject is told in any case. That an answer could
// not be judged is an error always.
func (o *OptoPrime) Propose(ctx context.Context, p *optimizer.Problem, n int) ([]optimizer.Proposal, error) {
	if n <= 0 || len(p.Params) == 0 {
		return nil, nil // nothing to change: not worth a call
	}
	prompt := o.Prompt(p)
	proposals := make([]*optimizer.Proposal, n)
	errs := make([]error, n)
	gate := make(chan struct{}, o.opt.Parallel)
	var wg sync.WaitGroup
	for slot := range n {
		gate <- struct{}{} // calls begin in the order of the slots
		wg.Go(func() {
			defer func() { <-gate }()
			c := conversation{o: o, problem: p, key: llm.Key{Step: p.Step, Slot: p.Slot + slot}, messages: prompt}
			proposals[slot], errs[slot] = c.run(ctx)
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, err := range errs {
		if unknown(err) {
			return nil, err
		}
	}
	var out []optimizer.Proposal
	for slot, q := range proposals {
		if q == nil {
			continue
		}
		if twin := indexOf(out, q); twin >= 0 {
			o.reject(llm.Key{Step: p.Step, Slot: p.Slot + slot}, true, "another slot of this step gave the same sources")
			continue
		}
		out = append(out, *q)
	}
	if len(out) == 0 {
		for _, err := range errs {
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func indexOf(list []optimizer.Proposal, q *optimizer.Proposal) int {
	for i, p := range list {
		if sameAssign(p.Assign, q.Assign) {
			return i
		}
	}
	return -1
}

func (o *OptoPrime) reject(key llm.Key, final bool, reason string) {
	if o.opt.OnReject == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.opt.OnReject(Rejection{Key: key, Reason: reason, Final: final})
}

// conversation is one slot.
type conversation struct {
	o        *OptoPrime
	problem  *optimizer.Problem
	key      llm.Key
	messages []llm.Message
}

// run asks until an answer is a candidate or the repairs are used up. No
// proposal and no error means that the answers could not be used.
func (c *conversation) run(ctx context.Context) (*optimizer.Proposal, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		resp, err := c.o.client.Complete(ctx, llm.Request{
			Key:         c.key,
			Messages:    c.messages,
			MaxTokens:   c.o.opt.MaxTokens,
			Temperature: c.o.opt.Temperature,
		})
		if err != nil {
			if ctx.Err() == nil {
				c.o.reject(c.key, true, err.Error())
			}
			return nil, err
		}
		proposal, reason, err := c.read(ctx, resp)
		if err != nil {
			return nil, err
		}
		if reason == "" {
			return proposal, nil
		}
		final := c.key.Repair >= c.o.opt.Repairs
		c.o.reject(c.key, final, reason)
		if final {
			return nil, nil
		}
		// A new slice: the slots share the prompt's.
		c.messages = append(append([]llm.Message(nil), c.messages...),
			llm.Message{Role: "assistant", Content: echo(resp.Text)},
			llm.Message{Role: "user", Content: reason})
		c.key.Repair++
	}
}

// read makes a proposal of an answer, or says why it cannot. Err is the context's, or
// that nobody could tell.
func (c *conversation) read(ctx context.Context, resp llm.Response) (p *optimizer.Proposal, reason string, err error) {
	if resp.Finish == llm.FinishLength {
		return nil, tooLong, nil
	}
	proposal, err := c.parse(ctx, resp.Text)
	var bad *optimizer.AnswerError
	if errors.As(err, &bad) {
		return nil, c.explain(bad), nil
	}
	if ctx.Err() != nil {
		return nil, "", ctx.Err()
	}
	if unknown(err) {
		return nil, "", err
	}
	if err != nil {
		return nil, unusable(err.Error()), nil
	}
	if a := repeated(c.problem, proposal); a != nil {
		return nil, unusable(fmt.Sprintf("step %d gave the same sources already: %s", a.Step, verdict(*a, nil))), nil
	}
	if c.problem.Check != nil {
		c.o.mu.Lock()
		err := c.problem.Check(ctx, proposal)
		c.o.mu.Unlock()
		if err != nil {
			if ctx.Err() != nil {
				return nil, "", ctx.Err()
			}
			if unknown(err) {
				return nil, "", err
			}
			return nil, unusable(err.Error()), nil
		}
	}
	return &proposal, "", nil
}

// unknown reports whether err says that an answer could not be judged.
func unknown(err error) bool {
	var e *optimizer.CheckError
	return errors.As(err, &e)
}

func (c *conversation) parse(ctx context.Context, text string) (optimizer.Proposal, error) {
	if c.problem.Read == nil {
		return optimizer.ParseAnswer(text, c.problem.Params)
	}
	c.o.mu.Lock()
	defer c.o.mu.Unlock()
	return c.problem.Read(ctx, text)
}

const (
	again   = "\nSend the whole answer again, in the format described at the beginning, with a block for each parameter you change.\n"
	tooLong = "Your answer was cut off before its end, so nothing of it was used.\n\nSend it again and keep it short: two sentences, then the blocks.\n"
)

func unusable(why string) string {
	return "Your answer could not be used:\n\n" + quote(why, 4000) + again
}

// explain words the reply to an answer that is no proposal.
func (c *conversation) explain(e *optimizer.AnswerError) string {
	switch e.Reason {
	case optimizer.CutOff:
		return tooLong + "\n" + quote(e.Error(), 4000)
	case optimizer.NoChange:
		index, _ := sorted(c.problem.Cases)
		return "Your answer changes nothing:\n\n" + quote(e.Error(), 4000) + "\n" + strings.TrimLeft(standingOf(c.problem.All, c.problem.Cases, index)+" ", " ") +
			"Give the change that you think most likely to help, in the format described at the beginning.\n"
	}
	return unusable(e.Error())
}

// echo is an answer as it is sent back: servers refuse empty messages, and an
// endless one must not fill the context.
func echo(text string) string {
	if strings.TrimSpace(text) == "" {
		return "(an empty answer)"
	}
	return clip(text, maxEcho)
}

// Bounds of what a repair adds to a prompt, in bytes. A reply quotes at most
// 4000 bytes, behind a mark on each line, and adds some sentences.
const (
	maxEcho  = 32 << 10
	maxReply = 16 << 10
)
