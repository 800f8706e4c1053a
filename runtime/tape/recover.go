package tape

import (
	"runtime"
	"unsafe"
)

// raised is the value of a panic statement and its node.
type raised struct {
	value any
	ref   Ref
}

// maxRaised bounds the panics that nobody recovered where it can be seen.
const maxRaised = 64

// raisedAt is the panic statement that was the last to be reached.
type raisedAt struct {
	fn   string
	line int
	ref  Ref
}

// Panic stands around the value of a panic statement.
func Panic(t *Tape, r *Ref, v any) any {
	ref := Get(r)
	var pc [1]uintptr
	runtime.Callers(2, pc[:])
	f, _ := runtime.CallersFrames(pc[:]).Next()
	t.mu.Lock()
	t.last = raisedAt{f.Function, f.Line, ref}
	t.mu.Unlock()
	if ref != 0 && v != nil {
		t.mu.Lock()
		if len(t.raised) == maxRaised {
			t.raised = append(t.raised[:0], t.raised[1:]...)
		}
		t.raised = append(t.raised, raised{v, ref})
		t.mu.Unlock()
	}
	return v
}

// Recovered stands around recover: its value is that of a panic statement, or
// the panic of the bundle that did not return, if there was one. live gives
// the nodes of the values of the function that defers the call: any of them may
// have led to a runtime error.
func Recovered(t *Tape, out *Ref, s *Site, live func() []Ref, v any) any {
	*out = 0
	if v == nil {
		return v
	}
	t.mu.Lock()
	r := t.raisedAs(v)
	if r == 0 {
		r, t.pending = t.pending, 0
	}
	t.mu.Unlock()
	if _, ok := v.(runtime.Error); r == 0 && ok && live != nil {
		var refs []Ref
		for _, l := range live() {
			if l != 0 {
				refs = addRef(refs, whole(l))
			}
		}
		if len(refs) > 0 {
			r = record(t, kindOp, s, v, refs, 0)
		}
	}
	*out = r
	return v
}

// raisedAs takes the node of a value that panicked. The caller holds t.mu.
func (t *Tape) raisedAs(v any) Ref {
	for i := len(t.raised) - 1; i >= 0; i-- {
		if words(t.raised[i].value) == words(v) {
			r := t.raised[i].ref
			t.raised = t.raised[:i]
			return r
		}
	}
	return 0
}

// raisedBy gives the node of what panics, if that is the statement at f.
func (t *Tape) raisedBy(f runtime.Frame) Ref {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last.fn == f.Function && t.last.line == f.Line {
		return t.last.ref
	}
	return 0
}

// words are the type and the data of an interface: the same panic has the
// same, an equal value of another one has not.
func words(v any) [2]unsafe.Pointer { return *(*[2]unsafe.Pointer)(unsafe.Pointer(&v)) }
