package train

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/train/journal"
)

var errReplayEnd = errors.New("the recorded run has no further answers")

// A model is the client of a run: it keeps to the budget and writes every call
// to the journal.
type model struct {
	client    llm.Client
	log       *journal.Writer
	meter     *llm.Meter
	price     *llm.Price // nil: not known
	maxTokens int        // of one answer; 0: the provider's default, or what the budget needs
	server    bool       // what it answers is billed by the token
	replay    *journal.Run
	past      *recall // nil unless the run is resumed

	mu     sync.Mutex
	failed map[string]bool // what failed calls, and those that were not made, said
}

// Complete implements optoprime.Client.
func (m *model) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	resp, err := m.complete(ctx, req)
	if err != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.failed == nil {
			m.failed = map[string]bool{}
		}
		m.failed[err.Error()] = true
	}
	return resp, err
}

func (m *model) complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	if m.replay != nil {
		if _, _, ok := m.replay.Answer(req.Key); !ok {
			return llm.Response{}, errReplayEnd
		}
	}
	if m.past.has(req.Key) {
		return m.client.Complete(ctx, req)
	}
	prompt, err := json.Marshal(req.Messages)
	if err != nil {
		return llm.Response{}, err
	}
	record := &journal.Call{Key: req.Key}
	if record.Prompt, err = m.log.Blob(prompt); err != nil {
		return llm.Response{}, err
	}
	if req.MaxTokens == 0 {
		req.MaxTokens = m.maxTokens
	}
	call, err := m.meter.Start(ctx, llm.Need{Prompt: req.Bound(), Answer: req.MaxTokens, Price: m.price})
	if err != nil {
		return llm.Response{}, err
	}
	req.MaxTokens = call.MaxTokens()
	resp, err := m.client.Complete(llm.WithCall(ctx, call), req)
	if err != nil {
		call.Miss(m.replay == nil) // unless the client has settled it
		spent := call.Spent()
		record.Error, record.Spent = err.Error(), &spent
		if lerr := m.log.Append(journal.Record{Call: record}); lerr != nil {
			return llm.Response{}, lerr
		}
		return llm.Response{}, err
	}
	used := llm.Usage{Prompt: resp.PromptTokens, Answer: resp.CompletionTokens, Estimated: resp.Estimated}
	if resp.Estimated && m.server {
		call.Unreported(used)
	} else {
		call.Done(used)
	}
	spent := call.Spent()
	record.Spent = &spent
	record.Finish, record.Model, record.Estimated = resp.Finish, resp.Model, resp.Estimated
	record.PromptTokens, record.CompletionTokens = resp.PromptTokens, resp.CompletionTokens
	if record.Answer, err = m.log.Blob([]byte(resp.Text)); err != nil {
		return llm.Response{}, err
	}
	return resp, m.log.Append(journal.Record{Call: record})
}

// gaveError reports whether text is what a failed call, or one that was not
// made, said. Such a text is no answer, and is told once, at the end.
func (m *model) gaveError(text string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failed[text]
}
