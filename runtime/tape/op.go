package tape

import "sort"

// An Operand is an input of Op: a shadow, and the value that becomes an input
// node if the shadow turns out to be empty.
type Operand struct {
	ref  *Ref
	site *Site
	val  any
}

// R is an operand that has no value to fall back to.
func R(r *Ref) Operand { return Operand{ref: r} }

// I is an operand with its value.
func I[T any](r *Ref, s *Site, v T) Operand { return Operand{r, s, v} }

// Op stands around an expression: it records v and sets *out to its node.
func Op[T any](t *Tape, out *Ref, s *Site, v T, in ...Operand) T {
	*out = 0
	for i := range in {
		if Get(in[i].ref) != 0 {
			*out = record(t, kindOp, s, v, t.resolve(in), 0)
			break
		}
	}
	return v
}

func (t *Tape) resolve(in []Operand) []Ref {
	refs := make([]Ref, 0, len(in))
	for _, o := range in {
		r := Get(o.ref)
		if r == 0 && o.site != nil {
			r = record(t, kindInput, o.site, o.val, nil, 0)
			*o.ref = r
		}
		refs = append(refs, r)
	}
	return refs
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

// A SliceRef is a slice that was evaluated.
type SliceRef[E any] struct{ s []E }

// S stands around the first argument of append.
func S[E any](s []E) SliceRef[E] { return SliceRef[E]{s} }

// Append is append(s, v...); the elements' cells move along when the array
// does, and the new elements get the nodes in.
func (r SliceRef[E]) Append(t *Tape, out *Ref, s *Site, base *Ref, in []*Ref, v ...E) []E {
	res := append(r.s, v...)
	old := Get(base)
	refs := []Ref{old}
	for _, p := range in {
		refs = append(refs, Get(p))
	}
	*out = 0
	if !tracked(refs) && !t.hasCells() {
		return res
	}
	if len(r.s) > 0 && &r.s[0] != &res[0] {
		for i := range r.s {
			moveCell(t, &r.s[i], &res[i])
		}
	}
	*out = Rec(t, s, res, refs...)
	for i := range v {
		if len(in) == len(v) {
			St(t, &res[len(r.s)+i], Get(in[i]), *out)
		}
	}
	return res
}

// AppendAll is append(s, v...) for a slice v.
func (r SliceRef[E]) AppendAll(t *Tape, out *Ref, s *Site, base, in *Ref, v []E) []E {
	res := append(r.s, v...)
	*out = 0
	if Get(base) == 0 && Get(in) == 0 && !t.hasCells() {
		return res
	}
	if len(r.s) > 0 && &r.s[0] != &res[0] {
		for i := range r.s {
			moveCell(t, &r.s[i], &res[i])
		}
	}
	for i := range v {
		moveCell(t, &v[i], &res[len(r.s)+i])
	}
	*out = Rec(t, s, res, Get(base), gather(t, s, v, Get(in)))
	return res
}

func sortRefs(r []Ref) {
	sort.Slice(r, func(i, j int) bool { return r[i] < r[j] })
}

// Join stands around the last of several values that share a shadow, such as
// those of a variadic parameter.
func Join[T any](t *Tape, out *Ref, s *Site, in []*Ref, v T) T {
	var refs []Ref
	for _, p := range in {
		if r := Get(p); r != 0 {
			refs = append(refs, r)
		}
	}
	switch len(refs) {
	case 0:
		*out = 0
	case 1:
		*out = refs[0]
	default:
		*out = record(t, kindOp, s, v, refs, 0)
	}
	return v
}

// Value stands around a //trace:node field of a value that has no address.
func Value[T any](t *Tape, out *Ref, s *Site, v T) T {
	*out = record(t, kindInput, s, v, nil, 0)
	return v
}
