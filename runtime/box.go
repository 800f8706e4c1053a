package trace

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/opto-go/trace/runtime/tracefile"
)

// A box is what a drawing shows of a row.
type box struct {
	class string // of the rectangle
	lines []boxLine
	note  []boxLine // feedback, below
	tip   string    // the whole truth
}

// boxLine is one line of text of a box.
type boxLine struct {
	text  string
	class string // of the text
	to    int32  // box that it refers to, from 1
}

// How much a box shows. Columns are those of a fixed-width font.
const (
	boxColumns   = 44
	boxSource    = 3 // lines of source text
	boxValue     = 2 // lines of a value
	boxRefs      = 3 // lines of references
	boxNote      = 6 // lines of feedback
	boxTip       = 4000
	columnWidth  = 7.3
	lineHeight   = 17.0
	boxPadding   = 8.0
	boxMinColumn = 8
)

// newBox says what row s looks like; refs are the inputs that are not drawn.
func newBox(f *Folded, s *Row, refs []boxEdge, outs []said) *box {
	n := s.first()
	b := &box{class: boxClass(n)}
	t := &text{f: f}
	head, statement := "", string(t.statement(s))
	if i := strings.Index(statement, " = "); i >= 0 && !strings.HasPrefix(statement, "func ") {
		head, statement = statement[:i], statement[i+3:]
	} else {
		head, statement = statement, ""
	}
	b.refer(f, refs)
	if s.Folded() {
		head += "  ×" + strconv.Itoa(len(s.Nodes))
	}
	b.wrap(head, "name", 2)
	switch {
	case n.Kind != tracefile.KindParam && n.Kind != tracefile.KindInput:
		b.wrap(statement, "src", boxSource)
		if !s.Folded() && (n.Value != "" || n.Type != "") {
			b.wrap(sign(n)+valueOf(n), "value", boxValue)
		}
	case !s.Folded() && statement != "":
		b.wrap("= "+statement, "value", boxValue)
	}
	if s.Folded() {
		next := 0
		for _, i := range s.Shown {
			if i > next {
				b.wrap("… "+strconv.Itoa(i-next)+" more", "dim", 1)
			}
			next = i + 1
			b.wrap(number(f, s.Nodes[i])+" = "+valueOf(s.Nodes[i]), "value", 1)
		}
		if left := len(s.Nodes) - next; left > 0 {
			b.wrap("… "+strconv.Itoa(left)+" more", "dim", 1)
		}
	}
	var dim []string
	switch {
	case n.Kind == tracefile.KindParam:
		b.wrap("param "+oneLine(n.ID), "dim", 2)
	case n.Kind == tracefile.KindInput:
		dim = append(dim, "input")
	}
	if s.collapsed > 0 {
		dim = append(dim, "collapsed "+strconv.Itoa(s.collapsed))
	}
	if n.Degraded != "" {
		dim = append(dim, "degraded")
	}
	if n.At != "" {
		dim = append(dim, oneLine(n.At))
	}
	b.wrap(strings.Join(dim, "  "), "dim", 2)
	kase := ""
	for _, o := range outs {
		b.feedback(o, kase)
		kase = o.Case
	}
	b.tip = tip(f, s)
	return b
}

func boxClass(n *GraphNode) string {
	switch {
	case n.Kind == tracefile.KindParam:
		return "param"
	case n.Kind == tracefile.KindInput:
		return "input"
	case n.Kind == tracefile.KindException:
		return "exception"
	case !n.Reached:
		return "aside"
	}
	return "op"
}

func sign(n *GraphNode) string {
	if n.Kind == tracefile.KindException {
		return "raises "
	}
	return "= "
}

// number is the part of a label that tells the executions of a row apart.
func number(f *Folded, n *GraphNode) string {
	label := f.Label(n)
	if i := strings.LastIndexByte(label, '#'); i > 0 {
		return label[i:]
	}
	return label
}

// refer names the inputs that are not drawn as lines.
func (b *box) refer(f *Folded, refs []boxEdge) {
	t := &text{f: f}
	for i, r := range refs {
		if i == boxRefs && len(refs) > boxRefs+1 {
			b.wrap("… "+strconv.Itoa(len(refs)-i)+" more", "ref", 1)
			return
		}
		t.buf = t.buf[:0]
		switch r.kind {
		case edgeCarried:
			t.str("↻ ")
		default:
			t.str("↑ ")
		}
		t.row(f.Rows[r.from])
		b.lines = append(b.lines, boxLine{clipColumns(string(t.buf), boxColumns), "ref", r.from + 1})
	}
}

// feedback notes what was said, and in which case unless that stands there.
func (b *box) feedback(o said, kase string) {
	var lines []boxLine
	if o.Case != "" && o.Case != kase {
		lines = appendWrapped(lines, oneLine(o.Case), "notecase", 1)
	}
	texts := strings.Split(o.count()+strings.TrimRight(o.Text, "\r\n"), "\n")
	for i, text := range texts {
		if len(lines) >= boxNote && i < len(texts)-1 {
			lines = append(lines, boxLine{text: "… " + strconv.Itoa(len(texts)-i) + " more lines", class: "note"})
			break
		}
		lines = appendWrapped(lines, strings.TrimRight(oneLine(text), " "), "note", 2)
	}
	b.note = append(b.note, lines...)
}

func (b *box) wrap(s, class string, most int) { b.lines = appendWrapped(b.lines, s, class, most) }

// appendWrapped breaks s into lines, at a space or after an operator where there
// is one; what does not fit into the last one ends in an ellipsis.
func appendWrapped(lines []boxLine, s, class string, most int) []boxLine {
	for n := 1; s != ""; n++ {
		if columns(s) <= boxColumns {
			return append(lines, boxLine{text: s, class: class})
		}
		if n == most {
			return append(lines, boxLine{text: clipColumns(s, boxColumns), class: class})
		}
		end, cut, width := 0, 0, 0
		for i, r := range s {
			width += runeColumns(r)
			if width > boxColumns {
				break
			}
			end = i + utf8.RuneLen(r)
			if width > boxColumns/2 && strings.ContainsRune(" ,;({[+-*/|&", r) {
				cut = end
			}
		}
		if cut == 0 {
			cut = end
		}
		lines = append(lines, boxLine{text: strings.TrimRight(s[:cut], " "), class: class})
		s = strings.TrimLeft(s[cut:], " ")
	}
	return lines
}

// clipColumns shortens s to a number of columns.
func clipColumns(s string, most int) string {
	width := 0
	for i, r := range s {
		width += runeColumns(r)
		if width >= most && columns(s[i:])-runeColumns(r) > 0 {
			return s[:i] + "…"
		}
	}
	return s
}

func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// runeColumns is how wide r is in a fixed-width font.
func runeColumns(r rune) int {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case r >= 0x1100 && (unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) ||
		0x3000 <= r && r <= 0x303f || 0xff00 <= r && r <= 0xff60 || 0x1f300 <= r && r <= 0x1faff):
		return 2
	}
	return 1
}

func (b *box) size() (width, height float64) {
	most := boxMinColumn
	for _, lines := range [][]boxLine{b.lines, b.note} {
		for _, l := range lines {
			if c := columns(l.text); c > most {
				most = c
			}
		}
	}
	return float64(most)*columnWidth + 2*boxPadding, b.noteTop() + b.noteHeight()
}

// noteTop is where the feedback begins.
func (b *box) noteTop() float64 { return float64(len(b.lines))*lineHeight + 2*boxPadding }

func (b *box) noteHeight() float64 {
	if len(b.note) == 0 {
		return 0
	}
	return float64(len(b.note))*lineHeight + 2*boxPadding
}

// tip is what a pointer that rests on a box is told.
func tip(f *Folded, s *Row) string {
	t := &text{f: f}
	var b strings.Builder
	b.Write(t.statement(s))
	if c := t.comment(s); len(c) > 0 {
		b.WriteString("\n")
		b.Write(c)
	}
	if n := s.first(); n.Type != "" {
		b.WriteString("\ntype " + oneLine(n.Type))
	}
	if s.Folded() {
		for _, i := range s.Shown {
			b.WriteString("\n" + f.Label(s.Nodes[i]) + " = " + valueOf(s.Nodes[i]))
		}
	}
	text := b.String()
	if len(text) > boxTip {
		n := boxTip
		for !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n] + "…"
	}
	return text
}
