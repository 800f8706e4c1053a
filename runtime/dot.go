package trace

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/opto-go/trace/runtime/tracefile"
)

// DOT returns g as WriteDOT writes it.
func (g *Graph) DOT() string {
	var b strings.Builder
	g.WriteDOT(&b) // a strings.Builder takes everything
	return b.String()
}

// WriteDOT writes g in the language of Graphviz. Parameters are gold, input
// nodes ellipses, exceptions red octagons; feedback is a note at its output;
// a dashed edge leads from a trainable function to its calls.
func (g *Graph) WriteDOT(w io.Writer) error {
	bw := bufio.NewWriter(w)
	labels := newLabels(g)
	ids := make(map[*GraphNode]int, len(g.Nodes))
	bw.WriteString("digraph trace {\n")
	bw.WriteString("\tnode [shape=box, fontname=\"monospace\"];\n")
	for i, n := range g.Nodes {
		ids[n] = i + 1
		text := []string{labels.statement(n)}
		switch n.Kind {
		case tracefile.KindParam:
			text = append(text, "param "+n.ID)
		case tracefile.KindException:
			text = append(text, "raises "+valueOf(n))
		case tracefile.KindOp:
			if n.Value != "" {
				text = append(text, "= "+oneLine(n.Value))
			}
		}
		if n.At != "" {
			text = append(text, n.At)
		}
		fmt.Fprintf(bw, "\tn%d [label=%s%s];\n", i+1, dotLabel(text), dotStyle(n))
	}
	for i, n := range g.Nodes {
		for _, in := range n.In {
			if in == nil {
				continue
			}
			style := ""
			if n.Inferred {
				style = " [style=dotted]"
			}
			fmt.Fprintf(bw, "\tn%d -> n%d%s;\n", ids[in], i+1, style)
		}
		if n.Fn != nil {
			fmt.Fprintf(bw, "\tn%d -> n%d [style=dashed];\n", ids[n.Fn], i+1)
		}
	}
	for i, o := range g.Outputs {
		text := strings.Split(strings.TrimRight(o.Text, "\n"), "\n")
		if o.Case != "" {
			text = append([]string{o.Case}, text...)
		}
		fmt.Fprintf(bw, "\tf%d [label=%s, shape=note, style=filled, fillcolor=\"#dce9f7\"];\n", i+1, dotLabel(text))
		if o.Node != nil {
			fmt.Fprintf(bw, "\tf%d -> n%d [style=dashed, arrowhead=none, color=\"#3b6ea5\"];\n", i+1, ids[o.Node])
		}
	}
	bw.WriteString("}\n")
	return bw.Flush()
}

func dotStyle(n *GraphNode) string {
	switch n.Kind {
	case tracefile.KindParam:
		return `, style="filled,bold", fillcolor="#ffe9a8"`
	case tracefile.KindInput:
		return ", shape=ellipse"
	case tracefile.KindException:
		return `, shape=octagon, style=filled, fillcolor="#f7d4d4"`
	}
	if !n.Reached {
		return `, style=filled, fillcolor="#eeeeee"`
	}
	return ""
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
