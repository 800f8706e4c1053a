package unsafely

import (
	"fmt"
	"unsafe"
)

type outer struct {
	a int8
	inner
}

type inner struct{ x, y int64 }

type generic[T any] struct {
	a T
	b int32
}

func (g *generic[T]) offset() uintptr {
	return unsafe.Offsetof(g.b) + unsafe.Sizeof(g.a) + unsafe.Alignof(g.b)
}

type last struct {
	p *byte //trace:node
}

func nowhere() *byte { // opaque: makes a pointer of a number
	return (*byte)(unsafe.Pointer(^uintptr(0)))
}

// Main uses package unsafe.
func Main() {
	var o outer //trace:node
	fmt.Println(unsafe.Offsetof(o.inner), unsafe.Offsetof(o.inner.y), unsafe.Sizeof(o))
	p := &o
	fmt.Println(unsafe.Offsetof(p.inner), unsafe.Offsetof(p.y))
	g := &generic[int8]{} //trace:node
	h := &generic[int64]{}
	fmt.Println(g.offset(), h.offset())
	end := nowhere() //trace:node
	l := last{end}
	fmt.Println(unsafe.String(l.p, 0) == "", len(unsafe.Slice(end, 0)))
	*(*int64)(unsafe.Add(unsafe.Pointer(&o), unsafe.Offsetof(o.y)+unsafe.Offsetof(o.inner))) = 7
	fmt.Println(o.y)
}
