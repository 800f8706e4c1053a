package gen_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

// An expectation is the name of an observation: "label: a b +k | c ? d".
// a, b are exactly the //trace:node declarations that the value depends on;
// +k demands that k, which is none, was recorded as an input, too. What comes
// after | is recorded although the value does not depend on it; what comes
// after ? is missing although it does. Both are known limits, and a limit that
// is gone is an error here: the test is to follow.
type expectation struct {
	exact, implicit, extra, missing []string
}

func parseExpectation(name string) expectation {
	var e expectation
	_, spec, _ := strings.Cut(name, ":")
	to := &e.exact
	for _, f := range strings.Fields(spec) {
		switch {
		case f == "|":
			to = &e.extra
		case f == "?":
			to = &e.missing
		case f[0] == '+':
			e.implicit = append(e.implicit, f[1:])
		default:
			*to = append(*to, f)
		}
	}
	return e
}

// edgeChecker compares what a program recorded with what its observations ask
// for.
type edgeChecker struct {
	nodes    map[string]bool // declared nodes
	followed map[string]bool // functions whose calls are no opaque nodes
	tally    map[string]int
}

func (c *edgeChecker) check(t *testing.T, traces, stdout string) {
	t.Helper()
	rec := readTraces(t, traces)
	seen := map[string]int{}
	for _, p := range rec.Programs {
		for _, n := range p.Full().Nodes {
			if n.Op == "obs.T" || n.Op == "T" {
				seen[observation(n)]++
				c.observe(t, n)
			}
		}
	}
	// Every observation that ran was recorded.
	ran := map[string]int{}
	for _, l := range strings.Split(stdout, "\n") {
		if name, _, ok := strings.Cut(l, " = "); ok && strings.Contains(name, ":") {
			ran[name]++
		}
	}
	if diff := cmp.Diff(ran, seen); diff != "" {
		t.Errorf("observations (-ran +recorded):\n%s", diff)
	}
}

func (c *edgeChecker) observe(t *testing.T, n *trace.GraphNode) {
	t.Helper()
	name, v := observation(n), n.In[1]
	found, implicit := leaves(v, c.nodes)
	e := parseExpectation(name)
	want := sorted(append(append([]string{}, e.exact...), e.extra...))
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("observe(%q): leaves %q, want %q", name, found, want)
		t.Log(describe(v, "", map[*trace.GraphNode]bool{}))
	}
	for _, k := range e.implicit {
		if i := sort.SearchStrings(implicit, k); i == len(implicit) || implicit[i] != k {
			t.Errorf("observe(%q): inputs %q, want %q among them", name, implicit, k)
		}
	}
	// More than the true dependences may come only from a node that is
	// coarser than the program.
	for _, extra := range e.extra {
		if !slices.Contains(c.blurred(v), extra) {
			t.Errorf("observe(%q): no opaque or degraded node leads to %s", name, extra)
			t.Log(describe(v, "", map[*trace.GraphNode]bool{}))
		}
	}
	switch {
	case len(e.missing) > 0:
		c.tally["missing"]++
	case len(e.extra) > 0:
		c.tally["superset"]++
	default:
		c.tally["exact"]++
	}
	if *edgeLog {
		t.Logf("%s\n%s", name, describe(v, "", map[*trace.GraphNode]bool{}))
	}
}

// blurred lists the declared nodes that n comes from by way of a bundle, or of
// an opaque or degraded node.
func (c *edgeChecker) blurred(n *trace.GraphNode) []string {
	var names []string
	seen := map[*trace.GraphNode]bool{}
	var visit func(n *trace.GraphNode)
	visit = func(n *trace.GraphNode) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		if n.Degraded != "" || n.Op != "" || c.opaque(n.Src) {
			found, _ := leaves(n, c.nodes)
			names = append(names, found...)
		}
		for _, in := range n.In {
			visit(in)
		}
	}
	visit(n)
	return names
}

// opaque reports whether an expression calls what is not followed.
func (c *edgeChecker) opaque(src string) bool {
	e, err := parser.ParseExpr(src)
	if err != nil {
		return false
	}
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch f := ast.Unparen(call.Fun).(type) {
		case *ast.Ident:
			if types.Universe.Lookup(f.Name) != nil { // a builtin or a conversion
				return true
			}
			found = found || ast.Node(call) == ast.Unparen(e) // a followed call is no node itself
			found = found || !c.followed[f.Name]
		case *ast.SelectorExpr:
			found = found || ast.Node(call) == ast.Unparen(e) || !c.followed[f.Sel.Name]
		}
		return !found
	})
	return found
}

// observation is the name that the call n was given.
func observation(n *trace.GraphNode) string {
	src := n.Src
	if n.In[0] != nil {
		src = n.In[0].Value
	}
	i := strings.IndexByte(src, '"')
	if q, err := strconv.QuotedPrefix(src[max(i, 0):]); err == nil {
		s, _ := strconv.Unquote(q)
		return s
	}
	return src
}

// leaves lists what n came from: the declared nodes, and the values that
// entered the graph as operands.
func leaves(n *trace.GraphNode, nodes map[string]bool) (declared, implicit []string) {
	seen := map[*trace.GraphNode]bool{}
	var visit func(n *trace.GraphNode)
	d, im := map[string]bool{}, map[string]bool{}
	visit = func(n *trace.GraphNode) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		if n.Kind == tracefile.KindInput || n.Kind == tracefile.KindParam {
			name := n.Name[strings.LastIndexByte(n.Name, '.')+1:]
			if nodes[name] {
				d[name] = true
			} else {
				im[n.Name] = true
			}
		}
		if n.Call != 0 { // followed inside: what the body made of it is exact
			visit(n.Body)
			return
		}
		for _, in := range n.In {
			visit(in)
		}
	}
	visit(n)
	return keys(d), keys(im)
}

func describe(n *trace.GraphNode, indent string, seen map[*trace.GraphNode]bool) string {
	if n == nil {
		return indent + "untracked\n"
	}
	s := fmt.Sprintf("%s%d %s %s %s %q = %s", indent, n.N, n.At, n.Kind, n.Name, n.Src, n.Value)
	if n.Degraded != "" {
		s += " (" + n.Degraded + ")"
	}
	if seen[n] {
		return s + " …\n"
	}
	seen[n] = true
	s += "\n"
	in := n.In
	if n.Call != 0 {
		in = []*trace.GraphNode{n.Body}
	}
	for _, in := range in {
		s += describe(in, indent+"  ", seen)
	}
	return s
}
