package tape

import (
	"sync/atomic"
	"unsafe"
)

// mapKey names an element of a map; k is the key itself.
type mapKey struct {
	m unsafe.Pointer
	k any
}

func mapPtr[M ~map[K]V, K comparable, V any](m M) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&m))
}

// A MapRef is a map that was evaluated.
type MapRef[K comparable, V any] struct{ m map[K]V }

// M stands around the map of an index expression.
func M[K comparable, V any](m map[K]V) MapRef[K, V] { return MapRef[K, V]{m} }

// At is m[k]; *out becomes the node of the element.
func (r MapRef[K, V]) At(t *Tape, out *Ref, s *Site, cont, key *Ref, k K) V {
	v, ok := r.m[k]
	*out = r.load(t, s, k, &v, ok, Get(cont), Get(key))
	return v
}

// At2 is m[k] with the comma-ok result.
func (r MapRef[K, V]) At2(t *Tape, out *Ref, s *Site, cont, key *Ref, k K) (V, bool) {
	v, ok := r.m[k]
	*out = r.load(t, s, k, &v, ok, Get(cont), Get(key))
	return v, ok
}

func (r MapRef[K, V]) load(t *Tape, s *Site, k K, v *V, ok bool, cont, key Ref) Ref {
	if ok {
		if c, fresh := t.mapCell(mapKey{mapPtr(r.m), k}, unsafe.Pointer(v), unsafe.Sizeof(*v)); fresh {
			if key == 0 {
				return c
			}
			return Rec(t, s, *v, c, key)
		}
	}
	return Rec(t, s, *v, cont, key)
}

func (t *Tape) mapCell(k mapKey, p unsafe.Pointer, size uintptr) (Ref, bool) {
	if size > cellBytes || !t.hasCells() {
		return 0, false
	}
	now := bitsOf(p, size)
	for ; t != nil; t = t.parent {
		t.mu.Lock()
		c, ok := t.mapped[k]
		t.mu.Unlock()
		if ok {
			return c.ref, c.bits == now
		}
	}
	return 0, false
}

// MapSt notes that m[k] now holds the value of node r. A key that does not
// equal itself has no cell: nothing can find its element again.
func MapSt[K comparable, V any](t *Tape, m map[K]V, k K, r, cont Ref) {
	if k != k || r == 0 && cont == 0 && !t.hasCells() {
		return
	}
	v, ok := m[k]
	if !ok || unsafe.Sizeof(v) > cellBytes {
		return
	}
	c := cell{r, bitsOf(unsafe.Pointer(&v), unsafe.Sizeof(v))}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	if t.mapped == nil {
		t.mapped = map[mapKey]cell{}
	}
	t.mapped[mapKey{mapPtr(m), k}] = c
	atomic.AddInt32(&t.ncells, 1)
}

// MapElem gives the nodes of the key and the element in a range over a map.
func MapElem[K comparable, V any](t *Tape, s *Site, m map[K]V, k K, v V, cont Ref) Ref {
	return M(m).load(t, s, k, &v, true, cont, 0)
}

// mapParts collects the distinct nodes of the elements of the map at m, in
// order of recording.
func (t *Tape) mapParts(m unsafe.Pointer, have []Ref) []Ref {
	seen := map[Ref]bool{}
	for ; t != nil; t = t.parent {
		t.mu.Lock()
		for k, c := range t.mapped {
			if k.m == m && c.ref != 0 && !seen[c.ref] {
				seen[c.ref] = true
				have = append(have, c.ref)
			}
		}
		t.mu.Unlock()
	}
	sortRefs(have)
	return have
}
