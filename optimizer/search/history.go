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

// lastLine is the last line of a declaration in its file.
func (pa *param) lastLine() int {
	if pa.Syntax == nil || pa.Syntax.Func == nil {
		return pa.Line
	}
	return pa.Syntax.Fset.PositionFor(pa.Syntax.Func.End(), true).Line
}
