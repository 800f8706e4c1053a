package train

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

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
	*gauge
	metrics []metric
	part    float64 // by which a single benchmark may get worse

	cases []benchCase // as the baseline found them
	at    []spot      // of each quantity
	now   *benchBuild // of the state that candidates are compared with
}

// A benchCase is a benchmark that reports a unit which counts.
type benchCase struct {
	name  string // in the whole run
	unit  *unit
	local string
}

// A spot says of which benchmark and metric a quantity is.
type spot struct{ bench, metric int }

// A standing is how the quantities stand in one evaluation.
type standing struct {
	values []float64            // medians
	gains  []float64            // over the original, each the logarithm of a ratio
	others []map[string]float64 // by quantity, what its benchmark reports besides
}

// newBench makes the objective of the options, nil without -bench.
func newBench(opt *Options) *bench {
	if opt.Bench == "" {
		return nil
	}
	b := &bench{part: defaultTolerance}
	b.metrics, _ = opt.metrics() // which checkBench has seen
	if opt.Tolerance != nil {
		b.part = *opt.Tolerance
	}
	b.gauge = &gauge{
		scale: paired.Ratios, need: math.Log1p(neededGain), tolerance: -math.Log1p(b.part),
		unit: unitsText(b.metrics), better: directionOf(b.metrics), done: map[[2]string]*comparison{},
	}
	return b
}

// count makes quantities of a benchmark: one for each metric at hand.
func (b *bench) count(c benchCase, metrics ...int) {
	for _, i := range metrics {
		b.at = append(b.at, spot{len(b.cases), i})
		b.of = append(b.of, quantity{name: c.name, unit: b.metrics[i].unit, higher: b.metrics[i].higher})
	}
	b.cases = append(b.cases, c)
	// The benchmarks that report a unit share its weight.
	n := make([]float64, len(b.metrics))
	for _, p := range b.at {
		n[p.metric]++
	}
	for j, p := range b.at {
		b.of[j].weight = b.metrics[p.metric].weight / n[p.metric]
	}
}

// checkBench refuses flags of a benchmark objective that do not fit together.
func (o *Options) checkBench() error {
	for _, f := range []struct{ name, unit string }{{"minimize", o.Minimize}, {"maximize", o.Maximize}} {
		if f.unit != "" && o.Bench == "" {
			return ui.Errorf("-%s %s says what to measure, and not by which benchmarks", f.name, f.unit).
				WithHint("add -bench RE; -bench . takes all benchmarks")
		}
	}
	if o.Tolerance != nil && o.Bench == "" {
		return ui.Errorf("-tolerance says by how much a benchmark may get worse, and there is none").WithHint("add -bench RE")
	}
	_, err := o.metrics()
	return err
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

// values picks the wanted units out of what a process measured, and says what
// is wrong with it.
func (b *bench) values(got map[string]outcome) (values []float64, wrong string) {
	for j, p := range b.at {
		name, unit := b.cases[p.bench].name, b.of[j].unit
		o, ok := got[name]
		v, reported := o.units[unit]
		switch {
		case !ok:
			return nil, name + " did not run"
		case o.failed():
			return nil, name + " failed: " + clip(strings.Join(o.feedback, "\n"), 1000)
		case !reported:
			return nil, fmt.Sprintf("%s does not report %s", name, unit)
		case math.IsNaN(v) || math.IsInf(v, 0) || v < 0:
			return nil, fmt.Sprintf("%s reports %v %s, and a ratio needs a finite number that is not negative", name, v, unit)
		}
		values = append(values, v)
	}
	return values, ""
}

// find fixes the benchmarks that count: those that report a unit which counts in
// the first measurement of the original.
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
		var reported []int
		for i, m := range b.metrics {
			if _, ok := o.units[m.unit]; ok {
				reported = append(reported, i)
			}
		}
		if reported == nil {
			without = append(without, o.name)
			continue
		}
		b.count(benchCase{o.name, o.unit, o.local}, reported...)
	}
	slices.Sort(units)
	switch {
	case len(units) == 0 && len(skipped) > 0:
		return ui.Errorf("-bench %s: nothing was measured; skipped: %s", s.opt.Bench, listText(skipped, 5))
	case len(units) == 0:
		return s.noBenchmarks()
	}
	for i, m := range b.metrics {
		if !slices.ContainsFunc(b.at, func(p spot) bool { return p.metric == i }) {
			return ui.Errorf("no benchmark that -bench %s selects reports %s", s.opt.Bench, m.unit).
				WithHint("reported: %s; name one with -minimize or -maximize", strings.Join(units, ", "))
		}
	}
	if len(without) > 0 {
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

// number4 writes four digits, or all of a whole number.
func number4(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e9 || math.Abs(v) >= 1000 && math.Abs(v) < 1e9 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// text says how the benchmarks stand: one by its values, several by geometric
// means.
func (b *bench) text(st *standing) string {
	var list []string
	for i, m := range b.metrics {
		var values []float64
		for j, p := range b.at {
			if p.metric == i {
				values = append(values, st.values[j])
			}
		}
		text := number4(geometricMean(values))
		if len(values) == 1 {
			text = number4(values[0])
		}
		list = append(list, text+" "+m.unit)
	}
	text := strings.Join(list, ", ")
	if len(b.cases) == 1 {
		return text
	}
	return fmt.Sprintf("%s over %d benchmarks", text, len(b.cases))
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
		better := math.Exp(b.gainOf(st, i))
		var texts []string
		besides := ""
		for j, p := range b.at {
			if p.bench != i {
				continue
			}
			text := b.of[j].amount(st.values[j])
			if math.Abs(st.gains[j]) > 1e-9 {
				r := b.rule(0)
				text += fmt.Sprintf(" (%s than at the start)", r.Change(r.Of[j], st.gains[j]))
			}
			texts = append(texts, text)
			besides = besidesText(st.others, j)
		}
		text := strings.Join(texts, ", ")
		if besides != "" {
			text += "; besides " + besides
		}
		list = append(list, outcome{name: c.name, unit: c.unit, local: c.local, result: build.Pass, score: &better, measured: text})
	}
	return list
}

// gainOf is the gain of one benchmark over the original, by all that counts of
// it.
func (b *bench) gainOf(st *standing, bench int) float64 {
	sum, weights := 0.0, 0.0
	for j, p := range b.at {
		if p.bench == bench {
			sum += st.gains[j] * b.metrics[p.metric].weight
			weights += b.metrics[p.metric].weight
		}
	}
	return sum / weights
}

// others are the further quantities that the benchmarks reported, as far as
// they can be written down.
func (b *bench) others(got map[string]outcome) []map[string]float64 {
	var list []map[string]float64
	for _, p := range b.at {
		m := map[string]float64{}
		for unit, v := range got[b.cases[p.bench].name].units {
			counts := slices.ContainsFunc(b.metrics, func(m metric) bool { return m.unit == unit })
			if !counts && !math.IsNaN(v) && !math.IsInf(v, 0) {
				m[unit] = v
			}
		}
		list = append(list, m)
	}
	return list
}

// besidesText words the further quantities of a benchmark: they often tell where
// the time goes.
func besidesText(others []map[string]float64, i int) string {
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
	of, limit := b.cases[0].name, ""
	if n := len(b.cases); n > 1 {
		of = fmt.Sprintf("%d benchmarks", n)
	}
	if len(b.of) > 1 {
		limit = fmt.Sprintf(" No benchmark may get worse by more than %g %%.", 100*b.part)
	}
	if len(b.metrics) > 1 {
		limit = fmt.Sprintf(" No benchmark may get worse by more than %g %% in any of them.", 100*b.part)
	}
	return fmt.Sprintf("%s, and what it is now stands under Cases.%s "+
		"The program is meant to give the same results as now: tests that pass must go on passing.", wanted(b.metrics, of, len(b.cases) > 1), limit)
}
