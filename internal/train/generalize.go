package train

import (
	"context"
	"fmt"

	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/paired"
)

// heldRounds is how often the original and the winner run at most, where what
// the held-out cases give varies.
const heldRounds = 3

// heldOutWorse is why a run ended whose winner was refused.
const heldOutWorse = "the held-out cases got worse"

func (h *holdout) refused() bool { return h != nil && h.gap.Refused != "" }

// A fall is in what the held-out cases got worse.
type fall struct {
	cases         []string // that pass in the original and fail in the winner
	before, after journal.Total
	mean          bool // the mean score fell, in every run
}

// fallen compares the held-out cases of the original with those of a winner,
// each as some runs left them. A case that fails now and then counts as failing
// when it does so in more than half of the runs more than in the original, and
// the mean fell if every run says so: of programs that do not differ, whose
// scores vary, that is said of one in eight after three runs. Where benchmarks
// decide, scores do not count.
func fallen(before, after []*evaluation, scores bool) fall {
	runs := len(after)
	f := fall{before: meanTotal(before), after: meanTotal(after)}
	more := map[string]int{}
	count := func(evs []*evaluation, by int) {
		for _, ev := range evs {
			for _, o := range ev.cases {
				if o.failed() && !o.unknown {
					more[o.name] += by
				}
			}
		}
	}
	count(after, 1)
	count(before, -1)
	for _, name := range sortedKeys(more) {
		if 2*more[name] > runs {
			f.cases = append(f.cases, name)
		}
	}
	const noise = 1e-12 // of summing in another order
	f.mean = scores
	for i := range after {
		f.mean = f.mean && after[i].total.Score < before[i].total.Score-noise
	}
	return f
}

// meanTotal is the middle of several totals; of what failed, rounded up.
func meanTotal(evs []*evaluation) journal.Total {
	t := journal.Total{Scored: evs[0].total.Scored}
	failed := 0
	for _, ev := range evs {
		failed += ev.total.Failed
		t.Score += ev.total.Score / float64(len(evs))
	}
	t.Failed = (failed + len(evs) - 1) / len(evs)
	return t
}

// certainlyLower reports whether the mean score fell as far as the rounds of a
// verification tell: of programs that do not differ they say so of one in twenty.
func certainlyLower(before, after []*evaluation) bool {
	var gains []float64
	for i := range after {
		gains = append(gains, after[i].total.Score-before[i].total.Score)
	}
	return paired.Lower(gains, 1-paired.Confidence)
}

func (f fall) any() bool { return len(f.cases) > 0 || f.mean }

// vary reports whether two runs of the same program differ.
func vary(a, b *evaluation) bool {
	was := map[string]outcome{}
	for _, o := range a.cases {
		was[o.name] = o
	}
	for _, o := range b.cases {
		if w, ok := was[o.name]; ok && !o.unknown && (w.failed() != o.failed() || w.value() != o.value()) {
			return true
		}
	}
	return false
}

// generalizes reports whether a winner may be kept for all that the held-out
// cases say. If it seems not, the original and the winner run once more, and
// once again if the same program gives different results: a fall that is the
// luck of one run is none.
func (s *session) generalizes(ctx context.Context, st *state) (bool, error) {
	h := s.held
	if h == nil || st == s.base || st.held == nil {
		return true, nil
	}
	before, after := []*evaluation{h.base}, []*evaluation{st.held}
	scores := s.bench == nil && s.score == nil
	measured := s.noise != nil && s.gauge.final != nil && len(s.gauge.final.held[1]) > 0
	if measured { // they ran beside each other
		before, after = s.gauge.final.held[0], s.gauge.final.held[1]
	}
	f := fallen(before, after, scores)
	if measured && scores {
		f.mean = f.mean || certainlyLower(before, after)
	}
	for round := 2; !measured && f.any() && round <= heldRounds; round++ {
		s.ui.now("the held-out cases got worse: running them again")
		b, err := s.heldAgain(ctx, s.base, round)
		if err != nil {
			return false, err
		}
		a, err := s.heldAgain(ctx, st, round)
		if err != nil {
			return false, err
		}
		before, after = append(before, b), append(after, a)
		if f = fallen(before, after, scores); !vary(before[0], b) && !vary(after[0], a) {
			break
		}
	}
	h.gap.Before, h.gap.After = f.before, &f.after
	if !f.any() {
		return true, nil
	}
	h.gap.Winner, h.gap.Refused = st.hash, f.text(s, len(before))
	return false, nil
}

// text says in what the held-out cases got worse.
func (f fall) text(s *session, runs int) string {
	text := fmt.Sprintf("%s → %s", s.heldText(f.before), s.heldText(f.after))
	if len(f.cases) > 0 {
		text += "; failing now: " + listText(f.cases, 5)
	}
	if runs > 1 {
		text += fmt.Sprintf(" (%d runs of each)", runs)
	}
	return text
}

// heldText says how the held-out cases stand.
func (s *session) heldText(t journal.Total) string {
	text := fmt.Sprintf("%d of %d failing", t.Failed, t.Scored)
	if s.held.obj.scored && s.bench == nil && s.score == nil {
		text += fmt.Sprintf(" (mean score %.4g)", t.Score)
	}
	return text
}

// heldAgain runs a program on all cases once more, unless the journal has what
// that gave, and returns the held-out part.
func (s *session) heldAgain(ctx context.Context, st *state, round int) (*evaluation, error) {
	if s.past != nil {
		for _, r := range s.past.run.HeldAgain {
			if r.Hash == st.hash && r.Round == round {
				raw, err := s.recalled(keptEvaluation{results: r.Results})
				if err != nil {
					return nil, err
				}
				return s.held.obj.judge(raw), nil
			}
		}
	}
	raw, err := s.runUnits(ctx, st.files, nil, running{everything: true, testsOnly: true, round: round})
	if err != nil {
		return nil, err
	}
	defer raw.drop()
	if raw.rejected == "" {
		err = s.log.Append(journal.Record{HeldAgain: &journal.HeldAgain{Hash: st.hash, Round: round, Results: raw.results}})
	}
	return s.held.obj.judge(raw), err
}

// verifyWinner runs the result again and puts it to the held-out cases. If they
// speak against it the original stays. Nothing else that was found takes its
// place: choosing by the held-out cases would make them cases to train on.
func (s *session) verifyWinner(ctx context.Context, chain []*state) (*state, error) {
	best, err := s.verify(ctx, chain)
	if err != nil {
		return best, err
	}
	ok, err := s.generalizes(ctx, best)
	if err != nil || ok {
		return best, err
	}
	s.ui.warn("%s, so the result is not kept: %s", heldOutWorse, s.held.gap.Refused)
	s.ui.hint("tracetrain show %s has what was found; more cases to train on make it harder to learn them by heart", s.id())
	return s.base, nil
}

// heldSummary is what the summary says about the held-out cases.
func (s *session) heldSummary(best *state) string {
	if s.held == nil {
		return ""
	}
	gap := s.held.gap
	switch {
	case gap.Refused != "":
		return "; held out: " + gap.Refused
	case best == s.base:
		return "; held out: " + s.heldText(gap.Before)
	case gap.After == nil:
		return "; held out: " + s.heldText(gap.Before) + ", not run with the result"
	}
	return "; held out: " + s.heldText(gap.Before) + " → " + s.heldText(*gap.After)
}
