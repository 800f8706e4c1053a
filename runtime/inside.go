package trace

import "github.com/opto-go/trace/runtime/tracefile"

// A call of a bundle whose body was followed can stand as one operator, with
// its arguments as inputs, or with its inside: the nodes that were recorded
// within the call, and the one that the body made of the result. Graphs show
// the inside of a call where a parameter lies in it that its arguments do not
// hold, because nothing else would lead there; those called Inside show all.

// call is a call that was followed.
type call struct {
	fn     *GraphNode // its trainable function; nil if it is none
	in     []*GraphNode
	within int32
	open   bool // a parameter lies inside
}

// calls finds the calls that were followed.
func (l *loader) calls() map[int32]*call {
	calls := make(map[int32]*call)
	for _, r := range l.refs {
		n := r.node
		if n.Call != 0 && calls[n.Call] == nil {
			calls[n.Call] = &call{fn: n.Fn, in: n.In, within: n.Within}
		}
	}
	if len(calls) == 0 {
		return nil
	}
	for _, r := range l.refs {
		n := r.node
		if n.Within == 0 {
			continue
		}
		if n.Fn != nil {
			holds(calls, n.Within, n.Fn)
		}
		for _, in := range n.In {
			if in != nil && in.Kind == tracefile.KindParam {
				holds(calls, n.Within, in)
			}
		}
	}
	return calls
}

// holds notes that a parameter is used inside a call. It lies inside the call,
// and inside those around it, unless it is the function itself or an argument.
func holds(calls map[int32]*call, id int32, param *GraphNode) {
	for depth := 0; depth <= len(calls); depth++ {
		c := calls[id]
		if c == nil {
			return
		}
		if param != c.fn && !among(c.in, param) {
			c.open = true
		}
		id = c.within
	}
}

func among(nodes []*GraphNode, n *GraphNode) bool {
	for _, m := range nodes {
		if m == n {
			return true
		}
	}
	return false
}

// flows are the edges of a program in the two ways to see it.
type flows struct {
	folded, inside *edges
	calls          map[int32]*call
}

// body returns the node inside of the call that n is a result of, if it is
// shown; nil if not.
func (f *flows) body(n *GraphNode, inside bool) *GraphNode {
	if n.Body == nil || !inside && !f.calls[n.Call].open {
		return nil
	}
	return n.Body
}

// owner returns the trainable function inside whose call n was computed: what
// it does there comes from the function, also where no result carries it.
func (f *flows) owner(n *GraphNode) *GraphNode {
	if n.Within == 0 || f.calls == nil || n.Kind != tracefile.KindOp && n.Kind != tracefile.KindException {
		return nil
	}
	id := n.Within
	for depth := 0; depth <= len(f.calls); depth++ {
		c := f.calls[id]
		if c == nil || c.fn != nil {
			if c == nil || c.fn == n.Fn {
				return nil
			}
			return c.fn
		}
		id = c.within
	}
	return nil
}

// Inside is Graph with the inside of every call of a bundle that was followed.
func (c *Case) Inside() *Graph { return c.program.minimal(c.Feedback, true) }

// Inside is Graph with the inside of every call of a bundle that was followed.
func (p *Program) Inside() *Graph { return p.minimal(p.feedback(), true) }
