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
	p      unsafe.Pointer
	ref    Ref
	age    uint32 // regions noted later have a higher one
}

// regions holds those of a case. Each stands in the one or two pages that it
// touches, of a size that is a power of two and at least its own.
type regions struct {
	sizes uint64 // atomic: logarithms of the sizes of pages that are in use, as bits
	// filter has a bit for each page in use. Most loads find none there, and they
	// take no lock.
	filter [filterBits / 64]uint64 // atomic
	count  int32                   // atomic
	age    uint32
	mu     sync.Mutex
	pages  map[regionPage][]region
}

const filterBits = 1 << 12

// regionPage is the number of a page, followed by six bits for the logarithm of its
// size.
type regionPage uint64

func pageOf(size uint8, at uintptr) regionPage { return regionPage(at)<<6 | regionPage(size) }

func (k regionPage) size() uint8 { return uint8(k & 63) }

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

// note notes that the n bytes at p may have been changed. It reports whether the
// region is a new one.
func (rs *regions) note(p unsafe.Pointer, n uintptr, r Ref) bool {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.age++
	g := region{uintptr(p), uintptr(p) + n, p, r, rs.age}
	size := pageSize(n)
	if rs.pages == nil {
		rs.pages = map[regionPage][]region{}
	}
	atomic.StoreUint64(&rs.sizes, rs.sizes|1<<size)
	fresh := false
	for at := g.lo >> size; at <= (g.hi-1)>>size; at++ {
		k := pageOf(size, at)
		word, mask := k.bit()
		atomic.StoreUint64(&rs.filter[word], rs.filter[word]|mask)
		list, found := rs.pages[k], false
		for i := range list {
			if list[i].lo == g.lo && list[i].hi == g.hi {
				list[i], found = g, true
			}
		}
		if !found {
			rs.pages[k], fresh = append(list, g), true
		}
	}
	if fresh {
		atomic.AddInt32(&rs.count, 1)
	}
	return fresh
}

// find gives the node of the youngest region around p.
func (rs *regions) find(p uintptr) (r Ref, ok bool) {
	age := uint32(0)
	for s := atomic.LoadUint64(&rs.sizes); s != 0; s &= s - 1 {
		size := uint8(bits.TrailingZeros64(s))
		k := pageOf(size, p>>size)
		if word, mask := k.bit(); atomic.LoadUint64(&rs.filter[word])&mask == 0 {
			continue
		}
		rs.mu.Lock()
		for _, g := range rs.pages[k] {
			if g.lo <= p && p < g.hi && g.age > age {
				r, age = g.ref, g.age
			}
		}
		rs.mu.Unlock()
	}
	return r, age > 0
}

// within lists the regions that touch the memory from lo to hi, by age.
func (rs *regions) within(lo, hi uintptr) []region {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	var found []region
	add := func(list []region) {
	next:
		for _, g := range list {
			if g.lo >= hi || g.hi <= lo {
				continue
			}
			for _, f := range found {
				if f.age == g.age {
					continue next
				}
			}
			found = append(found, g)
		}
	}
	for s := rs.sizes; s != 0; s &= s - 1 {
		size := uint8(bits.TrailingZeros64(s))
		first, last := lo>>size, (hi-1)>>size
		if last-first >= uintptr(len(rs.pages)) {
			for k, list := range rs.pages {
				if k.size() == size {
					add(list)
				}
			}
			continue
		}
		for at := first; at <= last; at++ {
			k := pageOf(size, at)
			if word, mask := k.bit(); rs.filter[word]&mask != 0 {
				add(rs.pages[k])
			}
		}
	}
	if len(found) > 1 { // mostly there is one, or none
		sort.Slice(found, func(i, j int) bool { return found[i].age < found[j].age })
	}
	return found
}

func (rs *regions) forget() {
	rs.mu.Lock()
	rs.pages = nil
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
	if ended || !t.regions.note(p, n, whole(r)) {
		return
	}
	atomic.StoreInt32(&t.prog.regions, 1)
	t.tell()
	if int(atomic.AddInt32(&t.ncells, 1)) >= maxCells {
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
// first, and by age. Who asks for every leaf of a large value looks there.
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
		}
	}
	return list
}

// at is regionAt for an address in the memory.
func (n nearby) at(p unsafe.Pointer) (Ref, bool) {
	for _, list := range n {
		for i := len(list) - 1; i >= 0; i-- {
			if g := &list[i]; g.lo <= uintptr(p) && uintptr(p) < g.hi {
				return g.ref, true
			}
		}
	}
	return 0, false
}

// all is at for n bytes from p on if one region answers for all of them.
func (n nearby) all(p unsafe.Pointer, bytes uintptr) (Ref, bool) {
	first := n[0]
	if g := &first[len(first)-1]; g.lo <= uintptr(p) && uintptr(p)+bytes <= g.hi {
		return g.ref, true
	}
	return 0, false
}

// regionRefs collects the nodes of the regions that touch n bytes at p.
func (t *caseTape) regionRefs(p unsafe.Pointer, n uintptr, have []Ref) []Ref {
	t.eachRegion(p, n, func(g region) { have = addRef(have, g.ref) })
	return have
}

func (t *caseTape) eachRegion(p unsafe.Pointer, n uintptr, f func(region)) {
	if n == 0 || atomic.LoadInt32(&t.prog.regions) == 0 {
		return
	}
	for c := t; c != nil; c = c.outer() {
		if atomic.LoadInt32(&c.regions.count) != 0 {
			for _, g := range c.regions.within(uintptr(p), uintptr(p)+n) {
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
