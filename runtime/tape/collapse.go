package tape

import "sort"

// maxDepth bounds the calls of bundles that are followed inside each other, as
// those of a recursion: what goes on inside a deeper one is collapsed into one
// node.
var maxDepth = 100

const tooDeep = "bundles call each other deeper than is followed"

// A folding takes what is recorded too deep inside. It is guarded by the pool.
type folding struct {
	tape *caseTape
	now  *collapsed // nil until there is something
}

// collapsed is one node that stands for many.
type collapsed struct {
	ref   Ref
	count int
	in    map[Ref]bool
}

// maxClosed bounds the collapsed nodes that wait to be written.
const maxClosed = 256

var collapsedSite = &Site{Src: "…", Op: "collapsed"}

// folds reports whether what is recorded now goes into a collapsed node.
func (t *Tape) folds() bool { return t.frame != nil && t.frame.fold != nil }

// collapse notes that a node on in was not recorded, because a budget is used
// up or the case has ended. It gives the node that stands for it.
func (t *Tape) collapse(k kind, in []Ref, fn Ref) Ref {
	if !t.folds() {
		return t.spend(tooMany)
	}
	if k&followed != 0 {
		body := in[len(in)-1]
		in = append(in[:len(in)-2:len(in)-2], body) // without the number of the call
	}
	f := t.frame.fold
	p := &t.prog.pool
	p.mu.Lock()
	if t.full {
		p.mu.Unlock()
		return t.spend(tooMany)
	}
	defer p.mu.Unlock()
	if t.sealed || f.now == nil && !p.collapseInto(f) {
		return 0
	}
	for i := 0; i <= len(in); i++ {
		r := fn
		if i < len(in) {
			r = in[i]
		}
		if r == 0 || r == f.now.ref || f.now.in[r] {
			continue
		}
		if r&lastRef > f.now.ref || len(f.now.in) == maxIn {
			// It is younger than the collapsed node and may have come from it,
			// as what a function literal from outside made. Nothing comes from
			// itself: a second node goes on from the first.
			if !p.collapseInto(f) {
				break
			}
		}
		f.now.in[r] = true
	}
	f.now.count++
	return f.now.ref
}

// collapseInto begins a collapsed node of f, which goes on from the one before.
// It reports false if there are no numbers left. The caller holds p.
func (p *pool) collapseInto(f *folding) bool {
	// No shard may use a lower number from now on: younger nodes shall have
	// higher ones. The last to take numbers come first, so that most can be
	// taken again.
	for i := len(p.shards) - 1; i >= 0; i-- {
		s := p.shards[i]
		s.lock()
		s.dropNumbers(p)
		s.unlock()
	}
	if p.next >= lastRef {
		return false
	}
	c := &collapsed{ref: p.next, in: map[Ref]bool{}}
	p.next++
	p.older = p.next
	if old := f.now; old == nil {
		p.foldings = append(p.foldings, f)
	} else if old.count > 0 {
		c.in[old.ref] = true
		p.closed = append(p.closed, f.close())
	}
	f.now = c
	return true
}

// close gives the collapsed node of f as a record. The caller holds the pool.
func (f *folding) close() *stream {
	r := &recorded{num: f.now.ref, kind: kindOp, value: valueCount, bits: uint64(f.now.count),
		place: placeFor(collapsedSite.degraded(tooDeep), nil).num}
	for in := range f.now.in {
		r.in = append(r.in, uint32(in&lastRef))
	}
	sort.Slice(r.in, func(i, j int) bool { return r.in[i] < r.in[j] })
	f.now = nil
	return &stream{tape: f.tape, only: r, num: r.num}
}

// unfold ends a folding.
func (p *program) unfold(f *folding) {
	p.pool.mu.Lock()
	for i, g := range p.pool.foldings {
		if g == f {
			p.pool.foldings = append(p.pool.foldings[:i], p.pool.foldings[i+1:]...)
			if f.now.count > 0 {
				p.pool.closed = append(p.pool.closed, f.close())
			}
			break
		}
	}
	n := len(p.pool.closed)
	p.pool.mu.Unlock()
	if n > maxClosed {
		p.drain()
	}
}

// cutFoldings closes all collapsed nodes. The caller holds p.
func (p *pool) cutFoldings() []*stream {
	streams := p.closed
	for _, f := range p.foldings {
		if f.now.count > 0 {
			streams = append(streams, f.close())
		}
		f.now = nil
	}
	p.closed, p.foldings = nil, nil
	return streams
}
