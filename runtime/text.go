package trace

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/opto-go/trace/runtime/tracefile"
)

// Text returns g as WriteText writes it.
func (g *Graph) Text() string { return g.Fold(Folding{}).Text() }

// WriteText writes g, folded by default, as [Folded.WriteText] does.
func (g *Graph) WriteText(w io.Writer) error { return g.Fold(Folding{}).WriteText(w) }

// Text returns f as WriteText writes it.
func (f *Folded) Text() string {
	var b strings.Builder
	f.WriteText(&b) // a strings.Builder takes everything
	return b.String()
}

// WriteText writes f as Go-like statements in execution order, each with its
// value and position behind it, and then the feedback:
//
//	x = -1.0    // param example.com/m.x
//	a = bar(x)  // = 0.5  m/main.go:20:7
//	b = 1.5     // input  m/main.go:21:7
//	y = a + b   // = 2.0  m/main.go:22:7
//	feedback on y: Output should be larger.
//
// A name that stands for several values is numbered: y#1, y#2. "from" lists
// the inputs of a statement whose text does not name them plainly. Everything
// takes one line, line breaks in feedback excepted, which continue behind "|":
// no text value can pose as a statement.
//
// Of the call of a bundle whose inside is shown, "inside" names the value that
// the body made; the statements of the body come before it.
//
// A folded statement stands where it was first executed, with the labels of its
// first and last execution and the number of all. Chosen executions follow on
// lines of their own:
//
//	sum#1…sum#1000 = sum + w  // ×1000  m/main.go:30:3
//	    sum#1 = 3
//	    sum#2 = 10
//	    … 997 more
//	    sum#1000 = 4711
//
// What was said in the same words about several of them stands once:
//
//	feedback on sum#3…sum#7, sum#9: too large
func (f *Folded) WriteText(w io.Writer) error {
	bw := bufio.NewWriter(w)
	t := &text{f: f}
	width := 0
	for _, s := range f.Rows {
		if c := utf8.RuneCount(t.statement(s)); c > width && c <= maxAlign {
			width = c
		}
	}
	for _, s := range f.Rows {
		line := t.statement(s)
		bw.Write(line)
		pad := width - utf8.RuneCount(line)
		if c := t.comment(s); len(c) > 0 {
			for ; pad > 0; pad-- {
				bw.WriteByte(' ')
			}
			bw.WriteString("  // ")
			bw.Write(c)
		}
		bw.WriteByte('\n')
		if s.Folded() {
			t.executions(bw, s)
		}
	}
	for _, s := range f.feedback() {
		bw.WriteString(t.feedback(s))
	}
	if len(f.graph.Outputs) > 0 && !f.graph.Reached() {
		bw.WriteString("// no parameter reaches this feedback\n")
	}
	return bw.Flush()
}

// maxAlign is the longest statement that moves the comments of the others.
const maxAlign = 56

// text writes parts of a folded graph. What it returns is valid until the next
// call.
type text struct {
	f   *Folded
	buf []byte
}

func (t *text) str(s string) { t.buf = append(t.buf, s...) }

func (t *text) label(n *GraphNode) { t.buf = t.f.labels.append(t.buf, n) }

// span writes the labels of the values between first and last.
func (t *text) span(first, last *GraphNode) {
	t.label(first)
	if last != first {
		t.str("…")
		t.label(last)
	}
}

func (t *text) row(s *Row) { t.span(s.first(), s.last()) }

func (t *text) statement(s *Row) []byte {
	t.buf = t.buf[:0]
	n := s.first()
	if n.Kind == tracefile.KindParam && n.Value == "" && strings.HasPrefix(n.Type, "func") {
		// A method is called (*T).M, and declared with a space.
		t.str("func ")
		t.str(strings.Replace(t.f.labels.of(n), ").", ") ", 1))
		t.str(oneLine(n.Type[len("func"):]))
		t.str(" {…}")
		return t.buf
	}
	t.row(s)
	t.str(" = ")
	switch {
	case n.Kind != tracefile.KindParam && n.Kind != tracefile.KindInput:
		t.expression(s)
	case s.Folded():
		t.str("…")
	default:
		t.str(valueOf(n))
	}
	return t.buf
}

func valueOf(n *GraphNode) string {
	switch {
	case n.Value != "":
		return oneLine(n.Value)
	case n.Type != "":
		return oneLine(n.Type) + "(…)"
	}
	return "…"
}

// expression writes the right-hand side of an operator: as the program has it,
// or else made from the operator and the labels of its inputs.
func (t *text) expression(s *Row) {
	n := s.first()
	if n.Src != "" {
		t.str(oneLine(n.Src))
		return
	}
	op := oneLine(n.Op)
	if n.cut {
		t.str(op + "(…)")
		return
	}
	if n.Op != "" && !isWord(n.Op) {
		switch {
		case n.Op == "[]" && len(n.In) == 2:
			t.operand(s, 0)
			t.str("[")
			t.operand(s, 1)
			t.str("]")
			return
		case n.Op == "[:]" && len(n.In) == 3:
			t.operand(s, 0)
			t.str("[")
			t.operand(s, 1)
			t.str(":")
			t.operand(s, 2)
			t.str("]")
			return
		case len(n.In) == 1 && strings.HasPrefix(op, "."):
			t.operand(s, 0)
			t.str(op)
			return
		case len(n.In) == 1 && strings.HasPrefix(op, "["): // a conversion
			t.str(op + "(")
			t.operand(s, 0)
			t.str(")")
			return
		case len(n.In) == 1:
			t.str(op)
			t.operand(s, 0)
			return
		case len(n.In) == 2:
			t.operand(s, 0)
			t.str(" " + op + " ")
			t.operand(s, 1)
			return
		}
	}
	if op == "" {
		op = "…"
	}
	t.str(op)
	t.str("(")
	if s.Folded() {
		for k := range n.In {
			if k > 0 {
				t.str(", ")
			}
			t.operand(s, k)
		}
	} else {
		t.list(n.In)
	}
	t.str(")")
}

// operand writes input k of all executions of a row.
func (t *text) operand(s *Row, k int) {
	first, last := s.first().In[k], s.last()
	if k < len(last.In) {
		t.span(first, last.In[k])
	} else {
		t.label(first)
	}
}

// minRun is the shortest run of executions of one folded statement that is
// written as a span.
const minRun = 4

// list writes the labels of inputs.
func (t *text) list(nodes []*GraphNode) {
	for i := 0; i < len(nodes); {
		if i > 0 {
			t.str(", ")
		}
		end := i + 1
		if s := t.f.Of(nodes[i]); s != nil && s.Folded() {
			for end < len(nodes) && t.f.Of(nodes[end]) == s {
				end++
			}
		}
		if end-i < minRun {
			t.label(nodes[i])
			i++
			continue
		}
		t.span(nodes[i], nodes[end-1])
		i = end
	}
}

// isWord reports whether op is a name rather than an operator sign.
func isWord(op string) bool {
	c := op[0]
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= utf8.RuneSelf || c == '('
}

func (t *text) comment(s *Row) []byte {
	t.buf = t.buf[:0]
	n := s.first()
	part := func(texts ...string) {
		if len(t.buf) > 0 {
			t.str("  ")
		}
		for _, s := range texts {
			t.str(s)
		}
	}
	switch n.Kind {
	case tracefile.KindParam:
		part("param ", oneLine(n.ID))
		if n.Param != nil {
			for _, l := range n.Param.limits() {
				part(l)
			}
		}
	case tracefile.KindInput:
		part("input")
		if n.Src != "" && n.Src != n.Name && n.Src != n.Value {
			t.str(" " + oneLine(n.Src))
		}
	case tracefile.KindException:
		if part("raises"); !s.Folded() {
			t.str(" " + valueOf(n))
		}
	default:
		if s.Folded() {
			break
		}
		if n.Value != "" {
			part("= ", oneLine(n.Value))
		} else if n.Type != "" {
			part(oneLine(n.Type))
		}
	}
	if s.Folded() {
		part("×", strconv.Itoa(len(s.Nodes)))
	}
	if n.Src != "" && !s.plain {
		part("from ")
		t.from(s)
	}
	if s.body {
		part("inside: ")
		t.body(s)
	}
	if s.collapsed > 0 {
		part("collapsed ", strconv.Itoa(s.collapsed))
	}
	if n.Degraded != "" {
		part("degraded: ", oneLine(n.Degraded))
	}
	if s.inferred {
		part("inferred")
	}
	if n.At != "" {
		part(oneLine(n.At))
	}
	return t.buf
}

// body writes what the bodies of the calls made.
func (t *text) body(s *Row) {
	if !s.Folded() {
		t.label(s.first().Body)
		return
	}
	for i, src := range t.f.Body(s) {
		if i > 0 {
			t.str(", ")
		}
		t.row(src)
	}
}

// maxSources is how many statements a folded one is said to come from.
const maxSources = 12

// from writes what a row comes from.
func (t *text) from(s *Row) {
	if !s.Folded() {
		t.list(s.first().In)
		return
	}
	from := t.f.From(s)
	for i, src := range from {
		if i > 0 {
			t.str(", ")
		}
		if i == maxSources {
			t.str("… " + strconv.Itoa(len(from)-i) + " more")
			break
		}
		t.row(src)
	}
}

// executions writes the chosen executions of a folded row.
func (t *text) executions(w *bufio.Writer, s *Row) {
	next := 0
	for _, i := range s.Shown {
		t.skipped(w, i-next)
		next = i + 1
		n := s.Nodes[i]
		t.buf = append(t.buf[:0], "    "...)
		t.label(n)
		t.str(" = ")
		t.str(valueOf(n))
		t.buf = append(bytes.TrimRight(t.buf, " "), '\n')
		w.Write(t.buf)
	}
	t.skipped(w, len(s.Nodes)-next)
}

func (t *text) skipped(w *bufio.Writer, n int) {
	if n > 0 {
		w.WriteString("    … " + strconv.Itoa(n) + " more\n")
	}
}

func (t *text) feedback(o said) string {
	head := "feedback"
	if o.Node != nil {
		head += " on " + o.on(t.f)
	}
	if o.Case != "" {
		head += " in " + oneLine(o.Case)
	}
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(o.Text, "\r\n", "\n"), "\n"), "\n")
	if len(lines) == 1 {
		return head + ": " + oneLine(lines[0]) + "\n"
	}
	var b strings.Builder
	b.WriteString(head + ":\n")
	for _, line := range lines {
		b.WriteString(strings.TrimRight("    | "+oneLine(line), " ") + "\n")
	}
	return b.String()
}
