package train

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/paired"
)

// What a measurement is for.
const (
	forBaseline = "baseline"
	forStep     = "step"
	forShrink   = "shrink"
	forVerify   = "verify"
)

// A gauge compares programs where running each once does not tell which is
// better: by what benchmarks measure ([bench]), or by scores that vary from run
// to run ([noise]).
type gauge struct {
	scale     paired.Scale
	need      float64 // gain that has to be shown where values vary
	tolerance float64 // gain that no single quantity may fall below
	unit      string  // of all quantities, for people
	better    string  // what is better of them: lower or higher; empty where that differs
	of        []quantity

	done  map[[2]string]*comparison // by what was compiled
	final *comparison               // the result beside the original
}

// A quantity is one of the values of a program that count.
type quantity struct {
	name   string // of a benchmark
	unit   string
	higher bool // higher values are better
	weight float64
}

// full names a quantity among all.
func (g *gauge) full(q quantity) string {
	for _, other := range g.of {
		if other.unit != q.unit {
			return q.name + " " + q.unit
		}
	}
	return q.name
}

// amount words a value.
func (q quantity) amount(v float64) string {
	if q.unit == "" {
		return number4(v)
	}
	return number4(v) + " " + q.unit
}

// rule is what a comparison has to show.
func (g *gauge) rule(need float64) *paired.Rule {
	r := &paired.Rule{Scale: g.scale, Need: need, Tolerance: g.tolerance}
	for _, q := range g.of {
		r.Of = append(r.Of, paired.Quantity{Name: g.full(q), Higher: q.higher, Weight: q.weight})
	}
	return r
}

// A comparison is what was measured of a candidate beside its base.
type comparison struct {
	rule   *paired.Rule
	rounds []paired.Round
	first  []bool               // per round: the base came first
	wrong  string               // why it could not be measured
	others []map[string]float64 // by benchmark, what the candidate reported besides in the last round
	result paired.Result

	mending bool // the candidate fails fewer cases, which has to show in every round
	lost    bool // in one it did not
	mends   bool // it did in all

	held [2][]*evaluation // the held-out cases of the base and of the candidate, round by round
}

// mendRounds are those in which a candidate has to fail fewer cases each. Two
// programs that do not differ do that with a probability of at most 1/64.
const mendRounds = 6

func (c *comparison) accepted() bool {
	return c.wrong == "" && (c.mends || c.result.Verdict == paired.Better)
}

// why says why a candidate is not accepted.
func (c *comparison) why() string {
	if c.wrong != "" {
		return c.wrong
	}
	return c.result.Why
}

// judge decides what the rounds so far say, and reports whether more are needed.
func (c *comparison) judge() (more bool) {
	c.result = paired.Compare(c.rule, c.rounds)
	switch {
	case !c.mending:
		return c.result.Verdict == paired.Open
	case c.lost:
		c.result.Verdict, c.result.Why = paired.Not, fmt.Sprintf("it failed fewer cases once, and not in each of %s", plural(len(c.rounds), "round"))
		return false
	}
	c.mends = len(c.rounds) >= mendRounds
	return !c.mends
}

// middles are the values of the base and of the candidate: medians where ratios
// count, and means where differences do.
func (c *comparison) middles() (a, b []float64) {
	middle := median
	if c.rule.Scale == paired.Differences {
		middle = mean
	}
	for j := range c.rule.Of {
		var va, vb []float64
		for _, r := range c.rounds {
			va, vb = append(va, r.A[j]), append(vb, r.B[j])
		}
		a, b = append(a, middle(va)), append(b, middle(vb))
	}
	return a, b
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v / float64(len(values))
	}
	return sum
}

// A contest is a comparison that is under way.
type contest struct {
	what       string
	step       int
	base, cand journal.Hash
	round      func(ctx context.Context, c *comparison, baseFirst bool) error // adds one to c
	more       func() (no string)                                             // why there can be no further round; nil: there always can
	say        func(round int)
}

// hold goes on with c, round by round, until it is decided which is better.
func (s *session) hold(ctx context.Context, k contest, c *comparison) (*comparison, error) {
	coin := rand.New(rand.NewPCG(uint64(s.opt.Seed), mix(k.what, k.base, k.cand)))
	for c.wrong == "" && c.judge() {
		if k.more != nil {
			if no := k.more(); no != "" {
				c.result.Verdict, c.result.Why = paired.Not, no
				break
			}
		}
		k.say(len(c.rounds) + 1)
		if err := k.round(ctx, c, coin.IntN(2) == 0); err != nil {
			return nil, err
		}
	}
	return c, s.logMeasured(k.what, k.step, k.base, k.cand, c)
}

// mix seeds the order of the rounds of a comparison.
func mix(what string, base, cand journal.Hash) uint64 {
	sum := sha256.Sum256([]byte(what + "\x00" + string(base) + "\x00" + string(cand)))
	return binary.LittleEndian.Uint64(sum[:])
}

// logMeasured writes a comparison to the journal.
func (s *session) logMeasured(what string, step int, base, cand journal.Hash, c *comparison) error {
	g := s.gauge
	rec := &journal.Measured{
		For: what, Step: step, Base: base, Hash: cand, Unit: g.unit, Better: g.better,
		Steady: c.result.Steady, Accepted: c.accepted(), Mends: c.mends, Failed: c.wrong,
	}
	if c.wrong == "" && !c.mends {
		rec.Why = c.result.Why
	}
	for _, first := range c.first {
		if first {
			rec.Order += "b"
		} else {
			rec.Order += "c"
		}
	}
	for j, q := range g.of {
		jb := g.named(q)
		for _, r := range c.rounds {
			jb.Base, jb.Values = append(jb.Base, r.A[j]), append(jb.Values, r.B[j])
		}
		if j < len(c.others) {
			jb.Others = c.others[j]
		}
		if len(c.rounds) > 0 && j < len(c.result.Each) {
			jb.Estimates = estimates(c.rule, c.rule.Of[j], c.result.Each[j])
		}
		rec.Benchmarks = append(rec.Benchmarks, jb)
	}
	if len(c.rounds) > 0 {
		rec.Estimates = c.estimates()
	}
	return s.log.Append(journal.Record{Measured: rec})
}

// named is a quantity as the journal names it, without values.
func (g *gauge) named(q quantity) journal.Benchmark {
	jb := journal.Benchmark{Name: q.name}
	if g.full(q) != q.name {
		jb.Unit, jb.Better = q.unit, direction(q.higher)
	}
	return jb
}

// direction is the word for what is better.
func direction(higher bool) string {
	if higher {
		return "higher"
	}
	return "lower"
}

// estimates is what a comparison came to in all.
func (c *comparison) estimates() journal.Estimates {
	return scaled(c.rule, estimate(c.rule.ValueOfAll, c.result.Total))
}

// estimates turns the gain of a quantity into a ratio or difference of values.
func estimates(r *paired.Rule, q paired.Quantity, g paired.Interval) journal.Estimates {
	return scaled(r, estimate(func(gain float64) float64 { return r.Value(q, gain) }, g))
}

func scaled(r *paired.Rule, e *journal.Estimate) journal.Estimates {
	if r.Scale == paired.Differences {
		return journal.Estimates{Difference: e}
	}
	return journal.Estimates{Ratio: e}
}

func estimate(value func(gain float64) float64, g paired.Interval) *journal.Estimate {
	out := &journal.Estimate{Value: value(g.Gain)}
	if math.IsInf(g.Low, 0) || math.IsInf(g.High, 0) {
		return out
	}
	low, high := value(g.Low), value(g.High)
	if low > high {
		low, high = high, low
	}
	out.Low, out.High = &low, &high
	return out
}

// estimateWords is "0.512, 95 % interval 0.50 to 0.53".
func estimateWords(e journal.Estimate) string {
	text := fmt.Sprintf("%.3g", e.Value)
	switch {
	case e.Low == nil || e.High == nil:
		return text
	case *e.Low == *e.High:
		return text + ", exactly"
	}
	return fmt.Sprintf("%s, %.0f %% interval %.3g to %.3g", text, 100*paired.Confidence, *e.Low, *e.High)
}

// recordedMeasurement finds what the run that goes on, or is replayed, measured.
// A replay measures again what does not vary, unless it is asked not to.
func (s *session) recordedMeasurement(what string, base, cand journal.Hash) *journal.Measured {
	if s.past != nil {
		return findMeasured(s.past.run, what, base, cand)
	}
	if s.opt.replay == nil {
		return nil
	}
	if m := findMeasured(s.opt.replay, what, base, cand); m != nil && (!m.Steady || s.opt.Recorded) {
		return m
	}
	return nil
}

func findMeasured(run *journal.Run, what string, base, cand journal.Hash) *journal.Measured {
	for i := range run.Measured {
		if m := &run.Measured[i]; m.For == what && m.Base == base && m.Hash == cand {
			return m
		}
	}
	return nil
}

// recordedComparison is a comparison of the run that is replayed, nil if there
// is none or it is to be measured again.
func (s *session) recordedComparison(what string, step int, need float64, base, cand journal.Hash) (*comparison, error) {
	m := s.recordedMeasurement(what, base, cand)
	if m == nil {
		return nil, nil
	}
	c := &comparison{rule: s.gauge.rule(need), wrong: m.Failed, mends: m.Mends}
	var list []journal.Benchmark // by quantity
	rounds := -1
	for _, q := range s.gauge.of {
		want := s.gauge.named(q)
		i := slices.IndexFunc(m.Benchmarks, func(b journal.Benchmark) bool { return b.Name == want.Name && b.Unit == want.Unit })
		if i < 0 {
			return nil, fmt.Errorf("the journal has no values of %s", s.gauge.full(q))
		}
		jb := m.Benchmarks[i]
		if len(jb.Base) != len(jb.Values) || rounds >= 0 && rounds != len(jb.Base) {
			return nil, fmt.Errorf("the journal has another number of values for %s than for what it was compared with", s.gauge.full(q))
		}
		rounds = len(jb.Base)
		list = append(list, jb)
		c.others = append(c.others, jb.Others)
	}
	for i := range rounds {
		var r paired.Round
		for _, jb := range list {
			r.A, r.B = append(r.A, jb.Base[i]), append(r.B, jb.Values[i])
		}
		c.rounds = append(c.rounds, r)
		c.first = append(c.first, i < len(m.Order) && m.Order[i] == 'b')
	}
	c.result = paired.Compare(c.rule, c.rounds)
	// What was decided then holds, also when a later version of this program
	// would decide otherwise.
	c.result.Verdict, c.result.Why = paired.Not, m.Why
	if m.Accepted {
		c.result.Verdict = paired.Better
	}
	return c, s.logMeasured(what, step, base, cand, c)
}

// finalMeasure is the comparison of best with the original, nil if there is
// none.
func (s *session) finalMeasure(best *state) *comparison {
	if s.gauge == nil || s.gauge.final == nil || best == s.base {
		return nil
	}
	return s.gauge.final
}

// changeText words the gain of a comparison with its interval.
func changeText(m *comparison) string {
	g := m.result.Total
	text := m.rule.ChangeOfAll(g.Gain)
	low, high := m.rule.ChangeOfAll(g.Low), m.rule.ChangeOfAll(g.High)
	if low == high || math.IsInf(g.Low, 0) {
		return text
	}
	return fmt.Sprintf("%s (%.0f %% interval: %s to %s)", text, 100*paired.Confidence, low, high)
}

// measuredText is a comparison for an optimizer: values, ratios or differences,
// intervals.
func (s *session) measuredText(m *comparison) string {
	if m.wrong != "" {
		return m.wrong
	}
	from, to := m.middles()
	var list []string
	for j, q := range s.gauge.of {
		e := estimates(m.rule, m.rule.Of[j], m.result.Each[j])
		list = append(list, fmt.Sprintf("%s %s → %s (%s)", q.name, number4(from[j]), q.amount(to[j]), wordsOf(e)))
	}
	text := listText(list, 8)
	if len(list) > 1 {
		text = fmt.Sprintf("geometric mean of the ratios %s: %s", estimateWords(*m.estimates().Ratio), text)
	}
	if why := m.why(); why != "" && !m.mends {
		text += "; " + why
	}
	return text
}

// wordsOf says what an estimate is of.
func wordsOf(e journal.Estimates) string {
	if e.Difference != nil {
		return "difference " + estimateWords(*e.Difference)
	}
	return "ratio " + estimateWords(*cmp.Or(e.Ratio, &journal.Estimate{}))
}
