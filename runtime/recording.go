package trace

import (
	"sort"

	"github.com/opto-go/trace/runtime/tracefile"
)

// A Recording is what a trace file holds: the graph of every value that one
// or more programs recorded.
type Recording struct {
	Programs []*Program
	// Cut tells that the file ends within a line: its program was killed.
	Cut bool
	// Dangling counts references to nodes that the file does not hold, as
	// when it was cut. They are untracked.
	Dangling int
}

// A Program is one recorded process.
type Program struct {
	Path string // import path
	Go   string // version of Go
	// Cases are in the order in which they began. The first is the program
	// itself: package initialisers, TestMain or a main function. It has ID 0
	// and no name.
	Cases []*Case
	// Nodes are all nodes of the program in topological execution order:
	// the order of the file except where a node came before its inputs.
	Nodes []*GraphNode
}

// A Case is one unit that is scored.
type Case struct {
	ID       int
	Name     string
	Parent   *Case             // nil for a top-level case
	Result   string            // pass, fail, skip, killed; empty: it did not end
	Score    *float64          // nil: none was reported
	Lines    map[string]string // executed lines of flow functions, without those of sub-tests: file → "28-31,35"
	Feedback []Output          // in the order of the file

	program *Program
	nodes   []*GraphNode // recorded in this case, in execution order
}

// Case returns the first case of that name; nil if there is none.
func (r *Recording) Case(name string) *Case {
	for _, p := range r.Programs {
		if c := p.Case(name); c != nil {
			return c
		}
	}
	return nil
}

// Case returns the case of that name; nil if there is none.
func (p *Program) Case(name string) *Case {
	for _, c := range p.Cases {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Program returns the program that c belongs to.
func (c *Case) Program() *Program { return c.program }

// Ran reports whether c executed a line of a flow function. The file is named
// as in GraphNode.At.
func (c *Case) Ran(file string, line int) bool {
	rs, _ := tracefile.ParseLines(c.Lines[file]) // the loader has checked it
	i := sort.Search(len(rs), func(i int) bool { return rs[i].To >= line })
	return i < len(rs) && rs[i].From <= line
}

// Graph returns the minimal subgraph of all feedback on c.
func (c *Case) Graph() *Graph { return c.program.minimal(c.Feedback) }

// Graph returns the minimal subgraph of all feedback on all cases.
func (p *Program) Graph() *Graph { return p.minimal(p.feedback()) }

// Full returns everything that was recorded, reached by a parameter or not.
func (p *Program) Full() *Graph {
	return p.graph(p.source().minimal(p.Nodes), nil, p.feedback())
}

// Full returns every node that was recorded in c and all that they came from.
func (c *Case) Full() *Graph {
	p := c.program
	own := c.nodes[:len(c.nodes):len(c.nodes)]
	for _, o := range c.Feedback {
		own = append(own, o.Node)
	}
	return p.graph(p.source().minimal(own), nil, c.Feedback)
}

func (p *Program) feedback() []Output {
	var outs []Output
	for _, c := range p.Cases {
		outs = append(outs, c.Feedback...)
	}
	return outs
}

func (p *Program) source() source[*GraphNode] {
	var buf []*GraphNode
	return source[*GraphNode]{
		deps: func(n *GraphNode) []*GraphNode {
			if n.Fn == nil {
				return n.In
			}
			buf = append(append(buf[:0], n.In...), n.Fn)
			return buf
		},
		seq:   func(n *GraphNode) uint64 { return uint64(n.pos) },
		param: func(n *GraphNode) bool { return n.Kind == tracefile.KindParam },
	}
}

func (p *Program) minimal(outs []Output) *Graph {
	var nodes []*GraphNode
	for _, o := range outs {
		nodes = append(nodes, o.Node)
	}
	sl := p.source().minimal(nodes)
	return p.graph(sl, sl.keep, outs)
}

// graph copies the nodes of a slice that are kept (nil: all), so that the
// graph is closed.
func (p *Program) graph(sl *slice[*GraphNode], keep []bool, outs []Output) *Graph {
	g := &Graph{}
	copies := make([]*GraphNode, len(sl.order))
	to := func(n *GraphNode) *GraphNode {
		if n == nil {
			return nil
		}
		return copies[sl.place(n)]
	}
	for i, n := range sl.order {
		if keep != nil && !keep[i] {
			continue
		}
		c := *n
		c.Reached = sl.reached[i]
		c.In = make([]*GraphNode, 0, len(n.In))
		complete := true
		for _, in := range n.In {
			if in != nil && to(in) == nil {
				complete = false
			}
			c.In = append(c.In, to(in))
		}
		if !complete || len(n.In) == 0 {
			c.In, c.cut = nil, !complete
		}
		c.Fn = to(n.Fn)
		copies[i] = &c
		g.Nodes = append(g.Nodes, &c)
	}
	for _, o := range outs {
		o.Node = to(o.Node)
		g.Outputs = append(g.Outputs, o)
	}
	return g
}
