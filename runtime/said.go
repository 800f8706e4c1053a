package trace

import (
	"sort"
	"strconv"
	"strings"
)

// said is feedback in the same words, in the same case, on executions of a
// statement: of a folded one perhaps on several.
type said struct {
	Output
	row  *Row  // nil if Node is
	runs []int // indices of the row's nodes, ascending
}

// feedback returns what was said, in the order in which each was said first.
func (f *Folded) feedback() []said {
	type key struct {
		row         *Row
		kase, words string
	}
	var list []said
	at := make(map[key]int)
	for _, o := range f.graph.Outputs {
		row := f.Of(o.Node)
		if row == nil || !row.Folded() {
			list = append(list, said{Output: o, row: row})
			continue
		}
		k := key{row, o.Case, o.Text}
		i, known := at[k]
		if !known {
			i = len(list)
			at[k] = i
			list = append(list, said{Output: o, row: row})
		}
		list[i].runs = append(list[i].runs, row.find(o.Node))
	}
	for _, s := range list {
		sort.Ints(s.runs)
	}
	return list
}

// find returns the index of n, which is a node of the row. They are in the order of
// their numbers.
func (s *Row) find(n *GraphNode) int {
	return sort.Search(len(s.Nodes), func(i int) bool { return s.Nodes[i].pos >= n.pos })
}

// maxSpans is how many spans of executions feedback names.
const maxSpans = 12

// on names the values that it was said about: y, or y#2…y#5, y#9.
func (s said) on(f *Folded) string {
	if len(s.runs) < 2 {
		return f.Label(s.Node)
	}
	var b strings.Builder
	spans := 0
	for i := 0; i < len(s.runs); {
		end := i
		for end+1 < len(s.runs) && s.runs[end+1] <= s.runs[end]+1 {
			end++
		}
		if spans++; spans > maxSpans {
			b.WriteString(", … " + strconv.Itoa(len(s.runs)-i) + " more")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		first, last := s.row.Nodes[s.runs[i]], s.row.Nodes[s.runs[end]]
		b.WriteString(f.Label(first))
		if last != first {
			b.WriteString("…" + f.Label(last))
		}
		i = end + 1
	}
	return b.String()
}

// count says how many values it was said about if there are several: "12 of 25: ".
func (s said) count() string {
	if len(s.runs) < 2 {
		return ""
	}
	return strconv.Itoa(len(s.runs)) + " of " + strconv.Itoa(len(s.row.Nodes)) + ": "
}
