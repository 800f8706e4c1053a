package trace

import "github.com/opto-go/trace/runtime/tracefile"

// A Frame is one running call of a bundle. Call, CallErr, CallVoid and
// CallVoidErr are enough for functions with one result; with several, the
// wrapper takes these steps itself:
//
//	func traceSplit(s *trace.Node[string]) (*trace.Node[string], *trace.Node[string], error) {
//		call := trace.Enter(bundleSplit, s)
//		defer call.Leave()
//		head, tail, err := split(s.Value())
//		return trace.Result(call, head), trace.Result(call, tail), call.Err(err)
//	}
//
// A Frame belongs to the goroutine that entered it.
type Frame struct {
	bundle  *Bundle
	fn      *bundleParam // nil if the body is no parameter
	in      []*vertex
	results int // recorded so far
	result  int // which of them the copy of the frame that a node holds is about
	caller  callers
}

// Enter begins a call of b. The nodes are those of the receiver and the
// arguments, in that order; nil stands for an argument that is no node. A nil
// b is an unnamed function.
func Enter(b *Bundle, in ...AnyNode) *Frame { return enter(b, in) }

// enter must be called by an exported function of this package, which the
// place of the call is counted from.
func enter(b *Bundle, in []AnyNode) *Frame {
	f := &Frame{bundle: b, in: inputs(in...), fn: b.body()} // before the call: a parameter comes before its uses
	f.caller.capture()
	return f
}

// Result records the next result of the call. Several results make several
// nodes, one after the other, with the same operator and the same inputs.
func Result[R any](f *Frame, v R) *Node[R] {
	n := newNode(tracefile.KindOp, f.bundle.name(), v, f.in)
	n.call = f
	if f.results > 0 { // the first one, mostly the only one, shares the frame
		of := *f
		of.result = f.results
		n.call = &of
	}
	f.results++
	return n
}

// Err records the error of the call, if there is one, as an exception node. It
// comes back as an error that carries this node (see Exception): it has the
// same text, and errors.Is and errors.As see the original.
func (f *Frame) Err(err error) error {
	if err == nil {
		return nil
	}
	return &Raised{Value: err, node: f.exception(err)}
}

func (f *Frame) exception(err error) *Node[error] {
	n := exception(f.bundle.name(), err, f.in)
	n.call = f
	return n
}

// Leave ends the call; it must be deferred. It gives a panic its exception
// node, unless the bundle says nocatch.
func (f *Frame) Leave() {
	if f.bundle != nil && f.bundle.NoCatch {
		return
	}
	if v := recover(); v != nil {
		panic(raise(v, f.exception))
	}
}

// Call records one call of b. The function f performs it; in are the nodes of
// the receiver and the arguments, in that order, nil for an argument that is
// no node. A nil b is an unnamed function.
func Call[R any](b *Bundle, f func() R, in ...AnyNode) *Node[R] {
	call := enter(b, in)
	defer call.Leave()
	return Result(call, f())
}

// CallErr is like Call for functions whose last result is an error. The node
// is that of the other result, also if there is an error. The error is that of
// Frame.Err.
func CallErr[R any](b *Bundle, f func() (R, error), in ...AnyNode) (*Node[R], error) {
	call := enter(b, in)
	defer call.Leave()
	r, err := f()
	return Result(call, r), call.Err(err)
}

// CallVoid is like Call for functions without results: only a panic leaves a
// node.
func CallVoid(b *Bundle, f func(), in ...AnyNode) {
	call := enter(b, in)
	defer call.Leave()
	f()
}

// CallVoidErr is like CallErr for functions whose only result is an error.
func CallVoidErr(b *Bundle, f func() error, in ...AnyNode) error {
	call := enter(b, in)
	defer call.Leave()
	return call.Err(f())
}

// Nodes makes the arguments of a variadic function inputs of its call.
func Nodes[T any](variadic []*Node[T]) []AnyNode {
	in := make([]AnyNode, len(variadic))
	for i, n := range variadic {
		in[i] = n
	}
	return in
}

// Values returns the values of the arguments of a variadic function, nil if
// there are none.
func Values[T any](variadic []*Node[T]) []T {
	if variadic == nil {
		return nil
	}
	values := make([]T, len(variadic))
	for i, n := range variadic {
		values[i] = n.Value()
	}
	return values
}
