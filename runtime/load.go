package trace

import (
	"errors"
	"fmt"
	"io"

	"github.com/opto-go/trace/runtime/tracefile"
)

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
	prog       *Program
	cases      map[int]*Case
	open       map[int]bool       // cases that have had their line
	nodes      map[int]*GraphNode // by number
	refs       []reference        // in the order of the file, resolved at the end
	outs       []output
	statements map[Statement]*Statement // the one copy that nodes share
	chunk      []GraphNode              // room for more nodes
}

type reference struct {
	node *GraphNode
	in   []int
	fn   int
	body int
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

		statements: make(map[Statement]*Statement),
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

// statement returns the one statement that s is.
func (l *loader) statement(s Statement) *Statement {
	known := l.statements[s]
	if known == nil {
		c := s // on the heap only when it is new
		known = &c
		l.prog.statements++
		known.id = l.prog.statements
		l.statements[s] = known // s has no id yet
	}
	return known
}

// node returns a new node. Nodes of a recording live and die together.
func (l *loader) node() *GraphNode {
	if len(l.chunk) == 0 {
		l.chunk = make([]GraphNode, 256)
	}
	n := &l.chunk[0]
	l.chunk = l.chunk[1:]
	return n
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
		n := l.node()
		n.Statement = l.statement(Statement{
			Kind: t.Kind, ID: t.ID, Op: t.Op, Name: t.Name,
			At: t.At, Src: t.Src, Type: t.Type, Degraded: t.Degraded,
		})
		n.N, n.Value, n.Inferred, n.Count = t.N, t.Value, t.Inferred, t.Count
		n.Call, n.Within = int32(t.Call), int32(t.Within)
		l.nodes[t.N] = n
		l.refs = append(l.refs, reference{n, t.In, t.Fn, t.Body, l.caseOf(t.Case)})
	case *tracefile.Feedback:
		l.outs = append(l.outs, output{l.caseOf(t.Case), t.Feedback, t.Text})
	case *tracefile.End:
		c := l.caseOf(t.End)
		c.Result, c.Score, c.Lines, c.Spent = t.Result, t.Score, t.Lines, t.Spent
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
		if r.node.Call != 0 {
			r.node.Body = lookup(r.body)
		}
		r.node.pos = int32(i) // in the file, for sort
	}
	for _, o := range l.outs {
		o.c.Feedback = append(o.c.Feedback, Output{Node: lookup(o.node), Case: o.c.Name, Text: o.text})
	}
	l.prog.flow.calls = l.calls()
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
		edge int // next of the inputs to look at; behind In come Fn, Body, the owner
	}
	p := l.prog
	state := make([]uint8, len(l.refs))
	p.Nodes = make([]*GraphNode, 0, len(l.refs))
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
			if f.edge > len(n.In)+2 {
				state[f.i] = done
				p.Nodes = append(p.Nodes, n)
				own := l.refs[f.i].own
				own.nodes = append(own.nodes, n)
				stack = stack[:len(stack)-1]
				continue
			}
			var d *GraphNode
			switch f.edge - len(n.In) {
			default:
				d = n.In[f.edge]
			case 0:
				d = n.Fn
			case 1:
				d = n.Body
			case 2:
				d = p.flow.owner(n)
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
