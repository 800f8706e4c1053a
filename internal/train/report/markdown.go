package report

import (
	"fmt"
	"io"
	"strings"
)

// Limits of what is shown. A pull request takes 65,536 characters.
const (
	maxChanges  = 8
	maxCases    = 25 // of each kind
	maxReasons  = 8
	maxWarnings = 10
	maxWarning  = 400
	maxDiff     = 24_000 // bytes
)

// A section writes one part of a report, and nothing if the run has no such
// part. Whatever else a journal comes to hold gets a section of its own here.
type section func(*Report, *page)

var sections = []section{
	(*Report).head,
	(*Report).writeChanges,
	(*Report).writeCases,
	(*Report).writeHeldOut,
	(*Report).writeBenchmarks,
	(*Report).writeScores,
	(*Report).writeRejected,
	(*Report).writeSingle,
	(*Report).writeWarnings,
	(*Report).writeSetup,
	(*Report).writeReplay,
	(*Report).writeDiff,
}

// WriteMarkdown writes r as the body of a pull request.
func (r *Report) WriteMarkdown(w io.Writer) error {
	_, err := io.WriteString(w, r.render(&page{}))
	return err
}

// CommitMessage is r as the message of a commit, which has the diff itself.
func (r *Report) CommitMessage() string {
	return clip(inert(strings.ReplaceAll(visible(r.Title()), "\n", " ")), maxSubject) + "\n\n" + r.render(&page{plain: true})
}

// maxSubject is the length of a first line that tools show whole.
const maxSubject = 72

func (r *Report) render(p *page) string {
	for _, s := range sections {
		s(r, p)
	}
	return strings.TrimRight(p.b.String(), "\n") + "\n"
}

// A page is a report being written. All text of others goes through code, cell
// and quote.
type page struct {
	b     strings.Builder
	plain bool // nobody renders it
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

// para is a paragraph.
func (p *page) para(format string, args ...any) { p.line(format+"\n", args...) }

func (p *page) heading(text string) { p.line("### %s\n", text) }

func (p *page) code(s string) string {
	if p.plain {
		s = inert(s)
	}
	return code(s)
}

func (p *page) cell(s string) string {
	if p.plain {
		s = inert(s)
	}
	return cell(s)
}

// quote is a block with a text of several lines.
func (p *page) quote(language, text string) {
	if p.plain {
		text = strings.TrimRight(visible(unixLines(inert(text))), "\n")
		p.line("    %s\n", strings.ReplaceAll(text, "\n", "\n    "))
		return
	}
	p.line("%s", fenced(language, text))
}

// fold begins a part that is opened by a click; the result ends it.
func (p *page) fold(summary string) (end func()) {
	if p.plain {
		p.para("%s:", summary)
		return func() {}
	}
	p.line("<details>\n<summary>%s</summary>\n", summary)
	return func() { p.line("</details>\n") }
}

func (p *page) table(rows [][]string) {
	for i, row := range rows {
		p.line("| %s |", strings.Join(row, " | "))
		if i == 0 {
			p.line("|%s", strings.Repeat(" --- |", len(row)))
		}
	}
	p.line("")
}

// list writes at most so many code spans.
func (p *page) list(names []string, most int) string {
	var out []string
	for _, n := range names[:min(len(names), most)] {
		out = append(out, p.code(n))
	}
	text := strings.Join(out, ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
