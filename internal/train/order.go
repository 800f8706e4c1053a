package train

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// Candidates run in the process of the tests that judge them, and one that counts
// its calls can fit its answers to the order of the cases. Where the original does
// not care, the order of the top-level tests is therefore another one in each
// evaluation. It follows from the seed of the run and from what is evaluated, so
// that a run which is repeated, or goes on, has the same.

// noShuffle is the value of -test.shuffle that keeps the order of the source.
const noShuffle = "off"

// chooseOrder finds out whether the user says something about the order: in the
// arguments of the test binary, or in GOFLAGS, as for go test.
func (o *Options) chooseOrder() error {
	args, value, given := build.CutShuffle(o.Args)
	o.Args = args
	if o.Shuffle != "" {
		return nil // the journal says it
	}
	where := "-test.shuffle"
	if !given && o.replay == nil && o.resume == nil {
		where, value = "GOFLAGS has -shuffle", build.FlagValue(o.Environ, "shuffle")
	}
	if value == "" && !given || value == "on" {
		return nil // as it is done anyway, and then with the seed of the run
	}
	if _, err := strconv.ParseInt(value, 10, 64); err != nil && value != noShuffle {
		return ui.Errorf("%s=%s: the value is off, on, or a whole number", where, value).
			WithHint("off keeps the order of the source, a number is an order for all evaluations, and without it each has its own")
	}
	o.Shuffle = value
	return nil
}

// fixedOrder is the user's own number, empty if there is none.
func (o *Options) fixedOrder() string {
	if o.Shuffle == noShuffle {
		return ""
	}
	return o.Shuffle
}

// givenOrder is the order of all evaluations where nothing has to be found out;
// false if it has to be.
func (s *session) givenOrder() (*journal.Order, bool) {
	switch {
	case !slices.ContainsFunc(s.units, func(u *unit) bool { return len(u.top) > 0 }):
		return nil, true // programs, or benchmarks alone
	case s.opt.Shuffle == noShuffle:
		return &journal.Order{Why: journal.OrderOff}, true
	case s.opt.Shuffle != "":
		return &journal.Order{Fixed: s.opt.Shuffle}, true
	case !slices.ContainsFunc(s.units, func(u *unit) bool { return len(u.moved(nil)) > 1 }):
		return &journal.Order{Why: journal.OrderSingle}, true
	}
	return nil, false
}

// shuffleFor is -test.shuffle for one evaluation of a program; empty: the tests
// run in the order of the source.
func (s *session) shuffleFor(h journal.Hash, how running) string {
	switch {
	case s.opt.fixedOrder() != "":
		return s.opt.fixedOrder()
	case how.shuffle != "":
		return how.shuffle
	case s.order == nil || !s.order.Shuffled || how.outside:
		return ""
	case how.round > 0:
		// The programs of a round are compared with each other.
		return orderText(drawOrder(s.opt.Seed, fmt.Sprintf("round %d", how.round), 0))
	case how.everything:
		return orderText(s.farOrder("verify "+string(h), s.ownOrder(h)))
	}
	return orderText(s.ownOrder(h))
}

// ownOrder is the order in which a candidate is evaluated.
func (s *session) ownOrder(h journal.Hash) int64 {
	return drawOrder(s.opt.Seed, "candidate "+string(h), 0)
}

func orderText(order int64) string { return strconv.FormatInt(order, 10) }

// drawOrder draws the nth of many numbers for -test.shuffle, none of which is 0.
// A journal is repeated with the numbers that it was written with, so this stays
// as it is.
func drawOrder(seed int64, what string, n int) int64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "order\x00%d\x00%s\x00%d", seed, what, n))
	return int64(binary.LittleEndian.Uint32(sum[:])>>1) + 1
}

// orderDraws is of how many orders the one is taken that is farthest from another.
const orderDraws = 64

// farOrder draws an order that is far from another one, which is 0 for that of the
// source: of two tests it is the other one that comes first, and of more most have
// others before them. What is held out does not count.
func (s *session) farOrder(what string, from int64) int64 {
	moved, were := map[*unit][]string{}, map[*unit][]int{}
	for _, u := range s.units {
		skip, _ := s.held.skipped(u, false)
		moved[u] = u.moved(skip)
		were[u] = u.places(from, moved[u])
	}
	best, most := int64(0), -1
	for n := range orderDraws {
		order, far := drawOrder(s.opt.Seed, what, n), 0
		for _, u := range s.units {
			for i, place := range u.places(order, moved[u]) {
				d := place - were[u][i]
				far += d * d
			}
		}
		if far > most {
			best, most = order, far
		}
	}
	return best
}

// moved lists the selected tests that can change places, in the order of the source,
// without those that are skipped.
func (u *unit) moved(skip []string) []string {
	return slices.DeleteFunc(slices.Clone(u.without(skip)), func(name string) bool { return !build.IsShuffled(name) })
}

// places says, for each of the tests moved, how many of them run before it.
func (u *unit) places(order int64, moved []string) []int {
	places, at := make([]int, len(moved)), map[string]int{}
	for i, name := range moved {
		places[i], at[name] = i, i
	}
	if order == 0 {
		return places
	}
	next := 0
	for _, i := range build.Shuffled(order, len(u.tests)) {
		if j, ok := at[u.tests[i]]; ok {
			places[j] = next
			next++
		}
	}
	return places
}

// asInSource puts what ran in another order back into that of the source, so that
// equal results are the same to the journal.
func (u *unit) asInSource(list []outcome) {
	at := map[string]int{}
	for i, name := range u.tests {
		at[name] = i - len(u.tests) // the others come behind
	}
	place := func(o outcome) int {
		top, _, _ := strings.Cut(o.local, "/")
		return at[top]
	}
	slices.SortStableFunc(list, func(a, b outcome) int { return cmp.Compare(place(a), place(b)) })
}

// sayOrder warns of cases that keep the order as it is in the source.
func (s *session) sayOrder() {
	if s.order == nil || len(s.order.Depend) == 0 {
		return
	}
	s.ui.warn("%s on the order of the tests, which is therefore that of the source, and a change may rely on it: %s",
		plural(len(s.order.Depend), "case depends", "cases depend"), listText(s.order.Depend, 5))
	var pkgs []string
	for _, u := range s.units {
		if len(u.moved(nil)) > 1 {
			pkgs = append(pkgs, u.pkg)
		}
	}
	s.ui.hint("go test -shuffle=%s %s shows it; have each test set up what it needs, and clean up", s.order.Seed, strings.Join(pkgs, " "))
}

// orderWhy adds to [journal.Order.Text] what it leaves out.
func orderWhy(o *journal.Order) string {
	for _, more := range []string{o.Fixed, listText(o.Depend, 5)} {
		if more != "" {
			return ": " + more
		}
	}
	return ""
}

// orderTells reports whether what a winner gave when it was accepted and what ev, its
// verification, gave differ for the order of the tests, and warns then. That is so if
// a case differs that does the same whenever the order is the same, which takes a
// further run in each order to see.
func (s *session) orderTells(ctx context.Context, st *state, ev *evaluation) (bool, error) {
	if s.order == nil || !s.order.Shuffled || ev.rejected != "" {
		return false, nil
	}
	accepted, verified := []*evaluation{st.eval}, []*evaluation{ev}
	names := s.orderDependent(accepted, verified)
	for _, r := range []struct {
		runs *[]*evaluation
		how  running
	}{{&accepted, running{}}, {&verified, running{everything: true}}} {
		if len(names) == 0 {
			return false, nil
		}
		s.ui.now("verifying the winner in both orders of the tests")
		again, err := s.reorderedOnce(ctx, st, r.how)
		if err != nil || again.rejected != "" {
			return false, err
		}
		*r.runs = append(*r.runs, again)
		names = s.orderDependent(accepted, verified)
	}
	if len(names) == 0 {
		return false, nil
	}
	a, b := s.signatures(st.eval), s.signatures(ev)
	does := "scores otherwise at %s in one order of the tests than in another"
	if passing := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return a[name].result == b[name].result }); len(passing) > 0 {
		does, names = "passes %s in one order of the tests and not in another", passing
	}
	s.ui.warn("the winner "+does+", so it is not kept", listText(names, 3))
	s.ui.hint("it goes by what ran before; if that is as it should be, -- -test.shuffle=off keeps the order of the source")
	return true, nil
}

// A signature is what a case did, as far as it counts.
type signature struct {
	result string // empty: it was not there
	score  float64
}

func (s *session) signatures(ev *evaluation) map[string]signature {
	of := map[string]signature{}
	for i := range ev.cases {
		o := &ev.cases[i]
		sig := signature{result: o.result}
		if o.failed() {
			sig.result = build.Fail // or it was killed
		}
		if s.decides(o) && s.noise == nil { // what varies anyway says nothing
			sig.score = o.value()
		}
		of[o.name] = sig
	}
	return of
}

// orderDependent lists the cases that always did the same in the runs of plain, and
// always the same in those of shuffled, and that is not the same.
func (s *session) orderDependent(plain, shuffled []*evaluation) []string {
	read := func(evs []*evaluation) (list []map[string]signature) {
		for _, ev := range evs {
			list = append(list, s.signatures(ev))
		}
		return list
	}
	steady := func(list []map[string]signature, name string) bool {
		return !slices.ContainsFunc(list, func(of map[string]signature) bool { return of[name] != list[0][name] })
	}
	a, b := read(plain), read(shuffled)
	var names []string
	for _, o := range plain[0].cases {
		if o.unknown || !o.unit.test || s.score != nil && o.unit == s.score.unit {
			continue
		}
		if steady(a, o.name) && steady(b, o.name) && a[0][o.name] != b[0][o.name] {
			names = append(names, o.name)
		}
	}
	return names
}
