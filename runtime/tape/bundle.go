package tape

import "sync/atomic"

// A Frame is one running call of a bundle.
type Frame struct {
	t    *Tape
	b    *Bundle
	site *Site
	in   []Ref
	ptrs []*Ref
	out  Ref
	fn   Ref
	done bool
}

// Enter begins a call of b. The site is nil for a call from code that is not
// instrumented.
func Enter(t *Tape, b *Bundle, s *Site) *Frame {
	if s == nil {
		s = b.site()
	}
	f := &Frame{t: t, b: b, site: s}
	if b.ID != "" {
		f.fn = t.prog.once(b.ID, func() Ref {
			ps := &Site{ID: b.ID, Name: b.Name, Src: b.Sig, At: b.At, Type: "func"}
			top := t.prog.top
			top.mu.Lock()
			defer top.mu.Unlock()
			n, r := top.add(kindParam, ps, nil, 0)
			n.val = valNone
			return r
		})
	}
	atomic.AddInt32(&busy, 1)
	return f
}

// site describes a call that nobody wrote down: by the formal parameters.
func (b *Bundle) site() *Site {
	s := &Site{Op: b.Name, At: b.At, Args: b.Args, Deep: true}
	s.Src = b.Name + "("
	for i, a := range b.Args {
		if i > 0 {
			s.Src += ", "
		}
		s.Src += a.Src
	}
	s.Src += ")"
	return s
}

// Arg notes argument i of the call; p is its shadow, nil if it has none.
// A value that nothing is known about enters the graph here, unless it is a
// constant of the source.
func Arg[T any](f *Frame, i int, p *Ref, v T) {
	var a ArgSite
	if i < len(f.site.Args) {
		a = f.site.Args[i]
	} else if i < len(f.b.Args) {
		a = f.b.Args[i]
	}
	s := &Site{Src: a.Src, Name: a.Src, At: f.site.At, Deep: true}
	r := gather(f.t, s, v, Get(p))
	if r == 0 && !a.Const {
		r = record(f.t, kindInput, s, v, nil, 0)
		if p != nil {
			*p = r
		}
	}
	f.in = append(f.in, r)
	f.ptrs = append(f.ptrs, p)
}

// Field notes a //trace:node field that the bundle reaches through an
// argument.
func Field[T any](f *Frame, s *Site, p *T) {
	f.in = append(f.in, loadVar(f.t, s, p))
}

// Result notes result i of the call.
func Result[T any](f *Frame, i int, p *Ref, v T) {
	s := f.site
	if i < len(s.Names) && s.Names[i] != "" || s.Name != "" && i > 0 {
		c := *s
		c.Name = ""
		if i < len(s.Names) {
			c.Name = s.Names[i]
		}
		s = &c
	}
	r := record(f.t, kindBundle, s, v, f.in, f.fn)
	if f.out == 0 {
		f.out = r
	}
	Put(p, r)
}

// Err notes the error result of the call. With an error, the call is an
// exception node, and so are its other results; without one, the error is
// part of the call's node.
func Err(f *Frame, err error, p *Ref, results ...*Ref) {
	if err == nil {
		if f.out == 0 {
			f.out = record(f.t, kindBundle, f.site, err, f.in, f.fn)
		}
		Put(p, f.out)
		return
	}
	f.out = record(f.t, kindException, f.site, err, f.in, f.fn)
	Put(p, f.out)
	for _, r := range results {
		Put(r, f.out)
	}
}

// Effect notes a call without results, or one that changed what argument i
// refers to: later uses of the argument depend on the call.
func Effect(f *Frame, args ...int) {
	if f.out == 0 {
		f.out = record(f.t, kindBundle, f.site, effect{}, f.in, f.fn)
	}
	for _, i := range args {
		if i < len(f.ptrs) && f.ptrs[i] != nil {
			*f.ptrs[i] = f.out
		}
	}
}

// effect is the value of a call without results.
type effect struct{}

// Leave ends the call; it is deferred. A call that did not reach Done has
// panicked (or left by runtime.Goexit, which the case's failure explains).
func (f *Frame) Leave() {
	atomic.AddInt32(&busy, -1)
	if f.done || f.b.NoCatch || atomic.LoadInt32(&f.t.exiting) != 0 {
		return
	}
	r := record(f.t, kindException, f.site, panicked{}, f.in, f.fn)
	f.t.mu.Lock()
	f.t.pending = r
	f.t.mu.Unlock()
	f.t.seal()
}

// panicked is the value of a call that did not return.
type panicked struct{}

// Done marks the call as returned.
func (f *Frame) Done() { f.done = true }

// Recovered stands around recover: its value is the panic of the bundle that
// did not return, if there was one.
func Recovered(t *Tape, out *Ref, v any) any {
	*out = 0
	if v == nil {
		return v
	}
	t.mu.Lock()
	*out, t.pending = t.pending, 0
	t.mu.Unlock()
	return v
}
