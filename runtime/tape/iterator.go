package tape

// Yield holds the nodes of what an iterator function yields to the body of a
// range statement.
type Yield struct {
	refs  [2]Ref
	known bool // the iterator is followed
}

// Seq1 stands around the iterator function of a range statement with one
// variable.
func Seq1[V any](t *Tape, y *Yield, seq func(func(V) bool)) func(func(V) bool) {
	*y = Yield{}
	twin, ok := t.twin(funcKeyOf(seq)).(func(*Tape, *Ref, func(V) bool))
	if !ok {
		return seq
	}
	return func(yield func(V) bool) {
		f := func(v V) bool { return yield(v) }
		k := funcKeyOf(f)
		t.register(k, func(_ *Tape, o, p *Ref, v V) bool {
			*y = Yield{[2]Ref{Get(p)}, true}
			Put(o, 0)
			return yield(v)
		})
		defer t.unregister(k)
		twin(t, nil, f)
	}
}

// Seq2 is Seq1 for two variables.
func Seq2[K, V any](t *Tape, y *Yield, seq func(func(K, V) bool)) func(func(K, V) bool) {
	*y = Yield{}
	twin, ok := t.twin(funcKeyOf(seq)).(func(*Tape, *Ref, func(K, V) bool))
	if !ok {
		return seq
	}
	return func(yield func(K, V) bool) {
		f := func(k K, v V) bool { return yield(k, v) }
		key := funcKeyOf(f)
		t.register(key, func(_ *Tape, o, p, q *Ref, k K, v V) bool {
			*y = Yield{[2]Ref{Get(p), Get(q)}, true}
			Put(o, 0)
			return yield(k, v)
		})
		defer t.unregister(key)
		twin(t, nil, f)
	}
}

// Yielded gives the node of v, variable i of a range statement: what the
// iterator yielded it with, else an operator on the iterator.
func Yielded[T any](t *Tape, s *Site, y *Yield, i int, v T, cont Ref) Ref {
	if y.known {
		return y.refs[i]
	}
	return Rec(t, s, v, cont)
}

// Keep stands around the receiver of a method value.
func Keep[T any](p *any, v T) T {
	*p = v
	return v
}
