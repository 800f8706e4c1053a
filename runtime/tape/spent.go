package tape

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"sync/atomic"

	"github.com/opto-go/trace/runtime/tracefile"
)

// A case is spent when it has recorded as much as it may. One node then stands
// for all that comes later. It comes from everything that the case, and those
// around it, knew by then, so nothing has to be recorded, or even looked at, to
// know where a later value comes from: calls go to the plain functions again,
// and the program runs as fast as it does without us.

// maxNodes bounds the nodes of one case. A value that is kept as text takes longer
// than an operator, so each textNode bytes of a string count as one more node, and
// each shownNode bytes of what has to be looked into to be shown.
var maxNodes = usualNodes

const (
	textNode   = 32
	shownNode  = 8
	usualNodes = 1 << 18
)

// maxCells bounds the cells of one case.
var maxCells = 1 << 20

// lookNode is how many places in memory a case may look up for each node that it
// may record. Code that does nothing else, such as a parser whose state may come
// from anywhere, would go on with that for ever: it makes no nodes.
const lookNode = 16

const (
	tooMany = "more nodes than a case may record"
	tooFull = "more places in memory than a case may remember"
	tooLong = "more steps through memory than a case may take"
)

// nodeBudget reads what TRACE_NODES says.
func nodeBudget(s string) int {
	if s == "" {
		return usualNodes
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > tracefile.MaxNodes {
		fmt.Fprintf(os.Stderr, "trace: TRACE_NODES must be a number from 1 to %d, not %q; a case records %d nodes\n", tracefile.MaxNodes, s, usualNodes)
		return usualNodes
	}
	return n
}

// Spent reports whether the case records nothing any more. Twins then call the
// plain function.
func (t *Tape) Spent() bool { return t.spentRef() != 0 }

// spentRef is the node of what comes later in a spent case, 0 for other cases.
func (t *caseTape) spentRef() Ref { return Ref(atomic.LoadUint32(&t.spent)) }

// Unfollowed sets the shadows of what a call in a spent case gives.
func (t *Tape) Unfollowed(out ...*Ref) {
	r := t.spentRef()
	for _, p := range out {
		Put(p, r)
	}
}

// Plain reports whether a function that leads here is to do as it was written:
// nothing is recorded (t is nil), or not any more. It then sets the shadows of
// its results.
func (t *Tape) Plain(out ...*Ref) bool {
	if t == nil {
		return true
	}
	if !t.Spent() {
		return false
	}
	t.Unfollowed(out...)
	return true
}

// spend ends the recording of the case and gives the node of what comes later;
// 0 if the case has ended. The caller holds no lock but that of program.once.
func (t *caseTape) spend(why string) Ref {
	p := t.prog
	p.out.mu.Lock()
	defer p.out.mu.Unlock()
	if r := t.spentRef(); r != 0 {
		return r
	}
	if t.sealed {
		return 0
	}
	streams, first := p.cutSpent(t)
	p.writeStreams(streams)
	r := nameless
	if first != 0 {
		r = p.writeSpent(t, why, first)
	}
	t.tell() // loads have to look
	atomic.StoreInt32(&p.vague, 1)
	atomic.StoreUint32(&t.spent, uint32(r))
	t.forgetCells()
	t.mu.Lock()
	t.mapped, t.holds = nil, holders{}
	t.mu.Unlock()
	return r
}

// look counts places in memory that are about to be looked up. The caller holds
// no lock.
func (t *caseTape) look(places int) {
	if atomic.AddInt64(&t.looks, int64(places)) > lookNode*int64(maxNodes) && t.spentRef() == 0 {
		if t.spend(tooLong) == 0 {
			atomic.StoreInt64(&t.looks, 0) // it has ended, and is not to be asked at every step
		}
	}
}

// nameless is a node that has no number, because there are none left.
const nameless = inputBit

// cutSpent is cut for a case that takes no more. It reserves numbers for the
// nodes that end the case, from first on: no shard uses a lower one later. first
// is 0 if there are none left.
func (p *program) cutSpent(t *caseTape) (streams []*stream, first Ref) {
	p.pool.mu.Lock()
	defer p.pool.mu.Unlock()
	t.full = true
	streams = p.pool.cut(func(shards []*shard) {
		// The last to take numbers come first, so that most can be taken again.
		for i := len(shards) - 1; i >= 0; i-- {
			shards[i].dropNumbers(&p.pool)
		}
	})
	if n := p.endNodes(t); n < int(lastRef-p.pool.next) {
		first = p.pool.next
		p.pool.next += Ref(n)
		p.pool.older = p.pool.next
	}
	return streams, first
}

// endNodes bounds the nodes that writeSpent writes.
func (p *program) endNodes(t *caseTape) int {
	n := len(declared.sites)
	for c := t; c != nil; c = c.outer() {
		n += int(atomic.LoadInt32(&c.count))/(maxIn-1) + 2
	}
	return n + 2
}

// outer is the case around c, nil for the program's own.
func (t *caseTape) outer() *caseTape {
	if t.parent == nil {
		return nil
	}
	return t.parent.caseTape
}

// writeSpent writes the node that stands for what comes later, with numbers
// from n on. The caller holds the sink.
func (p *program) writeSpent(t *caseTape, why string, n Ref) Ref {
	m := merger{out: p.out}
	// What no case has used yet may be used by code that is not followed.
	for _, s := range declared.unseen(p.out.params) {
		place := placeFor(s, nil).num
		m.begin() // it may be a new one
		m.record(p.top.caseTape, &recorded{num: n, kind: kindParam, place: place})
		p.mu.Lock()
		if _, known := p.params[s.ID]; !known {
			p.params[s.ID] = n
		}
		p.mu.Unlock()
		n++
	}
	var in []uint32
	for c := t; c != nil; c = c.outer() {
		in = append(in, c.ends.unused()...)
	}
	sort.Slice(in, func(i, j int) bool { return in[i] < in[j] })
	place := placeFor(collapsedSite.degraded(why), nil).num
	m.begin()
	for len(in) > maxIn {
		last := in[len(in)-maxIn:]
		m.record(t, &recorded{num: n, kind: kindOp, place: place, in: append([]uint32(nil), last...)})
		in = append(in[:len(in)-maxIn], uint32(n))
		n++
	}
	m.record(t, &recorded{num: n, kind: kindOp, place: place, in: in})
	p.out.check(p.out.w.Flush())
	return n
}

// vague gives the node of what memory holds where a case, or one around it,
// is spent; in are nodes that it is known to depend on. It reports false where
// none is.
func (t *Tape) vague(in ...Ref) (Ref, bool) {
	if atomic.LoadInt32(&t.prog.vague) == 0 {
		return 0, false
	}
	if r := t.spentRef(); r != 0 {
		return r, true
	}
	var refs []Ref
	for c := t.outer(); c != nil; c = c.outer() {
		if r := c.spentRef(); r != 0 {
			refs = append(refs, r)
		}
	}
	if len(refs) == 0 {
		return 0, false
	}
	for _, r := range in {
		if r != 0 {
			refs = addRef(refs, whole(r))
		}
	}
	if len(refs) == 1 {
		return refs[0], true
	}
	return record(t, kindOp, collapsedSite.degraded("what memory holds, after the case around was spent"), effect{}, refs, 0), true
}
