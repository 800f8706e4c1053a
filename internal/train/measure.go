package train

import (
	"context"
	"errors"
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
		if why, ok := build.Failure(err); ok {
			b.wrong = clip(why, 2000)
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
	opt := build.RunOptions{Dir: u.dir, Args: s.opt.Args, Timeout: s.opt.Timeout, Pass: s.opt.Env, Shuffle: s.opt.fixedOrder()}
	s.confine(u, &opt)
	res, err := bin.RunBenchmarks(ctx, opt, build.BenchOptions{Pattern: s.opt.Bench, Time: sampleTime})
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
	rec := &journal.Measured{For: forBaseline, Hash: s.base.hash, Unit: b.unit, Better: b.better, Steady: true}
	for j, q := range b.of {
		jb := b.named(q)
		jb.Others = others[j]
		for _, values := range series {
			jb.Values = append(jb.Values, values[j])
			rec.Steady = rec.Steady && values[j] == series[0][j]
		}
		rec.Benchmarks = append(rec.Benchmarks, jb)
	}
	s.setBaseline(rec)
	for _, jb := range rec.Benchmarks {
		if v := spread(jb.Values); v > noisySpread {
			s.ui.warn("%s varies by %.0f %% from run to run, which hides gains that are not much larger", strings.TrimSpace(jb.Name+" "+jb.Unit), 100*v)
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
	b := s.bench
	for at := 0; at < len(rec.Benchmarks); {
		name := rec.Benchmarks[at].Name
		var metrics []int
		for ; at < len(rec.Benchmarks) && rec.Benchmarks[at].Name == name; at++ {
			jb := rec.Benchmarks[at]
			i := slices.IndexFunc(b.metrics, func(m metric) bool { return m.unit == jb.Unit || jb.Unit == "" && len(b.metrics) == 1 })
			if i < 0 || len(jb.Values) == 0 {
				return ui.Failf("the run measured %s of %s, which is not wanted here", jb.Unit, name)
			}
			metrics = append(metrics, i)
		}
		c, ok := s.benchCase(name)
		if !ok {
			return ui.Failf("the run measured %s, which is not selected here", name)
		}
		b.count(c, metrics...)
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
	return s.hold(ctx, contest{
		what: what, step: step, base: base.hash, cand: cand.hash, say: say,
		round: func(ctx context.Context, c *comparison, baseFirst bool) error {
			return s.round(ctx, c, baseFirst, base, cand)
		},
	}, c)
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
