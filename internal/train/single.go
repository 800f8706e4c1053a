package train

import "github.com/opto-go/trace/internal/train/journal"

// A single is what a run would have come to without a search: the best of the
// proposals that were made for the original program. As many calls spent on
// that alone might have found more, which nobody knows without paying for them;
// so it says how many there were.
type single struct {
	proposals int
	ran       int
	best      *candidate // nil: none is better than the original
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

func gainOf(c *candidate) float64 { return c.measured.result.Total.Gain }

// record is what the journal keeps of it, nil if the original was never a
// parent.
func (n *single) record(s *session) *journal.Single {
	if n.proposals == 0 {
		return nil
	}
	r := &journal.Single{Proposals: n.proposals, Ran: n.ran, Total: s.base.eval.total}
	if n.best != nil {
		r.Best, r.Total = n.best.hash, n.best.eval.total
		if m := n.best.measured; m != nil {
			r.Estimates = m.estimates()
		}
	}
	return r
}

// text words it for the summary.
func (n *single) text(s *session) string {
	r := n.record(s)
	return "best of " + plural(r.Proposals, "proposal") + " for the original program alone: " + singleText(r, s.opt.flags(), s.totalText)
}

// singleText words what the journal keeps.
func singleText(r *journal.Single, f journal.Flags, total func(journal.Total) string) string {
	switch {
	case r.Best == "":
		return "none better than it"
	case r.Ratio != nil:
		return measureText(f) + " " + estimateWords(*r.Ratio) + " times the original's, " + total(r.Total)
	case r.Difference != nil:
		return total(r.Total) + ", " + wordsOf(r.Estimates) + ", not measured again"
	}
	return total(r.Total)
}
