package proxy

import (
	"strings"
	"testing"
)

// TestStrangers: nobody without a token is served, and nothing is passed on
// that cannot be counted.
func TestStrangers(t *testing.T) {
	u := serve(t, counter())
	p, _ := start(t, u, nil)
	l := p.Lease("x", 0)
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
