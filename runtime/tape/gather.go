package tape

import (
	"reflect"
	"unsafe"
)

// Use stands around a value that code which is not followed will look into:
// *out becomes the node of v together with the nodes of what it holds.
func Use[T any](t *Tape, out *Ref, s *Site, in *Ref, v T) T {
	*out = gather(t, s, v, Get(in))
	return v
}

// UseAtomic is Use for what only atomic operations may read: what lies at v is not
// looked at.
func UseAtomic[T any](t *Tape, out *Ref, s *Site, in *Ref, v T) T {
	*out = Get(in)
	if p, n, ok := touched(reflect.ValueOf(any(v))); ok {
		if refs := t.regionRefs(p, n, nil); len(refs) > 0 {
			*out = record(t, kindOp, s, v, append([]Ref{Get(in)}, refs...), 0)
		}
	}
	return v
}

// gatherMax bounds how many elements or fields Use looks at.
const gatherMax = 256

func gather[T any](t *Tape, s *Site, v T, own Ref) Ref {
	if !t.hasCells() {
		return own
	}
	return t.gatherAt(s, typeWord[T](), hidden(unsafe.Pointer(&v)), own)
}

func (t *Tape) gatherAt(s *Site, word, p unsafe.Pointer, own Ref) Ref {
	v := reflect.ValueOf(pointed(word, p)).Elem()
	if k := v.Kind(); k == reflect.Slice || k == reflect.Ptr || k == reflect.Map || k == reflect.Interface {
		if r, ok := t.vague(own); ok {
			return r
		}
	}
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	parts := t.parts(v, nil)
	if len(parts) == 0 {
		return own
	}
	if own != 0 {
		parts = append([]Ref{own}, parts...)
	}
	if len(parts) == 1 && own != 0 {
		return own
	}
	return t.recordAt(kindOp, s, word, p, parts, 0)
}

// parts collects the distinct nodes of the elements or fields of v.
func (t *Tape) parts(v reflect.Value, have []Ref) []Ref {
	switch v.Kind() {
	case reflect.Slice:
		size := v.Type().Elem().Size()
		look := v.Len()
		if look > gatherMax {
			look = gatherMax
		}
		have = t.elements(v.UnsafePointer(), look, v.Type().Elem(), have)
		if rest := v.Len() - look; rest > 0 {
			have = t.regionRefs(unsafe.Add(v.UnsafePointer(), uintptr(look)*size), uintptr(rest)*size, have)
		}
	case reflect.Ptr:
		if v.IsNil() {
			return have
		}
		l := layoutFor(v.Type().Elem())
		if l.guarded || l.cut {
			have = t.regionRefs(v.UnsafePointer(), v.Type().Elem().Size(), have)
		}
		if l.guarded {
			return t.noted(v.UnsafePointer(), l, have)
		}
		have, _ = t.hold(v.UnsafePointer(), l, have)
	case reflect.Map:
		have = t.mapParts(v.UnsafePointer(), have)
	}
	return have
}

// elements collects the distinct nodes of n values of a type, one behind the other
// from p on.
func (t *Tape) elements(p unsafe.Pointer, n int, typ reflect.Type, have []Ref) []Ref {
	l, size := layoutFor(typ), typ.Size()
	bytes := uintptr(n) * size
	near := t.nearby(p, bytes)
	if !t.cellsIn(p, bytes) {
		if len(near) == 0 {
			return have
		}
		if r, ok := near.all(p, bytes); ok {
			return addRef(have, r)
		}
	}
	t.look(n)
	for i := 0; i < n; i++ {
		have, _ = t.holdNear(unsafe.Add(p, uintptr(i)*size), l, near, have)
	}
	return have
}
