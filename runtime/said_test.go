package trace

import (
	"fmt"
	"strings"
	"testing"

	"github.com/opto-go/trace/runtime/tracefile"
)

// TestFeedbackFolds: the same words on many executions of a statement stand once,
// in text and drawings, and name them all.
func TestFeedbackFolds(t *testing.T) {
	x := &GraphNode{Statement: &Statement{Kind: tracefile.KindParam, ID: "m.x", Name: "x"}, N: 1, Value: "1", Reached: true}
	g := &Graph{Nodes: []*GraphNode{x}}
	s := &Statement{Kind: tracefile.KindOp, Name: "y", Src: "f(x)", At: "m.go:3:1"}
	for i := 1; i <= 40; i++ {
		n := &GraphNode{Statement: s, N: i + 1, Value: fmt.Sprint(i), In: []*GraphNode{x}, Reached: true, pos: int32(i)}
		g.Nodes = append(g.Nodes, n)
		text := "good"
		if i%9 < 2 {
			text = "bad"
		}
		g.Outputs = append(g.Outputs, Output{Node: n, Case: "T", Text: text})
	}
	g.Outputs = append(g.Outputs, Output{Node: g.Nodes[3], Case: "U", Text: "good"})
	for name, got := range map[string]string{"text": g.Text(), "dot": g.DOT()} {
		for _, want := range map[string][]string{
			"text": {
				"\nfeedback on y#1, y#9…y#10, y#18…y#19, y#27…y#28, y#36…y#37 in T: bad\n",
				"\nfeedback on y#2…y#8, y#11…y#17, y#20…y#26, y#29…y#35, y#38…y#40 in T: good\n",
				"\nfeedback on y#3 in U: good\n",
			},
			"dot": {"9 of 40: bad", "31 of 40: good"},
		}[name] {
			if !strings.Contains(got, want) {
				t.Errorf("%s: want %q in\n%s", name, want, got)
			}
		}
		if n := strings.Count(got, "bad"); n != 1 {
			t.Errorf("%s says it %d times", name, n)
		}
	}
}

// TestFeedbackSpans: so many values are named, and the rest counted.
func TestFeedbackSpans(t *testing.T) {
	s := &Statement{Kind: tracefile.KindOp, Name: "y", Src: "f()", At: "m.go:3:1"}
	g := &Graph{}
	for i := range make([]int, 100) {
		n := &GraphNode{Statement: s, N: i + 1, pos: int32(i)}
		g.Nodes = append(g.Nodes, n)
		if i%2 == 0 {
			g.Outputs = append(g.Outputs, Output{Node: n, Text: "odd"})
		}
	}
	if got, want := g.Text(), ", y#23, … 38 more: odd\n"; !strings.Contains(got, want) {
		t.Errorf("want %q in\n%s", want, got)
	}
}
