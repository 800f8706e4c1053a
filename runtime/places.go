package trace

import (
	"math/bits"
	"sort"
)

// places is a set of sequence numbers that knows the place of each among the
// others. Numbers of one computation lie close together, so they are bits of
// pages: less than two bits of memory for each, and next to no cache misses.
type places struct {
	pages map[uint64]*page
	// recent answers nearly all look-ups. Several entries, because a node and
	// its inputs may lie far apart.
	recent [16]*page
	count  int
}

const pageWords = 16

type page struct {
	key   uint64 // of the first number
	words [pageWords]rankedWord
}

// rankedWord is 64 numbers and the place of the first of them.
type rankedWord struct {
	bits uint64
	rank uint32
}

// add reports whether number i, below 64, is new.
func (w *rankedWord) add(i uint64) bool {
	bit := uint64(1) << i
	if w.bits&bit != 0 {
		return false
	}
	w.bits |= bit
	return true
}

func (w *rankedWord) place(i uint64) int {
	return int(w.rank) + bits.OnesCount64(w.bits&(1<<i-1))
}

func (p *places) page(seq uint64) *page {
	key := seq / (pageWords * 64)
	slot := &p.recent[key%uint64(len(p.recent))]
	if *slot != nil && (*slot).key == key {
		return *slot
	}
	pg := p.pages[key]
	if pg == nil {
		if p.pages == nil {
			p.pages = make(map[uint64]*page)
		}
		pg = &page{key: key}
		p.pages[key] = pg
	}
	*slot = pg
	return pg
}

// add reports whether seq is new.
func (p *places) add(seq uint64) bool {
	if !p.page(seq).words[seq/64%pageWords].add(seq % 64) {
		return false
	}
	p.count++
	return true
}

// number fixes the places; nothing is added from then on.
func (p *places) number() {
	pages := make([]*page, 0, len(p.pages))
	for _, pg := range p.pages {
		pages = append(pages, pg)
	}
	sort.Slice(pages, func(i, j int) bool { return pages[i].key < pages[j].key })
	rank := uint32(0)
	for _, pg := range pages {
		for i := range pg.words {
			pg.words[i].rank = rank
			rank += uint32(bits.OnesCount64(pg.words[i].bits))
		}
	}
}

// of returns the place of seq, which was added.
func (p *places) of(seq uint64) int {
	return p.page(seq).words[seq/64%pageWords].place(seq % 64)
}

// kept knows the places of the nodes that are kept among themselves.
type kept struct {
	words []rankedWord
	count int
}

func newKept(parts []part) *kept {
	k := &kept{words: make([]rankedWord, (len(parts)+63)/64)}
	for i := range k.words {
		w := &k.words[i]
		w.rank = uint32(k.count)
		end := len(parts) - i*64
		if end > 64 {
			end = 64
		}
		for j, p := range parts[i*64 : i*64+end] {
			if p&partKeep != 0 {
				w.bits |= 1 << uint(j)
				k.count++
			}
		}
	}
	return k
}

// place returns the place of node i; -1 if it is not kept.
func (k *kept) place(i int) int {
	if i/64 >= len(k.words) {
		return -1
	}
	w := &k.words[i/64]
	if w.bits>>(uint(i)%64)&1 == 0 {
		return -1
	}
	return w.place(uint64(i) % 64)
}
