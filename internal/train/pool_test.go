package train

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/strategy"
	"github.com/opto-go/trace/optimizer"
)

// results is an evaluation in which the cases of which one is marked with + pass.
func results(marks string) *evaluation {
	ev := &evaluation{}
	for i, m := range marks {
		o := outcome{name: fmt.Sprint("case", i), result: build.Pass}
		if m != '+' {
			o.result = build.Fail
			ev.total.Failed++
		}
		ev.cases = append(ev.cases, o)
		ev.total.Score += o.value() / float64(len(marks))
	}
	ev.total.Scored = len(marks)
	return ev
}

// A history is that of the line of its program: a prompt must be true for the
// program that it shows.
func TestHistory(t *testing.T) {
	base := &state{eval: results("---"), hash: "base"}
	p := newPool(strategy.New(strategy.Pareto), 2, 0, base, optimizer.Attempt{Accepted: true})
	s := &session{pool: p, base: base, opt: &Options{}, seen: map[string]seen{}}
	step := func(n int, cands ...*candidate) {
		var found []*state
		for _, c := range cands {
			c.became = p.child(n, c)
			found = append(found, c.became)
		}
		s.noteAttempts(n, cands, p.add(found))
		p.idle++
	}
	cand := func(parent, other *state, what, marks string) *candidate {
		return &candidate{
			parent: parent, other: other, hash: journal.Hash(what), eval: results(marks),
			proposal: optimizer.Proposal{Assign: map[string]string{what[:1]: what}, Reasoning: what},
		}
	}
	a, b, bad := cand(base, nil, "a1", "+--"), cand(base, nil, "b1", "-+-"), cand(base, nil, "c1", "---")
	step(1, a, b, bad)
	late := cand(base, nil, "c2", "---")
	a2 := cand(a.became, nil, "d2", "+-+")
	step(2, late, a2)
	both := cand(a2.became, b.became, "m2", "+++")
	step(2, both)
	step(3, cand(both.became, nil, "e3", "++-"))

	tell := func(st *state) (list []string) {
		for _, a := range p.history(st) {
			list = append(list, fmt.Sprintf("%d %s accepted %v beside %v merged %v", a.Step, a.Proposal.Reasoning, a.Accepted, a.Beside, a.Merged))
		}
		return list
	}
	first := "0  accepted true beside false merged false"
	for _, tt := range []struct {
		st   *state
		want []string
	}{
		{b.became, []string{first, "1 a1 accepted false beside true merged false", "1 b1 accepted true beside false merged false", "1 c1 accepted false beside false merged false"}},
		// What step 2 tried on the original is no longer about this line.
		{a2.became, []string{first, "1 a1 accepted true beside false merged false", "1 b1 accepted false beside true merged false",
			"1 c1 accepted false beside false merged false", "2 d2 accepted true beside false merged false", "2 m2 accepted false beside true merged true"}},
		// What was merged in is told once.
		{both.became, []string{first, "1 a1 accepted true beside false merged false", "1 c1 accepted false beside false merged false",
			"2 d2 accepted true beside false merged false", "2 m2 accepted true beside false merged true", "3 e3 accepted false beside false merged false"}},
	} {
		if diff := cmp.Diff(tt.want, tell(tt.st)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.st.hash, diff)
		}
	}
	if s.single.proposals != 4 || s.single.best != a {
		t.Errorf("of the original alone: %d proposals, best %+v", s.single.proposals, s.single.best)
	}
	var best []journal.Hash
	for _, st := range p.best {
		best = append(best, st.hash)
	}
	if diff := cmp.Diff([]journal.Hash{"base", "a1", "d2", "m2"}, best); diff != "" {
		t.Errorf("the best in their time (-want +got):\n%s", diff)
	}
	if why, ok := p.plateau(1); !ok || why != "1 step in a row brought nothing" {
		t.Errorf("plateau: %q, %v", why, ok)
	}
	if _, ok := p.plateau(0); ok {
		t.Error("it gave up without being told to")
	}
}
