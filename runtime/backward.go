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
// Nodes are in the order in which they were made. Those without a name are
// called after their operator and their place among its uses in the graph:
// add0, add1, mul0.
func NewGraph(signals ...Signal) *Graph {
	outs := make([]*vertex, len(signals))
	for i, s := range signals {
		outs[i] = inputs(s.Node)[0]
	}
	var buf []*vertex
	src := source[*vertex]{
		deps: func(v *vertex) []*vertex {
			fn := v.fn()
			if fn == nil {
				return v.in
			}
			buf = append(append(buf[:0], v.in...), fn.node)
			return buf
		},
		seq:   func(v *vertex) uint64 { return v.seq },
		param: func(v *vertex) bool { return v.kind == tracefile.KindParam },
	}
	sl := src.minimal(outs)
	b := newBuilder(sl)
	for i, v := range sl.order {
		if sl.keep[i] {
			b.add(i, v)
		}
	}
	b.name()
	for i, s := range signals {
		o := Output{Case: s.Case, Text: s.Text}
		if outs[i] != nil {
			o.Node = b.to(outs[i])
		}
		b.graph.Outputs = append(b.graph.Outputs, o)
	}
	return b.graph
}

// builder turns nodes into graph nodes.
type builder struct {
	slice  *slice[*vertex]
	copies []*GraphNode // by place in the slice
	graph  *Graph
	// One piece of memory for all nodes, and one for all inputs.
	nodes  []GraphNode
	inputs []*GraphNode
}

func newBuilder(sl *slice[*vertex]) *builder {
	nodes, edges := 0, 0
	for i, v := range sl.order {
		if sl.keep[i] {
			nodes++
			edges += len(v.in)
		}
	}
	return &builder{
		slice:  sl,
		copies: make([]*GraphNode, len(sl.order)),
		graph:  &Graph{Nodes: make([]*GraphNode, 0, nodes)},
		nodes:  make([]GraphNode, nodes),
		inputs: make([]*GraphNode, edges),
	}
}

func (b *builder) to(v *vertex) *GraphNode { return b.copies[b.slice.place(v)] }

func (b *builder) add(i int, v *vertex) {
	n := &b.nodes[len(b.graph.Nodes)]
	n.N, n.Kind, n.Op, n.Name, n.Reached = len(b.graph.Nodes)+1, v.kind, v.op, v.name, b.slice.reached[i]
	if v.param != nil {
		n.err = v.param.problems.err()
		if v.kind == tracefile.KindParam {
			info := v.param.info
			n.ID, n.Param = info.ID, &info
		}
	}
	if v.body != nil {
		info := v.body.info()
		n.ID, n.Type, n.Param = info.ID, info.Type, &info
	} else {
		n.Type, n.Value = v.self.typeString(), v.self.String()
	}
	if len(v.in) > 0 {
		n.In, b.inputs = b.inputs[:len(v.in):len(v.in)], b.inputs[len(v.in):]
	}
	for k, in := range v.in {
		if in == nil {
			continue
		}
		if n.In[k] = b.to(in); n.In[k] == nil {
			n.In, n.cut = nil, true
			break
		}
	}
	if fn := v.fn(); fn != nil {
		n.Fn = b.to(fn.node)
	}
	if v.call != nil {
		n.At = v.call.caller.place()
		if v.kind == tracefile.KindOp {
			n.result = v.call.bundle.result(v.call.result)
		}
	}
	b.copies[i] = n
	b.graph.Nodes = append(b.graph.Nodes, n)
}

// name names the nodes that have no name.
func (b *builder) name() {
	taken := make(map[string]bool)
	for _, n := range b.graph.Nodes {
		taken[n.Name] = true
	}
	next := make(map[string]int)
	for _, n := range b.graph.Nodes {
		if n.Name != "" {
			continue
		}
		word := n.result
		if word == "" {
			word = opWord(n)
		}
		for {
			name := word + strconv.Itoa(next[word])
			next[word]++
			if !taken[name] {
				n.Name = name
				break
			}
		}
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
