package train

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/paired"
	"github.com/opto-go/trace/internal/ui"
)

// sampleTime is how long a benchmark runs for one value. Many short runs in
// processes of their own tell more than a long one: what a process is lucky
// with, such as its addresses, stays with it.
const sampleTime = "100ms"

// baselineRounds are the values of the original that are taken for itself.
const baselineRounds = 5

// noisySpread of a baseline deserves a warning.
const noisySpread = 0.25

// What a measurement is for.
const (
	forBaseline = "baseline"
	forStep     = "step"
	forShrink   = "shrink"
	forVerify   = "verify"
)

// A comparison is what benchmarks measured of a candidate beside its base.
type comparison struct {
	rule   *paired.Rule
	rounds []paired.Round
	first  []bool               // per round: the base came first
	wrong  string               // why it could not be measured
	others []map[string]float64 // by benchmark, what the candidate reported besides in the last round
	result paired.Result
}

func (c *comparison) accepted() bool { return c.wrong == "" && c.result.Verdict == paired.Better }

// why says why a candidate is not accepted.
func (c *comparison) why() string {
	if c.wrong != "" {
		return c.wrong
	}
	return c.result.Why
}

// medians are the values of the base and of the candidate.
func (c *comparison) medians() (a, b []float64) {
	for j := range c.rule.Names {
		var va, vb []float64
		for _, r := range c.rounds {
			va, vb = append(va, r.A[j]), append(vb, r.B[j])
		}
		a, b = append(a, median(va)), append(b, median(vb))
	}
	return a, b
}

// A benchBuild is a program compiled for its benchmarks alone.
type benchBuild struct {
	hash  journal.Hash
	bins  map[*unit]*build.Binary
	wrong string // why it does not compile
}

func (b *benchBuild) remove() {
	if b == nil {
		return
	}
	for _, bin := range b.bins {
		bin.Remove()
	}
}

// keepForBench keeps the binary of a package that has benchmarks to measure,
// which come when its tests are done, and removes any other.
func (s *session) keepForBench(ev *evaluation, u *unit, bin *build.Binary) {
	if len(u.bench) == 0 {
		bin.Remove()
		return
	}
	if ev.built == nil {
		ev.built = &benchBuild{bins: map[*unit]*build.Binary{}}
	}
	ev.built.bins[u] = bin
}

// drop removes what was built.
func (ev *evaluation) drop() {
	if ev != nil {
		ev.built.remove()
		ev.built = nil
	}
}

// takeBuild hands on what was built, or builds it.
func (s *session) takeBuild(ctx context.Context, ev *evaluation, hash journal.Hash, files map[string][]byte, checks []source.RunCheck) (*benchBuild, error) {
	if ev == nil || ev.built == nil {
		return s.compileBench(ctx, hash, files, checks)
	}
	b := ev.built
	b.hash, ev.built = hash, nil
	for _, bin := range b.bins {
		if bin.Weak != "" {
			b.remove()
			return nil, weakBench(bin.Weak)
		}
	}
	return b, nil
}

func weakBench(why string) error {
	return ui.Failf("benchmarks cannot be measured here: %s", why).
		WithHint("what they print proves nothing; a Go release that this version knows is needed")
}

// compileBench compiles the packages whose benchmarks are measured, without
// anything that tests of candidates may need beside them.
func (s *session) compileBench(ctx context.Context, hash journal.Hash, files map[string][]byte, checks []source.RunCheck) (*benchBuild, error) {
	b := &benchBuild{hash: hash, bins: map[*unit]*build.Binary{}}
	for _, u := range s.units {
		if len(u.bench) == 0 {
			continue
		}
		bin, err := s.builder.Compile(ctx, build.Spec{
			Dir: s.base.prog.ModRoot, Pkg: u.pkg, Test: true, Tags: s.opt.Tags,
			Files: withChecks(files, checks), Overlay: s.overlay(false),
		})
		var failed *build.Error
		if errors.As(err, &failed) {
			b.wrong = "it does not compile: " + clip(failed.Error(), 2000)
			return b, nil
		}
		if err != nil {
			b.remove()
			return nil, err
		}
		b.bins[u] = bin
		if bin.Weak != "" {
			b.remove()
			return nil, weakBench(bin.Weak)
		}
	}
	return b, nil
}

// sample runs the benchmarks of one package once, in a process of their own.
func (s *session) sample(ctx context.Context, u *unit, bin *build.Binary) ([]outcome, error) {
	res, err := bin.RunBenchmarks(ctx, build.RunOptions{
		Dir: u.dir, Args: s.opt.Args, Timeout: s.opt.Timeout, Pass: s.opt.Env,
	}, build.BenchOptions{Pattern: s.opt.Bench, Time: sampleTime})
	if err != nil {
		return nil, err
	}
	list := s.outcomes(u, res)
	for i := range list {
		if c := res.Case(list[i].local); c != nil {
			list[i].units = c.Units
		}
	}
	return list, nil
}

// measureBaseline measures the original alone and fixes what is measured from
// here on.
func (s *session) measureBaseline(ctx context.Context) error {
	b := s.bench
	if rec := s.recordedMeasurement(forBaseline, "", s.base.hash); rec != nil {
		return s.baselineFrom(rec)
	}
	bins, err := s.takeBuild(ctx, s.base.eval, s.base.hash, nil, nil)
	if err != nil {
		return err
	}
	b.now = bins
	if bins.wrong != "" {
		return &ui.Error{Code: ui.Broken, Err: errors.New(bins.wrong)}
	}
	var series [][]float64
	var others []map[string]float64
	for i := range baselineRounds {
		s.ui.now("measuring the baseline: %d of %d", i+1, baselineRounds)
		var all []outcome
		got := map[string]outcome{}
		for _, u := range s.units {
			if bins.bins[u] == nil {
				continue
			}
			list, err := s.sample(ctx, u, bins.bins[u])
			if err != nil {
				return err
			}
			all = append(all, list...)
			for _, o := range list {
				got[o.name] = o
			}
		}
		if i == 0 {
			if err := s.findBenchmarks(all); err != nil {
				return err
			}
		}
		values, wrong := b.values(got)
		if wrong != "" {
			return ui.Failf("the baseline cannot be measured: %s", wrong)
		}
		series = append(series, values)
		others = b.others(got)
	}
	rec := &journal.Measured{For: forBaseline, Hash: s.base.hash, Unit: b.unit, Better: b.direction(), Steady: true}
	for j, c := range b.cases {
		jb := journal.Benchmark{Name: c.name, Others: others[j]}
		for _, values := range series {
			jb.Values = append(jb.Values, values[j])
			rec.Steady = rec.Steady && values[j] == series[0][j]
		}
		rec.Benchmarks = append(rec.Benchmarks, jb)
	}
	s.setBaseline(rec)
	for _, jb := range rec.Benchmarks {
		if v := spread(jb.Values); v > noisySpread {
			s.ui.warn("%s varies by %.0f %% from run to run, which hides gains that are not much larger", jb.Name, 100*v)
			s.ui.hint("a machine with less to do helps, or longer runs: -- -test.benchtime=1s")
			break
		}
	}
	return s.log.Append(journal.Record{Measured: rec})
}

// spread is by how much the greatest value is above the least; 0 where that has
// no ratio.
func spread(values []float64) float64 {
	low := slices.Min(values)
	if low <= 0 {
		return 0
	}
	return slices.Max(values)/low - 1
}

// baselineFrom takes the baseline of a recorded run.
func (s *session) baselineFrom(rec *journal.Measured) error {
	for _, jb := range rec.Benchmarks {
		c, ok := s.benchCase(jb.Name)
		if !ok || len(jb.Values) == 0 {
			return ui.Failf("the run measured %s, which is not selected here", jb.Name)
		}
		s.bench.cases = append(s.bench.cases, c)
	}
	s.setBaseline(rec)
	return s.log.Append(journal.Record{Measured: rec})
}

// benchCase finds the package of a benchmark by its name in the whole run.
func (s *session) benchCase(name string) (benchCase, bool) {
	for _, u := range s.units {
		local := name
		if len(s.units) > 1 {
			var ok bool
			if local, ok = strings.CutPrefix(name, u.rel+"."); !ok {
				continue
			}
		}
		top, _, _ := strings.Cut(local, "/")
		for _, b := range u.bench {
			if b == top {
				return benchCase{name, u, local}, true
			}
		}
	}
	return benchCase{}, false
}

func (s *session) setBaseline(rec *journal.Measured) {
	st := &standing{gains: make([]float64, len(rec.Benchmarks))}
	for _, jb := range rec.Benchmarks {
		st.values = append(st.values, median(jb.Values))
		st.others = append(st.others, jb.Others)
	}
	s.base.eval.bench = st
}

// versus measures a candidate beside its base, round by round, until it is
// decided which is better. One process runs at a time.
func (s *session) versus(ctx context.Context, what string, step int, need float64, base, cand *benchBuild, say func(round int)) (*comparison, error) {
	c := &comparison{rule: s.bench.rule(need), wrong: cand.wrong}
	if base.wrong != "" {
		c.wrong = "what it is compared with cannot be measured: " + base.wrong
	}
	coin := rand.New(rand.NewPCG(uint64(s.opt.Seed), mix(what, base.hash, cand.hash)))
	for c.wrong == "" {
		c.result = paired.Compare(c.rule, c.rounds)
		if c.result.Verdict != paired.Open {
			break
		}
		say(len(c.rounds) + 1)
		if err := s.round(ctx, c, coin.IntN(2) == 0, base, cand); err != nil {
			return nil, err
		}
	}
	return c, s.logMeasured(what, step, base.hash, cand.hash, c)
}

// mix seeds the order of the rounds of a comparison.
func mix(what string, base, cand journal.Hash) uint64 {
	sum := sha256.Sum256([]byte(what + "\x00" + string(base) + "\x00" + string(cand)))
	return binary.LittleEndian.Uint64(sum[:])
}

// round adds a round to c.
func (s *session) round(ctx context.Context, c *comparison, baseFirst bool, base, cand *benchBuild) error {
	order := []*benchBuild{cand, base}
	if baseFirst {
		order = []*benchBuild{base, cand}
	}
	got := map[*benchBuild]map[string]outcome{base: {}, cand: {}}
	for _, u := range s.units {
		for _, b := range order {
			if b.bins[u] == nil {
				continue
			}
			list, err := s.sample(ctx, u, b.bins[u])
			if err != nil {
				return err
			}
			for _, o := range list {
				got[b][o.name] = o
			}
		}
	}
	var r paired.Round
	var wrong string
	if r.B, wrong = s.bench.values(got[cand]); wrong != "" {
		c.wrong = wrong
		return nil
	}
	if r.A, wrong = s.bench.values(got[base]); wrong != "" {
		c.wrong = "what it is compared with cannot be measured any more: " + wrong
		return nil
	}
	c.others = s.bench.others(got[cand])
	c.rounds, c.first = append(c.rounds, r), append(c.first, baseFirst)
	return nil
}

// logMeasured writes a comparison to the journal.
func (s *session) logMeasured(what string, step int, base, cand journal.Hash, c *comparison) error {
	rec := &journal.Measured{
		For: what, Step: step, Base: base, Hash: cand, Unit: s.bench.unit, Better: s.bench.direction(),
		Steady: c.result.Steady, Accepted: c.accepted(), Failed: c.wrong,
	}
	if c.wrong == "" {
		rec.Why = c.result.Why
	}
	for _, first := range c.first {
		if first {
			rec.Order += "b"
		} else {
			rec.Order += "c"
		}
	}
	for j, name := range c.rule.Names {
		jb := journal.Benchmark{Name: name}
		for _, r := range c.rounds {
			jb.Base, jb.Values = append(jb.Base, r.A[j]), append(jb.Values, r.B[j])
		}
		if j < len(c.others) {
			jb.Others = c.others[j]
		}
		if len(c.rounds) > 0 && j < len(c.result.Each) {
			jb.Ratio = ratioOf(c.rule, c.result.Each[j])
		}
		rec.Benchmarks = append(rec.Benchmarks, jb)
	}
	if len(c.rounds) > 0 {
		rec.Ratio = ratioOf(c.rule, c.result.Total)
	}
	return s.log.Append(journal.Record{Measured: rec})
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
	c := &comparison{rule: s.bench.rule(need), wrong: m.Failed}
	byName := map[string]journal.Benchmark{}
	for _, name := range c.rule.Names {
		for _, jb := range m.Benchmarks {
			if jb.Name == name {
				c.others = append(c.others, jb.Others)
			}
		}
	}
	rounds := -1
	for _, jb := range m.Benchmarks {
		byName[jb.Name] = jb
		if len(jb.Base) != len(jb.Values) || rounds >= 0 && rounds != len(jb.Base) {
			return nil, fmt.Errorf("the journal has another number of values for %s than for what it was compared with", jb.Name)
		}
		rounds = len(jb.Base)
	}
	for i := range rounds {
		var r paired.Round
		for _, name := range c.rule.Names {
			jb, ok := byName[name]
			if !ok {
				return nil, fmt.Errorf("the journal has no values of %s", name)
			}
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
