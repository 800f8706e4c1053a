package train

import (
	"slices"

	trace "github.com/opto-go/trace/runtime"
)

// A reach tells which parameters the cases that can get better depend on.
type reach struct {
	used   map[string]bool // by ID; empty: the recorder followed no value from a parameter to an output
	unseen []string        // by ID: those that code may use which is not followed
	part   bool            // there are more cases that can get better, whose turn comes later
	all    string          // why all are offered nevertheless; empty: only those used are
}

// offers reports whether a parameter is worth proposing changes of.
func (r *reach) offers(id string) bool {
	return r.all != "" || len(r.used) == 0 || r.used[id] || slices.Contains(r.unseen, id)
}

// notRecorded says of a case that nothing is known of it.
const notRecorded = "was not recorded"

// reach finds out which parameters the cases of a step used. One that
// decides about a branch has no path to an output and matters all the same, so
// it is enough that it was read or called. All are offered as long as a use may
// be missing: when such a case was not recorded, or not exactly, or seems to
// depend on nothing.
func (s *session) reach(st *state, chosen []outcome) *reach {
	r := &reach{used: map[string]bool{}, unseen: st.unseen, part: s.bench == nil && len(s.wanting(st.eval)) > len(chosen)}
	known := map[string]bool{}
	for _, p := range st.params {
		known[p.ID] = true
	}
	followed := false
	for _, o := range chosen {
		rec, ok := st.recs[o.name]
		why := rec.vague
		switch {
		case !ok:
			why = notRecorded
		case why == "" && len(rec.used) == 0:
			why = "seems to depend on none"
		}
		for _, id := range rec.used {
			if !known[id] {
				why = "uses " + id + ", which is no parameter"
			}
			r.used[id] = true
		}
		if why != "" && r.all == "" {
			r.all = o.name + " " + why
		}
		followed = followed || ok && rec.reachedBy(o)
	}
	if !followed {
		r.used = map[string]bool{}
	}
	return r
}

// used lists the parameters that a case read or called, and those that the
// tests around it and the initialization of its program did. Vague says why the
// list may lack some; empty: it does not.
func used(rec *trace.Recording, p *trace.Program, c *trace.Case) (ids []string, vague string) {
	around := []*trace.Case{p.Cases[0]}
	for ; c != nil; c = c.Parent {
		around = append(around, c)
	}
	if rec.Cut || rec.Dangling > 0 {
		vague = "was recorded in part"
	}
	for _, c := range around {
		if c.Spent {
			vague = "recorded more than there is room for"
		}
		g := c.Full()
		for _, n := range g.Params() {
			if !slices.Contains(ids, n.ID) {
				ids = append(ids, n.ID)
			}
		}
		for _, n := range g.Nodes {
			if n.Degraded != "" && vague == "" {
				vague = "was seen from outside in part (" + n.At + ": " + n.Degraded + ")"
			}
		}
	}
	return ids, vague
}

// reachedBy reports whether a parameter matters for the case. A benchmark says
// nothing about a value, and a case may fail without a word on one: then all that
// it runs may matter.
func (r *recorded) reachedBy(o outcome) bool {
	if r.graph == nil {
		return false
	}
	all := o.measured != "" || len(r.graph.Outputs) == 0
	return r.graph.Reached() || all && len(r.graph.Params()) > 0
}

// sayReach tells once which parameters are worked on, before anything is
// proposed.
func (s *session) sayReach(st *state, r *reach) {
	if s.introduced {
		return
	}
	var names, unseen, rest []string
	for _, p := range st.params {
		switch {
		case r.used[p.ID]:
			names = append(names, p.Name)
		case slices.Contains(r.unseen, p.ID):
			unseen = append(unseen, p.Name)
		default:
			rest = append(rest, p.Name)
		}
	}
	if len(names) == 0 || r.all != "" {
		unseen, rest = nil, append(unseen, rest...)
	}
	all := plural(len(st.params), "parameter")
	what := "failing case"
	if st.eval.total.Failed == 0 {
		what = "case"
	}
	if r.part {
		what += " shown now"
	}
	also := ""
	if len(unseen) > 0 {
		also = "; " + listText(unseen, 6) + isAre(unseen) + " offered too, because code that is not followed names " + itThem(unseen)
	}
	switch {
	case len(names) == 0:
		to := "a failure"
		if s.bench != nil {
			to = "a benchmark"
		}
		s.ui.say("%s: %s; the recorder followed no value from a parameter to %s, so all are offered", all, listText(rest, 6), to)
	case len(rest) == 0:
		s.ui.say("%d of %s reached: %s%s", len(names), all, listText(names, 6), also)
	case r.all != "":
		s.ui.say("%d of %s reached: %s; %s offered too, because %s", len(names), all, listText(names, 6), listText(rest, 6)+isAre(rest), r.all)
	default:
		s.ui.say("%d of %s reached: %s%s; no %s uses %s", len(names), all, listText(names, 6), also, what, listText(rest, 6))
	}
}

func itThem(list []string) string {
	if len(list) == 1 {
		return "it"
	}
	return "them"
}

func isAre(list []string) string {
	if len(list) == 1 {
		return " is"
	}
	return " are"
}
