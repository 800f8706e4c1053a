package train

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/optimizer"
	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

// graphTo is a graph whose output a parameter leads to, or none.
func graphTo(param string) *trace.Graph {
	out := &trace.GraphNode{Statement: &trace.Statement{Kind: tracefile.KindOp}, Reached: param != ""}
	g := &trace.Graph{Nodes: []*trace.GraphNode{out}, Outputs: []trace.Output{{Node: out}}}
	if param != "" {
		p := &trace.GraphNode{Statement: &trace.Statement{Kind: tracefile.KindParam, ID: param}, Reached: true}
		g.Nodes = append([]*trace.GraphNode{p}, g.Nodes...)
	}
	return g
}

// A parameter is left out only if nothing that can get better may depend on it.
func TestReach(t *testing.T) {
	a, b := recorded{graph: graphTo("m.A"), used: []string{"m.A"}}, recorded{graph: graphTo("m.B"), used: []string{"m.B"}}
	vague, none := a, recorded{graph: graphTo("")}
	vague.vague = "was recorded in part"
	decides := recorded{graph: graphTo("m.A"), used: []string{"m.A", "m.B"}} // B is used in a condition
	other := recorded{graph: graphTo("m.A"), used: []string{"m.A", "m.Gone"}}
	for _, tt := range []struct {
		name   string
		recs   map[string]recorded
		unseen []string
		want   []string
	}{
		{"only A", map[string]recorded{"One": a, "Two": a, "Passes": b}, nil, []string{"m.A"}},
		{"A by one, B by the other", map[string]recorded{"One": a, "Two": b}, nil, []string{"m.A", "m.B"}},
		{"B decides about a branch", map[string]recorded{"One": a, "Two": decides}, nil, []string{"m.A", "m.B"}},
		{"one was not recorded", map[string]recorded{"One": a}, nil, []string{"m.A", "m.B", "m.C"}},
		{"one was recorded in part", map[string]recorded{"One": a, "Two": vague}, nil, []string{"m.A", "m.B", "m.C"}},
		{"one depends on nothing", map[string]recorded{"One": a, "Two": none}, nil, []string{"m.A", "m.B", "m.C"}},
		{"neither depends on anything", map[string]recorded{"One": none, "Two": none}, nil, []string{"m.A", "m.B", "m.C"}},
		{"a parameter that is none", map[string]recorded{"One": a, "Two": other}, nil, []string{"m.A", "m.B", "m.C"}},
		{"nothing was recorded", map[string]recorded{}, nil, []string{"m.A", "m.B", "m.C"}},
		{"code that is not followed names C", map[string]recorded{"One": a, "Two": a}, []string{"m.C"}, []string{"m.A", "m.C"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := &state{recs: tt.recs, unseen: tt.unseen, eval: &evaluation{
				total: journal.Total{Failed: 2, Scored: 3},
				cases: []outcome{{name: "One", result: build.Fail}, {name: "Two", result: build.Fail}, {name: "Passes", result: build.Pass}},
			}}
			for _, id := range []string{"m.A", "m.B", "m.C"} {
				st.params = append(st.params, &source.Param{Param: optimizer.Param{ID: id}})
			}
			var got []string
			s := &session{opt: &Options{}}
			for _, p := range st.params {
				if s.reach(st, s.wanting(st.eval)).offers(p.ID) {
					got = append(got, p.ID)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Error(cmp.Diff(tt.want, got))
			}
		})
	}
}
