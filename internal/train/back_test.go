package train

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/strategy"
	"github.com/opto-go/trace/optimizer"
)

// After a step that brought nothing, the oldest program on the line of the best that
// the optimizer is not through with is a parent, too.
func TestChooseBack(t *testing.T) {
	for _, tt := range []struct {
		name    string
		search  string
		parents int
		idle    int
		spent   []journal.Hash
		want    []journal.Hash
	}{
		{name: "something was found", search: strategy.Pareto, parents: 2, want: []journal.Hash{"far"}},
		{name: "nothing was", search: strategy.Pareto, parents: 2, idle: 1, want: []journal.Hash{"far", "base"}},
		{name: "through with the original", search: strategy.Pareto, parents: 2, idle: 3, spent: []journal.Hash{"base"}, want: []journal.Hash{"far", "near"}},
		{name: "through with all before it", search: strategy.Pareto, parents: 2, idle: 3, spent: []journal.Hash{"base", "near"}, want: []journal.Hash{"far"}},
		{name: "through with all that is kept", search: strategy.Pareto, parents: 2, spent: []journal.Hash{"far"}, want: []journal.Hash{"base"}},
		{name: "through with everything", search: strategy.Pareto, parents: 2, idle: 1, spent: []journal.Hash{"base", "near", "far"}},
		{name: "one parent, one step", search: strategy.Sequential, parents: 1, idle: 1, want: []journal.Hash{"base"}},
		{name: "one parent, two steps", search: strategy.Sequential, parents: 1, idle: 2, want: []journal.Hash{"far"}},
		{name: "beam holds it already", search: strategy.Beam, parents: 3, idle: 1, want: []journal.Hash{"far", "near", "base"}},
		{name: "one step for all", search: strategy.BestOfN, parents: 1, idle: 1, want: []journal.Hash{"far"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := &state{eval: results("----"), hash: "base"}
			p := newPool(strategy.New(tt.search), tt.parents, 0, base, optimizer.Attempt{})
			of := map[journal.Hash]*state{"base": base}
			grow := func(step int, parent *state, hash journal.Hash, marks string) {
				st := p.child(step, &candidate{parent: parent, hash: hash, eval: results(marks)})
				of[hash] = st
				p.add([]*state{st})
			}
			grow(1, base, "near", "+---")
			grow(2, of["near"], "far", "++--")
			p.idle = tt.idle
			for _, hash := range tt.spent {
				p.spent[of[hash].node] = true
			}
			var got []journal.Hash
			for _, st := range p.chooseBack(3) {
				got = append(got, st.hash)
				if p.of[st.node] != st {
					t.Errorf("the pool has let go of %s", st.hash)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("parents (-want +got):\n%s", diff)
			}
		})
	}
}
