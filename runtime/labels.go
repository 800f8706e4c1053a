package trace

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/opto-go/trace/runtime/tracefile"
)

// labels names the nodes of a graph. A name that stands for several values is
// numbered: y#1, y#2. It takes no more than a few bytes a node.
type labels struct {
	nodes []*GraphNode
	index map[*GraphNode]int32 // nil if the nodes know their places

	base  []int32 // by place: index in names; -1: the node is called word0, word1
	num   []int32 // by place: the number behind the name; 0: none
	names []string
}

func newLabels(g *Graph, c *census) *labels {
	l := &labels{nodes: g.Nodes, index: c.index}
	l.base = make([]int32, len(g.Nodes))
	l.num = make([]int32, len(g.Nodes))
	known := make([]int32, c.limit) // by statement: index in names, from 1
	byName := make(map[string]int32)
	var total []int32
	for i, st := range c.statement {
		if c.unnamed && g.Nodes[i].num > 0 {
			l.base[i] = -1
			continue
		}
		if known[st] == 0 {
			name := baseName(g.Nodes[i])
			id, ok := byName[name]
			if !ok {
				id = int32(len(l.names))
				byName[name] = id
				l.names = append(l.names, name)
				total = append(total, 0)
			}
			known[st] = id + 1
		}
		id := known[st] - 1
		l.base[i] = id
		total[id]++
		l.num[i] = total[id]
	}
	for i, id := range l.base {
		if id >= 0 && total[id] == 1 {
			l.num[i] = 0
		}
	}
	return l
}

// place returns the place of n in the graph; -1 if it is not there.
func (l *labels) place(n *GraphNode) int {
	if n == nil {
		return -1
	}
	if l.index == nil {
		if i := int(n.pos); i < len(l.nodes) && l.nodes[i] == n {
			return i
		}
		return -1
	}
	if i, ok := l.index[n]; ok {
		return int(i)
	}
	return -1
}

// baseName is the name of a node without the number that tells it from others.
// It never depends on how much was recorded before, so that two runs of the
// same case read alike.
func baseName(n *GraphNode) string {
	// Either may turn out to be nothing that could be seen.
	if name := oneLine(n.Name); name != "" {
		return name
	}
	if last := oneLine(n.ID[strings.LastIndexAny(n.ID, "./")+1:]); last != "" {
		return last
	}
	switch {
	case n.Kind == tracefile.KindException:
		return "exception"
	case n.Op == "join":
		return n.Op
	case n.Op != "":
		return opWord(n) + "_result"
	}
	return "v"
}

// append adds the label of n to b; untracked values are "_".
func (l *labels) append(b []byte, n *GraphNode) []byte {
	i := l.place(n)
	if i < 0 {
		return append(b, '_')
	}
	if l.base[i] < 0 {
		b = append(b, opWord(n)...)
		return strconv.AppendInt(b, int64(n.num-1), 10)
	}
	b = append(b, l.names[l.base[i]]...)
	if l.num[i] > 0 {
		b = append(b, '#')
		b = strconv.AppendInt(b, int64(l.num[i]), 10)
	}
	return b
}

// of returns the label of n.
func (l *labels) of(n *GraphNode) string { return string(l.append(nil, n)) }

// scope is what names stand for while a program runs.
type scope struct {
	labels *labels
	latest []int32 // by base: place of the last node of that name, from 1
}

func newScope(l *labels) *scope { return &scope{l, make([]int32, len(l.names))} }

// maxNamed is how many operands a reader finds in a source text.
const maxNamed = 32

// plain reports whether the source text of n tells its inputs: each is what
// its name in the text stands for when n runs.
func (s *scope) plain(n *GraphNode) bool {
	if len(n.In) > maxNamed {
		return false
	}
	for _, in := range n.In {
		if in == nil {
			continue
		}
		i := s.labels.place(in)
		if i < 0 || s.labels.base[i] < 0 {
			return false
		}
		base := s.labels.base[i]
		if int(s.latest[base]) != i+1 || !mentions(n.Src, s.labels.names[base]) {
			return false
		}
	}
	return true
}

// ran notes that the node at place i has its value now.
func (s *scope) ran(i int) {
	if base := s.labels.base[i]; base >= 0 {
		s.latest[base] = int32(i + 1)
	}
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
