package tape

import (
	"reflect"
	"unsafe"
)

// Iter holds the slice that a range statement evaluated, and which element
// comes next.
type Iter struct {
	p    unsafe.Pointer
	n, i int
	m    any          // the map
	t    reflect.Type // of an element, or of what a pointer points to
	l    *layout      // of a target
}

// Range stands around the slice of a range statement.
func Range[S ~[]E, E any](it *Iter, s S) S {
	it.p, it.n, it.i = nil, len(s), 0
	if len(s) > 0 {
		it.p = unsafe.Pointer(&s[0])
	}
	return s
}

// RangeArray stands around the pointer to an array of a range statement.
func RangeArray[A any](it *Iter, p *A) *A {
	it.p, it.n, it.i = unsafe.Pointer(p), 0, 0
	if p != nil {
		it.n = reflect.TypeOf(p).Elem().Len()
	}
	return p
}

// Slice stands around the slice behind which a statement assigns something.
func Slice[S ~[]E, E any](it *Iter, s S) S {
	Range(it, s)
	it.t = reflect.TypeOf((*E)(nil)).Elem()
	return s
}

// ArraySlice is Slice for the pointer to an array.
func ArraySlice[A any](it *Iter, p *A) *A {
	RangeArray(it, p)
	it.t = reflect.TypeOf(p).Elem().Elem()
	return p
}

// Ptr is Slice for a pointer.
func Ptr[T any](it *Iter, p *T) *T {
	it.p, it.t = unsafe.Pointer(p), reflect.TypeOf(p).Elem()
	return p
}

// StPart is St for a part of element i behind what it holds: path has the
// number of a field or element in each byte.
func StPart(t *Tape, it *Iter, i int, path string, r, cont Ref) {
	if r|cont == 0 && !t.hasCells() {
		return
	}
	p, typ := unsafe.Add(it.p, uintptr(i)*it.t.Size()), it.t
	for k := 0; k < len(path); k++ {
		n := int(path[k])
		if typ.Kind() == reflect.Array {
			typ = typ.Elem()
			p = unsafe.Add(p, uintptr(n)*typ.Size())
			continue
		}
		f := typ.Field(n)
		p, typ = unsafe.Add(p, f.Offset), f.Type
	}
	store(t, p, layoutFor(typ), r, cont)
}

// Target stands around the address of what a statement assigns.
func Target[T any](it *Iter, p *T) *T {
	it.p, it.l = unsafe.Pointer(p), layoutOf[T]()
	return p
}

// StTarget is St for what it holds the address of.
func StTarget(t *Tape, it *Iter, r Ref) {
	if r != 0 || t.hasCells() {
		store(t, it.p, it.l, r, 0)
	}
}

// Elem gives the node of *v, the element of it that comes next.
func Elem[T any](t *Tape, s *Site, it *Iter, v *T, cont Ref) Ref {
	i := it.i
	it.i++
	if cont == 0 && !t.hasCells() || i >= it.n {
		return 0
	}
	p := unsafe.Add(it.p, uintptr(i)*unsafe.Sizeof(*v))
	return load(t, s, (*T)(p), cont)
}
