package trace

import (
	"errors"
	"fmt"
	"io"

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

	owner []*Case // case of each of Nodes
}

// A Case is one unit that is scored.
type Case struct {
	ID       int
	Name     string
	Parent   *Case             // nil for a top-level case
	Result   string            // pass, fail, skip, killed; empty: it did not end
	Score    *float64          // nil: none was reported
	Lines    map[string]string // executed lines of flow functions: file → "28-31,35"
	Feedback []Output          // in the order of the file

	program *Program
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
	var own []*GraphNode
	for i, n := range p.Nodes {
		if p.owner[i] == c {
			own = append(own, n)
		}
	}
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

// ReadRecording reads a trace file. A file that was cut is read up to its last
// whole line. References to nodes that are not in the file are untracked. It
// is an error if two nodes or two cases of a program have the same number, or
// if a value came from itself.
func ReadRecording(r io.Reader) (*Recording, error) {
	rec := &Recording{}
	tr := tracefile.NewReader(r)
	var l *loader
	finish := func() error {
		if l == nil {
			return nil
		}
		dangling, err := l.finish()
		rec.Dangling += dangling
		return err
	}
	for {
		line, err := tr.Next()
		if err == io.EOF {
			rec.Cut = tr.Cut()
			return rec, finish()
		}
		if err != nil {
			return nil, err
		}
		if h, ok := line.(*tracefile.Header); ok {
			if err := finish(); err != nil {
				return nil, err
			}
			l = newLoader(h)
			rec.Programs = append(rec.Programs, l.prog)
			continue
		}
		if err := l.add(line); err != nil {
			return nil, &tracefile.SyntaxError{Line: tr.Line(), Err: err}
		}
	}
}

// A loader builds a Program from its lines.
type loader struct {
	prog  *Program
	cases map[int]*Case
	open  map[int]bool       // cases that have had their line
	nodes map[int]*GraphNode // by number
	refs  []reference        // in the order of the file, resolved at the end
	outs  []output
	words map[string]string // one copy of texts that repeat
}

type reference struct {
	node *GraphNode
	in   []int
	fn   int
	own  *Case
}

type output struct {
	c    *Case
	node int
	text string
}

func newLoader(h *tracefile.Header) *loader {
	l := &loader{
		prog:  &Program{Path: h.Program, Go: h.Go},
		cases: make(map[int]*Case),
		open:  make(map[int]bool),
		nodes: make(map[int]*GraphNode),
		words: make(map[string]string),
	}
	l.caseOf(0)
	return l
}

// caseOf returns a case. One that had no line yet exists without a name: the
// line may be among those that a killed program did not write.
func (l *loader) caseOf(id int) *Case {
	c := l.cases[id]
	if c == nil {
		c = &Case{ID: id, program: l.prog}
		l.cases[id] = c
		l.prog.Cases = append(l.prog.Cases, c)
	}
	return c
}

// word returns a shared copy of s.
func (l *loader) word(s string) string {
	if w, ok := l.words[s]; ok {
		return w
	}
	l.words[s] = s
	return s
}

func (l *loader) add(line any) error {
	switch t := line.(type) {
	case *tracefile.Case:
		if l.open[t.Case] {
			return fmt.Errorf("case %d begins twice", t.Case)
		}
		l.open[t.Case] = true
		c := l.caseOf(t.Case)
		c.Name = t.Name
		// Only an earlier case can be a parent, so parents form no cycle.
		if t.Parent != 0 && t.Parent != t.Case && l.open[t.Parent] {
			c.Parent = l.cases[t.Parent]
		}
	case *tracefile.Node:
		if l.nodes[t.N] != nil {
			return fmt.Errorf("node %d exists twice", t.N)
		}
		n := &GraphNode{
			N: t.N, Kind: l.word(t.Kind), ID: l.word(t.ID), Op: l.word(t.Op), Name: l.word(t.Name),
			At: l.word(t.At), Src: l.word(t.Src), Type: l.word(t.Type), Value: t.Value,
			Degraded: l.word(t.Degraded), Inferred: t.Inferred, Count: t.Count,
		}
		l.nodes[t.N] = n
		l.refs = append(l.refs, reference{n, t.In, t.Fn, l.caseOf(t.Case)})
	case *tracefile.Feedback:
		l.outs = append(l.outs, output{l.caseOf(t.Case), t.Feedback, t.Text})
	case *tracefile.End:
		c := l.caseOf(t.End)
		c.Result, c.Score, c.Lines = t.Result, t.Score, t.Lines
	}
	return nil
}

// finish resolves the references and puts the nodes in order.
func (l *loader) finish() (dangling int, err error) {
	lookup := func(id int) *GraphNode {
		n := l.nodes[id]
		if n == nil && id != 0 {
			dangling++
		}
		return n
	}
	for i, r := range l.refs {
		for _, id := range r.in {
			r.node.In = append(r.node.In, lookup(id))
		}
		r.node.Fn = lookup(r.fn)
		r.node.pos = int32(i) // in the file, for sort
	}
	for _, o := range l.outs {
		o.c.Feedback = append(o.c.Feedback, Output{Node: lookup(o.node), Case: o.c.Name, Text: o.text})
	}
	return dangling, l.sort()
}

// sort fills Nodes in topological order: that of the file, but a node that is
// needed earlier than it comes is taken then. It is an iterative depth-first
// search, linear in nodes and edges.
func (l *loader) sort() error {
	const (
		fresh = iota
		open  // on the stack below: meeting it again is a cycle
		done
	)
	type frame struct {
		i    int32
		edge int // next of the node's inputs to look at; len(In) is Fn
	}
	p := l.prog
	state := make([]uint8, len(l.refs))
	p.Nodes = make([]*GraphNode, 0, len(l.refs))
	p.owner = make([]*Case, 0, len(l.refs))
	var stack []frame
	for i := range l.refs {
		if state[i] != fresh {
			continue
		}
		state[i] = open
		stack = append(stack, frame{i: int32(i)})
		for len(stack) > 0 {
			f := &stack[len(stack)-1]
			n := l.refs[f.i].node
			if f.edge > len(n.In) {
				state[f.i] = done
				p.Nodes = append(p.Nodes, n)
				p.owner = append(p.owner, l.refs[f.i].own)
				stack = stack[:len(stack)-1]
				continue
			}
			d := n.Fn
			if f.edge < len(n.In) {
				d = n.In[f.edge]
			}
			f.edge++
			if d == nil {
				continue
			}
			switch j := d.pos; state[j] {
			case open:
				return fmt.Errorf("trace file of %s: %w: node %d comes from itself", p.Path, errCycle, d.N)
			case fresh:
				state[j] = open
				stack = append(stack, frame{i: j})
			}
		}
	}
	for i, n := range p.Nodes {
		n.pos = int32(i)
	}
	return nil
}

var errCycle = errors.New("cycle")
