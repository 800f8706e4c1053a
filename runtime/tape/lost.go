package tape

import (
	"sync/atomic"
	"unsafe"
)

// maxCells bounds the cells of one case, as maxNodes does the nodes. A case
// that has more loses them: from then on one node, a collapsed one on all that
// the cells knew, answers for whatever memory holds, and takes what is recorded.
var maxCells = 1 << 20

// lose drops the cells of t.
func (t *caseTape) lose() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended || t.lost != 0 {
		return
	}
	// From here on, who stores waits for this.
	for i := range t.cells {
		t.cells[i].lock()
		t.cells[i].closed = true
		t.cells[i].unlock()
	}
	refs := map[Ref]bool{}
	for i := range t.cells {
		t.cells[i].each(func(_ unsafe.Pointer, _ uintptr, r Ref) { refs[whole(r)] = true })
	}
	for _, c := range t.mapped {
		refs[c.ref], refs[c.key] = true, true
	}
	all := make([]Ref, 0, len(refs))
	for r := range refs {
		all = append(all, r)
	}
	sortRefs(all)
	t.forget(all)
	atomic.StoreInt32(&t.count, int32(maxNodes))
	atomic.StoreInt32(&t.dry, 1)
	t.mapped, t.aggs = nil, nil
	t.forgetCells()
}

// forget adds nodes to those that memory may hold. The caller holds t.mu.
func (t *caseTape) forget(refs []Ref) {
	if t.lost != 0 {
		refs = append(refs, Ref(t.lost))
	}
	if r := t.whole.collapse(kindOp, refs, 0); r != 0 {
		atomic.StoreUint32(&t.lost, uint32(r))
		atomic.StoreInt32(&t.prog.lost, 1)
	}
}

// tooMany reports whether t has as many cells as it may. The caller holds t.mu.
func (t *caseTape) tooMany() bool {
	return int(atomic.LoadInt32(&t.ncells))+len(t.aggs) >= maxCells
}

// vague gives the node of what memory holds where cells were lost, in this case
// or a parent; in are nodes that it is known to depend on. It reports false if
// none were lost.
func (t *Tape) vague(in ...Ref) (Ref, bool) {
	if atomic.LoadInt32(&t.prog.lost) == 0 {
		return 0, false
	}
	var refs []Ref
	for c := t; c != nil; c = c.parent {
		if r := atomic.LoadUint32(&c.lost); r != 0 {
			refs = append(refs, Ref(r))
		}
	}
	if len(refs) == 0 {
		return 0, false
	}
	return t.collapse(kindOp, append(refs, in...), 0), true
}
