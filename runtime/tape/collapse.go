package tape

import (
	"sort"
	"sync/atomic"

	"github.com/opto-go/trace/runtime/tracefile"
)

// maxNodes bounds the nodes of one case; what comes later is collapsed into
// one node.
var maxNodes = 1 << 20

// maxDepth bounds the calls of bundles that are followed inside each other, as
// those of a recursion: what goes on inside a deeper one is collapsed into one
// node.
var maxDepth = 100

const (
	tooMany = "more nodes than a case may record"
	tooDeep = "bundles call each other deeper than is followed"
)

// A folding takes what is recorded where a budget is used up.
type folding struct {
	why string
	now *collapsed // nil until there is something
}

// collapsed is one node that stands for many.
type collapsed struct {
	ref   Ref
	count int
	in    map[Ref]bool
	// What the case had recorded when it began, to tell younger nodes: the
	// block of that time ended before limit and was full up to next.
	next, limit Ref
}

// maxCollapsedIn bounds the inputs of a collapsed node.
const maxCollapsedIn = 4096

// folds reports whether what is recorded now goes into a collapsed node, or
// nowhere. The caller holds t.mu.
func (t *Tape) folds() bool {
	return t.ended || t.count >= maxNodes || t.frame != nil && t.frame.fold != nil
}

// collapse notes that a node on in was not recorded. The caller holds t.mu.
func (t *Tape) collapse(k kind, in []Ref, fn Ref) Ref {
	if t.ended {
		return 0
	}
	if k&followed != 0 {
		body := in[len(in)-1]
		in = append(in[:len(in)-2:len(in)-2], body) // without the number of the call
	}
	f := &t.over
	if t.frame != nil && t.frame.fold != nil {
		f = t.frame.fold
	}
	if f.now == nil {
		f.now = t.collapsed()
	}
	for i := 0; i <= len(in); i++ {
		r := fn
		if i < len(in) {
			r = in[i]
		}
		if r == 0 || r == f.now.ref || f.now.in[r] {
			continue
		}
		if f.now.older(r) {
			// It may have come from the collapsed node, as what a function
			// literal from outside made. Nothing comes from itself: a second
			// node goes on from the first.
			old := f.now
			f.now = t.collapsed()
			if old.count > 0 {
				t.writeCollapsed(old, f.why)
				f.now.in[old.ref] = true
			}
		}
		if len(f.now.in) < maxCollapsedIn {
			f.now.in[r] = true
		}
	}
	f.now.count++
	return f.now.ref
}

func (t *Tape) collapsed() *collapsed {
	b := &t.blk
	return &collapsed{
		ref:  Ref(atomic.AddUint32(&t.prog.nextID, 1)), // no block gives it away again
		in:   map[Ref]bool{},
		next: b.first + Ref(len(b.nodes)), limit: b.limit,
	}
}

// older reports whether c was there before the node r.
func (c *collapsed) older(r Ref) bool {
	n := Ref(r.num())
	return n > c.ref || c.next <= n && n < c.limit
}

// finishFolding writes what is left of a folding. The caller holds t.mu.
func (t *Tape) finishFolding(f *folding) {
	if f.now != nil && f.now.count > 0 && !t.ended {
		t.writeCollapsed(f.now, f.why)
	}
}

// writeCollapsed writes the node that stands for what was collapsed into c.
// The caller holds t.mu.
func (t *Tape) writeCollapsed(c *collapsed, why string) {
	l := tracefile.Node{N: c.ref.num(), Case: t.id, Kind: tracefile.KindOp, Op: "collapsed", Src: "…",
		Degraded: why, Count: c.count}
	for r := range c.in {
		l.In = append(l.In, r.num())
	}
	sort.Ints(l.In)
	s := t.prog.out
	s.mu.Lock()
	defer s.mu.Unlock()
	s.openCase(t)
	s.check(s.w.Node(l))
}
