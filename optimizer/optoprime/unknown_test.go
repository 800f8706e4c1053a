package optoprime

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/opto-go/trace/optimizer"
)

// An answer that could not be judged is nobody's fault: the model is not told, and what
// others answered does not hide it.
func TestUnknown(t *testing.T) {
	broken := &optimizer.CheckError{Err: errors.New("no room")}
	for name, change := range map[string]func(*optimizer.Problem){
		"check": func(p *optimizer.Problem) {
			p.Check = func(_ context.Context, q optimizer.Proposal) error {
				if q.Assign["example.com/hello.x"] == "2.5" {
					return broken
				}
				return nil
			}
		},
		"read": func(p *optimizer.Problem) {
			p.Read = func(_ context.Context, text string) (optimizer.Proposal, error) {
				if strings.Contains(text, "2.5") {
					return optimizer.Proposal{}, broken
				}
				return optimizer.ParseAnswer(text, p.Params)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := play([]any{set("x", "3.5")}, []any{set("x", "2.5")})
			p := numeric()
			change(p)
			o := New(f, Options{OnReject: func(r Rejection) { t.Errorf("rejected: %+v", r) }})
			got, err := o.Propose(t.Context(), p, 2)
			if !errors.Is(err, broken) || got != nil {
				t.Errorf("proposals %v, error %v", got, err)
			}
			if len(f.requests) != 2 {
				t.Errorf("%d calls", len(f.requests))
			}
		})
	}
}

// What Read says of an answer is what the model is told.
func TestRead(t *testing.T) {
	f := play([]any{set("x", "2.5"), set("x", "3.5")})
	p := numeric()
	p.Read = func(_ context.Context, text string) (optimizer.Proposal, error) {
		if strings.Contains(text, "2.5") {
			return optimizer.Proposal{}, &optimizer.AnswerError{Problems: []string{"took too long"}}
		}
		return optimizer.ParseAnswer(text, p.Params)
	}
	var said string
	got, err := New(f, Options{OnReject: func(r Rejection) { said = r.Reason }}).Propose(t.Context(), p, 1)
	if err != nil || len(got) != 1 || got[0].Assign["example.com/hello.x"] != "3.5" || !strings.Contains(said, "> took too long") {
		t.Errorf("%v, %v; rejected: %q", got, err, said)
	}
}
