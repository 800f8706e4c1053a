package tape

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// A Tape is where code records: a case, and the call of a bundle inside which
// it records, if that is followed. Instrumented code hands it on explicitly, and
// function literals capture it, so it knows the call without any state of a
// goroutine. Its methods and the functions that take it may be used by several
// goroutines at once.
type Tape struct {
	*caseTape
	frame *Frame // nil outside of followed calls
}

// caseTape is what all tapes of a case share.
type caseTape struct {
	texts  int64 // atomic: bytes of values that are kept as text
	looks  int64 // atomic: places in memory that were looked up
	whole  *Tape // the tape of the case itself
	prog   *program
	parent *Tape // nil for the program's own tape
	id     int   // number of the case; 0 for the program
	name   string

	one   shard          // where goroutines record until two of them meet
	more  unsafe.Pointer // atomic: *stripes, where they do after that
	count int32          // atomic: numbers that shards took

	spent  uint32 // atomic: Ref of what comes after the budget was used up, 0 before
	ends   ledger // used by who holds the sink
	full   bool   // takes no records any more, as it is being spent; guarded by the pool
	sealed bool   // records nothing any more; written by who holds sink and pool

	mu    sync.Mutex
	ended bool // late goroutines of a finished case note nothing

	tb      TB // the test of the case; nil if it has none
	watches []watch
	out     printing

	near    int32 // atomic: there have been cells, here or in a parent
	ncells  int32 // atomic: number of cells
	nfuncs  int32 // atomic: number of funcs
	cells   [cellShards]cellShard
	regions regions
	holds   holders
	mapped  map[mapKey]mapped
	aggs    map[Ref]aggregate
	funcs   literals
	raised  []raised
	last    raisedAt
	deep    map[*Site]int // how often a value was shown deep
	pending Ref           // exception node of a panic that nobody recovered yet
	// pendingIn is the number of the followed call inside which it happened.
	pendingIn uint32
	exiting   int32 // atomic: Fatal or FailNow is leaving the case
	score     *float64

	ran       unsafe.Pointer // *ranBits: the blocks that ran
	pathEnded bool           // guarded by paths.mu
}

// program is the state of the process.
type program struct {
	out    *sink
	pool   pool
	top    *Tape
	isMain bool // a main function runs; a test binary's cases end by themselves

	mu     sync.Mutex
	cases  int
	active []*Tape // cases that are running, in order of start
	params map[string]Ref
	sent   map[unsafe.Pointer]*channel

	current atomic.Value // holder: the tape of plain entries
	vague   int32        // atomic: some case is spent
	regions int32        // atomic: some case has regions
	rare    sync.Mutex   // held while once records; comes before all other locks
	calls   uint32       // atomic: calls of bundles that are followed
}

type holder struct{ t *Tape }

// the is the process's recording, nil when TRACE_DIR is not set.
var the = open()

// busy counts running bundles whose body is not followed: a plain call of an
// instrumented function from inside one is part of it and is not recorded.
var busy int32

func newProgram(out *sink) *program {
	p := &program{out: out, params: map[string]Ref{}}
	p.pool.next, p.pool.last = 1, time.Now()
	p.top = newTape(&caseTape{prog: p})
	p.current.Store(holder{p.top})
	return p
}

func newTape(c *caseTape) *Tape {
	c.one.tape, c.one.used = c, blockWords
	c.whole, c.ran = &Tape{caseTape: c}, unsafe.Pointer(&noBits)
	return c.whole
}

// Active returns the tape for a call that did not come through instrumented
// code: the tape of the only running case. It is nil when nothing is
// recorded any more, when several cases run, or inside a bundle.
//
// It is inlined, so that a program that does not record pays next to nothing.
func Active() *Tape {
	if the == nil {
		return nil
	}
	return active()
}

func active() *Tape {
	if atomic.LoadInt32(&busy) != 0 {
		return nil
	}
	t := the.current.Load().(holder).t
	if t != nil && t.Spent() {
		return nil
	}
	return t
}

// Marking returns the tape for a call, inside a bundle that is not followed, of a
// bundle: that notes its path there. It is nil where [Active] is not, when nothing
// is recorded any more, and when several cases run.
func Marking() *Tape {
	if the == nil {
		return nil
	}
	return marking()
}

func marking() *Tape {
	if atomic.LoadInt32(&busy) == 0 {
		return nil
	}
	t := the.current.Load().(holder).t
	if t != nil && t.Spent() {
		return nil
	}
	return t
}

// Records reports whether the process records at all. The answer never changes.
func Records() bool { return the != nil }

// Init returns the program's own tape, for package initialisers and TestMain.
func Init() *Tape {
	if the == nil {
		return nil
	}
	return the.top
}

func (p *program) start(parent *Tape, name string) *Tape {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cases++
	t := newTape(&caseTape{prog: p, parent: parent.whole, id: p.cases, name: name})
	t.near = atomic.LoadInt32(&parent.near)
	p.active = append(p.active, t)
	p.choose()
	return t
}

// choose finds the tape of plain entries: a case whose ancestors are the only
// other running cases. The caller holds p.mu.
func (p *program) choose() {
	t := p.top
	if n := len(p.active); n > 0 {
		t = p.active[n-1]
		for _, a := range p.active[:n-1] {
			if !t.within(a) {
				t = nil
				break
			}
		}
	}
	p.current.Store(holder{t})
}

func (t *Tape) within(a *Tape) bool {
	for ; t != nil; t = t.parent {
		if t == a {
			return true
		}
	}
	return false
}

// end closes the case. Ending twice is harmless.
func (t *Tape) end(result string) {
	t.mu.Lock()
	if t.ended {
		t.mu.Unlock()
		return
	}
	t.ended = true
	t.mapped, t.aggs, t.funcs, t.raised, t.holds = nil, nil, literals{}, nil, holders{}
	t.forgetCells()
	t.mu.Unlock()

	p := t.prog
	p.out.mu.Lock()
	p.write(t.caseTape)
	p.out.end(t, result)
	p.out.mu.Unlock()

	p.mu.Lock()
	for i, a := range p.active {
		if a == t.whole {
			p.active = append(p.active[:i:i], p.active[i+1:]...)
			break
		}
	}
	p.choose()
	p.mu.Unlock()
}
