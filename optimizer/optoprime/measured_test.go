package optoprime

import (
	"strings"
	"testing"

	"github.com/opto-go/trace/optimizer"
)

// A benchmark objective is told with values and ratios; what is measured is
// neither counted among the cases nor among the scores.
func TestMeasured(t *testing.T) {
	p := &optimizer.Problem{
		Objective: "Lower the ns/op of BenchmarkX.",
		Params:    []optimizer.Param{{ID: "m.F", Name: "F", Kind: optimizer.FuncBody, Source: "func F() {}"}},
		Cases: []optimizer.Case{
			{Name: "TestF", Result: "pass", Score: 1},
			{Name: "BenchmarkX", Result: "pass", Score: 1, Measured: "1250 ns/op; besides 16 B/op"},
		},
		History: []optimizer.Attempt{
			{Accepted: true, Total: 1, Score: 1, Measured: "BenchmarkX 1250 ns/op"},
			{Step: 1, Total: 1, Score: 1, Measured: "BenchmarkX 1250 → 1249 ns/op (ratio 0.999); no gain", Proposal: optimizer.Proposal{Assign: map[string]string{"m.F": "func F() { _ = 0 }"}}},
			{Step: 2, Total: 1, Failed: 1, Feedback: "TestF: bad", Score: 1, Measured: "nothing, because a case fails that passed", Proposal: optimizer.Proposal{Assign: map[string]string{"m.F": "func F() { _ = 1 }"}}},
		},
	}
	text := report(p, 20<<10)
	last := -1
	for _, want := range []string{
		"Lower the ns/op of BenchmarkX.\nNow the one case shown here passes.\n",
		"### BenchmarkX: measures 1250 ns/op; besides 16 B/op\n",
		"### Passing: 1 case, which must stay so\n",
		"- TestF: pass\n",
		"### Step 0: the program as it was, 0 of 1 case failed, measured: BenchmarkX 1250 ns/op\n",
		"### Step 1: not accepted, 0 of 1 case failed, measured: BenchmarkX 1250 → 1249 ns/op (ratio 0.999); no gain\n",
		"### Step 2: not accepted, 1 of 1 case failed, measured: nothing, because a case fails that passed\n",
		"It failed with:\n> TestF: bad\n",
	} {
		i := strings.Index(text, want)
		if i <= last {
			t.Errorf("missing, or in another place: %q", want)
		}
		last = max(last, i)
	}
	p.Cases = p.Cases[1:]
	if text := report(p, 20<<10); !strings.Contains(text, "Lower the ns/op of BenchmarkX.\n\n## Variables") {
		t.Errorf("no case but the benchmark:\n%s", text)
	}
}

// What is the current source already is named and not shown again, with or
// without the comment that an answer may leave out.
func TestHistoryOfCurrentSource(t *testing.T) {
	p := &optimizer.Problem{
		Params: []optimizer.Param{{ID: "m.F", Name: "F", Kind: optimizer.FuncBody, Source: "// F is fast.\n// It is.\nfunc F() { _ = 1 }"}},
		History: []optimizer.Attempt{
			{Step: 1, Accepted: true, Proposal: optimizer.Proposal{Assign: map[string]string{"m.F": "func F() { _ = 1 }\n"}}},
			{Step: 2, Proposal: optimizer.Proposal{Assign: map[string]string{"m.F": "// F is slow.\nfunc F() { _ = 2 }"}}},
		},
	}
	text := between(report(p, 20<<10), "## History", "\n## ")
	if n := strings.Count(text, "It gave F its current source.\n"); n != 1 {
		t.Errorf("said %d times what is the current source:\n%s", n, text)
	}
	if strings.Contains(text, "_ = 1") || !strings.Contains(text, "_ = 2") {
		t.Errorf("the sources shown are not those of other attempts:\n%s", text)
	}
}
