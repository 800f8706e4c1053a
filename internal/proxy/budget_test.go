package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/opto-go/trace/internal/llm"
)

// TestBudget: a program cannot spend more than the run may, and being refused
// says nothing about it.
func TestBudget(t *testing.T) {
	u := serve(t, counter())
	meter := llm.NewMeter(llm.Budget{Tokens: 1200}, llm.Spent{}, nil)
	p, _ := start(t, u, func(o *Options) { o.Meter = meter })
	l := p.Lease("x", 0)
	for i := 0; ; i++ {
		status, text := l.program().chat(t, fmt.Sprintf(`{"model":"m","max_tokens":%d,"messages":[]}`, 100+i))
		if status == 402 {
			if !strings.Contains(text, "the budget is spent") || !strings.Contains(text, "insufficient_quota") {
				t.Errorf("got %s", text)
			}
			break
		}
		if status != 200 || i > 100 {
			t.Fatalf("got %d %s", status, text)
		}
	}
	if spent := meter.Spent(); spent.Tokens > 1200 || spent.Tokens < 600 {
		t.Errorf("spent %+v", spent)
	}
	if err := l.Close(); !errors.Is(err, llm.ErrBudget) {
		t.Errorf("the evaluation: %v", err)
	}
}

func TestLimits(t *testing.T) {
	prices, err := llm.LoadPrices(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	tokens := llm.Budget{Tokens: 1 << 20}
	for _, tt := range []struct {
		name, path, body string
		limit            llm.Budget
		sent             string // what the server gets, or is said
	}{
		{"no budget, nothing is changed", "/chat/completions", `{ "model":"m" }`, llm.Budget{}, `{ "model":"m" }`},
		{"a limit is added", "/chat/completions", `{"model":"m"}`, tokens, `{"max_tokens":16384,"model":"m"}`},
		{"under its newer name", "/chat/completions", `{"model":"o3-mini"}`, tokens, `{"max_completion_tokens":16384,"model":"o3-mini"}`},
		{"for each answer", "/chat/completions", `{"model":"m","n":4}`, tokens, `{"max_tokens":16384,"model":"m","n":4}`},
		{"that of the program stays", "/chat/completions", `{"model":"m","max_completion_tokens":5}`, tokens, `{"model":"m","max_completion_tokens":5}`},
		{"for responses", "/responses", `{"model":"m","input":"x"}`, tokens, `{"input":"x","max_output_tokens":16384,"model":"m"}`},
		{"embeddings need none", "/embeddings", `{"model":"m","input":"x"}`, tokens, `{"model":"m","input":"x"}`},
		{"too many answers", "/chat/completions", `{"model":"m","n":400}`, tokens, "the budget is spent"},
		{"an image", "/chat/completions", `{"model":"m","messages":[{"content":[{"type":"image_url"}]}]}`, llm.Budget{Tokens: 60000}, "the budget is spent"},
		{"hidden text", "/responses", `{"model":"m","previous_response_id":"r"}`, tokens, "previous_response_id has no worst case"},
		{"a stored prompt", "/responses", `{"model":"m","prompt":{"id":"p"}}`, tokens, "a stored prompt has no worst case"},
		{"a price that is not known", "/chat/completions", `{"model":"m"}`, llm.Budget{Cost: 1e9}, "what m costs is not known"},
		{"a known price", "/chat/completions", `{"model":"gpt-4o"}`, llm.Budget{Cost: 1e9}, `{"max_tokens":16384,"model":"gpt-4o"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := serve(t, counter())
			p, _ := start(t, u, func(o *Options) {
				o.Meter, o.Prices = llm.NewMeter(tt.limit, llm.Spent{}, nil), prices
			})
			_, text, _, err := p.Lease("x", 0).program().do(t.Context(), "POST", tt.path, tt.body)
			if err != nil {
				t.Fatal(err)
			}
			if u.requests() > 0 {
				text = u.bodies[0]
			}
			if text != tt.sent && (strings.HasPrefix(tt.sent, "{") || !strings.Contains(text, tt.sent)) {
				t.Errorf("got %s, want %s", text, tt.sent)
			}
		})
	}
}

// TestTalkative: when a server bills more than it may, programs get no further
// answer but those that were in flight.
func TestTalkative(t *testing.T) {
	const programs, excess = 6, 500_000
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":"1","choices":[{"message":{"content":"1"}}],"usage":{"prompt_tokens":10,"completion_tokens":%d}}`, excess)
	})
	const budget = 100_000
	meter := llm.NewMeter(llm.Budget{Tokens: budget}, llm.Spent{}, nil)
	p, _ := start(t, u, func(o *Options) { o.Meter = meter })
	var wg sync.WaitGroup
	for i := range programs {
		l := p.Lease(fmt.Sprint(i), 0)
		prog := l.program()
		wg.Go(func() {
			for n := 0; ; n++ {
				status, text := prog.chat(t, fmt.Sprintf(`{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"%d %d"}]}`, i, n))
				if status == 402 {
					break
				}
				if status != 200 || n > 0 {
					t.Errorf("program %d, request %d: got %d %s", i, n, status, text)
					break
				}
			}
			if err := l.Close(); err == nil {
				t.Errorf("program %d: its evaluation counts, although it was refused an answer", i)
			}
		})
	}
	wg.Wait()
	if n := u.requests(); n == 0 || n > programs {
		t.Errorf("%d requests reached the server, and %d programs asked at once", n, programs)
	}
	if spent := meter.Spent(); spent.Tokens > budget+u.requests()*(excess+10) {
		t.Errorf("spent %+v", spent)
	}
}
