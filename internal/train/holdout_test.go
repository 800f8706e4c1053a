package train

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/journal"
)

// A part leaves a case on each side, is of the size that was asked for, takes
// its share from every test, and does not depend on the order of the names.
func TestChoose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 30), 1, 6).Draw(t, "sub-tests")
		percent := rapid.IntRange(1, 99).Draw(t, "percent")
		seed := rapid.Int64().Draw(t, "seed")
		var names []string
		for i, n := range sizes {
			if n == 0 {
				names = append(names, fmt.Sprintf("Test%d", i))
			}
			for j := range n {
				names = append(names, fmt.Sprintf("Test%d/%d", i, j))
			}
		}
		if len(names) < 2 {
			t.Skip("too few")
		}
		rule, err := parseHoldout(fmt.Sprint(percent, "%"))
		if err != nil {
			t.Fatal(err)
		}
		held := rule.choose(slices.Clone(names), seed)
		count := map[string]int{}
		total := 0
		for _, n := range names {
			if held[n] {
				total++
				top, _, _ := strings.Cut(n, "/")
				count[top]++
			}
		}
		want := math.Round(rule.part * float64(len(names)))
		if total == 0 || total == len(names) || math.Abs(float64(total)-want) > 1 {
			t.Fatalf("%d of %d cases for %d%%", total, len(names), percent)
		}
		for i, n := range sizes {
			// Where parts are small, one case more than the share makes up for others.
			if exact := rule.part * float64(n); n > 0 && math.Abs(float64(count[fmt.Sprintf("Test%d", i)])-exact) > 2 {
				t.Fatalf("Test%d gives %d of %d for %d%%", i, count[fmt.Sprintf("Test%d", i)], n, percent)
			}
		}
		shuffled := rapid.Permutation(names).Draw(t, "shuffled")
		if diff := cmp.Diff(held, rule.choose(shuffled, seed)); diff != "" {
			t.Fatalf("the order of the names matters:\n%s", diff)
		}
	})
}

// A case that is added moves few others: at most the one that makes room.
func TestChooseStable(t *testing.T) {
	rule := holdoutRule{part: 0.2}
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprintf("TestA/%d", i))
	}
	before := rule.choose(slices.Clone(names), 7)
	after := rule.choose(append(slices.Clone(names), "TestA/new"), 7)
	moved := 0
	for _, n := range names {
		if before[n] != after[n] {
			moved++
		}
	}
	if moved > 1 {
		t.Errorf("one more case moved %d others", moved)
	}
	if diff := cmp.Diff(before, rule.choose(slices.Clone(names), 8)); diff == "" {
		t.Error("another seed holds out the same cases")
	}
}

func TestParents(t *testing.T) {
	names := []string{"A", "A/x", "A/x/1", "A/x/2", "B", "B/1", "B/2", "C"}
	held := map[string]bool{"A/x/1": true, "A/x/2": true, "B": true, "B/1": true}
	withParents(held, names)
	var got []string
	for _, n := range names {
		if held[n] {
			got = append(got, n)
		}
	}
	if diff := cmp.Diff([]string{"A", "A/x", "A/x/1", "A/x/2", "B/1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"A", "B/1", "D/g"}, roots([]string{"A/x/1", "A/x/2", "B/1", "D/g/1"}, []string{"B/2", "C", "D/h"})); diff != "" {
		t.Errorf("roots (-want +got):\n%s", diff)
	}
}

func TestHiddenValue(t *testing.T) {
	h := hidden{words: map[string]bool{"a_b": true}}
	for text, want := range map[string]bool{
		`"a b"`:                        true,
		"`a_b`":                        true,
		`[]row{{"x", 1}, {"a\tb", 2}}`: true,
		`"x a b"`:                      false,
		`a_b`:                          false,
		`[]string{"cut o`:              true,
		``:                             false,
	} {
		if got := h.value(text); got != want {
			t.Errorf("value(%s) = %v", text, got)
		}
	}
}

// A held-out case that gets worse refuses the gain; one that is flaky in the
// original does not.
func TestFallen(t *testing.T) {
	eval := func(a, b string, score float64) *evaluation {
		ev := &evaluation{cases: []outcome{{name: "A", result: a}, {name: "B", result: b}}, total: journal.Total{Scored: 2, Score: score}}
		for _, o := range ev.cases {
			if o.failed() {
				ev.total.Failed++
			}
		}
		return ev
	}
	const pass, fail = build.Pass, build.Fail
	for _, tt := range []struct {
		name          string
		before, after []*evaluation
		scores        bool
		want          fall
	}{
		{"better", []*evaluation{eval(fail, fail, 0)}, []*evaluation{eval(pass, fail, 0.5)}, true, fall{}},
		{"one for another", []*evaluation{eval(fail, pass, 0.5)}, []*evaluation{eval(pass, fail, 0.5)}, true, fall{cases: []string{"B"}}},
		{"the mean", []*evaluation{eval(pass, pass, 0.5)}, []*evaluation{eval(pass, pass, 0.4)}, true, fall{mean: true}},
		{"the mean beside benchmarks", []*evaluation{eval(pass, pass, 0.5)}, []*evaluation{eval(pass, pass, 0.4)}, false, fall{}},
		{"bad luck",
			[]*evaluation{eval(pass, pass, 0.5), eval(pass, fail, 0.2), eval(pass, pass, 0.5)},
			[]*evaluation{eval(pass, fail, 0.4), eval(pass, pass, 0.6), eval(pass, pass, 0.5)}, true, fall{}},
		{"a mean that falls now and then",
			[]*evaluation{eval(pass, pass, 0.5), eval(pass, pass, 0.3)},
			[]*evaluation{eval(pass, pass, 0.2), eval(pass, pass, 0.4)}, true, fall{}},
		{"a mean that falls always",
			[]*evaluation{eval(pass, pass, 0.5), eval(pass, pass, 0.3)},
			[]*evaluation{eval(pass, pass, 0.4), eval(pass, pass, 0.2)}, true, fall{mean: true}},
		{"worse than flaky",
			[]*evaluation{eval(pass, pass, 0.5), eval(pass, fail, 0.5), eval(pass, pass, 0.5)},
			[]*evaluation{eval(pass, fail, 0.5), eval(pass, fail, 0.5), eval(pass, fail, 0.5)}, true, fall{cases: []string{"B"}}},
	} {
		got := fallen(tt.before, tt.after, tt.scores)
		if !slices.Equal(got.cases, tt.want.cases) || got.mean != tt.want.mean {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}
