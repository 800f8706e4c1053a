package train

import (
	"context"
	"fmt"
	"slices"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// defaultBaselineRuns find most of what is flaky at a price that is small beside
// that of a search.
const defaultBaselineRuns = 3

// baselineRuns runs the original as often as -baseline says, and gives what the
// runs gave and which cases did not always do the same. A replay takes these
// from the run that it repeats, whatever they do this time.
func (s *session) baselineRuns(ctx context.Context, orig *repeated) (runs []*evaluation, flaky []journal.Flaky, err error) {
	first, err := s.baselineOnce(ctx, orig)
	if err != nil {
		return nil, nil, err
	}
	runs = []*evaluation{first}
	if first.rejected != "" {
		return runs, nil, nil
	}
	if b := s.recordedBaseline(); b != nil {
		s.order = b.Order
		return runs, append(slices.Clone(b.Flaky), unheardOf(first, b)...), nil
	}
	scores := s.opt.Baseline > 1 && slices.ContainsFunc(first.cases, func(o outcome) bool { return s.decides(&o) })
	again := func(n int, shuffle string) (*evaluation, error) {
		s.ui.now("baseline, run %d of %d", n+1, max(n+1, s.opt.Baseline))
		ev, err := s.originalOnce(ctx, n, orig, scores, shuffle)
		if err != nil {
			return nil, err
		}
		ev.drop()
		if ev.rejected != "" {
			return nil, ui.Failf("run %d of the original: %s", n+1, ev.rejected).
				WithHint("it did compile before, so the toolchain failed or a file changed meanwhile: run it again")
		}
		return ev, nil
	}
	if runs, err = s.moreRuns(runs, again); err != nil {
		first.drop()
		return nil, nil, err
	}
	flaky = flakyOf(runs)
	if slices.ContainsFunc(flaky, func(f journal.Flaky) bool { return f.Case == scoreCase && s.score != nil }) {
		first.drop()
		return nil, nil, s.score.unsteady(runs)
	}
	return runs, flaky, nil
}

// moreRuns runs the original until it has run as often as -baseline says. If it is
// to be found out whether the order of the tests matters, the last of these runs has
// another one, which costs nothing. Two further ones tell what differs in it for the
// order from what is flaky.
func (s *session) moreRuns(runs []*evaluation, again func(n int, shuffle string) (*evaluation, error)) ([]*evaluation, error) {
	order, given := s.givenOrder()
	plain := s.opt.Baseline
	if !given {
		plain = max(plain-1, 1)
	}
	for n := 1; n < plain; n++ {
		ev, err := again(n, "")
		if err != nil {
			return nil, err
		}
		runs = append(runs, ev)
	}
	if given {
		s.order = order
		return runs, nil
	}
	order = &journal.Order{Seed: orderText(s.farOrder("baseline", 0))}
	first, err := again(plain, order.Seed)
	if err != nil {
		return nil, err
	}
	others := []*evaluation{first}
	if len(s.orderDependent(runs, others)) > 0 {
		if s.opt.Baseline > 1 { // else what is flaky is not looked for
			ev, err := again(plain+1, "")
			if err != nil {
				return nil, err
			}
			runs = append(runs, ev)
		}
		second, err := again(plain+2, order.Seed)
		if err != nil {
			return nil, err
		}
		others = append(others, second)
		order.Depend = s.orderDependent(runs, others)
	}
	s.order, order.Shuffled = order, len(order.Depend) == 0
	if order.Shuffled && s.opt.Baseline > 1 {
		runs = append(runs, others...)
	}
	return runs, nil
}

// recordedBaseline is that of the run which goes on or is replayed, nil if it has
// none.
func (s *session) recordedBaseline() *journal.Baseline {
	switch {
	case s.past != nil:
		return s.past.run.Baseline
	case s.opt.replay != nil:
		return s.opt.replay.Baseline
	}
	return nil
}

// unheardOf lists the cases that the recorded baseline did not have at all, such as
// sub-tests named after the time. They did not count in that run, so they do not
// here.
func unheardOf(ev *evaluation, b *journal.Baseline) []journal.Flaky {
	known := map[string]bool{}
	for _, c := range b.Cases {
		known[c.Name] = true
	}
	for _, f := range b.Flaky {
		known[f.Case] = true
	}
	if b.Held != nil {
		for _, c := range b.Held.Cases {
			known[c.Name] = true
		}
	}
	var list []journal.Flaky
	for _, o := range ev.cases {
		if !known[o.name] && o.local != outsideCase && o.result != build.Skip {
			list = append(list, journal.Flaky{Case: o.name, Runs: 1})
		}
	}
	return list
}

// flakyOf lists the cases that did not do the same in all runs, in the order in
// which they were first seen. Those that fail in none and skip themselves in some
// are fine.
func flakyOf(runs []*evaluation) []journal.Flaky {
	var names []string
	count := map[string]*journal.Flaky{}
	skipped := map[string]int{}
	for _, ev := range runs {
		for i := range ev.cases {
			o := &ev.cases[i]
			c := count[o.name]
			if c == nil {
				c = &journal.Flaky{Case: o.name, Runs: len(runs)}
				count[o.name] = c
				names = append(names, o.name)
			}
			c.Ran++
			if o.failed() {
				c.Failed++
			} else if o.result == build.Skip {
				skipped[o.name]++
			}
		}
	}
	var list []journal.Flaky
	for _, name := range names {
		c := count[name]
		if c.Ran == c.Runs && (c.Failed == 0 && skipped[name] == 0 || c.Failed == c.Runs || skipped[name] == c.Runs) {
			continue
		}
		list = append(list, *c)
	}
	return list
}

// flakyText says what a flaky case did.
func flakyText(f journal.Flaky) string {
	if f.Ran < f.Runs && f.Failed == 0 {
		return fmt.Sprintf("%s (was there in %d of %d runs)", f.Case, f.Ran, f.Runs)
	}
	return fmt.Sprintf("%s (failed in %d of %d runs)", f.Case, f.Failed, f.Runs)
}

// sayFlaky warns of cases that do not count.
func (s *session) sayFlaky() {
	list := s.obj.flaky
	var texts []string
	for _, f := range list {
		if f.Ran == 0 { // of a replay only
			continue
		}
		texts = append(texts, flakyText(f))
	}
	if len(texts) == 0 {
		return
	}
	s.ui.warn("%s and will not count: %s", plural(len(texts), "case is flaky", "cases are flaky"), listText(texts, 5))
	s.ui.hint("mend them first; with -baseline 1 they count as they come")
}

// sayBroken warns when a flaky case, which does not count, never passes any more.
// runs are what the winner gave.
func (s *session) sayBroken(runs ...*evaluation) {
	for _, f := range s.obj.flaky {
		failed, ran := 0, 0
		for _, ev := range runs {
			for _, o := range ev.cases {
				if o.name == f.Case {
					ran++
					if o.failed() {
						failed++
					}
				}
			}
		}
		if ran > 0 && failed == ran && f.Failed < f.Runs {
			s.ui.warn("the flaky case %s failed in %s of the result, and in %d of %d of the original", f.Case, plural(ran, "run"), f.Failed, f.Runs)
		}
	}
}
