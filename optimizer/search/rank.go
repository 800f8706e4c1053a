package search

import (
	"fmt"
	"hash/fnv"
	"sort"

	"github.com/opto-go/trace/optimizer"
)

// A candidate is a proposal before it was formatted and checked.
type candidate struct {
	assign map[string]string // new texts, not yet formatted
	what   string
	weight float64
	param  string // ID of the only parameter, empty if there are several
	stmt   int
	family string

	splices []splice // of a first-order change
}

// singles returns the first-order changes of every parameter, likeliest first
// and with the parameters interleaved.
func (s *state) singles() []candidate {
	lists := make([][]candidate, 0, len(s.params))
	for _, pa := range s.params {
		lists = append(lists, s.ranked(pa))
	}
	return interleave(lists)
}

// ranked returns the changes of one parameter, likeliest first.
func (s *state) ranked(pa *param) []candidate {
	edits := s.edits(pa)
	covered := coverageOf(pa.Param, s.problem.Cases)
	lines := executed(pa.Param, s.problem.Cases, pa.lastLine())
	factor := 1.0
	if yes, known := reached(pa.Param, s.problem.Cases); known && !yes {
		factor = .5 // the feedback came another way
	}
	list := make([]candidate, 0, len(edits))
	for _, e := range edits {
		c := candidate{
			assign: map[string]string{pa.ID: applySplices(pa.Source, e.splices)},
			what:   e.what,
			weight: e.weight * factor,
			param:  pa.ID,
			stmt:   e.stmt,
			family: e.family,

			splices: e.splices,
		}
		if pa.Kind == optimizer.FuncBody {
			line := pa.cur.lineAt(e.at)
			c.what = fmt.Sprintf("%s at line %d", e.what, line)
			switch {
			case covered != nil:
				c.weight *= covered.factor(pa.cur.evaluated(e.at))
			case lines != nil && !lines[line]:
				c.weight *= .8
			}
		}
		list = append(list, c)
	}
	s.learn(list, pa)
	s.order(list)
	return list
}

func (s *state) edits(pa *param) []edit {
	if pa.Kind == optimizer.Value {
		return s.values(pa)
	}
	list := mutations(pa.cur, s.feedback, pa.code)
	list = append(list, synthesize(pa.cur, pa.blank, s.feedback, pa.code)...)
	return append(list, s.compose(pa)...)
}

// learn moves the weights by what happened to the tried changes: a place
// where a change mended a case is worth more of them, a place where several
// made no difference or only harm is worth fewer.
func (s *state) learn(list []candidate, pa *param) {
	if len(s.outcomes) == 0 {
		return
	}
	tried := map[string]*outcome{}
	for _, o := range s.outcomes {
		if o.current && o.known && len(o.changed) == 1 && o.changed[0] == pa.ID {
			tried[normal(o.attempt.Proposal.Assign[pa.ID])] = o
		}
	}
	if len(tried) == 0 {
		return
	}
	place := map[int]*luck{}
	family := map[string]*luck{}
	for _, c := range list {
		o := tried[normal(c.assign[pa.ID])]
		if o == nil {
			continue
		}
		if place[c.stmt] == nil {
			place[c.stmt] = &luck{}
		}
		if family[c.family] == nil {
			family[c.family] = &luck{}
		}
		place[c.stmt].add(o)
		family[c.family].add(o)
	}
	for i := range list {
		if l := place[list[i].stmt]; l != nil {
			list[i].weight *= l.factor(.5)
		}
		if l := family[list[i].family]; l != nil {
			list[i].weight *= l.factor(.2)
		}
	}
}

// luck counts what changes of one place or one family did.
type luck struct{ mended, harmed, idle float64 }

func (l *luck) add(o *outcome) {
	switch {
	case len(o.fixed) > 0:
		l.mended++
	case o.broken > 0:
		l.harmed++
	default:
		l.idle++
	}
}

// factor is above one for places that mend, below one for the others, and
// near one while little is known.
func (l *luck) factor(strength float64) float64 {
	n := l.mended + l.harmed + l.idle
	up := 1 + strength*3*l.mended/(n+1)
	down := 1 - strength*(.5*l.harmed+.7*l.idle)/(n+3)
	return up * down
}

// order sorts by weight. Equal weights are mixed by the seed, so that another
// seed is another order and the same seed the same one.
func (s *state) order(list []candidate) {
	type keyed struct {
		c   candidate
		mix uint64
	}
	ks := make([]keyed, len(list))
	for i, c := range list {
		h := fnv.New64a()
		fmt.Fprintf(h, "%d\x00%s\x00%s", s.problem.Seed, c.param, c.what)
		ks[i] = keyed{c, h.Sum64()}
	}
	sort.SliceStable(ks, func(i, j int) bool {
		a, b := ks[i], ks[j]
		if a.c.weight != b.c.weight {
			return a.c.weight > b.c.weight
		}
		return a.mix < b.mix
	})
	for i := range ks {
		list[i] = ks[i].c
	}
}

// interleave merges ranked lists by weight. A list that had many turns yields
// to the others, lest one large function starve every value.
func interleave(lists [][]candidate) []candidate {
	var out []candidate
	at := make([]int, len(lists))
	for {
		best, bestWeight := -1, 0.0
		for i, l := range lists {
			if at[i] == len(l) {
				continue
			}
			if w := l[at[i]].weight / (1 + float64(at[i])/20); best < 0 || w > bestWeight {
				best, bestWeight = i, w
			}
		}
		if best < 0 {
			return out
		}
		out = append(out, lists[best][at[best]])
		at[best]++
	}
}
