package train

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/opto-go/trace/internal/train/strategy"
	"github.com/opto-go/trace/optimizer"
)

// A pool holds the states that the run may go on from, as its strategy chooses
// them, and tells their lines.
type pool struct {
	strategy strategy.Strategy
	parents  int // of a step
	seed     int64

	first optimizer.Attempt // changing nothing: what comes later compares to it
	kept  []*strategy.State
	of    map[*strategy.State]*state // of those kept and of the original
	best  []*state                   // the best of all, in the order in which they were found; each is better than the one before
	found int                        // states so far
	idle  int                        // steps in a row that brought nothing
	done  map[[2]int]bool            // pairs that were merged, by their IDs
	spent map[*strategy.State]bool   // the optimizer has nothing further to suggest for them
}

// A try is an attempt with what it became.
type try struct {
	optimizer.Attempt
	node *strategy.State // nil if it was not kept
}

func newPool(s strategy.Strategy, parents int, seed int64, base *state, first optimizer.Attempt) *pool {
	p := &pool{
		strategy: s, parents: parents, seed: seed, first: first,
		of: map[*strategy.State]*state{}, done: map[[2]int]bool{}, spent: map[*strategy.State]bool{},
	}
	texts := map[string]string{}
	for _, q := range base.params {
		texts[q.ID] = q.Source
	}
	base.node = p.node(0, base.eval, 0, texts)
	p.kept, p.of[base.node], p.best = []*strategy.State{base.node}, base, []*state{base}
	return p
}

// node makes what the strategy sees of an evaluated program.
func (p *pool) node(step int, ev *evaluation, size int, texts map[string]string) *strategy.State {
	n := &strategy.State{ID: p.found, Step: step, Failed: ev.total.Failed, Score: ev.total.Score, Size: size, Texts: texts}
	p.found++
	for _, o := range ev.cases {
		if !o.unknown && o.local != outsideCase {
			n.Cases = append(n.Cases, strategy.Result{Failed: o.failed(), Score: o.value()})
		}
	}
	if ev.bench != nil {
		n.Score = 0 // what is gained is added
	}
	return n
}

// child makes the state of a candidate that ran.
func (p *pool) child(step int, c *candidate) *state {
	texts := maps.Clone(c.parent.node.Texts)
	maps.Copy(texts, c.proposal.Assign)
	st := &state{files: c.files, hash: c.hash, code: c.code, eval: c.eval, node: p.node(step, c.eval, c.diff, texts)}
	st.node.Parent, st.parent = c.parent.node, c.parent
	if c.measured != nil { // with its parent
		st.node.Score = c.parent.node.Score + c.measured.result.Total.Gain
	}
	if c.other != nil {
		st.node.Other = c.other.node
	}
	return st
}

// now is the best state.
func (p *pool) now() *state { return p.best[len(p.best)-1] }

// choose picks the parents of a step. None are left when the optimizer has
// nothing further to suggest for any.
func (p *pool) choose(step int) []*state {
	open := slices.DeleteFunc(slices.Clone(p.kept), func(n *strategy.State) bool { return p.spent[n] })
	if len(open) == 0 {
		return nil
	}
	rnd := rand.New(rand.NewPCG(uint64(p.seed), uint64(step)))
	var list []*state
	for _, n := range p.strategy.Parents(open, p.parents, rnd) {
		list = append(list, p.of[n])
	}
	return list
}

// chooseBack is choose for an optimizer that can come to the end of what it suggests
// for a program. After a step that brought nothing it turns to the oldest program on
// the line of the best for which it has not: what helped some cases first, and is now
// gone on from, may have been a wrong turn, and the right change of the original is
// one of those that were not tried yet.
func (p *pool) chooseBack(step int) []*state {
	list := p.choose(step)
	if p.strategy.Name() == strategy.BestOfN || p.idle == 0 && len(list) > 0 {
		return list
	}
	i := slices.IndexFunc(line(p.now()), func(st *state) bool { return !p.spent[st.node] })
	if i < 0 {
		return list
	}
	st := line(p.now())[i]
	switch {
	case slices.Contains(list, st):
	case len(list) < p.parents:
		list = append(list, st)
	case p.parents > 1 || p.idle%2 == 1:
		list[len(list)-1] = st
	default:
		return list
	}
	p.of[st.node] = st // it is let go of with the others
	return list
}

// add takes what a step found into the pool, and returns the states that stay
// and are new. The last of p.best is among them if a better one was found.
func (p *pool) add(found []*state) (stay []*state) {
	before := p.kept
	all := slices.Clone(before)
	for _, st := range found {
		p.of[st.node] = st
		all = append(all, st.node)
	}
	p.kept = p.strategy.Keep(all, p.parents)
	for _, st := range found {
		if slices.Contains(p.kept, st.node) {
			stay = append(stay, st)
		}
	}
	if top := p.of[strategy.Best(all)]; top != p.now() {
		p.best = append(p.best, top)
	}
	if strategy.Gained(before, p.kept) {
		p.idle = -1 // until this step is over
	}
	for n, st := range p.of {
		if st.parent != nil && !slices.Contains(p.kept, n) && st != p.now() {
			delete(p.of, n)
			st.unload()
		}
	}
	return stay
}

// merges are the pairs that are worth merging now.
func (p *pool) merges() []strategy.Merge {
	m, ok := p.strategy.(strategy.Merger)
	if !ok {
		return nil
	}
	key := func(a, b *strategy.State) [2]int { return [2]int{min(a.ID, b.ID), max(a.ID, b.ID)} }
	list := m.Merges(p.kept, p.parents, func(a, b *strategy.State) bool { return p.done[key(a, b)] })
	for _, m := range list {
		p.done[key(m.Into, m.From)] = true
	}
	return list
}

// plateau reports whether so many steps in a row brought nothing that the run
// gives up.
func (p *pool) plateau(patience int) (reason string, ok bool) {
	if patience == 0 || p.idle < patience {
		return "", false
	}
	return fmt.Sprintf("%s in a row brought nothing", plural(p.idle, "step")), true
}

// line lists the states that led from the original to st, both included.
func line(st *state) []*state {
	var list []*state
	for ; st != nil; st = st.parent {
		list = append(list, st)
	}
	slices.Reverse(list)
	return list
}

// history is what led to st and what was tried on the way: the attempts from
// each state of its line, as long as the line stood there. What later steps
// tried on an earlier state says little about this one. What was merged in is
// told where that happened, not where it was first proposed.
func (p *pool) history(st *state) []optimizer.Attempt {
	list := []optimizer.Attempt{p.first}
	states := line(st)
	merged := map[*strategy.State]bool{}
	for _, at := range states {
		merged[at.node.Other] = true
	}
	for i, at := range states {
		var next *state
		if i+1 < len(states) {
			next = states[i+1]
		}
		for _, t := range at.tries {
			if next != nil && t.Step > next.node.Step {
				break
			}
			if t.node != nil && merged[t.node] {
				continue
			}
			a := t.Attempt
			if next != nil && t.node == next.node {
				a.Accepted, a.Beside = true, false
			}
			list = append(list, a)
		}
	}
	return list
}

// open loads a state that was unloaded, or never was loaded.
func (s *session) open(ctx context.Context, st *state) error {
	if st.prog != nil {
		return nil
	}
	full, err := s.load(ctx, st.files)
	if err != nil {
		return fmt.Errorf("loading an accepted candidate: %w", err)
	}
	st.prog, st.params, st.check = full.prog, full.params, full.check
	return nil
}

// unload frees what is large. The original stays.
func (st *state) unload() {
	if st.parent != nil {
		st.prog, st.params, st.check, st.recs = nil, nil, nil, nil
	}
}
