package tape

import (
	"math/bits"
	"reflect"
	"sync"
	"sync/atomic"
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
	extent uintptr // where the last leaf ends
	cut    bool    // some are left out
	nested bool    // some are arrays, whose elements may have cells too
	shape  string
	// guarded: it holds a lock, so that only who has the lock may read it.
	guarded bool
}

type leaf struct{ offset, size uintptr }

var layouts sync.Map // reflect.Type → *layout

// scalars are the layouts of values that are one leaf, by size.
var scalars = func() (l [25]*layout) {
	for i := range l {
		l[i] = &layout{leaves: []leaf{{0, uintptr(i)}}, extent: uintptr(i), shape: string([]byte{shapeLeaf})}
	}
	l[0] = &layout{shape: string([]byte{shapeNone})}
	return l
}()

// recent are layouts that were used lately, by typeWord.
var recent [256]unsafe.Pointer // atomic: *layoutHint

type layoutHint struct {
	word unsafe.Pointer
	l    *layout
}

func layoutOf[T any]() *layout { return layoutOfWord(typeWord[T]()) }

func layoutOfWord(word unsafe.Pointer) *layout {
	at := &recent[uint8(uintptr(word)>>5)]
	if h := (*layoutHint)(atomic.LoadPointer(at)); h != nil && h.word == word {
		return h.l
	}
	h := &layoutHint{word, layoutFor(reflect.TypeOf(pointed(word, nil)).Elem())}
	atomic.StorePointer(at, unsafe.Pointer(h))
	return h.l
}

func layoutFor(t reflect.Type) *layout {
	if k := t.Kind(); k != reflect.Struct && k != reflect.Array {
		return scalars[t.Size()]
	}
	if l, ok := layouts.Load(t); ok {
		return l.(*layout)
	}
	l := &layout{}
	var shape []byte
	l.add(t, 0, &shape)
	l.shape = string(shape)
	for _, f := range l.leaves {
		l.extent = f.offset + f.size // they are in the order of memory
	}
	layouts.Store(t, l)
	return l
}

func (l *layout) add(t reflect.Type, offset uintptr, shape *[]byte) {
	switch t.Kind() {
	case reflect.Struct:
		if p := t.PkgPath(); p == "sync" || p == "sync/atomic" {
			l.guarded = true
			*shape = append(*shape, shapeNone)
			return
		}
		if n := t.NumField(); n > 0 && n <= shapeMax {
			*shape = append(*shape, byte(n))
			for i := 0; i < n; i++ {
				f := t.Field(i)
				l.add(f.Type, offset+f.Offset, shape)
			}
			return
		}
	case reflect.Array:
		if n := t.Len(); n > 0 && n <= maxLeaves {
			*shape = append(*shape, byte(n))
			for i := 0; i < n; i++ {
				l.add(t.Elem(), offset+uintptr(i)*t.Elem().Size(), shape)
			}
			return
		}
	}
	switch {
	case t.Size() == 0:
		*shape = append(*shape, shapeNone)
	case len(l.leaves) == maxLeaves || t.Size() > maxLeaf:
		*shape = append(*shape, shapeNone)
		l.cut, l.nested = true, true
	default:
		*shape = append(*shape, shapeLeaf)
		l.leaves = append(l.leaves, leaf{offset, t.Size()})
		l.nested = l.nested || t.Kind() == reflect.Array
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

// bitsOfValue is what two equal values of a type have in common: the bytes of
// the leaves, not what lies between them.
func bitsOfValue[T any](v *T) uint64 { return bitsOfLayout(unsafe.Pointer(v), layoutOf[T]()) }

func bitsOfLayout(p unsafe.Pointer, l *layout) uint64 {
	if len(l.leaves) == 1 {
		return bitsOf(unsafe.Add(p, l.leaves[0].offset), l.leaves[0].size)
	}
	h := uint64(len(l.leaves))
	for _, f := range l.leaves {
		h = mix(h ^ bitsOf(unsafe.Add(p, f.offset), f.size))
	}
	return h
}

func mix(x uint64) uint64 {
	hi, lo := bits.Mul64(x^0x9e3779b97f4a7c15, 0xe7037ed1a0b428db)
	return hi ^ lo
}
