package optoprime

import (
	"fmt"
	"sort"

	trace "github.com/opto-go/trace/runtime"
)

// message is what was said about the same values.
type message struct {
	on    string
	texts []string
}

// messages ties together the texts that are about the same values, in the
// order of their first.
func (g groups) messages() []message {
	var list []message
	at := make(map[string]int)
	for _, text := range g.texts {
		on := ""
		if about := g.about[text]; len(about) > 0 {
			sort.Strings(about)
			on = " on " + names(about, 6)
			if len(about) == 1 {
				on += g.when(saying{about[0], text})
			}
		}
		i, ok := at[on]
		if !ok {
			i = len(list)
			at[on] = i
			list = append(list, message{on: on})
		}
		list[i].texts = append(list[i].texts, text)
	}
	return list
}

// when says in which rounds something was said, if it was not said in all of several.
func (g groups) when(said saying) string {
	told := g.told[said]
	for s, nodes := range g.rounds {
		if s.name != said.name || len(told) >= len(nodes) {
			continue
		}
		is := make(map[*trace.GraphNode]bool, len(told))
		for _, n := range told {
			is[n] = true
		}
		var at []int
		for i, n := range nodes {
			if is[n] {
				at = append(at, i+1)
			}
		}
		first, last := at[0], at[len(at)-1]
		switch {
		case first == last:
			return fmt.Sprintf(" in round %d", first)
		case last-first+1 == len(at):
			return fmt.Sprintf(" in rounds %d to %d", first, last)
		}
		return fmt.Sprintf(" in %d of %d rounds, %d the first", len(at), len(nodes), first)
	}
	return ""
}
