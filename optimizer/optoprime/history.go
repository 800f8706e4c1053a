package optoprime

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/opto-go/trace/optimizer"
)

// attempts shows earlier proposals, the oldest first, one text each.
func attempts(p *optimizer.Problem) []string {
	byID := make(map[string]optimizer.Param)
	for _, q := range p.Params {
		byID[q.ID] = q
	}
	var out []string
	var before, next *optimizer.Attempt // the others of a step started where the accepted one did
	for i := range p.History {
		a := p.History[i]
		if i > 0 && a.Step != p.History[i-1].Step || a.Merged {
			before = next
		}
		var b strings.Builder
		fmt.Fprintf(&b, "### Step %d: %s\n", a.Step, verdict(a, before))
		if a.Rejected == "" && (a.Accepted || next == nil) {
			next = &a
		}
		if a.Feedback != "" {
			b.WriteString("It failed with:\n" + quote(a.Feedback, 400))
		}
		if said := oneLine(a.Proposal.Reasoning, 1000); said != "" {
			b.WriteString("Its author said:\n" + quote(said, 1100))
		}
		b.WriteString(changes(a, byID))
		out = append(out, b.String())
	}
	return out
}

func verdict(a optimizer.Attempt, before *optimizer.Attempt) string {
	switch {
	case len(a.Proposal.Assign) == 0:
		return "the program as it was, " + standing(a)
	case a.Rejected != "":
		return "refused before it ran: " + oneLine(a.Rejected, 400)
	}
	text := "not accepted, "
	switch {
	case a.Accepted && a.Merged:
		text = "taken over from a program that was good at other cases, "
	case a.Accepted:
		text = "accepted, "
	case a.Merged:
		text = "taken over from a program that was good at other cases and not accepted here, "
	case a.Beside:
		text = "kept too, and developed apart from this program, "
	}
	text += standing(a)
	if before != nil && a.Measured == "" { // what was measured, was beside the program before
		text += " (before: " + standing(*before) + compared(before.Cases, a.Cases) + ")"
	}
	return text
}

// compared counts the cases that scores tell more of than whether they fail: a mean
// alone does not say whether a difference is one of few cases or of many.
func compared(before, after map[string]float64) string {
	better, worse, same := 0, 0, 0
	scores := false
	var lost []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		score := after[name]
		old, ok := before[name]
		if !ok {
			continue
		}
		scores = scores || score != 0 && score != 1 || old != 0 && old != 1
		switch {
		case score > old:
			better++
		case score < old:
			worse++
			lost = append(lost, name)
		default:
			same++
		}
	}
	if !scores {
		return ""
	}
	text := fmt.Sprintf("; %d better, %d worse, %d the same", better, worse, same)
	slices.SortStableFunc(lost, func(a, b string) int { return cmp.Compare(after[a]-before[a], after[b]-before[b]) })
	for i, name := range lost[:min(len(lost), 3)] {
		if i == 0 {
			text += "; most was lost by"
		} else {
			text += ","
		}
		text += fmt.Sprintf(" %s (%s, then %s)", oneLine(name, 80), number(before[name]), number(after[name]))
	}
	return text
}

func standing(a optimizer.Attempt) string {
	if a.Measured != "" {
		text := oneLine(a.Measured, 600)
		if a.Total > 0 {
			text = fmt.Sprintf("%d of %s failed, measured: ", a.Failed, plural(a.Total, "case", "cases")) + text
		}
		return text
	}
	return fmt.Sprintf("%d of %s failed, mean score %s", a.Failed, plural(a.Total, "case", "cases"), number(a.Score))
}

// short is the length of a source, in bytes, that is shown as it is.
const short = 600

// changes shows the sources that a proposal gave.
func changes(a optimizer.Attempt, byID map[string]optimizer.Param) string {
	p := a.Proposal
	ids := make([]string, 0, len(p.Assign))
	for id := range p.Assign {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	var b strings.Builder
	for _, id := range ids {
		source := p.Assign[id]
		q, ok := byID[id]
		switch {
		case ok && withoutComment(q.Source) == withoutComment(source):
			fmt.Fprintf(&b, "It gave %s its current source.\n", q.Name)
			continue
		case !ok:
			q.Name = id
		}
		word := "value "
		if strings.HasPrefix(strings.TrimSpace(source), "func ") || q.Kind == optimizer.FuncBody {
			word = "go "
		}
		const most = 4000
		if ok {
			if a.Accepted && len(source) > short { // how it differs is what was undone or bettered since
				fmt.Fprintf(&b, "Later steps changed what it gave %s.\n", q.Name)
				continue
			}
			if diff := udiff.Unified("current", "then", withoutComment(q.Source)+"\n", withoutComment(source)+"\n"); len(diff) < len(source) && len(source) > short {
				fmt.Fprintf(&b, "It gave %s, compared with the current source:\n%s", q.Name, fenced("diff", clip(diff, most)))
				continue
			}
		}
		if len(source) > most {
			source = strings.ToValidUTF8(source[:most], "") + fmt.Sprintf("\n… (%d bytes)", len(source))
		}
		b.WriteString(fenced(word+q.Name, source))
	}
	return b.String()
}

// withoutComment is source without the comment lines that it begins with, which
// an answer need not repeat.
func withoutComment(source string) string {
	source = strings.TrimSpace(source)
	for strings.HasPrefix(source, "//") {
		_, rest, _ := strings.Cut(source, "\n")
		source = strings.TrimSpace(rest)
	}
	return source
}

// repeated finds the earlier attempt that assigned the same sources.
func repeated(p *optimizer.Problem, proposal optimizer.Proposal) *optimizer.Attempt {
	for i := len(p.History) - 1; i >= 0; i-- {
		a := &p.History[i]
		if len(a.Proposal.Assign) == 0 {
			continue
		}
		// What an attempt did not assign had the source of its time, which is
		// not known here; only an attempt that assigned the same parameters
		// is surely the same.
		if sameAssign(a.Proposal.Assign, proposal.Assign) {
			return a
		}
	}
	return nil
}

func sameAssign(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for id, source := range a {
		other, ok := b[id]
		if !ok || strings.TrimSpace(other) != strings.TrimSpace(source) {
			return false
		}
	}
	return true
}
