package tape

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

// Cells are found by address in hash tables with open addressing. Reading
// takes no lock: where there is no cell near, it is a load or two. Who writes
// holds the lock of the table. Storing and loading the same address at the same
// time would be a race of the program itself, so what a reader finds is not
// being changed; and if many readers note the same load, any of their nodes
// will do.
type cellTable struct {
	slots []cellSlot // a power of two
	shift uint       // of the hash, to an index
	// filter has a bit for each granule that a cell lies in: a few for each slot. Who
	// asks for all cells of a buffer mostly finds none.
	filter []uint64 // atomic
}

// granule is the logarithm of the size of memory that a bit of a filter stands for.
const granule = 6

// bit is where the filter has the granule of p.
func (t *cellTable) bit(p uintptr) (word *uint64, mask uint64) {
	h := uint64(p>>granule) * golden >> (t.shift - filterBitsLog)
	return &t.filter[h>>6], 1 << (h & 63)
}

const filterBitsLog = 3 // of the bits of a filter for each slot

// A cell remembers the node of the value at an address. Code that is not
// instrumented may overwrite the value, so the cell keeps its bytes too (a hash
// of them, if there are many): when they differ, the cell is stale and says
// nothing.
//
// Only leaves have cells: of a struct or a small array its fields and elements.
// So a store to a field and a load of the whole, or the other way round, always
// find each other.
//
// A cell keeps its object alive, so that no other one gets the address.
type cellSlot struct {
	meta uint64                              // atomic: size<<32 | node; 0 if the cell was dropped
	bits uint64                              // atomic: what the value was
	p    unsafe.Pointer                      // atomic; nil if the slot is empty
	_    [8 - unsafe.Sizeof(uintptr(0))]byte // keeps meta and bits aligned
}

// A cellShard holds the cells of some pieces of memory.
type cellShard struct {
	state  uint32         // atomic: 1 while locked
	closed bool           // takes no cells any more
	used   int            // slots that are not empty
	table  unsafe.Pointer // atomic: *cellTable
	_      [32]byte       // no two shards in one cache line
}

const (
	cellShards = 8
	golden     = 0x9e3779b97f4a7c15
)

func (t *caseTape) cellShard(p unsafe.Pointer) *cellShard { return t.cellShardAt(uintptr(p)) }

func (t *caseTape) cellShardAt(p uintptr) *cellShard { return &t.cells[uint64(p>>10)*golden>>61] }

func (s *cellShard) lock() {
	for !atomic.CompareAndSwapUint32(&s.state, 0, 1) {
		runtime.Gosched()
	}
}

func (s *cellShard) unlock() { release(&s.state) }

// find gives the slot of a cell, nil if there is none.
func (s *cellShard) find(p unsafe.Pointer, size uintptr) *cellSlot {
	t := (*cellTable)(atomic.LoadPointer(&s.table))
	if t == nil {
		return nil
	}
	for i := t.first(p); ; i++ {
		slot := &t.slots[i&(len(t.slots)-1)]
		switch atomic.LoadPointer(&slot.p) {
		case nil:
			return nil
		case p:
			if uintptr(atomic.LoadUint64(&slot.meta)>>32) == size {
				return slot
			}
		}
	}
}

// first is where the search for p begins.
func (t *cellTable) first(p unsafe.Pointer) int {
	return int(uint64(uintptr(p)) * golden >> t.shift)
}

// add makes a slot for a cell that is not there. The caller holds s.
func (s *cellShard) add(p unsafe.Pointer, meta, bits uint64) {
	t := (*cellTable)(s.table)
	if t == nil || s.used*4 >= len(t.slots)*3 {
		t = s.grow(t)
	}
	t.insert(p, meta, bits)
	s.used++
}

func (t *cellTable) insert(p unsafe.Pointer, meta, bits uint64) {
	i := t.first(p) & (len(t.slots) - 1)
	for t.slots[i].p != nil {
		i = (i + 1) & (len(t.slots) - 1)
	}
	word, mask := t.bit(uintptr(p))
	atomic.StoreUint64(word, *word|mask)
	slot := &t.slots[i]
	atomic.StoreUint64(&slot.bits, bits)
	atomic.StoreUint64(&slot.meta, meta)
	atomic.StorePointer(&slot.p, p)
}

// grow replaces the table by one with room, and without what was dropped.
func (s *cellShard) grow(old *cellTable) *cellTable {
	live := 0
	if old != nil {
		for i := range old.slots {
			if old.slots[i].meta != 0 {
				live++
			}
		}
	}
	t := &cellTable{shift: 64 - 5}
	for live*2 >= 1<<(64-t.shift) {
		t.shift--
	}
	t.slots = make([]cellSlot, 1<<(64-t.shift))
	t.filter = make([]uint64, len(t.slots)<<filterBitsLog/64)
	if old != nil {
		for i := range old.slots {
			if o := &old.slots[i]; o.meta != 0 {
				t.insert(o.p, o.meta, o.bits)
			}
		}
	}
	s.used = live
	atomic.StorePointer(&s.table, unsafe.Pointer(t))
	return t
}

// each calls f for all cells.
func (s *cellShard) each(f func(p unsafe.Pointer, size uintptr, r Ref)) {
	t := (*cellTable)(atomic.LoadPointer(&s.table))
	if t == nil {
		return
	}
	for i := range t.slots {
		slot := &t.slots[i]
		if p := atomic.LoadPointer(&slot.p); p != nil {
			if meta := atomic.LoadUint64(&slot.meta); meta != 0 {
				f(p, uintptr(meta>>32), Ref(meta))
			}
		}
	}
}

// forgetCells drops all cells, for good.
func (t *caseTape) forgetCells() {
	for i := range t.cells {
		s := &t.cells[i]
		s.lock()
		s.used = 0
		s.closed = true
		atomic.StorePointer(&s.table, nil)
		s.unlock()
	}
	t.regions.forget()
	atomic.StoreInt32(&t.ncells, 0)
}

// setCell notes that the leaf at p, of that many bytes, now holds the value of
// node r.
func (t *caseTape) setCell(p unsafe.Pointer, size uintptr, r Ref) {
	if size == 0 || size > maxLeaf {
		return
	}
	bits, meta := bitsOf(p, size), uint64(size)<<32|uint64(r)
	s := t.cellShard(p)
	s.lock()
	if s.closed {
		s.unlock()
		return
	}
	if slot := s.find(p, size); slot != nil {
		if slot.bits != bits {
			atomic.StoreUint64(&slot.bits, bits)
		}
		atomic.StoreUint64(&slot.meta, meta)
		s.unlock()
		return
	}
	s.add(p, meta, bits)
	n := int(atomic.AddInt32(&t.ncells, 1))
	s.unlock()
	t.tell()
	if n >= maxCells {
		t.spend(tooFull)
	}
}

// tell lets the cases inside t know that there are cells.
func (t *caseTape) tell() {
	if atomic.LoadInt32(&t.near) != 0 {
		return
	}
	t.prog.mu.Lock()
	defer t.prog.mu.Unlock()
	atomic.StoreInt32(&t.near, 1)
	for _, a := range t.prog.active {
		if a.within(t.whole) {
			atomic.StoreInt32(&a.near, 1)
		}
	}
}

// dropCell forgets a cell of this case: the container answers again.
func (t *caseTape) dropCell(p unsafe.Pointer, size uintptr) {
	s := t.cellShard(p)
	s.lock()
	if slot := s.find(p, size); slot != nil {
		atomic.StoreUint64(&slot.meta, 0)
		atomic.AddInt32(&t.ncells, -1)
	}
	s.unlock()
}

// cellsIn reports whether there may be cells in n bytes from p on, here or in a
// parent.
func (t *Tape) cellsIn(p unsafe.Pointer, n uintptr) bool {
	if n == 0 {
		return false
	}
	for c := t.caseTape; ; c = c.parent.caseTape {
		if atomic.LoadInt32(&c.ncells) != 0 {
			last := uintptr(p) + n - 1
			for q := uintptr(p) &^ (1<<granule - 1); q <= last; q += 1 << granule {
				table := (*cellTable)(atomic.LoadPointer(&c.cellShardAt(q).table))
				if table == nil {
					continue
				}
				if word, mask := table.bit(q); atomic.LoadUint64(word)&mask != 0 {
					return true
				}
			}
		}
		if c.parent == nil {
			return false
		}
	}
}

// slot finds the cell of a leaf, here or in a parent.
func (t *Tape) slot(p unsafe.Pointer, size uintptr) *cellSlot {
	for c := t.caseTape; ; c = c.parent.caseTape {
		if atomic.LoadInt32(&c.ncells) != 0 {
			if s := c.cellShard(p).find(p, size); s != nil {
				return s
			}
		}
		if c.parent == nil {
			return nil
		}
	}
}

func (s *cellSlot) ref() Ref { return Ref(atomic.LoadUint64(&s.meta)) }
