package train

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/strategy"
)

func TestCompleteSearch(t *testing.T) {
	type settled struct {
		Search                              string
		Parents, Proposals, Steps, Patience int
	}
	two, none := 2, 0
	for _, tt := range []struct {
		name string
		o    Options
		want settled
	}{
		{"without a model", Options{Optimizer: optimizerSearch}, settled{"pareto", 2, 16, 20, 0}},
		{"with one", Options{Optimizer: optimizerOptoPrime}, settled{"sequential", 1, 1, 5, 3}},
		{"several parents", Options{Optimizer: optimizerOptoPrime, Parents: 3}, settled{"pareto", 3, 1, 5, 5}},
		{"a single parent", Options{Optimizer: optimizerSearch, Parents: 1}, settled{"sequential", 1, 32, 20, 0}},
		{"benchmarks", Options{Optimizer: optimizerSearch, Bench: "."}, settled{"sequential", 1, 32, 20, 0}},
		{"best of n", Options{Optimizer: optimizerOptoPrime, Search: "best-of-n"}, settled{"best-of-n", 1, 5, 1, 0}},
		{"best of 7", Options{Optimizer: optimizerOptoPrime, Search: "best-of-n", Proposals: 7, Bench: "."}, settled{"best-of-n", 1, 7, 1, 0}},
		{"beam", Options{Optimizer: optimizerOptoPrime, Search: "beam", Steps: 9, Proposals: 4}, settled{"beam", 2, 4, 9, 3}},
		{"more parents than proposals", Options{Optimizer: optimizerSearch, Search: "ucb", Parents: 50}, settled{"ucb", 50, 1, 20, 0}},
		{"patience", Options{Optimizer: optimizerSearch, Search: "auto", Patience: &two}, settled{"pareto", 2, 16, 20, 2}},
		{"endless patience", Options{Optimizer: optimizerOptoPrime, Patience: &none}, settled{"sequential", 1, 1, 5, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.o.completeSearch(); err != nil {
				t.Fatal(err)
			}
			got := settled{tt.o.Search, tt.o.Parents, tt.o.Proposals, tt.o.Steps, *tt.o.Patience}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{Search: "greedy"}, "-search greedy: no such strategy"},
		{Options{Search: "sequential", Parents: 2}, "every step goes on from the best program, so there is one parent"},
		{Options{Search: "best-of-n", Parents: 2}, "all proposals are for the original"},
		{Options{Search: "best-of-n", Steps: 3}, "everything is asked for in one step"},
		{Options{Search: "best-of-n", Patience: &two}, "there is one step only"},
		{Options{Search: "beam", Bench: "."}, "-search beam does not go with -bench: candidates are measured beside their parent"},
		{Options{Parents: 2, Bench: "."}, "-parents with more than 1 does not go with -bench"},
	} {
		if err := tt.o.completeSearch(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.o, err, tt.want)
		}
	}
}

// As long as there are fewer states than parents wanted, they share all
// proposals.
func TestShareOf(t *testing.T) {
	for _, tt := range []struct{ proposals, parents int }{{1, 1}, {4, 1}, {4, 3}, {32, 2}, {3, 2}} {
		sum := 0
		for i := range tt.parents {
			n := shareOf(tt.proposals, tt.parents, i)
			if n < 1 {
				t.Errorf("shareOf(%d, %d, %d) = %d", tt.proposals, tt.parents, i, n)
			}
			sum += n
		}
		if sum != tt.proposals {
			t.Errorf("%d of %d proposals for %d parents", sum, tt.proposals, tt.parents)
		}
	}
}

// A journal from before there were strategies is that of a hill climb.
func TestSettleOld(t *testing.T) {
	var o Options
	o.settle(journal.Header{Flags: journal.Flags{Steps: 5, Proposals: 1}})
	if o.Search != strategy.Sequential || o.Parents != 1 || *o.Patience != 0 {
		t.Errorf("%s, %d parents, patience %d", o.Search, o.Parents, *o.Patience)
	}
}
