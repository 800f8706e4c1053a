package trace

import (
	"bufio"
	"fmt"
	"sort"
	"strings"
)

// clusters are the calls whose inside a drawing shows as a box of its own.
type clusters struct {
	result map[int32]*Row    // by call: the row of its result
	rows   map[int32][]*Row  // by call: what lies inside
	calls  map[int32][]int32 // by call: the calls inside; 0: the outermost
}

// clusters finds the calls whose inside is shown. Folded statements that ran
// in several calls lie in none.
func (f *Folded) clusters() *clusters {
	c := &clusters{result: make(map[int32]*Row), rows: make(map[int32][]*Row), calls: make(map[int32][]int32)}
	for _, s := range f.Rows {
		if n := s.first(); s.body && !s.Folded() && n.Body != nil && c.result[n.Call] == nil {
			c.result[n.Call] = s
		}
	}
	for _, s := range f.Rows {
		if id := s.first().Within; c.result[id] != nil && s.within(id) {
			c.rows[id] = append(c.rows[id], s)
		}
	}
	for id, s := range c.result {
		around := s.first().Within
		if c.result[around] == nil {
			around = 0
		}
		c.calls[around] = append(c.calls[around], id)
	}
	for _, ids := range c.calls {
		sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	}
	return c
}

func (s *Row) within(id int32) bool {
	for _, n := range s.Nodes {
		if n.Within != id {
			return false
		}
	}
	return true
}

// write writes the calls inside of a call.
func (c *clusters) write(w *bufio.Writer, around int32, depth int) {
	indent := strings.Repeat("\t", depth)
	for _, id := range c.calls[around] {
		fmt.Fprintf(w, "%ssubgraph cluster_%d {\n%s\tlabel=%s;\n", indent, id, indent, dotLabel([]string{valueOr(c.result[id].first().Src, c.result[id].first().Op)}))
		for _, s := range c.rows[id] {
			fmt.Fprintf(w, "%s\tn%d;\n", indent, s.index+1)
		}
		c.write(w, id, depth+1)
		fmt.Fprintf(w, "%s}\n", indent)
	}
}

func valueOr(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
