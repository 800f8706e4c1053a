package tape

import (
	reports "github.com/opto-go/trace/runtime/internal/sink"
	"github.com/opto-go/trace/runtime/tracefile"
)

// explicit takes what the program reports through package trace without the
// generated code knowing: nodes of the explicit API get numbers of the tape.
type explicit struct{ p *program }

func init() {
	if the != nil {
		reports.Set(explicit{the})
	}
}

// tape finds the running case of that name, the program's own tape if there
// is none.
func (e explicit) tape(name string) *Tape {
	e.p.mu.Lock()
	defer e.p.mu.Unlock()
	for _, t := range e.p.active {
		if t.name == name {
			return t
		}
	}
	return e.p.top
}

// Score implements sink.Sink.
func (e explicit) Score(name string, v float64) { Scored(e.tape(name), v) }

// Feedback implements sink.Sink.
func (e explicit) Feedback(name string, nodes []tracefile.Node, out int, text string) {
	t := e.tape(name)
	s := e.p.out
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.sealed {
		return
	}
	e.p.write(nil)
	s.openCase(t)
	// A range of numbers for the nodes; each feedback brings its own copies.
	first, ok := e.p.pool.take(len(nodes))
	if !ok {
		nodes, out = nil, 0
	}
	number := func(i int) int {
		if i == 0 {
			return 0
		}
		return first + i - 1
	}
	for _, l := range nodes {
		l.N, l.Case, l.Fn = number(l.N), t.id, number(l.Fn)
		in := make([]int, len(l.In))
		for i, r := range l.In {
			in[i] = number(r)
		}
		l.In = in
		s.check(s.w.Node(l))
	}
	s.check(s.w.Feedback(tracefile.Feedback{Feedback: number(out), Case: t.id, Text: text}))
	s.check(s.w.Flush())
}
