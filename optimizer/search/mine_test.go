package search

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/optimizer"
	trace "github.com/opto-go/trace/runtime"
)

func TestGotWant(t *testing.T) {
	tests := []struct {
		text string
		want []pair
	}{
		{`Make("a b") = "a--b", want "a-b"`, []pair{{"a--b", "a-b"}}},
		{`got 3, want 4`, []pair{{"3", "4"}}},
		{`got: 3; expected: 4`, []pair{{"3", "4"}}},
		{`expected 4, got 3`, []pair{{"3", "4"}}},
		{`want "x, y" but got "x y"`, []pair{{"x y", "x, y"}}},
		{`Area() returned 2.5, wanted 5`, []pair{{"2.5", "5"}}},
		{`got hello--you, want hello-you`, []pair{{"hello--you", "hello-you"}}},
		{`it is broken`, nil},
		{`want`, nil},
		{``, nil},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, gotWant(tt.text), cmp.AllowUnexported(pair{})); d != "" {
			t.Errorf("%s (-want +got)\n%s", tt.text, d)
		}
	}
}

func TestMine(t *testing.T) {
	h := mine([]optimizer.Case{
		{Name: "green", Result: "pass", Feedback: []string{`"never read"`}},
		{Name: "red", Result: "fail", Feedback: []string{`Greet("Bo") = "Hi Bo", want "Hello Bo!"`, "size 12 at 'x'"},
			Graph: &trace.Graph{Nodes: []*trace.GraphNode{{Statement: &trace.Statement{Kind: "input"}, Value: `[]string{"in put"}`}}}},
	})
	for _, s := range []string{"Hello ", "!", "Bo", "in put"} {
		found := false
		for _, have := range h.strings {
			found = found || have == s
		}
		if !found {
			t.Errorf("did not mine %q: %q", s, h.strings)
		}
	}
	for _, have := range h.strings {
		if have == "never read" {
			t.Errorf("mined a passing case: %q", h.strings)
		}
	}
	if len(h.ints) == 0 || h.ints[0] != 12 {
		t.Errorf("ints %v, want 12 first", h.ints)
	}
	if d := cmp.Diff('x', h.runes[len(h.runes)-1]); d != "" {
		t.Errorf("runes (-want +got)\n%s", d)
	}
}

func FuzzMine(f *testing.F) {
	f.Add(`f("x") = 1, want 2`)
	f.Add("got \"\\x00\", want `a`")
	f.Add("expected 1e999 got -0x1p-2 ''")
	f.Fuzz(func(t *testing.T, text string) {
		h := mine([]optimizer.Case{{Name: "x", Result: "fail", Feedback: []string{text}}})
		if len(h.strings) > maxMined || len(h.ints) > maxMined || len(h.floats) > maxMined || len(h.runes) > maxMined || len(h.pairs) > maxMined {
			t.Errorf("mined without bound: %d strings, %d ints", len(h.strings), len(h.ints))
		}
	})
}
