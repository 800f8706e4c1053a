package trace

import (
	"reflect"
	"sync/atomic"

	"github.com/opto-go/trace/runtime/internal/snapshot"
	"github.com/opto-go/trace/runtime/tracefile"
)

// A Node is a value together with the operator and the inputs that it came
// from. Nodes are immutable, safe for concurrent use, and garbage-collected:
// a node holds its inputs, never its users.
//
// What a graph later shows of the value is what it was when the node was
// made: numbers, booleans and strings as they are, everything else as a
// bounded picture taken at that time.
//
// A nil *Node is an untracked zero value, and may be used wherever a node is
// wanted.
type Node[T any] struct {
	vertex
	value T
}

// AnyNode is a *Node of any type.
type AnyNode interface {
	// Err returns what is wrong with a parameter's options or value.
	Err() error
	// String returns the value as bounded Go syntax, as it was when the node
	// was made.
	String() string

	base() *vertex
	content() any
	typeString() string
}

// vertex is what nodes of all types have in common.
type vertex struct {
	seq   uint64 // order of creation; 0: not made by this package
	self  AnyNode
	kind  string
	op    string       // operator sign, or callee
	name  string       // given by the user
	in    []*vertex    // nil where untracked
	call  *Frame       // the call of a bundle whose result this is
	body  *bundleParam // the trainable function whose body this is
	text  string       // snapshot of a value that could change
	param *settings
}

// fn is the trainable function whose call v is, nil if there is none.
func (v *vertex) fn() *bundleParam {
	if v.call == nil {
		return nil
	}
	return v.call.fn
}

var sequence uint64 // of the last node; atomic

// newNode makes a node.
func newNode[T any](kind, op string, v T, in []*vertex) *Node[T] {
	n := &Node[T]{value: v}
	n.self = n
	n.kind, n.op, n.in = kind, op, in
	if !immutable(v) {
		n.text = snapshot.Deep(v, snapshot.Limits{})
	}
	n.seq = atomic.AddUint64(&sequence, 1)
	return n
}

// immutable reports whether v can be pictured whenever it is wanted.
func immutable[T any](v T) bool {
	switch any(v).(type) {
	case bool, string, int, int64, uint, uint64, float64, float32, byte, rune:
		return true
	}
	return snapshot.Immutable(reflect.TypeOf(v))
}

// inputs returns what nodes have in common, nil for untracked ones.
func inputs(nodes ...AnyNode) []*vertex {
	in := make([]*vertex, len(nodes))
	for i, n := range nodes {
		if n == nil {
			continue
		}
		if v := n.base(); v != nil && v.seq != 0 {
			in[i] = v
		}
	}
	return in
}

// Value returns the value of n.
func (n *Node[T]) Value() T {
	if n == nil {
		var zero T
		return zero
	}
	return n.value
}

// Err returns what is wrong with the options or the value of a parameter,
// nil for all other nodes. Graph.Err collects it for whole graphs.
func (n *Node[T]) Err() error {
	if n == nil || n.param == nil {
		return nil
	}
	return n.param.problems.err()
}

// String returns the value as bounded Go syntax. It calls no method of it.
func (n *Node[T]) String() string {
	if n == nil {
		var zero T
		return snapshot.Deep(zero, snapshot.Limits{})
	}
	if n.text != "" {
		return n.text
	}
	return snapshot.Deep(n.value, snapshot.Limits{})
}

func (n *Node[T]) base() *vertex {
	if n == nil {
		return nil
	}
	return &n.vertex
}

func (n *Node[T]) content() any { return n.Value() }

func (n *Node[T]) typeString() string {
	return snapshot.TypeString(reflect.TypeOf((*T)(nil)).Elem())
}

// Const makes an input node: a value that enters the graph from outside and
// is not trainable. Options other than Desc have no effect on its use, but are
// checked like those of Param.
func Const[T any](name string, v T, opts ...Option) *Node[T] {
	n := newNode(tracefile.KindInput, "", v, nil)
	n.name = name
	if len(opts) > 0 {
		n.param = newSettings(name, v, opts)
	}
	return n
}

// Param makes a parameter: a trainable value. The name identifies it in
// graphs and answers; one name stands for one parameter.
//
// Param never fails. An empty name, options that make no sense together or
// for T, and a value that they forbid are reported by the node's Err and by
// Graph.Err.
func Param[T any](name string, v T, opts ...Option) *Node[T] {
	n := newNode(tracefile.KindParam, "", v, nil)
	n.name = name
	n.param = newSettings(name, v, opts)
	return n
}

// With returns the parameter n with another value, for the next step of
// training. It is an error if the options of n forbid the value, or if n is
// no parameter.
func (n *Node[T]) With(v T) (*Node[T], error) {
	if n == nil || n.kind != tracefile.KindParam {
		return nil, errNoParam
	}
	p := newSettings(n.name, v, n.param.opts)
	if err := p.problems.err(); err != nil {
		return nil, err
	}
	m := newNode(tracefile.KindParam, "", v, nil)
	m.name, m.param = n.name, p
	return m, nil
}

// Show returns a bounded picture of v in Go syntax, as graphs show values. It
// calls no method of v and shows no address.
func Show(v any) string {
	if n, ok := v.(AnyNode); ok {
		return n.String()
	}
	return snapshot.Deep(v, snapshot.Limits{})
}
