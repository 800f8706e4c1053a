package train

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/opto-go/trace/internal/build"
)

// As many steps as it takes bring up every case, n at a time, in their order.
func TestTurn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 40).Draw(t, "cases")
		n := rapid.IntRange(1, 15).Draw(t, "n")
		first := rapid.IntRange(1, 50).Draw(t, "first step")
		s := &session{opt: &Options{Seed: rapid.Int64().Draw(t, "seed")}}
		var list []outcome
		var names []string
		for i := range size {
			list = append(list, outcome{name: fmt.Sprintf("Test/%03d", i)})
			names = append(names, list[i].name)
		}
		seen := map[string]bool{}
		for step := first; step < first+(size+n-1)/n; step++ {
			turn := s.turn(list, n, step)
			if len(turn) != min(n, size) || !slices.IsSortedFunc(turn, func(a, b outcome) int { return slices.Index(names, a.name) - slices.Index(names, b.name) }) {
				t.Fatalf("step %d: %v", step, turn)
			}
			for _, o := range turn {
				seen[o.name] = true
			}
		}
		if len(seen) != size {
			t.Fatalf("%d of %d cases came up", len(seen), size)
		}
	})
}

// What fails comes before what has a score, and what passes stands apart.
func TestChosen(t *testing.T) {
	s := &session{opt: &Options{Batch: 2}}
	ev := &evaluation{cases: []outcome{
		{name: "low", result: build.Pass, score: score(0.1)}, {name: "pass", result: build.Pass},
		{name: "high", result: build.Pass, score: score(0.9)}, {name: "new", result: build.Fail, unknown: true},
		{name: "lowest", result: build.Pass, score: score(-1)}, {name: "pass2", result: build.Pass}, {name: "pass3", result: build.Pass},
	}}
	names := func(list []outcome) (names []string) {
		for _, o := range list {
			names = append(names, o.name)
		}
		return names
	}
	seen := map[string]bool{}
	for step := range 2 {
		list := s.choose(ev, step+1)
		if len(list) != 2 || list[0].value() > list[1].value() {
			t.Errorf("step %d: %v", step+1, names(list))
		}
		for _, n := range names(list) {
			seen[n] = true
		}
		if got := s.passing(ev, step+1); len(got) != 2 {
			t.Errorf("passing: %v", names(got))
		}
	}
	if len(seen) != 3 || seen["new"] || seen["pass"] {
		t.Errorf("came up: %v", seen)
	}
	ev.cases = append(ev.cases, outcome{name: "fail", result: build.Fail})
	if got := names(s.choose(ev, 1)); len(got) != 1 || got[0] != "fail" {
		t.Errorf("with a failing case: %v", got)
	}
}

func TestRecordPattern(t *testing.T) {
	for _, tt := range []struct {
		run   string
		names []string
		want  string
	}{
		{"", []string{"TestA/x y", "TestA/z", "TestB/x"}, `^TestA$/^(x y|z)$`},
		{"", []string{"TestA/x", "TestA"}, "^TestA$"},
		{"", []string{"TestB"}, "^TestA$"},
		{"Test/sub", []string{"TestA"}, "^TestA$/sub"},
	} {
		s := &session{opt: &Options{Run: tt.run}}
		if got := s.recordPattern("TestA", tt.names); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.names, got, tt.want)
		}
	}
}
