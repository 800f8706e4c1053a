package train

import (
	"fmt"
	"slices"

	"github.com/opto-go/trace/internal/train/journal"
)

// measured prints what benchmarks measured of a candidate in a step, or of the
// baseline. What is taken back at the end counts as a step.
func (p *printer) measured(run *journal.Run, what string, step int, h journal.Hash) {
	for _, m := range run.Measured {
		if (m.For == what || m.For == forShrink && what == forStep) && m.Step == step && (m.Hash == h || what == forBaseline) {
			p.benchmarks(m)
			return
		}
	}
}

// benchmarks prints a measurement: the medians, the ratio with its interval,
// how many rounds there were, and what was decided.
func (p *printer) benchmarks(m journal.Measured) {
	for _, b := range m.Benchmarks {
		spread := "always"
		if len(b.Values) > 0 && slices.Min(b.Values) != slices.Max(b.Values) {
			spread = fmt.Sprintf("%s to %s", number4(slices.Min(b.Values)), number4(slices.Max(b.Values)))
		}
		switch {
		case len(b.Values) == 0:
		case m.Base == "":
			p.line("           %s: %s %s (%s in %s)", b.Name, number4(median(b.Values)), m.Unit, spread, plural(len(b.Values), "round"))
		case b.Ratio != nil:
			p.line("           %s: %s → %s %s (ratio %s) in %s", b.Name, number4(median(b.Base)), number4(median(b.Values)), m.Unit,
				ratioWords(*b.Ratio), plural(len(b.Values), "round"))
		}
	}
	switch {
	case m.Base == "":
	case m.Failed != "":
		p.line("           not measured: %s", firstLines(m.Failed, 1))
	case m.Accepted:
		p.line("           better")
	default:
		p.line("           not better: %s", m.Why)
	}
}
