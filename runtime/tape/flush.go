package tape

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"math"

	"github.com/opto-go/trace/runtime/internal/snapshot"
	"github.com/opto-go/trace/runtime/tracefile"
)

// sink is the trace file of the process.
type sink struct {
	mu     sync.Mutex
	f      *os.File
	w      *tracefile.Writer
	opened map[int]bool // cases whose line is written
	failed bool
}

// open starts recording when TRACE_DIR names a directory.
func open() *program {
	dir := os.Getenv("TRACE_DIR")
	if dir == "" {
		return nil
	}
	f, err := os.CreateTemp(dir, programName()+".*.ndjson")
	if err != nil {
		fmt.Fprintf(os.Stderr, "trace: nothing is recorded: %v\n", err)
		return nil
	}
	s := &sink{f: f, w: tracefile.NewWriter(f), opened: map[int]bool{}}
	s.check(s.w.Header(tracefile.Header{Trace: tracefile.Version, Program: programPath(), Go: runtime.Version()}))
	return newProgram(s)
}

func programPath() string {
	if bi, ok := debug.ReadBuildInfo(); ok && bi.Path != "" {
		return strings.TrimSuffix(bi.Path, ".test")
	}
	return filepath.Base(os.Args[0])
}

func programName() string {
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
}

// check reports the first failure and stops writing: a full disk must not
// disturb the program.
func (s *sink) check(err error) {
	if err != nil && !s.failed {
		s.failed = true
		fmt.Fprintf(os.Stderr, "trace: recording stopped: %v\n", err)
	}
}

func (s *sink) openCase(t *Tape) {
	if t.id == 0 || s.opened[t.id] {
		return
	}
	s.opened[t.id] = true
	c := tracefile.Case{Case: t.id, Name: t.name}
	if t.parent != nil {
		s.openCase(t.parent)
		c.Parent = t.parent.id
	}
	s.check(s.w.Case(c))
}

// flush writes the nodes of the current block and empties it, so that the
// block's memory is used again. The caller holds t.mu.
func (t *Tape) flush() {
	b := &t.blk
	s := t.prog.out
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed {
		b.clear()
		return
	}
	s.openCase(t)
	for i := range b.nodes {
		s.node(t, b, i)
	}
	b.clear()
	s.check(s.w.Flush())
}

func (b *block) clear() {
	b.first += Ref(len(b.nodes))
	b.nodes, b.in = b.nodes[:0], b.in[:0]
}

// seal writes what t recorded so far, so that the nodes of a case that starts
// now come later in the file.
func (t *Tape) seal() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.flush()
	}
}

var kindNames = [...]string{
	kindOp: tracefile.KindOp, kindInput: tracefile.KindInput, kindParam: tracefile.KindParam,
	kindException: tracefile.KindException, kindBundle: tracefile.KindOp,
}

func (s *sink) node(t *Tape, b *block, i int) {
	n := &b.nodes[i]
	in := b.in[n.in : n.in+uint32(n.nin)]
	l := tracefile.Node{
		N: int(b.first) + i, Case: t.id, Kind: kindNames[n.kind&^followed], Within: int(n.within),
		ID: n.site.ID, Op: n.site.Op, Name: n.site.Name, At: n.site.At, Src: n.site.Src,
		Fn: n.fn.num(), Type: n.site.Type, Value: n.format(), Degraded: n.site.Degraded,
	}
	if n.kind != kindParam {
		l.ID = ""
	}
	if n.kind&followed != 0 {
		last := len(in) - 2
		l.Call, l.Body = int(in[last]), in[last+1].num()
		in = in[:last]
	}
	for _, r := range in {
		l.In = append(l.In, r.num())
	}
	if n.val == valText && l.Type == "" {
		l.Type = (*text)(n.ptr).typ
	}
	s.check(s.w.Node(l))
}

func (n *node) format() string {
	switch n.val {
	case valBool:
		return strconv.FormatBool(n.bits != 0)
	case valInt:
		return strconv.FormatInt(int64(n.bits), 10)
	case valUint:
		return strconv.FormatUint(n.bits, 10)
	case valFloat32:
		return snapshot.Deep(float32(math.Float64frombits(n.bits)), snapshot.Limits{})
	case valFloat64:
		return snapshot.Deep(math.Float64frombits(n.bits), snapshot.Limits{})
	case valString:
		var s string
		h := (*struct {
			p unsafe.Pointer
			n int
		})(unsafe.Pointer(&s))
		h.p, h.n = n.ptr, int(n.bits)
		return snapshot.Deep(s, snapshot.Limits{})
	case valText:
		return (*text)(n.ptr).val
	}
	return ""
}

// end writes the end of a case.
func (s *sink) end(t *Tape, result string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.openCase(t)
	s.check(s.w.End(tracefile.End{End: t.id, Result: result, Score: t.score, Lines: t.lines()}))
	s.check(s.w.Flush())
}

// feedback writes a feedback line and everything before it.
func (t *Tape) feedback(r Ref, msg string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	t.flush()
	s := t.prog.out
	s.mu.Lock()
	defer s.mu.Unlock()
	s.openCase(t)
	s.check(s.w.Feedback(tracefile.Feedback{Feedback: r.num(), Case: t.id, Text: msg}))
	s.check(s.w.Flush())
}
