package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A biller is a server that bills as it likes and keeps the books.
type biller struct {
	mu        sync.Mutex
	price     Price
	cost      Money
	tokens    int
	requests  int
	excess    Spent // billed beyond what a request allowed
	beyond    int   // requests that did so
	responses []billed
}

type billed struct {
	prompt, answer int
	kind           string // ok, silent, cut, garbage, 429, 500
}

func (b *biller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Messages  []Message `json:"messages"`
		MaxTokens int       `json:"max_tokens"`
	}
	json.NewDecoder(r.Body).Decode(&body)
	prompt := 0
	for _, m := range body.Messages {
		prompt += len(m.Content)
	}
	b.mu.Lock()
	bill := b.responses[b.requests%len(b.responses)]
	b.requests++
	if bill.kind != "429" && bill.kind != "500" {
		// A server that does not say what it bills keeps to the rules, as do
		// those whose answers are lost: else nothing could hold.
		if bill.kind != "ok" {
			bill.prompt, bill.answer = min(bill.prompt, prompt), min(bill.answer, body.MaxTokens)
		}
		b.tokens += bill.prompt + bill.answer
		b.cost += b.price.Cost(bill.prompt, bill.answer)
		bound := PromptBound(prompt, len(body.Messages))
		if bill.prompt > bound || bill.answer > body.MaxTokens {
			b.beyond++
			b.excess.Tokens += max(0, bill.prompt+bill.answer-bound-body.MaxTokens)
			b.excess.Cost += max(0, b.price.Cost(bill.prompt, bill.answer)-b.price.Cost(bound, body.MaxTokens))
		}
	}
	b.mu.Unlock()
	switch bill.kind {
	case "ok":
		fmt.Fprintf(w, `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":%d,"completion_tokens":%d}}`, bill.prompt, bill.answer)
	case "silent":
		fmt.Fprint(w, `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}`)
	case "cut":
		cut(w, r)
	case "garbage":
		fmt.Fprint(w, "<html>")
	case "429":
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(429)
	case "500":
		w.WriteHeader(500)
	}
}

// TestBudgetHolds: whatever a server bills, and however many ask it at once,
// no more is spent than the budget and what the server billed beyond the
// max_tokens of calls that were in flight when that became known.
func TestBudgetHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := Price{
			Prompt: Money(rapid.Int64Range(0, int64(20*dollar)).Draw(t, "prompt price")),
			Answer: Money(rapid.Int64Range(0, int64(80*dollar)).Draw(t, "answer price")),
		}
		b := &biller{price: price}
		usual := rapid.Bool().Draw(t, "keeps to max_tokens")
		most := 200000
		if usual {
			most = 300
		}
		for range rapid.IntRange(1, 8).Draw(t, "responses") {
			b.responses = append(b.responses, billed{
				prompt: rapid.IntRange(0, min(most, 100000)).Draw(t, "prompt"),
				answer: rapid.IntRange(0, most).Draw(t, "answer"),
				kind:   rapid.SampledFrom([]string{"ok", "ok", "ok", "silent", "cut", "garbage", "429", "500"}).Draw(t, "kind"),
			})
		}
		limit := Budget{}
		if rapid.Bool().Draw(t, "limits tokens") {
			limit.Tokens = rapid.IntRange(1, 60000).Draw(t, "tokens")
		}
		if rapid.Bool().Draw(t, "limits calls") {
			limit.Calls = rapid.IntRange(1, 30).Draw(t, "calls")
		}
		if limit == (Budget{}) || rapid.Bool().Draw(t, "limits cost") {
			limit.Cost = Money(rapid.Int64Range(1, int64(dollar)).Draw(t, "cost"))
		}
		maxTokens := rapid.SampledFrom([]int{0, 1, 300, 5000, 100000}).Draw(t, "max_tokens")
		workers := rapid.IntRange(1, 6).Draw(t, "workers")

		srv := httptest.NewServer(b)
		defer srv.Close()
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		client, err := New(Spec{Provider: OpenAI, Arg: "m"}, Options{
			Timeout: 10 * time.Second, Attempts: 3, Transport: transport,
			Getenv: env("OPENAI_BASE_URL", srv.URL),
			sleep:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		})
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		meter := NewMeter(limit, Spent{}, func(*BudgetError) { told++ })
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range 12 {
					req := Request{Messages: []Message{{"user", strings.Repeat("x", 300)}}}
					call, err := meter.Start(context.Background(), Need{Prompt: req.Bound(), Answer: maxTokens, Price: &price})
					if err != nil {
						if !errors.Is(err, ErrBudget) {
							t.Errorf("got %v", err)
						}
						return
					}
					req.MaxTokens = call.MaxTokens()
					resp, err := client.Complete(WithCall(context.Background(), call), req)
					switch {
					case err != nil:
						call.Miss(true)
						if errors.Is(err, ErrBudget) {
							return
						}
					case resp.Estimated:
						call.Unreported(Usage{Prompt: resp.PromptTokens, Answer: resp.CompletionTokens})
					default:
						call.Done(Usage{Prompt: resp.PromptTokens, Answer: resp.CompletionTokens})
					}
				}
			})
		}
		wg.Wait()

		if limit.Tokens > 0 && b.tokens > limit.Tokens+b.excess.Tokens {
			t.Errorf("%d tokens were billed, %d of them beyond what calls allowed, with a budget of %d", b.tokens, b.excess.Tokens, limit.Tokens)
		}
		if limit.Cost > 0 && b.cost > limit.Cost+b.excess.Cost {
			t.Errorf("%v were billed, %v of it beyond what calls allowed, with a budget of %v", b.cost, b.excess.Cost, limit.Cost)
		}
		if limit.Calls > 0 && b.requests > limit.Calls {
			t.Errorf("%d requests with a budget of %d", b.requests, limit.Calls)
		}
		bounded := limit.Tokens > 0 || limit.Cost > 0
		if bounded && b.beyond > workers {
			t.Errorf("%d calls were billed beyond their limit, and at most %d were in flight", b.beyond, workers)
		}
		if bounded && (b.beyond > 0) != (told == 1) {
			t.Errorf("%d calls were billed beyond their limit, and %d were told", b.beyond, told)
		}
		spent := meter.Spent()
		if spent.Calls != b.requests || bounded && (spent.Tokens < b.tokens || spent.Cost < b.cost) {
			t.Errorf("counted %+v, billed %d requests, %d tokens, %v", spent, b.requests, b.tokens, b.cost)
		}
		if meter.held != (Spent{}) || meter.inFlight != 0 {
			t.Errorf("still held: %+v for %d calls", meter.held, meter.inFlight)
		}
	})
}

func start(t *testing.T, m *Meter, n Need) *Call {
	t.Helper()
	c, err := m.Start(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestMeterWaits: a call that fits, but not beside one in flight, waits for it.
func TestMeterWaits(t *testing.T) {
	m := NewMeter(Budget{Tokens: 1000}, Spent{}, nil)
	first := start(t, m, Need{Prompt: 100, Answer: 600, Fixed: true})
	began := make(chan error)
	go func() {
		_, err := m.Start(context.Background(), Need{Prompt: 100, Answer: 600, Fixed: true})
		began <- err
	}()
	select {
	case err := <-began:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	first.Done(Usage{Prompt: 50, Answer: 10})
	if err := <-began; err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := m.Start(ctx, Need{Prompt: 100, Answer: 600, Fixed: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	_, err := m.Start(t.Context(), Need{Prompt: 900, Answer: 600, Fixed: true}) // never fits
	want := "the budget is spent: 240 tokens are left, and the next call may use 1500"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestMeterLowersAnswers: the end of a budget is spent on shorter answers, not
// on ones that are certain to be cut off.
func TestMeterLowersAnswers(t *testing.T) {
	price := &Price{Prompt: dollar, Answer: 10 * dollar}
	for _, tt := range []struct {
		name  string
		limit Budget
		need  Need
		want  int // 0: refused
	}{
		{"no limit", Budget{Calls: 1}, Need{Prompt: 10}, 0},
		{"enough", Budget{Tokens: 100000}, Need{Prompt: 1000}, MaxAnswer},
		{"less", Budget{Tokens: 6000}, Need{Prompt: 1000}, 5000},
		{"too little", Budget{Tokens: 3000}, Need{Prompt: 1000}, -1},
		{"fixed", Budget{Tokens: 6000}, Need{Prompt: 1000, Answer: 5001, Fixed: true}, -1},
		{"short by itself", Budget{Tokens: 1100}, Need{Prompt: 1000, Answer: 100}, 100},
		{"money", Budget{Cost: dollar / 10}, Need{Prompt: 50000, Price: price}, 4999},
		{"too little money", Budget{Cost: dollar / 100}, Need{Prompt: 100, Price: price}, -1},
		{"an unknown price", Budget{Cost: dollar}, Need{Prompt: 100}, -1},
		{"free", Budget{Cost: 1}, Need{Prompt: 100, Price: &Price{}}, MaxAnswer},
	} {
		c, err := NewMeter(tt.limit, Spent{}, nil).Start(t.Context(), tt.need)
		if tt.want < 0 {
			if !errors.Is(err, ErrBudget) {
				t.Errorf("%s: got %v", tt.name, err)
			}
			continue
		}
		if err != nil || c.MaxTokens() != tt.want {
			t.Errorf("%s: got %d, %v, want %d", tt.name, c.MaxTokens(), err, tt.want)
		}
	}
}

// TestMeterNil: without a meter all calls are free.
func TestMeterNil(t *testing.T) {
	var m *Meter
	c := start(t, m, Need{Prompt: 1})
	c.Miss(true)
	if err := c.Again(t.Context()); err != nil {
		t.Error(err)
	}
	c.Done(Usage{Prompt: 1})
	c.Unreported(Usage{})
	if c.Spent() != (Spent{}) || m.Spent() != (Spent{}) || c.MaxTokens() != 0 || m.Limit() != (Budget{}) {
		t.Error("it counts")
	}
}

// TestMeterCounts: what a run had spent before goes on, and answers nobody
// bills by the token are believed.
func TestMeterCounts(t *testing.T) {
	m := NewMeter(Budget{Calls: 3}, Spent{Calls: 1, Tokens: 10}, nil)
	c := start(t, m, Need{Prompt: 10})
	c.Miss(true)
	if err := c.Again(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Done(Usage{Prompt: 5, Answer: -3})
	c.Done(Usage{Prompt: 5}) // a second time changes nothing
	want := Spent{Calls: 2, Tokens: 15, Guess: true, Unpriced: 15}
	if got := c.Spent(); got != want {
		t.Errorf("the call: got %+v, want %+v", got, want)
	}
	if got := m.Spent(); got.Calls != 3 || got.Tokens != 25 {
		t.Errorf("all: got %+v", got)
	}
	err := c.Again(t.Context())
	if err == nil || err.Error() != "the budget is spent: it allows 3 calls" {
		t.Errorf("got %v", err)
	}
}
