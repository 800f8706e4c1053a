package trace

// A census is what one look at all nodes of a graph finds out. The nodes are
// the most of its memory, so it pays to go through them once.
type census struct {
	statement []int32 // by place: number of the statement
	limit     int32   // all those numbers are lower
	special   []int32 // places of nodes that are inferred or collapsed, or have a body
	unnamed   bool    // there are nodes that the explicit API numbered
	placeless bool    // there are statements without a position

	index map[*GraphNode]int32 // nil if the nodes know their places
}

func newCensus(g *Graph) *census {
	c := &census{statement: make([]int32, len(g.Nodes)), limit: g.statements + 1}
	byHand := false
	for i, n := range g.Nodes {
		byHand = byHand || int(n.pos) != i || n.id <= 0 || n.id >= c.limit
		c.statement[i] = n.id
		if n.Count > 1 || n.Inferred || n.Body != nil {
			c.special = append(c.special, int32(i))
		}
		c.unnamed = c.unnamed || n.num > 0
		c.placeless = c.placeless || n.At == ""
	}
	if byHand {
		c.byHand(g)
	}
	return c
}

// byHand numbers what the nodes do not know themselves, because somebody made
// them without a recording.
func (c *census) byHand(g *Graph) {
	c.index = make(map[*GraphNode]int32, len(g.Nodes))
	known := make(map[*Statement]int32)
	for i, n := range g.Nodes {
		c.index[n] = int32(i)
		id, ok := known[n.Statement]
		if !ok {
			id = int32(len(known))
			known[n.Statement] = id
		}
		c.statement[i] = id
	}
	c.limit = int32(len(known))
}
