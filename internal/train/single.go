package train

import (
	"fmt"

	"github.com/opto-go/trace/internal/train/journal"
)

// A single is what a run would have come to without a search: the best of the
// proposals that were made for the original program. As many calls spent on
// that alone might have found more, which nobody knows without paying for them;
// so it says how many there were.
type single struct {
	proposals int
	ran       int
	best      *candidate // nil: none is better than the original
	refused   bool       // best did not stand its verification
}

// note takes a candidate of a step into account.
func (n *single) note(s *session, c *candidate) {
	if c.parent != s.base || c.other != nil {
		return
	}
	n.proposals++
	if !c.ran() || c.again {
		return
	}
	n.ran++
	if s.gauge != nil {
		if p := pick(s.base, []*candidate{c}); p != nil && (n.best == nil || gainOf(c) > gainOf(n.best)) {
			n.best = c
		}
		return
	}
	if !better(c.eval.total, s.base.eval.total) {
		return
	}
	if n.best == nil || better(c.eval.total, n.best.eval.total) {
		n.best = c
	}
}

// verified takes into account which of the accepted states the verification left:
// those after best were refused by it.
func (n *single) verified(chain []*state, best *state) {
	if n.best == nil {
		return
	}
	for i := len(chain) - 1; i > 0 && chain[i] != best; i-- {
		n.refused = n.refused || chain[i].hash == n.best.hash
	}
}

func gainOf(c *candidate) float64 { return c.measured.result.Total.Gain }

// record is what the journal keeps of it, nil if the original was never a
// parent.
func (n *single) record(s *session) *journal.Single {
	if n.proposals == 0 {
		return nil
	}
	r := &journal.Single{Proposals: n.proposals, Ran: n.ran, Total: s.base.eval.total}
	if n.best != nil {
		r.Best, r.Total, r.Refused = n.best.hash, n.best.eval.total, n.refused
		if m := n.best.measured; m != nil {
			r.Estimates = m.estimates()
		}
	}
	return r
}

// text words it for the summary.
func (n *single) text(s *session) string {
	return singleText(n.record(s), s.opt.flags(), s.totalText)
}

// singleText words what the journal keeps.
func singleText(r *journal.Single, f journal.Flags, total func(journal.Total) string) string {
	of := "best of " + plural(r.Proposals, "proposal") + " for the original program alone"
	if r.Ran < r.Proposals {
		of += fmt.Sprintf(", of which %d ran", r.Ran)
	}
	return of + ": " + bestText(r, f, total)
}

// bestText words what the best of them came to.
func bestText(r *journal.Single, f journal.Flags, total func(journal.Total) string) string {
	text := total(r.Total)
	switch {
	case r.Best == "":
		return "none better than it"
	case r.Ratio != nil:
		text = measureText(f) + " " + estimateWords(*r.Ratio) + " times the original's, " + text
	case r.Difference != nil && r.Refused:
		text += ", " + wordsOf(r.Estimates)
	case r.Difference != nil:
		text += ", " + wordsOf(r.Estimates) + ", not measured again"
	}
	if r.Refused {
		text += ", refused when it was verified"
	}
	return text
}
