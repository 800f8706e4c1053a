package trace

import (
	"errors"
	"fmt"

	"github.com/opto-go/trace/runtime/internal/snapshot"
	"github.com/opto-go/trace/runtime/tracefile"
)

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

// exception makes the exception node of an operator. If the error came from an
// inner call, that one's node is an input too.
func exception(op string, err error, in []*vertex) *Node[error] {
	if inner := Exception(err); inner != nil {
		in = append(in[:len(in):len(in)], &inner.vertex)
	}
	return newNode(tracefile.KindException, op, err, in)
}

// observe, deferred, gives a panic of an operator its exception node.
func observe(op string, in []*vertex) {
	if v := recover(); v != nil {
		panic(raise(v, func(err error) *Node[error] { return exception(op, err, in) }))
	}
}

// raise makes what a recovered panic continues with. The stack trace of a
// program that dies of it still shows where it began.
func raise(v any, node func(error) *Node[error]) *Raised {
	err, ok := v.(error)
	if !ok {
		err = &Raised{Value: v}
	}
	n := node(err)
	if !ok {
		n.text = snapshot.Deep(v, snapshot.Limits{})
	}
	return &Raised{Value: v, node: n}
}
