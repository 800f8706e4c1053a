package trace

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/opto-go/trace/runtime/tracefile"
)

// Text returns g as WriteText writes it.
func (g *Graph) Text() string {
	var b strings.Builder
	g.WriteText(&b) // a strings.Builder takes everything
	return b.String()
}

// WriteText writes g as Go-like statements in execution order, each with its
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
func (g *Graph) WriteText(w io.Writer) error {
	bw := bufio.NewWriter(w)
	labels := newLabels(g)
	statements := make([]string, len(g.Nodes))
	width := 0
	for i, n := range g.Nodes {
		statements[i] = labels.statement(n)
		if c := utf8.RuneCountInString(statements[i]); c > width && c <= maxAlign {
			width = c
		}
	}
	named := make(map[string]*GraphNode) // what a name stands for at this point
	for i, n := range g.Nodes {
		bw.WriteString(statements[i])
		if c := labels.comment(n, named); c != "" {
			for pad := utf8.RuneCountInString(statements[i]); pad < width; pad++ {
				bw.WriteByte(' ')
			}
			bw.WriteString("  // ")
			bw.WriteString(c)
		}
		bw.WriteByte('\n')
		named[labels.base(n)] = n
	}
	for _, o := range g.Outputs {
		bw.WriteString(labels.feedback(o))
	}
	if len(g.Outputs) > 0 && !g.Reached() {
		bw.WriteString("// no parameter reaches this feedback\n")
	}
	return bw.Flush()
}

// maxAlign is the longest statement that moves the comments of the others.
const maxAlign = 56

// labels names the nodes of a graph.
type labels map[*GraphNode]string

func newLabels(g *Graph) labels {
	l := make(labels, len(g.Nodes))
	total := make(map[string]int)
	for _, n := range g.Nodes {
		total[l.base(n)]++
	}
	count := make(map[string]int)
	for _, n := range g.Nodes {
		base := l.base(n)
		count[base]++
		if total[base] > 1 {
			l[n] = base + "#" + strconv.Itoa(count[base])
		} else {
			l[n] = base
		}
	}
	return l
}

// base is the name of a node without the number that tells it from others.
// It never depends on how much was recorded before, so that two runs of the
// same case read alike.
func (labels) base(n *GraphNode) string {
	switch {
	case n.Name != "":
		return oneLine(n.Name)
	case n.ID != "":
		return oneLine(n.ID[strings.LastIndexAny(n.ID, "./")+1:])
	case n.Kind == tracefile.KindException:
		return "exception"
	case n.Op == "join":
		return n.Op
	case n.Op != "":
		return opWord(n) + "_result"
	}
	return "v"
}

func (l labels) of(n *GraphNode) string {
	if n == nil {
		return "_"
	}
	return l[n]
}

func (l labels) list(nodes []*GraphNode) string {
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = l.of(n)
	}
	return strings.Join(names, ", ")
}

func (l labels) statement(n *GraphNode) string {
	name := l.of(n)
	switch n.Kind {
	case tracefile.KindParam:
		if n.Value == "" && strings.HasPrefix(n.Type, "func") {
			// A method is called (*T).M, and declared with a space.
			return "func " + strings.Replace(name, ").", ") ", 1) + oneLine(n.Type[len("func"):]) + " {…}"
		}
		return name + " = " + valueOf(n)
	case tracefile.KindInput:
		return name + " = " + valueOf(n)
	}
	return name + " = " + l.expression(n)
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

// expression is the right-hand side of an operator: as the program has it, or
// else made from the operator and the labels of its inputs.
func (l labels) expression(n *GraphNode) string {
	if n.Src != "" {
		return oneLine(n.Src)
	}
	op := oneLine(n.Op)
	if n.cut {
		return op + "(…)"
	}
	if n.Op != "" && !isWord(n.Op) {
		switch {
		case n.Op == "[]" && len(n.In) == 2:
			return l.of(n.In[0]) + "[" + l.of(n.In[1]) + "]"
		case n.Op == "[:]" && len(n.In) == 3:
			return l.of(n.In[0]) + "[" + l.of(n.In[1]) + ":" + l.of(n.In[2]) + "]"
		case len(n.In) == 1 && op[0] == '.':
			return l.of(n.In[0]) + op
		case len(n.In) == 1 && op[0] == '[': // a conversion
			return op + "(" + l.of(n.In[0]) + ")"
		case len(n.In) == 1:
			return op + l.of(n.In[0])
		case len(n.In) == 2:
			return l.of(n.In[0]) + " " + op + " " + l.of(n.In[1])
		}
	}
	if op == "" {
		op = "…"
	}
	return op + "(" + l.list(n.In) + ")"
}

// isWord reports whether op is a name rather than an operator sign.
func isWord(op string) bool {
	c := op[0]
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= utf8.RuneSelf || c == '('
}

func (l labels) comment(n *GraphNode, named map[string]*GraphNode) string {
	var parts []string
	switch n.Kind {
	case tracefile.KindParam:
		parts = append(parts, "param "+oneLine(n.ID))
		if n.Param != nil {
			parts = append(parts, n.Param.limits()...)
		}
	case tracefile.KindInput:
		s := "input"
		if n.Src != "" && n.Src != n.Name && n.Src != n.Value {
			s += " " + oneLine(n.Src)
		}
		parts = append(parts, s)
	case tracefile.KindException:
		parts = append(parts, "raises "+valueOf(n))
	default:
		if n.Value != "" {
			parts = append(parts, "= "+oneLine(n.Value))
		} else if n.Type != "" {
			parts = append(parts, oneLine(n.Type))
		}
	}
	if n.Src != "" && !l.plain(n, named) {
		parts = append(parts, "from "+l.list(n.In))
	}
	if n.Count > 1 {
		parts = append(parts, "collapsed "+strconv.Itoa(n.Count))
	}
	if n.Degraded != "" {
		parts = append(parts, "degraded: "+oneLine(n.Degraded))
	}
	if n.Inferred {
		parts = append(parts, "inferred")
	}
	if n.At != "" {
		parts = append(parts, oneLine(n.At))
	}
	return strings.Join(parts, "  ")
}

// plain reports whether the source text of n tells its inputs: each is what
// the name in the text stands for here.
func (l labels) plain(n *GraphNode, named map[string]*GraphNode) bool {
	for _, in := range n.In {
		if in == nil {
			continue
		}
		base := l.base(in)
		if named[base] != in || !mentions(n.Src, base) {
			return false
		}
	}
	return true
}

// mentions reports whether name occurs in src between word boundaries.
func mentions(src, name string) bool {
	for from := 0; ; {
		i := strings.Index(src[from:], name)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(src[:i])
		after, _ := utf8.DecodeRuneInString(src[i+len(name):])
		if (i == 0 || !wordRune(before) && before != '.') && (i+len(name) == len(src) || !wordRune(after)) {
			return true
		}
		from = i + 1
	}
}

func wordRune(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r >= utf8.RuneSelf
}

func (l labels) feedback(o Output) string {
	head := "feedback"
	if o.Node != nil {
		head += " on " + l.of(o.Node)
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

// oneLine returns s without anything that could end its line or hide in it:
// line breaks become spaces, with the indentation behind them, and what does
// not print is escaped.
func oneLine(s string) string {
	clean := true
	for _, r := range s {
		if r != ' ' && !strconv.IsPrint(r) || r == utf8.RuneError {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	broken := false
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\n' || r == '\r':
			broken = true
		case r == '\t' || r == ' ':
			if !broken {
				b.WriteByte(' ')
			}
		default:
			if broken {
				b.WriteByte(' ')
				broken = false
			}
			switch {
			case r == utf8.RuneError && size == 1:
				b.WriteString(`\x`)
				b.WriteString(strconv.FormatUint(uint64(s[i]), 16))
			case strconv.IsPrint(r):
				b.WriteRune(r)
			default:
				q := strconv.QuoteRune(r)
				b.WriteString(q[1 : len(q)-1])
			}
		}
		i += size
	}
	return b.String()
}
