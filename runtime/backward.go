package trace

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/opto-go/trace/runtime/tracefile"
)

// A Signal is feedback on one output.
type Signal struct {
	Node AnyNode // nil: on nothing in particular
	Case string  // name of the case; empty outside tests
	Text string
}

// Backward returns the minimal subgraph that connects the parameters to out,
// with the feedback attached to out. It changes nothing: any number of graphs
// can be made from the same nodes.
func Backward(out AnyNode, feedback string) *Graph {
	return NewGraph(Signal{Node: out, Text: feedback})
}

// NewGraph returns the minimal subgraph of several outputs, each with feedback
// of its own.
//
// Nodes are in the order in which they were made. Where a graph is shown, those
// without a name are called after their operator and their place among its uses
// in the graph: add0, add1, mul0.
func NewGraph(signals ...Signal) *Graph {
	outs := make([]*vertex, len(signals))
	for i, s := range signals {
		outs[i] = inputs(s.Node)[0]
	}
	b := newBuilder(outs)
	for i, v := range b.order {
		if b.parts[i]&partKeep != 0 {
			b.add(i, v)
		}
	}
	b.number()
	for i, s := range signals {
		o := Output{Case: s.Case, Text: s.Text}
		o.Node = b.to(outs[i])
		b.graph.Outputs = append(b.graph.Outputs, o)
	}
	return b.graph
}

// builder turns nodes into graph nodes.
type builder struct {
	order  []*vertex // everything that the outputs came from, in execution order
	places places    // in order
	parts  []part    // by place in order
	keep   *kept
	graph  *Graph
	// One piece of memory for all nodes, and one for all inputs.
	nodes  []GraphNode
	inputs []*GraphNode

	statements map[Statement]*Statement
	positions  map[callers]string
}

func newBuilder(outs []*vertex) *builder {
	b := &builder{statements: make(map[Statement]*Statement), positions: make(map[callers]string)}
	edges := b.backward(outs)
	var from []int
	for _, v := range outs {
		if v != nil {
			from = append(from, b.places.of(v.seq))
		}
	}
	b.parts = edges.minimal(from)
	b.keep = newKept(b.parts)
	count := 0
	for i, v := range b.order {
		if b.parts[i]&partKeep != 0 {
			count += len(v.in)
		}
	}
	b.graph = &Graph{Nodes: make([]*GraphNode, 0, b.keep.count)}
	b.nodes = make([]GraphNode, b.keep.count)
	b.inputs = make([]*GraphNode, 0, count)
	return b
}

// backward finds everything that outs came from.
func (b *builder) backward(outs []*vertex) *edges {
	// A queue, not recursion: that would need a stack as deep as the longest
	// chain.
	var found []*vertex
	count := 0
	visit := func(v *vertex) {
		if v != nil {
			count++
			if b.places.add(v.seq) {
				found = append(found, v)
			}
		}
	}
	for _, v := range outs {
		visit(v)
	}
	for i := 0; i < len(found); i++ {
		for _, in := range found[i].in {
			visit(in)
		}
		if fn := found[i].fn(); fn != nil {
			visit(fn.node)
		}
	}
	b.places.number()
	b.order = make([]*vertex, len(found))
	for _, v := range found {
		b.order[b.places.of(v.seq)] = v
	}
	e := newEdges(len(b.order), count)
	for _, v := range b.order {
		for _, in := range v.in {
			if in != nil {
				e.input(b.places.of(in.seq))
			}
		}
		if fn := v.fn(); fn != nil {
			e.input(b.places.of(fn.node.seq))
		}
		e.node(v.kind == tracefile.KindParam)
	}
	return e
}

// to returns the graph node of v; nil if v is not in the graph.
func (b *builder) to(v *vertex) *GraphNode {
	if v != nil {
		if i := b.keep.place(b.places.of(v.seq)); i >= 0 {
			return &b.nodes[i]
		}
	}
	return nil
}

func (b *builder) add(i int, v *vertex) {
	place := len(b.graph.Nodes)
	n := &b.nodes[place]
	n.N, n.pos, n.Reached = place+1, int32(place), b.parts[i]&partReached != 0
	st := Statement{Kind: v.kind, Op: v.op, Name: v.name}
	if v.param != nil {
		if err := v.param.problems.err(); err != nil {
			if b.graph.errs == nil {
				b.graph.errs = make(map[*GraphNode]error)
			}
			b.graph.errs[n] = err
		}
		if v.kind == tracefile.KindParam {
			info := v.param.info
			st.ID, n.Param = info.ID, &info
		}
	}
	if v.body != nil {
		info := v.body.info()
		st.ID, st.Type, n.Param = info.ID, info.Type, &info
	} else {
		st.Type, n.Value = v.self.typeString(), v.self.String()
	}
	if v.call != nil {
		st.At = b.position(v.call.caller)
		if v.kind == tracefile.KindOp {
			st.result = v.call.bundle.result(v.call.result)
		}
	}
	n.Statement = b.statement(st)
	first := len(b.inputs)
	for _, in := range v.in {
		d := b.to(in)
		if in != nil && d == nil {
			n.cut = true
			break
		}
		b.inputs = append(b.inputs, d)
	}
	if n.cut {
		b.inputs = b.inputs[:first]
	} else if len(b.inputs) > first {
		n.In = b.inputs[first:len(b.inputs):len(b.inputs)]
	}
	if fn := v.fn(); fn != nil {
		n.Fn = b.to(fn.node)
	}
	b.graph.Nodes = append(b.graph.Nodes, n)
}

// position is slow to find out, and a loop makes the same call again and again.
func (b *builder) position(c callers) string {
	at, ok := b.positions[c]
	if !ok {
		at = c.place()
		b.positions[c] = at
	}
	return at
}

func (b *builder) statement(s Statement) *Statement {
	known := b.statements[s]
	if known == nil {
		c := s // on the heap only when it is new
		known = &c
		b.graph.statements++
		known.id = b.graph.statements
		b.statements[s] = known // s has no id yet
	}
	return known
}

// number tells the nodes without a name apart.
func (b *builder) number() {
	taken := make(map[string]bool)
	for s := range b.statements {
		taken[s.Name] = true
	}
	next := make(map[string]int)
	var name []byte
	for _, n := range b.graph.Nodes {
		if n.Name != "" {
			continue
		}
		word := opWord(n)
		for {
			next[word]++
			name = strconv.AppendInt(append(name[:0], word...), int64(next[word]-1), 10)
			if !taken[string(name)] {
				break
			}
		}
		n.num = int32(next[word])
	}
}

// opWord is what values of an operator are called.
func opWord(n *GraphNode) string {
	switch n.Kind {
	case tracefile.KindInput:
		return "input"
	case tracefile.KindParam:
		return "param"
	case tracefile.KindException:
		return "exception"
	}
	if n.result != "" {
		return n.result
	}
	if len(n.In) == 1 {
		switch n.Op {
		case "-":
			return "neg"
		case "*":
			return "deref"
		}
	}
	if w, ok := opWords[n.Op]; ok {
		return w
	}
	// bar, (*Agent).Act and fmt.Sprintf give bar, act and sprintf.
	word := strings.TrimRight(n.Op[strings.LastIndexByte(n.Op, '.')+1:], "0123456789")
	r, size := utf8.DecodeRuneInString(word)
	if !unicode.IsLetter(r) {
		return "value"
	}
	return string(unicode.ToLower(r)) + word[size:]
}

var opWords = map[string]string{
	"+": "add", "-": "sub", "*": "mul", "/": "div", "%": "rem",
	"!": "not", "&&": "and", "||": "or",
	"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
	"&": "bitAnd", "|": "bitOr", "^": "bitXor", "&^": "bitClear", "<<": "shl", ">>": "shr",
	"[]": "elem", "[:]": "part",
}
