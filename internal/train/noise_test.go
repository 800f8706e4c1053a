package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/paired"
)

func scored(name string, v float64) outcome {
	return outcome{name: name, result: build.Pass, score: &v}
}

// Scores vary when some differ, also those of a case that fails.
func TestVarying(t *testing.T) {
	pass, fail := outcome{name: "B", result: build.Pass}, outcome{name: "B", result: build.Fail}
	s := &session{obj: &objective{names: []string{"A", "B"}, unit: map[string]*unit{}}}
	failing := func(v float64) outcome {
		o := scored("B", v)
		o.result = build.Fail
		return o
	}
	run := func(a, b outcome) *evaluation { return &evaluation{cases: []outcome{a, b}} }
	for _, tt := range []struct {
		name string
		runs []*evaluation
		want []journal.Vary
	}{
		{"once", []*evaluation{run(scored("A", 1), pass)}, nil},
		{"steady", []*evaluation{run(scored("A", 1), pass), run(scored("A", 1), pass)}, nil},
		{"one differs", []*evaluation{run(scored("A", 1), pass), run(scored("A", 1), pass), run(scored("A", 1.5), pass)}, []journal.Vary{{Case: "A", Values: []float64{1, 1, 1.5}}}},
		{"both differ", []*evaluation{run(scored("A", 1), scored("B", 0)), run(scored("A", 2), scored("B", -1))},
			[]journal.Vary{{Case: "A", Values: []float64{1, 2}}, {Case: "B", Values: []float64{0, -1}}}},
		{"a score now and then", []*evaluation{run(scored("A", 1), pass), run(scored("A", 1), scored("B", 3))}, []journal.Vary{{Case: "B", Values: []float64{1, 3}}}},
		{"fails", []*evaluation{run(scored("A", 1), fail), run(scored("A", 1), fail)}, nil},
		{"fails with a score", []*evaluation{run(scored("A", 1), failing(0.5)), run(scored("A", 1), failing(0.25))}, []journal.Vary{{Case: "B", Values: []float64{0.5, 0.25}}}},
	} {
		if diff := cmp.Diff(tt.want, s.varying(tt.runs)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	// Beside a command only its number counts.
	s.score = &scoreCmd{unit: &unit{}}
	s.obj.unit["B"] = s.score.unit
	if got := s.varying([]*evaluation{run(scored("A", 1), scored("B", 1)), run(scored("A", 2), scored("B", 2))}); len(got) != 1 || got[0].Case != "B" {
		t.Errorf("beside a command: %v", got)
	}
}

func TestWrongInRound(t *testing.T) {
	ev := func(failing ...string) *evaluation {
		out := &evaluation{}
		for _, name := range []string{"A", "B", "C"} {
			o := outcome{name: name, result: build.Pass}
			if strings.Contains(strings.Join(failing, " "), name) {
				o.result = build.Fail
			}
			out.cases = append(out.cases, o)
		}
		return out
	}
	for _, tt := range []struct {
		name       string
		base, cand *evaluation
		want       string
	}{
		{"all pass", ev(), ev(), ""},
		{"what always fails", ev("A"), ev("A"), ""},
		{"mended", ev("A"), ev(), ""},
		{"broken", ev(), ev("B"), "in round 2 it fails B, which passed"},
		{"both fail in turns", ev("B"), ev("B"), ""},
		{"the base failed it before", ev(), ev("C"), ""},
		{"does not run", ev(), &evaluation{rejected: "constraint: no"}, "in round 2 it does not run: constraint: no"},
		{"the base does not run", &evaluation{rejected: "woe"}, ev(), "what it is compared with does not run any more: woe"},
	} {
		known := map[string]bool{"A": true, "C": true}
		if got := wrongInRound([2]*evaluation{tt.base, tt.cand}, known, 2); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// noisySession is a session whose scores vary, with a journal.
func noisySession(t *testing.T, opt *Options) *session {
	s := benchSession(t, opt)
	s.bench = nil
	s.beNoisy([]journal.Vary{{Case: "A", Values: []float64{1, 2}}})
	return s
}

// hold asks for rounds as long as they are needed, and not when there can be none.
func TestHold(t *testing.T) {
	up := func(i int) (a, b float64) { return float64(i), float64(i) + 1 + 0.1*float64(i%3) }
	same := func(i int) (a, b float64) { return float64(i % 2), float64((i + 1) % 2) }
	for _, tt := range []struct {
		name    string
		play    func(i int) (a, b float64)
		mending bool
		lostIn  int // round in which it does not fail fewer
		wrongIn int
		allowed int
		want    bool
		rounds  int
		why     string
	}{
		{name: "a gain", play: up, allowed: 99, want: true, rounds: 8},
		{name: "none", play: same, allowed: 99, rounds: 5, why: "which shows no gain"},
		{name: "no budget", play: up, allowed: 4, rounds: 4, why: "no budget"},
		{name: "no budget at all", play: up, rounds: 0, why: "no budget"},
		{name: "mends, whatever it scores", play: func(i int) (a, b float64) { return 5 + float64(i%2), 1 }, mending: true, allowed: 99, want: true, rounds: mendRounds},
		{name: "mends in five rounds only", play: up, mending: true, lostIn: 6, allowed: 99, rounds: 6, why: "it failed fewer cases once, and not in each of 6 rounds"},
		{name: "fails", play: up, wrongIn: 3, allowed: 99, rounds: 2, why: "it fails"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := noisySession(t, &Options{})
			c := &comparison{rule: s.gauge.rule(s.gauge.need), mending: tt.mending}
			k := contest{what: forStep, step: 1, base: "b", cand: "c", say: func(int) {}}
			k.more = func() string {
				if len(c.rounds) >= tt.allowed {
					return "no budget"
				}
				return ""
			}
			k.round = roundsOf(tt.play, tt.lostIn, tt.wrongIn)
			got, err := s.hold(t.Context(), k, c)
			if err != nil || got.accepted() != tt.want || len(got.rounds) != tt.rounds || !strings.Contains(got.why(), tt.why) && !got.mends {
				t.Fatalf("accepted %v after %d rounds, %q, %v; want %v after %d, %q", got.accepted(), len(got.rounds), got.why(), err, tt.want, tt.rounds, tt.why)
			}
			// The journal gives the same again.
			run, err := journal.Open(s.log.Dir())
			if err != nil {
				t.Fatal(err)
			}
			again := noisySession(t, &Options{replay: run, Recorded: true})
			old, err := again.recordedComparison(forStep, 1, again.gauge.need, "b", "c")
			if err != nil || old == nil || old.accepted() != got.accepted() || old.why() != got.why() && !got.mends || old.mends != got.mends {
				t.Fatalf("out of the journal: %+v, %v; want %+v", old, err, got)
			}
			copied, err := journal.Open(again.log.Dir())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(run.Measured, copied.Measured); diff != "" {
				t.Errorf("records (-first +replay):\n%s", diff)
			}
		})
	}
}

// Of candidates of which each gains, those that cannot be told apart from the best
// stand back behind the smallest diff; its mean becomes the score.
func TestPickScores(t *testing.T) {
	s := noisySession(t, &Options{})
	cur := &state{eval: &evaluation{total: journal.Total{Failed: 1, Score: 5}}}
	cand := func(failed, diff int, by float64, mends bool) *candidate {
		c := &comparison{rule: s.gauge.rule(0), mends: mends, mending: failed < 1}
		for i := range 8 {
			v := float64(i % 3)
			c.rounds = append(c.rounds, paired.Round{A: []float64{v}, B: []float64{v + by + 0.01*float64(i)}})
		}
		c.result = paired.Compare(c.rule, c.rounds)
		return &candidate{eval: &evaluation{total: journal.Total{Failed: failed, Score: 99}}, diff: diff, measured: c}
	}
	for _, tt := range []struct {
		name  string
		cands []*candidate
		want  int
	}{
		{"the lucky one run decides nothing", []*candidate{cand(1, 1, -1, false)}, -1},
		{"the higher", []*candidate{cand(1, 1, 1, false), cand(1, 9, 2, false)}, 1},
		{"the smaller diff", []*candidate{cand(1, 9, 2, false), cand(1, 1, 2.001, false), cand(1, 5, 2.002, false)}, 1},
		{"mended in one run", []*candidate{cand(1, 9, 1, false), cand(0, 1, -2, false)}, 0},
		{"mended", []*candidate{cand(1, 9, 1, false), cand(0, 1, -2, true)}, 1},
	} {
		best := pick(cur, tt.cands)
		if tt.want < 0 && best != nil || tt.want >= 0 && best != tt.cands[tt.want] {
			t.Errorf("%s: %+v", tt.name, best)
		}
		if best != nil {
			if _, b := best.measured.middles(); math.Abs(best.eval.total.Score-b[0]) > 1e-12 {
				t.Errorf("%s: the score is %v, and the mean of the rounds %v", tt.name, best.eval.total.Score, b[0])
			}
		}
	}
}

// What -minimize and -maximize say comes back out of a journal.
func TestMetrics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"ns/op", "B/op", "allocs/op", "MB/s", "x"}), 1, 5, rapid.ID).Draw(t, "units")
		var o Options
		o.Bench = "."
		for _, u := range units {
			if w := rapid.Float64Range(0.01, 100).Draw(t, "weight"); rapid.Bool().Draw(t, "weighted") {
				u += "=" + number4(w)
			}
			to := &o.Minimize
			if rapid.Bool().Draw(t, "higher") {
				to = &o.Maximize
			}
			*to = strings.TrimPrefix(*to+","+u, ",")
		}
		want, err := o.metrics()
		if err != nil {
			t.Fatal(err)
		}
		f := journal.Flags{Metrics: keptMetrics(want), Unit: unitsText(want), Better: directionOf(want)}
		var again Options
		again.Minimize, again.Maximize = f.Units()
		got, err := again.metrics()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(metric{})); diff != "" && (len(want) > 1 || want[0].weight == 1) {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// The benchmarks that report a unit share its weight.
func TestShareWeights(t *testing.T) {
	b := newBench(&Options{Bench: ".", Minimize: "ns/op=4", Maximize: "MB/s"})
	for _, name := range []string{"X", "Y"} {
		b.count(benchCase{name: name}, 0)
	}
	b.count(benchCase{name: "Z"}, 0, 1)
	var got []string
	for j, q := range b.rule(0).Of {
		got = append(got, q.Name+" "+number4(q.Weight)+" "+direction(q.Higher))
		if b.of[j].higher != q.Higher {
			t.Errorf("%s: another direction", q.Name)
		}
	}
	want := []string{"X ns/op 1.333 lower", "Y ns/op 1.333 lower", "Z ns/op 1.333 lower", "Z MB/s 1 higher"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("4 ns/op, 8 MB/s over 3 benchmarks", b.text(&standing{values: []float64{2, 4, 8, 8}})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	gains := &standing{gains: []float64{0, 0, 1, -1}}
	if got, want := b.gainOf(gains, 2), (4-1)/5.0; got != want {
		t.Errorf("gain of Z is %v, want %v", got, want)
	}
}

// A run whose numbers an earlier version judged by their span is not gone through
// again by another rule.
func TestRefuseOldSpread(t *testing.T) {
	for _, tt := range []struct {
		base *journal.Baseline
		ok   bool
	}{
		{nil, true}, {&journal.Baseline{}, true},
		{&journal.Baseline{Score: &journal.ScoreBaseline{Values: []float64{1, 1}}}, true},
		{&journal.Baseline{Score: &journal.ScoreBaseline{Values: []float64{1, 2, 1, 1, 1}}}, false},
	} {
		if err := refuseOldSpread(&journal.Run{Baseline: tt.base}); (err == nil) != tt.ok {
			t.Errorf("%+v: %v", tt.base, err)
		}
	}
}

// roundsOf makes the rounds of a contest out of a function.
func roundsOf(play func(i int) (a, b float64), lostIn, wrongIn int) func(context.Context, *comparison, bool) error {
	return func(_ context.Context, c *comparison, baseFirst bool) error {
		n := len(c.rounds) + 1
		if n == wrongIn {
			c.wrong = "it fails"
			return nil
		}
		a, b := play(n)
		c.lost = n == lostIn
		c.rounds = append(c.rounds, paired.Round{A: []float64{a}, B: []float64{b}})
		c.first = append(c.first, baseFirst)
		return nil
	}
}
