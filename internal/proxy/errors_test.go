package proxy

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

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
			l := p.Lease("x", 0)
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

// TestStoreFails: what cannot be recorded must not be lost in silence.
func TestStoreFails(t *testing.T) {
	u := serve(t, counter())
	p, store := start(t, u, nil)
	store.fails = errors.New("disk full")
	l := p.Lease("x", 0)
	if status, text := l.program().chat(t, hello); status != 500 || !strings.Contains(text, "disk full") {
		t.Errorf("got %d %s", status, text)
	}
	if err := l.Close(); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("the evaluation: %v", err)
	}
	store.fails, store.full = nil, errors.New("no room")
	l = p.Lease("y", 0)
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
