package train

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// A holdout is the cases that no optimizer sees and that decide nothing while
// it searches. They run with the baseline, and with the winner: a gain that
// they do not share was learnt by heart.
//
// While the search goes on they do not run at all, so that nothing which they
// print, panic with, or leave behind can find its way into what is shown.
type holdout struct {
	obj    *objective
	base   *evaluation // of the original
	skip   map[*unit][]string
	whole  map[*unit]bool // nothing of the package is left to train on
	hidden hidden

	gap *journal.Gap // at the end
}

// A holdoutRule says which cases are held out: a part of them, or those whose
// names match.
type holdoutRule struct {
	part float64
	name *regexp.Regexp
}

// parseHoldout reads "20%" or a pattern.
func parseHoldout(s string) (holdoutRule, error) {
	if number, ok := strings.CutSuffix(s, "%"); ok {
		v, err := strconv.ParseFloat(number, 64)
		if err != nil || !(v > 0 && v < 100) {
			return holdoutRule{}, ui.Errorf("-holdout %s: the part must lie between 0%% and 100%%", s).
				WithHint("-holdout 20%% holds out a fifth of the cases")
		}
		return holdoutRule{part: v / 100}, nil
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return holdoutRule{}, ui.Errorf("-holdout: %w", err).WithHint("give a part such as 20%%, or a regular expression for names of cases")
	}
	return holdoutRule{name: re}, nil
}

// checkHoldout refuses what does not go together with -holdout.
func (o *Options) checkHoldout() error {
	if o.Holdout == "" {
		return nil
	}
	for _, a := range o.Args {
		if name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "="); strings.HasPrefix(a, "-") && (name == "test.run" || name == "test.skip") {
			return ui.Errorf("-holdout and -%s do not go together: both say which tests run", name).
				WithHint("leave %s out; -run RE selects tests", a)
		}
	}
	_, err := parseHoldout(o.Holdout)
	return err
}

// choose returns the names that are held out. Of a part, each top-level test
// with sub-tests gives its share, and the tests without have one together. A
// name keeps its place in the order of its test whatever else there is, so a
// case more or less moves few others.
func (r holdoutRule) choose(names []string, seed int64) map[string]bool {
	held := map[string]bool{}
	if r.name != nil {
		for _, n := range names {
			held[n] = r.name.MatchString(n)
		}
		return held
	}
	strata := map[string][]string{}
	for _, n := range names {
		top, _, sub := strings.Cut(n, "/")
		if !sub {
			top = ""
		}
		strata[top] = append(strata[top], n)
	}
	want := min(max(int(math.Round(r.part*float64(len(names)))), 1), len(names)-1)
	type share struct {
		of   string
		rest float64 // of a case that rounding down takes away
	}
	var shares []share
	for _, top := range sortedKeys(strata) {
		list := strata[top]
		slices.SortFunc(list, func(a, b string) int { return cmp.Compare(lot("holdout", seed, a), lot("holdout", seed, b)) })
		exact := r.part * float64(len(list))
		n := min(int(exact), want)
		want -= n
		for _, name := range list[:n] {
			held[name] = true
		}
		strata[top] = list[n:]
		shares = append(shares, share{top, exact - float64(n)})
	}
	slices.SortStableFunc(shares, func(a, b share) int {
		return cmp.Or(cmp.Compare(b.rest, a.rest), cmp.Compare(lot("holdout", seed, a.of), lot("holdout", seed, b.of)))
	})
	for i := 0; want > 0; i = (i + 1) % len(shares) {
		if list := strata[shares[i].of]; len(list) > 0 {
			held[list[0]] = true
			strata[shares[i].of] = list[1:]
			want--
		}
	}
	return held
}

// lot draws a place for a name among others.
func lot(what string, seed int64, name string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%s", what, seed, name))
	return string(sum[:])
}

// holdOut parts the cases of the baseline, which is all of them, into those
// that are trained on, which s.obj keeps, and those that are held out.
func (s *session) holdOut(all *evaluation) error {
	rule, err := parseHoldout(s.opt.Holdout)
	if err != nil {
		return err
	}
	var names []string
	for _, n := range s.obj.names {
		if s.mayHoldOut(n) {
			names = append(names, n)
		}
	}
	if len(names) < 2 {
		return ui.Failf("-holdout %s: there is only %s, and one has to be left on each side", s.opt.Holdout, plural(len(names), "case")).
			WithHint("sub-tests are cases too: a table of inputs makes more of them")
	}
	held := rule.choose(names, s.opt.Seed)
	withParents(held, names)
	var train, apart []string
	for _, n := range s.obj.names {
		if held[n] {
			apart = append(apart, n)
		} else {
			train = append(train, n)
		}
	}
	switch {
	case len(apart) == 0:
		return ui.Failf("-holdout %s matches no case", s.opt.Holdout).WithHint("there are %s", listText(names, 5))
	case len(apart) == len(names):
		return ui.Failf("-holdout %s matches all %d cases, and one at least has to be left to train on", s.opt.Holdout, len(names)).
			WithHint("there are %s", listText(names, 5))
	}
	h := &holdout{obj: s.obj.only(apart, train), skip: map[*unit][]string{}, whole: map[*unit]bool{}}
	h.obj.command = nil // it judges what is trained on
	h.base = h.obj.judge(all)
	h.base.results = all.results
	h.gap = &journal.Gap{Before: h.base.total}
	h.obj.scored = slices.ContainsFunc(h.base.cases, func(o outcome) bool { return o.score != nil })
	for _, u := range s.units {
		var left, out []string
		for _, n := range s.obj.names {
			switch {
			case s.obj.unit[n] != u || !s.mayHoldOut(n):
			case held[n]:
				out = append(out, s.obj.local[n])
			default:
				left = append(left, s.obj.local[n])
			}
		}
		h.skip[u], h.whole[u] = roots(out, left), len(out) > 0 && len(left) == 0
	}
	h.hidden = newHidden(s, held)
	s.held, s.obj = h, s.obj.only(train, apart)
	return nil
}

// mayHoldOut reports whether a case is one of those that can be held out.
func (s *session) mayHoldOut(name string) bool {
	return s.obj.local[name] != outsideCase && (s.score == nil || s.obj.unit[name] != s.score.unit)
}

// withParents has a test that failed by itself go with its sub-tests: one of
// them may have been to blame, as with a panic.
func withParents(held map[string]bool, names []string) {
	below, left := map[string]bool{}, map[string]bool{}
	above := func(n string) []string { up := lineage(n); return up[:len(up)-1] }
	for _, n := range names {
		for _, a := range above(n) {
			below[a] = true
		}
	}
	for _, n := range names {
		for _, a := range above(n) {
			left[a] = left[a] || !held[n] && !below[n]
		}
	}
	for _, n := range names {
		if below[n] {
			held[n] = !left[n]
		}
	}
}

// roots are the highest names at or above out that none of left is at or
// below: a test without any of its sub-tests is no case to train on.
func roots(out, left []string) []string {
	needed := map[string]bool{}
	for _, n := range left {
		for _, a := range lineage(n) {
			needed[a] = true
		}
	}
	var list []string
	for _, n := range out {
		for _, a := range lineage(n) {
			if !needed[a] {
				if !slices.Contains(list, a) {
					list = append(list, a)
				}
				break
			}
		}
	}
	return list
}

// lineage is a name and the tests that it is below, highest first.
func lineage(name string) []string {
	var list []string
	for i := range name {
		if name[i] == '/' {
			list = append(list, name[:i])
		}
	}
	return append(list, name)
}

// only is the part of an objective that names make up; the others count
// elsewhere.
func (obj *objective) only(names, others []string) *objective {
	out := &objective{names: names, unit: map[string]*unit{}, local: map[string]string{}, skipped: obj.skipped, flaky: obj.flaky, apart: others, command: obj.command}
	for _, n := range names {
		out.unit[n], out.local[n] = obj.unit[n], obj.local[n]
	}
	return out
}

// elsewhere reports whether a case counts in another objective, or is below one
// that does.
func (obj *objective) elsewhere(name string) bool {
	return slices.ContainsFunc(obj.apart, func(a string) bool { return name == a || strings.HasPrefix(name, a+"/") })
}

// skipped lists the tests of u that an evaluation leaves out, and whether that
// is all of it.
func (h *holdout) skipped(u *unit, everything bool) (names []string, all bool) {
	if h == nil || everything {
		return nil, false
	}
	return h.skip[u], h.whole[u]
}

// skippedBelow lists the held-out sub-tests of a top-level test.
func (h *holdout) skippedBelow(u *unit, top string) []string {
	if h == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(h.skip[u]), func(n string) bool { return !strings.HasPrefix(n, top+"/") })
}

// baselineApart holds cases out and runs the original without them, so that it
// stands as candidates will.
func (s *session) baselineApart(ctx context.Context, all *evaluation) (*evaluation, error) {
	if err := s.holdOut(all); err != nil {
		return nil, err
	}
	all.drop()
	raw, err := s.withoutHeld(ctx)
	if err != nil {
		return nil, err
	}
	raw.weak = all.weak
	s.obj.scored = s.score != nil || slices.ContainsFunc(s.obj.judge(raw).cases, func(o outcome) bool { return o.score != nil && !o.unknown })
	return raw, nil
}

// withoutHeld runs the original on the cases to train on, unless the journal has
// what that gave.
func (s *session) withoutHeld(ctx context.Context) (*evaluation, error) {
	if s.past != nil && s.past.run.Baseline != nil {
		return s.recalled(keptEvaluation{results: s.past.run.Baseline.Results})
	}
	raw, err := s.runUnits(ctx, nil, nil, running{})
	if err != nil {
		return nil, err
	}
	if raw.rejected != "" {
		return nil, ui.Failf("the baseline ran, but not without the held-out cases: %s", raw.rejected)
	}
	return raw, nil
}

// baseline is what the journal keeps of the original.
func (h *holdout) baseline() *journal.Held {
	if h == nil {
		return nil
	}
	return h.record(h.base, h.base.results)
}

// record is what the journal keeps of a held-out evaluation.
func (h *holdout) record(ev *evaluation, results journal.Hash) *journal.Held {
	if h == nil || ev == nil {
		return nil
	}
	return &journal.Held{Total: ev.total, Cases: ev.records(), Results: results}
}
