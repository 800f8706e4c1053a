package train

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/opto-go/trace/internal/train/journal"
)

// showWidth is where the lines of candidates end, if what stands before the
// description leaves room for some of it.
const (
	showWidth    = 120
	leastOfWords = 40
)

// fewCandidates of a step that made nothing better are shown one by one; of more it is
// said how many there are.
const fewCandidates = 3

// A candidateList prints the candidates of a run.
type candidateList struct {
	p        *printer
	run      *journal.Run
	header   journal.Header
	all      bool // none is left out
	hinted   bool // how to see those that are
	steps    map[int][]*journal.Candidate
	totals   map[journal.Hash]journal.Total
	accepted map[string]string
}

func newCandidateList(p *printer, run *journal.Run, h journal.Header, all bool) *candidateList {
	l := &candidateList{
		p: p, run: run, header: h, all: all,
		steps:    map[int][]*journal.Candidate{},
		totals:   map[journal.Hash]journal.Total{run.Baseline.Candidate: run.Baseline.Total},
		accepted: map[string]string{},
	}
	for _, a := range run.Accepted {
		l.accepted[fmt.Sprint(a.Step, a.Hash)] = "accepted"
		if a.Beside {
			l.accepted[fmt.Sprint(a.Step, a.Hash)] = "kept beside the best"
		}
	}
	for i := range run.Candidates {
		c := &run.Candidates[i]
		l.steps[c.Step] = append(l.steps[c.Step], c)
		if c.Total != nil {
			l.totals[c.Hash] = *c.Total
		}
	}
	for _, list := range l.steps { // they ended in any order
		slices.SortStableFunc(list, func(a, b *journal.Candidate) int { return cmp.Compare(a.Index, b.Index) })
	}
	return l
}

// step prints the candidates of a step, those that made nothing better last.
func (l *candidateList) step(step int) {
	var idle, rejected []*journal.Candidate
	for _, c := range l.steps[step] {
		switch {
		case c.Rejected != "":
			rejected = append(rejected, c)
		case c.Total != nil && l.madeNothingBetter(c):
			idle = append(idle, c)
		}
	}
	grouped := map[*journal.Candidate]bool{}
	for _, list := range [][]*journal.Candidate{idle, rejected} {
		if l.all || len(list) <= fewCandidates {
			continue
		}
		for _, c := range list {
			grouped[c] = true
		}
	}
	for _, c := range l.steps[step] {
		if !grouped[c] {
			l.candidate(c)
		}
	}
	if len(idle) > 0 && grouped[idle[0]] {
		l.others(step, len(idle), "none better")
	}
	if len(rejected) > 0 && grouped[rejected[0]] {
		var reasons []string
		for _, c := range rejected {
			if r := onLine(c.Rejected); !slices.Contains(reasons, r) {
				reasons = append(reasons, r)
			}
		}
		text := "rejected: " + clipRunes(reasons[0], 90)
		if len(reasons) > 1 {
			text += fmt.Sprintf("; and for %s", plural(len(reasons)-1, "other reason"))
		}
		l.others(step, len(rejected), text)
	}
}

// others prints a line for candidates that have none of their own.
func (l *candidateList) others(step, n int, what string) {
	if !l.hinted {
		l.hinted = true
		what += " (-all lists them)"
	}
	l.p.line("step %-5d %s: %s", step, plural(n, "other"), what)
}

// madeNothingBetter reports whether a candidate ran, and neither was taken nor was
// better than what it changes, nor was measured.
func (l *candidateList) madeNothingBetter(c *journal.Candidate) bool {
	if l.accepted[fmt.Sprint(c.Step, c.Hash)] != "" {
		return false
	}
	if base, ok := l.totals[c.Base]; ok && better(*c.Total, base) {
		return false
	}
	return !slices.ContainsFunc(l.run.Measured, func(m journal.Measured) bool { return m.Step == c.Step && m.Hash == c.Hash })
}

func (l *candidateList) candidate(c *journal.Candidate) {
	key := fmt.Sprint(c.Step, c.Hash)
	switch {
	case c.Rejected != "":
		l.line(c, "candidate %d: rejected: %s", c.Index, firstLines(c.Rejected, 1))
	case c.Total == nil:
	case l.accepted[key] != "":
		l.line(c, "candidate %d %s%s: %s, %s", c.Index, c.Hash.Short(), madeFrom(l.header, *c), total(*c.Total), l.accepted[key])
		delete(l.accepted, key)
		l.p.failing(c.Cases)
		l.p.measured(l.run, forStep, c.Step, c.Hash)
	default:
		l.line(c, "candidate %d %s%s: %s", c.Index, c.Hash.Short(), madeFrom(l.header, *c), total(*c.Total))
		l.p.measured(l.run, forStep, c.Step, c.Hash)
	}
}

// line prints what became of a candidate, and what the optimizer says it changes.
func (l *candidateList) line(c *journal.Candidate, format string, args ...any) {
	text := fmt.Sprintf("step %-5d ", c.Step) + fmt.Sprintf(format, args...)
	if why := onLine(c.Reasoning); why != "" {
		text += "; "
		text += clipRunes(why, max(showWidth-len([]rune(text)), leastOfWords))
	}
	l.p.line("%s", text)
}

// onLine is the first line of a text that has something on it, without what a terminal
// would take for a command.
func onLine(text string) string {
	for line := range strings.Lines(text) {
		line = strings.Map(func(r rune) rune {
			if unicode.IsPrint(r) {
				return r
			}
			return ' '
		}, line)
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			return line
		}
	}
	return ""
}

// clipRunes keeps the beginning of a line.
func clipRunes(line string, most int) string {
	if runes := []rune(line); len(runes) > most {
		return strings.TrimSpace(string(runes[:most-1])) + "…"
	}
	return line
}
