package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// shownRun is a run of one step with so many candidates that made nothing better and
// that were rejected, beside one that was accepted and one that was better than the
// original and not the best.
func shownRun(idle, rejected int) *journal.Run {
	run := &journal.Run{
		Dir:      "runs/id",
		Baseline: &journal.Baseline{Candidate: "00000000", Total: journal.Total{Failed: 3, Scored: 4}},
		Accepted: []journal.Accepted{{Hash: "aaaaaaaa", Step: 1}},
	}
	add := func(h string, failed int, why, no string) {
		c := journal.Candidate{Hash: journal.Hash(h), Base: "00000000", Step: 1, Index: len(run.Candidates), Reasoning: why, Rejected: no}
		if no == "" {
			c.Total = &journal.Total{Failed: failed, Scored: 4}
		}
		run.Candidates = append(run.Candidates, c)
	}
	for i := range idle {
		add(fmt.Sprintf("1111111%d", i), 3, "changed i to i + 1", "")
	}
	add("bbbbbbbb", 2, "changed a", "")
	add("aaaaaaaa", 1, "\n\n  changed \x1b[31mb\tand\nmore", "")
	for i := range rejected {
		add("", 0, "changed c", fmt.Sprintf("types: no. %d", min(i, 1)))
	}
	// They end in any order.
	run.Candidates[0], run.Candidates[len(run.Candidates)-1] = run.Candidates[len(run.Candidates)-1], run.Candidates[0]
	return run
}

func shownCandidates(t *testing.T, run *journal.Run, all bool) []string {
	t.Helper()
	var b strings.Builder
	if err := Show(&b, run, all); err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(b.String()) {
		if text, ok := strings.CutPrefix(line, "step 1     "); ok {
			list = append(list, strings.TrimRight(text, "\n"))
		}
	}
	return list
}

func TestShowCandidates(t *testing.T) {
	better := func(i int) []string {
		return []string{
			fmt.Sprintf("candidate %d bbbbbbbb: 2 of 4 failing, mean score 0; changed a", i),
			fmt.Sprintf("candidate %d aaaaaaaa: 1 of 4 failing, mean score 0, accepted; changed [31mb and", i+1),
		}
	}
	for _, tt := range []struct {
		idle, rejected int
		want           []string
	}{
		{1, 0, append([]string{"candidate 0 11111110: 3 of 4 failing, mean score 0; changed i to i + 1"}, better(1)...)},
		{31, 0, append(better(31), "31 others: none better (-all lists them)")},
		{0, 1, append(better(0), "candidate 2: rejected: types: no. 0; changed c")},
		{4, 5, append(better(4), "4 others: none better (-all lists them)", "5 others: rejected: types: no. 0; and for 1 other reason")},
		{0, 4, append(better(0), "4 others: rejected: types: no. 0; and for 1 other reason (-all lists them)")},
	} {
		run := shownRun(tt.idle, tt.rejected)
		if diff := cmp.Diff(tt.want, shownCandidates(t, run, false)); diff != "" {
			t.Errorf("%d and %d rejected (-want +got):\n%s", tt.idle, tt.rejected, diff)
		}
		if got := shownCandidates(t, run, true); len(got) != tt.idle+tt.rejected+2 {
			t.Errorf("%d and %d rejected, with all: %q", tt.idle, tt.rejected, got)
		}
	}

	// What was measured is shown in any case.
	run := shownRun(8, 0)
	run.Measured = []journal.Measured{{For: forStep, Step: 1, Base: "00000000", Hash: "11111113", Why: "no gain"}}
	if got := shownCandidates(t, run, false); len(got) != 4 || !strings.HasPrefix(got[0], "candidate 3 11111113: ") || got[3] != "7 others: none better (-all lists them)" {
		t.Errorf("with a measured one: %q", got)
	}

	// A long description ends with the line.
	run = shownRun(1, 0)
	run.Candidates[1].Reasoning = strings.Repeat("wörd ", 100)
	if got := shownCandidates(t, run, false)[1]; len([]rune("step 1     "+got)) > showWidth || !strings.HasSuffix(got, "…") {
		t.Errorf("%d runes: %s", len([]rune(got)), got)
	}
}

func TestShowCandidate(t *testing.T) {
	dir := t.TempDir()
	blob := func(text string) journal.Hash {
		h := journal.Sum([]byte(text))
		if err := os.WriteFile(filepath.Join(dir, "blobs", string(h)), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return h
	}
	if err := os.Mkdir(filepath.Join(dir, "blobs"), 0o777); err != nil {
		t.Fatal(err)
	}
	run := shownRun(2, 1)
	run.Dir = dir
	run.Candidates[0].Assign = map[string]journal.Hash{"m.G": blob("func G() {}\n"), "m.F": blob("func F() {}\n")}
	run.Candidates[2].Assign = map[string]journal.Hash{"m.F": blob("func F() { a() }\n")}
	run.Candidates = append(run.Candidates, journal.Candidate{Hash: "cccccccc", Base: "aaaaaaaa", Step: 1, Index: 3})
	run.Proposed = []journal.Proposed{
		{Step: 1, Diffs: blob(`{"11111110":"--- a/m.go\n"}`)},
		{Step: 1, Diffs: blob(`{"aaaaaaaa":"--- a/n.go\n"}`)},
	}
	for _, tt := range []struct{ name, want, wrong, hint string }{
		{"1/0", "--- a/m.go\n", "", ""},
		{"aaaa", "--- a/n.go\n", "", ""},
		{"11111110", "--- a/m.go\n", "", ""},
		{"1/4", "Candidate 4 of step 1 was rejected: types: no. 0\n\nm.F:\n\nfunc F() {}\n\nm.G:\n\nfunc G() {}\n", "", ""},
		{"bbbb", "The journal has no diff of candidate 2 of step 1. It is 00000000 with this:\n\nm.F:\n\nfunc F() { a() }\n", "", ""},
		{"1/9", "", "has no candidate 1/9", "show -all"},
		{"2/0", "", "has no candidate 2/0", "STEP/INDEX"},
		{"1/x", "", `"1/x" names no candidate`, "STEP/INDEX"},
		{"../x", "", `"../x" names no candidate`, "STEP/INDEX"},
		{"m.go", "", `"m.go" names no candidate`, "STEP/INDEX"},
		{"11", "", `"11" names no candidate`, "STEP/INDEX"},
		{"1111", "", "has several candidates 1111", "name one by its hash: 11111111, 11111110"},
		{"1/3", "", "has several candidates 1/3", "name one by its hash: aaaaaaaa, cccccccc"},
	} {
		var b strings.Builder
		err := ShowCandidate(&b, run, tt.name)
		if b.String() != tt.want {
			t.Errorf("%s (-want +got):\n%s", tt.name, cmp.Diff(tt.want, b.String()))
		}
		var e *ui.Error
		if tt.wrong == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		} else if !errors.As(err, &e) || !strings.Contains(e.Error(), tt.wrong) || !strings.Contains(e.Hint, tt.hint) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	run.Proposed = []journal.Proposed{{Step: 1, Diffs: journal.Sum([]byte("gone"))}}
	if err := ShowCandidate(&strings.Builder{}, run, "1/0"); err == nil {
		t.Error("a diff that is gone is not missed")
	}
}
