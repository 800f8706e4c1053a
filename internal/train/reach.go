package train

import trace "github.com/opto-go/trace/runtime"

// A reach tells which parameters the cases that can get better depend on.
type reach struct {
	reached map[string]bool // by ID; empty: the recorder followed no value from a parameter to an output
	all     string          // why all are offered nevertheless; empty: only those reached are
}

// offers reports whether a parameter is worth proposing changes of.
func (r *reach) offers(id string) bool { return r.all != "" || len(r.reached) == 0 || r.reached[id] }

// reach finds out which parameters lie on a path to the output of a case that
// can get better. Any of them is offered as long as a path may be missing: when
// such a case was not recorded, or not exactly, or seems to depend on nothing.
func (s *session) reach(st *state) *reach {
	r := &reach{reached: map[string]bool{}}
	known := map[string]bool{}
	for _, p := range st.params {
		known[p.ID] = true
	}
	for _, o := range s.wanting(st.eval) {
		rec, ok := st.recs[o.name]
		why := rec.vague
		switch {
		case !ok:
			why = "was not recorded"
		case !rec.reachedBy(o):
			why = "seems to depend on none"
		}
		if why != "" && r.all == "" {
			r.all = o.name + " " + why
		}
		if !ok || !rec.reachedBy(o) {
			continue
		}
		for _, n := range rec.graph.Params() {
			if !known[n.ID] { // the recorder names something that the source does not have
				r.all = o.name + " reaches " + n.ID + ", which is no parameter"
				continue
			}
			r.reached[n.ID] = true
		}
	}
	return r
}

// reachedBy reports whether a parameter matters for the case. A benchmark says
// nothing about a value: all that it runs may matter.
func (r *recorded) reachedBy(o outcome) bool {
	return r.graph != nil && (r.graph.Reached() || o.measured != "" && len(r.graph.Params()) > 0)
}

// vague says why the graph of a case may lack a path.
func vague(rec *trace.Recording, c *trace.Case, g *trace.Graph) string {
	switch {
	case rec.Cut || rec.Dangling > 0:
		return "was recorded in part"
	case c.Spent:
		return "recorded more than there is room for"
	}
	for _, n := range g.Nodes {
		if n.Degraded != "" {
			return "was seen from outside in part (" + n.At + ": " + n.Degraded + ")"
		}
	}
	return ""
}

// sayReach tells once which parameters are worked on, before anything is
// proposed.
func (s *session) sayReach(st *state, r *reach) {
	if s.introduced {
		return
	}
	var names, rest []string
	for _, p := range st.params {
		if r.reached[p.ID] {
			names = append(names, p.Name)
		} else {
			rest = append(rest, p.Name)
		}
	}
	all := plural(len(st.params), "parameter")
	what := "failing case"
	if st.eval.total.Failed == 0 {
		what = "case"
	}
	switch {
	case len(names) == 0:
		to := "a failure"
		if s.bench != nil {
			to = "a benchmark"
		}
		s.ui.say("%s: %s; the recorder followed no value from a parameter to %s, so all are offered", all, listText(rest, 6), to)
	case len(rest) == 0:
		s.ui.say("%d of %s reached: %s", len(names), all, listText(names, 6))
	case r.all != "":
		s.ui.say("%d of %s reached: %s; %s offered too, because %s", len(names), all, listText(names, 6), listText(rest, 6)+isAre(rest), r.all)
	default:
		s.ui.say("%d of %s reached: %s; no %s depends on %s", len(names), all, listText(names, 6), what, listText(rest, 6))
	}
}

func isAre(list []string) string {
	if len(list) == 1 {
		return " is"
	}
	return " are"
}
