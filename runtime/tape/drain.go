package tape

import (
	"sort"
	"time"

	"github.com/opto-go/trace/runtime/internal/snapshot"
	"github.com/opto-go/trace/runtime/tracefile"
)

// drain writes all that was recorded, whichever case it belongs to.
func (p *program) drain() {
	p.out.mu.Lock()
	defer p.out.mu.Unlock()
	p.write(nil)
}

// callLag is lag where a bundle is called: it may be a program's last call, if
// it hangs.
const callLag = 20 * time.Millisecond

func (p *program) drainBeforeCall() {
	p.pool.mu.Lock()
	due := p.pool.out > 0 && time.Since(p.pool.last) > callLag
	p.pool.mu.Unlock()
	if due {
		p.drain()
	}
}

// write writes all that was recorded; ending, if there is one, records nothing
// after that. The caller holds p.out.mu.
//
// What it writes is a state that all shards were in at one moment. A node is
// recorded after its inputs are, so they are written before or now, and come
// first in the file.
func (p *program) write(ending *caseTape) {
	p.writeStreams(p.cut(ending))
}

// writeStreams writes the records of streams and takes their blocks back. The
// caller holds p.out.mu.
func (p *program) writeStreams(streams []*stream) {
	m := merger{out: p.out, streams: streams}
	if !p.out.failed {
		m.run()
		p.out.check(p.out.w.Flush())
	}
	var blocks []*block
	for _, s := range streams {
		blocks = append(blocks, s.blocks...)
	}
	p.pool.put(blocks)
}

// cut takes all records away from the shards.
func (p *program) cut(ending *caseTape) []*stream {
	p.pool.mu.Lock()
	defer p.pool.mu.Unlock()
	return p.pool.cut(func([]*shard) {
		if ending != nil {
			ending.sealed = true
		}
	})
}

// cut takes all records away. Meanwhile all shards are locked and with has a look
// at them. The caller holds p.
func (p *pool) cut(with func([]*shard)) []*stream {
	p.last = time.Now()
	shards := p.shards
	p.shards = nil
	for _, s := range shards {
		s.lock()
	}
	var streams []*stream
	for _, s := range shards {
		if s.blk != nil {
			s.blk.used = s.used
			s.full = append(s.full, s.blk)
		}
		streams = append(streams, &stream{tape: s.tape, blocks: s.full})
		s.blk, s.used, s.full = nil, blockWords, nil
	}
	streams = append(streams, p.cutFoldings()...)
	with(shards)
	for _, s := range shards {
		s.unlock()
	}
	return streams
}

// A stream reads the records of one shard, whose numbers ascend, or only one.
type stream struct {
	tape   *caseTape
	only   *recorded
	blocks []*block
	i      int    // the block that is read
	at     uint32 // the next record in it
	num    Ref    // its number

	waits bool // for a record of another stream
}

// recorded is a record as it is read.
type recorded struct {
	num     Ref
	place   uint32
	kind    kind
	value   value
	bits    uint64
	in      []uint32
	fn      Ref
	call    uint32 // of a followed call: its number
	body    Ref    // and what its body made
	within  uint32
	payload []byte
}

// peek reads the next record without taking it; false at the end. next is
// where the one after it begins.
func (s *stream) peek(r *recorded) (next uint32, ok bool) {
	if s.only != nil {
		*r = *s.only
		return 1, s.at == 0
	}
	for s.i < len(s.blocks) {
		b := s.blocks[s.i]
		if s.at >= b.used {
			s.i++
			s.at = 0
			continue
		}
		w := b.words[s.at:b.used]
		meta := w[1]
		if kind(meta) == kindNumber {
			s.num = Ref(w[0])
			s.at += headWords
			continue
		}
		n := headWords + meta>>inShift
		*r = recorded{num: s.num, place: w[0], kind: kind(meta), value: value(meta >> valueShift & 7),
			bits: uint64(w[2]) | uint64(w[3])<<32, in: w[headWords:n]}
		if meta&hasFn != 0 {
			r.fn = Ref(w[n])
			n++
		}
		if meta&hasWithin != 0 {
			r.within = w[n]
			n++
		}
		if last := len(r.in) - 2; r.kind&followed != 0 {
			r.kind &^= followed
			r.call, r.body = r.in[last], Ref(r.in[last+1])
			r.in = r.in[:last]
		}
		if r.value == valueText || r.value == valueBytes {
			size := uint32(r.bits)
			r.payload = bytesOf(w[n:], size)
			n += (size + 3) / 4
		}
		return s.at + n, true
	}
	return 0, false
}

// A merger writes the records of several streams in an order in which inputs
// come first.
type merger struct {
	out     *sink
	streams []*stream
	spans   []span // by number; empty if there is only one stream

	places []*place
	text   []byte
	values tracefile.Values
}

// span is a range of numbers that one stream has.
type span struct {
	first, last Ref
	s           *stream
}

// begin looks up the places.
func (m *merger) begin() {
	places.mu.RLock()
	m.places = places.all
	places.mu.RUnlock()
}

func (m *merger) run() {
	m.begin()
	if len(m.streams) > 1 {
		m.index()
	}
	for _, s := range m.streams {
		m.advance(s, lastRef)
	}
}

// index finds the spans.
func (m *merger) index() {
	for _, s := range m.streams {
		var r recorded
		c := *s
		for {
			next, ok := c.peek(&r)
			if !ok {
				break
			}
			if n := len(m.spans); n > 0 && m.spans[n-1].s == s && m.spans[n-1].last+1 == r.num {
				m.spans[n-1].last = r.num
			} else {
				m.spans = append(m.spans, span{r.num, r.num, s})
			}
			c.at = next
			c.num++
		}
	}
	sort.Slice(m.spans, func(i, j int) bool { return m.spans[i].first < m.spans[j].first })
}

// advance writes the records of s up to the number last, each after its
// inputs.
func (m *merger) advance(s *stream, last Ref) {
	type goal struct {
		s    *stream
		last Ref
	}
	stack := []goal{{s, last}}
	for len(stack) > 0 {
		g := stack[len(stack)-1]
		var r recorded
		next, ok := g.s.peek(&r)
		if !ok || r.num > g.last {
			g.s.waits = false
			stack = stack[:len(stack)-1]
			continue
		}
		if on, ref := m.blocked(g.s, &r); on != nil {
			g.s.waits = true
			stack = append(stack, goal{on, ref})
			continue
		}
		m.record(g.s.tape, &r)
		g.s.at = next
		g.s.num++
	}
}

// blocked finds the stream that still has an input of r, which is the next
// record of s.
func (m *merger) blocked(s *stream, r *recorded) (on *stream, ref Ref) {
	if len(m.spans) == 0 {
		return nil, 0
	}
	for i := -2; i < len(r.in); i++ {
		ref := r.fn & lastRef
		switch {
		case i >= 0:
			ref = Ref(r.in[i]) & lastRef
		case i == -1:
			ref = r.body & lastRef
		}
		if ref == 0 {
			continue
		}
		k := sort.Search(len(m.spans), func(i int) bool { return m.spans[i].last >= ref })
		if k == len(m.spans) || m.spans[k].first > ref {
			continue
		}
		on := m.spans[k].s
		if on == s || on.waits {
			continue
		}
		var next recorded
		if _, ok := on.peek(&next); ok && next.num <= ref {
			return on, ref
		}
	}
	return nil, 0
}

// record writes one.
func (m *merger) record(t *caseTape, r *recorded) {
	m.out.openCase(t.whole)
	p := m.places[r.place]
	b := m.text[:0]
	v := &m.values
	*v = tracefile.Values{N: r.num.num(), Case: t.id, Fn: r.fn.num(), Call: int(r.call), Body: r.body.num(), Within: int(r.within)}
	switch r.value {
	case valueBits:
		b = p.appendBits(b, r.bits)
	case valueText:
		b = append(b, r.payload...)
	case valueBytes:
		b = snapshot.AppendString(b, text(r.payload), int(r.bits>>32))
	case valueCount:
		v.Count = int(r.bits)
	}
	if r.kind == kindParam && p.site.ID != "" {
		m.out.params[p.site.ID] = true
	}
	t.ends.add(uint32(v.N))
	for i, in := range r.in {
		r.in[i] = uint32(Ref(in).num())
		t.ends.use(r.in[i])
	}
	t.ends.use(uint32(v.Fn))
	t.ends.use(uint32(v.Body))
	v.In, v.Value = r.in, text(b)
	m.out.check(m.out.w.Fill(p.line(r.kind), v))
	m.text = b
}
