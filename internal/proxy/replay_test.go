package proxy

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

// TestReplay: a recording answers without a server, and what it does not have
// is an error of the program and of its evaluation.
func TestReplay(t *testing.T) {
	u := serve(t, counter())
	p, store := start(t, u, nil)
	l := p.Lease("x", 0)
	_, want := l.program().chat(t, hello)
	l.Close()
	p.Close()
	u.Close()

	again, err := Start(t.Context(), Options{Store: store, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	l = again.Lease("y", 0)
	if _, got := l.program().chat(t, hello); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	l = again.Lease("z", 0)
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
	prog := p.Lease("x", 0).program()
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
	prog = again.Lease("y", 0).program()
	for i, want := range answers {
		if _, got := prog.chat(t, hello); got != want {
			t.Errorf("answer %d: got %s, want %s", i, got, want)
		}
	}
}
