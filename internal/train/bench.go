package train

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/paired"
	"github.com/opto-go/trace/internal/ui"
)

const (
	defaultUnit      = "ns/op"
	defaultTolerance = 0.05
	// neededGain is the least gain of a value that varies. Where the compiler
	// puts the same code moves times by about as much (Mytkowicz et al.,
	// Producing Wrong Data Without Doing Anything Obviously Wrong, ASPLOS 2009).
	neededGain = 0.01
)

// A bench is the objective of -bench: the benchmarks that are measured and
// what is wanted of them. The tests are what must not break meanwhile.
type bench struct {
	unit      string
	higher    bool    // higher values are better
	tolerance float64 // part by which a single benchmark may get worse

	cases []benchCase // as the baseline found them
	now   *benchBuild // of the state that candidates are compared with
	done  map[[2]string]*comparison
	final *comparison // the result beside the original
}

// A benchCase is a benchmark that reports the unit.
type benchCase struct {
	name  string // in the whole run
	unit  *unit
	local string
}

// A standing is how the benchmarks stand in one evaluation.
type standing struct {
	values []float64            // medians
	others []map[string]float64 // what is reported besides, by unit
	gains  []float64            // over the original, each the logarithm of a ratio
}

// newBench makes the objective of the options, nil without -bench.
func newBench(opt *Options) *bench {
	if opt.Bench == "" {
		return nil
	}
	b := &bench{unit: opt.Minimize, tolerance: defaultTolerance, done: map[[2]string]*comparison{}}
	if opt.Maximize != "" {
		b.unit, b.higher = opt.Maximize, true
	}
	if b.unit == "" {
		b.unit = defaultUnit
	}
	if opt.Tolerance != nil {
		b.tolerance = *opt.Tolerance
	}
	return b
}

// checkBench refuses flags of a benchmark objective that do not fit together.
func (o *Options) checkBench() error {
	for _, f := range []struct{ name, unit string }{{"minimize", o.Minimize}, {"maximize", o.Maximize}} {
		switch {
		case f.unit == "":
		case o.Bench == "":
			return ui.Errorf("-%s %s says what to measure, and not by which benchmarks", f.name, f.unit).
				WithHint("add -bench RE; -bench . takes all benchmarks")
		case strings.ContainsFunc(f.unit, unicode.IsSpace):
			return ui.Errorf("-%s %q: a unit of a benchmark has no white space", f.name, f.unit)
		}
	}
	if o.Minimize != "" && o.Maximize != "" {
		return ui.Errorf("-minimize %s and -maximize %s at once: there can be one objective", o.Minimize, o.Maximize).
			WithHint("a benchmark can report both as one number with b.ReportMetric")
	}
	if o.Tolerance != nil && o.Bench == "" {
		return ui.Errorf("-tolerance says by how much a benchmark may get worse, and there is none").WithHint("add -bench RE")
	}
	return nil
}

// ParseTolerance reads "5%".
func ParseTolerance(s string) (float64, error) {
	number, ok := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(v >= 0) || v > 1000 {
		return 0, fmt.Errorf("%q: want a percentage such as 5%%", s)
	}
	return v / 100, nil
}

// rule is what a comparison has to show; need is a part such as 0.01.
func (b *bench) rule(need float64) *paired.Rule {
	r := &paired.Rule{Higher: b.higher, Need: math.Copysign(math.Log1p(math.Abs(need)), need), Tolerance: -math.Log1p(b.tolerance)}
	for _, c := range b.cases {
		r.Names = append(r.Names, c.name)
	}
	return r
}

// values picks the wanted unit out of what a process measured, and says what
// is wrong with it.
func (b *bench) values(got map[string]outcome) (values []float64, wrong string) {
	for _, c := range b.cases {
		o, ok := got[c.name]
		v, reported := o.units[b.unit]
		switch {
		case !ok:
			return nil, c.name + " did not run"
		case o.failed():
			return nil, c.name + " failed: " + clip(strings.Join(o.feedback, "\n"), 1000)
		case !reported:
			return nil, fmt.Sprintf("%s does not report %s", c.name, b.unit)
		case math.IsNaN(v) || math.IsInf(v, 0) || v < 0:
			return nil, fmt.Sprintf("%s reports %v %s, and a ratio needs a finite number that is not negative", c.name, v, b.unit)
		}
		values = append(values, v)
	}
	return values, ""
}

// find fixes the benchmarks that count: those that report the unit in the
// first measurement of the original.
func (s *session) findBenchmarks(got []outcome) error {
	b := s.bench
	var units, without, skipped []string
	for _, o := range got {
		if o.failed() {
			return (&ui.Error{Code: ui.Broken, Err: fmt.Errorf("%s fails: %s", o.name, clip(strings.Join(o.feedback, "\n"), 1000))}).
				WithHint("go test -run '^$' -bench '%s' shows the same; -timeout allows more time", s.opt.Bench)
		}
		if o.result == build.Skip {
			skipped = append(skipped, o.name)
			continue
		}
		if o.units == nil {
			continue // it ran for its sub-benchmarks, of which none is selected
		}
		for unit := range o.units {
			if !slices.Contains(units, unit) {
				units = append(units, unit)
			}
		}
		if _, ok := o.units[b.unit]; !ok {
			without = append(without, o.name)
			continue
		}
		b.cases = append(b.cases, benchCase{o.name, o.unit, o.local})
	}
	slices.Sort(units)
	switch {
	case len(units) == 0 && len(skipped) > 0:
		return ui.Errorf("-bench %s: nothing was measured; skipped: %s", s.opt.Bench, listText(skipped, 5))
	case len(units) == 0:
		return s.noBenchmarks()
	case len(b.cases) == 0:
		return ui.Errorf("no benchmark that -bench %s selects reports %s", s.opt.Bench, b.unit).
			WithHint("reported: %s; name one with -minimize or -maximize", strings.Join(units, ", "))
	case len(without) > 0:
		s.ui.warn("%s not measured, for want of %s: %s", plural(len(without), "benchmark is", "benchmarks are"), b.unit, listText(without, 5))
	}
	return nil
}

// noBenchmarks explains that -bench selects nothing.
func (s *session) noBenchmarks() error {
	err := ui.Errorf("-bench %s selects no benchmark in %s", s.opt.Bench, strings.Join(s.packages(), " "))
	var all []string
	for _, u := range s.units {
		all = append(all, u.benchmarks...)
	}
	if len(all) == 0 {
		return err.WithHint("there is none: write func BenchmarkX(b *testing.B) in a test file")
	}
	return err.WithHint("there are %s", listText(all, 8))
}

// direction is the word for what is better.
func (b *bench) direction() string {
	if b.higher {
		return "higher"
	}
	return "lower"
}

// amount words a value: "1234 ns/op".
func (b *bench) amount(v float64) string { return number4(v) + " " + b.unit }

// number4 writes four digits, or all of a whole number.
func number4(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e9 || math.Abs(v) >= 1000 && math.Abs(v) < 1e9 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// text says how the benchmarks stand: one by its value, several by the
// geometric mean.
func (b *bench) text(st *standing) string {
	if len(b.cases) == 1 {
		return b.amount(st.values[0])
	}
	return fmt.Sprintf("%s over %d benchmarks", b.amount(geometricMean(st.values)), len(b.cases))
}

// geometricMean is zero if a value is.
func geometricMean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return sorted[(n-1)/2]/2 + sorted[n/2]/2
}

// tops lists the top-level benchmarks that are measured.
func (b *bench) tops() []string {
	var list []string
	for _, c := range b.cases {
		if top, _, _ := strings.Cut(c.local, "/"); !slices.Contains(list, top) {
			list = append(list, top)
		}
	}
	return list
}

// outcomes are the benchmarks as cases of a problem.
func (b *bench) outcomes(st *standing) []outcome {
	var list []outcome
	for i, c := range b.cases {
		better := math.Exp(st.gains[i])
		text := b.amount(st.values[i])
		if math.Abs(st.gains[i]) > 1e-9 {
			text += fmt.Sprintf(" (%s than at the start)", b.rule(0).Change(st.gains[i]))
		}
		if j := besides(st.others, i); j != "" {
			text += "; besides " + j
		}
		list = append(list, outcome{name: c.name, unit: c.unit, local: c.local, result: build.Pass, score: &better, measured: text})
	}
	return list
}

// others are the further quantities that the benchmarks reported, as far as
// they can be written down.
func (b *bench) others(got map[string]outcome) []map[string]float64 {
	var list []map[string]float64
	for _, c := range b.cases {
		m := map[string]float64{}
		for unit, v := range got[c.name].units {
			if unit != b.unit && !math.IsNaN(v) && !math.IsInf(v, 0) {
				m[unit] = v
			}
		}
		list = append(list, m)
	}
	return list
}

// besides words the further quantities of a benchmark: they often tell where
// the time goes.
func besides(others []map[string]float64, i int) string {
	if i >= len(others) {
		return ""
	}
	var list []string
	for _, unit := range sortedKeys(others[i]) {
		list = append(list, number4(others[i][unit])+" "+unit)
	}
	return listText(list, 6)
}

// objective says to an optimizer what is wanted.
func (b *bench) objective() string {
	word := "Lower"
	if b.higher {
		word = "Raise"
	}
	what := "the " + b.unit + " of " + b.cases[0].name
	limit := ""
	if n := len(b.cases); n > 1 {
		what = fmt.Sprintf("the geometric mean of the %s of %d benchmarks", b.unit, n)
		limit = fmt.Sprintf(" No benchmark may get worse by more than %g %%.", 100*b.tolerance)
	}
	return fmt.Sprintf("%s %s: %s is better, and what it is now stands under Cases.%s "+
		"The program is meant to give the same results as now: tests that pass must go on passing.", word, what, b.direction(), limit)
}
