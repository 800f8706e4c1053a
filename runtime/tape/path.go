package tape

import (
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A Path describes the blocks of a rewritten file: runs of statements that
// are executed one and all.
type Path struct {
	Base  uint32   // Unplaced until a block of the file first runs
	Files []string // relative to the module root
	// Blocks lists the lines of each block: functions are separated by "|",
	// their blocks by ";", the ranges of a block by ",". A range is "12" or
	// "12-14" in Files[0], "1/12-14" in Files[1].
	Blocks string

	once  sync.Once
	funcs []pathFunc // what Blocks says
}

// Unplaced is the Base of a file none of whose blocks has run.
const Unplaced = 1 << 31

// ranBits tells which blocks a case ran, a bit for each. The slice is
// replaced as a whole when it grows. Bits are set, and slices replaced, by who
// holds paths.mu; looking at them takes no lock.
type ranBits []uint32

var noBits ranBits

// paths are the files of which a block has run.
var paths struct {
	mu   sync.Mutex
	all  []*Path // by Base
	next uint32
}

// Ran notes that a block runs. What runs after the end of a case is not its
// path. Mostly the block has run before in the case of t, which takes no lock
// to see; that is not inlined, since it stands in rewritten code more often than
// anything else, and compilers take their time over each.
//
//go:norace
//go:noinline
func (t *Tape) Ran(p *Path, block uint32) {
	hideSync()
	i := atomic.LoadUint32(&p.Base) + block
	b := *(*ranBits)(atomic.LoadPointer(&t.ran))
	first := i>>5 >= uint32(len(b)) || atomic.LoadUint32(&b[i>>5])&(1<<(i&31)) == 0
	showSync()
	if first {
		t.ranFirst(p, block)
	}
}

//go:norace
//go:noinline
func (t *Tape) ranFirst(p *Path, block uint32) {
	hideSync()
	paths.mu.Lock()
	t.mark(p, block)
	paths.mu.Unlock()
	showSync()
}

// mark sets the bit of a block. The caller holds paths.mu.
//
//go:norace
func (t *Tape) mark(p *Path, block uint32) {
	if t.pathEnded {
		return
	}
	if p.Base == Unplaced {
		paths.all = append(paths.all, p)
		atomic.StoreUint32(&p.Base, paths.next)
		paths.next += uint32(strings.Count(p.Blocks, ";") + strings.Count(p.Blocks, "|") + 1)
	}
	i := p.Base + block
	b := *(*ranBits)(t.ran)
	if n := int(i>>5) + 1; n > len(b) {
		// Room for all that is known so far; a process has few files, so
		// this happens a few times in a case.
		if m := int(paths.next>>5) + 1; m > n {
			n = m
		}
		grown := make(ranBits, n)
		// Not by copy: that tells the race detector of it, here too, from which the
		// lock is hidden.
		for i := range b {
			grown[i] = atomic.LoadUint32(&b[i])
		}
		b = grown
		atomic.StorePointer(&t.ran, unsafe.Pointer(&b))
	}
	atomic.StoreUint32(&b[i>>5], b[i>>5]|1<<(i&31))
}

// endPath gives the blocks that ran, and the files that they are in.
//
//go:norace
func (t *Tape) endPath() (ranBits, []*Path) {
	hideSync()
	paths.mu.Lock()
	t.pathEnded = true
	b := *(*ranBits)(t.ran)
	atomic.StorePointer(&t.ran, unsafe.Pointer(&noBits))
	all := paths.all[:len(paths.all):len(paths.all)]
	paths.mu.Unlock()
	showSync()
	return b, all
}
