package llm

import (
	"strings"
	"testing"
)

type tape map[Key]struct {
	req  Request
	resp Response
}

func (t tape) Answer(k Key) (Request, Response, bool) {
	e, ok := t[k]
	return e.req, e.resp, ok
}

func TestReplay(t *testing.T) {
	key := Key{Step: 2, Slot: 1}
	rec := tape{key: {Request{Key: key, Messages: []Message{{"user", "one\ntwo"}}}, Response{Text: "hi", PromptTokens: 9}}}
	var changes []string
	opt := Options{Recorded: rec, OnChange: func(k Key, diff string) { changes = append(changes, k.String()+"\n"+diff) }}
	c, err := New(Spec{Provider: Replay, Arg: "r1"}, opt)
	if err != nil {
		t.Fatal(err)
	}
	same := Request{Key: key, Messages: []Message{{"user", "one\ntwo"}}}
	if got, err := c.Complete(t.Context(), same); err != nil || got.Text != "hi" || len(changes) > 0 {
		t.Fatalf("got %v, %v, changes %q", got, err, changes)
	}
	other := Request{Key: key, Messages: []Message{{"user", "one\nthree"}}}
	if got, err := c.Complete(t.Context(), other); err != nil || got.Text != "hi" {
		t.Fatalf("got %v, %v", got, err)
	}
	if len(changes) != 1 || !strings.Contains(changes[0], "step 2, slot 1, repair 0\n--- recorded prompt\n+++ prompt now\n") || !strings.Contains(changes[0], "-two\n+three\n") {
		t.Errorf("changes: %q", changes)
	}
	_, err = c.Complete(t.Context(), Request{Key: Key{Step: 9}})
	if want := "replay:r1: the recording has no answer for step 9, slot 0, repair 0 | the run goes another way"; !strings.HasPrefix(full(err), want) {
		t.Errorf("got %q, want %q", full(err), want)
	}

	opt.Strict = true
	c, _ = New(Spec{Provider: Replay, Arg: "r1"}, opt)
	if _, err := c.Complete(t.Context(), other); !strings.Contains(full(err), "the prompt of step 2, slot 1, repair 0 differs from the recorded one:\n--- recorded") {
		t.Errorf("strict: got %v", err)
	}
	if _, err := New(Spec{Provider: Replay, Arg: "r1"}, Options{}); err == nil {
		t.Error("a replay without a recording")
	}
}

func TestDiffPromptsIsBounded(t *testing.T) {
	d := DiffPrompts(nil, []Message{{"user", strings.Repeat("long line\n", 10_000)}})
	if len(d) > 17<<10 || !strings.Contains(d, "the rest of the difference is left out") {
		t.Errorf("%d bytes", len(d))
	}
	if d := DiffPrompts([]Message{{"user", "a"}}, []Message{{"system", "a"}}); d != "the roles of the messages differ\n" {
		t.Errorf("got %q", d)
	}
}
