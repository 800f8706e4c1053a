package tape

import (
	"reflect"
	"sync/atomic"
	"unsafe"
)

// find looks for a fresh cell at p, or a region around it, here or in a parent.
func (t *Tape) find(p unsafe.Pointer, size uintptr) (r Ref, ok bool) {
	if r, ok := t.fresh(p, size); ok {
		return r, true
	}
	return t.regionAt(p)
}

// fresh looks for a fresh cell at p.
func (t *Tape) fresh(p unsafe.Pointer, size uintptr) (r Ref, ok bool) {
	s := t.slot(p, size)
	if s == nil {
		return 0, false
	}
	return s.ref(), atomic.LoadUint64(&s.bits) == bitsOf(p, size)
}

// known reports whether there is a cell or a region at p, fresh or not.
func (t *Tape) known(p unsafe.Pointer, size uintptr) bool {
	if t.slot(p, size) != nil {
		return true
	}
	return t.inRegion(p)
}

// setLeaves gives all leaves of the value at p the node r, those of an
// aggregate theirs.
func (t *Tape) setLeaves(p unsafe.Pointer, l *layout, r Ref) {
	if r&aggBit != 0 {
		t.scatter(p, l, r)
		return
	}
	for _, f := range l.leaves {
		t.setCell(unsafe.Add(p, f.offset), f.size, r)
	}
}

// hold collects the distinct nodes of the leaves of the value at p. bare: some
// leaf has no cell, so that the container answers for it.
func (t *Tape) hold(p unsafe.Pointer, l *layout, have []Ref) (refs []Ref, bare bool) {
	return t.holdNear(p, l, t.nearby(p, l.extent), have)
}

// holdNear is hold where the regions around p are known.
func (t *Tape) holdNear(p unsafe.Pointer, l *layout, near nearby, have []Ref) (refs []Ref, bare bool) {
	bare = l.cut
	for _, f := range l.leaves {
		q := unsafe.Add(p, f.offset)
		r, ok := t.fresh(q, f.size)
		if !ok {
			r, ok = near.at(q)
		}
		if !ok {
			bare = true
		} else if r != 0 {
			have = addRef(have, r)
		}
	}
	return have, bare
}

// noted is hold for a value that must not be read: its cells are believed.
func (t *Tape) noted(p unsafe.Pointer, l *layout, have []Ref) []Ref {
	for _, f := range l.leaves {
		if s := t.slot(unsafe.Add(p, f.offset), f.size); s != nil && s.ref() != 0 {
			have = addRef(have, s.ref())
		}
	}
	return have
}

func addRef(refs []Ref, r Ref) []Ref {
	for _, h := range refs {
		if h == r {
			return refs
		}
	}
	return append(refs, r)
}

// St notes that *p now holds the value of node r, where cont is the node of
// what contains it. An untracked value is noted only where the container
// would otherwise answer for it, or a cell for what was there before.
func St[T any](t *Tape, p *T, r, cont Ref) {
	if r|cont == 0 && !t.hasCells() {
		return // most stores, and they must cost next to nothing
	}
	store(t, unsafe.Pointer(p), layoutOf[T](), r, cont)
}

func store(t *Tape, p unsafe.Pointer, l *layout, r, cont Ref) {
	t.look(len(l.leaves))
	if r&aggBit != 0 {
		t.scatter(p, l, r)
		return
	}
	for _, f := range l.leaves {
		q := unsafe.Add(p, f.offset)
		if r == 0 && cont == 0 && !t.known(q, f.size) {
			continue
		}
		t.setCell(q, f.size, r)
	}
}

// scatter gives the leaves of the value at p those of the aggregate r.
func (t *Tape) scatter(p unsafe.Pointer, l *layout, r Ref) {
	if l.cut {
		t.setLeaves(p, l, whole(r))
		return
	}
	var refs [maxLeaves]Ref
	t.spread(r, l.shape, refs[:len(l.leaves)])
	for i, f := range l.leaves {
		t.setCell(unsafe.Add(p, f.offset), f.size, refs[i])
	}
}

// At stands around a load: it sets *out to the node of *p and returns p. What
// no fresh cell answers for is an operator on the container, recorded once.
func At[T any](t *Tape, out *Ref, s *Site, cont *Ref, p *T) *T {
	switch {
	case p == nil:
	case (cont == nil || *cont == 0) && !t.hasCells():
		*out = 0
	default:
		*out = load(t, s, p, Get(cont))
	}
	return p
}

// AtVar is At for a variable whose own shadow is *own.
func AtVar[T any](t *Tape, out *Ref, s *Site, own *Ref, p *T) *T {
	r := Get(own)
	if v, ok := t.vague(r); ok {
		r = v
	} else if t.hasCells() {
		r = held(t, s, p, layoutOf[T](), r)
	}
	*out = r
	return p
}

func load[T any](t *Tape, s *Site, p *T, cont Ref) Ref {
	if cont == 0 && !t.hasCells() {
		return 0
	}
	// The address is not hidden: a cell may remember it.
	return t.loadAt(s, typeWord[T](), unsafe.Pointer(p), cont)
}

func (t *Tape) loadAt(s *Site, word, p unsafe.Pointer, cont Ref) Ref {
	t.look(1)
	if r := t.spentRef(); r != 0 {
		return r
	}
	l := layoutOfWord(word)
	if len(l.leaves) == 1 && !l.cut {
		r, ok := t.find(unsafe.Add(p, l.leaves[0].offset), l.leaves[0].size)
		if ok {
			return r
		}
		if r, ok := t.vague(cont); ok {
			return r
		}
		if cont == 0 {
			return 0
		}
		r = t.recordAt(kindOp, s, word, p, []Ref{cont}, 0)
		t.setLeaves(p, l, r)
		return r
	}
	if r, ok := t.vague(cont); ok {
		cont = r
	}
	if cont != 0 && !t.noticed(p, l) {
		r := t.recordAt(kindOp, s, word, p, []Ref{cont}, 0)
		t.setLeaves(p, l, r)
		return r
	}
	return t.heldAt(s, word, p, l, whole(cont))
}

// noticed reports whether a fresh cell answers for any leaf of the value at p.
func (t *Tape) noticed(p unsafe.Pointer, l *layout) bool {
	for _, f := range l.leaves {
		if _, ok := t.find(unsafe.Add(p, f.offset), f.size); ok {
			return true
		}
	}
	return false
}

// held is the node of *p; own answers for the leaves that have no fresh cell.
func held[T any](t *Tape, s *Site, p *T, l *layout, own Ref) Ref {
	return t.heldAt(s, typeWord[T](), hidden(unsafe.Pointer(p)), l, own)
}

func (t *Tape) heldAt(s *Site, word, p unsafe.Pointer, l *layout, own Ref) Ref {
	t.look(len(l.leaves))
	switch {
	case l.cut:
		refs, bare := t.hold(p, l, nil)
		return t.unionAt(s, word, p, refs, bare, own)
	case len(l.leaves) == 0:
		return own
	case len(l.leaves) == 1:
		if r, ok := t.find(unsafe.Add(p, l.leaves[0].offset), l.leaves[0].size); ok {
			return r
		}
		return own
	}
	refs, bare := t.leafRefs(p, l, own)
	if bare {
		return own
	}
	return t.groupAt(s, l.shape, refs, word, p)
}

// union is the node of a value whose leaves have the nodes refs; bare: and
// some are what own says.
func (t *Tape) unionAt(s *Site, word, p unsafe.Pointer, refs []Ref, bare bool, own Ref) Ref {
	if bare && own != 0 {
		refs = addRef(refs, whole(own))
	}
	switch len(refs) {
	case 0:
		return 0
	case 1:
		return refs[0]
	}
	return t.recordAt(kindOp, s, word, p, refs, 0)
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
	l := layoutOf[T]()
	if refs, _ := t.hold(unsafe.Pointer(p), l, nil); len(refs) > 0 {
		return held(t, s, p, l, 0)
	}
	if r := t.spentRef(); r != 0 {
		return r // it knows all parameters
	}
	if _, ok := t.vague(); ok {
		in := Ref(0)
		if s.ID != "" {
			in = constNode(t, s, *p)
		}
		r, _ := t.vague(in)
		return r
	}
	k := kindInput
	home := t
	if s.ID != "" {
		// A parameter is one node in the whole program.
		k, home = kindParam, t.prog.top
	}
	r := record(home, k, s, *p, nil, 0)
	home.setLeaves(unsafe.Pointer(p), l, r)
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
	r, ok := p.params[id]
	p.mu.Unlock()
	if ok {
		return r
	}
	p.rare.Lock()
	defer p.rare.Unlock()
	p.mu.Lock()
	r, ok = p.params[id]
	p.mu.Unlock()
	if ok {
		return r
	}
	r = rec()
	p.mu.Lock()
	p.params[id] = r
	p.mu.Unlock()
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

// hasCells reports whether there has been any cell, here or in a parent: most
// programs that are only entered have none.
func (t *Tape) hasCells() bool { return atomic.LoadInt32(&t.near) != 0 }

// moveCells copies the cells of *from to *to, which holds the same value; a
// leaf without a cell is what own says.
func moveCells[T any](t *Tape, from, to *T, own Ref) {
	t.moveLeaves(layoutOf[T](), unsafe.Pointer(from), unsafe.Pointer(to), own)
}
