package tape

import (
	"reflect"
	"sync/atomic"
	"unsafe"
)

// A Frame is one running call of a bundle.
type Frame struct {
	t    *Tape
	b    *Bundle
	site *Site
	in   []Ref
	ptrs []*Ref
	out  Ref
	fn   Ref
	own  []Ref // shadows of the arguments as the body sees them
	done bool
	// alone: the body runs, and is not followed.
	alone bool

	// Of a call whose body is followed:
	inside Tape // what the body records on
	call   uint32
	depth  int      // of such calls inside each other, this one counted
	made   []Ref    // nodes that the body made of the results
	fold   *folding // takes what is recorded too deep inside; nil above
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
			return record(t.prog.top, kindParam, b.param(), effect{}, nil, 0)
		})
	}
	return f
}

// Alone begins the body, which is not followed: plain calls in it are part of
// it.
func (f *Frame) Alone() {
	f.alone = true
	f.t.prog.drainBeforeCall()
	atomic.AddInt32(&busy, 1)
}

// Inside begins the body, which is followed, and gives the tape that it records
// on.
func (f *Frame) Inside() *Tape {
	f.call = atomic.AddUint32(&f.t.prog.calls, 1)
	f.depth = 1
	if out := f.t.frame; out != nil {
		f.depth = out.depth + 1
		f.fold = out.fold
	}
	if f.depth > maxDepth && f.fold == nil {
		f.fold = &folding{tape: f.t.caseTape}
	}
	f.inside = Tape{f.t.caseTape, f}
	return &f.inside
}

// number is that of the call, 0 for none.
func (f *Frame) number() uint32 {
	if f == nil {
		return 0
	}
	return f.call
}

// Own gives the shadow of argument i for the body of a followed bundle.
func (f *Frame) Own(i int) *Ref { return &f.own[i] }

// Made notes the nodes that the body of a followed bundle made of its results.
func (f *Frame) Made(refs ...Ref) { f.made = refs }

// result records a node of the call; body is the node inside that it stands
// for, if the body is followed.
func result[T any](f *Frame, k kind, s *Site, v T, body Ref) Ref {
	if f.call == 0 {
		return record(f.t, k, s, v, f.in, f.fn)
	}
	in := make([]Ref, 0, len(f.in)+2)
	return record(f.t, k|followed, s, v, append(append(in, f.in...), Ref(f.call), body), f.fn)
}

// body gives the node that the body made of result i, 0 if it made none.
func (f *Frame) body(i int) Ref {
	if i >= 0 && i < len(f.made) {
		return f.made[i]
	}
	return 0
}

// site describes a call that nobody wrote down: by the formal parameters.
func (b *Bundle) site() *Site {
	if s := (*Site)(atomic.LoadPointer(&b.plain)); s != nil {
		return s
	}
	s := &Site{Op: b.Name, At: b.At, Args: b.Args, Deep: true}
	s.Src = b.Name + "("
	for i, a := range b.Args {
		if i > 0 {
			s.Src += ", "
		}
		s.Src += a.Src
	}
	s.Src += ")"
	if !atomic.CompareAndSwapPointer(&b.plain, nil, unsafe.Pointer(s)) {
		s = (*Site)(atomic.LoadPointer(&b.plain))
	}
	return s
}

// Arg notes argument i of the call; p is its shadow, nil if it has none.
// A value that nothing is known about enters the graph here, unless it is a
// constant of the source or takes no memory: then it cannot tell anything.
func Arg[T any](f *Frame, i int, p *Ref, v T) {
	var a ArgSite
	if i < len(f.site.Args) {
		a = f.site.Args[i]
	} else if i < len(f.b.Args) {
		a = f.b.Args[i]
	}
	s := f.site.variant(variantKey{ofArg, i, a.Src}, func(c *Site) {
		*c = Site{Src: a.Src, Name: a.Src, At: c.At, Deep: true}
	})
	own := Get(p)
	r := gather(f.t, s, v, own)
	if r == 0 && !a.Const && unsafe.Sizeof(v) > 0 {
		r = record(f.t, kindInput, s, v, nil, 0)
		own = r
		if p != nil {
			*p = r
		}
	}
	f.in = append(f.in, r)
	f.ptrs = append(f.ptrs, p)
	f.own = append(f.own, own)
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
		name := ""
		if i < len(s.Names) {
			name = s.Names[i]
		}
		s = s.variant(variantKey{ofResult, i, name}, func(c *Site) { c.Name = name })
	}
	r := result(f, kindBundle, s, v, f.body(i))
	if f.out == 0 {
		f.out = r
	}
	Put(p, r)
}

// Err notes the error result of the call. With an error, the call is an
// exception node, and so are its other results; without one, the error is
// part of the call's node.
func Err(f *Frame, err error, p *Ref, results ...*Ref) {
	body := f.body(len(f.made) - 1)
	if err == nil {
		if f.out == 0 {
			f.out = result(f, kindBundle, f.site, err, body)
		}
		Put(p, f.out)
		return
	}
	f.out = result(f, kindException, f.site, err, body)
	Put(p, f.out)
	for i, r := range results {
		out := f.out
		if f.call != 0 && r != nil && f.body(i) != body {
			// The body tells what this result came from, the error or not.
			out = result(f, kindException, f.site, err, f.body(i))
		}
		Put(r, out)
	}
}

// Effect notes a call without results.
func Effect(f *Frame) {
	if f.out == 0 {
		f.out = result(f, kindBundle, f.site, effect{}, 0)
	}
}

// Mutated notes that the call may have changed what argument i, which is v,
// refers to: later uses depend on the call. A body that is followed says itself
// what it stores where.
func Mutated[T any](f *Frame, i int, v T) {
	Effect(f)
	if f.call != 0 || i >= len(f.ptrs) {
		return
	}
	Put(f.ptrs[i], f.out)
	x := reflect.ValueOf(any(v))
	if x.Kind() == reflect.Ptr && layoutFor(x.Type().Elem()).guarded {
		// What holds a lock serves many. Its counters and caches would chain all
		// calls together.
		return
	}
	f.t.changed(x, f.out)
}

// effect is the value of a call without results.
type effect struct{}

// Leave ends the call; it is deferred. A call that did not reach Done has
// panicked (or left by runtime.Goexit, which the case's failure explains).
//
// A panic makes an exception node of every call that it leaves, each on that
// of the call inside which it came from.
func (f *Frame) Leave() {
	if f.alone {
		atomic.AddInt32(&busy, -1)
	}
	t := f.t
	if f.fold != nil && (t.frame == nil || t.frame.fold == nil) {
		t.prog.unfold(f.fold)
	}
	if f.done || f.b.NoCatch || atomic.LoadInt32(&t.exiting) != 0 {
		return
	}
	var inner Ref
	t.mu.Lock()
	if f.call != 0 && t.pendingIn == f.call {
		inner = t.pending
	}
	t.mu.Unlock()
	r := result(f, kindException, f.site, panicked{}, inner)
	t.mu.Lock()
	t.pending, t.pendingIn = r, t.frame.number()
	t.mu.Unlock()
	t.prog.drain()
}

// panicked is the value of a call that did not return.
type panicked struct{}

// Done marks the call as returned.
func (f *Frame) Done() { f.done = true }
