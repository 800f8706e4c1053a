package optoprime

import (
	"fmt"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// Shares of what is left of the prompt after the instruction, the objective
// and the variables, in percent. What a part does not need passes on to the
// others, in this order.
const (
	shareCases   = 45
	shareHistory = 20
	shareDocs    = 20
	shareCode    = 15
)

// shareVariables is the most that the parameters may take of the whole.
const shareVariables = 50

// A part is a section of the report that can be shortened: a list of texts of
// which the first come first.
type part struct {
	title string
	share int
	items []string
	// last keeps the end of the list instead of its beginning, and of the others
	// their first lines, as far as there is room.
	last bool
	// code puts the items, which are lines then, into one fence.
	code bool
	// what an item is called when some are left out.
	one, many string
}

// report renders the problem within limit bytes.
func report(p *optimizer.Problem, limit int) string {
	p = named(p)
	index, detailed := sorted(p.Cases)
	l := newListing(p.Params, p.Cases)

	var head strings.Builder
	head.WriteString("## Objective\n\n" + objective(p, index) + "\n\n## Variables\n\n")
	head.WriteString(variables(p.Params, p.Cases, limit*shareVariables/100-head.Len()))
	tail := "\n## Your answer\n\nSay what you change and why, then give a block for each parameter you change, among " + knownNames(p.Params) + ".\n"

	docs := &part{title: "Documentation", share: shareDocs, items: documentation(p), one: "entry", many: "entries"}
	code := &part{title: "Code", share: shareCode, items: l.code(p.Cases), code: true, one: "line", many: "lines"}
	cases := &part{title: "Cases", share: shareCases, items: caseItems(l, p.Cases, index, detailed), one: "entry", many: "entries"}
	history := &part{title: "History", share: shareHistory, items: attempts(p), last: true, one: "earlier attempt", many: "earlier attempts"}

	parts := map[*part]string{}
	room := max(limit-head.Len()-len(tail), 0)
	spare := room
	byNeed := []*part{cases, history, docs, code}
	for _, s := range byNeed {
		parts[s] = s.render(room * s.share / 100)
		spare -= len(parts[s])
	}
	for _, s := range byNeed {
		if text := s.render(len(parts[s]) + spare); len(text) > len(parts[s]) {
			spare -= len(text) - len(parts[s])
			parts[s] = text
		}
	}
	return head.String() + parts[docs] + parts[code] + parts[cases] + parts[history] + tail
}

// named gives parameters without a short name their identity.
func named(p *optimizer.Problem) *optimizer.Problem {
	q := *p
	q.Params = append([]optimizer.Param(nil), p.Params...)
	for i := range q.Params {
		if q.Params[i].Name == "" {
			q.Params[i].Name = q.Params[i].ID
		}
	}
	return &q
}

func knownNames(params []optimizer.Param) string {
	list := make([]string, len(params))
	for i, p := range params {
		list[i] = p.Name
	}
	return names(list, 20)
}

// objective says what is wanted and where the program stands.
func objective(p *optimizer.Problem, index []int) string {
	text := oneLine(p.Objective, 1500)
	if strings.HasPrefix(text, "#") {
		text = "> " + text // no section of its own
	}
	if text != "" {
		text += "\n"
	}
	return strings.TrimRight(text+standingOf(p.All, p.Cases, index), "\n")
}

func standingOf(all optimizer.Standing, cases []optimizer.Case, index []int) string {
	if len(index) == 0 {
		return "No case was recorded."
	}
	bad, sum, scored := 0, 0.0, false
	judged := make([]int, 0, len(index))
	for _, i := range index {
		if cases[i].Measured == "" {
			judged = append(judged, i)
		}
	}
	if len(judged) == 0 {
		return "" // nothing but what is measured
	}
	index = judged
	for _, i := range index {
		if failed(cases[i]) {
			bad++
		}
		sum += cases[i].Score
		scored = scored || !plain(cases[i])
	}
	if all.Cases > len(index) {
		text := fmt.Sprintf("Now %d of all %d cases fail", all.Failed, all.Cases)
		if scored {
			text += fmt.Sprintf("; the mean score is %s, and higher is better", number(all.Score))
		}
		text += fmt.Sprintf(". Of the %d that are shown here %d fail", len(index), bad)
		if scored {
			text += fmt.Sprintf("; their mean score is %s", number(sum/float64(len(index))))
		}
		return text + "."
	}
	text := fmt.Sprintf("Now %d of the %s shown here fail", bad, plural(len(index), "case", "cases"))
	if len(index) == 1 {
		text = "Now the one case shown here passes"
		if bad == 1 {
			text = "Now the one case shown here fails"
		}
	}
	if scored {
		text += fmt.Sprintf("; the mean score is %s, and higher is better", number(sum/float64(len(index))))
	}
	return text + "."
}

// documentation lists types, functions and what else is in scope.
func documentation(p *optimizer.Problem) []string {
	var items []string
	if list := declared(p.Params); len(list) > 0 {
		items = append(items, fenced("go", strings.Join(list, "\n")))
	}
	seen := make(map[string]bool)
	for _, s := range p.Code {
		key := fmt.Sprint(s.File, s.Line, s.Name)
		if seen[key] {
			continue
		}
		seen[key] = true
		items = append(items, snippet(s))
	}
	return append(items, inScope(p.Params, p.Code)...)
}

func snippet(s optimizer.Snippet) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s:%d, not a parameter", oneLine(s.Name, 120), oneLine(s.File, 160), s.Line)
	if s.Lines != "" {
		fmt.Fprintf(&b, "; of its lines %s ran", oneLine(s.Lines, 80))
	}
	b.WriteString(")\n")
	if doc := oneLine(s.Doc, 400); doc != "" && !strings.Contains(commentText(s.Source), strings.Join(strings.Fields(s.Doc), " ")) {
		b.WriteString("Described: " + doc + "\n")
	}
	if s.Source != "" {
		source := s.Source
		const most = 3000
		if len(source) > most {
			source = strings.ToValidUTF8(source[:most], "") + fmt.Sprintf("\n… (%d bytes)", len(s.Source))
		}
		b.WriteString(fenced("go", source))
	}
	return b.String()
}

// caseItems shows the worst cases in full and the passing ones in short.
func caseItems(l *listing, cases []optimizer.Case, index []int, detailed int) []string {
	var items []string
	shared, lines := l.shared(cases, index)
	if len(lines) > 0 {
		items = append(items, "### The same in all cases\n"+strings.Join(lines, ""))
	}
	for n, i := range index[:detailed] {
		rounds := someRounds
		if n == 0 {
			rounds = allRounds
		}
		items = append(items, l.detail(cases[i], shared, rounds))
	}
	rest := index[detailed:]
	if len(rest) == 0 {
		return items
	}
	items = append(items, fmt.Sprintf("### Passing: %s, which must stay so\n", plural(len(rest), "case", "cases")))
	var more []string
	for n, i := range rest {
		if n < maxPassing {
			items = append(items, l.brief(cases[i], shared))
		} else {
			more = append(more, oneLine(cases[i].Name, 80))
		}
	}
	if len(more) > 0 {
		items = append(items, "- and "+names(more, 10)+"\n")
	}
	return items
}

// spaced joins items with empty lines, except before the lines of a list.
func spaced(items []string) string {
	var b strings.Builder
	for i, item := range items {
		if i > 0 && !strings.HasPrefix(item, "- ") {
			b.WriteByte('\n')
		}
		b.WriteString(item)
	}
	return b.String()
}

// maxHeads is of how many items that do not fit the first line stands there.
const maxHeads = 16

// render shows as many items as fit into limit bytes and says how many do not.
// It is empty if there is nothing to show, or no room to show anything.
func (s *part) render(limit int) string {
	if len(s.items) == 0 {
		return ""
	}
	for n := s.fit(limit); n >= 0; n-- {
		heads := 0
		if s.last {
			heads = min(maxHeads, len(s.items)-n)
		}
		for {
			if text := s.text(n, heads); len(text) <= limit {
				return text
			}
			if heads == 0 {
				break
			}
			heads /= 2
		}
	}
	return ""
}

// fit is an upper bound of the number of items that can fit.
func (s *part) fit(limit int) int {
	n, size := 0, 0
	for ; n < len(s.items); n++ {
		i := n
		if s.last {
			i = len(s.items) - 1 - n
		}
		if size += len(s.items[i]) + 1; size > limit {
			break
		}
	}
	return n
}

// text shows n items, and the first lines of so many of the others.
func (s *part) text(n, heads int) string {
	items, cut := s.items[:n], len(s.items)-n
	if s.last {
		items = s.items[cut:]
	}
	var b strings.Builder
	b.WriteString("\n## " + s.title + "\n\n")
	note := ""
	if cut > 0 {
		note = fmt.Sprintf("(%s left out for lack of room)\n", plural(cut, s.one+" is", s.many+" are"))
		if heads > 0 {
			note = fmt.Sprintf("(of %s there is no room for more than how they ended)\n", plural(cut, s.one, s.many))
		}
	}
	if s.last {
		b.WriteString(note)
		for i, item := range s.items[:cut] {
			if i >= cut-heads {
				line, _, _ := strings.Cut(item, "\n")
				b.WriteString(line + "\n")
				if i == cut-1 && n > 0 {
					b.WriteString("\n")
				}
			}
		}
	}
	switch {
	case s.code && n > 0:
		b.WriteString(fenced("go", strings.Join(items, "\n")))
	case !s.code:
		b.WriteString(spaced(items))
	}
	if !s.last {
		b.WriteString(note)
	}
	return b.String()
}
