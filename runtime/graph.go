package trace

import (
	"errors"

	"github.com/opto-go/trace/runtime/tracefile"
)

// A Graph is the minimal subgraph of a recording: every node on a path from a
// parameter to an output that got feedback, plus the direct inputs of those
// nodes, in topological execution order.
//
// A graph is closed: each node in In or Fn of one of its nodes is in Nodes,
// before it. A direct input that no parameter reaches has an In of its own
// only if all of that is in the graph too; otherwise In is nil, whatever the
// value was computed from (see GraphNode.Reached).
//
// If no parameter reaches an output, the outputs stand with all that they came
// from, and Reached reports false.
//
// A graph is independent of the recording or nodes that it was made from, and
// it is safe for concurrent reading.
type Graph struct {
	Nodes   []*GraphNode
	Outputs []Output
}

// Output is a node that feedback is attached to.
type Output struct {
	Node *GraphNode // nil if the feedback used no followed value
	Case string     // name of the case; empty outside tests
	Text string
}

// GraphNode is one value of a graph.
type GraphNode struct {
	N        int    // unique within its program
	Kind     string // tracefile.KindParam, KindInput, KindOp, KindException
	ID       string // identity of a parameter
	Op       string // callee as written; empty: the expression Src
	Name     string // variable that holds the value
	At       string // file:line:col relative to the module root
	Src      string // source text of the expression
	Type     string
	Value    string       // bounded Go syntax
	In       []*GraphNode // in formal parameter order; nil: untracked
	Fn       *GraphNode   // param node of the trainable function that was called
	Degraded string
	Inferred bool
	Count    int

	// Reached tells that a parameter lies on a path to this node, or that it
	// is one. Nodes of a minimal subgraph that are not reached are its direct
	// inputs.
	Reached bool
	// Param describes a parameter as far as the program itself knows: from
	// the options of Param or the table of generated code. Nil for others,
	// and in graphs of trace files, where directives hold that knowledge.
	Param *ParamInfo

	pos    int32  // place in its program
	cut    bool   // In was left out of a direct input
	err    error  // what is wrong with a parameter
	result string // what one of several results is called
}

// Reached reports whether a parameter lies on a path to an output.
func (g *Graph) Reached() bool {
	for _, o := range g.Outputs {
		if o.Node != nil && o.Node.Reached {
			return true
		}
	}
	return false
}

// Params returns the parameters of g in execution order, each identity once.
func (g *Graph) Params() []*GraphNode {
	var params []*GraphNode
	seen := make(map[string]bool)
	for _, n := range g.Nodes {
		if n.Kind == tracefile.KindParam && !seen[n.ID] {
			seen[n.ID] = true
			params = append(params, n)
		}
	}
	return params
}

// Err returns what is wrong with the parameters of g: options that contradict
// each other or the value, and two parameters of one name with different
// values. It is nil for graphs of trace files.
func (g *Graph) Err() error {
	var problems problems
	first := make(map[string]*GraphNode)
	for _, n := range g.Nodes {
		if n.err != nil {
			problems = append(problems, n.err)
		}
		if n.Kind != tracefile.KindParam {
			continue
		}
		if f, ok := first[n.ID]; !ok {
			first[n.ID] = n
		} else if f.Param != nil && f.Value != n.Value {
			problems = append(problems, errors.New("parameter "+n.ID+" exists twice, as "+f.Value+" and as "+n.Value+" (hint: one name per parameter)"))
		}
	}
	return problems.err()
}
