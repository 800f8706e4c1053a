package trace

import (
	"errors"
	"fmt"
	"sync"

	"github.com/opto-go/trace/runtime/internal/snapshot"
	"github.com/opto-go/trace/runtime/tracefile"
)

// A Bundle is a function whose calls are recorded as one operator. Generated
// code has one variable per //trace:bundle and a wrapper that records through
// Call, CallErr, CallVoid or CallVoidErr:
//
//	var bundleBar = &trace.Bundle{ID: "example.com/m.bar", Name: "bar", Trainable: true}
//
//	func traceBar(x *trace.Node[float64]) *trace.Node[float64] {
//		return trace.Call(bundleBar, func() float64 {
//			return bar(x.Value())
//		}, x)
//	}
//
// A Bundle must not be copied after its first use.
type Bundle struct {
	ID        string // identity, importpath.Func or importpath.Type.Method
	Name      string // as a call is written: bar, (*Agent).Act
	Type      string // signature: func(x float64) float64
	Trainable bool   // the body is a parameter
	NoCatch   bool   // panics make no exception node

	once  sync.Once
	param bundleParam
}

// bundleParam is the parameter that the body of a trainable bundle is. One
// for all calls.
type bundleParam struct {
	node *vertex // the value is the body: nothing to show
	info ParamInfo
}

func (b *Bundle) fn() *bundleParam {
	if b == nil || !b.Trainable {
		return nil
	}
	b.once.Do(func() {
		info, ok := registered(b.ID)
		if !ok {
			info = ParamInfo{ID: b.ID, Type: b.Type}
		}
		b.param.info = info
		b.param.node = &newNode(tracefile.KindParam, "", struct{}{}, nil).vertex
		b.param.node.name, b.param.node.body = b.name(), &b.param
	})
	return &b.param
}

func (b *Bundle) name() string {
	if b == nil || b.Name == "" {
		return "call"
	}
	return b.Name
}

// Call records one call of b. The function f performs it; in are the nodes of
// the receiver and the arguments, in that order. A nil b is an unnamed
// function.
func Call[R any](b *Bundle, f func() R, in ...AnyNode) *Node[R] {
	r, _ := CallErr(b, func() (R, error) { return f(), nil }, in...)
	return r
}

// CallErr is like Call for functions whose last result is an error. The node
// is that of the other result, also if there is an error. An error comes back
// as one that carries its exception node (see Exception): it has the same text,
// and errors.Is and errors.As see the original.
func CallErr[R any](b *Bundle, f func() (R, error), in ...AnyNode) (*Node[R], error) {
	from := inputs(in...)
	fn := b.fn() // before the call: a parameter comes before its uses
	defer observe(b, b.name(), fn, from)
	r, err := f()
	if err != nil {
		err = &Raised{Value: err, node: exception(b.name(), fn, err, from)}
	}
	n := newNode(tracefile.KindOp, b.name(), r, from)
	n.vertex.fn = fn
	return n, err
}

// CallVoid is like Call for functions without results: only a panic leaves a
// node.
func CallVoid(b *Bundle, f func(), in ...AnyNode) {
	CallVoidErr(b, func() error { f(); return nil }, in...) // never an error
}

// CallVoidErr is like CallErr for functions whose only result is an error.
func CallVoidErr(b *Bundle, f func() error, in ...AnyNode) error {
	from := inputs(in...)
	fn := b.fn()
	defer observe(b, b.name(), fn, from)
	if err := f(); err != nil {
		return &Raised{Value: err, node: exception(b.name(), fn, err, from)}
	}
	return nil
}

// Raised is an error, or the value of a panic, that carries its exception
// node. Operators and wrappers return it for the errors of their functions and
// panic with it when these panic.
type Raised struct {
	Value any // the error, or what the function panicked with
	node  *Node[error]
}

// Error returns the text of the error, or that of the value.
func (r *Raised) Error() string {
	if err, ok := r.Value.(error); ok {
		return err.Error()
	}
	return fmt.Sprint(r.Value)
}

// Unwrap returns the error that r stands for; nil for a panic with something
// else.
func (r *Raised) Unwrap() error {
	err, _ := r.Value.(error)
	return err
}

// Exception returns the exception node of an error that a wrapper returned, or
// of a recovered panic of a wrapper or operator. Feedback and Backward take it
// like any other node. It is nil if err carries none.
func Exception(err any) *Node[error] {
	var r *Raised
	if e, ok := err.(error); ok && errors.As(e, &r) {
		return r.node
	}
	return nil
}

// exception makes the exception node of a call. If the error came from an
// inner call, that one's node is an input too.
func exception(op string, fn *bundleParam, err error, in []*vertex) *Node[error] {
	if inner := Exception(err); inner != nil {
		in = append(in[:len(in):len(in)], &inner.vertex)
	}
	n := newNode(tracefile.KindException, op, err, in)
	n.vertex.fn = fn
	return n
}

// observe, deferred, gives a panic its exception node. The stack trace of a
// program that dies of it still shows where it began.
func observe(b *Bundle, op string, fn *bundleParam, in []*vertex) {
	if b != nil && b.NoCatch {
		return
	}
	v := recover()
	if v == nil {
		return
	}
	err, ok := v.(error)
	if !ok {
		err = &Raised{Value: v}
	}
	n := exception(op, fn, err, in)
	if !ok {
		n.text = snapshot.Deep(v, snapshot.Limits{})
	}
	panic(&Raised{Value: v, node: n})
}
