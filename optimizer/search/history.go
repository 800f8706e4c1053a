package search

import (
	"sort"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// param is a parameter with what one call of Propose knows about it.
type param struct {
	*optimizer.Param
	env   *env
	cur   *decl  // the current source, typed
	now   string // normal form of the current source
	code  *hints
	wordy int  // operations of the source that do nothing
	blank bool // the body is none, or was synthesized
}

// state is what one call of Propose works from. All of it is derived from the
// problem, so a resumed run goes on as if it had never stopped.
type state struct {
	problem  *optimizer.Problem
	params   []*param // those that can be worked on, sorted by ID
	feedback *hints
	base     map[string]string             // texts that attempts changed for good
	accepted map[string]*optimizer.Attempt // the last attempt that did so
	tried    []map[string]string           // full assignments, as far as they are known
	keys     map[string]bool               // of those assignments
	outcomes []*outcome                    // scored attempts, oldest first
	scores   map[string]float64
	normals  map[string]string // normal forms by text
}

// An outcome is a scored attempt as an experiment: what it changed, against
// which assignment, and which cases that moved.
type outcome struct {
	attempt *optimizer.Attempt
	from    map[string]string // the texts it started from
	changed []string          // IDs, sorted
	current bool              // it started from the current assignment
	known   bool              // the effect below was measured
	fixed   []string          // cases that got better, sorted
	broken  int
}

// good reports an attempt that mended something and harmed nothing.
func (o *outcome) good() bool { return o.known && len(o.fixed) > 0 && o.broken == 0 }

func newState(p *optimizer.Problem) *state {
	s := &state{problem: p, feedback: mine(p.Cases), keys: map[string]bool{}, accepted: map[string]*optimizer.Attempt{}, normals: map[string]string{}}
	for i := range p.Params {
		e, err := newEnv(&p.Params[i])
		if err != nil {
			continue // nothing can be done about it without types
		}
		cur, err := e.check(p.Params[i].Source)
		if err != nil {
			continue
		}
		pa := &param{Param: &p.Params[i], env: e, cur: cur, now: normal(p.Params[i].Source)}
		pa.code = codeHints(cur)
		pa.wordy = wordy(cur)
		s.params = append(s.params, pa)
	}
	sort.SliceStable(s.params, func(i, j int) bool { return s.params[i].ID < s.params[j].ID })
	s.replay()
	for _, pa := range s.params {
		if pa.Kind == optimizer.FuncBody {
			a := s.accepted[pa.ID]
			pa.blank = blank(pa.cur) || a != nil && strings.HasPrefix(a.Proposal.Reasoning, synthesized)
		}
	}
	return s
}

// replay goes through the history. What a step accepted is the start of the
// next steps and of what it was merged with; its other attempts started where
// it did. The text that a
// parameter had before its first accepted change is not in the history, and
// nothing here needs it.
func (s *state) replay() {
	history := s.problem.History
	at := map[string]string{} // texts by ID, as far as they were ever accepted
	scores := []map[string]float64{nil}
	var epochs [][]*outcome
	epochs = append(epochs, nil)
	next, nextScores := at, map[string]float64(nil)
	for i := range history {
		a := &history[i]
		if i > 0 && (a.Step != history[i-1].Step || a.Merged) {
			if len(next) != len(at) || nextScores != nil {
				epochs, scores = append(epochs, nil), append(scores, nextScores)
			}
			at, nextScores = next, nil
		}
		e := len(epochs) - 1
		if len(a.Proposal.Assign) == 0 && a.Rejected == "" && a.Cases != nil {
			scores[e] = a.Cases // the baseline
			continue
		}
		s.tried = append(s.tried, overlay(at, a.Proposal.Assign))
		if a.Rejected == "" {
			o := &outcome{attempt: a, from: at, changed: sortedIDs(a.Proposal.Assign)}
			epochs[e] = append(epochs[e], o)
			s.outcomes = append(s.outcomes, o)
		}
		if a.Accepted {
			next, nextScores = overlay(at, a.Proposal.Assign), a.Cases
			for id := range a.Proposal.Assign {
				s.accepted[id] = a
			}
		}
	}
	if len(history) > 0 && (len(next) != len(at) || nextScores != nil) {
		epochs, scores = append(epochs, nil), append(scores, nextScores)
	}
	s.base = next
	for _, pa := range s.problem.Params {
		if s.accepted[pa.ID] != nil {
			s.base = overlay(s.base, map[string]string{pa.ID: pa.Source})
		}
	}
	for _, full := range s.tried {
		s.keys[s.key(full)] = true
	}
	s.keys[s.key(s.base)] = true
	for e, list := range epochs {
		last := e == len(epochs)-1
		before := scores[e]
		if before == nil {
			before = usual(list)
		}
		if last {
			before = overlayScores(before, s.problem.Cases)
			s.scores = before
		}
		for _, o := range list {
			o.current = last
			o.measure(before)
		}
	}
}

// usual guesses the scores of a start that was not recorded: what most
// attempts leave a case at, the higher score if there are two such.
func usual(list []*outcome) map[string]float64 {
	counts := map[string]map[float64]int{}
	for _, o := range list {
		for name, score := range o.attempt.Cases {
			if counts[name] == nil {
				counts[name] = map[float64]int{}
			}
			counts[name][score]++
		}
	}
	out := map[string]float64{}
	for name, m := range counts {
		best, n := 0.0, 0
		for score, k := range m {
			if k > n || k == n && score > best {
				best, n = score, k
			}
		}
		out[name] = best
	}
	return out
}

// overlayScores puts what is known of the current assignment over scores.
func overlayScores(scores map[string]float64, cases []optimizer.Case) map[string]float64 {
	out := make(map[string]float64, len(scores)+len(cases))
	for name, score := range scores {
		out[name] = score
	}
	for _, c := range cases {
		if c.Result != "skip" {
			out[c.Name] = c.Score
		}
	}
	return out
}

func sortedIDs(assign map[string]string) []string {
	ids := make([]string, 0, len(assign))
	for id := range assign {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	return ids
}

// current returns the texts of the current assignment.
func (s *state) current() map[string]string {
	now := overlay(s.base, nil)
	for _, p := range s.problem.Params {
		now[p.ID] = p.Source
	}
	return now
}

func overlay(base, change map[string]string) map[string]string {
	out := make(map[string]string, len(base)+len(change))
	for id, text := range base {
		out[id] = text
	}
	for id, text := range change {
		out[id] = text
	}
	return out
}

// textAt returns the text of a parameter in an assignment, if it is known: a
// parameter that no attempt ever changed for good is as it was loaded.
func (s *state) textAt(at map[string]string, id string) (string, bool) {
	if text, ok := at[id]; ok {
		return text, true
	}
	if s.accepted[id] != nil {
		return "", false
	}
	for _, p := range s.problem.Params {
		if p.ID == id {
			return p.Source, true
		}
	}
	return "", false
}

// normal is the normal form of a text, computed once.
func (s *state) normal(text string) string {
	n, ok := s.normals[text]
	if !ok {
		n = normal(text)
		s.normals[text] = n
	}
	return n
}

// key identifies a full assignment: what differs from the loaded program.
func (s *state) key(at map[string]string) string {
	var b strings.Builder
	for _, id := range sortedIDs(at) {
		text := s.normal(at[id])
		if first, ok := s.textAt(nil, id); ok && s.normal(first) == text {
			continue
		}
		b.WriteString(id + "\x00" + text + "\x01")
	}
	return b.String()
}

// measure compares the cases of the attempt with those of its start.
func (o *outcome) measure(before map[string]float64) {
	if before == nil || o.attempt.Cases == nil {
		return
	}
	for name, score := range o.attempt.Cases {
		old, ok := before[name]
		switch {
		case !ok:
		case score > old:
			o.known = true
			o.fixed = append(o.fixed, name)
		case score < old:
			o.known = true
			o.broken++
		default:
			o.known = true
		}
	}
	sort.Strings(o.fixed)
}

// lastLine is the last line of a declaration in its file.
func (pa *param) lastLine() int {
	if pa.Syntax == nil || pa.Syntax.Func == nil {
		return pa.Line
	}
	return pa.Syntax.Fset.PositionFor(pa.Syntax.Func.End(), true).Line
}
