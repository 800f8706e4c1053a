package proxy

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestProxy(t *testing.T) {
	u := serve(t, counter())
	p, store := start(t, u, nil)
	first := p.Lease("first", 0)
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
	second := p.Lease("second", 0)
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
	// Another sample has answers of its own, also the next time.
	for range 2 {
		other := p.Lease("third", 1)
		if _, got := other.program().chat(t, hello); !strings.Contains(got, `"id":"4"`) {
			t.Errorf("another sample got %s", got)
		}
		other.Close()
	}
	if n := u.requests(); n != 4 || p.Answered() != 3 {
		t.Errorf("%d requests reached the server, %d were answered without it; want 4 and 3", n, p.Answered())
	}
	if spent := p.opt.Meter.Spent(); spent.Calls != 4 || spent.Tokens != 48 {
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
	want := []string{"first /chat/completions 0 m 200 12", "first /chat/completions 1 m 200 12", "second /chat/completions 0 m 200 12", "third /chat/completions 0 m 200 12"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("recorded (-want +got):\n%s", d)
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
		prog := p.Lease("x", 0).program()
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
