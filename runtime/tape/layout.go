package tape

import (
	"math/bits"
	"reflect"
	"sync"
	"unsafe"
)

const (
	// maxLeaf is the size of the largest value that has a cell; larger ones
	// fall to their container.
	maxLeaf = 1024
	// maxLeaves bounds the cells of one value.
	maxLeaves = 128
)

// A layout lists the leaves of a type: what it holds that is no struct and no
// array.
type layout struct {
	leaves []leaf
	cut    bool // some are left out
	// guarded: it holds a lock, so that only who has the lock may read it.
	guarded bool
}

type leaf struct{ offset, size uintptr }

var layouts sync.Map // reflect.Type → *layout

// scalars are the layouts of values that are one leaf, by size.
var scalars = func() (l [25]*layout) {
	for i := range l {
		l[i] = &layout{leaves: []leaf{{0, uintptr(i)}}}
	}
	l[0] = &layout{}
	return l
}()

func layoutOf[T any]() *layout { return layoutFor(reflect.TypeOf((*T)(nil)).Elem()) }

func layoutFor(t reflect.Type) *layout {
	if k := t.Kind(); k != reflect.Struct && k != reflect.Array {
		return scalars[t.Size()]
	}
	if l, ok := layouts.Load(t); ok {
		return l.(*layout)
	}
	l := &layout{}
	l.add(t, 0)
	layouts.Store(t, l)
	return l
}

func (l *layout) add(t reflect.Type, offset uintptr) {
	switch t.Kind() {
	case reflect.Struct:
		if p := t.PkgPath(); p == "sync" || p == "sync/atomic" {
			l.guarded = true
			return
		}
		for i := 0; i < t.NumField(); i++ {
			f := t.Field(i)
			l.add(f.Type, offset+f.Offset)
		}
		return
	case reflect.Array:
		if t.Len() <= maxLeaves {
			for i := 0; i < t.Len(); i++ {
				l.add(t.Elem(), offset+uintptr(i)*t.Elem().Size())
			}
			return
		}
	}
	switch {
	case t.Size() == 0:
	case len(l.leaves) == maxLeaves || t.Size() > maxLeaf:
		l.cut = true
	default:
		l.leaves = append(l.leaves, leaf{offset, t.Size()})
	}
}

// bitsOf gives the bytes of a value, or a hash of them.
func bitsOf(p unsafe.Pointer, size uintptr) uint64 {
	switch size {
	case 8:
		return *(*uint64)(p)
	case 1:
		return uint64(*(*uint8)(p))
	case 4:
		return uint64(*(*uint32)(p))
	case 2:
		return uint64(*(*uint16)(p))
	}
	h := uint64(size)
	for _, w := range unsafe.Slice((*uint64)(p), size/8) {
		h = mix(h ^ w)
	}
	for _, b := range unsafe.Slice((*byte)(p), size)[size&^7:] {
		h = mix(h ^ uint64(b))
	}
	return h
}

func mix(x uint64) uint64 {
	hi, lo := bits.Mul64(x^0x9e3779b97f4a7c15, 0xe7037ed1a0b428db)
	return hi ^ lo
}
