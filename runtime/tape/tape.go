package tape

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// A Tape records one case. Its methods and the functions that take it may be
// used by several goroutines at once.
type Tape struct {
	prog   *program
	parent *Tape // nil for the program's own tape
	id     int   // number of the case; 0 for the program
	name   string

	mu    sync.Mutex
	blk   block
	ended bool // late goroutines of a finished case record nothing
	count int  // nodes recorded
	over  *collapsed

	ncells  int32 // atomic: number of cells, to skip look-ups
	cells   map[cellKey]cell
	mapped  map[mapKey]mapped
	funcs   map[funcKey]any
	pending Ref   // exception node of a panic that nobody recovered yet
	exiting int32 // atomic: Fatal or FailNow is leaving the case
	score   *float64
}

// maxNodes bounds the nodes of one case; what comes later is collapsed into
// one node.
var maxNodes = 1 << 20

// program is the state of the process.
type program struct {
	out    *sink
	top    *Tape
	isMain bool // a main function runs; a test binary's cases end by themselves

	mu     sync.Mutex
	cases  int
	active []*Tape // cases that are running, in order of start
	params map[string]Ref
	sent   map[unsafe.Pointer][]Ref // nodes sent on a channel

	current atomic.Value // holder: the tape of plain entries
	nextID  uint32       // atomic: first number of the next block
}

type holder struct{ t *Tape }

// the is the process's recording, nil when TRACE_DIR is not set.
var the = open()

// busy counts running bundles: a plain call of an instrumented function from
// inside a bundle is part of that bundle and is not recorded.
var busy int32

func newProgram(out *sink) *program {
	p := &program{out: out, params: map[string]Ref{}}
	p.top = &Tape{prog: p}
	p.current.Store(holder{p.top})
	return p
}

// Active returns the tape for a call that did not come through instrumented
// code: the tape of the only running case. It is nil when nothing is
// recorded, when several cases run, or inside a bundle.
func Active() *Tape {
	if the == nil {
		return nil
	}
	if atomic.LoadInt32(&busy) != 0 {
		return nil
	}
	return the.current.Load().(holder).t
}

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
	t := &Tape{prog: p, parent: parent, id: p.cases, name: name}
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
	t.flush()
	t.finishCollapsed()
	t.prog.out.end(t, result)
	t.ended = true
	t.cells, t.mapped, t.funcs = nil, nil, nil
	t.mu.Unlock()

	p := t.prog
	p.mu.Lock()
	for i, a := range p.active {
		if a == t {
			p.active = append(p.active[:i:i], p.active[i+1:]...)
			break
		}
	}
	p.choose()
	p.mu.Unlock()
}
