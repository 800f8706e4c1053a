package tape

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/opto-go/trace/runtime/tracefile"
)

// sink is the trace file of the process.
type sink struct {
	mu     sync.Mutex // comes before that of the pool
	f      *os.File
	w      *tracefile.Writer
	opened map[int]bool    // cases whose line is written
	params map[string]bool // parameters that have nodes, by identity
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
	s := newSink(f)
	s.f = f
	maxNodes = nodeBudget(os.Getenv("TRACE_NODES"))
	s.check(s.w.Header(tracefile.Header{Trace: tracefile.Version, Program: programPath(), Go: runtime.Version()}))
	return newProgram(s)
}

func newSink(w io.Writer) *sink {
	return &sink{w: tracefile.NewWriter(w), opened: map[int]bool{}, params: map[string]bool{}}
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

// end writes the end of a case. The caller holds s.
func (s *sink) end(t *Tape, result string) {
	s.openCase(t)
	s.check(s.w.End(tracefile.End{End: t.id, Result: result, Score: t.score, Lines: t.lines(), Spent: t.Spent()}))
	s.check(s.w.Flush())
}

// feedback writes a feedback line and everything before it.
func (t *Tape) feedback(r Ref, msg string) {
	s := t.prog.out
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.sealed {
		return
	}
	t.prog.write(nil)
	s.openCase(t)
	s.check(s.w.Feedback(tracefile.Feedback{Feedback: r.num(), Case: t.id, Text: msg}))
	s.check(s.w.Flush())
}
