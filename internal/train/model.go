package train

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/train/journal"
)

var (
	errBudget    = errors.New("the budget is spent")
	errReplayEnd = errors.New("the recorded run has no further answers")
)

// A model is the client of a run: it keeps to the budget and writes every call
// to the journal.
type model struct {
	client llm.Client
	log    *journal.Writer
	budget Budget
	replay *journal.Run

	mu     sync.Mutex
	calls  int // begun
	tokens int
	guess  bool            // some token counts are estimates
	failed map[string]bool // what failed calls said
}

// Complete implements optoprime.Client.
func (m *model) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	if err := m.begin(req.Key); err != nil {
		return llm.Response{}, err
	}
	prompt, err := json.Marshal(req.Messages)
	if err != nil {
		return llm.Response{}, err
	}
	call := &journal.Call{Key: req.Key}
	if call.Prompt, err = m.log.Blob(prompt); err != nil {
		return llm.Response{}, err
	}
	resp, err := m.client.Complete(ctx, req)
	if err != nil {
		m.mu.Lock()
		if m.failed == nil {
			m.failed = map[string]bool{}
		}
		m.failed[err.Error()] = true
		m.mu.Unlock()
		call.Error = err.Error()
		if lerr := m.log.Append(journal.Record{Call: call}); lerr != nil {
			return llm.Response{}, lerr
		}
		return llm.Response{}, err
	}
	m.mu.Lock()
	m.tokens += resp.PromptTokens + resp.CompletionTokens
	m.guess = m.guess || resp.Estimated
	m.mu.Unlock()
	if call.Answer, err = m.log.Blob([]byte(resp.Text)); err != nil {
		return llm.Response{}, err
	}
	call.Finish, call.Model, call.Estimated = resp.Finish, resp.Model, resp.Estimated
	call.PromptTokens, call.CompletionTokens = resp.PromptTokens, resp.CompletionTokens
	return resp, m.log.Append(journal.Record{Call: call})
}

func (m *model) begin(key llm.Key) error {
	if m.replay != nil {
		if _, _, ok := m.replay.Answer(key); !ok {
			return errReplayEnd
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.budget.Calls > 0 && m.calls >= m.budget.Calls || m.budget.Tokens > 0 && m.tokens >= m.budget.Tokens {
		return errBudget
	}
	m.calls++
	return nil
}

// gaveError reports whether text is what a failed call, or one that was not
// made, said. Such a text is no answer, and is told once, at the end.
func (m *model) gaveError(text string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failed[text] || text == errBudget.Error() || text == errReplayEnd.Error()
}

// used returns the calls and tokens so far.
func (m *model) used() (calls, tokens int, guess bool) {
	if m == nil {
		return 0, 0, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls, m.tokens, m.guess
}
