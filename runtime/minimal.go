package trace

// The one algorithm behind every graph: from the outputs back to what they
// came from, then forward from the parameters. Each node and each edge is
// looked at a constant number of times, in the order in which they lie in
// memory.

// edges is a recorded computation as the algorithm sees it. Its nodes are
// numbered in execution order, from 0.
type edges struct {
	start []int32 // by node: place of its first input in in; one more at the end
	in    []int32 // inputs, each lower than its node; untracked ones left out
	param []bool  // by node
}

func newEdges(nodes, inputs int) *edges {
	e := &edges{start: make([]int32, 1, nodes+1), in: make([]int32, 0, inputs), param: make([]bool, nodes)}
	return e
}

// input adds an input of the node that is being added.
func (e *edges) input(i int) { e.in = append(e.in, int32(i)) }

// node ends the node whose inputs were added.
func (e *edges) node(param bool) {
	e.param[len(e.start)-1] = param
	e.start = append(e.start, int32(len(e.in)))
}

func (e *edges) of(i int) []int32 { return e.in[e.start[i]:e.start[i+1]] }

// part is what is known about a node of the computation.
type part uint8

const (
	partBehind  part = 1 << iota // an output came from it, or it is one
	partReached                  // it is or comes from a parameter
	partKeep                     // it belongs to the minimal subgraph
)

// minimal marks the minimal subgraph of outs: the nodes on a path from a
// parameter to an output, and their direct inputs. An output that no parameter
// reaches stands there with its direct inputs; if no output is reached,
// everything that they came from is kept. What it returns ends with the last
// output.
func (e *edges) minimal(outs []int) []part {
	last := -1
	for _, o := range outs {
		if o > last {
			last = o
		}
	}
	parts := make([]part, last+1)
	for _, o := range outs {
		parts[o] = partBehind
	}
	for i := last; i >= 0; i-- {
		if parts[i] == 0 {
			continue
		}
		for _, d := range e.of(i) {
			parts[d] = partBehind
		}
	}
	any := false
	for i := range parts {
		if parts[i] == 0 {
			continue
		}
		in := e.of(i)
		reached := e.param[i]
		if !reached {
			for _, d := range in {
				if parts[d]&partReached != 0 {
					reached = true
					break
				}
			}
		}
		if reached {
			any = true
			parts[i] |= partReached | partKeep
			for _, d := range in {
				parts[d] |= partKeep
			}
		}
	}
	if !any {
		for i := range parts {
			if parts[i] != 0 {
				parts[i] |= partKeep
			}
		}
		return parts
	}
	for _, o := range outs {
		parts[o] |= partKeep
		for _, d := range e.of(o) {
			parts[d] |= partKeep
		}
	}
	return parts
}
