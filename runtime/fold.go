package trace

import "sort"

// Folding says which statements [Graph.Fold] shows once for all executions.
type Folding struct {
	// Over is the number of executions that are still shown one by one. 0
	// stands for 8, a negative number for any: nothing is folded.
	Over int
}

// defaultOver keeps short loops as they ran.
const defaultOver = 8

// Executions of a folded statement that are shown: the first ones tell how it
// begins and what a round changes, the last one where it leads.
const (
	shownHead = 2
	shownTail = 1
	shownPath = 3 // at most, of those nearest to the feedback
)

// A Folded graph is a graph for readers: a statement that was executed often
// stands once, with its count and a few chosen executions. Loops are the usual
// reason, but a function that was called from many places or by itself counts
// the same: what is folded is the statement, wherever its executions came from.
// Loops within each other fold into one another.
//
// What is shown of each such statement are its first two executions, the last,
// and up to three that are nearest to the feedback. An execution has the same
// label (y#713) folded or not.
//
// A folded graph is made in time and memory linear in the nodes and edges of
// the graph. It shares the nodes, and is safe for concurrent use.
type Folded struct {
	// Rows are in the order of their first execution.
	Rows []*Row

	graph  *Graph
	labels *labels
	row    []int32 // by place in the graph: index in Rows
}

// A Row is a statement of a folded graph with all its executions, or a single
// execution of one that is not folded.
type Row struct {
	Nodes []*GraphNode // in execution order
	// Shown are the chosen executions, as ascending indices of Nodes. It must
	// not be changed.
	Shown []int

	index int
	plain bool // the source text tells the inputs of all of Nodes

	collapsed int  // sum of Count of Nodes that stand for several operators
	inferred  bool // the inputs of some of Nodes are
	body      bool // some of Nodes are results of calls whose inside is shown
}

// Folded reports whether the row stands for all executions of a statement.
func (s *Row) Folded() bool { return len(s.Nodes) > 1 }

// Index returns the place of s in its graph's Rows.
func (s *Row) Index() int { return s.index }

// first is the node that a row is described by.
func (s *Row) first() *GraphNode { return s.Nodes[0] }

func (s *Row) last() *GraphNode { return s.Nodes[len(s.Nodes)-1] }

// Of returns the row that n is an execution of; nil if n is not in the graph.
func (f *Folded) Of(n *GraphNode) *Row {
	if i := f.labels.place(n); i >= 0 {
		return f.Rows[f.row[i]]
	}
	return nil
}

// Label returns the name that n has in the text of the graph.
func (f *Folded) Label(n *GraphNode) string { return f.labels.of(n) }

// Graph returns the graph that was folded.
func (f *Folded) Graph() *Graph { return f.graph }

// shape tells statements apart that have no position to do so: those of the
// explicit API. Operators are the same statement if their inputs are.
type shape struct {
	statement *Statement
	args      int
	in        [4]*Statement
}

func shapeOf(n *GraphNode) shape {
	s := shape{statement: n.Statement, args: len(n.In)}
	for i, in := range n.In {
		if i == len(s.in) {
			break
		}
		if in != nil {
			s.in[i] = in.Statement
		}
	}
	return s
}

// kinds numbers what is folded together: by place of the node, and how many
// nodes each number has.
func (g *Graph) kinds(c *census) (kind, count []int32) {
	kind = c.statement
	count = make([]int32, c.limit)
	if c.placeless {
		kind = append([]int32(nil), kind...)
		shapes := make(map[shape]int32)
		for i, n := range g.Nodes {
			if n.At != "" {
				continue
			}
			s := shapeOf(n)
			id, ok := shapes[s]
			if !ok {
				id = int32(len(count))
				shapes[s] = id
				count = append(count, 0)
			}
			kind[i] = id
		}
	}
	for _, id := range kind {
		count[id]++
	}
	return kind, count
}

// Fold returns g for readers.
func (g *Graph) Fold(opt Folding) *Folded {
	if opt.Over == 0 {
		opt.Over = defaultOver
	}
	c := newCensus(g)
	f := &Folded{graph: g, labels: newLabels(g, c)}
	f.group(opt.Over, c)
	f.choose()
	f.read()
	return f
}

// theOnly is what is shown of a single execution.
var theOnly = []int{0}

// group makes the rows.
func (f *Folded) group(over int, c *census) {
	nodes := f.graph.Nodes
	f.row = make([]int32, len(nodes))
	if over < 0 {
		over = len(nodes)
	}
	kinds, count := f.graph.kinds(c)
	rowOf := make([]int32, len(count)) // by kind: index of its row, from 1
	rows := 0
	for _, c := range count {
		if int(c) > over {
			rows++
		} else {
			rows += int(c)
		}
	}
	f.Rows = make([]*Row, 0, rows)
	all := make([]Row, rows)
	room := make([]*GraphNode, len(nodes))
	for i, n := range nodes {
		id := kinds[i]
		if k := rowOf[id]; k > 0 {
			s := f.Rows[k-1]
			s.Nodes = append(s.Nodes, n)
			f.row[i] = k - 1
			continue
		}
		s := &all[len(f.Rows)]
		s.index, s.plain = len(f.Rows), true
		size := 1
		if int(count[id]) > over {
			size = int(count[id])
			rowOf[id] = int32(len(f.Rows) + 1)
		}
		s.Nodes, room = room[:1:size], room[size:]
		s.Nodes[0] = n
		f.row[i] = int32(len(f.Rows))
		f.Rows = append(f.Rows, s)
	}
	for _, i := range c.special {
		n, s := nodes[i], f.Rows[f.row[i]]
		if n.Count > 1 {
			s.collapsed += n.Count
		}
		s.inferred = s.inferred || n.Inferred
		s.body = s.body || n.Body != nil
	}
}

// From returns the rows that s has direct inputs from, each once, in the
// order in which they are met. One that is s or comes after s carries values
// from an execution to a later one.
func (f *Folded) From(s *Row) []*Row {
	return f.sources(s, func(n *GraphNode) []*GraphNode { return n.In })
}

// Fn returns the trainable functions that s calls.
func (f *Folded) Fn(s *Row) []*Row {
	var fn [1]*GraphNode
	return f.sources(s, func(n *GraphNode) []*GraphNode { fn[0] = n.Fn; return fn[:] })
}

// Body returns the rows that the body of a bundle made the results s of, where
// the graph shows the inside of the calls.
func (f *Folded) Body(s *Row) []*Row {
	var body [1]*GraphNode
	return f.sources(s, func(n *GraphNode) []*GraphNode { body[0] = n.Body; return body[:] })
}

func (f *Folded) sources(s *Row, of func(*GraphNode) []*GraphNode) []*Row {
	var list []*Row
	seen := make(map[*Row]bool)
	for _, n := range s.Nodes {
		for _, in := range of(n) {
			if from := f.Of(in); from != nil && !seen[from] {
				seen[from] = true
				list = append(list, from)
			}
		}
	}
	return list
}

// choose picks the executions that are shown: from the outputs backwards, the
// nearest first, until every folded row has enough of them.
func (f *Folded) choose() {
	folded := 0
	for _, s := range f.Rows {
		if s.Folded() {
			folded++
		} else {
			s.Shown = theOnly
		}
	}
	if folded == 0 {
		return
	}
	path := make([][]int32, len(f.Rows)) // by row: places of chosen nodes
	left := folded * shownPath
	met := make([]bool, len(f.graph.Nodes))
	var queue []int32
	visit := func(n *GraphNode) {
		i := f.labels.place(n)
		if i < 0 || met[i] {
			return
		}
		met[i] = true
		queue = append(queue, int32(i))
		if s := f.Rows[f.row[i]]; s.Folded() && len(path[s.index]) < shownPath {
			path[s.index] = append(path[s.index], int32(i))
			left--
		}
	}
	for _, o := range f.graph.Outputs {
		visit(o.Node)
	}
	for i := 0; i < len(queue) && left > 0; i++ {
		n := f.graph.Nodes[queue[i]]
		for _, in := range n.In {
			visit(in)
		}
		visit(n.Body)
	}
	for _, s := range f.Rows {
		if s.Folded() {
			s.Shown = f.shown(s, path[s.index])
		}
	}
}

// shown returns the indices of the executions of s that are shown; path are
// the places of those near the feedback.
func (f *Folded) shown(s *Row, path []int32) []int {
	chosen := make(map[int]bool)
	for i := 0; i < shownHead; i++ {
		chosen[i] = true
	}
	for i := 0; i < shownTail; i++ {
		chosen[len(s.Nodes)-1-i] = true
	}
	for _, place := range path {
		// The executions of a row are in the order of their places.
		i := sort.Search(len(s.Nodes), func(i int) bool { return f.labels.place(s.Nodes[i]) >= int(place) })
		chosen[i] = true
	}
	list := make([]int, 0, len(chosen))
	for i := range chosen {
		if i >= 0 && i < len(s.Nodes) {
			list = append(list, i)
		}
	}
	sort.Ints(list)
	return list
}

// read finds out whether the source text of each row tells its inputs.
func (f *Folded) read() {
	sc := newScope(f.labels)
	for i, row := range f.row {
		if s := f.Rows[row]; s.plain {
			n := f.graph.Nodes[i]
			s.plain = n.Src == "" || sc.plain(n)
		}
		sc.ran(i)
	}
}
