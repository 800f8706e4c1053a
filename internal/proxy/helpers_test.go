package proxy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

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
