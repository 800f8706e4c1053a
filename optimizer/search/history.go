package search

import (
	"bytes"
	"go/printer"
	"sort"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// param is a parameter with what one call of Propose knows about it.
type param struct {
	*optimizer.Param
	env      *env
	cur      *decl  // the current source, typed
	original string // text as it was loaded, empty if unknown
	now      string // normal form of the current source
	code     *hints
	blank    bool // the body was none when it was loaded
}

// state is what one call of Propose works from. All of it is derived from the
// problem, so a resumed run goes on as if it had never stopped.
type state struct {
	problem  *optimizer.Problem
	params   []*param // those that can be worked on, sorted by ID
	feedback *hints
	keys     map[string]bool // full assignments that were tried
	outcomes []*outcome      // scored attempts, oldest first
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
	s := &state{problem: p, feedback: mine(p.Cases), keys: map[string]bool{}, scores: map[string]float64{}, normals: map[string]string{}}
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
		pa.original = originalText(pa)
		pa.code = codeHints(cur)
		if pa.Kind == optimizer.FuncBody {
			first, err := e.check(pa.original)
			pa.blank = err == nil && blank(first) || blank(cur)
		}
		s.params = append(s.params, pa)
	}
	sort.SliceStable(s.params, func(i, j int) bool { return s.params[i].ID < s.params[j].ID })
	for _, c := range p.Cases {
		if c.Result != "skip" {
			s.scores[c.Name] = c.Score
		}
	}
	s.replay()
	return s
}

// originalText prints the declaration as it was loaded, to tell an accepted
// change from the beginning.
func originalText(pa *param) string {
	syn := pa.Syntax
	if syn == nil {
		return ""
	}
	var b bytes.Buffer
	conf := printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}
	switch {
	case pa.Kind == optimizer.FuncBody:
		fn := *syn.Func
		fn.Doc = nil
		if conf.Fprint(&b, syn.Fset, &fn) != nil {
			return ""
		}
	case conf.Fprint(&b, syn.Fset, syn.Expr) != nil:
		return ""
	}
	return b.String()
}

// replay goes through the history: an accepted attempt is the start of the
// next ones.
func (s *state) replay() {
	at := map[string]string{} // texts by ID, as far as they were ever assigned
	s.keys[s.key(at)] = true  // the loaded program, whatever was accepted since
	var scores map[string]float64
	if len(s.problem.History) > 0 && !s.anyAccepted() {
		scores = s.scores
	}
	for i := range s.problem.History {
		a := &s.problem.History[i]
		full := overlay(at, a.Proposal.Assign)
		s.keys[s.key(full)] = true
		if len(a.Proposal.Assign) == 0 && a.Rejected == "" && a.Cases != nil {
			scores = a.Cases // the baseline
			continue
		}
		if a.Rejected == "" {
			o := &outcome{attempt: a, from: at, changed: s.changed(at, a.Proposal.Assign)}
			o.measure(scores)
			s.outcomes = append(s.outcomes, o)
		}
		if a.Accepted {
			at = full
			if a.Cases != nil {
				scores = a.Cases
			}
		}
	}
	now := s.current()
	s.keys[s.key(now)] = true
	nowKey := s.key(now)
	for _, o := range s.outcomes {
		o.current = s.key(o.from) == nowKey
		if o.current && !o.known {
			o.measure(s.scores)
		}
	}
}

func (s *state) anyAccepted() bool {
	for _, a := range s.problem.History {
		if a.Accepted {
			return true
		}
	}
	return false
}

func (s *state) current() map[string]string {
	now := map[string]string{}
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

// textAt returns the text of a parameter in an assignment.
func (s *state) textAt(at map[string]string, id string) string {
	if text, ok := at[id]; ok {
		return text
	}
	for _, pa := range s.params {
		if pa.ID == id {
			if pa.original != "" {
				return pa.original
			}
			return pa.Source
		}
	}
	return ""
}

func (s *state) changed(at, assign map[string]string) []string {
	var ids []string
	for id, text := range assign {
		if s.normal(text) != s.normal(s.textAt(at, id)) {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	return ids
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
	ids := make([]string, 0, len(at))
	for id := range at {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	var b strings.Builder
	for _, id := range ids {
		text := s.normal(at[id])
		if text == s.normal(s.textAt(nil, id)) {
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

// A point is a value of a numeric parameter that was tried while everything
// else was as it is now.
type point struct {
	x     float64
	worse bool
	delta float64      // of the sum of scores
	told  [][2]float64 // what its feedback got and wanted, where numbers
}

// points returns what is known along the axis of one parameter.
func (s *state) points(pa *param) []point {
	here := s.rest(s.current(), pa)
	var list []point
	for _, o := range s.outcomes {
		if len(o.changed) != 1 || o.changed[0] != pa.ID || s.rest(o.from, pa) != here {
			continue
		}
		text := o.attempt.Proposal.Assign[pa.ID]
		x, ok := pa.numberOf(text)
		if !ok || s.normal(text) == pa.now {
			continue
		}
		now := &outcome{attempt: o.attempt}
		now.measure(s.scores)
		pt := point{x: x, worse: now.broken > len(now.fixed)}
		for _, name := range sortedNames(s.scores) {
			if score, ok := o.attempt.Cases[name]; ok {
				pt.delta += score - s.scores[name]
			}
		}
		for _, p := range gotWant(o.attempt.Feedback) {
			if got, want := number(p.got), number(p.want); got == got && want == want {
				pt.told = append(pt.told, [2]float64{got, want})
			}
		}
		list = append(list, pt)
	}
	if x, ok := s.before(pa); ok {
		list = append(list, point{x: x, worse: true})
	}
	return list
}

func sortedNames(m map[string]float64) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// rest identifies an assignment but for one parameter.
func (s *state) rest(at map[string]string, pa *param) string {
	others := overlay(at, nil)
	delete(others, pa.ID)
	return s.key(others)
}

// before returns the value that the parameter had until an accepted attempt
// gave it the present one.
func (s *state) before(pa *param) (float64, bool) {
	for i := len(s.outcomes) - 1; i >= 0; i-- {
		o := s.outcomes[i]
		if !o.attempt.Accepted {
			continue
		}
		for _, id := range o.changed {
			if id == pa.ID && normal(o.attempt.Proposal.Assign[id]) == pa.now {
				return pa.numberOf(s.textAt(o.from, id))
			}
		}
	}
	return 0, false
}

// recombine carries earlier partial repairs over to the current assignment,
// and joins those that started from it: the likeliest proposals of all.
func (s *state) recombine() []candidate {
	var list []candidate
	here := s.current()
	var good []*outcome
	for _, o := range s.outcomes {
		if o.good() && !o.attempt.Accepted {
			good = append(good, o)
		}
	}
	sort.SliceStable(good, func(i, j int) bool { return len(good[i].fixed) > len(good[j].fixed) })
	if len(good) > 24 {
		good = good[:24]
	}
	for i, o := range good {
		if !o.current {
			if assign, ok := s.rebase(o, here); ok {
				list = append(list, candidate{assign: assign, weight: 3 - float64(i)/100,
					what: "repeated an earlier repair on the new base"})
			}
			continue
		}
		for j, other := range good[:i] {
			if !other.current || subset(o.fixed, other.fixed) {
				continue
			}
			first := overlay(here, other.attempt.Proposal.Assign)
			if assign, ok := s.rebase(o, first); ok {
				list = append(list, candidate{assign: overlay(other.attempt.Proposal.Assign, assign), weight: 2 - float64(i+j)/100,
					what: "joined two repairs of different cases"})
			}
		}
	}
	return list
}

// rebase makes the change of an attempt on another assignment.
func (s *state) rebase(o *outcome, onto map[string]string) (map[string]string, bool) {
	assign := map[string]string{}
	for _, id := range o.changed {
		text := o.attempt.Proposal.Assign[id]
		var pa *param
		for _, p := range s.params {
			if p.ID == id {
				pa = p
			}
		}
		if pa == nil {
			return nil, false
		}
		if pa.Kind == optimizer.FuncBody {
			h, ok := diffHunk(s.textAt(o.from, id), text)
			if !ok {
				continue
			}
			if text, ok = transplant(onto[id], h); !ok {
				return nil, false
			}
		}
		assign[id] = text
	}
	return assign, len(assign) > 0
}

func subset(a, b []string) bool {
	for _, x := range a {
		i := sort.SearchStrings(b, x)
		if i == len(b) || b[i] != x {
			return false
		}
	}
	return true
}

// lastLine is the last line of a declaration in its file.
func (pa *param) lastLine() int {
	if pa.Syntax == nil || pa.Syntax.Func == nil {
		return pa.Line
	}
	return pa.Syntax.Fset.PositionFor(pa.Syntax.Func.End(), true).Line
}
