package tape

import "unsafe"

// A struct or array whose fields or elements come from different nodes is an
// aggregate: an operator on them all that remembers which leaf came from
// which. So one shadow is enough to hand such a value on, and a part that is
// taken out of it later depends on no more than that part did.
type aggregate struct {
	shape  string
	leaves []Ref
}

// A shape describes a type in preorder, one byte for each struct or array (the
// number of its fields or elements) and each leaf. What the writer takes for a
// leaf, such as a value of a type parameter, may be a struct when the program
// runs.
const (
	shapeLeaf = 0x00
	shapeNone = 0xFF // nothing to follow: a lock, a value without size
	shapeMax  = 0xFE // fields or elements
)

// aggBit marks the node of an aggregate.
const aggBit Ref = 1 << 30

// shapeSize is the length of the first shape in sh and its number of leaves.
func shapeSize(sh string) (n, leaves int) {
	switch c := sh[0]; c {
	case shapeLeaf:
		return 1, 1
	case shapeNone:
		return 1, 0
	default:
		n = 1
		for i := 0; i < int(c); i++ {
			m, l := shapeSize(sh[n:])
			n, leaves = n+m, leaves+l
		}
		return n, leaves
	}
}

// child finds field or element k in a shape: its own shape and the number of
// leaves before it.
func child(sh string, k int) (sub string, from, to int, ok bool) {
	if c := sh[0]; c == shapeLeaf || c == shapeNone || k < 0 || k >= int(c) {
		return "", 0, 0, false
	}
	at := 1
	for i := 0; ; i++ {
		n, l := shapeSize(sh[at:])
		if i == k {
			return sh[at : at+n], from, from + l, true
		}
		at, from = at+n, from+l
	}
}

// aggregateOf finds the leaves of an aggregate, here or in a parent.
func (t *Tape) aggregateOf(r Ref) (a aggregate, ok bool) {
	for ; t != nil; t = t.parent {
		t.mu.Lock()
		a, ok = t.aggs[r]
		t.mu.Unlock()
		if ok {
			return a, true
		}
	}
	return a, false
}

// group gives the node of a value whose leaves have the nodes in leaves: one
// that they all share, or an aggregate.
func group[T any](t *Tape, s *Site, sh string, leaves []Ref, v T) Ref {
	return t.groupAt(s, sh, leaves, typeWord[T](), hidden(unsafe.Pointer(&v)))
}

func (t *Tape) groupAt(s *Site, sh string, leaves []Ref, word, p unsafe.Pointer) Ref {
	same := true
	for _, r := range leaves {
		if r != leaves[0] {
			same = false
			break
		}
	}
	if same {
		if len(leaves) == 0 {
			return 0
		}
		return leaves[0]
	}
	return t.newAggregateAt(s, sh, leaves, word, p)
}

func newAggregate[T any](t *Tape, s *Site, sh string, leaves []Ref, v T) Ref {
	return t.newAggregateAt(s, sh, leaves, typeWord[T](), hidden(unsafe.Pointer(&v)))
}

func (t *Tape) newAggregateAt(s *Site, sh string, leaves []Ref, word, p unsafe.Pointer) Ref {
	distinct := make([]Ref, 0, 8)
	for _, r := range leaves {
		if r != 0 {
			distinct = addRef(distinct, r)
		}
	}
	if len(distinct) == 0 {
		return 0
	}
	return t.keepAggregate(t.recordAt(kindOp, s, word, p, distinct, 0), sh, leaves)
}

func (t *Tape) keepAggregate(r Ref, sh string, leaves []Ref) Ref {
	if r == 0 {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended || t.Spent() || len(t.aggs) >= maxCells {
		return r // as a whole it is right, too
	}
	if t.aggs == nil {
		t.aggs = map[Ref]aggregate{}
	}
	r |= aggBit
	t.aggs[r] = aggregate{sh, append([]Ref(nil), leaves...)}
	return r
}

// whole is a node as one value, without the memory of its leaves.
func whole(r Ref) Ref { return r &^ aggBit }

var partSite = &Site{Src: "a part"}

// spread finds the nodes of the leaves, by the shape sh, of a value of node r.
func (t *Tape) spread(r Ref, sh string, out []Ref) {
	if r&aggBit != 0 {
		if a, ok := t.aggregateOf(r); ok {
			if a.shape == sh {
				copy(out, a.leaves)
			} else {
				t.match(r, sh, a.shape, a.leaves, out)
			}
			return
		}
	}
	for i := range out {
		out[i] = r
	}
}

// match is spread for a shape that is finer or coarser than that of the
// aggregate.
func (t *Tape) match(r Ref, want, have string, leaves, out []Ref) {
	w, h := want[0], have[0]
	switch {
	case w == shapeNone:
	case h == shapeNone:
		for i := range out {
			out[i] = 0
		}
	case h == shapeLeaf:
		t.spread(leaves[0], want, out)
	case w == shapeLeaf:
		out[0] = group(t, partSite, have, leaves, effect{})
	case w != h: // not the same type after all
		for i := range out {
			out[i] = whole(r)
		}
	default:
		want, have = want[1:], have[1:]
		for i := 0; i < int(w); i++ {
			wn, wl := shapeSize(want)
			hn, hl := shapeSize(have)
			t.match(r, want[:wn], have[:hn], leaves[:hl], out[:wl])
			want, have, leaves, out = want[wn:], have[hn:], leaves[hl:], out[wl:]
		}
	}
}

// Spread sets the shadows of the leaves of a variable, to which a value of node
// r was assigned. A shadow more than the shape has leaves keeps r itself, until
// a leaf changes.
func Spread(t *Tape, r Ref, sh string, out []Ref) {
	if r == 0 {
		for i := range out {
			out[i] = 0
		}
		return
	}
	_, n := shapeSize(sh)
	t.spread(r, sh, out[:n])
	if len(out) > n {
		out[n] = r
	}
}

// Elements gives the values of a variadic parameter the nodes that the caller
// gave them; it returns the node of all together.
func Elements[T any](t *Tape, r Ref, vs []T) Ref {
	if r&aggBit == 0 {
		return r
	}
	a, ok := t.aggregateOf(r)
	r = whole(r)
	if ok && len(a.leaves) == len(vs) {
		for i := range vs {
			St(t, &vs[i], a.leaves[i], r)
		}
	}
	return r
}

// Assign stands around the value of node *in that a variable gets: it is Spread
// where no statement can follow.
func Assign[T any](t *Tape, in *Ref, sh string, out []Ref, v T) T {
	Spread(t, Get(in), sh, out)
	return v
}

// Whole stands around a variable, or a part of one, whose leaves have shadows
// of their own: *out becomes the node of it as one value.
func Whole[T any](t *Tape, out *Ref, s *Site, sh string, leaves []Ref, v T) T {
	*out = Gather(t, s, sh, leaves, v)
	return v
}

// Gather gives the node of a value whose leaves have shadows of their own.
func Gather[T any](t *Tape, s *Site, sh string, leaves []Ref, v T) Ref {
	if !tracked(leaves) {
		return 0 // mostly
	}
	_, n := shapeSize(sh)
	if len(leaves) > n {
		if r := leaves[n]; r != 0 {
			return r
		}
	}
	r := group(t, s, sh, leaves[:n], v)
	if len(leaves) > n {
		leaves[n] = r
	}
	return r
}

// A Leaf is a part of a literal: its first leaf, its shape, and its node.
type Leaf struct {
	From  int
	Shape string
	Ref   *Ref
}

// Make stands around a literal of a struct or array of shape sh; what in leaves
// out is untracked.
func Make[T any](t *Tape, out *Ref, s *Site, sh string, in []Leaf, v T) T {
	*out = 0
	for _, l := range in {
		if Get(l.Ref) != 0 {
			*out = literal(t, s, sh, in, v)
			break
		}
	}
	return v
}

func literal[T any](t *Tape, s *Site, sh string, in []Leaf, v T) Ref {
	return t.literalAt(s, sh, in, typeWord[T](), hidden(unsafe.Pointer(&v)))
}

func (t *Tape) literalAt(s *Site, sh string, in []Leaf, word, p unsafe.Pointer) Ref {
	_, n := shapeSize(sh)
	leaves := make([]Ref, n)
	for i, l := range in {
		r := Get(l.Ref)
		if r == 0 {
			continue
		}
		_, n := shapeSize(l.Shape)
		if i > 0 && in[i-1].From == l.From && leaves[l.From] != 0 {
			r = record(t, kindOp, s, effect{}, []Ref{leaves[l.From], r}, 0) // two for one
		}
		t.spread(r, l.Shape, leaves[l.From:l.From+n])
	}
	return t.newAggregateAt(s, sh, leaves, word, p)
}

// Part stands around a part of a value of node *in: path has the number of a
// field or element in each byte.
func Part[T any](t *Tape, out *Ref, s *Site, in *Ref, path string, v T) T {
	*out = part(t, s, Get(in), path, 0, v)
	return v
}

// Index stands around an element of an array of node *in; *k is its index.
func Index[T any](t *Tape, out *Ref, s *Site, in *Ref, k *int, v T) T {
	*out = part(t, s, Get(in), "", *k, v)
	return v
}

// First stands around the array of a range statement: *k is the element that
// comes next.
func First[T any](k *int, v T) T {
	*k = 0
	return v
}

// Next is the node of v, the element of an array of node r that comes next.
func Next[T any](t *Tape, s *Site, r Ref, k *int, v T) Ref {
	i := *k
	*k++
	return part(t, s, r, "", i, v)
}

// part takes a part out of a value of node r: by the path, by the index k if
// the path is empty.
func part[T any](t *Tape, s *Site, r Ref, path string, k int, v T) Ref {
	return t.partAt(s, r, path, k, typeWord[T](), hidden(unsafe.Pointer(&v)))
}

func (t *Tape) partAt(s *Site, r Ref, path string, k int, word, p unsafe.Pointer) Ref {
	if r&aggBit == 0 {
		return r
	}
	a, ok := t.aggregateOf(r)
	if !ok {
		return r
	}
	sh, leaves := a.shape, a.leaves
	for {
		if path != "" {
			k, path = int(path[0]), path[1:]
		}
		sub, from, to, ok := child(sh, k)
		if !ok {
			return whole(r)
		}
		sh, leaves = sub, leaves[from:to]
		if sh[0] == shapeLeaf && path != "" {
			return t.partAt(s, leaves[0], path, 0, word, p)
		}
		if path == "" {
			return t.groupAt(s, sh, leaves, word, p)
		}
	}
}

// integer is any type that an index may have.
type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

// Ix stands around the first index of an array variable whose leaves have
// shadows: *at becomes the number of leaves before the element.
func Ix[I integer](at *int, leaves int, i I) I {
	*at = int(i) * leaves
	return i
}

// IxAdd is Ix for the indexes after the first.
func IxAdd[I integer](at *int, leaves int, i I) I {
	*at += int(i) * leaves
	return i
}

// Pick stands around a part of an array variable that indexes choose: its
// shadows begin *at after the first of leaves.
func Pick[T any](t *Tape, out *Ref, s *Site, sh string, leaves []Ref, at *int, v T) T {
	_, n := shapeSize(sh)
	*out = group(t, s, sh, leaves[*at:*at+n], v)
	return v
}

// leafRefs are the nodes of the leaves at p by the layout l; what has no fresh
// cell gets those of own. bare: none has a cell.
func (t *Tape) leafRefs(p unsafe.Pointer, l *layout, own Ref) (refs []Ref, bare bool) {
	refs = make([]Ref, len(l.leaves))
	bare = true
	spread := false
	for i, f := range l.leaves {
		r, ok := t.find(unsafe.Add(p, f.offset), f.size)
		if ok {
			refs[i], bare = r, false
			continue
		}
		if own != 0 && !spread {
			var from [maxLeaves]Ref
			t.spread(own, l.shape, from[:len(refs)])
			copy(refs[i:], from[i:len(refs)])
			spread = true
		}
	}
	return refs, bare
}

// Known stands around a //trace:node field of a variable whose leaves have
// shadows: the value enters the graph here when nothing is known about it.
func Known[T any](t *Tape, out *Ref, s *Site, own *Ref, v T) T {
	if *own != 0 {
		*out = *own
		return v
	}
	if s.ID != "" {
		*out = constNode(t, s, v)
	} else {
		*out = record(t, kindInput, s, v, nil, 0)
	}
	return v
}
