package train

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/paired"
)

func TestParseTolerance(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want float64
		ok   bool
	}{
		{"5%", 0.05, true}, {"0%", 0, true}, {"12.5%", 0.125, true},
		{"5", 0, false}, {"%", 0, false}, {"-1%", 0, false}, {"NaN%", 0, false}, {"Inf%", 0, false}, {"5 %", 0, false}, {"", 0, false},
	} {
		got, err := ParseTolerance(tt.in)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("ParseTolerance(%q) = %v, %v", tt.in, got, err)
		}
	}
}

// benchSession is a session with two benchmarks and a journal.
func benchSession(t *testing.T, opt *Options) *session {
	t.Helper()
	opt.Bench, opt.Minimize = ".", "cost/op"
	log, err := journal.Create(filepath.Join(t.TempDir(), "run"), journal.Header{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	u := &unit{pkg: "m", test: true, bench: []string{"BenchmarkA", "BenchmarkB"}}
	s := &session{opt: opt, bench: newBench(opt), units: []*unit{u}, log: log}
	s.gauge = s.bench.gauge
	s.bench.count(benchCase{"BenchmarkA", u, "BenchmarkA"}, 0)
	s.bench.count(benchCase{"BenchmarkB", u, "BenchmarkB"}, 0)
	return s
}

func TestBenchValues(t *testing.T) {
	b := benchSession(t, &Options{}).bench
	good := outcome{result: build.Pass, units: map[string]float64{"cost/op": 2, "other": 3}}
	with := func(v float64) outcome {
		return outcome{result: build.Pass, units: map[string]float64{"cost/op": v}}
	}
	for _, tt := range []struct {
		name  string
		other outcome
		wrong string
	}{
		{"good", with(0), ""},
		{"nothing", outcome{result: build.Pass}, "BenchmarkB does not report cost/op"},
		{"another unit", outcome{result: build.Pass, units: map[string]float64{"ns/op": 1}}, "BenchmarkB does not report cost/op"},
		{"failed", outcome{result: build.Fail, feedback: []string{"no"}}, "BenchmarkB failed: no"},
		{"killed", outcome{result: build.Killed, units: map[string]float64{"cost/op": 1}}, "BenchmarkB failed"},
		{"skipped", outcome{result: build.Skip}, "BenchmarkB does not report cost/op"},
		{"no number", with(math.NaN()), "BenchmarkB reports NaN cost/op, and a ratio needs a finite number"},
		{"endless", with(math.Inf(1)), "BenchmarkB reports +Inf cost/op"},
		{"negative", with(-1), "BenchmarkB reports -1 cost/op"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			values, wrong := b.values(map[string]outcome{"BenchmarkA": good, "BenchmarkB": tt.other})
			if !strings.HasPrefix(wrong, tt.wrong) || (wrong == "") != (tt.wrong == "") || (values == nil) != (wrong != "") {
				t.Errorf("values %v, wrong %q, want %q", values, wrong, tt.wrong)
			}
		})
	}
	if _, wrong := b.values(map[string]outcome{"BenchmarkA": good}); wrong != "BenchmarkB did not run" {
		t.Errorf("a benchmark that is missing: %q", wrong)
	}
}

// steadyRounds is what a program of the costs to measures beside one of from.
func steadyRounds(from, to [2]float64) []paired.Round {
	var list []paired.Round
	for range 3 {
		list = append(list, paired.Round{A: from[:], B: to[:]})
	}
	return list
}

func compared(s *session, rounds []paired.Round) *comparison {
	c := &comparison{rule: s.bench.rule(s.bench.need), rounds: rounds, first: make([]bool, len(rounds))}
	c.result = paired.Compare(c.rule, rounds)
	return c
}

func TestPickMeasured(t *testing.T) {
	s := benchSession(t, &Options{})
	from := [2]float64{100, 100}
	cand := func(failed, diff int, to [2]float64) *candidate {
		return &candidate{eval: &evaluation{total: journal.Total{Failed: failed, Scored: 3}}, diff: diff, measured: compared(s, steadyRounds(from, to))}
	}
	noisy := func(diff int, gain float64) *candidate {
		var rounds []paired.Round
		for i := range 8 {
			x := 100 * math.Exp(-gain-0.01*float64(i%4))
			rounds = append(rounds, paired.Round{A: []float64{100, 100}, B: []float64{x, x}})
		}
		c := cand(1, diff, from)
		c.measured = compared(s, rounds)
		return c
	}
	rejected, skipped, unmeasured, broken := cand(0, 1, [2]float64{1, 1}), cand(0, 1, [2]float64{1, 1}), cand(0, 1, [2]float64{1, 1}), cand(0, 1, [2]float64{1, 1})
	rejected.rejected, skipped.skipped, unmeasured.measured, broken.measured.wrong = "no", true, nil, "it fails"
	for _, tt := range []struct {
		name  string
		cands []*candidate
		want  int // -1: none
	}{
		{"none", nil, -1},
		{"no change", []*candidate{cand(1, 5, from)}, -1},
		{"those that did not come so far", []*candidate{rejected, skipped, unmeasured, broken}, -1},
		{"worse", []*candidate{cand(1, 5, [2]float64{100, 101})}, -1},
		{"the lower", []*candidate{cand(1, 5, [2]float64{90, 100}), cand(1, 50, [2]float64{80, 100})}, 1},
		{"one pays too much for the other", []*candidate{cand(1, 5, [2]float64{10, 106}), cand(1, 5, [2]float64{99, 100})}, 1},
		{"equal: the smaller diff", []*candidate{cand(1, 50, [2]float64{80, 100}), cand(1, 5, [2]float64{80, 100})}, 1},
		{"equal: the first", []*candidate{cand(1, 5, [2]float64{80, 100}), cand(1, 5, [2]float64{80, 100})}, 0},
		{"mended cases come first", []*candidate{cand(1, 5, [2]float64{1, 1}), cand(0, 50, [2]float64{120, 100})}, 1},
		{"the most mended cases", []*candidate{cand(0, 5, [2]float64{120, 120}), cand(0, 50, from)}, 1},
		{"not to be told apart: the smaller diff", []*candidate{noisy(50, 0.21), noisy(5, 0.20)}, 1},
		{"to be told apart: the lower", []*candidate{noisy(50, 0.31), noisy(5, 0.20)}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cur := &state{eval: &evaluation{total: journal.Total{Failed: 1, Scored: 3}, bench: &standing{values: from[:], gains: []float64{0, 0}}}}
			got := -1
			best := pick(cur, tt.cands)
			for i, c := range tt.cands {
				if c == best {
					got = i
				}
			}
			if got != tt.want {
				t.Errorf("picked %d, want %d", got, tt.want)
			}
			if best != nil && best.eval.bench == nil {
				t.Error("the best one has no standing")
			}
		})
	}
}

func TestNewlyFailing(t *testing.T) {
	base := &evaluation{cases: []outcome{{name: "A", result: build.Pass}, {name: "B", result: build.Fail}, {name: "C", result: build.Pass}}}
	ev := &evaluation{cases: []outcome{
		{name: "A", result: missing}, {name: "B", result: build.Killed}, {name: "C", result: build.Pass},
		{name: "New", result: build.Fail, unknown: true}, {name: outsideCase, result: build.Fail},
	}}
	if diff := cmp.Diff([]string{"A", outsideCase}, newlyFailing(base, ev)); diff != "" {
		t.Errorf("newly failing (-want +got):\n%s", diff)
	}
	if got := newlyFailing(ev, base); got != nil {
		t.Errorf("mended cases fail: %v", got)
	}
}

// A replay decides as the run did: from the journal where values vary, and
// where they do not only when that is asked for.
func TestRecordedComparison(t *testing.T) {
	const base, cand = journal.Hash("b"), journal.Hash("c")
	noisy := steadyRounds([2]float64{100, 10}, [2]float64{50, 10})
	for i := range 5 {
		noisy = append(noisy, paired.Round{A: []float64{101 + float64(i), 10}, B: []float64{50, 10}})
	}
	noisy[0].A = []float64{99, 10}
	late := steadyRounds([2]float64{100, 10}, [2]float64{101, 10})[:2]
	for _, tt := range []struct {
		name     string
		rounds   []paired.Round
		wrong    string
		recorded bool
		again    bool // it is measured again
	}{
		{"varying", noisy, "", false, false},
		{"steady", steadyRounds([2]float64{4, 4}, [2]float64{3, 4}), "", false, true},
		{"steady, as recorded", steadyRounds([2]float64{4, 4}, [2]float64{3, 4}), "", true, false},
		{"failed at once", nil, "BenchmarkA failed", false, false},
		{"failed later", late, "BenchmarkB reports NaN cost/op", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := benchSession(t, &Options{})
			want := compared(s, tt.rounds)
			want.wrong = tt.wrong
			want.first = make([]bool, len(tt.rounds))
			if len(want.first) > 1 {
				want.first[1] = true
			}
			if err := s.logMeasured(forStep, 1, base, cand, want); err != nil {
				t.Fatal(err)
			}
			run, err := journal.Open(s.log.Dir())
			if err != nil {
				t.Fatal(err)
			}
			again := benchSession(t, &Options{replay: run, Recorded: tt.recorded})
			got, err := again.recordedComparison(forStep, 1, again.gauge.need, base, cand)
			if err != nil {
				t.Fatal(err)
			}
			if tt.again {
				if got != nil {
					t.Errorf("it was taken from the journal")
				}
				return
			}
			if got == nil || got.accepted() != want.accepted() || got.why() != want.why() || got.wrong != want.wrong {
				t.Fatalf("got %+v, want %+v", got, want)
			}
			if diff := cmp.Diff(want.rounds, got.rounds); diff != "" {
				t.Errorf("rounds (-want +got):\n%s", diff)
			}
			// The replay's own journal holds the same.
			copied, err := journal.Open(again.log.Dir())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(run.Measured, copied.Measured); diff != "" {
				t.Errorf("records (-first +replay):\n%s", diff)
			}
			for _, other := range []journal.Hash{"", "x"} {
				if got, err := again.recordedComparison(forStep, 1, again.gauge.need, other, cand); got != nil || err != nil {
					t.Errorf("a comparison with %q, which was never made: %+v, %v", other, got, err)
				}
			}
		})
	}

	// What was decided holds, also if it were decided otherwise now.
	run := &journal.Run{Measured: []journal.Measured{{For: forStep, Base: base, Hash: cand, Accepted: true, Benchmarks: []journal.Benchmark{
		{Name: "BenchmarkA", Base: []float64{1}, Values: []float64{2}}, {Name: "BenchmarkB", Base: []float64{1}, Values: []float64{2}},
	}}}}
	s := benchSession(t, &Options{replay: run})
	if got, err := s.recordedComparison(forStep, 1, s.gauge.need, base, cand); err != nil || !got.accepted() {
		t.Errorf("an old decision: %+v, %v", got, err)
	}
	run.Measured[0].Benchmarks[1].Base = nil
	if _, err := s.recordedComparison(forStep, 1, s.gauge.need, base, cand); err == nil || !strings.Contains(err.Error(), "another number of values for BenchmarkB") {
		t.Errorf("values that do not match: %v", err)
	}
	run.Measured[0].Benchmarks = run.Measured[0].Benchmarks[:1]
	if _, err := s.recordedComparison(forStep, 1, s.gauge.need, base, cand); err == nil || !strings.Contains(err.Error(), "no values of BenchmarkB") {
		t.Errorf("a benchmark that is missing: %v", err)
	}
}

// The order of the rounds depends on the seed and on what is compared alone.
func TestMix(t *testing.T) {
	if got := mix("step", "a", "b"); got != 0x5f7bd5777c2ab94c {
		t.Errorf("the order of a comparison is another one than it was: %#x", got)
	}
	seen := map[uint64]bool{}
	for _, m := range []uint64{mix("step", "a", "b"), mix("verify", "a", "b"), mix("step", "b", "a"), mix("step", "ab", "")} {
		if seen[m] {
			t.Error("other comparisons have the same order")
		}
		seen[m] = true
	}
}

func TestNumber4(t *testing.T) {
	for in, want := range map[float64]string{0: "0", 3: "3", 1234567: "1234567", 1234.56: "1235", 12.3456: "12.35", 0.0001234: "0.0001234", 2.5e12: "2.5e+12"} {
		if got := number4(in); got != want {
			t.Errorf("number4(%v) = %q, want %q", in, got, want)
		}
	}
	if got := geometricMean([]float64{1, 100}); math.Abs(got-10) > 1e-9 {
		t.Errorf("geometric mean = %v", got)
	}
	if got := geometricMean([]float64{0, 100}); got != 0 {
		t.Errorf("geometric mean with a zero = %v", got)
	}
	for _, tt := range []struct {
		values []float64
		want   float64
	}{{[]float64{2, 3, 2.5}, 0.5}, {[]float64{7}, 0}, {[]float64{0, 3}, 0}} {
		if got := spread(tt.values); got != tt.want {
			t.Errorf("spread(%v) = %v, want %v", tt.values, got, tt.want)
		}
	}
	if got := median([]float64{9, 1, 4, 2}); got != 3 {
		t.Errorf("median = %v", got)
	}
}
