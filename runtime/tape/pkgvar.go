package tape

import (
	"unsafe"
)

// Var stands around a load of a //trace:node variable or field: like At, but
// the value enters the graph here when nothing is known about it.
func Var[T any](t *Tape, out *Ref, s *Site, p *T) *T {
	if p != nil {
		*out = loadVar(t, s, p)
	}
	return p
}

func loadVar[T any](t *Tape, s *Site, p *T) Ref {
	l := layoutOf[T]()
	if l.guarded {
		return t.loadGuarded(s, unsafe.Pointer(p), unsafe.Sizeof(*p), l)
	}
	if refs, _ := t.hold(unsafe.Pointer(p), l, nil); len(refs) > 0 {
		return held(t, s, p, l, 0)
	}
	if r := t.spentRef(); r != 0 {
		return r // it knows all parameters
	}
	if _, ok := t.vague(); ok {
		in := Ref(0)
		if s.ID != "" {
			in = constNode(t, s, *p)
		}
		r, _ := t.vague(in)
		return r
	}
	k := kindInput
	home := t
	if s.ID != "" {
		// A parameter is one node in the whole program.
		k, home = kindParam, t.prog.top
	}
	r := record(home, k, s, *p, nil, 0)
	home.setLeaves(unsafe.Pointer(p), l, r)
	return r
}

// loadGuarded is loadVar for a value that must not be read: others may be at it, with
// its lock or by atomic operations. Its node has no value, and the memory is its
// region.
func (t *Tape) loadGuarded(s *Site, p unsafe.Pointer, n uintptr, l *layout) Ref {
	if refs := t.regionRefs(p, n, t.noted(p, l, nil)); len(refs) == 1 {
		return refs[0]
	} else if len(refs) > 1 {
		return record(t, kindOp, s, effect{}, refs, 0)
	}
	if r := t.spentRef(); r != 0 {
		return r
	}
	in := Ref(0)
	if s.ID != "" {
		in = constNode(t, s, effect{})
	}
	if r, ok := t.vague(in); ok {
		return r
	}
	home := t
	if in == 0 {
		in = record(t, kindInput, s, effect{}, nil, 0)
	} else {
		home = t.prog.top
	}
	home.noteRegion(p, n, in)
	return in
}

// Const gives the node of a //trace:node constant.
func Const[T any](t *Tape, out *Ref, s *Site, v T) T {
	*out = constNode(t, s, v)
	return v
}

func constNode[T any](t *Tape, s *Site, v T) Ref {
	id := s.ID
	if id == "" {
		id = "const " + s.At
	}
	return t.prog.once(id, func() Ref {
		k := kindInput
		if s.ID != "" {
			k = kindParam
		}
		return record(t.prog.top, k, s, v, nil, 0)
	})
}

// once records a node of the whole program under id.
func (p *program) once(id string, rec func() Ref) Ref {
	p.mu.Lock()
	r, ok := p.params[id]
	p.mu.Unlock()
	if ok {
		return r
	}
	p.rare.Lock()
	defer p.rare.Unlock()
	p.mu.Lock()
	r, ok = p.params[id]
	p.mu.Unlock()
	if ok {
		return r
	}
	r = rec()
	p.mu.Lock()
	p.params[id] = r
	p.mu.Unlock()
	return r
}
