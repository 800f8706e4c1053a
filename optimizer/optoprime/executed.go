package optoprime

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// Bounds of what is said of lines.
const (
	maxLines     = 10   // places that are named
	maxLineText  = 60   // letters of a line that is quoted
	maxLinesText = 1600 // bytes in all
	fewPassing   = 2    // cases that pass are named if they are no more
)

// executed lists, under a title, the lines of a function that tell the failing cases
// from each other or from those that pass, the most suspicious first. It is empty if
// none does, or nobody knows what ran. Lines are named by their numbers in the source
// as it is shown, and by their text, because nobody likes to count.
func executed(p optimizer.Param, cases []optimizer.Case) string {
	if p.Kind != optimizer.FuncBody {
		return ""
	}
	var known []optimizer.Case
	ran := make(map[int]map[int]bool) // line → index in known
	for _, c := range cases {
		lines := optimizer.ParseLines(c.Ran[p.ID])
		if len(lines) == 0 {
			continue
		}
		for _, n := range lines {
			if ran[n] == nil {
				ran[n] = make(map[int]bool)
			}
			ran[n][len(known)] = true
		}
		known = append(known, c)
	}
	var places []place
	source := strings.Split(p.Source, "\n")
	for n := 1; n <= len(source); {
		if !holdsCode(source[n-1]) {
			n++
			continue
		}
		at := place{from: n, to: n, ran: ran[n], text: source[n-1]}
		for n++; n <= len(source) && (!holdsCode(source[n-1]) || sameCases(ran[n], at.ran)); n++ {
			if holdsCode(source[n-1]) {
				at.to = n
			}
		}
		if at.count(known); at.tells() {
			places = append(places, at)
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(b.suspicion(), a.suspicion()) })
	var list []string
	for _, at := range places {
		list = append(list, at.String())
	}
	if len(list) == 0 {
		return ""
	}
	if len(list) > maxLines {
		list = append(list[:maxLines], fmt.Sprintf("(%d more places are left out)", len(list)-maxLines))
	}
	return titleOf(known) + " (line 1 is the first below):\n" + strings.Join(list, "\n") + "\n"
}

// titleOf says what a list of places is about.
func titleOf(known []optimizer.Case) string {
	failing := 0
	for _, c := range known {
		if failed(c) {
			failing++
		}
	}
	switch {
	case failing < len(known):
		return "Which cases ran which of its lines, where that differs"
	case failing == 1:
		return "Lines of it that the failing case did not run, which may have ended early; no case that passes is known to run the function"
	}
	return "Which failing cases ran which of its lines, where that differs or none did; no case that passes is known to run the function"
}

func sameCases(a, b map[int]bool) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !b[i] {
			return false
		}
	}
	return true
}

// A place is lines that the same cases ran.
type place struct {
	from, to   int
	text       string // of the first line
	ran        map[int]bool
	bad, badNo []string // names of the failing cases that ran it, and of those that did not
	good       []string // names of those that pass and ran it
	passing    int
}

func (p *place) count(known []optimizer.Case) {
	for i, c := range known {
		name := oneLine(c.Name, 80)
		switch {
		case !failed(c):
			p.passing++
			if p.ran[i] {
				p.good = append(p.good, name)
			}
		case p.ran[i]:
			p.bad = append(p.bad, name)
		default:
			p.badNo = append(p.badNo, name)
		}
	}
}

// tells reports whether the place is worth a line: not if all failing cases ran it
// and most others did.
func (p *place) tells() bool {
	all := len(p.bad) + len(p.badNo)
	if all == 0 {
		return len(p.good) < p.passing
	}
	return len(p.badNo) > 0 || 2*len(p.good) < p.passing
}

// suspicion orders places: the share of the failing cases that ran one, less that of
// those that pass.
func (p *place) suspicion() float64 {
	s := 0.0
	if all := len(p.bad) + len(p.badNo); all > 0 {
		s += float64(len(p.bad)) / float64(all)
	}
	if p.passing > 0 {
		s -= float64(len(p.good)) / float64(p.passing)
	}
	return s
}

func (p *place) String() string {
	s := fmt.Sprintf("line %d", p.from)
	if p.to > p.from {
		s = fmt.Sprintf("lines %d-%d", p.from, p.to)
	}
	text := oneLine(p.text, len(p.text))
	if r := []rune(text); len(r) > maxLineText {
		text = string(r[:maxLineText]) + "…"
	}
	if p.to > p.from {
		text += " …"
	}
	if !strings.Contains(text, "`") {
		text = "`" + text + "`"
	}
	s += ", " + text
	if who := p.who(); who != "" {
		s += ": " + who
	}
	return s
}

// who says which cases ran the place: of those that fail by name, because that tells
// where to look.
func (p *place) who() string {
	var parts []string
	switch all := len(p.bad) + len(p.badNo); {
	case all == 0:
	case p.passing == 0 && all == 1: // it is the one that did not
	case len(p.bad) == 0:
		parts = append(parts, "no failing case")
	case len(p.badNo) == 0:
		parts = append(parts, "every failing case")
	case len(p.bad) <= len(p.badNo):
		parts = append(parts, "of the failing cases only "+names(p.bad, 3))
	default:
		parts = append(parts, "every failing case but "+names(p.badNo, 3))
	}
	if p.passing > 0 {
		good := fmt.Sprintf("%d of %d that pass", len(p.good), p.passing)
		if len(p.good) > 0 && len(p.good) <= fewPassing {
			good += " (" + strings.Join(p.good, ", ") + ")"
		}
		parts = append(parts, good)
	}
	return strings.Join(parts, ", ")
}

// noCode is what a line holds that no statement begins or goes on in.
var noCode = regexp.MustCompile(`^[\s(){}\[\],;]*(//.*)?$`)

func holdsCode(line string) bool { return !noCode.MatchString(line) }
