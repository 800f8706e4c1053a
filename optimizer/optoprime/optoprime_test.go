package optoprime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/optimizer"
)

var _ Client = llm.Client(nil)

// fake answers from a list for each slot; Complete is called concurrently.
type fake struct {
	mu       sync.Mutex
	answers  map[int][]any // string, llm.Response or error
	requests map[llm.Key]llm.Request
}

func play(slots ...[]any) *fake {
	f := &fake{answers: map[int][]any{}, requests: map[llm.Key]llm.Request{}}
	for i, s := range slots {
		f.answers[i] = s
	}
	return f
}

func (f *fake) Complete(_ context.Context, req llm.Request) (llm.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests[req.Key] = req
	list := f.answers[req.Key.Slot]
	if req.Key.Repair >= len(list) {
		return llm.Response{}, fmt.Errorf("no answer for %s", req.Key)
	}
	switch a := list[req.Key.Repair].(type) {
	case string:
		return llm.Response{Text: a, Finish: "stop"}, nil
	case llm.Response:
		return a, nil
	case error:
		return llm.Response{}, a
	}
	panic("no such answer")
}

func set(name, source string) string { return "Because.\n```value " + name + "\n" + source + "\n```\n" }

const goodBar = "Flip it.\n```go bar\nfunc bar(x float64) float64 {\n\treturn 2 * x\n}\n```"

// strict refuses x = 9.
func strict(_ context.Context, p optimizer.Proposal) error {
	if p.Assign["example.com/hello.x"] == "9" {
		return errors.New("constraint: x: 9 is no multiple of 0.5")
	}
	return nil
}

func TestPropose(t *testing.T) {
	const x = "example.com/hello.x"
	tests := []struct {
		name    string
		slots   [][]any
		want    []map[string]string
		err     string
		rejects []string // "slot.repair final reason", a part of it
		replies []string // last message of the repair call, a part of it
	}{
		{name: "one", slots: [][]any{{set("x", "2.5")}}, want: []map[string]string{{x: "2.5"}}},
		{name: "in slot order", slots: [][]any{{set("x", "2.5")}, {set("x", "3.5")}, {set("x", "4.5")}},
			want: []map[string]string{{x: "2.5"}, {x: "3.5"}, {x: "4.5"}}},
		{name: "equal ones once", slots: [][]any{{set("x", "2.5")}, {set("x", "2.5")}}, want: []map[string]string{{x: "2.5"}},
			rejects: []string{"1.0 true another slot of this step gave the same sources"}},
		{name: "repaired", slots: [][]any{{set("y", "1"), set("x", "2.5")}}, want: []map[string]string{{x: "2.5"}},
			rejects: []string{"0.0 false Your answer could not be used:\n\n> line 2 (```value y): no parameter is named y; known names: bar, x\n\nSend the whole answer again"},
			replies: []string{"known names: bar, x"}},
		{name: "not repaired", slots: [][]any{{set("y", "1"), set("z", "1")}},
			rejects: []string{"0.0 false ", "0.1 true Your answer could not be used:\n\n> line 2 (```value z)"}},
		{name: "check", slots: [][]any{{set("x", "9"), set("x", "8.5")}}, want: []map[string]string{{x: "8.5"}},
			rejects: []string{"0.0 false Your answer could not be used:\n\n> constraint: x: 9 is no multiple of 0.5\n"}},
		{name: "tried before", slots: [][]any{{set("x", "1.0"), goodBar}},
			want:    []map[string]string{{"example.com/hello.bar": "func bar(x float64) float64 {\n\treturn 2 * x\n}"}},
			rejects: []string{"> step 1 gave the same sources already: not accepted, 0 of 1 case failed, mean score 2\n"}},
		{name: "cut off by the provider", slots: [][]any{{llm.Response{Text: set("x", "2.5"), Finish: llm.FinishLength}, set("x", "3")}}, want: []map[string]string{{x: "3"}},
			rejects: []string{"0.0 false Your answer was cut off before its end, so nothing of it was used."}},
		{name: "cut off twice", slots: [][]any{{llm.Response{Text: set("x", "2.5"), Finish: llm.FinishLength}, llm.Response{Text: set("x", "2.5"), Finish: llm.FinishLength}}},
			rejects: []string{"0.0 false ", "0.1 true Your answer was cut off"}},
		{name: "fence not closed", slots: [][]any{{"```value x\n2.5", set("x", "3")}}, want: []map[string]string{{x: "3"}},
			rejects: []string{"0.0 false Your answer was cut off before its end"}},
		{name: "nothing to change", slots: [][]any{{"All is well. TERMINATE", "I insist."}},
			rejects: []string{"0.0 false Your answer changes nothing:\n\n> the answer has no fenced block, so it changes nothing\n\nNow the one case shown here passes; the mean score is 6, and higher is better. Give the change", "0.1 true "}},
		{name: "empty", slots: [][]any{{"", set("x", "3")}}, want: []map[string]string{{x: "3"}}, rejects: []string{"> the answer is empty"}},
		{name: "call failed", slots: [][]any{{errors.New("no route")}}, err: "no route", rejects: []string{"0.0 true no route"}},
		{name: "one call failed", slots: [][]any{{errors.New("no route")}, {set("x", "3")}}, want: []map[string]string{{x: "3"}}, rejects: []string{"0.0 true no route"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := play(tt.slots...)
			p := numeric()
			p.Check = strict
			var rejects []string
			o := New(f, Options{OnReject: func(r Rejection) {
				rejects = append(rejects, fmt.Sprintf("%d.%d %t %s", r.Key.Slot, r.Key.Repair, r.Final, r.Reason))
			}})
			got, err := o.Propose(t.Context(), p, len(tt.slots))
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Fatalf("error: got %v, want %q", err, tt.err)
			}
			var assigns []map[string]string
			for _, q := range got {
				assigns = append(assigns, q.Assign)
				if q.Reasoning == "" {
					t.Error("the reasoning is lost")
				}
			}
			if d := cmp.Diff(tt.want, assigns); d != "" {
				t.Errorf("proposals (-want +got):\n%s", d)
			}
			if len(rejects) != len(tt.rejects) {
				t.Fatalf("rejections: got %q, want %q", rejects, tt.rejects)
			}
			for i, want := range tt.rejects {
				if !strings.Contains(rejects[i], want) {
					t.Errorf("rejection: got %q, want %q in it", rejects[i], want)
				}
			}
			prompt := o.Prompt(p)
			for key, req := range f.requests {
				if key.Step != p.Step || len(req.Messages) != 2+2*key.Repair {
					t.Errorf("%s: %d messages", key, len(req.Messages))
				}
				if d := cmp.Diff(prompt, req.Messages[:2]); d != "" {
					t.Errorf("%s opens differently:\n%s", key, d)
				}
				if key.Repair > 0 && (req.Messages[2].Role != "assistant" || req.Messages[2].Content == "" || req.Messages[3].Role != "user") {
					t.Errorf("%s: repair turn %+v", key, req.Messages[2:])
				}
			}
		})
	}
}

func TestProposeWithoutCalls(t *testing.T) {
	f := play()
	p := numeric()
	p.Params = nil
	got, err := New(f, Options{}).Propose(t.Context(), p, 3)
	if got != nil || err != nil || len(f.requests) > 0 {
		t.Errorf("no parameters: got %v, %v after %d calls", got, err, len(f.requests))
	}
}

func TestNoRepairs(t *testing.T) {
	f := play([]any{"nothing", set("x", "3")})
	got, err := New(f, Options{Repairs: -1}).Propose(t.Context(), numeric(), 1)
	if len(got) > 0 || err != nil || len(f.requests) != 1 {
		t.Errorf("got %v, %v after %d calls", got, err, len(f.requests))
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := numeric()
	p.Check = func(ctx context.Context, _ optimizer.Proposal) error { cancel(); return errors.New("stopped") }
	f := play([]any{set("x", "3"), set("x", "4")})
	got, err := New(f, Options{OnReject: func(r Rejection) { t.Errorf("rejected: %+v", r) }}).Propose(ctx, p, 1)
	if len(got) > 0 || !errors.Is(err, context.Canceled) || len(f.requests) != 1 {
		t.Errorf("got %v, %v after %d calls", got, err, len(f.requests))
	}
}

func TestEcho(t *testing.T) {
	if got := echo(" \n"); got != "(an empty answer)" {
		t.Errorf("got %q", got)
	}
	if got := echo(strings.Repeat("x", 1<<20)); len(got) > 33<<10 {
		t.Errorf("%d bytes go back", len(got))
	}
}
