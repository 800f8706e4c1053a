package optoprime

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/optimizer"
	trace "github.com/opto-go/trace/runtime"
)

// A graphMaker makes graphs as programs do.
type graphMaker struct{ *trace.Graph }

func newGraph() graphMaker {
	x := &trace.GraphNode{Statement: &trace.Statement{Kind: "param", ID: "m.x", Name: "x"}, N: 1, Value: "1"}
	return graphMaker{&trace.Graph{Nodes: []*trace.GraphNode{x}}}
}

func (g graphMaker) add(kind, name string, value any, in ...*trace.GraphNode) *trace.GraphNode {
	at := "a.go:1:" + name
	s := &trace.Statement{Kind: kind, Name: name, At: at, Src: name}
	for _, n := range g.Nodes {
		if n.At == at {
			s = n.Statement
		}
	}
	n := &trace.GraphNode{Statement: s, N: len(g.Nodes) + 1, Value: fmt.Sprint(value), In: in}
	g.Nodes = append(g.Nodes, n)
	return n
}

func (g graphMaker) say(n *trace.GraphNode, text string) {
	g.Outputs = append(g.Outputs, trace.Output{Node: n, Text: text})
}

// shown is what a report says of the values of a single case.
func (g graphMaker) shown() string {
	p := &optimizer.Problem{Params: xParam, Cases: []optimizer.Case{{Name: "c", Result: "fail", Graph: g.Graph}}}
	return between(report(p, 1<<20), "### c: fail\n", "\n\n## ")
}

// TestRounds: what belongs together stands together, with what was said about it.
func TestRounds(t *testing.T) {
	t.Run("each round has its feedback", func(t *testing.T) {
		g := newGraph()
		for i, said := range []string{"hit", "missed", "hit"} {
			in := g.add("input", "in", i)
			g.say(g.add("op", "out", 10*i, in, g.Nodes[0]), said)
		}
		compareText(t, g.shown(), `3 rounds, with feedback on out:
    round 1: in = 0; out = 0
    > hit
    round 2: in = 1; out = 10
    > missed
    round 3: in = 2; out = 20
    > hit`)
	})
	t.Run("a round that ended early", func(t *testing.T) {
		g := newGraph()
		for i := range 3 {
			in := g.add("input", "in", i)
			mid := g.add("op", "mid", i+1, in)
			if i != 1 {
				g.add("op", "out", i+2, mid, g.Nodes[0])
			}
		}
		compareText(t, g.shown(), `3 rounds:
    round 1: in = 0; mid = 1; out = 2
    round 2: in = 1; mid = 2
    round 3: in = 2; mid = 3; out = 4`)
	})
	t.Run("an input that comes later", func(t *testing.T) {
		g := newGraph()
		for i := range 2 {
			mid := g.add("op", "mid", i, g.Nodes[0])
			in := g.add("input", "in", 5+i)
			g.add("op", "out", i+9, mid, in)
		}
		compareText(t, g.shown(), `2 rounds:
    round 1: mid = 0; in = 5; out = 9
    round 2: mid = 1; in = 6; out = 10`)
	})
	t.Run("loops one after the other", func(t *testing.T) {
		g := newGraph()
		var last *trace.GraphNode
		for i := range 2 {
			last = g.add("op", "sum", i, last, g.add("input", "in", i))
		}
		for i := range 3 {
			g.add("op", "twice", i+7, g.add("input", "next", i), last)
		}
		compareText(t, g.shown(), `2 rounds:
    round 1: in = 0; sum = 0
    round 2: in = 1; sum = 1
3 rounds:
    round 1: next = 0; twice = 7
    round 2: next = 1; twice = 8
    round 3: next = 2; twice = 9`)
	})
	t.Run("a loop in a loop", func(t *testing.T) {
		g := newGraph()
		for i := range 2 {
			in := g.add("input", "in", i)
			var acc *trace.GraphNode
			for j := range 2 {
				acc = g.add("op", "acc", 10*i+j, acc, in)
			}
			g.add("op", "out", i, acc)
		}
		compareText(t, g.shown(), `inputs: in = 0, 1
4 rounds:
    round 1: acc = 0
    round 2: acc = 1; out = 0
    round 3: acc = 10
    round 4: acc = 11; out = 1`)
	})
	t.Run("a text about several rounds", func(t *testing.T) {
		g := newGraph()
		a := g.add("op", "out", 1, g.add("input", "in", 1))
		b := g.add("op", "out", 2, g.add("input", "in", 2))
		g.say(g.add("join", "", "", a, b), "they differ")
		g.Nodes[len(g.Nodes)-1].Op = "join"
		compareText(t, g.shown(), `2 rounds:
    round 1: in = 1; out = 1
    round 2: in = 2; out = 2
feedback on out:
> they differ`)
	})
	t.Run("a long text again", func(t *testing.T) {
		g := newGraph()
		long := strings.Repeat("too long ", 10)
		for i := range 2 {
			g.say(g.add("op", "out", i, g.add("input", "in", i)), long)
		}
		compareText(t, g.shown(), `2 rounds, with feedback on out:
    round 1: in = 0; out = 0
    > `+strings.TrimSpace(long)+`
    round 2: in = 1; out = 1
    as in round 1`)
	})
	t.Run("values of one name alone", func(t *testing.T) {
		g := newGraph()
		for i := range 3 {
			g.add("op", "out", i, g.Nodes[0])
		}
		compareText(t, g.shown(), "outputs: out = 0, 1, 2")
	})
}

func compareText(t *testing.T, got, want string) {
	t.Helper()
	if d := cmp.Diff(want, strings.TrimSpace(got)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestRoundsChosen: of many rounds, as many as asked for are shown, each once and in
// order, the ends and the first of every text among them.
func TestRoundsChosen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lp := &loop{rounds: rapid.IntRange(2, 200).Draw(t, "rounds")}
		lp.said = make([][]saying, lp.rounds)
		first := map[string]int{}
		for i := range lp.rounds {
			if text := rapid.SampledFrom([]string{"", "", "", "a", "b", "c"}).Draw(t, "text"); text != "" {
				lp.said[i] = []saying{{"out", text}}
				if _, ok := first[text]; !ok {
					first[text] = i
				}
			}
		}
		most := rapid.SampledFrom([]int{someRounds, allRounds}).Draw(t, "most")
		got := lp.chosen(most, nil)
		if len(got) != min(most, lp.rounds) {
			t.Fatalf("%d of %d rounds, not %d", len(got), lp.rounds, most)
		}
		shown := map[int]bool{}
		for k, i := range got {
			if i < 0 || i >= lp.rounds || k > 0 && i <= got[k-1] {
				t.Fatalf("%v", got)
			}
			shown[i] = true
		}
		for _, i := range first {
			if !shown[i] {
				t.Fatalf("round %d, the first with its text, is not among %v", i, got)
			}
		}
		if !shown[0] || !shown[lp.rounds-1] {
			t.Fatalf("the ends are not among %v", got)
		}
	})
}

// TestRecordedOtherwise: values of a run that ended otherwise are not those of the
// score, and it says so.
func TestRecordedOtherwise(t *testing.T) {
	g := newGraph()
	g.add("op", "out", 1, g.Nodes[0])
	p := &optimizer.Problem{Params: xParam, Cases: []optimizer.Case{{Name: "c", Result: "pass", Score: 3, Graph: g.Graph, Recorded: "pass, score 2"}}}
	want := "### c: pass, score 3\n(the run whose values these are ended otherwise: pass, score 2. The program does not do the same in every run)\noutputs: out = 1\n"
	if got := report(p, 1<<20); !strings.Contains(got, want) {
		t.Errorf("want %q in:\n%s", want, got)
	}
}
