package llm

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestFaults: a server of which every third request fails costs time and,
// where an answer may have been made and lost, budget; it costs no answer.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		kind   string
		fault  http.HandlerFunc
		billed bool
		reason string
	}{
		{"429", status(http.StatusTooManyRequests, `{"error":{"message":"rate limited"}}`, "Retry-After", "1"), false, "status 429 Too Many Requests: rate limited; next attempt in 1s"},
		{"500", status(http.StatusInternalServerError, `{"error":{"message":"server error"}}`), false, "status 500 Internal Server Error: server error; next attempt in "},
		{"hang", hang, true, "no answer within 1s; next attempt in "},
		{"cut", cut, true, "the answer broke off: unexpected EOF; next attempt in "},
		{"garbage", text("<html>bad gateway</html>"), true, "the server sent something that is not JSON; next attempt in "},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			var n atomic.Int32
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1)%3 == 0 {
					tt.fault(w, r)
					return
				}
				good(w, r)
			})
			var mu sync.Mutex
			var told []string
			c := s.client(t, func(o *Options) {
				o.Timeout = time.Second
				o.OnRetry = func(r Retry) {
					mu.Lock()
					defer mu.Unlock()
					told = append(told, r.String())
				}
			})
			meter := NewMeter(Budget{Tokens: 1 << 20, Calls: 100}, Spent{}, nil)
			const calls, answer = 10, 100
			for range calls {
				call := start(t, meter, Need{Prompt: ask.Bound(), Answer: answer})
				req := ask
				req.MaxTokens = call.MaxTokens()
				resp, err := c.Complete(WithCall(t.Context(), call), req)
				if err != nil || resp.Text != "hi" {
					t.Fatalf("got %+v, %v", resp, err)
				}
				call.Done(Usage{Prompt: resp.PromptTokens, Answer: resp.CompletionTokens})
			}
			const faults = 4 // of 14 requests: the 3rd, 6th, 9th and 12th
			if len(told) != faults {
				t.Errorf("told of %d retries, want %d: %q", len(told), faults, told)
			}
			for _, text := range told {
				if len(text) < len(tt.reason) || text[:len(tt.reason)] != tt.reason {
					t.Errorf("told %q, want %q", text, tt.reason)
				}
			}
			want := Spent{Calls: calls + faults, Tokens: calls * 9, Guess: tt.billed}
			if tt.billed {
				want.Tokens += faults * (ask.Bound() + answer)
			}
			want.Unpriced = want.Tokens
			if got := meter.Spent(); got != want {
				t.Errorf("spent %+v, want %+v", got, want)
			}
		})
	}
}

// TestFaultsEndWithTheBudget: attempts are calls, so a budget bounds them too,
// and the error says what kept failing.
func TestFaultsEndWithTheBudget(t *testing.T) {
	s := serve(t, status(http.StatusInternalServerError, "oops"))
	meter := NewMeter(Budget{Calls: 2}, Spent{}, nil)
	call := start(t, meter, Need{Prompt: ask.Bound()})
	_, err := s.client(t, nil).Complete(WithCall(t.Context(), call), ask)
	want := "openai:m1: " + s.URL + "/v1 after 2 attempts: status 500 Internal Server Error: oops; no further attempt is made, as the budget is spent: it allows 2 calls"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if n := s.hits.Load(); n != 2 {
		t.Errorf("%d requests", n)
	}
}
