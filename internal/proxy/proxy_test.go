package proxy

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/internal/llm"
)

const realKey = "sk-real-secret"

// memory is a store.
type memory struct {
	mu      sync.Mutex
	answers map[Key]Answer
	saved   []Exchange
	fails   error
	full    error
}

func (m *memory) Load(k Key) (Answer, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.answers[k]
	return a, ok, m.fails
}

func (m *memory) Ready() error { return m.full }

func (m *memory) Save(x Exchange) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saved = append(m.saved, x)
	if x.Answer != nil {
		if m.answers == nil {
			m.answers = map[Key]Answer{}
		}
		m.answers[x.Key] = *x.Answer
	}
	return nil
}

// An upstream is the real server.
type upstream struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	auth   []string
}

func serve(t testing.TB, answer http.HandlerFunc) *upstream {
	u := &upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		u.mu.Lock()
		u.bodies = append(u.bodies, string(body))
		u.auth = append(u.auth, r.Header.Get("Authorization"))
		u.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer(w, r)
	}))
	t.Cleanup(func() {
		u.CloseClientConnections()
		u.Close()
	})
	return u
}

func (u *upstream) requests() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.bodies)
}

func start(t testing.TB, u *upstream, change func(*Options)) (*Proxy, *memory) {
	t.Helper()
	base, err := url.Parse(u.URL + "/v1")
	if err != nil {
		t.Fatal(err)
	}
	store := &memory{}
	opt := Options{Base: base, Key: realKey, Store: store, Meter: llm.NewMeter(llm.Budget{}, llm.Spent{}, nil)}
	if change != nil {
		change(&opt)
	}
	p, err := Start(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, store
}

// A program is a client that knows only what its lease gives it.
type program struct {
	base, key string
}

func (l *Lease) program() program {
	var p program
	for _, e := range l.Env() {
		switch name, value, _ := strings.Cut(e, "="); name {
		case "OPENAI_BASE_URL":
			p.base = value
		case "OPENAI_API_KEY":
			p.key = value
		}
	}
	return p
}

func (p program) do(ctx context.Context, method, path, body string) (int, string, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.base+path, strings.NewReader(body))
	if err != nil {
		return 0, "", nil, err
	}
	req.Header.Set("Authorization", "Bearer "+p.key)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data), resp.Header, err
}

func (p program) chat(t testing.TB, body string) (int, string) {
	t.Helper()
	status, text, _, err := p.do(t.Context(), "POST", "/chat/completions", body)
	if err != nil {
		t.Fatal(err)
	}
	return status, text
}

// counter answers each request with its number.
func counter() http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":"%d","choices":[{"message":{"content":"%d"}}],"usage":{"prompt_tokens":10,"completion_tokens":2}}`, n, n)
	}
}

const hello = `{"model":"m","messages":[{"role":"user","content":"hello"}]}`

func TestProxy(t *testing.T) {
	u := serve(t, counter())
	p, store := start(t, u, nil)
	first := p.Lease("first")
	a := first.program()

	// Equal requests of one evaluation are different calls.
	status, one := a.chat(t, hello)
	if status != 200 || !strings.Contains(one, `"id":"1"`) {
		t.Fatalf("got %d %s", status, one)
	}
	_, two := a.chat(t, `{ "messages" : [{"content":"hello","role":"user"}], "model":"m" }`)
	if !strings.Contains(two, `"id":"2"`) {
		t.Errorf("a second question got the first answer: %s", two)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if status, text := a.chat(t, hello); status != 401 || !strings.Contains(text, "while it is evaluated") {
		t.Errorf("a token is good after its lease: %d %s", status, text)
	}

	// In another evaluation they get the same answers, which cost nothing.
	second := p.Lease("second")
	b := second.program()
	if _, got := b.chat(t, hello); got != one {
		t.Errorf("got %s, want %s", got, one)
	}
	if _, got := b.chat(t, hello); got != two {
		t.Errorf("got %s, want %s", got, two)
	}
	if _, got := b.chat(t, strings.Replace(hello, "hello", "bye", 1)); !strings.Contains(got, `"id":"3"`) {
		t.Errorf("got %s", got)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if n := u.requests(); n != 3 || p.Answered() != 2 {
		t.Errorf("%d requests reached the server, %d were answered without it; want 3 and 2", n, p.Answered())
	}
	if spent := p.opt.Meter.Spent(); spent.Calls != 3 || spent.Tokens != 36 {
		t.Errorf("spent %+v", spent)
	}
	// The key is added, and is nowhere else.
	for _, auth := range u.auth {
		if auth != "Bearer "+realKey {
			t.Errorf("the server got %q", auth)
		}
	}
	text, _ := json.Marshal(store.saved)
	env := strings.Join(append(first.Env(), second.Env()...), " ")
	for what, s := range map[string]string{"recording": string(text), "environment": env} {
		if strings.Contains(s, realKey) {
			t.Errorf("the key is in the %s", what)
		}
	}
	if strings.Contains(string(text), "no-key") || first.token == second.token {
		t.Error("a token is recorded, or used twice")
	}
	var got []string
	for _, x := range store.saved {
		got = append(got, fmt.Sprintf("%s %s %d %s %d %d", x.For, x.Path, x.N, x.Model, x.Answer.Status, x.Spent.Tokens))
	}
	want := []string{"first /chat/completions 0 m 200 12", "first /chat/completions 1 m 200 12", "second /chat/completions 0 m 200 12"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("recorded (-want +got):\n%s", d)
	}
}

// TestStrangers: nobody without a token is served, and nothing is passed on
// that cannot be counted.
func TestStrangers(t *testing.T) {
	u := serve(t, counter())
	p, _ := start(t, u, nil)
	l := p.Lease("x")
	good := l.program()
	for _, key := range []string{"", "x", realKey, good.key[:len(good.key)-1], good.key + "0"} {
		stranger := program{good.base, key}
		if status, text := stranger.chat(t, hello); status != 401 {
			t.Errorf("%q: got %d %s", key, status, text)
		}
	}
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/images/generations", "{}", 404, "is not passed on"},
		{"GET", "/chat/completions", "", 404, "is not passed on"},
		{"POST", "/chat/../images/generations", "{}", 404, "is not passed on"},
		{"POST", "/chat/completions", "{", 400, "no JSON object"},
		{"POST", "/chat/completions", "[]", 400, "no JSON object"},
		{"POST", "/chat/completions", "null", 400, "no JSON object"},
		{"POST", "/chat/completions", "{} {}", 400, "something follows"},
		{"POST", "/chat/completions", strings.Repeat("x", maxBody+1), 413, "longer than 16 MB"},
	} {
		status, text, _, err := good.do(t.Context(), tt.method, tt.path, tt.body)
		if err != nil && tt.status != 413 { // the server may close the connection before all is sent
			t.Fatal(err)
		}
		if err == nil && (status != tt.status || !strings.Contains(text, tt.want)) {
			t.Errorf("%s %s: got %d %s", tt.method, tt.path, status, text)
		}
	}
	if n := u.requests(); n != 0 {
		t.Errorf("%d requests reached the server", n)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func sse(events ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		for _, e := range events {
			if e == "CUT" {
				panic(http.ErrAbortHandler)
			}
			io.WriteString(w, "data: "+e+"\n\n")
			w.(http.Flusher).Flush()
		}
	}
}

const (
	piece1 = `{"choices":[{"delta":{"content":"a"},"finish_reason":null}]}`
	piece2 = `{"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]}`
	used   = `{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}`
	stream = `{"model":"m","stream":true,"messages":[]}`
)

func TestStreams(t *testing.T) {
	whole := "data: " + piece1 + "\n\ndata: " + piece2 + "\n\ndata: [DONE]\n\n"
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		body   string
		want   string
		tokens int
		kept   bool
		broken bool
	}{
		{"the usage is counted and hidden", sse(piece1, piece2, used, "[DONE]"), stream, whole, 10, true, false},
		{"the program wants the usage", sse(piece1, piece2, used, "[DONE]"), `{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[]}`,
			strings.Replace(whole, "data: [D", "data: "+used+"\n\ndata: [D", 1), 10, true, false},
		{"no usage", sse(piece1, piece2, "[DONE]"), stream, whole, -1, true, false},
		{"no end but a finish", sse(piece1, piece2), stream, strings.TrimSuffix(whole, "data: [DONE]\n\n"), -1, true, false},
		{"broken off", sse(piece1, "CUT"), stream, "data: " + piece1 + "\n\n", -1, false, true},
		{"ended too early", sse(piece1), stream, "data: " + piece1 + "\n\n", -1, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := serve(t, tt.answer)
			p, store := start(t, u, nil)
			l := p.Lease("x")
			_, got, _, err := l.program().do(t.Context(), "POST", "/chat/completions", tt.body)
			if (err != nil) != tt.broken {
				t.Errorf("error %v", err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			p.Close() // waits for the recording
			if len(store.saved) != 1 || (store.saved[0].Answer != nil) != tt.kept {
				t.Fatalf("saved %+v", store.saved)
			}
			if tt.kept && string(store.saved[0].Answer.Body) != tt.want {
				t.Errorf("recorded %s", store.saved[0].Answer.Body)
			}
			spent := p.opt.Meter.Spent()
			if tt.tokens >= 0 && spent.Tokens != tt.tokens || tt.tokens < 0 && (spent.Tokens == 0 || !spent.Guess) {
				t.Errorf("spent %+v", spent)
			}
			if !strings.Contains(u.bodies[0], `"include_usage":true`) {
				t.Errorf("the server was not asked for the usage: %s", u.bodies[0])
			}
		})
	}
}

// TestStreamComesAtOnce: pieces are passed on as they come.
func TestStreamComesAtOnce(t *testing.T) {
	more := make(chan bool)
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sse(piece1)(w, r)
		<-more
		sse(piece2, "[DONE]")(w, r)
	})
	p, _ := start(t, u, nil)
	prog := p.Lease("x").program()
	req, _ := http.NewRequestWithContext(t.Context(), "POST", prog.base+"/chat/completions", strings.NewReader(stream))
	req.Header.Set("Authorization", "Bearer "+prog.key)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	if err != nil || !strings.Contains(line, `"a"`) {
		t.Errorf("got %q, %v", line, err)
	}
	close(more)
	io.Copy(io.Discard, resp.Body)
}

// TestReplay: a recording answers without a server, and what it does not have
// is an error of the program and of its evaluation.
func TestReplay(t *testing.T) {
	u := serve(t, counter())
	p, store := start(t, u, nil)
	l := p.Lease("x")
	_, want := l.program().chat(t, hello)
	l.Close()
	p.Close()
	u.Close()

	again, err := Start(t.Context(), Options{Store: store, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	l = again.Lease("y")
	if _, got := l.program().chat(t, hello); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	l = again.Lease("z")
	l.program().chat(t, hello)
	status, text := l.program().chat(t, hello)
	if status != 404 || !strings.Contains(text, "no further answer to a request that the program repeats (chat/completions)") {
		t.Errorf("got %d %s", status, text)
	}
	var missing *MissingError
	if err := l.Close(); !errors.As(err, &missing) {
		t.Errorf("the evaluation: %v", err)
	}
}

// TestErrors: statuses and headers of the server reach the program, the key
// does not, and what a further attempt may mend is not kept.
func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answer  http.HandlerFunc
		status  int
		want    string
		kept    bool
		charged bool
	}{
		{"401", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "incorrect key "+realKey, http.StatusUnauthorized)
		}, 401, "incorrect key [OPENAI_API_KEY]", false, false},
		{"429", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.Header().Set("Set-Cookie", "a=b")
			http.Error(w, "slow", http.StatusTooManyRequests)
		}, 429, "slow", false, false},
		{"400", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "bad", 400) }, 400, "bad", true, false},
		{"500", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "oops", 500) }, 500, "oops", false, false},
		{"504", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "late", http.StatusGatewayTimeout) }, 504, "late", false, true},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere", http.StatusTemporaryRedirect)
		}, 502, "sends the request elsewhere", false, false},
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"choices`)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, 502, "the answer broke off", false, true},
		{"hang", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 504, "no whole answer within 300ms", false, true},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			for buf := make([]byte, 1<<20); ; {
				if _, err := w.Write(buf); err != nil {
					return
				}
			}
		}, 502, "longer than 16 MB", false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := serve(t, tt.answer)
			p, store := start(t, u, func(o *Options) {
				if tt.name == "hang" {
					o.Timeout = 300 * time.Millisecond
				}
			})
			l := p.Lease("x")
			status, text, header, err := l.program().do(t.Context(), "POST", "/chat/completions", hello)
			if err != nil {
				t.Fatal(err)
			}
			if status != tt.status || !strings.Contains(text, tt.want) || strings.Contains(text, realKey) {
				t.Errorf("got %d %s", status, text)
			}
			if tt.name == "429" && (header.Get("Retry-After") != "7" || header.Get("Set-Cookie") != "") {
				t.Errorf("headers: %v", header)
			}
			if err := l.Close(); err != nil {
				t.Errorf("the evaluation counts for nothing: %v", err)
			}
			p.Close()
			if len(store.saved) != 1 || (store.saved[0].Answer != nil) != tt.kept || strings.Contains(store.saved[0].Error, realKey) {
				t.Errorf("saved %+v", store.saved)
			}
			if spent := p.opt.Meter.Spent(); spent.Calls != 1 || (spent.Tokens > 0) != tt.charged {
				t.Errorf("spent %+v", spent)
			}
		})
	}
}

// TestTriedAgain: a failed request keeps its number, so that a program that
// tries again finds the same answer in a replay, where nothing fails.
func TestTriedAgain(t *testing.T) {
	n := 0
	ok := counter()
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n%2 == 1 {
			w.WriteHeader(500)
			return
		}
		ok(w, r)
	})
	p, store := start(t, u, nil)
	prog := p.Lease("x").program()
	var answers []string
	for range 4 {
		if status, text := prog.chat(t, hello); status == 200 {
			answers = append(answers, text)
		}
	}
	again, err := Start(t.Context(), Options{Store: store, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	prog = again.Lease("y").program()
	for i, want := range answers {
		if _, got := prog.chat(t, hello); got != want {
			t.Errorf("answer %d: got %s, want %s", i, got, want)
		}
	}
}

// TestBudget: a program cannot spend more than the run may, and being refused
// says nothing about it.
func TestBudget(t *testing.T) {
	u := serve(t, counter())
	meter := llm.NewMeter(llm.Budget{Tokens: 1200}, llm.Spent{}, nil)
	p, _ := start(t, u, func(o *Options) { o.Meter = meter })
	l := p.Lease("x")
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
		l := p.Lease(fmt.Sprint(i))
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
			_, text, _, err := p.Lease("x").program().do(t.Context(), "POST", tt.path, tt.body)
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

// TestTogether: evaluations that ask the same at the same time pay once.
func TestTogether(t *testing.T) {
	ready := make(chan bool)
	ok := counter()
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		<-ready
		ok(w, r)
	})
	p, store := start(t, u, nil)
	var wg sync.WaitGroup
	got := make([]string, 8)
	for i := range got {
		prog := p.Lease("x").program()
		wg.Go(func() { _, got[i], _, _ = prog.do(context.Background(), "POST", "/chat/completions", hello) })
	}
	time.Sleep(50 * time.Millisecond)
	close(ready)
	wg.Wait()
	if slices.ContainsFunc(got, func(s string) bool { return s != got[0] || s == "" }) {
		t.Errorf("different answers: %q", got)
	}
	if n := u.requests(); n != 1 || len(store.saved) != 1 {
		t.Errorf("%d requests reached the server", n)
	}
}

// TestProgramEnds: an answer that has to be paid for is kept although nobody
// waits for it any more.
func TestProgramEnds(t *testing.T) {
	asked, ready := make(chan bool), make(chan bool)
	ok := counter()
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-ready
		ok(w, r)
	})
	p, _ := start(t, u, nil)
	ctx, cancel := context.WithCancel(t.Context())
	l := p.Lease("x")
	prog := l.program()
	ended := make(chan error)
	go func() {
		_, _, _, err := prog.do(ctx, "POST", "/chat/completions", hello)
		ended <- err
	}()
	<-asked
	cancel()
	if err := <-ended; err == nil {
		t.Error("the program got an answer")
	}
	l.Close()
	close(ready)
	if _, text := p.Lease("y").program().chat(t, hello); !strings.Contains(text, `"id":"1"`) {
		t.Errorf("got %s", text)
	}
	if n := u.requests(); n != 1 {
		t.Errorf("%d requests reached the server", n)
	}
}

// TestClose: nothing is left behind, whatever is going on.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	u := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	p, _ := start(t, u, func(o *Options) { o.Meter = llm.NewMeter(llm.Budget{Tokens: 20000}, llm.Spent{}, nil) })
	prog := p.Lease("x").program()
	var wg sync.WaitGroup
	for i := range 5 { // one is on its way, the others wait for its end
		wg.Go(func() {
			prog.do(context.Background(), "POST", "/chat/completions", fmt.Sprintf(`{"model":"m","max_tokens":16000,"messages":[%d]}`, i))
		})
	}
	for end := time.Now().Add(5 * time.Second); u.requests() == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	closed := make(chan bool)
	go func() { p.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Fatal("it does not close")
	}
	wg.Wait()
	u.CloseClientConnections()
	u.Close()
	http.DefaultClient.CloseIdleConnections()
	for i := 0; runtime.NumGoroutine() > before && i < 200; i++ {
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d before:\n%s", n, before, buf[:runtime.Stack(buf, true)])
	}
	if _, _, _, err := prog.do(context.Background(), "POST", "/chat/completions", hello); err == nil {
		t.Error("it still answers")
	}
}

// TestStoreFails: what cannot be recorded must not be lost in silence.
func TestStoreFails(t *testing.T) {
	u := serve(t, counter())
	p, store := start(t, u, nil)
	store.fails = errors.New("disk full")
	l := p.Lease("x")
	if status, text := l.program().chat(t, hello); status != 500 || !strings.Contains(text, "disk full") {
		t.Errorf("got %d %s", status, text)
	}
	if err := l.Close(); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("the evaluation: %v", err)
	}
	store.fails, store.full = nil, errors.New("no room")
	l = p.Lease("y")
	if status, text := l.program().chat(t, hello); status != 500 || !strings.Contains(text, "no room") {
		t.Errorf("got %d %s", status, text)
	}
	if err := l.Close(); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Errorf("the evaluation: %v", err)
	}
	if u.requests() > 0 || p.opt.Meter.Spent().Calls > 0 {
		t.Error("it was asked all the same")
	}
}

// TestEvents: a stream is cut into events the same way wherever it is cut into
// packets, and comes out as it went in.
func TestEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end")
		var in, want strings.Builder
		for range rapid.IntRange(0, 6).Draw(t, "events") {
			text := rapid.SampledFrom([]string{piece1, "x", "", `{"a":"` + strings.Repeat("long", 20000) + `"}`}).Draw(t, "data")
			lines := "data: " + text + end
			if rapid.Bool().Draw(t, "more lines") {
				lines = ": a remark" + end + "event: e" + end + lines
			}
			in.WriteString(lines + end)
			want.WriteString(lines + end)
			if rapid.Bool().Draw(t, "usage") {
				in.WriteString("data: " + used + end + end)
			}
			if rapid.Bool().Draw(t, "empty lines") {
				in.WriteString(end)
			}
		}
		s := &streamReader{r: bufio.NewReaderSize(&slow{data: []byte(in.String()), n: rapid.IntRange(1, 5000).Draw(t, "packet")}, 4096), hide: true, left: 1 << 20}
		var got strings.Builder
		for {
			e, err := s.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got.Write(e)
		}
		if d := cmp.Diff(want.String(), got.String()); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	s := &streamReader{r: bufio.NewReader(strings.NewReader("data: " + strings.Repeat("x", 10000))), left: 5000}
	if _, err := s.next(); !errors.Is(err, errLong) {
		t.Errorf("got %v", err)
	}
}

// slow gives n bytes at a time.
type slow struct {
	data []byte
	n    int
}

func (s *slow) Read(p []byte) (int, error) {
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.data[:min(s.n, len(s.data))])
	s.data = s.data[n:]
	return n, nil
}
