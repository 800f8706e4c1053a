package optoprime

import (
	"fmt"
	"strings"

	"github.com/opto-go/trace/optimizer"
	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

// A statement is a line of the program together with all nodes, of all cases
// and rounds, that it made. Its name means the same thing in the whole prompt.
type statement struct {
	name  string
	kind  string // of its nodes
	first *trace.GraphNode
	ran   map[int]bool // by index of the case
	// Operands that the first node does not have: a loop's later rounds take
	// some from the round before.
	later []*statement
	known map[*statement]bool // operands of the first node, and later
}

// site is what makes nodes instances of one statement.
type site struct {
	kind, at, src, op, name, id string

	nth int // among the nodes of a case that have no position to tell them apart
}

func siteOf(n *trace.GraphNode) site {
	if n.Kind == tracefile.KindParam {
		return site{kind: n.Kind, id: n.ID}
	}
	return site{kind: n.Kind, at: n.At, src: n.Src, op: n.Op, name: n.Name}
}

// listing holds the statements of all cases, merged into one order.
type listing struct {
	order []*statement
	at    map[site]*statement
	node  map[*trace.GraphNode]*statement
	taken map[string]bool
	graph int // how many cases have a graph
}

// newListing merges the graphs of the cases. Statements that a later case adds
// stand behind the one that they followed there, so that twenty sub-tests that
// run the same lines make one listing; those of a case that shares none come
// last.
func newListing(params []optimizer.Param, cases []optimizer.Case) *listing {
	l := &listing{at: make(map[site]*statement), node: make(map[*trace.GraphNode]*statement), taken: make(map[string]bool)}
	for _, p := range params {
		l.taken[p.Name] = true
		l.at[site{kind: tracefile.KindParam, id: p.ID}] = &statement{name: p.Name, kind: tracefile.KindParam, ran: map[int]bool{}}
	}
	for i, c := range cases {
		if c.Graph == nil {
			continue
		}
		l.graph++
		l.merge(i, c.Graph)
	}
	return l
}

func (l *listing) merge(index int, g *trace.Graph) {
	rank := make(map[*statement]int, len(l.order))
	for i, s := range l.order {
		rank[s] = i
	}
	var fresh []*statement
	after := make(map[*statement]int) // rank of the known statement before it
	last := -1
	count := make(map[site]int)
	for _, n := range g.Nodes {
		where := siteOf(n)
		if n.At == "" && n.Kind != tracefile.KindParam {
			count[where]++
			where.nth = count[siteOf(n)]
		}
		s := l.at[where]
		if s == nil {
			s = &statement{name: l.unique(baseName(n)), kind: n.Kind, first: n, ran: make(map[int]bool)}
			l.at[where] = s
			fresh = append(fresh, s)
			after[s] = last
		} else if r, ok := rank[s]; ok && r > last {
			last = r
		}
		if s.first == nil {
			s.first = n
		}
		s.ran[index] = true
		l.node[n] = s
		if n != s.first {
			l.addLater(s, n)
		}
	}
	if len(fresh) == 0 {
		return
	}
	if last < 0 {
		// Nothing ties the case to the ones before: it ran after them.
		for _, s := range fresh {
			after[s] = len(l.order) - 1
		}
	}
	merged := make([]*statement, 0, len(l.order)+len(fresh))
	next := 0
	add := func(rank int) {
		for ; next < len(fresh) && after[fresh[next]] <= rank; next++ {
			merged = append(merged, fresh[next])
		}
	}
	add(-1)
	for i, s := range l.order {
		merged = append(merged, s)
		add(i)
	}
	l.order = merged
}

func (l *listing) addLater(s *statement, n *trace.GraphNode) {
	const most = 8
	if s.known == nil {
		s.known = make(map[*statement]bool)
		for _, in := range s.first.In {
			s.known[l.of(in)] = true
		}
	}
	for _, in := range n.In {
		if t := l.of(in); t != nil && !s.known[t] && len(s.later) < most {
			s.known[t] = true
			s.later = append(s.later, t)
		}
	}
}

// unique numbers a base name that is taken.
func (l *listing) unique(base string) string {
	name := base
	for i := 2; l.taken[name]; i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	l.taken[name] = true
	return name
}

// baseName is the variable that holds the value, or a name made of the callee.
func baseName(n *trace.GraphNode) string {
	if name := plainName(n.Name); name != "" {
		return name
	}
	if n.Kind == tracefile.KindException {
		return "err"
	}
	callee := n.Op
	if i := strings.LastIndexByte(callee, '.'); i >= 0 {
		callee = callee[i+1:]
	}
	if callee = plainName(callee); callee != "" {
		// Not the callee's own name: "trim = trim(s)" reads badly.
		return strings.ToLower(callee[:1]) + callee[1:] + "_result"
	}
	if name := plainName(n.Src); name != "" && n.Kind == tracefile.KindInput {
		return name
	}
	return "v"
}

// plainName returns name if it reads as a variable, field or element.
func plainName(name string) string {
	if name == "" || name == "_" || len(name) > 40 {
		return ""
	}
	for i, r := range name {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789.[]", r)) {
			return ""
		}
	}
	return name
}

// of returns the statement that made n.
func (l *listing) of(n *trace.GraphNode) *statement {
	if n == nil {
		return nil
	}
	return l.node[n]
}

// code renders the listing; it says which cases ran a statement where not all
// of them did.
func (l *listing) code(cases []optimizer.Case) []string {
	var lines []string
	who := ""
	for _, s := range l.order {
		if !s.isCode() {
			continue
		}
		now := l.whoRan(s, cases)
		if now != who {
			if now == "" {
				lines = append(lines, "// in all cases")
			} else {
				lines = append(lines, "// in "+now)
			}
			who = now
		}
		lines = append(lines, l.line(s))
	}
	return lines
}

func (s *statement) isCode() bool {
	return (s.kind == tracefile.KindOp || s.kind == tracefile.KindException) && s.first.Op != "join"
}

// whoRan is empty if all did. All cases of a top-level test go under its name.
func (l *listing) whoRan(s *statement, cases []optimizer.Case) string {
	if len(s.ran) == l.graph {
		return ""
	}
	all, ran := make(map[string]int), make(map[string]int)
	for i, c := range cases {
		if c.Graph != nil {
			all[topLevel(c)]++
		}
		if s.ran[i] {
			ran[topLevel(c)]++
		}
	}
	var list []string
	done := make(map[string]bool)
	for i, c := range cases {
		top := topLevel(c)
		switch {
		case !s.ran[i] || done[top]:
		case all[top] > 1 && ran[top] == all[top]:
			done[top] = true
			list = append(list, "all of "+oneLine(top, 80))
		default:
			list = append(list, oneLine(c.Name, 80))
		}
	}
	return names(list, 4)
}

func topLevel(c optimizer.Case) string {
	top, _, _ := strings.Cut(c.Name, "/")
	return top
}
