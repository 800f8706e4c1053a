package report

import (
	"cmp"
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
	found := lastMeasured(run, best)
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
		x := Benchmark{Name: jb.Name, Unit: jb.Unit, Better: jb.Better, Ratio: jb.Ratio}
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

// units lists what the benchmarks of the list measure, in the order in which they
// come.
func (b *Benchmarks) units() []string {
	var list []string
	for _, x := range b.List {
		if !slices.Contains(list, x.Unit) {
			list = append(list, x.Unit)
		}
	}
	return list
}

// rows are the benchmarks by name, each with what it measures by unit; nil where
// it does not report one.
func (b *Benchmarks) rows() (names []string, cells map[string]map[string]*Benchmark) {
	cells = map[string]map[string]*Benchmark{}
	for i := range b.List {
		x := &b.List[i]
		if cells[x.Name] == nil {
			names = append(names, x.Name)
			cells[x.Name] = map[string]*Benchmark{}
		}
		cells[x.Name][x.Unit] = x
	}
	return names, cells
}

func (r *Report) writeBenchmarks(p *page) {
	b := r.Benchmarks
	if b == nil {
		return
	}
	p.heading("Benchmarks")
	head := []string{"benchmark"}
	units := b.units()
	for _, u := range units {
		unit := p.cell(cmp.Or(u, b.Unit))
		if b.Beside == "" {
			head = append(head, unit)
		} else {
			head = append(head, "before, "+unit, "after, "+unit, "change (95 % interval)")
		}
	}
	rows := [][]string{head}
	names, cells := b.rows()
	for _, name := range names[:min(len(names), maxCases)] {
		row := []string{p.cell(name)}
		for _, u := range units {
			x := cells[name][u]
			switch {
			case x == nil && b.Beside == "":
				row = append(row, "—")
			case x == nil:
				row = append(row, "—", "", "")
			case b.Beside == "":
				row = append(row, value(x.Before, x.BeforeSpread))
			default:
				row = append(row, value(x.Before, x.BeforeSpread), value(x.After, x.AfterSpread), change(x.Ratio))
			}
		}
		rows = append(rows, row)
	}
	if b.Beside == "" {
		p.table(rows)
		p.para("Measured in %s of the original.", plural(b.Rounds, "round"))
		return
	}
	if len(b.List) > 1 && len(units) == 1 {
		rows = append(rows, []string{"geometric mean", "", "", change(b.Ratio)})
	}
	p.table(rows)
	if len(units) > 1 {
		text := "The weighted geometric mean of all ratios changed by " + change(b.Ratio)
		if b.Better == "" {
			text += ", those of units that shall get higher inverted"
		}
		p.para("%s.", text)
	}
	beside := "the original, from new builds"
	if b.Beside == "base" {
		beside = "what was accepted before it, not yet beside the original"
	}
	text := fmt.Sprintf("Medians of %s, each beside %s; ± is the distance of the farthest value.", plural(b.Rounds, "round"), beside)
	if len(units) == 1 {
		text += fmt.Sprintf(" For %s, %s is better.", p.code(b.Unit), direction(b.Better))
	}
	if b.Steady {
		text += " The values do not vary."
	}
	p.para("%s", text)
	if b.Outcome != "" {
		p.para("Not shown to be better: %s.", p.code(b.Outcome))
	}
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
func change(r *journal.Estimate) string {
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
