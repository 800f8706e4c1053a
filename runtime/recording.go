package trace

import (
	"sort"
	"sync"

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

	statements int32 // how many there are
	once       sync.Once
	flow       flows // made on first use
}

// A Case is one unit that is scored.
type Case struct {
	ID       int
	Name     string
	Parent   *Case             // nil for a top-level case
	Result   string            // pass, fail, skip, killed; empty: it did not end
	Score    *float64          // nil: none was reported
	Lines    map[string]string // executed lines of flow functions, without those of sub-tests: file → "28-31,35"
	Spent    bool              // it recorded as much as it may, and Lines lack what it executed then
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

// Ran reports whether c executed a line of a flow function or a bundle. The file is
// named as in GraphNode.At.
func (c *Case) Ran(file string, line int) bool {
	rs, _ := tracefile.ParseLines(c.Lines[file]) // the loader has checked it
	i := sort.Search(len(rs), func(i int) bool { return rs[i].To >= line })
	return i < len(rs) && rs[i].From <= line
}

// Graph returns the minimal subgraph of all feedback on c.
func (c *Case) Graph() *Graph { return c.program.minimal(c.Feedback, false) }

// Graph returns the minimal subgraph of all feedback on all cases.
func (p *Program) Graph() *Graph { return p.minimal(p.feedback(), false) }

// Full returns everything that was recorded, reached by a parameter or not.
func (p *Program) Full() *Graph { return p.full(p.Nodes, p.feedback()) }

// Full returns every node that was recorded in c and all that they came from.
func (c *Case) Full() *Graph { return c.program.full(c.nodes, c.Feedback) }

func (p *Program) feedback() []Output {
	var outs []Output
	for _, c := range p.Cases {
		outs = append(outs, c.Feedback...)
	}
	return outs
}

// edges returns the edges of the program. They are kept, because there may be
// a graph for each of many cases.
func (p *Program) edges(inside bool) *edges {
	p.once.Do(func() {
		p.flow.folded = p.newEdges(false)
		p.flow.inside = p.flow.folded
		if p.flow.calls != nil {
			p.flow.inside = p.newEdges(true)
		}
	})
	if inside {
		return p.flow.inside
	}
	return p.flow.folded
}

func (p *Program) newEdges(inside bool) *edges {
	count := 0
	for _, n := range p.Nodes {
		count += len(n.In) + 1
	}
	e := newEdges(len(p.Nodes), count)
	for _, n := range p.Nodes {
		for _, in := range n.In {
			if in != nil {
				e.input(int(in.pos))
			}
		}
		if n.Fn != nil {
			e.input(int(n.Fn.pos))
		}
		if b := p.flow.body(n, inside); b != nil {
			e.input(int(b.pos))
		}
		if o := p.flow.owner(n); o != nil {
			e.input(int(o.pos))
		}
		e.node(n.Kind == tracefile.KindParam)
	}
	return e
}

// minimal returns the minimal subgraph of outs.
func (p *Program) minimal(outs []Output, inside bool) *Graph {
	return p.graph(p.edges(inside).minimal(placesOf(outs)), outs, inside)
}

// full returns all that nodes and outs came from.
func (p *Program) full(nodes []*GraphNode, outs []Output) *Graph {
	from := placesOf(outs)
	for _, n := range nodes {
		from = append(from, int(n.pos))
	}
	parts := p.edges(true).minimal(from)
	for i := range parts {
		if parts[i] != 0 {
			parts[i] |= partKeep
		}
	}
	return p.graph(parts, outs, true)
}

func placesOf(outs []Output) []int {
	places := make([]int, 0, len(outs))
	for _, o := range outs {
		if o.Node != nil {
			places = append(places, int(o.Node.pos))
		}
	}
	return places
}

// graph copies the nodes that are kept, so that the graph is closed. The
// statements are shared.
func (p *Program) graph(parts []part, outs []Output, inside bool) *Graph {
	keep := newKept(parts)
	count := 0
	for i, part := range parts {
		if part&partKeep != 0 {
			count += len(p.Nodes[i].In)
		}
	}
	// One piece of memory for all nodes, and one for all inputs.
	copies := make([]GraphNode, keep.count)
	inputs := make([]*GraphNode, 0, count)
	g := &Graph{Nodes: make([]*GraphNode, 0, keep.count), statements: p.statements}
	to := func(n *GraphNode) *GraphNode {
		if n != nil {
			if i := keep.place(int(n.pos)); i >= 0 {
				return &copies[i]
			}
		}
		return nil
	}
	for i, part := range parts {
		if part&partKeep == 0 {
			continue
		}
		n, c := p.Nodes[i], &copies[len(g.Nodes)]
		*c = *n
		c.pos, c.Reached = int32(len(g.Nodes)), part&partReached != 0
		c.In, c.cut = nil, false
		first := len(inputs)
		for _, in := range n.In {
			d := to(in)
			if in != nil && d == nil {
				c.cut = true
				break
			}
			inputs = append(inputs, d)
		}
		if c.cut {
			inputs = inputs[:first]
		} else if len(inputs) > first {
			c.In = inputs[first:len(inputs):len(inputs)]
		}
		c.Fn, c.Body = to(n.Fn), to(p.flow.body(n, inside))
		g.Nodes = append(g.Nodes, c)
	}
	for _, o := range outs {
		o.Node = to(o.Node)
		g.Outputs = append(g.Outputs, o)
	}
	return g
}
