package tape

import (
	"unsafe"
)

// At stands around a load: it sets *out to the node of *p and returns p. What
// no fresh cell answers for is an operator on the container, recorded once.
func At[T any](t *Tape, out *Ref, s *Site, cont *Ref, p *T) *T {
	switch {
	case p == nil:
	case (cont == nil || *cont == 0) && !t.hasCells():
		*out = 0
	default:
		*out = load(t, s, p, Get(cont))
	}
	return p
}

// AtVar is At for a variable whose own shadow is *own.
func AtVar[T any](t *Tape, out *Ref, s *Site, own *Ref, p *T) *T {
	r := Get(own)
	if v, ok := t.vague(r); ok {
		r = v
	} else if t.hasCells() {
		r = held(t, s, p, layoutOf[T](), r)
	}
	*out = r
	return p
}

func load[T any](t *Tape, s *Site, p *T, cont Ref) Ref {
	if cont == 0 && !t.hasCells() {
		return 0
	}
	// The address is not hidden: a cell may remember it.
	return t.loadAt(s, typeWord[T](), unsafe.Pointer(p), cont)
}

func (t *Tape) loadAt(s *Site, word, p unsafe.Pointer, cont Ref) Ref {
	t.look(1)
	if r := t.spentRef(); r != 0 {
		return r
	}
	l := layoutOfWord(word)
	if len(l.leaves) == 1 && !l.cut {
		r, ok := t.find(unsafe.Add(p, l.leaves[0].offset), l.leaves[0].size)
		if ok {
			return r
		}
		if r, ok := t.vague(cont); ok {
			return r
		}
		if cont == 0 {
			return 0
		}
		r = t.recordAt(kindOp, s, word, p, []Ref{cont}, 0)
		t.setLeaves(p, l, r)
		return r
	}
	if r, ok := t.vague(cont); ok {
		cont = r
	}
	if cont != 0 && !t.noticed(p, l) {
		r := t.recordAt(kindOp, s, word, p, []Ref{cont}, 0)
		t.setLeaves(p, l, r)
		return r
	}
	return t.heldAt(s, word, p, l, whole(cont))
}

// noticed reports whether a fresh cell answers for any leaf of the value at p.
func (t *Tape) noticed(p unsafe.Pointer, l *layout) bool {
	for _, f := range l.leaves {
		if _, ok := t.find(unsafe.Add(p, f.offset), f.size); ok {
			return true
		}
	}
	return false
}

// held is the node of *p; own answers for the leaves that have no fresh cell.
func held[T any](t *Tape, s *Site, p *T, l *layout, own Ref) Ref {
	return t.heldAt(s, typeWord[T](), hidden(unsafe.Pointer(p)), l, own)
}

func (t *Tape) heldAt(s *Site, word, p unsafe.Pointer, l *layout, own Ref) Ref {
	t.look(len(l.leaves))
	switch {
	case l.cut:
		refs, bare := t.hold(p, l, nil)
		return t.unionAt(s, word, p, refs, bare, own)
	case len(l.leaves) == 0:
		return own
	case len(l.leaves) == 1:
		if r, ok := t.find(unsafe.Add(p, l.leaves[0].offset), l.leaves[0].size); ok {
			return r
		}
		return own
	}
	refs, bare := t.leafRefs(p, l, own)
	if bare {
		return own
	}
	return t.groupAt(s, l.shape, refs, word, p)
}

// union is the node of a value whose leaves have the nodes refs; bare: and
// some are what own says.
func (t *Tape) unionAt(s *Site, word, p unsafe.Pointer, refs []Ref, bare bool, own Ref) Ref {
	if bare && own != 0 {
		refs = addRef(refs, whole(own))
	}
	switch len(refs) {
	case 0:
		return 0
	case 1:
		return refs[0]
	}
	return t.recordAt(kindOp, s, word, p, refs, 0)
}
