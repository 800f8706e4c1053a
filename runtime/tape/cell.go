package tape

import (
	"reflect"
	"sync/atomic"
	"unsafe"
)

// A cell remembers the node of the value at an address. Code that is not
// instrumented may overwrite the value, so the cell keeps the bytes too: when
// they differ, the cell is stale and says nothing.
type cell struct {
	ref  Ref
	bits [cellBytes / 8]uint64
}

// cellBytes is the size of the largest value that a cell compares whole.
// Larger values have no cells: they fall to their container.
const cellBytes = 64

// The size tells a struct from its first field.
type cellKey struct {
	p    unsafe.Pointer
	size uintptr
}

func bitsOf(p unsafe.Pointer, size uintptr) (b [cellBytes / 8]uint64) {
	copy((*[cellBytes]byte)(unsafe.Pointer(&b))[:size], unsafeBytes(p, size))
	return b
}

func unsafeBytes(p unsafe.Pointer, size uintptr) []byte {
	return (*[cellBytes]byte)(p)[:size:size]
}

// cell finds a fresh cell for the size bytes at p, here or in a parent.
func (t *Tape) cell(p unsafe.Pointer, size uintptr) (Ref, bool) {
	if size == 0 || size > cellBytes || !t.hasCells() {
		return 0, false
	}
	now := bitsOf(p, size)
	for ; t != nil; t = t.parent {
		t.mu.Lock()
		c, ok := t.cells[cellKey{p, size}]
		t.mu.Unlock()
		if ok {
			return c.ref, c.bits == now
		}
	}
	return 0, false
}

func (t *Tape) setCell(p unsafe.Pointer, size uintptr, r Ref) {
	if size == 0 || size > cellBytes {
		return
	}
	c := cell{r, bitsOf(p, size)}
	t.mu.Lock()
	if !t.ended {
		if t.cells == nil {
			t.cells = map[cellKey]cell{}
		}
		t.cells[cellKey{p, size}] = c
		atomic.AddInt32(&t.ncells, 1)
	}
	t.mu.Unlock()
}

// St notes that *p now holds the value of node r, where cont is the node of
// what contains it. An untracked value is noted only where the container
// would otherwise answer for it.
func St[T any](t *Tape, p *T, r, cont Ref) {
	size := unsafe.Sizeof(*p)
	if r == 0 && cont == 0 {
		if _, ok := t.cell(unsafe.Pointer(p), size); !ok {
			return
		}
	}
	t.setCell(unsafe.Pointer(p), size, r)
}

// At stands around a load: it sets *out to the node of *p and returns p. If
// no fresh cell answers, the value is an operator on its container, recorded
// once.
func At[T any](t *Tape, out *Ref, s *Site, cont *Ref, p *T) *T {
	if p != nil {
		*out = load(t, s, p, Get(cont))
	}
	return p
}

func load[T any](t *Tape, s *Site, p *T, cont Ref) Ref {
	size := unsafe.Sizeof(*p)
	if r, ok := t.cell(unsafe.Pointer(p), size); ok {
		return r
	}
	if cont == 0 || s == nil {
		return cont // without a site, the container is the value itself
	}
	r := record(t, kindOp, s, *p, []Ref{cont}, 0)
	t.setCell(unsafe.Pointer(p), size, r)
	return r
}

// Var stands around a load of a //trace:node variable or field: like At, but
// the value enters the graph here when nothing is known about it.
func Var[T any](t *Tape, out *Ref, s *Site, p *T) *T {
	if p != nil {
		*out = loadVar(t, s, p)
	}
	return p
}

func loadVar[T any](t *Tape, s *Site, p *T) Ref {
	size := unsafe.Sizeof(*p)
	if r, ok := t.cell(unsafe.Pointer(p), size); ok && r != 0 {
		return r
	}
	k := kindInput
	home := t
	if s.ID != "" {
		// A parameter is one node in the whole program.
		k, home = kindParam, t.prog.top
	}
	r := record(home, k, s, *p, nil, 0)
	if k == kindParam {
		home.seal()
	}
	home.setCell(unsafe.Pointer(p), size, r)
	return r
}

// Const gives the node of a //trace:node constant.
func Const[T any](t *Tape, out *Ref, s *Site, v T) T {
	*out = constNode(t, s, v)
	return v
}

func constNode[T any](t *Tape, s *Site, v T) Ref {
	id := s.ID
	if id == "" {
		id = "const " + s.At
	}
	return t.prog.once(id, func() Ref {
		k := kindInput
		if s.ID != "" {
			k = kindParam
		}
		return record(t.prog.top, k, s, v, nil, 0)
	})
}

// once records a node of the whole program under id.
func (p *program) once(id string, rec func() Ref) Ref {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.params[id]
	if !ok {
		r = rec()
		p.params[id] = r
		p.top.seal()
	}
	return r
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

// Iter holds the slice that a range statement evaluated.
type Iter struct {
	p unsafe.Pointer
	n int
}

// Range stands around the slice of a range statement.
func Range[S ~[]E, E any](it *Iter, s S) S {
	it.p, it.n = nil, len(s)
	if len(s) > 0 {
		it.p = unsafe.Pointer(&s[0])
	}
	return s
}

// Elem gives the node of *v, element i of the slice in it.
func Elem[T any](t *Tape, s *Site, it *Iter, i int, v *T, cont Ref) Ref {
	if cont == 0 && !t.hasCells() {
		return 0
	}
	if i >= it.n {
		return 0
	}
	size := unsafe.Sizeof(*v)
	p := unsafe.Pointer(uintptr(it.p) + uintptr(i)*size)
	if r, ok := t.cell(p, size); ok {
		return r
	}
	if cont == 0 {
		return 0
	}
	r := record(t, kindOp, s, *v, []Ref{cont}, 0)
	t.setCell(p, size, r)
	return r
}

// Use stands around a value that code which is not followed will look into:
// *out becomes the node of v together with the nodes of what it holds.
func Use[T any](t *Tape, out *Ref, s *Site, in *Ref, v T) T {
	*out = gather(t, s, v, Get(in))
	return v
}

// gatherMax bounds how many elements or fields Use looks at.
const gatherMax = 256

func gather[T any](t *Tape, s *Site, v T, own Ref) Ref {
	if !t.hasCells() {
		return own
	}
	parts := t.parts(reflect.ValueOf(any(v)), nil)
	if len(parts) == 0 {
		return own
	}
	if own != 0 {
		parts = append([]Ref{own}, parts...)
	}
	if len(parts) == 1 && own != 0 {
		return own
	}
	return record(t, kindOp, s, v, parts, 0)
}

// parts collects the distinct nodes of the elements or fields of v.
func (t *Tape) parts(v reflect.Value, have []Ref) []Ref {
	add := func(p unsafe.Pointer, size uintptr) {
		r, ok := t.cell(p, size)
		if !ok || r == 0 {
			return
		}
		for _, h := range have {
			if h == r {
				return
			}
		}
		have = append(have, r)
	}
	switch v.Kind() {
	case reflect.Slice:
		size := v.Type().Elem().Size()
		for i, n := 0, v.Len(); i < n && i < gatherMax; i++ {
			add(unsafe.Pointer(v.Index(i).UnsafeAddr()), size)
		}
	case reflect.Ptr:
		if v.IsNil() {
			return have
		}
		e := v.Elem()
		add(unsafe.Pointer(e.UnsafeAddr()), e.Type().Size())
		if e.Kind() == reflect.Struct {
			for i, n := 0, e.NumField(); i < n && i < gatherMax; i++ {
				add(unsafe.Pointer(e.Field(i).UnsafeAddr()), e.Field(i).Type().Size())
			}
		}
	case reflect.Map:
		have = t.mapParts(v.UnsafePointer(), have)
	}
	return have
}

// hasCells reports whether there is any cell to look for, here or in a
// parent: most programs that are only entered have none.
func (t *Tape) hasCells() bool {
	for ; t != nil; t = t.parent {
		if atomic.LoadInt32(&t.ncells) != 0 {
			return true
		}
	}
	return false
}

// moveCell copies the cell of *from to *to, which holds the same value.
func moveCell[T any](t *Tape, from, to *T) {
	size := unsafe.Sizeof(*from)
	if r, ok := t.cell(unsafe.Pointer(from), size); ok {
		t.setCell(unsafe.Pointer(to), size, r)
	}
}
