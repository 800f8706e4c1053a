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
	signals = append([]Signal(nil), signals...)
	var outs []*vertex
	nodes := make(map[*vertex]AnyNode)
	for i, s := range signals {
		if in := inputs(s.Node); in[0] == nil {
			signals[i].Node = nil
			continue
		}
		nodes[s.Node.base()] = s.Node
		outs = append(outs, s.Node.base())
	}
	var buf []*vertex
	src := source[*vertex]{
		deps: func(v *vertex) []*vertex {
			buf = buf[:0]
			for _, in := range v.in {
				if in == nil {
					buf = append(buf, nil)
					continue
				}
				buf = append(buf, in.base())
			}
			if v.fn != nil {
				buf = append(buf, &v.fn.node.vertex)
			}
			return buf
		},
		seq:   func(v *vertex) uint64 { return v.seq },
		param: func(v *vertex) bool { return v.kind == tracefile.KindParam },
	}
	sl := src.minimal(outs)
	// The slice knows vertices; their values hang on the interfaces that
	// lead to them.
	for i, v := range sl.order {
		if !sl.keep[i] {
			continue
		}
		for _, in := range v.in {
			if in != nil {
				nodes[in.base()] = in
			}
		}
	}
	b := builder{slice: sl, copies: make([]*GraphNode, len(sl.order)), graph: &Graph{}}
	for i, v := range sl.order {
		if sl.keep[i] {
			b.add(i, v, nodes[v])
		}
	}
	b.name()
	for _, s := range signals {
		o := Output{Case: s.Case, Text: s.Text}
		if s.Node != nil {
			o.Node = b.to(s.Node.base())
		}
		b.graph.Outputs = append(b.graph.Outputs, o)
	}
	return b.graph
}

// builder turns nodes into graph nodes.
type builder struct {
	slice  *slice[*vertex]
	copies []*GraphNode
	graph  *Graph
}

func (b *builder) to(v *vertex) *GraphNode { return b.copies[b.slice.index[v]] }

// add copies v; node is nil for the parameter of a trainable bundle.
func (b *builder) add(i int, v *vertex, node AnyNode) {
	n := &GraphNode{
		N: len(b.graph.Nodes) + 1, Kind: v.kind, Op: v.op, Name: v.name,
		Reached: b.slice.reached[i],
	}
	if node != nil {
		n.Type, n.Value = node.typeString(), node.String()
	}
	if v.param != nil {
		n.err = v.param.problems.err()
		if v.kind == tracefile.KindParam {
			info := v.param.info
			n.ID, n.Param = info.ID, &info
		}
	}
	for _, in := range v.in {
		var c *GraphNode
		if in != nil {
			if c = b.to(in.base()); c == nil {
				n.In, n.cut = nil, true
				break
			}
		}
		n.In = append(n.In, c)
	}
	if v.fn != nil {
		n.Fn = b.to(&v.fn.node.vertex)
		if n.Fn != nil && n.Fn.Param == nil {
			info := v.fn.info
			n.Fn.ID, n.Fn.Type, n.Fn.Param = info.ID, info.Type, &info
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
		word := opWord(n)
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
	if n.Op == "-" && len(n.In) == 1 {
		return "neg"
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
