package tape

import (
	"sync"
	"time"
	"unsafe"
)

// A block is memory for records. It holds no pointers, so the garbage
// collector does not look into it, and nothing of the program is kept alive.
//
// A record is headWords words, its inputs, the number of its function if
// hasFn, that of the call inside which it was recorded if hasWithin, and its
// payload, if it has one, padded to whole words:
//
//	0    number of the place
//	1    kind | value<<valueShift | hasFn | hasWithin | number of inputs<<inShift
//	2,3  the value's bits, or the length of the payload and how many bytes of
//	     the value it does not show
//
// Records are numbered one after the other. One of kind kindNumber says in
// word 0 with which number the next ones begin.
type block struct {
	used  uint32
	words [blockWords]uint32
}

const (
	blockWords = 1 << 14 // 64 KiB
	headWords  = 4

	valueShift = 8
	hasFn      = 1 << 12
	hasWithin  = 1 << 13
	inShift    = 16

	// maxIn bounds the inputs of one record, so that it fits into a block.
	maxIn = 1 << 12
	// maxText bounds a payload, in bytes.
	maxText = 4 << 10
)

// value tells what words 2 and 3 of a record are.
type value uint32

const (
	valueNone  value = iota
	valueBits        // by the place's type
	valueText        // the payload is Go syntax
	valueBytes       // the payload is a string
	valueCount       // how many nodes this one stands for
)

// maxBlocks bounds the blocks of a process that are not written yet; their
// records are written when it is reached.
var maxBlocks = 256 // 16 MiB

// keepBlocks is how many empty blocks wait for new records.
const keepBlocks = 64

// lag is how old an unwritten record may become while others follow it. What a
// killed process leaves lacks no more than that and the last few records.
var lag = time.Second

// numbersAtOnce is how many numbers a shard takes. With each it looks whether
// records are due to be written.
const numbersAtOnce = 256

// forEnds is how many numbers are kept for the nodes that end cases.
const forEnds = 1 << 20

// pool is what the shards of a process share.
type pool struct {
	mu     sync.Mutex // comes before the lock of a shard
	free   []*block
	out    int      // blocks that hold records
	shards []*shard // those that have blocks, in order of their first
	next   Ref      // first number that is not given away
	older  Ref      // numbers below are not used any more, see collapse
	last   time.Time

	foldings []*folding // with a collapsed node
	closed   []*stream  // collapsed nodes that others go on from
}

// get gives an empty block. The caller holds p.mu.
func (p *pool) get() *block {
	p.out++
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		return b
	}
	return new(block)
}

// put takes blocks back whose records are written.
func (p *pool) put(blocks []*block) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out -= len(blocks)
	for _, b := range blocks {
		if len(p.free) < keepBlocks {
			b.used = 0
			p.free = append(p.free, b)
		}
	}
}

// take gives n numbers; false if there are not so many left.
func (p *pool) take(n int) (first int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n > int(lastRef-p.next) {
		return 0, false
	}
	first = int(p.next)
	p.next += Ref(n)
	return first, true
}

// due reports whether records must be written before another block is taken.
// The caller holds p.mu.
func (p *pool) due() bool {
	return p.out >= maxBlocks || p.out > 0 && time.Since(p.last) > lag
}

// bytesOf gives the first n bytes of words.
func bytesOf(words []uint32, n uint32) []byte {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*4)[:n]
}
