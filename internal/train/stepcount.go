package train

import (
	"fmt"

	"github.com/opto-go/trace/internal/train/journal"
)

// A stepCount tells how far a step has come with its candidates.
type stepCount struct {
	step, of, done int
	best           *journal.Total // nil: one run does not tell
	text           func(journal.Total) string
}

// countStep begins with the best program so far. Where candidates are measured in
// rounds, what one of them gave in its first run says little, and is left out.
func (s *session) countStep(step, of int) *stepCount {
	n := &stepCount{step: step, of: of, text: s.totalText}
	if s.gauge == nil && s.pool != nil {
		best := s.pool.now().eval.total
		n.best = &best
	}
	return n
}

// add takes in a candidate that is done with; nil: it did not run.
func (n *stepCount) add(ev *evaluation) {
	n.done++
	if n.best != nil && ev != nil && ev.rejected == "" && better(ev.total, *n.best) {
		best := ev.total
		n.best = &best
	}
}

func (n *stepCount) String() string {
	text := fmt.Sprintf("step %d: %d of %s", n.step, n.done, plural(n.of, "candidate"))
	if n.best != nil {
		text += ", best " + n.text(*n.best)
	}
	return text
}
