package tape

import (
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/opto-go/trace/runtime/tracefile"
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

	once   sync.Once
	parsed [][]pathBlock // by function, what Blocks says
}

// A pathBlock is the ranges of lines of a block.
type pathBlock []pathRange

type pathRange struct{ file, from, to int }

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

// lines closes the path of the case and tells which lines it ran, file by
// file; nil if it ran none.
func (t *Tape) lines() map[string]string {
	b, all := t.endPath()
	ran := map[string][]tracefile.LineRange{}
	for _, p := range all {
		for file, rs := range p.lines(b) {
			ran[file] = append(ran[file], rs...)
		}
	}
	if len(ran) == 0 {
		return nil
	}
	texts := map[string]string{}
	for name, rs := range ran {
		texts[name] = tracefile.FormatLines(rs)
	}
	return texts
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

// has reports whether block i ran.
func (b ranBits) has(i uint32) bool {
	return int(i>>5) < len(b) && b[i>>5]&(1<<(i&31)) != 0
}

// What is known of a line that belongs to a block.
const (
	lineIdle = iota + 1
	lineRan
)

// lines tells which lines of the file ran. Lines without a statement of their
// own, such as comments and closing braces, go with their neighbours if both
// ran, so that the ranges have gaps only where something did not run.
func (p *Path) lines(b ranBits) map[string][]tracefile.LineRange {
	ran := map[string][]tracefile.LineRange{}
	i := p.Base
	p.once.Do(p.parse)
	for _, blocks := range p.parsed {
		first := i
		i += uint32(len(blocks))
		if !b.any(first, i) {
			continue
		}
		states := make([]map[int]int, len(p.Files)) // of the lines of this function
		for k, block := range blocks {
			state := lineIdle
			if b.has(first + uint32(k)) {
				state = lineRan
			}
			for _, r := range block {
				if states[r.file] == nil {
					states[r.file] = map[int]int{}
				}
				for l := r.from; l <= r.to; l++ {
					if states[r.file][l] < state {
						states[r.file][l] = state
					}
				}
			}
		}
		for file, lines := range states {
			if rs := ranges(lines); len(rs) > 0 {
				ran[p.Files[file]] = append(ran[p.Files[file]], rs...)
			}
		}
	}
	return ran
}

// ranges lists the lines that ran.
func ranges(lines map[int]int) []tracefile.LineRange {
	var sorted []int
	for l := range lines {
		sorted = append(sorted, l)
	}
	sort.Ints(sorted)
	var rs []tracefile.LineRange
	open := false // the line before ran, as far as there is any
	for _, l := range sorted {
		ran := lines[l] == lineRan
		switch {
		case ran && open:
			rs[len(rs)-1].To = l
		case ran:
			rs = append(rs, tracefile.LineRange{From: l, To: l})
		}
		open = ran
	}
	return rs
}

// any reports whether any of the blocks from one to before another ran.
func (b ranBits) any(from, to uint32) bool {
	for i := from; i < to; i++ {
		if b.has(i) {
			return true
		}
	}
	return false
}

// parse reads Blocks.
func (p *Path) parse() {
	for _, fn := range strings.Split(p.Blocks, "|") {
		var blocks []pathBlock
		for _, block := range strings.Split(fn, ";") {
			blocks = append(blocks, parseBlock(block))
		}
		p.parsed = append(p.parsed, blocks)
	}
}

func parseBlock(block string) (b pathBlock) {
	if block == "" {
		return nil
	}
	for _, r := range strings.Split(block, ",") {
		file := 0
		if i := strings.IndexByte(r, '/'); i >= 0 {
			file, _ = strconv.Atoi(r[:i])
			r = r[i+1:]
		}
		to := ""
		if i := strings.IndexByte(r, '-'); i >= 0 {
			r, to = r[:i], r[i+1:]
		}
		a, _ := strconv.Atoi(r)
		z := a
		if to != "" {
			z, _ = strconv.Atoi(to)
		}
		b = append(b, pathRange{file, a, z})
	}
	return b
}
