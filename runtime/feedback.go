package trace

import (
	"fmt"
	"reflect"

	"github.com/opto-go/trace/runtime/internal/report"
	"github.com/opto-go/trace/runtime/internal/sink"
	"github.com/opto-go/trace/runtime/tracefile"
)

// TB is the part of testing.TB that Score and Feedback need. A *testing.T,
// *testing.B or *testing.F is one. Outside tests it is nil.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Name() string
}

// Score reports how well a case did: a finite number, higher is better. Of
// several scores of one case the last counts; NaN and infinities are failures.
//
// The score goes to the result pipe of tracetrain if there is one, else to the
// log of tb. Without either, nothing happens.
func Score(tb TB, v float64) {
	name, ok := caseName(tb)
	if s := sink.Active(); s != nil {
		s.Score(name, v)
	}
	if sent, err := report.Score(name, v); (!sent || err != nil) && ok {
		tb.Helper()
		tb.Logf("score: %v", v)
	}
}

// Feedback says something about a value, usually about what is wrong with it.
// If out is a *Node, it is feedback on that node; what else out is only
// matters to instrumented programs, which know where values came from. Nodes
// among args are formatted as their values.
//
// The text goes to the result pipe of tracetrain if there is one, else to the
// log of tb. Without either, nothing happens.
func Feedback(tb TB, out any, format string, args ...any) {
	values := make([]any, len(args))
	for i, a := range args {
		if n, isNode := a.(AnyNode); isNode {
			a = n.content()
		}
		values[i] = a
	}
	text := fmt.Sprintf(format, values...)
	name, ok := caseName(tb)
	if s := sink.Active(); s != nil {
		n, _ := out.(AnyNode)
		nodes, i := lines(NewGraph(Signal{Node: n, Case: name, Text: text}))
		s.Feedback(name, nodes, i, text)
	}
	if sent, err := report.Feedback(name, text); (!sent || err != nil) && ok {
		tb.Helper()
		tb.Logf("feedback: %s", text)
	}
}

// caseName returns the name of tb; false if it is nil or a nil pointer.
func caseName(tb TB) (string, bool) {
	if tb == nil {
		return "", false
	}
	if v := reflect.ValueOf(tb); v.Kind() == reflect.Ptr && v.IsNil() {
		return "", false
	}
	return tb.Name(), true
}

// lines returns the nodes of g as lines of a trace file, numbered from 1 in
// their order, and the number of the first output, 0 if there is none.
func lines(g *Graph) ([]tracefile.Node, int) {
	number := make(map[*GraphNode]int, len(g.Nodes))
	nodes := make([]tracefile.Node, len(g.Nodes))
	for i, n := range g.Nodes {
		number[n] = i + 1
		t := tracefile.Node{
			N: i + 1, Kind: n.Kind, ID: n.ID, Op: n.Op, Name: n.Name, At: n.At, Src: n.Src,
			Type: n.Type, Value: n.Value, Degraded: n.Degraded, Inferred: n.Inferred, Count: n.Count,
		}
		for _, in := range n.In {
			t.In = append(t.In, number[in])
		}
		t.Fn = number[n.Fn]
		nodes[i] = t
	}
	return nodes, number[g.Outputs[0].Node]
}
