package trace

import (
	"errors"

	"github.com/opto-go/trace/runtime/tracefile"
)

// A Graph is the minimal subgraph of a recording: every node on a path from a
// parameter to an output that got feedback, plus the direct inputs of those
// nodes, in topological execution order.
//
// A graph is closed: each node in In, Fn or Body of one of its nodes is in
// Nodes, before it. A direct input that no parameter reaches has an In of its own
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

	errs       map[*GraphNode]error // what is wrong with parameters
	statements int32                // the highest id of a statement
}

// Output is a node that feedback is attached to.
type Output struct {
	Node *GraphNode // nil if the feedback used no followed value
	Case string     // name of the case; empty outside tests
	Text string
}

// A Statement is the place of a program that nodes come from. A statement that
// ran many times has many nodes, and all of one program share one Statement:
// two nodes come from the same one if the pointers are equal. It must not be
// changed.
//
// Nodes of the explicit API know no position. There, a statement is an operator
// on inputs of the same kind.
type Statement struct {
	Kind     string // tracefile.KindParam, KindInput, KindOp, KindException
	ID       string // identity of a parameter
	Op       string // callee as written; empty: the expression Src
	Name     string // variable that holds the value
	At       string // file:line:col relative to the module root
	Src      string // source text of the expression
	Type     string
	Degraded string // why its nodes are coarser than the program

	result string // what one of several results is called
	id     int32  // from 1, unique in its program; 0 if it was made by hand
}

// GraphNode is one value of a graph: one execution of its statement.
type GraphNode struct {
	*Statement              // never nil
	N          int          // unique within its program
	Value      string       // bounded Go syntax
	In         []*GraphNode // in formal parameter order; nil: untracked
	Fn         *GraphNode   // param node of the trainable function that was called
	// Body is what the body of a bundle made of this result, if the graph shows
	// the inside of the call; else nil.
	Body *GraphNode
	// Param describes a parameter as far as the program itself knows: from
	// the options of Param or the table of generated code. Nil for others,
	// and in graphs of trace files, where directives hold that knowledge.
	Param *ParamInfo
	Count int // how many operators were collapsed into this node

	Call   int32 // number of the call that this is a result of, if it was followed
	Within int32 // number of the followed call inside which it was computed; 0: none

	pos int32 // place in its graph, or in its program
	num int32 // what tells it from others of the explicit API without a name

	// Inferred tells that In was inferred, not followed.
	Inferred bool
	// Reached tells that a parameter lies on a path to this node, or that it
	// is one. Nodes of a minimal subgraph that are not reached are its direct
	// inputs.
	Reached bool

	cut bool // In was left out of a direct input
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
		if err := g.errs[n]; err != nil {
			problems = append(problems, err)
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
