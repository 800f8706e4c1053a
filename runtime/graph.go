package trace

// A Graph is the minimal subgraph of a recording: every node on a path from a
// parameter to an output that got feedback, plus the direct inputs of those
// nodes, in topological execution order.
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
}
