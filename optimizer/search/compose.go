package search

import (
	"go/ast"
	"go/types"
	"sort"
)

const (
	wCompose     = 0.93
	maxBranches  = 3
	maxCondition = 60
)

// compose joins two synthesized results that pass different cases by a
// condition: if C { return A }; return B. It waits for two that together pass
// every case.
func (s *state) compose(pa *param) []edit {
	if !pa.blank || len(s.scores) == 0 {
		return nil
	}
	_, rest, ok := resultShape(pa.cur)
	if !ok {
		return nil
	}
	branches := s.branches(pa)
	if len(branches) < 2 {
		return nil
	}
	y := newSynth(pa.cur, s.feedback, pa.code)
	conditions := y.of(types.Typ[types.Bool])
	var list []edit
	body := splice{start: pa.cur.off(pa.cur.fn.Body.Lbrace), end: pa.cur.off(pa.cur.fn.Body.Rbrace) + 1}
	pairs := 0
	for i, a := range branches {
		for j, b := range branches {
			if i == j || pairs >= 2*maxBranches || !covers(a.passed, b.passed, s.scores) {
				continue
			}
			pairs++
			for k, c := range conditions {
				if k == maxCondition {
					break
				}
				if c.uses == 0 {
					continue
				}
				at := body
				at.text = "{\nif " + c.text + " {\nreturn " + a.text + rest + "\n}\nreturn " + b.text + rest + "\n}"
				list = append(list, edit{
					splices: []splice{at},
					what:    synthesized + brief(a.text) + " if " + brief(c.text) + ", else " + brief(b.text),
					at:      body.start,
					stmt:    body.start,
					family:  "composition",
					weight:  wCompose - .2*float64(k)/maxCondition,
				})
			}
		}
	}
	return list
}

// A branch is a result expression with the cases it passed.
type branch struct {
	text   string
	passed map[string]bool
}

// branches returns the tried single results that pass most cases, one of each
// set of passed cases.
func (s *state) branches(pa *param) []branch {
	var list []branch
	add := func(d *decl, scores map[string]float64) {
		if len(d.fn.Body.List) != 1 {
			return
		}
		ret, ok := d.fn.Body.List[0].(*ast.ReturnStmt)
		if !ok || len(ret.Results) == 0 {
			return
		}
		b := branch{text: d.text(ret.Results[0]), passed: map[string]bool{}}
		for name, score := range scores {
			if score > 0 {
				b.passed[name] = true
			}
		}
		if len(b.passed) > 0 && !(d.constOf(ret.Results[0]) != nil && len(b.passed) < 2) {
			list = append(list, b)
		}
	}
	add(pa.cur, s.scores)
	for _, o := range s.outcomes {
		if len(o.changed) != 1 || o.changed[0] != pa.ID || o.attempt.Cases == nil {
			continue
		}
		if d, err := pa.env.check(o.attempt.Proposal.Assign[pa.ID]); err == nil {
			add(d, o.attempt.Cases)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return len(list[i].passed) > len(list[j].passed) })
	var out []branch
	for _, b := range list {
		same := false
		for _, have := range out {
			same = same || len(have.passed) == len(b.passed) && covers(have.passed, nil, toScores(b.passed))
		}
		if !same && len(out) < 4*maxBranches {
			out = append(out, b)
		}
	}
	return out
}

func toScores(set map[string]bool) map[string]float64 {
	out := map[string]float64{}
	for name := range set {
		out[name] = 1
	}
	return out
}

// covers reports whether every case is in one of two sets.
func covers(a, b map[string]bool, cases map[string]float64) bool {
	for name := range cases {
		if !a[name] && !b[name] {
			return false
		}
	}
	return true
}
