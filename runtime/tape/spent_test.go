package tape

import (
	"strings"
	"sync"
	"testing"

	trace "github.com/opto-go/trace/runtime"
)

// spendAfter sets the node budget for a test.
func spendAfter(t *testing.T, nodes int) {
	old := maxNodes
	maxNodes = nodes
	t.Cleanup(func() { maxNodes = old })
}

// TestBudget records more than a case may: what comes later may come from
// anything before, and from parameters that were not used before.
func TestBudget(t *testing.T) {
	spendAfter(t, 10)
	old := declared
	t.Cleanup(func() { declared = old })
	declared = parameters{}
	Sites(make([]Site, 3), "f.go:1:1\tx\t=\tint\tip.x\n2:1\ty\n3:1\ta\t=\t\tip.a")
	Bundles([]Bundle{{Name: "b"}, {Name: "f", ID: "p.f"}})

	top, read := recording(t)
	c := the.start(top, "case")
	par := 0
	Var(c, new(Ref), &Site{ID: "p.a", Name: "a", Src: "a"}, &par)
	a, b := input(top, "outside"), input(c, "inside")
	early := Rec(c, site("early"), 1, b)
	var r Ref
	x := 0
	for i := 0; i < 100; i++ {
		r = Rec(c, site("r"), i, a)
		St(c, &x, r, 0)
	}
	if !c.Spent() || top.Spent() {
		t.Errorf("spent: case %v, program %v", c.Spent(), top.Spent())
	}
	if l := loaded(c, &x, 0); l != r {
		t.Errorf("loaded node %d, want %d: anything may have been stored", l, r)
	}
	c.end("pass")
	free := the.start(top, "other")
	if r := Rec(free, site("free"), 1, a); r == 0 || free.Spent() {
		t.Error("another case is spent, too")
	}
	free.end("pass")
	rec := read()
	nodes := map[int]string{}
	for _, n := range rec.Programs[0].Nodes {
		nodes[n.N] = n.Name + n.Src
	}
	if len(nodes) != 2+10+1+2+1 { // in the program, the case, another, unused parameters, the last
		t.Errorf("%d nodes: %v", len(nodes), nodes)
	}
	if got, want := from(t, rec, r), "a f inside outside x"; got != want {
		t.Errorf("what came later comes from %q, want %q", got, want)
	}
	if got := from(t, rec, early); got != "inside" {
		t.Errorf("what came before comes from %q", got)
	}
	for _, c := range rec.Programs[0].Cases {
		if want := c.Name == "case"; c.Spent != want {
			t.Errorf("%q is spent: %v", c.Name, c.Spent)
		}
	}
}

// TestLongValues spends a case with few nodes of long values, and with fewer of
// values that have to be looked into.
func TestLongValues(t *testing.T) {
	spendAfter(t, 100*numbersAtOnce)
	count := func(in func(t *Tape)) (n int) {
		top, _ := recording(t)
		for ; !top.Spent(); n++ {
			in(top)
			if n > 10*numbersAtOnce {
				t.Fatal("not spent")
			}
		}
		return n
	}
	s, text := site("text"), strings.Repeat("x", 20*textNode)
	long := count(func(t *Tape) { In(t, s, text) })
	if long > 6*numbersAtOnce {
		t.Errorf("%d nodes of 20 times %d bytes are less than %d nodes", long, textNode, maxNodes)
	}
	deep := &Site{Src: "list", Deep: true}
	list := make([]string, 20)
	for i := range list {
		list[i] = text[:textNode-len(`"", `)]
	}
	if shown := count(func(t *Tape) { In(t, deep, list) }); shown > long/2 {
		t.Errorf("%d nodes of lists that are as long, %d of strings", shown, long)
	}
}

// TestManyLooks spends a case that records nothing but looks into memory without
// end.
func TestManyLooks(t *testing.T) {
	spendAfter(t, 100)
	top, read := recording(t)
	c := the.start(top, "case")
	b := input(c, "inside")
	x := 0
	St(c, &x, b, 0)
	n := 0
	for ; !c.Spent(); n++ {
		if r := loaded(c, &x, 0); r != b && !c.Spent() {
			t.Fatalf("loaded node %d, want %d", r, b)
		}
		if n > 100*lookNode {
			t.Fatal("not spent")
		}
	}
	if n < 99*lookNode {
		t.Errorf("spent after %d steps", n)
	}
	last := loaded(c, &x, 0)
	c.end("pass")
	// A goroutine that goes on is not kept from it, nor kept waiting.
	c.look(200 * lookNode)
	rec := read()
	if got := from(t, rec, last); got != "inside" {
		t.Errorf("what came later comes from %q", got)
	}
	for _, c := range rec.Programs[0].Cases {
		if want := c.Name == "case"; c.Spent != want {
			t.Errorf("%q is spent: %v", c.Name, c.Spent)
		}
	}
}

// TestLateLooks lets a goroutine of a case that has ended look on.
func TestLateLooks(t *testing.T) {
	spendAfter(t, 100)
	top, _ := recording(t)
	c := the.start(top, "case")
	b := input(c, "inside")
	x := 0
	St(c, &x, b, 0)
	c.end("pass")
	for i := 0; i < 300*lookNode; i++ {
		loaded(c, &x, 0)
	}
	if c.Spent() {
		t.Error("a case was spent after its end")
	}
}

// TestSpentTogether spends a case that several goroutines record in: no value
// loses where it came from, and nodes come after their inputs.
func TestSpentTogether(t *testing.T) {
	spendAfter(t, 5000)
	top, read := recording(t)
	var todo sync.WaitGroup
	ends := make([]Ref, 4)
	for g := range ends {
		in := input(top, string(rune('a'+g)))
		todo.Add(1)
		go func() {
			defer todo.Done()
			ends[g] = in
			for i := 0; i < 4000; i++ {
				ends[g] = Rec(top, site("r"), i, ends[g])
			}
		}()
	}
	todo.Wait()
	rec := read() // checks the order
	for g, r := range ends {
		if got, want := from(t, rec, r), string(rune('a'+g)); !strings.Contains(got, want) {
			t.Errorf("node %d comes from %q, want %q among it", r.num(), got, want)
		}
	}
}

// TestManyEnds spends a case with more loose ends than a record has inputs.
func TestManyEnds(t *testing.T) {
	spendAfter(t, 3*maxIn)
	top, read := recording(t)
	for i := 0; i < 3*maxIn; i++ {
		input(top, "x")
	}
	last := input(top, "last")
	all := map[*trace.GraphNode]bool{}
	var reach func(n *trace.GraphNode)
	reach = func(n *trace.GraphNode) {
		all[n] = true
		for _, i := range n.In {
			reach(i)
		}
	}
	for _, n := range read().Programs[0].Nodes {
		if n.N == last.num() {
			reach(n)
		}
	}
	if len(all) != 3*maxIn+4 {
		t.Errorf("%d nodes lead to the end, want all %d and four that stand for them", len(all), 3*maxIn)
	}
}

// TestCellBudget has more cells than are kept: what memory holds may come from
// more than it does, but not from less.
func TestCellBudget(t *testing.T) {
	defer func(n int) { maxCells = n }(maxCells)
	maxCells = 10
	top, read := recording(t)
	c := the.start(top, "case")
	sub := the.start(c, "case/sub")
	names := []string{"a", "b", "c", "d", "e"}
	var in []Ref
	for _, n := range names {
		in = append(in, input(c, n))
	}
	var xs [64]int
	m := map[int]int{}
	want := map[Ref]string{}
	for i := range xs {
		St(c, &xs[i], in[i%3], 0)
	}
	want[loaded(c, &xs[5], 0)] = "c"
	want[loaded(c, &xs[6], in[3])] = "d"
	m[1] = 1
	M(m).St(c, 1, in[4], 0, 0)
	var r Ref
	M(m).At(c, &r, site("m[1]"), nil, nil, 1)
	want[r] = "e"
	want[loaded(sub, &xs[0], 0)] = "a"
	free := the.start(top, "other")
	if r := loaded(free, &xs[0], 0); r != 0 {
		t.Errorf("another case lost its cells, too: node %d", r)
	}
	for _, t := range []*Tape{free, sub, c} {
		t.end("pass")
	}
	rec := read()
	for r, name := range want {
		if got := from(t, rec, r); !strings.Contains(got, name) {
			t.Errorf("node %d comes from %q, want %q among it", r.num(), got, name)
		}
	}
}
