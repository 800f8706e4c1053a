package tape

import (
	"reflect"
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
func M[K comparable, V any](m map[K]V) *MapRef[K, V] { return &MapRef[K, V]{m} }

// At is m[k]; *out becomes the node of the element.
func (r *MapRef[K, V]) At(t *Tape, out *Ref, s *Site, cont, key *Ref, k K) V {
	v, ok := r.m[k]
	if Get(cont)|Get(key) == 0 && !t.hasCells() {
		*out = 0
	} else if ok {
		*out = elem(t, s, mapKey{mapPtr(r.m), k}, &v, Get(cont), Get(key))
	} else {
		*out = Rec(t, s, v, t.ofMap(mapPtr(r.m), Get(cont), Get(key))...)
	}
	return v
}

// At2 is m[k] with the comma-ok result.
func (r *MapRef[K, V]) At2(t *Tape, out *Ref, s *Site, cont, key *Ref, k K) (V, bool) {
	v, ok := r.m[k]
	if Get(cont)|Get(key) == 0 && !t.hasCells() {
		*out = 0
	} else if ok {
		*out = elem(t, s, mapKey{mapPtr(r.m), k}, &v, Get(cont), Get(key))
	} else {
		*out = Rec(t, s, v, t.ofMap(mapPtr(r.m), Get(cont), Get(key))...)
	}
	return v, ok
}

// ofMap are the nodes of an element of the map at m that has no cell, and of
// a key that has none.
func (t *Tape) ofMap(m unsafe.Pointer, cont, key Ref) []Ref {
	refs := []Ref{cont, key}
	if r, ok := t.regionAt(m); ok && r != cont {
		refs = append(refs, r)
	}
	return refs
}

func elem[V any](t *Tape, s *Site, k mapKey, v *V, cont, key Ref) Ref {
	t.look(1)
	if r := t.spentRef(); r != 0 {
		return r
	}
	if c, ok := t.mapCell(k); ok && c.bits == bitsOfValue(v) {
		if key == 0 {
			return c.ref
		}
		return Rec(t, s, *v, c.ref, key)
	}
	if r, ok := t.vague(cont, key); ok {
		return r
	}
	return Rec(t, s, *v, t.ofMap(k.m, cont, key)...)
}

// mapCell finds the cell of a map's element.
func (t *Tape) mapCell(k mapKey) (c mapped, ok bool) {
	if !t.hasCells() {
		return c, false
	}
	for ; t != nil; t = t.parent {
		t.mu.Lock()
		c, ok := t.mapped[k]
		t.mu.Unlock()
		if ok {
			return c, true
		}
	}
	return c, false
}

// mapped is the cell of a map's element, with the node of its key.
type mapped struct {
	ref  Ref
	bits uint64
	key  Ref
}

// St notes that the element of k now holds the value of node r, and k is that
// of node key. A key that does not equal itself has no cell: nothing can find
// its element again.
func (mr *MapRef[K, V]) St(t *Tape, k K, r, cont, key Ref) {
	m := mr.m
	if k != k || r == 0 && cont == 0 && key == 0 && !t.hasCells() {
		return
	}
	v, ok := m[k]
	if !ok || unsafe.Sizeof(v) > maxLeaf {
		return
	}
	c := mapped{r, bitsOfValue(&v), key}
	t.setMapped(mapKey{mapPtr(m), k}, c)
}

func (t *Tape) setMapped(k mapKey, c mapped) {
	if t.noteMapped(k, c) {
		t.tell()
		if int(atomic.LoadInt32(&t.ncells)) >= maxCells {
			t.spend(tooFull)
		}
	}
}

// noteMapped reports whether the cell is a new one.
func (t *Tape) noteMapped(k mapKey, c mapped) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended || t.Spent() {
		return false
	}
	if t.mapped == nil {
		t.mapped = map[mapKey]mapped{}
	}
	n := len(t.mapped)
	t.mapped[k] = c
	if len(t.mapped) == n {
		return false
	}
	atomic.AddInt32(&t.ncells, 1)
	return true
}

// RangeMap stands around the map of a range statement.
func RangeMap[K comparable, V any, M ~map[K]V](it *Iter, m M) M {
	it.p, it.m = mapPtr(m), m
	return m
}

// MapElem gives the node of the element v in a range over a map.
func MapElem[K comparable, V any](t *Tape, s *Site, it *Iter, k K, v V, cont Ref) Ref {
	if cont == 0 && !t.hasCells() {
		return 0
	}
	return elem(t, s, mapKey{it.p, k}, &v, cont, 0)
}

// MapKey gives the node of the key in a range over a map: what it was stored
// with, else an operator on the map.
func MapKey[K comparable](t *Tape, s *Site, it *Iter, k K, cont Ref) Ref {
	if cont == 0 && !t.hasCells() {
		return 0
	}
	if r := t.spentRef(); r != 0 {
		return r
	}
	if k == k {
		if c, ok := t.mapCell(mapKey{it.p, k}); ok && c.bits == elemBits(it.m, k) {
			return c.key
		}
	}
	if r, ok := t.vague(cont); ok {
		return r
	}
	return Rec(t, s, k, t.ofMap(it.p, cont, 0)...)
}

// elemBits is bitsOfValue of m[k].
func elemBits(m, k any) uint64 {
	v := reflect.ValueOf(m).MapIndex(reflect.ValueOf(k))
	if !v.IsValid() {
		return 0
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return bitsOfLayout(p.UnsafePointer(), layoutFor(v.Type()))
}

// retargetMap gives all elements of the map at m that have cells a new node.
func (t *Tape) retargetMap(m unsafe.Pointer, r Ref) {
	found := map[mapKey]mapped{}
	for a := t; a != nil; a = a.parent {
		a.mu.Lock()
		for k, c := range a.mapped {
			if _, newer := found[k]; k.m == m && !newer {
				found[k] = c
			}
		}
		a.mu.Unlock()
	}
	for k, c := range found {
		c.ref = r
		t.setMapped(k, c)
	}
}

// mapParts collects the distinct nodes of the keys and elements of the map at
// m, in order of recording.
func (t *Tape) mapParts(m unsafe.Pointer, have []Ref) []Ref {
	seen := map[Ref]bool{}
	have = t.regionRefs(m, 1, have)
	for ; t != nil; t = t.parent {
		t.mu.Lock()
		for k, c := range t.mapped {
			if k.m != m {
				continue
			}
			for _, r := range [...]Ref{c.ref, c.key} {
				if r != 0 && !seen[r] {
					seen[r] = true
					have = append(have, r)
				}
			}
		}
		t.mu.Unlock()
	}
	sortRefs(have)
	return have
}

// A MapBuilder makes a map literal.
type MapBuilder[M ~map[K]V, K comparable, V any] struct {
	t    *Tape
	out  *Ref
	s    *Site
	m    M
	keys []K
	refs []Ref // of key and element, for each key
}

// MapOf begins a map literal; m is empty.
func MapOf[M ~map[K]V, K comparable, V any](t *Tape, out *Ref, s *Site, m M) *MapBuilder[M, K, V] {
	return &MapBuilder[M, K, V]{t: t, out: out, s: s, m: m}
}

// Put adds an element of node *elem under a key of node *key.
func (b *MapBuilder[M, K, V]) Put(key, elem *Ref, k K, v V) *MapBuilder[M, K, V] {
	b.m[k] = v
	b.keys = append(b.keys, k)
	b.refs = append(b.refs, Get(key), Get(elem))
	return b
}

// Map gives the map.
func (b *MapBuilder[M, K, V]) Map() M {
	*b.out = 0
	var distinct []Ref
	for _, r := range b.refs {
		if r != 0 {
			distinct = addRef(distinct, r)
		}
	}
	if len(distinct) == 0 {
		return b.m
	}
	*b.out = record(b.t, kindOp, b.s, b.m, distinct, 0)
	for i, k := range b.keys {
		(&MapRef[K, V]{b.m}).St(b.t, k, b.refs[2*i+1], *b.out, b.refs[2*i])
	}
	return b.m
}
