package tape

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

// A shard is where some of the goroutines of a tape record. Its lock is held
// for a few nanoseconds, and never while waiting for anything.
type shard struct {
	state uint32 // atomic: 1 while locked
	used  uint32 // words of blk; all of them if there is no block
	blk   *block
	// Numbers from next to below limit are for this shard.
	next, limit Ref

	tape *caseTape
	full []*block // filled before blk
	_    [8]byte  // no two shards in one cache line
}

func (s *shard) tryLock() bool { return atomic.CompareAndSwapUint32(&s.state, 0, 1) }

func (s *shard) lock() {
	for !s.tryLock() {
		runtime.Gosched()
	}
}

func (s *shard) unlock() { release(&s.state) }

// stripes are the shards of a tape on which goroutines have met.
type stripes [stripeCount]shard

const stripeCount = 32

// own finds the shard of the calling goroutine: the one for the address of its
// stack. It may find another one when the stack grows or the call is deeper;
// all are as good.
func (m *stripes) own() *shard {
	var here byte
	h := uint64(uintptr(unsafe.Pointer(&here)) >> 11) // stacks are 2 KiB at least
	return &m[h*golden>>(64-5)]
}

// shard gives a shard that the caller then has locked.
func (t *caseTape) shard() *shard {
	s := &t.one
	if m := (*stripes)(atomic.LoadPointer(&t.more)); m != nil {
		s = m.own()
	}
	if !s.tryLock() {
		s = t.otherShard()
	}
	return s
}

// otherShard is for goroutines that meet: the next free one.
func (t *caseTape) otherShard() *shard {
	m := (*stripes)(atomic.LoadPointer(&t.more))
	if m == nil {
		m = new(stripes)
		for i := range m {
			m[i].tape, m[i].used = t, blockWords
		}
		if !atomic.CompareAndSwapPointer(&t.more, nil, unsafe.Pointer(m)) {
			m = (*stripes)(atomic.LoadPointer(&t.more))
		}
	}
	own := m.own()
	first := int((uintptr(unsafe.Pointer(own)) - uintptr(unsafe.Pointer(m))) / unsafe.Sizeof(*own))
	for {
		for i := range m {
			if s := &m[(first+i)%stripeCount]; s.tryLock() {
				return s
			}
		}
		runtime.Gosched()
	}
}

// put records what has no payload and no function; 0 if the tape takes no
// more.
func (t *caseTape) put(place, meta uint32, bits uint64, in []Ref) Ref {
	s := t.shard()
	n := s.used
	if n+headWords+uint32(len(in)) > blockWords || s.next == s.limit {
		s.unlock()
		return t.putDraft(&draft{place: place, meta: meta, bits: bits, in: in})
	}
	w := s.blk.words[n:]
	w[0], w[1], w[2], w[3] = place, meta|uint32(len(in))<<inShift, uint32(bits), uint32(bits>>32)
	for i, r := range in {
		w[headWords+i] = uint32(r)
	}
	r := s.next
	s.next = r + 1
	s.used = n + headWords + uint32(len(in))
	s.unlock()
	return r
}

// A draft is a record before it has a number.
type draft struct {
	place, meta uint32
	bits        uint64
	in          []Ref
	fn          Ref
	within      uint32
	text        string // payload
	shown       bool   // text is a value that was shown as Go syntax
}

// length is what the payload counts for, in bytes of a string.
func (d *draft) length() int64 {
	n := int64(len(d.text))
	if d.shown {
		n *= textNode / shownNode
	}
	return n
}

// putDraft records d; 0 if the tape takes no more.
func (t *caseTape) putDraft(d *draft) Ref {
	need := uint32(headWords+len(d.in)) + uint32(len(d.text)+3)/4
	meta := d.meta | uint32(len(d.in))<<inShift
	if d.fn != 0 {
		meta |= hasFn
		need++
	}
	if d.within != 0 {
		meta |= hasWithin
		need++
	}
	if n := d.length(); n >= textNode {
		atomic.AddInt64(&t.texts, n)
	}
	s := t.shard()
	for s.used+need > blockWords || s.next == s.limit {
		if !t.refill(s, need) {
			return 0
		}
	}
	w := s.blk.words[s.used : s.used+need]
	w[0], w[1], w[2], w[3] = d.place, meta, uint32(d.bits), uint32(d.bits>>32)
	n := headWords
	for _, r := range d.in {
		w[n] = uint32(r)
		n++
	}
	if d.fn != 0 {
		w[n] = uint32(d.fn)
		n++
	}
	if d.within != 0 {
		w[n] = d.within
		n++
	}
	copy(bytesOf(w[n:], uint32(len(d.text))), d.text)
	r := s.next
	s.next++
	s.used += need
	s.unlock()
	return r
}

// refill makes room for need words in s, which the caller has locked. It
// reports false, and s is unlocked, if the tape takes no more.
func (t *caseTape) refill(s *shard, need uint32) bool {
	s.unlock()
	p := &t.prog.pool
	p.mu.Lock()
	for first := true; !t.sealed && !t.full && (first && p.due() || p.out >= maxBlocks); first = false {
		p.mu.Unlock()
		t.prog.drain()
		p.mu.Lock()
	}
	defer p.mu.Unlock()
	if t.sealed || t.full {
		return false
	}
	s.lock()
	if s.used+need > blockWords {
		s.addBlock(p)
	}
	if s.next < p.older {
		s.dropNumbers(p)
	}
	if s.next == s.limit && !s.number(p) {
		s.unlock()
		return false
	}
	return true
}

// addBlock gives s an empty block. The caller holds s and p.
func (s *shard) addBlock(p *pool) {
	if s.blk == nil && len(s.full) == 0 {
		p.shards = append(p.shards, s)
	}
	if s.blk != nil {
		s.blk.used = s.used
		s.full = append(s.full, s.blk)
	}
	s.blk, s.used = p.get(), 0
	if s.next < s.limit {
		s.renumber()
	}
}

// renumber notes the number of the next record.
func (s *shard) renumber() {
	s.blk.words[s.used] = uint32(s.next)
	s.blk.words[s.used+1] = uint32(kindNumber)
	s.used += headWords
}

// number gives s new numbers. It reports false if the budget of the case is
// used up, or there are no more but those for the ends of cases. The caller
// holds s and p.
func (s *shard) number(p *pool) bool {
	n := int64(numbersAtOnce)
	if left := int64(maxNodes) - int64(atomic.LoadInt32(&s.tape.count)) - atomic.LoadInt64(&s.tape.texts)/textNode; n > left {
		n = left
	}
	if left := int64(lastRef) - forEnds - int64(p.next); n > left {
		n = left
	}
	if n <= 0 {
		return false
	}
	atomic.AddInt32(&s.tape.count, int32(n))
	s.next, s.limit = p.next, p.next+Ref(n)
	p.next = s.limit
	s.renumber()
	return true
}

// dropNumbers gives back the numbers that are left to s. The caller holds s and
// p.
func (s *shard) dropNumbers(p *pool) {
	left := s.limit - s.next
	if left == 0 {
		return
	}
	atomic.AddInt32(&s.tape.count, -int32(left))
	if s.limit == p.next {
		p.next = s.next
	}
	s.limit = s.next
}
