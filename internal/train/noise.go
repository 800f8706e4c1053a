package train

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/paired"
	"github.com/opto-go/trace/internal/train/strategy"
	"github.com/opto-go/trace/internal/ui"
)

// A noise is the objective where scores vary from run to run of the same
// program. One run of a candidate says little then: it is compared with its
// parent in rounds, each of which runs both, by the difference of their mean
// scores. Cases that pass in some runs and fail in others are another matter:
// they are flaky, and do not count.
type noise struct {
	*gauge
	cases []journal.Vary

	mu   sync.Mutex
	base *repeated // what candidates are compared with
}

// Answers that a model gave to the program in one round of a step are not those
// of the verification, which asks anew.
const verifySamples = 1000

func (s *session) beNoisy(cases []journal.Vary) {
	q := quantity{name: "mean score", higher: true, weight: 1}
	if s.score != nil {
		q.name = "score"
	}
	s.noise = &noise{
		gauge: &gauge{
			scale: paired.Differences, tolerance: math.Inf(-1), unit: journal.Scores, better: direction(true),
			of: []quantity{q},
		},
		cases: cases,
	}
	s.gauge = s.noise.gauge
}

// findNoise looks for scores that vary in some runs of the original. The score
// of its evaluation becomes the mean of all runs.
func (s *session) findNoise(ev *evaluation, runs []*evaluation) error {
	if s.bench != nil {
		return nil // scores do not count
	}
	var cases []journal.Vary
	var scores []float64
	if b := s.recordedBaseline(); b != nil {
		cases, scores = b.Vary, []float64{b.Total.Score}
	} else {
		var judged []*evaluation
		for _, raw := range runs {
			judged = append(judged, s.obj.judge(raw))
			scores = append(scores, judged[len(judged)-1].total.Score)
		}
		cases = s.varying(judged)
	}
	if len(cases) == 0 {
		return nil
	}
	s.beNoisy(cases)
	ev.total.Score = mean(scores)
	return s.opt.searchInNoise()
}

// vary is what the journal keeps of the original.
func (n *noise) vary() []journal.Vary {
	if n == nil {
		return nil
	}
	return n.cases
}

// varying lists the cases of the objective whose scores differ between runs.
func (s *session) varying(runs []*evaluation) []journal.Vary {
	var list []journal.Vary
	for i, name := range s.obj.names {
		if s.score != nil && s.obj.unit[name] != s.score.unit {
			continue // only the number of the command counts
		}
		v := journal.Vary{Case: name}
		scored := false
		for _, ev := range runs {
			o := ev.cases[i]
			v.Values = append(v.Values, o.value())
			scored = scored || o.score != nil
		}
		if scored && slices.Min(v.Values) != slices.Max(v.Values) {
			list = append(list, v)
		}
	}
	return list
}

// searchInNoise has the search go on from one parent, unless another one was
// asked for.
func (o *Options) searchInNoise() error {
	if several := o.Search != strategy.Sequential && o.Search != strategy.BestOfN; several && !o.autoSearch {
		return ui.Errorf("-search %s does not go with scores that vary from run to run: candidates are compared with their parent, and those of different parents have no common scale", o.Search).
			WithHint("sequential compares with the best program so far, best-of-n with the original; or make the program give the same score each time, with a fixed seed")
	}
	f := o.flags().InNoise()
	o.Search, o.Parents, o.Proposals = f.Search, f.Parents, f.Proposals
	return nil
}

// sayNoise says that scores vary, and what follows.
func (s *session) sayNoise() {
	if s.noise == nil {
		return
	}
	var list []string
	for _, c := range s.noise.cases {
		list = append(list, varyText(c))
	}
	s.ui.say("%s from run to run: %s", plural(len(list), "score varies", "scores vary"), listText(list, 5))
	s.ui.say("candidates are compared with what they change in up to %d rounds, each of which runs both", paired.MaxRounds)
}

// varyText says how the score of a case varies.
func varyText(c journal.Vary) string {
	return fmt.Sprintf("%s (%s to %s in %s)", c.Case, number4(slices.Min(c.Values)), number4(slices.Max(c.Values)), plural(len(c.Values), "run"))
}

// A player is one of the programs of a comparison.
type player struct {
	hash journal.Hash
	eval *evaluation // of a run before
	run  func(context.Context, running) (*evaluation, error)
}

// measureScores compares a candidate with its parent.
func (s *session) measureScores(ctx context.Context, step, index int, c *candidate) error {
	defer c.runs.remove()
	cur := c.parent
	if !c.ran() || c.code.Sum == cur.code.Sum {
		return nil
	}
	if c.broken = newlyFailing(cur.eval, c.eval); len(c.broken) > 0 {
		return nil
	}
	base := player{cur.hash, cur.eval, func(ctx context.Context, how running) (*evaluation, error) {
		return s.noise.parent(s, cur).run(ctx, how)
	}}
	cand := player{c.hash, c.eval, func(ctx context.Context, how running) (*evaluation, error) { return s.runAgain(ctx, c, how) }}
	var err error
	c.measured, err = s.compareScores(ctx, forStep, step, base, cand, func(round int) {
		s.ui.now("step %d: candidate %d, round %d", step, index, round)
	})
	return err
}

// parent is a program that candidates are compared with, compiled once.
func (n *noise) parent(s *session, st *state) *repeated {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.base == nil || n.base.hash != st.hash {
		n.base.remove()
		n.base = s.repeat(st.files, nil)
	}
	return n.base
}

// compareScores compares two programs by their scores.
func (s *session) compareScores(ctx context.Context, what string, step int, base, cand player, say func(round int)) (*comparison, error) {
	c, err := s.recordedComparison(what, step, s.gauge.need, base.hash, cand.hash)
	if err != nil {
		return nil, err
	}
	if c != nil {
		if what == forStep {
			s.countEvals(2 * len(c.rounds))
			return c, nil
		}
		return c, s.recordedHeld(c, base.hash, cand.hash)
	}
	c = &comparison{rule: s.gauge.rule(s.gauge.need), mending: cand.eval.total.Failed < base.eval.total.Failed}
	k := contest{what: what, step: step, base: base.hash, cand: cand.hash, say: say}
	if what == forStep {
		k.more = func() string {
			if !s.takeEvals(2) {
				return "the budget has no evaluations left for a further round"
			}
			return ""
		}
	}
	known := map[string]bool{} // cases that fail in the base, too
	for _, ev := range []*evaluation{base.eval, cand.eval} {
		for _, name := range failingNames(ev) {
			known[name] = true
		}
	}
	k.round = func(ctx context.Context, c *comparison, baseFirst bool) error {
		players := [2]player{base, cand}
		order := [2]int{1, 0}
		if baseFirst {
			order = [2]int{0, 1}
		}
		var evs [2]*evaluation
		for _, i := range order {
			ev, err := s.roundOnce(ctx, k, len(c.rounds)+1, players[i])
			if err != nil {
				return err
			}
			evs[i] = ev
		}
		c.wrong = wrongInRound(evs, known, len(c.rounds)+1)
		if c.wrong != "" {
			return nil
		}
		for i, ev := range evs {
			if ev.held != nil {
				c.held[i] = append(c.held[i], ev.held)
			}
		}
		c.lost = c.mending && evs[1].total.Failed >= evs[0].total.Failed
		c.rounds = append(c.rounds, paired.Round{A: []float64{evs[0].total.Score}, B: []float64{evs[1].total.Score}})
		c.first = append(c.first, baseFirst)
		return nil
	}
	return s.hold(ctx, k, c)
}

// wrongInRound says why a round tells that the candidate is no good: it does not
// run, or fails a case that neither it nor its base is known to fail.
func wrongInRound(evs [2]*evaluation, known map[string]bool, round int) string {
	switch {
	case evs[0].rejected != "":
		return "what it is compared with does not run any more: " + firstLines(evs[0].rejected, 1)
	case evs[1].rejected != "":
		return fmt.Sprintf("in round %d it does not run: %s", round, firstLines(evs[1].rejected, 1))
	}
	for _, name := range failingNames(evs[0]) {
		known[name] = true
	}
	failing := slices.DeleteFunc(failingNames(evs[1]), func(name string) bool { return known[name] })
	if len(failing) > 0 {
		return fmt.Sprintf("in round %d it fails %s, which passed", round, listText(failing, 3))
	}
	return ""
}

// roundOnce runs one of the programs of a comparison for a round, unless the
// journal has what that gave.
func (s *session) roundOnce(ctx context.Context, k contest, n int, p player) (*evaluation, error) {
	rec := journal.Round{For: k.what, Base: k.base, Hash: k.cand, N: n, Of: p.hash}
	how := running{everything: k.what == forVerify, round: n}
	if how.everything {
		how.round += verifySamples
	}
	if s.past != nil {
		if results := findRound(s.past.run, rec); results != "" {
			return s.judged(keptEvaluation{results: results}, how)
		}
	}
	raw, err := p.run(ctx, how)
	if err != nil || raw.rejected != "" {
		return raw, err
	}
	raw.drop()
	rec.Results = raw.results
	return s.judge(raw, how), s.log.Append(journal.Record{Round: &rec})
}

func findRound(run *journal.Run, want journal.Round) journal.Hash {
	for _, r := range run.Rounds {
		got := r
		if got.Results = ""; got == want {
			return r.Results
		}
	}
	return ""
}

// recordedHeld takes the held-out cases of the rounds of a comparison from the
// run that goes on or is replayed.
func (s *session) recordedHeld(c *comparison, base, cand journal.Hash) error {
	if s.held == nil {
		return nil
	}
	run := s.earlier()
	for n := range c.rounds {
		for i, of := range []journal.Hash{base, cand} {
			results := findRound(run, journal.Round{For: forVerify, Base: base, Hash: cand, N: n + 1, Of: of})
			if results == "" {
				return fmt.Errorf("the journal does not have round %d of the verification", n+1)
			}
			raw, err := s.readResults(run.Blob, results)
			if err != nil {
				return err
			}
			c.held[i] = append(c.held[i], s.held.obj.judge(raw))
			if s.opt.replay == nil {
				continue
			}
			if err := s.keepResults(raw); err != nil {
				return err
			}
			if err := s.log.Append(journal.Record{Round: &journal.Round{For: forVerify, Base: base, Hash: cand, N: n + 1, Of: of, Results: raw.results}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// verifyScores compares a state with the original in rounds that run all cases,
// from new builds. Ev is what one run of it gave.
func (s *session) verifyScores(ctx context.Context, st *state, ev *evaluation) (kept bool, err error) {
	switch broken := newlyFailing(s.base.eval, ev); {
	case ev.rejected != "":
		s.ui.warn("the winner does not run again, so it is not kept: %s", firstLines(ev.rejected, 1))
		return false, nil
	case len(broken) > 0:
		s.ui.warn("a second run of the winner fails %s, so it is not kept", listText(broken, 3))
		return false, nil
	}
	before, after := s.repeat(nil, nil), s.repeat(st.files, nil)
	defer before.remove()
	defer after.remove()
	m, err := s.compareScores(ctx, forVerify, s.lastStep, player{s.base.hash, s.base.eval, before.run}, player{st.hash, ev, after.run}, func(round int) {
		s.ui.now("verifying the winner beside the original, round %d", round)
	})
	if err != nil {
		return false, err
	}
	if !m.accepted() {
		s.ui.warn("measured again beside the original, the winner shows no gain, so it is not kept: %s", s.measuredText(m))
		return false, nil
	}
	s.sayBroken(st.eval, ev)
	st.eval, s.gauge.final = m.averaged(ev), m
	return true, nil
}

// averaged is an evaluation with the mean of all rounds as its score.
func (c *comparison) averaged(ev *evaluation) *evaluation {
	out := *ev
	if _, b := c.middles(); len(c.rounds) > 0 {
		out.total.Score = b[0]
	}
	return &out
}

// noisyAfterAll reports whether a second run of a winner gave another score than
// the first, although those of the original did not vary, and has it measured
// then. A replay does as its run did.
func (s *session) noisyAfterAll(st *state, ev *evaluation) bool {
	if s.bench != nil || s.noise != nil || ev.rejected != "" || ev.total.Failed != st.eval.total.Failed {
		return s.noise != nil
	}
	cases := s.varying([]*evaluation{st.eval, ev})
	if run := s.opt.replay; run != nil {
		m := findMeasured(run, forVerify, s.base.hash, st.hash)
		if m == nil {
			return false
		}
	} else if len(cases) == 0 {
		return false
	}
	s.beNoisy(cases)
	var list []string
	for _, c := range cases {
		list = append(list, varyText(c))
	}
	s.ui.warn("the winner gives another score when it runs again, so it is measured beside the original: %s", strings.Join(list, ", "))
	return true
}

// runAgain runs a candidate once more, in the program that it was compiled into
// if it can.
func (s *session) runAgain(ctx context.Context, c *candidate, how running) (*evaluation, error) {
	if c.share != nil {
		raw, err := s.runShared(ctx, c, how)
		if err != errAlone {
			return raw, err
		}
		c.share = nil
	}
	if c.runs == nil {
		c.runs = s.repeat(c.files, c.checks)
	}
	return c.runs.run(ctx, how)
}

// withRecordedScores gives the cases of a program the scores that they had in the
// run that is replayed, where they vary. Whether they pass is what they do now.
func (s *session) withRecordedScores(ev *evaluation, h journal.Hash, how running) error {
	run := s.opt.replay
	if how.userEnv || how.round > 0 || !noisyRun(run) {
		return nil
	}
	list, err := recordedResults(run, h, s.base.hash, how)
	if err != nil {
		return err
	}
	for _, k := range list {
		for i := range ev.cases {
			o := &ev.cases[i]
			if o.unit.pkg == k.Unit && o.local == k.Case && o.result == k.Result {
				o.score, o.feedback = k.Score, k.Feedback
			}
		}
	}
	return nil
}

// noisyRun reports whether scores varied in a run; it may be nil.
func noisyRun(run *journal.Run) bool {
	return run != nil && run.Baseline != nil && len(run.Baseline.Vary) > 0
}
