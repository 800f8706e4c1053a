package optoprime

import (
	"fmt"
	"slices"
	"strings"

	trace "github.com/opto-go/trace/runtime"
)

// How many rounds of a loop are shown.
const (
	ends       = 2 // first and last rounds, in any case
	someRounds = 8
	allRounds  = 16 // of the case that is shown first
)

// A loop is what the statements of a case made in rounds that belong together: each
// value of a round was computed from values of the same one, and perhaps of earlier
// ones.
type loop struct {
	rounds  int
	members []*statement // in order, those that are the same in all rounds left out
	at      map[*statement][]*trace.GraphNode
	said    [][]saying // by round
	about   []string   // names that something is said about
}

// A saying is a feedback on a value of a round.
type saying struct{ name, text string }

// findLoops finds the loops of a case, and takes what they show out of the groups.
func (g *groups) findLoops(graph *trace.Graph) {
	of := make(map[*trace.GraphNode]int) // round, from 1 on
	var order []*statement
	for _, s := range slices.Concat(g.inputs, g.others, g.outputs) {
		if len(g.rounds[s]) > 1 {
			order = append(order, s)
		}
	}
	// In the order in which the nodes were made, whatever group they are in.
	slices.SortStableFunc(order, func(a, b *statement) int { return g.rounds[a][0].N - g.rounds[b][0].N })
	users := make(map[*trace.GraphNode][]*trace.GraphNode)
	for _, n := range graph.Nodes {
		for _, in := range n.In {
			if in != nil {
				users[in] = append(users[in], n)
			}
		}
	}
	left := order
	for len(left) > 0 {
		base := left[0]
		for i, n := range g.rounds[base] {
			of[n] = i + 1
		}
		aligned := map[*statement]bool{base: true}
		align := func(s *statement, near func(*trace.GraphNode) int) {
			last := 0
			for _, n := range g.rounds[s] {
				r := near(n)
				if r <= last {
					for _, n := range g.rounds[s] {
						delete(of, n)
					}
					return
				}
				of[n], last = r, r
			}
			aligned[s] = true
		}
		for _, s := range left[1:] {
			align(s, func(n *trace.GraphNode) int {
				r := 0
				for _, in := range n.In {
					r = max(r, of[in])
				}
				return r
			})
		}
		for _, s := range left[1:] {
			if !aligned[s] { // what a round begins with
				align(s, func(n *trace.GraphNode) int {
					r := 0
					for _, user := range users[n] {
						if of[user] > 0 && (r == 0 || of[user] < r) {
							r = of[user]
						}
					}
					return r
				})
			}
		}
		g.addLoop(graph, len(g.rounds[base]), of, slices.DeleteFunc(slices.Clone(left), func(s *statement) bool { return !aligned[s] }))
		left = slices.DeleteFunc(slices.Clone(left), func(s *statement) bool { return aligned[s] })
		clear(of)
	}
}

// addLoop keeps a loop if showing it by rounds tells more than lists of values do.
func (g *groups) addLoop(graph *trace.Graph, rounds int, of map[*trace.GraphNode]int, aligned []*statement) {
	lp := &loop{rounds: rounds, at: make(map[*statement][]*trace.GraphNode), said: make([][]saying, rounds)}
	for _, s := range aligned {
		if len(g.rounds[s]) == rounds && constant(g.rounds[s]) {
			continue
		}
		lp.members = append(lp.members, s)
		lp.at[s] = make([]*trace.GraphNode, rounds)
		for _, n := range g.rounds[s] {
			lp.at[s][of[n]-1] = n
		}
	}
	// Of what is said about a single value of the loop.
	only := make(map[string]bool)
	for _, o := range graph.Outputs {
		text := strings.TrimSpace(o.Text)
		nodes := outputNodes(o.Node)
		if len(nodes) != 1 || of[nodes[0]] == 0 || text == "" {
			only[text] = false
			continue
		}
		if _, known := only[text]; !known {
			only[text] = true
		}
	}
	texts := 0
	for _, o := range graph.Outputs {
		text := strings.TrimSpace(o.Text)
		if !only[text] {
			continue
		}
		n := outputNodes(o.Node)[0]
		said := &lp.said[of[n]-1]
		name := g.name[n]
		if !slices.Contains(*said, saying{name, text}) {
			*said = append(*said, saying{name, text})
			texts++
		}
		if !slices.Contains(lp.about, name) {
			lp.about = append(lp.about, name)
		}
	}
	if len(lp.members) == 0 || len(lp.members) == 1 && texts < 2 {
		return
	}
	in := func(s *statement) bool { return lp.at[s] != nil }
	g.inputs = slices.DeleteFunc(g.inputs, in)
	g.others = slices.DeleteFunc(g.others, in)
	g.outputs = slices.DeleteFunc(g.outputs, in)
	g.texts = slices.DeleteFunc(g.texts, func(text string) bool { return only[text] })
	g.loops = append(g.loops, lp)
}

// chosen returns the rounds that are shown: the ends, those that the feedback came
// from by the shortest way, the first of each thing that is said, and others at
// equal distances until there are most.
func (lp *loop) chosen(most int, near map[*trace.GraphNode]bool) []int {
	show := make(map[int]bool)
	for i := range min(ends, lp.rounds) {
		show[i], show[lp.rounds-1-i] = true, true
	}
	known := make(map[string]bool)
	for i, said := range lp.said {
		for _, s := range said {
			if !known[s.text] && len(known) < maxTexts {
				known[s.text] = true
				show[i] = true
			}
		}
	}
	for _, s := range lp.members {
		for i, n := range lp.at[s] {
			if n != nil && near[n] && len(show) < most {
				show[i] = true
			}
		}
	}
	var others []int
	for i := range lp.rounds {
		if !show[i] {
			others = append(others, i)
		}
	}
	missing := min(most-len(show), len(others))
	for k := range max(0, missing) {
		show[others[(2*k+1)*len(others)/(2*missing)]] = true
	}
	var list []int
	for i := range show {
		list = append(list, i)
	}
	slices.Sort(list)
	return list
}

// text shows some rounds, each on a line, with what is said about its values below.
func (lp *loop) text(most, size int, near map[*trace.GraphNode]bool) string {
	chosen := lp.chosen(most, near)
	var b strings.Builder
	fmt.Fprintf(&b, "%d rounds", lp.rounds)
	if len(chosen) < lp.rounds {
		fmt.Fprintf(&b, ", of which %d are shown", len(chosen))
	}
	if len(lp.about) > 0 {
		fmt.Fprintf(&b, ", with feedback on %s", names(lp.about, 6))
	}
	b.WriteString(":\n")
	first := make(map[string]int)
	for _, i := range chosen {
		var values []string
		for _, s := range lp.members {
			if n := lp.at[s][i]; n != nil {
				values = append(values, s.name+" = "+value(n.Value, size))
			}
		}
		fmt.Fprintf(&b, "    round %d: %s\n", i+1, strings.Join(values, "; "))
		for _, said := range lp.said[i] {
			on := ""
			if len(lp.about) > 1 {
				on = "on " + said.name + ": "
			}
			if round, ok := first[said.text]; ok && len(said.text) > 60 {
				fmt.Fprintf(&b, "    %sas in round %d\n", on, round)
				continue
			}
			first[said.text] = i + 1
			for line := range strings.Lines(quote(on+said.text, maxFeedback)) {
				b.WriteString("    " + line)
			}
		}
	}
	return b.String()
}
