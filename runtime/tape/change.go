package tape

import (
	"reflect"
	"sync/atomic"
	"unsafe"
)

// Changed notes that a call which is not followed may have changed what v
// refers to: v, and what it refers to, depend on in from now on, besides what
// they came from before. It gives the new node; own is the shadow of v, nil if it
// has none.
func Changed[T any](t *Tape, own *Ref, s *Site, v T, in ...Ref) Ref {
	return changed(t, own, s, v, in, false)
}

// ChangedAtomic is Changed for what only atomic operations may read: what lies at
// v is not looked at.
func ChangedAtomic[T any](t *Tape, own *Ref, s *Site, v T, in ...Ref) Ref {
	return changed(t, own, s, v, in, true)
}

func changed[T any](t *Tape, own *Ref, s *Site, v T, in []Ref, atomic bool) Ref {
	old := Get(own)
	refs := make([]Ref, 0, len(in)+4)
	refs = append(refs, old)
	news := false
	for _, r := range in {
		news = news || r != 0 && r != old
		refs = append(refs, r)
	}
	if !news {
		return old
	}
	x := reflect.ValueOf(any(v))
	p, n, ok := touched(x)
	if !ok && reflect.TypeOf((*T)(nil)).Elem().Kind() == reflect.Interface {
		return old // holds a value that cannot be changed
	}
	if atomic {
		refs = t.regionRefs(p, n, refs)
	} else if t.hasCells() {
		refs = t.parts(x, refs)
	}
	r := record(t, kindOp, s, v, refs, 0)
	Put(own, r)
	if atomic {
		t.noteRegion(p, n, r)
	} else {
		t.changed(x, r)
	}
	return r
}

// changed notes that what v refers to has the node r from now on, and that what
// it holds may come from there as well.
func (t *Tape) changed(v reflect.Value, r Ref) { t.changedIn(v, r, 0) }

func (t *Tape) changedIn(v reflect.Value, r Ref, depth int) {
	p, n, ok := touched(v)
	if !ok {
		return
	}
	if depth < maxHeldDepth {
		for _, in := range t.heldBy(p) {
			x, from := reflect.ValueOf(in), r
			if refs := t.parts(x, []Ref{r}); len(refs) > 1 {
				from = record(t, kindOp, heldSite, effect{}, refs, 0)
			}
			t.changedIn(x, from, depth+1)
		}
	}
	cells := t.hasCells()
	t.noteRegion(p, n, r)
	if !cells {
		return
	}
	switch v.Kind() {
	case reflect.Slice:
		t.retarget(p, v.Type().Elem(), v.Len(), r)
	case reflect.Ptr:
		t.retarget(p, v.Type().Elem(), 1, r)
	case reflect.Map:
		t.retargetMap(p, r)
	}
}

// Give stands around what a call is given that may change it; Given finds it
// behind the call, whatever has become of the way there.
func Give[T any](it *Iter, v T) T {
	it.m = any(v)
	return v
}

// Given is what Give kept.
func Given(it *Iter) any { return it.m }

// Noted is what Change and ChangeCell give to After.
type Noted struct{}

// After stands around a call that is not followed: what the call may have
// changed is noted when it is over.
func After[T any](v T, _ ...Noted) T { return v }

// Change is Changed where nodes are known only when it is called.
func Change[T any](t *Tape, own *Ref, s *Site, v T, in ...*Ref) Noted {
	if refs := refsAt(in); tracked(refs) {
		Changed(t, own, s, v, refs...)
	}
	return Noted{}
}

// ChangeAtomic is Change for what only atomic operations may read.
func ChangeAtomic[T any](t *Tape, own *Ref, s *Site, v T, in ...*Ref) Noted {
	if refs := refsAt(in); tracked(refs) {
		ChangedAtomic(t, own, s, v, refs...)
	}
	return Noted{}
}

// ChangeCellAtomic is ChangeCell for a pointer to such.
func ChangeCellAtomic[T any](t *Tape, s *Site, p *T, in ...*Ref) Noted {
	if refs := refsAt(in); tracked(refs) {
		St(t, p, ChangedAtomic(t, nil, s, *p, refs...), 0)
	}
	return Noted{}
}

// ChangeCell is Change for what has a cell instead of a shadow.
func ChangeCell[T any](t *Tape, s *Site, p *T, in ...*Ref) Noted {
	if refs := refsAt(in); tracked(refs) {
		St(t, p, Changed(t, nil, s, *p, refs...), 0)
	}
	return Noted{}
}

func refsAt(in []*Ref) []Ref {
	refs := make([]Ref, len(in))
	for i, p := range in {
		refs[i] = Get(p)
	}
	return refs
}

// retarget gives all cells in n values of a type, one behind the other from p
// on, a new node.
func (t *Tape) retarget(p unsafe.Pointer, typ reflect.Type, n int, r Ref) {
	l := layoutFor(typ)
	size := typ.Size()
	cells := 0
	for a := t; a != nil; a = a.parent {
		cells += int(atomic.LoadInt32(&a.ncells))
	}
	if !l.nested && n*len(l.leaves) < 4*cells {
		for i := 0; i < n; i++ {
			for _, f := range l.leaves {
				q := unsafe.Add(p, uintptr(i)*size+f.offset)
				if t.slot(q, f.size) != nil {
					t.setCell(q, f.size, r)
				}
			}
		}
		return
	}
	type key struct {
		p    unsafe.Pointer
		size uintptr
	}
	var keys []key
	for a := t; a != nil; a = a.parent {
		for i := range a.cells {
			a.cells[i].each(func(q unsafe.Pointer, s uintptr, _ Ref) {
				if uintptr(q) >= uintptr(p) && uintptr(q) < uintptr(p)+size*uintptr(n) {
					keys = append(keys, key{q, s})
				}
			})
		}
	}
	for _, k := range keys {
		t.setCell(k.p, k.size, r)
	}
}
