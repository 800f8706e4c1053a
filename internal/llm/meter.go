package llm

import (
	"context"
	"sync"
)

// Usage is what a client has used so far.
type Usage struct {
	Calls            int  // calls that reached a provider, failed ones too
	Failed           int  // of these, calls that gave no answer
	Retries          int  // further attempts within calls
	Replayed         int  // answers taken from a recording; not in Calls
	PromptTokens     int  // of calls, not of replayed answers
	CompletionTokens int  // likewise
	Estimated        bool // some of the token counts are estimates
}

// Tokens is the sum of both directions.
func (u Usage) Tokens() int { return u.PromptTokens + u.CompletionTokens }

// Meter is a client that counts what another one uses. It is safe for
// concurrent use.
type Meter struct {
	client Client

	mu    sync.Mutex
	usage Usage
}

// NewMeter counts the use of c.
func NewMeter(c Client) *Meter { return &Meter{client: c} }

// Spec returns the client's spec.
func (m *Meter) Spec() string { return m.client.Spec() }

// Complete calls the client and counts.
func (m *Meter) Complete(ctx context.Context, req Request) (Response, error) {
	var c call
	resp, err := m.client.Complete(withCall(ctx, &c), req)
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.replayed {
		if err == nil {
			m.usage.Replayed++
		}
		return resp, err
	}
	m.usage.Calls++
	m.usage.Retries += c.retries
	if err != nil {
		m.usage.Failed++
		return resp, err
	}
	m.usage.PromptTokens += resp.PromptTokens
	m.usage.CompletionTokens += resp.CompletionTokens
	m.usage.Estimated = m.usage.Estimated || resp.Estimated
	return resp, nil
}

// Usage returns the sums so far.
func (m *Meter) Usage() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.usage
}

// call carries facts about one call up from the provider's inner layers.
type call struct {
	retries  int
	replayed bool
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// estimate fills in token counts that the provider did not report: four bytes
// a token is near enough for a budget.
func estimate(req Request, resp *Response) {
	if resp.PromptTokens > 0 || resp.CompletionTokens > 0 {
		return
	}
	n := 0
	for _, m := range req.Messages {
		n += len(m.Content)
	}
	resp.PromptTokens = (n + 3) / 4
	resp.CompletionTokens = (len(resp.Text) + 3) / 4
	resp.Estimated = true
}
