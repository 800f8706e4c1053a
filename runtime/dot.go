package trace

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/opto-go/trace/runtime/tracefile"
)

// DOT returns g as WriteDOT writes it.
func (g *Graph) DOT() string { return g.Fold(Folding{}).DOT() }

// WriteDOT writes g, folded by default, as [Folded.WriteDOT] does.
func (g *Graph) WriteDOT(w io.Writer) error { return g.Fold(Folding{}).WriteDOT(w) }

// DOT returns f as WriteDOT writes it.
func (f *Folded) DOT() string {
	var b strings.Builder
	f.WriteDOT(&b) // a strings.Builder takes everything
	return b.String()
}

// WriteDOT writes f in the language of Graphviz. Parameters are gold, input
// nodes ellipses, exceptions red octagons; feedback is a note at its output;
// a dashed edge leads from a trainable function to its calls. The inside of a
// call, where it is shown, has a box around it, and a bold edge from what the
// body made to the result. Folded statements have a double border; a dotted edge
// carries a value from one execution to a later one.
func (f *Folded) WriteDOT(w io.Writer) error {
	bw := bufio.NewWriter(w)
	bw.WriteString("digraph trace {\n")
	bw.WriteString("\tnode [shape=box, fontname=\"monospace\"];\n")
	for i, s := range f.Rows {
		fmt.Fprintf(bw, "\tn%d [label=%s%s];\n", i+1, dotLabel(f.box(s)), dotStyle(s))
	}
	f.clusters().write(bw, 0, 1)
	for i, s := range f.Rows {
		for _, from := range f.From(s) {
			style := ""
			switch {
			case from.index >= i:
				style = " [style=dotted, constraint=false]"
			case s.inferred:
				style = " [style=dotted]"
			}
			fmt.Fprintf(bw, "\tn%d -> n%d%s;\n", from.index+1, i+1, style)
		}
		for _, body := range f.Body(s) {
			fmt.Fprintf(bw, "\tn%d -> n%d [style=bold];\n", body.index+1, i+1)
		}
		for _, fn := range f.Fn(s) {
			fmt.Fprintf(bw, "\tn%d -> n%d [style=dashed];\n", fn.index+1, i+1)
		}
	}
	for i, o := range f.feedback() {
		fmt.Fprintf(bw, "\tf%d [label=%s, shape=note, style=filled, fillcolor=\"#dce9f7\"];\n", i+1, dotLabel(noteOf(o)))
		if s := o.row; s != nil {
			fmt.Fprintf(bw, "\tf%d -> n%d [style=dashed, arrowhead=none, color=\"#3b6ea5\"];\n", i+1, s.index+1)
		}
	}
	bw.WriteString("}\n")
	return bw.Flush()
}

// box returns what a drawing says about a row, line by line.
func (f *Folded) box(s *Row) []string {
	t := &text{f: f}
	n := s.first()
	lines := []string{string(t.statement(s))}
	switch {
	case s.Folded():
		lines = append(lines, "×"+strconv.Itoa(len(s.Nodes)))
		next := 0
		for _, i := range s.Shown {
			if i > next {
				lines = append(lines, "…")
			}
			next = i + 1
			lines = append(lines, f.Label(s.Nodes[i])+" = "+valueOf(s.Nodes[i]))
		}
	case n.Kind == tracefile.KindParam:
		lines = append(lines, "param "+n.ID)
	case n.Kind == tracefile.KindException:
		lines = append(lines, "raises "+valueOf(n))
	case n.Kind == tracefile.KindOp && n.Value != "":
		lines = append(lines, "= "+oneLine(n.Value))
	}
	if n.At != "" {
		lines = append(lines, n.At)
	}
	return lines
}

// noteOf returns what a drawing says about feedback, line by line.
func noteOf(o said) []string {
	text := strings.Split(o.count()+strings.TrimRight(o.Text, "\n"), "\n")
	if o.Case != "" {
		text = append([]string{o.Case}, text...)
	}
	return text
}

func dotStyle(s *Row) string {
	n, double := s.first(), ""
	if s.Folded() {
		double = ", peripheries=2"
	}
	switch n.Kind {
	case tracefile.KindParam:
		return `, style="filled,bold", fillcolor="#ffe9a8"` + double
	case tracefile.KindInput:
		return ", shape=ellipse" + double
	case tracefile.KindException:
		return `, shape=octagon, style=filled, fillcolor="#f7d4d4"` + double
	}
	if !n.Reached {
		return `, style=filled, fillcolor="#eeeeee"` + double
	}
	return double
}

// maxDot is the longest line of a label; a drawing is no place for more.
const maxDot = 120

// dotLabel quotes lines as a left-aligned label.
func dotLabel(lines []string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, line := range lines {
		line = oneLine(line)
		if r := []rune(line); len(r) > maxDot {
			line = string(r[:maxDot]) + fmt.Sprintf("… %d more", len(r)-maxDot)
		}
		line = strings.ReplaceAll(line, `\`, `\\`)
		line = strings.ReplaceAll(line, "&", "&amp;") // Graphviz expands entities
		b.WriteString(strings.ReplaceAll(line, `"`, `\"`))
		b.WriteString(`\l`)
	}
	b.WriteByte('"')
	return b.String()
}
