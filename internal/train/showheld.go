package train

import "github.com/opto-go/trace/internal/train/journal"

// heldBaseline prints how the held-out cases stood at first.
func (p *printer) heldBaseline(h *journal.Held) {
	if h == nil {
		return
	}
	p.line("held out   %s", total(h.Total))
	p.failing(h.Cases)
}

// heldEnd prints how the held-out cases stand with the result.
func (p *printer) heldEnd(g *journal.Gap) {
	switch {
	case g == nil:
	case g.Refused != "":
		p.line("refused    %s, because held-out cases got worse: %s", g.Winner.Short(), g.Refused)
	case g.After == nil:
		p.line("held out   %s; no result was run on them", total(g.Before))
	default:
		p.line("held out   %s → %s", total(g.Before), total(*g.After))
	}
}
