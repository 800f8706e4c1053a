package train

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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

// benchmarks prints a measurement: the middles, the ratio or difference with its
// interval, how many rounds there were, and what was decided.
func (p *printer) benchmarks(m journal.Measured) {
	middle := median
	if m.Unit == journal.Scores {
		middle = mean
	}
	for _, b := range m.Benchmarks {
		unit := " " + cmp.Or(b.Unit, m.Unit)
		if m.Unit == journal.Scores {
			unit = ""
		}
		spread := "always"
		if len(b.Values) > 0 && slices.Min(b.Values) != slices.Max(b.Values) {
			spread = fmt.Sprintf("%s to %s", number4(slices.Min(b.Values)), number4(slices.Max(b.Values)))
		}
		switch {
		case len(b.Values) == 0:
		case m.Base == "":
			p.line("           %s: %s%s (%s in %s)", b.Name, number4(middle(b.Values)), unit, spread, plural(len(b.Values), "round"))
		case b.Estimates != (journal.Estimates{}):
			p.line("           %s: %s → %s%s (%s) in %s", b.Name, number4(middle(b.Base)), number4(middle(b.Values)), unit,
				wordsOf(b.Estimates), plural(len(b.Values), "round"))
		}
	}
	if len(m.Benchmarks) > 1 && m.Ratio != nil {
		p.line("           all: %s", wordsOf(m.Estimates))
	}
	switch {
	case m.Base == "":
	case m.Failed != "":
		p.line("           not measured: %s", firstLines(m.Failed, 1))
	case m.Mends:
		p.line("           better: fewer cases fail in every round")
	case m.Accepted:
		p.line("           better")
	default:
		p.line("           not better: %s", m.Why)
	}
}

// wantedText says what was wanted of benchmarks.
func wantedText(f journal.Flags) string {
	if f.Metrics == nil {
		return f.Better + " " + f.Unit
	}
	var list []string
	for _, m := range f.Metrics {
		text := m.Better + " " + m.Unit
		if m.Weight != 1 {
			text += fmt.Sprintf(" (weight %g)", m.Weight)
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// measureText names what the ratio of all benchmarks is of.
func measureText(f journal.Flags) string {
	if f.Metrics != nil {
		return "the weighted mean of " + f.Unit
	}
	return f.Unit
}

// result prints what the end of a run says was measured of its result.
func (p *printer) result(f journal.Flags, e journal.Estimates) {
	switch {
	case e.Ratio != nil:
		p.line("           %s is %s times the original's", measureText(f), estimateWords(*e.Ratio))
	case e.Difference != nil:
		p.line("           %s to the original", wordsOf(e))
	}
}
