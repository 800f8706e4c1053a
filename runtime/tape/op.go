package tape

import (
	"reflect"
	"sort"
	"sync/atomic"
	"unsafe"
)

// An Operand is the value of an input of Op, which becomes an input node if the
// shadow turns out to be empty. Mostly it does not, so keeping the value must not
// allocate, nor take any time to speak of: most expressions of a program have no
// operand with a node at all.
//
// Shadows stand beside the operands, not in them: a record may keep a value, and the
// compiler would allocate what lies in the same struct.
type Operand struct {
	site *Site
	word unsafe.Pointer // typeWord of a number or string that is in bits and p, nil if there is none
	p    unsafe.Pointer
	bits uint64
	val  any
}

// A number is what IN takes.
type number interface {
	~bool | ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~float32 | ~float64
}

// IN is an operand whose value is a number or a bool. It is inlined.
func IN[T number](s *Site, v T) Operand {
	o := Operand{site: s, word: typeWord[T]()}
	switch unsafe.Sizeof(v) {
	case 8:
		o.bits = *(*uint64)(unsafe.Pointer(&v))
	case 4:
		o.bits = uint64(*(*uint32)(unsafe.Pointer(&v)))
	case 2:
		o.bits = uint64(*(*uint16)(unsafe.Pointer(&v)))
	default:
		o.bits = uint64(*(*uint8)(unsafe.Pointer(&v)))
	}
	return o
}

// IS is an operand whose value is a string. It is inlined.
func IS[T ~string](s *Site, v T) Operand {
	return Operand{site: s, word: typeWord[T](), p: *(*unsafe.Pointer)(unsafe.Pointer(&v)), bits: uint64(len(v))}
}

// I is an operand of any type; r is its shadow.
func I[T any](r *Ref, s *Site, v T) Operand {
	o := Operand{site: s}
	if *r != 0 {
		return o
	}
	word := typeWord[T]()
	h := (*hint)(atomic.LoadPointer(&s.hint))
	if h == nil || h.word != word || h.form == formString {
		placeFor(s, reflect.TypeOf(pointed(word, nil)).Elem()).remember(word)
		o.val = v
		return o
	}
	o.word, o.bits = word, bitsOfForm(h.form, unsafe.Pointer(&v), unsafe.Sizeof(v))
	return o
}

// input records the value of an operand.
func (o *Operand) input(t *Tape) Ref {
	if o.word == nil {
		return record(t, kindInput, o.site, o.val, nil, 0)
	}
	h := (*hint)(atomic.LoadPointer(&o.site.hint))
	if h == nil || h.word != o.word {
		p := placeFor(o.site, reflect.TypeOf(pointed(o.word, nil)).Elem())
		p.remember(o.word)
		h = (*hint)(atomic.LoadPointer(&p.hint))
	}
	if r := t.spentRef(); r != 0 {
		return r
	}
	d := draft{place: h.num, meta: uint32(kindInput), bits: o.bits}
	if h.form == formString {
		d.str(*(*string)(unsafe.Pointer(&struct {
			p unsafe.Pointer
			n int
		}{o.p, int(o.bits)})))
	} else {
		d.is(valueBits, "")
	}
	return t.putIn(&d, kindInput, o.site)
}

// Op stands around an expression: it records v and sets *out to its node. Behind the
// shadows of the operands stand the values of the first of them.
func Op[T any](t *Tape, out *Ref, s *Site, v T, refs []*Ref, in ...Operand) T {
	r := Ref(0) // out may be one of the operands
	for _, p := range refs {
		if *p != 0 {
			var few [8]Ref
			r = record(t, kindOp, s, v, t.resolve(refs, in, few[:0]), 0)
			break
		}
	}
	*out = r
	return v
}

// resolve appends the nodes of the operands to have.
func (t *Tape) resolve(refs []*Ref, in []Operand, have []Ref) []Ref {
	for i, p := range refs {
		r := *p
		if r == 0 && i < len(in) && in[i].site != nil {
			r = in[i].input(t)
			*p = r
		}
		have = append(have, r)
	}
	return have
}

// Set stands around an expression whose value is exactly that of *src.
func Set[T any](out, src *Ref, v T) T {
	*out = Get(src)
	return v
}

// Lit stands around a slice literal: element i has the node *in[i].
func Lit[S ~[]E, E any](t *Tape, out *Ref, s *Site, in []*Ref, v S) S {
	*out = 0
	var refs []Ref
	for _, p := range in {
		if r := Get(p); r != 0 {
			refs = append(refs, r)
		}
	}
	if len(refs) == 0 {
		return v
	}
	*out = record(t, kindOp, s, v, refs, 0)
	for i, p := range in {
		St(t, &v[i], Get(p), *out)
	}
	return v
}

// A SliceRef is a slice that was evaluated. It keeps the slice's own type,
// which an interface would show.
type SliceRef[S ~[]E, E any] struct{ s S }

// S stands around the first argument of append.
func S[L ~[]E, E any](s L) *SliceRef[L, E] { return &SliceRef[L, E]{s} }

// Append is append(s, v...); the elements' cells move along when the array
// does, and the new elements get the nodes in.
func (r *SliceRef[S, E]) Append(t *Tape, out *Ref, s *Site, base *Ref, in []*Ref, v ...E) S {
	res := append(r.s, v...)
	if !anyTracked(base, in) && !t.hasCells() {
		*out = 0
		return res
	}
	old := Get(base)
	*out = Rec(t, s, res, withBase(old, in)...)
	t.appended(elemsOf(r.s), elemsOf(res), old, *out, in)
	return res
}

// A WholeRef is a [SliceRef] that another slice is appended to. What one type
// can do is compiled for every slice that is appended to.
type WholeRef[S ~[]E, E any] struct{ s S }

// L stands around the first argument of append(s, v...).
func L[L ~[]E, E any](s L) *WholeRef[L, E] { return &WholeRef[L, E]{s} }

// Append is append(s, v...) for a slice v.
func (r *WholeRef[S, E]) Append(t *Tape, out *Ref, s *Site, base, in *Ref, v []E) S {
	res := append(r.s, v...)
	*out = 0
	if Get(base) == 0 && Get(in) == 0 && !t.hasCells() {
		return res
	}
	*out = Rec(t, s, res, Get(base), gather(t, s, v, Get(in)))
	t.appended(elemsOf(r.s), elemsOf(res), Get(base), *out, nil)
	t.carry(elemsOf(res[len(r.s):]), elemsOf(v), Get(in))
	return res
}

// withBase is the nodes behind in, after that of what they are appended to.
func withBase(base Ref, in []*Ref) []Ref {
	refs := append(make([]Ref, 0, len(in)+1), base)
	for _, p := range in {
		refs = append(refs, Get(p))
	}
	return refs
}

// elems are the elements of a slice.
type elems struct {
	p    unsafe.Pointer
	n    int
	size uintptr
	l    *layout // of each
}

func elemsOf[S ~[]E, E any](s S) elems {
	var e E
	return elems{*(*unsafe.Pointer)(unsafe.Pointer(&s)), len(s), unsafe.Sizeof(e), layoutOf[E]()}
}

func (e *elems) at(i int) unsafe.Pointer { return unsafe.Add(e.p, uintptr(i)*e.size) }

// appended notes that the slice from, of node old, has become to, of node now:
// the elements' cells move along when the array does. Elements with nodes of
// their own follow, if there are any.
func (t *Tape) appended(from, to elems, old, now Ref, in []*Ref) {
	if from.n > 0 && from.p != to.p && t.hasCells() {
		t.look(from.n)
		if from.n > carryMax {
			t.moveMany(from, to)
		} else {
			for i := 0; i < from.n; i++ {
				t.moveLeaves(from.l, from.at(i), to.at(i), 0)
			}
		}
	}
	if old == 0 && now != 0 && from.n <= carryMax {
		// An untracked slice becomes a tracked one: what it held is not.
		for i := 0; i < from.n; i++ {
			p := to.at(i)
			for _, f := range to.l.leaves {
				if _, ok := t.find(unsafe.Add(p, f.offset), f.size); !ok {
					t.setCell(unsafe.Add(p, f.offset), f.size, 0)
				}
			}
		}
	}
	if len(in) == to.n-from.n {
		for i, p := range in {
			if r := Get(p); r|now != 0 || t.hasCells() {
				store(t, to.at(from.n+i), to.l, r, now)
			}
		}
	}
}

// carryMax bounds the elements that get cells of their own because their old
// container is known; of longer slices the new container answers.
const carryMax = 256

// carry takes the nodes of elements along to where they were copied.
func (t *Tape) carry(to, from elems, own Ref) {
	if own == 0 && !t.hasCells() {
		return
	}
	t.look(from.n)
	if from.n > carryMax {
		t.moveMany(from, to)
		return
	}
	for i := 0; i < from.n; i++ {
		t.moveLeaves(from.l, from.at(i), to.at(i), own)
	}
}

// moveLeaves is moveCells for values by the layout l.
func (t *Tape) moveLeaves(l *layout, from, to unsafe.Pointer, own Ref) {
	for _, f := range l.leaves {
		r, ok := t.find(unsafe.Add(from, f.offset), f.size)
		if !ok {
			r = own
			if r == 0 && !t.inRegion(unsafe.Add(to, f.offset)) {
				t.dropCell(unsafe.Add(to, f.offset), f.size)
				continue
			}
		}
		t.setCell(unsafe.Add(to, f.offset), f.size, r)
	}
}

// moveMany is moveLeaves for many elements, of which few have cells: what is known
// of them together stays so.
func (t *Tape) moveMany(from, to elems) {
	for i := 0; i < from.n; i++ {
		for _, f := range from.l.leaves {
			p := unsafe.Add(to.at(i), f.offset)
			if r, ok := t.fresh(unsafe.Add(from.at(i), f.offset), f.size); ok {
				t.setCell(p, f.size, r)
			} else {
				t.dropCell(p, f.size)
			}
		}
	}
	t.moveRegions(from.p, to.p, uintptr(from.n)*from.size)
}

// Copy is copy(dst, src); the elements keep their nodes. The number that were
// copied depends on nothing.
func Copy[E any](t *Tape, out *Ref, cont, in *Ref, dst, src []E) int {
	*out = 0
	var from []E
	if n := len(src); n > 0 && len(dst) > 0 {
		if n > len(dst) {
			n = len(dst)
		}
		from = src[:n]
		if &dst[0] != &src[0] && overlap(dst, src) && (Get(in) != 0 || t.hasCells()) {
			// The cells are read before they are written.
			from = append([]E(nil), from...)
			for i := range from {
				moveCells(t, &src[i], &from[i], Get(in))
			}
		}
	}
	n := copy(dst, src)
	own := Get(in)
	if own == 0 && Get(cont) != 0 && len(from) <= carryMax {
		for i := range from {
			St(t, &dst[i], 0, Get(cont))
		}
	}
	t.carry(elemsOf(dst), elemsOf(from), own)
	return n
}

func overlap[E any](a, b []E) bool {
	size := unsafe.Sizeof(a[0])
	p, q := uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&b[0]))
	return p < q+size*uintptr(len(b)) && q < p+size*uintptr(len(a))
}

func sortRefs(r []Ref) {
	sort.Slice(r, func(i, j int) bool { return r[i] < r[j] })
}

// distinct lists the nodes behind in, once each.
func distinct(in []*Ref) (refs []Ref) {
	for _, p := range in {
		if r := Get(p); r != 0 {
			refs = addRef(refs, r)
		}
	}
	return refs
}

// Fields stands around &T{…}: the fields idx have the nodes in, the others are
// untracked.
func Fields[T any](t *Tape, out *Ref, s *Site, idx []int, in []*Ref, p *T) *T {
	*out = 0
	refs := distinct(in)
	if len(refs) == 0 {
		return p
	}
	*out = record(t, kindOp, s, p, refs, 0)
	t.setFields(unsafe.Pointer(p), reflect.TypeOf(p).Elem(), idx, in)
	return p
}

func (t *Tape) setFields(p unsafe.Pointer, typ reflect.Type, idx []int, in []*Ref) {
	t.setLeaves(p, layoutFor(typ), 0)
	for i, q := range in {
		if r := Get(q); r != 0 {
			f := typ.Field(idx[i])
			t.setLeaves(unsafe.Add(p, f.Offset), layoutFor(f.Type), r)
		}
	}
}

// Skip records a statement that is not followed, on what it names: what it
// assigns comes from there.
func Skip(t *Tape, s *Site, in ...Ref) Ref {
	if !tracked(in) {
		return 0
	}
	return record(t, kindOp, s, effect{}, in, 0)
}

// Value stands around a //trace:node field of a value that has no address.
func Value[T any](t *Tape, out *Ref, s *Site, v T) T {
	*out = record(t, kindInput, s, v, nil, 0)
	return v
}

// Forget stands around a value that nothing is known about, which the variable
// at p gets.
func Forget[T any](own *Ref, p *T, v T) T {
	*own = 0
	return v
}

// ForgetAll is Forget for a variable whose leaves have shadows.
func ForgetAll[T any](own []Ref, v T) T {
	for i := range own {
		own[i] = 0
	}
	return v
}

// Moved stands around the last of several values that are assigned together:
// each pair is a shadow and what it becomes.
func Moved[T any](moves [][2]*Ref, v T) T {
	for _, m := range moves {
		*m[0] = Get(m[1])
	}
	return v
}
