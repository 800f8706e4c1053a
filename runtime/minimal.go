package trace

// The one algorithm behind every graph: from the outputs back to what they
// came from, then forward from the parameters. Each node and each edge is
// looked at a constant number of times.

// source is a recorded computation as the algorithm sees it. Its nodes have
// distinct sequence numbers, and a node has a higher one than its inputs.
type source[N comparable] struct {
	deps  func(N) []N    // inputs; may hold zero values (untracked) and repetitions
	seq   func(N) uint64 // place in execution order
	param func(N) bool
}

// slice is a part of a recorded computation.
type slice[N comparable] struct {
	order   []N    // in execution order
	reached []bool // by place in order: it is or comes from a parameter
	keep    []bool // by place in order: it belongs to the minimal subgraph

	seq    func(N) uint64
	places places
}

// place returns the place of n in order. It must be there.
func (sl *slice[N]) place(n N) int { return int(*sl.places.of(sl.seq(n))) - 1 }

// places maps sequence numbers to places, counted from 1; 0 is none. Numbers
// that are close, as those of one computation are, share a page: that is
// several times faster than a map of nodes.
type places struct {
	pages map[uint64]*page
	key   uint64 // of last
	last  *page
}

type page [64]int32

func (p *places) of(seq uint64) *int32 {
	key := seq / uint64(len(page{}))
	if p.last == nil || p.key != key {
		pg := p.pages[key]
		if pg == nil {
			if p.pages == nil {
				p.pages = make(map[uint64]*page)
			}
			pg = new(page)
			p.pages[key] = pg
		}
		p.key, p.last = key, pg
	}
	return &p.last[seq%uint64(len(page{}))]
}

// backward returns everything that outs came from, outs included.
func (s source[N]) backward(outs []N) *slice[N] {
	var zero N
	sl := &slice[N]{seq: s.seq}
	// Iterative: recursion would need a stack as deep as the longest chain.
	var work []N
	visit := func(n N) {
		if n == zero {
			return
		}
		if p := sl.places.of(s.seq(n)); *p == 0 {
			*p = 1
			work = append(work, n)
		}
	}
	for _, n := range outs {
		visit(n)
	}
	for len(work) > 0 {
		n := work[len(work)-1]
		work = work[:len(work)-1]
		sl.order = append(sl.order, n)
		for _, d := range s.deps(n) {
			visit(d)
		}
	}
	sortBySeq(sl.order, s.seq)
	for i, n := range sl.order {
		*sl.places.of(s.seq(n)) = int32(i + 1)
	}
	return sl
}

// minimal returns the backward slice of outs with the minimal subgraph
// marked: the nodes on a path from a parameter to an output, and their direct
// inputs. An output that no parameter reaches stands there with its direct
// inputs; if no output is reached, the whole backward slice is kept.
func (s source[N]) minimal(outs []N) *slice[N] {
	var zero N
	sl := s.backward(outs)
	sl.reached = make([]bool, len(sl.order))
	sl.keep = make([]bool, len(sl.order))
	any := false
	for i, n := range sl.order {
		reached := s.param(n)
		deps := s.deps(n)
		for _, d := range deps {
			if d != zero && sl.reached[sl.place(d)] {
				reached = true
				break
			}
		}
		if reached {
			sl.reached[i], any = true, true
			sl.keepWith(i, deps)
		}
	}
	if !any {
		for i := range sl.keep {
			sl.keep[i] = true
		}
		return sl
	}
	for _, n := range outs {
		if n != zero {
			sl.keepWith(sl.place(n), s.deps(n))
		}
	}
	return sl
}

func (sl *slice[N]) keepWith(i int, deps []N) {
	var zero N
	sl.keep[i] = true
	for _, d := range deps {
		if d != zero {
			sl.keep[sl.place(d)] = true
		}
	}
}

// sortBySeq sorts by sequence number in linear time: radix sort, 16 bits a
// round, as many rounds as the spread of the numbers needs.
func sortBySeq[N any](nodes []N, seq func(N) uint64) {
	if len(nodes) < 2 {
		return
	}
	type item struct {
		seq  uint64
		node N
	}
	items := make([]item, len(nodes))
	low := ^uint64(0)
	for i, n := range nodes {
		items[i] = item{seq(n), n}
		if items[i].seq < low {
			low = items[i].seq
		}
	}
	spread := uint64(0)
	for i := range items {
		items[i].seq -= low
		spread |= items[i].seq
	}
	// Small inputs get small digits, so that clearing the counts does not
	// cost more than the sorting.
	bits := uint(8)
	if len(nodes) > 1<<12 {
		bits = 16
	}
	next := make([]item, len(items))
	counts := make([]int, 1<<bits)
	mask := uint64(1)<<bits - 1
	for shift := uint(0); shift < 64 && spread>>shift > 0; shift += bits {
		for i := range counts {
			counts[i] = 0
		}
		for _, it := range items {
			counts[it.seq>>shift&mask]++
		}
		sum := 0
		for d, c := range counts {
			counts[d] = sum
			sum += c
		}
		for _, it := range items {
			d := it.seq >> shift & mask
			next[counts[d]] = it
			counts[d]++
		}
		items, next = next, items
	}
	for i, it := range items {
		nodes[i] = it.node
	}
}
