package optoprime

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/opto-go/trace/optimizer"
	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

// Bounds of one case.
const (
	maxCase     = 6000 // bytes in all
	maxValue    = 400  // bytes of a value
	maxFeedback = 3000 // bytes of one feedback
	maxTexts    = 6    // feedback texts
	maxValues   = 12   // names in each group
	headRounds  = 4    // first values of a name
	tailRounds  = 2    // last values of it
	maxPassing  = 40   // cases that are shown on one line
)

func failed(c optimizer.Case) bool {
	return c.Result == tracefile.ResultFail || c.Result == tracefile.ResultKilled
}

// plain reports whether the score says no more than the result.
func plain(c optimizer.Case) bool {
	return c.Measured == "" && plainScore(c)
}

func plainScore(c optimizer.Case) bool {
	return c.Score == 0 && failed(c) || c.Score == 1 && c.Result == tracefile.ResultPass
}

// sorted orders the indices of the cases: the worst first, skipped ones left
// out. Detailed is how many of them deserve a block of their own: with a
// failing case at hand, passing ones without feedback are only kept in mind.
func sorted(cases []optimizer.Case) (index []int, detailed int) {
	anyFailed := false
	for i, c := range cases {
		if c.Result == tracefile.ResultSkip {
			continue
		}
		index = append(index, i)
		anyFailed = anyFailed || failed(c)
	}
	brief := func(c optimizer.Case) bool {
		return !failed(c) && c.Measured == "" && len(c.Feedback) == 0 && (anyFailed || plain(c))
	}
	sort.SliceStable(index, func(a, b int) bool {
		x, y := cases[index[a]], cases[index[b]]
		if failed(x) != failed(y) {
			return failed(x)
		}
		if brief(x) != brief(y) {
			return brief(y)
		}
		return x.Score < y.Score
	})
	for _, i := range index {
		if !brief(cases[i]) {
			detailed++
		}
	}
	return index, detailed
}

// groups are the values of one case by what they are.
type groups struct {
	inputs, others, outputs []*statement
	rounds                  map[*statement][]*trace.GraphNode
	near                    map[*trace.GraphNode]bool // of long loops: rounds near the feedback
	about                   map[string][]string       // feedback text → names of outputs
	texts                   []string
	name                    map[*trace.GraphNode]string // of outputs
	told                    map[saying][]*trace.GraphNode
	loops                   []*loop // whose values are in no group
}

// group sorts the nodes of a case.
func (l *listing) group(c optimizer.Case) groups {
	g := groups{rounds: make(map[*statement][]*trace.GraphNode), about: make(map[string][]string), name: make(map[*trace.GraphNode]string), told: make(map[saying][]*trace.GraphNode)}
	seen := make(map[string]bool)
	say := func(text string) {
		if text = strings.TrimSpace(text); text != "" && !seen[text] {
			seen[text] = true
			g.texts = append(g.texts, text)
		}
	}
	for _, text := range c.Feedback {
		say(unsaid(text, c.Graph))
	}
	if c.Graph == nil {
		return g
	}
	isOutput := make(map[*statement]bool)
	for _, o := range c.Graph.Outputs {
		say(o.Text)
		for _, n := range outputNodes(o.Node) {
			s := l.of(n)
			if s == nil {
				continue
			}
			isOutput[s] = true
			g.name[n] = s.name
			text := strings.TrimSpace(o.Text)
			if !contains(g.about[text], s.name) {
				g.about[text] = append(g.about[text], s.name)
			}
			g.told[saying{s.name, text}] = append(g.told[saying{s.name, text}], n)
		}
	}
	if len(isOutput) == 0 {
		for _, s := range l.ends(c.Graph) {
			isOutput[s] = true
		}
	}
	for _, n := range c.Graph.Nodes {
		s := l.of(n)
		if s == nil || n.Kind == tracefile.KindParam || n.Op == "join" {
			continue
		}
		if g.rounds[s] == nil {
			switch {
			case isOutput[s]:
				g.outputs = append(g.outputs, s)
			case n.Kind == tracefile.KindInput:
				g.inputs = append(g.inputs, s)
			default:
				g.others = append(g.others, s)
			}
		}
		g.rounds[s] = append(g.rounds[s], n)
	}
	for _, rounds := range g.rounds {
		if len(rounds) > headRounds+tailRounds {
			g.near = nearFeedback(c.Graph)
			break
		}
	}
	g.findLoops(c.Graph)
	return g
}

// nearFeedback finds the rounds of loops that the outputs came from by the
// shortest way, such as the one that found the best value. The last rounds are
// shown anyway.
func nearFeedback(g *trace.Graph) map[*trace.GraphNode]bool {
	near := make(map[*trace.GraphNode]bool)
	for _, row := range g.Fold(trace.Folding{Over: headRounds + tailRounds}).Rows {
		for _, i := range row.Shown {
			if i < len(row.Nodes)-headRounds-tailRounds {
				near[row.Nodes[i]] = true
			}
		}
	}
	return near
}

// unsaid leaves out of a test's messages those that the graph carries too:
// there they stand with the value that they are about.
func unsaid(text string, g *trace.Graph) string {
	if g == nil {
		return text
	}
	said := make(map[string]bool)
	for _, o := range g.Outputs {
		if o.Node == nil {
			continue
		}
		for _, line := range strings.Split(o.Text, "\n") {
			said[strings.TrimSpace(line)] = true
		}
	}
	var left []string
	for _, line := range strings.Split(text, "\n") {
		if !said[strings.TrimSpace(testPosition.ReplaceAllString(line, ""))] {
			left = append(left, line)
		}
	}
	return strings.Join(left, "\n")
}

// testPosition is what package testing puts before a message.
var testPosition = regexp.MustCompile(`^\s*[^\s:]+\.go:\d+: `)

// ends are the computed values that nothing else was computed from: what a
// case came to when no feedback says what mattered.
func (l *listing) ends(g *trace.Graph) []*statement {
	used := make(map[*statement]bool)
	for _, n := range g.Nodes {
		for _, in := range n.In {
			used[l.of(in)] = true
		}
		used[l.of(n.Body)] = true
	}
	var out []*statement
	for _, n := range g.Nodes {
		if s := l.of(n); s != nil && n.Kind == tracefile.KindOp && !used[s] {
			used[s] = true
			out = append(out, s)
		}
	}
	return out
}

// outputNodes are the values that a feedback is about: a join only ties them
// together.
func outputNodes(n *trace.GraphNode) []*trace.GraphNode {
	if n == nil {
		return nil
	}
	if n.Op == "join" {
		return n.In
	}
	return []*trace.GraphNode{n}
}

func contains(list []string, s string) bool {
	for _, t := range list {
		if t == s {
			return true
		}
	}
	return false
}

// assigned shows the values of a name in one case.
func (g groups) assigned(s *statement, size int) string {
	nodes := g.rounds[s]
	if text := value(nodes[0].Value, size); len(nodes) > 1 && constant(nodes) {
		return fmt.Sprintf("%s = %s in each of %d rounds", s.name, text, len(nodes))
	}
	var parts []string
	for i, n := range nodes {
		if i >= headRounds && i < len(nodes)-tailRounds {
			if i == headRounds {
				parts = append(parts, fmt.Sprintf("… (%d rounds in all) …", len(nodes)))
			}
			if g.near[n] {
				parts = append(parts, fmt.Sprintf("%s in round %d …", value(n.Value, size), i+1))
			}
			continue
		}
		parts = append(parts, value(n.Value, size))
	}
	return s.name + " = " + strings.Join(parts, ", ")
}

// constant reports whether nothing but one value was seen. One that was not
// kept may have been another.
func constant(nodes []*trace.GraphNode) bool {
	for _, n := range nodes {
		if n.Value == "" || n.Value != nodes[0].Value {
			return false
		}
	}
	return true
}

// list shows a group under its label, on the label's line if it is one value.
func (g groups) list(label string, group []*statement, shared map[*statement]bool, size int) string {
	var own []string
	more := 0
	for _, s := range group {
		switch {
		case shared[s]:
		case label != "outputs" && g.unknown(s):
			// Where it comes from stands in the code.
		case len(own) == maxValues:
			more++
		default:
			own = append(own, g.assigned(s, size))
		}
	}
	if more > 0 {
		own = append(own, fmt.Sprintf("(%d more values are left out)", more))
	}
	switch len(own) {
	case 0:
		return ""
	case 1:
		return label + ": " + own[0] + "\n"
	}
	return label + ":\n    " + strings.Join(own, "\n    ") + "\n"
}

// unknown reports whether no value of s was kept.
func (g groups) unknown(s *statement) bool {
	return !slices.ContainsFunc(g.rounds[s], func(n *trace.GraphNode) bool { return n.Value != "" })
}

// detail is the block of one case. Long values give way first.
func (l *listing) detail(c optimizer.Case, shared map[*statement]bool, rounds int) string {
	text := ""
	for size := maxValue; size >= maxValue/8; size /= 2 {
		if text = l.detailed(c, shared, size, rounds); len(text) <= maxCase {
			return text
		}
	}
	cut := strings.LastIndexByte(text[:maxCase], '\n') + 1
	return text[:cut] + fmt.Sprintf("(%d more bytes about this case are left out)\n", len(text)-cut)
}

func (l *listing) detailed(c optimizer.Case, shared map[*statement]bool, size, rounds int) string {
	g := l.group(c)
	var b strings.Builder
	fmt.Fprintf(&b, "### %s: %s\n", oneLine(c.Name, 200), outcome(c))
	if c.Graph == nil {
		b.WriteString("(values were not followed here: this case may depend on the variables all the same)\n")
	}
	if c.Recorded != "" {
		fmt.Fprintf(&b, "(the run whose values these are ended otherwise: %s. The program does not do the same in every run)\n", oneLine(c.Recorded, 100))
	}
	b.WriteString(g.list("inputs", g.inputs, shared, size))
	b.WriteString(g.list("others", g.others, shared, size))
	b.WriteString(g.list("outputs", g.outputs, shared, size))
	for _, lp := range g.loops {
		b.WriteString(lp.text(rounds, size, g.near))
	}
	for i, said := range g.messages() {
		if i == maxTexts {
			fmt.Fprintf(&b, "(%d more messages are left out)\n", len(g.messages())-maxTexts)
			break
		}
		b.WriteString("feedback" + said.on + ":\n" + quote(strings.Join(said.texts, "\n"), maxFeedback))
	}
	return b.String()
}

func outcome(c optimizer.Case) string {
	word := c.Result
	switch {
	case c.Result == tracefile.ResultKilled:
		word = "stopped by the time limit or killed"
	case word == "":
		word = "ran"
	}
	if c.Measured != "" {
		return "measures " + oneLine(c.Measured, 200)
	}
	if plain(c) {
		return word
	}
	return word + ", score " + number(c.Score)
}

// brief is the line of a passing case.
func (l *listing) brief(c optimizer.Case, shared map[*statement]bool) string {
	g := l.group(c)
	line := "- " + oneLine(c.Name, 120) + ": " + outcome(c)
	groups := [][]*statement{g.inputs, g.outputs}
	for _, lp := range g.loops {
		groups = append(groups, lp.members)
	}
	for _, group := range groups {
		for i, s := range group {
			if i < 4 && !shared[s] {
				line += "; " + g.assigned(s, 80)
			}
		}
	}
	return clip(line, 400) + "\n"
}

// shared finds the values that are the same in all of several cases.
func (l *listing) shared(cases []optimizer.Case, index []int) (in map[*statement]bool, lines []string) {
	var all []groups
	for _, i := range index {
		if cases[i].Graph != nil {
			all = append(all, l.group(cases[i]))
		}
	}
	in = make(map[*statement]bool)
	if len(all) < 2 {
		return in, nil
	}
	for _, group := range [][]*statement{all[0].inputs, all[0].others} {
		for _, s := range group {
			text := all[0].common(s)
			same, often := true, len(all[0].rounds[s]) > 1
			for _, g := range all[1:] {
				same = same && !containsStatement(g.outputs, s) && !g.inLoop(s) && g.rounds[s] != nil && g.common(s) == text
				often = often || len(g.rounds[s]) > 1
			}
			if !same {
				continue
			}
			in[s] = true
			if often && constant(all[0].rounds[s]) {
				text += " in every round"
			}
			lines = append(lines, text+"\n")
		}
	}
	return in, lines
}

// common is what of the values of a name may be the same in several cases: that they
// are all one value, however many they are, or the list of them.
func (g groups) common(s *statement) string {
	if nodes := g.rounds[s]; constant(nodes) {
		return s.name + " = " + value(nodes[0].Value, maxValue)
	}
	return g.assigned(s, maxValue)
}

// inLoop reports whether a loop shows the values of s.
func (g groups) inLoop(s *statement) bool {
	return slices.ContainsFunc(g.loops, func(lp *loop) bool { return lp.at[s] != nil })
}

func containsStatement(list []*statement, s *statement) bool {
	for _, t := range list {
		if t == s {
			return true
		}
	}
	return false
}
