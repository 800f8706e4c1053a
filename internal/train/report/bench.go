package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/opto-go/trace/internal/train/journal"
)

// benchmarks takes the last comparison of the result with the original, else
// with what it was accepted beside.
func (r *Report) benchmarks(run *journal.Run, best journal.Hash) {
	if run.Header.Flags.Bench == "" || run.Baseline == nil {
		return
	}
	var found *journal.Measured
	for i := range run.Measured {
		m := &run.Measured[i]
		switch {
		case m.Base == "" && found == nil:
			found = m
		case m.Base != "" && m.Hash == best && m.Failed == "":
			found = m
		}
	}
	if found == nil {
		return
	}
	b := &Benchmarks{Unit: found.Unit, Better: found.Better, Ratio: found.Ratio, Steady: found.Steady, Outcome: found.Why}
	switch found.Base {
	case "":
	case run.Baseline.Candidate:
		b.Beside = "original"
	default:
		b.Beside = "base"
	}
	for _, jb := range found.Benchmarks {
		x := Benchmark{Name: jb.Name, Ratio: jb.Ratio}
		if found.Base == "" {
			x.Before, x.BeforeSpread = spread(jb.Values)
		} else {
			x.Before, x.BeforeSpread = spread(jb.Base)
			x.After, x.AfterSpread = spread(jb.Values)
		}
		b.Rounds = max(b.Rounds, len(jb.Values))
		b.List = append(b.List, x)
	}
	r.Benchmarks = b
}

// measuredOf is what benchmarks measured of a candidate in its step.
func measuredOf(run *journal.Run, c *journal.Candidate) *journal.Measured {
	for i := range run.Measured {
		if m := &run.Measured[i]; m.Hash == c.Hash && m.Base == c.Base && m.Step == c.Step {
			return m
		}
	}
	return nil
}

// measured adds to the title of a change what it gained.
func (r *Report) measured(c Change, p *page) string {
	if c.Ratio == nil || r.Benchmarks == nil {
		return ""
	}
	return ": " + p.code(r.Benchmarks.Unit) + " " + change(c.Ratio)
}

// gain is the row of the first table that says what benchmarks measure; none
// until the result was measured beside the original.
func (r *Report) gain(p *page) [][]string {
	b := r.Benchmarks
	if b == nil || b.Ratio == nil || b.Beside != "original" || len(b.List) == 0 {
		return nil
	}
	if len(b.List) > 1 {
		return [][]string{{fmt.Sprintf("%s, geometric mean of %d benchmarks", p.cell(b.Unit), len(b.List)), "", change(b.Ratio)}}
	}
	return [][]string{{p.cell(b.Unit), value(b.List[0].Before, 0), value(b.List[0].After, 0) + ", " + change(b.Ratio)}}
}

// spread returns the median and how far the farthest value lies from it, as a
// part of it.
func spread(values []float64) (median, part float64) {
	if len(values) == 0 {
		return 0, 0
	}
	s := slices.Sorted(slices.Values(values))
	n := len(s)
	median = s[(n-1)/2]/2 + s[n/2]/2
	if median == 0 {
		return 0, 0
	}
	return median, math.Max(s[n-1]-median, median-s[0]) / median
}

// value writes a median with its spread, as benchstat does.
func value(v, part float64) string {
	text := strconv.FormatFloat(v, 'g', 4, 64)
	if v == math.Trunc(v) && math.Abs(v) < 1e9 || math.Abs(v) >= 1000 && math.Abs(v) < 1e9 {
		text = strconv.FormatFloat(v, 'f', 0, 64)
	}
	if part == 0 {
		return text
	}
	return fmt.Sprintf("%s ± %.0f %%", text, math.Ceil(100*part))
}

// change writes a ratio as a change in percent, with its interval.
func change(r *journal.Ratio) string {
	if r == nil {
		return "?"
	}
	percent := func(v float64) string { return fmt.Sprintf("%+.1f %%", 100*(v-1)) }
	switch {
	case r.Low == nil || r.High == nil:
		return percent(r.Value)
	case *r.Low == *r.High:
		return percent(r.Value) + ", exactly"
	}
	return fmt.Sprintf("%s (%s to %s)", percent(r.Value), percent(*r.Low), percent(*r.High))
}
