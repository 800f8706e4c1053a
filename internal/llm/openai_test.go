package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const secret = "sk-very-secret"

// server plays a list of answers, the last one for ever.
type server struct {
	*httptest.Server
	hits  atomic.Int32
	mu    sync.Mutex
	last  map[string]any // request body
	auth  string
	waits []time.Duration // that the client slept
	told  []Retry
}

func serve(t *testing.T, steps ...http.HandlerFunc) *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(s.hits.Add(1))
		var body map[string]any
		json.NewDecoder(r.Body).Decode(&body)
		s.mu.Lock()
		s.last, s.auth = body, r.Header.Get("Authorization")
		s.mu.Unlock()
		steps[min(n, len(steps))-1](w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) client(t *testing.T, change func(*Options)) Client {
	t.Helper()
	opt := Options{
		Timeout:   5 * time.Second,
		Attempts:  4,
		Getenv:    env("OPENAI_API_KEY", secret, "OPENAI_BASE_URL", s.URL+"/v1"),
		Transport: &http.Transport{},
		OnRetry:   func(r Retry) { s.told = append(s.told, r) },
		sleep: func(ctx context.Context, d time.Duration) error {
			s.waits = append(s.waits, d)
			return ctx.Err()
		},
	}
	if change != nil {
		change(&opt)
	}
	c, err := New(Spec{Provider: OpenAI, Arg: "m1"}, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if tr, ok := opt.Transport.(*http.Transport); ok {
			tr.CloseIdleConnections()
		}
	})
	return c
}

func env(pairs ...string) func(string) string {
	return func(key string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == key {
				return pairs[i+1]
			}
		}
		return ""
	}
}

var ask = Request{Key: Key{Step: 1}, Messages: []Message{{"system", "be brief"}, {"user", "hello"}}}

func good(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, `{"model":"m1-x","choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":2}}`)
}

func status(code int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

func text(s string) http.HandlerFunc { return status(200, s) }

// cut promises more than it sends.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "500")
	io.WriteString(w, `{"choices":[{"message":{"content":"func half`)
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

func hang(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func TestOpenAI(t *testing.T) {
	s := serve(t, good)
	temperature := 0.0
	req := ask
	req.MaxTokens, req.Temperature = 100, &temperature
	got, err := s.client(t, nil).Complete(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	want := Response{Text: "hi", Finish: "stop", Model: "m1-x", PromptTokens: 7, CompletionTokens: 2}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if s.auth != "Bearer "+secret {
		t.Errorf("authorization: got %q", s.auth)
	}
	if temp, ok := s.last["temperature"].(float64); !ok || temp > 1e-6 {
		t.Errorf("temperature: got %v", s.last["temperature"])
	}
	if s.last["model"] != "m1" || s.last["max_tokens"] != 100.0 || len(s.last["messages"].([]any)) != 2 {
		t.Errorf("request: %v", s.last)
	}
}

func TestOpenAIReasoningModel(t *testing.T) {
	s := serve(t, good)
	temperature := 0.3
	c := s.client(t, nil).(*chat)
	c.spec.Arg = "o3-mini"
	if _, err := c.Complete(t.Context(), Request{MaxTokens: 100, Temperature: &temperature}); err != nil {
		t.Fatal(err)
	}
	if s.last["max_completion_tokens"] != 100.0 || s.last["max_tokens"] != nil || s.last["temperature"] != nil {
		t.Errorf("request: %v", s.last)
	}
}

func TestOpenAIOddAnswers(t *testing.T) {
	tests := []struct {
		name, body string
		want       Response
	}{
		{"no usage", `{"choices":[{"message":{"content":"12345"},"finish_reason":"stop"}]}`,
			Response{Text: "12345", Finish: "stop", PromptTokens: 4, CompletionTokens: 2, Estimated: true}},
		{"cut off by a limit", `{"choices":[{"message":{"content":"a"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`,
			Response{Text: "a", Finish: FinishLength, PromptTokens: 1, CompletionTokens: 1}},
		{"refusal", `{"choices":[{"message":{"refusal":"no"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`,
			Response{Text: "no", Finish: "stop", PromptTokens: 1, CompletionTokens: 1}},
		{"nothing", `{"choices":[{"message":{"content":null},"finish_reason":null}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`,
			Response{PromptTokens: 1, CompletionTokens: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := serve(t, text(tt.body)).client(t, nil).Complete(t.Context(), ask)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestOpenAIRetries(t *testing.T) {
	tests := []struct {
		name   string
		steps  []http.HandlerFunc
		reason string // of the first retry
	}{
		{"429", []http.HandlerFunc{status(429, `{"error":{"message":"slow down"}}`), good}, "status 429 Too Many Requests: slow down"},
		{"500 500", []http.HandlerFunc{status(500, "oops"), status(503, ""), good}, "status 500 Internal Server Error: oops"},
		{"cut", []http.HandlerFunc{cut, good}, "the answer broke off: unexpected EOF"},
		{"garbage", []http.HandlerFunc{text("<html>bad gateway</html>"), good}, "the server sent something that is not JSON"},
		{"empty object", []http.HandlerFunc{text("{}"), good}, "the server sent no choices"},
		{"error with status 200", []http.HandlerFunc{text(`{"error":{"message":"overloaded"}}`), good}, "status 200 OK: overloaded"},
		{"reset", []http.HandlerFunc{reset, good}, "connection reset by peer"},
		{"closed", []http.HandlerFunc{func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, good}, "the server closed the connection without an answer"},
		{"hang", []http.HandlerFunc{hang, good}, "no answer within 50ms"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.steps...)
			c := s.client(t, func(o *Options) {
				if tt.name == "hang" {
					o.Timeout = 50 * time.Millisecond
				}
			})
			got, err := c.Complete(t.Context(), ask)
			if err != nil || got.Text != "hi" {
				t.Fatalf("got %v, %v", got, err)
			}
			retries := len(tt.steps) - 1
			if got.PromptTokens != 7 || got.CompletionTokens != 2 || got.Estimated {
				t.Errorf("usage: got %+v", got)
			}
			if len(s.told) != retries || !strings.Contains(s.told[0].Reason, tt.reason) {
				t.Errorf("told of %+v, want %d retries and %q", s.told, retries, tt.reason)
			}
			for i, w := range s.waits {
				base := firstWait << i
				if w < base/2 || w > base*3/2 {
					t.Errorf("wait %d: %s is not around %s", i, w, base)
				}
			}
		})
	}
}

func TestOpenAIRetryAfter(t *testing.T) {
	s := serve(t, status(429, "", "Retry-After", "7"), status(503, "", "Retry-After", time.Now().Add(20*time.Second).UTC().Format(http.TimeFormat)), good)
	if _, err := s.client(t, nil).Complete(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	if len(s.waits) != 2 || s.waits[0] != 7*time.Second || s.waits[1] < 17*time.Second || s.waits[1] > 20*time.Second {
		t.Errorf("waited %v, want 7s and about 20s", s.waits)
	}
}

// A date to wait for is one of the server's clock: this machine's may be hours
// behind or ahead.
func TestOpenAIRetryAfterClocks(t *testing.T) {
	for _, off := range []time.Duration{-5 * time.Hour, 0, 5 * time.Hour} {
		there := time.Now().Add(off)
		s := serve(t, status(503, "", "Date", there.UTC().Format(http.TimeFormat), "Retry-After", there.Add(20*time.Second).UTC().Format(http.TimeFormat)), good)
		if _, err := s.client(t, nil).Complete(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
		if len(s.waits) != 1 || s.waits[0] != 20*time.Second {
			t.Errorf("off by %v: waited %v, want 20s", off, s.waits)
		}
	}
}

func TestOpenAIFails(t *testing.T) {
	tests := []struct {
		name string
		step http.HandlerFunc
		hits int32
		want string
	}{
		{"unauthorized", status(401, `{"error":{"message":"Incorrect API key provided: `+secret+`."}}`), 1,
			"openai:m1: @ answers: status 401 Unauthorized: Incorrect API key provided: [OPENAI_API_KEY]. | check OPENAI_API_KEY: the server does not accept it for this model"},
		{"no such model", status(404, `{"error":{"message":"model m1 not found","code":"model_not_found"}}`), 1,
			`openai:m1: @ answers: status 404 Not Found: model m1 not found | check the model name "m1", and that OPENAI_BASE_URL ends in the API's version, usually /v1`},
		{"bad request", status(400, `{"error":"too long"}`), 1, "openai:m1: @ answers: status 400 Bad Request: too long"},
		{"no credit", status(429, `{"error":{"message":"quota","code":"insufficient_quota"}}`), 1, "status 429 Too Many Requests: quota | the account has no credit left"},
		{"always 429", status(429, "slow"), 4, "openai:m1: @ answers after 4 attempts: status 429 Too Many Requests: slow | wait, or lower"},
		{"always 500", status(500, ""), 4, "answers after 4 attempts: status 500 Internal Server Error"},
		{"always garbage", text("\x00\xff"), 4, "openai:m1: cannot get an answer from @ after 4 attempts: the server sent something that is not JSON | check that the server runs and that OPENAI_BASE_URL (now @) is its address"},
		{"always cut", cut, 4, "after 4 attempts: the answer broke off"},
		{"asks for an hour", status(429, "slow", "Retry-After", "3600"), 1, "slow; the server asks to wait 1h0m0s, which is longer than this waits"},
		{"long message", status(400, strings.Repeat("x", 1000)), 1, strings.Repeat("x", 300) + "…"},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			for buf := make([]byte, 1<<20); ; {
				if _, err := w.Write(buf); err != nil {
					return
				}
			}
		}, 1, "the answer is longer than 16 MB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.step)
			_, err := s.client(t, nil).Complete(t.Context(), ask)
			want := strings.ReplaceAll(tt.want, "@", s.URL+"/v1")
			if !strings.Contains(full(err), want) {
				t.Errorf("got %q\nwant %q in it", full(err), want)
			}
			if strings.Contains(full(err), secret) {
				t.Errorf("the key is in the error: %v", err)
			}
			if got := s.hits.Load(); got != tt.hits {
				t.Errorf("%d requests, want %d", got, tt.hits)
			}
		})
	}
}

func TestOpenAIHangs(t *testing.T) {
	s := serve(t, hang)
	_, err := s.client(t, func(o *Options) { o.Timeout = 20 * time.Millisecond }).Complete(t.Context(), ask)
	if !strings.Contains(full(err), "after 2 attempts: no answer within 20ms") {
		t.Errorf("got %v", err)
	}
}

func TestOpenAIUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String() + "/v1"
	l.Close()
	s := serve(t, good)
	_, err = s.client(t, func(o *Options) {
		o.Getenv = env("OPENAI_API_KEY", secret, "OPENAI_BASE_URL", base)
	}).Complete(t.Context(), ask)
	for _, want := range []string{"openai:m1: cannot get an answer from " + base, "connection refused", "OPENAI_BASE_URL (now " + base + ")"} {
		if !strings.Contains(full(err), want) {
			t.Errorf("got %q, want %q in it", full(err), want)
		}
	}
	if len(s.waits) > 0 {
		t.Errorf("waited %v for a server that was never there", s.waits)
	}
}

func TestOpenAICancel(t *testing.T) {
	before := runtime.NumGoroutine()
	for name, step := range map[string]http.HandlerFunc{"while asking": hang, "while waiting": status(429, "", "Retry-After", "60")} {
		s := serve(t, step)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		start := time.Now()
		_, err := s.client(t, func(o *Options) { o.sleep = nil }).Complete(ctx, ask)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 3*time.Second {
			t.Errorf("%s: got %v after %s", name, err, time.Since(start))
		}
		s.CloseClientConnections()
		s.Close()
	}
	for i := 0; runtime.NumGoroutine() > before+2 && i < 100; i++ {
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before+2 {
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d before:\n%s", n, before, buf[:runtime.Stack(buf, true)])
	}
}

func TestOpenAISetup(t *testing.T) {
	tests := []struct {
		name string
		env  []string
		want string
	}{
		{"no key", nil, "openai:m: OPENAI_API_KEY is not set | export OPENAI_API_KEY=…, or OPENAI_BASE_URL=http://host:port/v1 for a server of your own"},
		{"no scheme", []string{"OPENAI_API_KEY", secret, "OPENAI_BASE_URL", "localhost:11434/v1"}, "OPENAI_BASE_URL is not an http address | set it to something like"},
		{"not a URL", []string{"OPENAI_API_KEY", secret, "OPENAI_BASE_URL", "http://a b"}, "OPENAI_BASE_URL is not an http address"},
		{"own server without a key", []string{"OPENAI_BASE_URL", "http://127.0.0.1:1/v1"}, ""},
	}
	for _, tt := range tests {
		_, err := New(Spec{Provider: OpenAI, Arg: "m"}, Options{Getenv: env(tt.env...)})
		if tt.want == "" && err != nil || !strings.Contains(full(err), tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, full(err), tt.want)
		}
	}
}

func TestBackoff(t *testing.T) {
	k := Key{Step: 3, Slot: 1}
	first := backoff(1, k, 1)
	if again := backoff(1, k, 1); again != first {
		t.Error("the same call waits differently")
	}
	if first == backoff(2, k, 1) || backoff(1, k, 1) == backoff(1, Key{Step: 3, Slot: 2}, 1) {
		t.Error("different calls wait the same")
	}
	if w := backoff(1, k, 60); w > longWait*3/2 {
		t.Errorf("attempt 60 waits %s", w)
	}
}
