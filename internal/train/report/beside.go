package report

import "github.com/opto-go/trace/internal/train/journal"

// HeldOut is how the cases stand that no optimizer saw.
type HeldOut struct {
	Before  *Standing `json:"before"`
	After   *Standing `json:"after"`             // null: there is no result, or there was no time to run them
	Refused string    `json:"refused,omitempty"` // why a winner is not the result
}

// Single is what the best of the proposals for the original program alone comes
// to, without a search upon them.
type Single struct {
	Proposals int               `json:"proposals"`
	Ran       int               `json:"ran"`
	Refused   bool              `json:"refused,omitempty"` // it did not stand its verification
	Standing  *Standing         `json:"standing"`
	Ratio     *journal.Estimate `json:"ratio,omitempty"` // of what benchmarks measure, to the original
}

// beside fills in what stands beside the result.
func (r *Report) beside(run *journal.Run) {
	if run.Baseline != nil && run.Baseline.Held != nil {
		r.HeldOut = &HeldOut{Before: standing(run.Baseline.Held.Total)}
	}
	if run.End == nil {
		return
	}
	if g := run.End.Held; g != nil {
		r.HeldOut = &HeldOut{Before: standing(g.Before), Refused: g.Refused}
		if g.After != nil {
			r.HeldOut.After = standing(*g.After)
		}
	}
	if s := run.End.Single; s != nil {
		r.Single = &Single{Proposals: s.Proposals, Ran: s.Ran, Refused: s.Refused, Standing: standing(s.Total), Ratio: s.Ratio}
	}
}

func (r *Report) writeHeldOut(p *page) {
	h := r.HeldOut
	if h == nil || h.Before == nil {
		return
	}
	p.heading("Held-out cases")
	rows := [][]string{{"", "before", "after"}, {"failing cases", failing(h.Before), "not run"}, {"mean score", score(h.Before), "not run"}}
	if h.After != nil {
		rows[1][2], rows[2][2] = failing(h.After), score(h.After)
	}
	p.table(rows)
	p.para("No prompt had anything of these cases.")
	if h.Refused != "" {
		p.para("A winner was refused because of them: %s.", p.code(h.Refused))
	}
}

func (r *Report) writeSingle(p *page) {
	s := r.Single
	if s == nil || s.Standing == nil {
		return
	}
	p.heading("Beside best-of-N")
	how := "mean score " + score(s.Standing)
	switch {
	case r.Benchmarks == nil:
	case s.Ratio == nil:
		p.para("Of the %s for the original program alone, of which %d ran, none was measured to be better than it.", plural(s.Proposals, "proposal"), s.Ran)
		return
	default:
		how = p.code(r.Benchmarks.Unit) + " " + change(s.Ratio)
	}
	p.para("The best of the %s for the original program alone, of which %d ran, had %s failing, %s.",
		plural(s.Proposals, "proposal"), s.Ran, failing(s.Standing), how)
	if s.Refused {
		p.para("It did not stand its verification.")
	}
}
