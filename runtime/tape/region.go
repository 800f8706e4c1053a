package tape

import (
	"math/bits"
	"os"
	"reflect"
	"sort"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A region is memory that a call which is not followed may have changed: what a
// pointer points to, the elements of a slice, a map. What is in it came from the
// region's node, unless a cell says otherwise: cells inside get the node when the
// region is noted, and what is stored later has cells that are younger.
//
// A region is found by address, whoever looks there: the caller of a helper that
// hands its parameter on to other code finds what that may have written. Its
// memory is not read, because another goroutine may own it. It is kept alive, so
// that nothing else gets the address.
type region struct {
	lo, hi uintptr
	p      unsafe.Pointer // keeps it alive
	ref    Ref
}

// regions holds those of a case, by address and apart from each other: a younger
// one takes its memory from those that had it, since its node comes from theirs.
// So what they cost does not grow with how often the same memory is noted.
type regions struct {
	sizes uint64 // atomic: logarithms of the sizes of pages that are in use, as bits
	// filter has a bit for each page in use: the one or two that a region touched when
	// it was noted, of a size that is a power of two and at least its own. Most loads
	// find none there, and they take no lock.
	filter [filterBits / 64]uint64 // atomic
	count  int32                   // atomic
	mu     sync.Mutex
	runs   [][]region // none is empty
}

const filterBits = 1 << 12

// maxRun is how many regions a run has at most.
var maxRun = 128

// regionPage is the number of a page, followed by six bits for the logarithm of its
// size.
type regionPage uint64

func pageOf(size uint8, at uintptr) regionPage { return regionPage(at)<<6 | regionPage(size) }

// bit is where the filter has the page.
func (k regionPage) bit() (word int, mask uint64) {
	h := uint64(k) * golden >> (64 - 12)
	return int(h >> 6), 1 << (h & 63)
}

// minPage keeps small regions from having many sizes of pages.
const minPage = 6

func pageSize(n uintptr) uint8 {
	if s := uint8(bits.Len64(uint64(n - 1))); s > minPage {
		return s
	}
	return minPage
}

// note notes that the n bytes at p may have been changed. It gives the number of
// regions that there are more than before.
func (rs *regions) note(p unsafe.Pointer, n uintptr, r Ref) (more int) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	g := region{uintptr(p), uintptr(p) + n, p, r}
	size := pageSize(n)
	atomic.StoreUint64(&rs.sizes, rs.sizes|1<<size)
	for at := g.lo >> size; at <= (g.hi-1)>>size; at++ {
		word, mask := pageOf(size, at).bit()
		atomic.StoreUint64(&rs.filter[word], rs.filter[word]|mask)
	}
	more = rs.paint(g)
	atomic.AddInt32(&rs.count, int32(more))
	return more
}

// A regionPlace is the place of a region: its run, and where it is in there. Behind the
// last region, it is the end of the last run.
type regionPlace struct{ run, i int }

// after is the place of the first region that ends after p. The caller holds rs.mu.
func (rs *regions) after(p uintptr) (at regionPlace) {
	last := len(rs.runs) - 1
	if last < 0 {
		return at
	}
	at.run = sort.Search(last, func(i int) bool { run := rs.runs[i]; return run[len(run)-1].hi > p })
	run := rs.runs[at.run]
	at.i = sort.Search(len(run), func(i int) bool { return run[i].hi > p })
	return at
}

// paint puts g in, over what is there.
func (rs *regions) paint(g region) (more int) {
	if len(rs.runs) == 0 {
		rs.runs = [][]region{{g}}
		return 1
	}
	from := rs.after(g.lo)
	now := make([]region, 0, 3)
	if run := rs.runs[from.run]; from.i < len(run) && run[from.i].lo < g.lo {
		left := run[from.i]
		left.hi = g.lo
		now = append(now, left)
	}
	now = append(now, g)
	to, old := from, 0 // to is behind the last that g touches
	for {
		if to.i == len(rs.runs[to.run]) {
			if to.run+1 == len(rs.runs) {
				break
			}
			to = regionPlace{to.run + 1, 0}
		}
		next := rs.runs[to.run][to.i]
		if next.lo >= g.hi {
			break
		}
		if next.hi > g.hi {
			next.lo = g.hi
			now = append(now, next)
		}
		to.i++
		old++
	}
	rs.replace(from, to, now)
	return len(now) - old
}

// replace puts other regions, one at least, in the place of those from one to
// before another.
func (rs *regions) replace(from, to regionPlace, now []region) {
	run := rs.runs[from.run]
	if to.run == from.run {
		run = splice(run, from.i, to.i, now)
	} else {
		run = splice(run, from.i, len(run), now)
		rs.runs[to.run] = splice(rs.runs[to.run], 0, to.i, nil)
		if len(rs.runs[to.run]) == 0 {
			to.run++
		}
		kept := append(rs.runs[:from.run+1], rs.runs[to.run:]...)
		for i := len(kept); i < len(rs.runs); i++ {
			rs.runs[i] = nil
		}
		rs.runs = kept
	}
	rs.runs[from.run] = run
	if len(run) > maxRun {
		half := len(run) / 2
		rs.runs = append(rs.runs, nil)
		copy(rs.runs[from.run+1:], rs.runs[from.run:])
		rs.runs[from.run+1] = append([]region(nil), run[half:]...)
		rs.runs[from.run] = splice(run, half, len(run), nil)
	}
}

// splice replaces run[from:to] by now, in place if there is room.
func splice(run []region, from, to int, now []region) []region {
	n := len(run)
	for more := len(now) - (to - from); more > 0; more-- {
		run = append(run, region{})
	}
	copy(run[from+len(now):], run[to:n])
	copy(run[from:], now)
	end := n + len(now) - (to - from)
	for i := end; i < n; i++ {
		run[i] = region{} // keeps nothing alive
	}
	return run[:end]
}

// find gives the node of the region around p.
func (rs *regions) find(p uintptr) (r Ref, ok bool) {
	for s := atomic.LoadUint64(&rs.sizes); s != 0; s &= s - 1 {
		size := uint8(bits.TrailingZeros64(s))
		word, mask := pageOf(size, p>>size).bit()
		if atomic.LoadUint64(&rs.filter[word])&mask == 0 {
			continue
		}
		rs.mu.Lock()
		defer rs.mu.Unlock()
		at := rs.after(p)
		if at.run < len(rs.runs) && at.i < len(rs.runs[at.run]) {
			g := &rs.runs[at.run][at.i]
			return g.ref, g.lo <= p
		}
		return 0, false
	}
	return 0, false
}

// within lists the regions that touch the memory from lo to hi, by address.
func (rs *regions) within(lo, hi uintptr) (found []region) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	at := rs.after(lo)
	for ; at.run < len(rs.runs); at = (regionPlace{at.run + 1, 0}) {
		for _, g := range rs.runs[at.run][at.i:] {
			if g.lo >= hi {
				return found
			}
			found = append(found, g)
		}
	}
	return found
}

func (rs *regions) forget() {
	rs.mu.Lock()
	rs.runs = nil
	atomic.StoreUint64(&rs.sizes, 0)
	atomic.StoreInt32(&rs.count, 0)
	rs.mu.Unlock()
}

// noteRegion notes that the n bytes at p may have been changed.
func (t *Tape) noteRegion(p unsafe.Pointer, n uintptr, r Ref) {
	if p == nil || n == 0 || r == 0 || t.Spent() {
		return
	}
	t.mu.Lock()
	ended := t.ended
	t.mu.Unlock()
	if ended {
		return
	}
	more := t.regions.note(p, n, whole(r))
	atomic.StoreInt32(&t.prog.regions, 1)
	t.tell()
	if int(atomic.AddInt32(&t.ncells, int32(more))) >= maxCells {
		t.spend(tooFull)
	}
}

// regionAt finds the node of a region around p, here or in a case around.
func (t *caseTape) regionAt(p unsafe.Pointer) (Ref, bool) {
	if atomic.LoadInt32(&t.prog.regions) == 0 {
		return 0, false
	}
	for c := t; c != nil; c = c.outer() {
		if atomic.LoadInt32(&c.regions.count) == 0 {
			continue
		}
		if r, ok := c.regions.find(uintptr(p)); ok {
			return r, true
		}
	}
	return 0, false
}

func (t *caseTape) inRegion(p unsafe.Pointer) bool {
	_, ok := t.regionAt(p)
	return ok
}

// nearby holds the regions that touch some memory, by case with the innermost
// first, and by address. Who asks for every leaf of a large value looks there.
type nearby [][]region

func (t *caseTape) nearby(p unsafe.Pointer, n uintptr) (list nearby) {
	if n == 0 || atomic.LoadInt32(&t.prog.regions) == 0 {
		return nil
	}
	for c := t; c != nil; c = c.outer() {
		if atomic.LoadInt32(&c.regions.count) == 0 {
			continue
		}
		if found := c.regions.within(uintptr(p), uintptr(p)+n); len(found) > 0 {
			list = append(list, found)
			t.look(len(found))
		}
	}
	return list
}

// at is regionAt for an address in the memory.
func (n nearby) at(p unsafe.Pointer) (Ref, bool) {
	for _, list := range n {
		if g, ok := around(list, uintptr(p)); ok {
			return g.ref, true
		}
	}
	return 0, false
}

// all is at for n bytes from p on if one region answers for all of them.
func (n nearby) all(p unsafe.Pointer, bytes uintptr) (Ref, bool) {
	g, ok := around(n[0], uintptr(p))
	return g.ref, ok && uintptr(p)+bytes <= g.hi
}

// around finds the region around p among some that are in order.
func around(list []region, p uintptr) (region, bool) {
	i := sort.Search(len(list), func(i int) bool { return list[i].hi > p })
	if i == len(list) || list[i].lo > p {
		return region{}, false
	}
	return list[i], true
}

// regionRefs collects the nodes of the regions that touch n bytes at p.
func (t *caseTape) regionRefs(p unsafe.Pointer, n uintptr, have []Ref) []Ref {
	all := len(have)
	t.eachRegion(p, n, func(g region) { have = append(have, g.ref) })
	return dropRepeats(have, all)
}

func (t *caseTape) eachRegion(p unsafe.Pointer, n uintptr, f func(region)) {
	if n == 0 || atomic.LoadInt32(&t.prog.regions) == 0 {
		return
	}
	for c := t; c != nil; c = c.outer() {
		if atomic.LoadInt32(&c.regions.count) != 0 {
			found := c.regions.within(uintptr(p), uintptr(p)+n)
			t.look(len(found))
			for _, g := range found {
				f(g)
			}
		}
	}
}

// moveRegions notes at to what is known of the regions in the n bytes at from,
// which were copied there.
func (t *Tape) moveRegions(from, to unsafe.Pointer, n uintptr) {
	t.eachRegion(from, n, func(g region) {
		lo, hi := uintptr(0), n
		if g.lo > uintptr(from) {
			lo = g.lo - uintptr(from)
		}
		if end := uintptr(from) + n; g.hi < end {
			hi -= end - g.hi
		}
		t.noteRegion(unsafe.Add(to, lo), hi-lo, g.ref)
	})
}

var fileType = reflect.TypeOf((*os.File)(nil)).Elem()

// touched gives the memory that v refers to, and whether a call that is given v
// may change it. Files and tests are changed by what is done with them, but
// nobody reads that from their memory.
func touched(v reflect.Value) (p unsafe.Pointer, n uintptr, ok bool) {
	switch v.Kind() {
	case reflect.Ptr:
		if elem := v.Type().Elem(); !v.IsNil() && elem.PkgPath() != "testing" && elem != fileType {
			return v.UnsafePointer(), elem.Size(), true
		}
	case reflect.Slice:
		if v.Len() > 0 {
			return v.UnsafePointer(), uintptr(v.Len()) * v.Type().Elem().Size(), true
		}
	case reflect.Map:
		if !v.IsNil() {
			return v.UnsafePointer(), 1, true // the map as a whole
		}
	}
	return nil, 0, false
}
