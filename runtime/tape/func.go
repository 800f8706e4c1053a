package tape

import (
	"sync/atomic"
	"unsafe"
)

//go:generate go run gen_func.go

// funcKey identifies a function value: the address of its closure.
type funcKey unsafe.Pointer

func funcKeyOf[F any](f F) funcKey {
	return *(*funcKey)(unsafe.Pointer(&f))
}

// statics holds the twins of declared functions that are used as values.
var statics = map[funcKey]any{}

// Register names the twin of a declared function that is used as a value. It
// is called by package initialisers only.
func Register(f, twin any) {
	// An interface that holds a func points at its closure.
	statics[funcKey((*[2]unsafe.Pointer)(unsafe.Pointer(&f))[1])] = twin
}

// Method names the twin of a method of the type that p, a nil pointer, points
// to. It is called by package initialisers only.
func Method[T any](p *T, id uint64, twin any) {
	var v any = *new(T)
	methods.set(methodKey{typeOf(v), id}, twin)
}

// SiteOr is the site of a call through an interface, or that of the method that
// answers it if the call has none.
func SiteOr(s, own *Site) *Site {
	if s == nil {
		return own
	}
	return s
}

// heldMethods are the methods that are followed when they answer a call of a bundle
// on an interface.
var heldMethods = map[methodKey]bool{}

// Hold is Method for a method that a bundle on an interface follows.
func Hold[T any](p *T, id uint64, twin any) {
	var v any = *new(T)
	heldMethods[methodKey{typeOf(v), id}] = true
	Method(p, id, twin)
}

// Held finds the twin of a method of the value in x that a bundle on an
// interface follows, nil if it does not.
func Held(x any, id uint64) any {
	if !heldMethods[methodKey{typeOf(x), id}] {
		return nil
	}
	return method(x, id)
}

// twin finds the twin of a function value.
func (t *Tape) twin(k funcKey) any {
	if k == nil {
		return nil
	}
	if tw, ok := statics[k]; ok {
		return tw
	}
	for ; t != nil; t = t.parent {
		if atomic.LoadInt32(&t.nfuncs) == 0 {
			continue
		}
		t.mu.Lock()
		tw := t.funcs.find(k)
		t.mu.Unlock()
		if tw != nil {
			return tw
		}
	}
	return nil
}

// Func gives the node of a trainable function.
func Func(t *Tape, out *Ref, s *Site) Noted {
	*out = t.prog.once(s.ID, func() Ref { return record(t.prog.top, kindParam, s, effect{}, nil, 0) })
	return Noted{}
}

// Beside stands around a function value: it sets the nodes of what the function
// uses.
func Beside[T any](v T, _ ...any) T { return v }

func (t *Tape) register(k funcKey, twin any) {
	if t.Spent() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	t.funcs.set(k, twin)
	atomic.StoreInt32(&t.nfuncs, int32(t.funcs.len()))
}

// anyTracked reports whether any of the values has a node.
func anyTracked(f *Ref, in []*Ref) bool {
	for _, p := range in {
		if Get(p) != 0 {
			return true
		}
	}
	return Get(f) != 0
}

// lend gives the address for the shadow of a result: q in place of p, if that is
// wanted at all.
func lend(p, q *Ref) *Ref {
	if p == nil {
		return nil
	}
	return q
}

// returned notes that a call made the shadow at p, of which it had a copy, what the
// copy is now.
func returned(p *Ref, was, now Ref) {
	if now != was {
		Put(p, now)
	}
}

func (t *Tape) unregister(k funcKey) {
	t.mu.Lock()
	t.funcs.forget(k)
	t.mu.Unlock()
}

// opaque records the result of a function value that has no twin.
func opaque[T any](t *Tape, s *Site, v T, out, f *Ref, in ...*Ref) {
	if out == nil {
		return
	}
	if !anyTracked(f, in) { // out may be one of them
		*out = 0
		return
	}
	refs := make([]Ref, 0, len(in)+1)
	if r := Get(f); r != 0 {
		refs = append(refs, r)
	}
	for _, p := range in {
		refs = append(refs, Get(p))
	}
	if s.Op != "" { // described as the call of a bundle, which this is not
		s = s.variant(variantKey{of: ofNoCall}, func(c *Site) { c.Op = "" })
	}
	*out = Rec(t, s, v, refs...)
}

// live panics as the method value of a nil interface does.
func live[V any](v V) {
	if any(v) == nil {
		var p *int
		*p = 0
	}
}
