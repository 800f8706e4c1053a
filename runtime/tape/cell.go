package tape

import (
	"sync/atomic"
	"unsafe"
)

// find looks for a fresh cell at p, or a region around it, here or in a parent.
func (t *Tape) find(p unsafe.Pointer, size uintptr) (r Ref, ok bool) {
	if r, ok := t.fresh(p, size); ok {
		return r, true
	}
	return t.regionAt(p)
}

// fresh looks for a fresh cell at p.
func (t *Tape) fresh(p unsafe.Pointer, size uintptr) (r Ref, ok bool) {
	s := t.slot(p, size)
	if s == nil {
		return 0, false
	}
	return s.ref(), atomic.LoadUint64(&s.bits) == bitsOf(p, size)
}

// known reports whether there is a cell or a region at p, fresh or not.
func (t *Tape) known(p unsafe.Pointer, size uintptr) bool {
	if t.slot(p, size) != nil {
		return true
	}
	return t.inRegion(p)
}

// setLeaves gives all leaves of the value at p the node r, those of an
// aggregate theirs.
func (t *Tape) setLeaves(p unsafe.Pointer, l *layout, r Ref) {
	if r&aggBit != 0 {
		t.scatter(p, l, r)
		return
	}
	for _, f := range l.leaves {
		t.setCell(unsafe.Add(p, f.offset), f.size, r)
	}
}

// hold collects the distinct nodes of the leaves of the value at p. bare: some
// leaf has no cell, so that the container answers for it.
func (t *Tape) hold(p unsafe.Pointer, l *layout, have []Ref) (refs []Ref, bare bool) {
	return t.holdNear(p, l, t.nearby(p, l.extent), have)
}

// holdNear is hold where the regions around p are known.
func (t *Tape) holdNear(p unsafe.Pointer, l *layout, near nearby, have []Ref) (refs []Ref, bare bool) {
	bare = l.cut
	for _, f := range l.leaves {
		q := unsafe.Add(p, f.offset)
		r, ok := t.fresh(q, f.size)
		if !ok {
			r, ok = near.at(q)
		}
		if !ok {
			bare = true
		} else if r != 0 {
			have = addRef(have, r)
		}
	}
	return have, bare
}

// noted is hold for a value that must not be read: its cells are believed.
func (t *Tape) noted(p unsafe.Pointer, l *layout, have []Ref) []Ref {
	for _, f := range l.leaves {
		if s := t.slot(unsafe.Add(p, f.offset), f.size); s != nil && s.ref() != 0 {
			have = addRef(have, s.ref())
		}
	}
	return have
}

func addRef(refs []Ref, r Ref) []Ref {
	for _, h := range refs {
		if h == r {
			return refs
		}
	}
	return append(refs, r)
}

// fewRefs are looked through one by one.
const fewRefs = 16

// dropRepeats drops refs that occur before, of those from index n on.
func dropRepeats(refs []Ref, n int) []Ref {
	if len(refs) <= fewRefs {
		kept := refs[:n]
		for _, r := range refs[n:] {
			kept = addRef(kept, r)
		}
		return kept
	}
	seen := make(map[Ref]bool, len(refs))
	for _, r := range refs[:n] {
		seen[r] = true
	}
	kept := refs[:n]
	for _, r := range refs[n:] {
		if !seen[r] {
			seen[r] = true
			kept = append(kept, r)
		}
	}
	return kept
}

// St notes that *p now holds the value of node r, where cont is the node of
// what contains it. An untracked value is noted only where the container
// would otherwise answer for it, or a cell for what was there before.
func St[T any](t *Tape, p *T, r, cont Ref) {
	if r|cont == 0 && !t.hasCells() {
		return // most stores, and they must cost next to nothing
	}
	store(t, unsafe.Pointer(p), layoutOf[T](), r, cont)
}

func store(t *Tape, p unsafe.Pointer, l *layout, r, cont Ref) {
	t.look(len(l.leaves))
	if r&aggBit != 0 {
		t.scatter(p, l, r)
		return
	}
	for _, f := range l.leaves {
		q := unsafe.Add(p, f.offset)
		if r == 0 && cont == 0 && !t.known(q, f.size) {
			continue
		}
		t.setCell(q, f.size, r)
	}
}

// scatter gives the leaves of the value at p those of the aggregate r.
func (t *Tape) scatter(p unsafe.Pointer, l *layout, r Ref) {
	if l.cut {
		t.setLeaves(p, l, whole(r))
		return
	}
	var refs [maxLeaves]Ref
	t.spread(r, l.shape, refs[:len(l.leaves)])
	for i, f := range l.leaves {
		t.setCell(unsafe.Add(p, f.offset), f.size, refs[i])
	}
}

// Get reads a shadow that may be absent.
func Get(p *Ref) Ref {
	if p == nil {
		return 0
	}
	return *p
}

// Put sets a result shadow that may be absent.
func Put(p *Ref, r Ref) {
	if p != nil {
		*p = r
	}
}

// New gives a shadow of its own, for calls that run later.
func New(r Ref) *Ref { return &r }

// hasCells reports whether there has been any cell, here or in a parent: most
// programs that are only entered have none.
func (t *Tape) hasCells() bool { return atomic.LoadInt32(&t.near) != 0 }

// moveCells copies the cells of *from to *to, which holds the same value; a
// leaf without a cell is what own says.
func moveCells[T any](t *Tape, from, to *T, own Ref) {
	t.moveLeaves(layoutOf[T](), unsafe.Pointer(from), unsafe.Pointer(to), own)
}
