package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Title is the result in one line.
func (r *Report) Title() string {
	switch {
	case r.Before == nil:
		return "tracetrain: stopped before its baseline was measured"
	case r.After == nil:
		return "tracetrain: nothing better was found"
	}
	what := ""
	switch b := r.Benchmarks; {
	case b != nil && b.Ratio != nil && b.Beside == "original":
		what = fmt.Sprintf("%s %+.1f %%", clip(b.Unit, 20), 100*(b.Ratio.Value-1))
	case b != nil:
		what = "better " + clip(b.Unit, 20)
	case r.Before.Failed == r.After.Failed && r.Scores != nil && r.Scores.Beside == "original":
		what = fmt.Sprintf("mean score %.4g → %.4g", r.Scores.Before, r.Scores.After)
	case r.Before.Failed == r.After.Failed:
		what = fmt.Sprintf("mean score %.4g → %.4g", r.Before.Score, r.After.Score)
	default:
		what = fmt.Sprintf("%d of %d failing → %d of %d failing", r.Before.Failed, r.Before.Cases, r.After.Failed, r.After.Cases)
	}
	return "tracetrain: " + what
}

func (r *Report) head(p *page) {
	var names []string
	seen := map[string]bool{}
	for _, c := range r.Changes {
		for _, n := range c.Params {
			if !seen[n] {
				names = append(names, n)
			}
			seen[n] = true
		}
	}
	switch {
	case r.Status == Stopped && r.Before == nil:
		p.para("**This run was stopped before its baseline was measured** (%s). There is nothing to report.", p.code(r.Reason))
		return
	case r.Status == Stopped && r.After == nil:
		p.para("**This run was stopped** (%s) before it found anything better. It can go on.", p.code(r.Reason))
	case r.Status == Stopped:
		p.para("**This run was stopped** (%s). What stands here is what it had found by then; it can go on.", p.code(r.Reason))
	case r.Status == Unchanged:
		p.para("tracetrain looked for better %s and found nothing better: %s.", p.list(r.Params, 6), p.code(r.Reason))
	}
	if len(names) > 0 {
		p.para("tracetrain changed %s so that %s. The run ended because: %s.", p.list(names, 6), r.objective(p), p.code(r.Reason))
	} else if r.After == nil {
		p.para("It was wanted that %s.", r.objective(p))
	}
	after := func(f func(*Standing) string) string {
		if r.After == nil {
			return "as before"
		}
		return f(r.After)
	}
	rows := [][]string{{"", "before", "after"}}
	if r.After != nil {
		rows = append(rows, r.gain(p)...)
	}
	rows = append(rows, []string{"failing cases", failing(r.Before), after(failing)})
	if r.Objective.Kind == "cases" {
		rows = append(rows, []string{"mean score", score(r.Before), after(score)})
	}
	p.table(rows)
	if r.Verified != nil && r.Scores == nil {
		how := "in fresh processes"
		if r.Order != nil && r.Order.Shuffled {
			how += " and in another order of the tests"
		}
		p.para("Run once more %s, the result had %s failing, mean score %s.", how, failing(r.Verified), score(r.Verified))
	}
}

func failing(s *Standing) string { return fmt.Sprintf("%d of %d", s.Failed, s.Cases) }

func score(s *Standing) string { return fmt.Sprintf("%.4g", s.Score) }

// direction is the word for what is better, whatever a journal has.
func direction(word string) string {
	if word == "higher" {
		return "higher"
	}
	return "lower"
}

// objective says what was wanted.
func (r *Report) objective(p *page) string {
	o := r.Objective
	text := "fewer cases fail, or equally many with a higher mean score"
	switch {
	case o.Kind == "benchmarks" && o.Metrics != nil:
		var list []string
		for _, m := range o.Metrics {
			list = append(list, p.code(m.Unit)+" "+direction(m.Better))
		}
		text = fmt.Sprintf("the benchmarks %s measure better in all (%s), and no case fails that passed", p.code(o.Bench), strings.Join(list, ", "))
	case o.Kind == "benchmarks":
		text = fmt.Sprintf("%s of the benchmarks %s gets %s, and no case fails that passed", p.code(o.Unit), p.code(o.Bench), direction(o.Better))
	}
	if o.Run != "" {
		text += ", of the tests " + p.code(o.Run)
	}
	return text + ", in " + p.list(r.Packages, 4)
}

func (r *Report) writeChanges(p *page) {
	if len(r.Changes) == 0 {
		return
	}
	p.heading("What changed and why")
	for i, c := range r.Changes {
		if i == maxChanges {
			p.para("%s more.", plural(len(r.Changes)-i, "change"))
			break
		}
		p.para("Step %d, %s%s. The optimizer says:", c.Step, p.list(c.Params, 4), r.measured(c, p))
		if strings.TrimSpace(c.Why) == "" {
			p.para("(nothing)")
			continue
		}
		p.quote("text", wrapped(c.Why, 88))
	}
}

func (r *Report) writeCases(p *page) {
	var changed, same []Case
	for _, c := range r.Cases {
		if c.same() {
			same = append(same, c)
		} else {
			changed = append(changed, c)
		}
	}
	if len(r.Cases) == 0 {
		return
	}
	p.heading("Cases")
	show := func(list []Case) {
		rows := [][]string{{"case", "before", "after"}}
		for _, c := range list[:min(len(list), maxCases)] {
			after := c.After
			if r.After == nil {
				after = c.Before
			}
			name := p.cell(c.Name)
			if c.New {
				name += " (new, not counted)"
			}
			is := result(after)
			if c.Otherwise {
				is += ", with another message"
			}
			rows = append(rows, []string{name, result(c.Before), is})
		}
		p.table(rows)
		if more := len(list) - maxCases; more > 0 {
			p.para("And %d more.", more)
		}
	}
	if len(changed) > 0 {
		show(changed)
	}
	if len(same) == 0 {
		return
	}
	counts := map[string]int{}
	for _, c := range same {
		counts[c.Before.Result]++
	}
	var parts []string
	for _, res := range []string{"pass", "fail", "skip", "killed", "missing"} {
		if counts[res] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[res], res))
		}
	}
	summary := fmt.Sprintf("%s as before (%s)", plural(len(same), "case is", "cases are"), strings.Join(parts, ", "))
	if p.plain {
		p.para("%s.", summary)
		return
	}
	end := p.fold(summary)
	show(same)
	end()
}

// result is what became of a case: one of few words, and a score.
func result(o *Outcome) string {
	if o == nil {
		return "—"
	}
	text := "other"
	switch o.Result {
	case "pass", "fail", "skip", "killed", "missing":
		text = o.Result
	}
	if o.Score != nil {
		text += fmt.Sprintf(" (%.4g)", *o.Score)
	}
	return text
}

func (r *Report) writeRejected(p *page) {
	if r.Tried.Proposals == 0 {
		return
	}
	p.heading("What else was tried")
	p.para("%s, of which %d ran and %d made the result.", plural(r.Tried.Proposals, "proposal"), r.Tried.Evaluated, r.Tried.Accepted)
	if len(r.Rejected) == 0 {
		return
	}
	rows := [][]string{{"not taken", "number", "one of them"}}
	for _, g := range r.Rejected[:min(len(r.Rejected), maxReasons)] {
		example := ""
		if g.Example != "" {
			example = p.cell(g.Example)
		}
		rows = append(rows, []string{g.Reason, fmt.Sprint(g.Count), example})
	}
	p.table(rows)
	if more := len(r.Rejected) - maxReasons; more > 0 {
		p.para("And %s.", plural(more, "further reason"))
	}
}

func (r *Report) writeWarnings(p *page) {
	if len(r.Warnings) == 0 {
		return
	}
	p.heading("Warnings")
	for _, w := range r.Warnings[:min(len(r.Warnings), maxWarnings)] {
		p.quote("text", wrapped(shorten(w, maxWarning), 88))
	}
	if more := len(r.Warnings) - maxWarnings; more > 0 {
		p.para("And %d more.", more)
	}
}

func (r *Report) writeSetup(p *page) {
	p.heading("How it was made")
	s := r.Setup
	sandbox := s.Sandbox
	switch sandbox {
	case embedded:
		sandbox = "none needed (the embedded optimizer only varies the module's own code)"
	case "none":
		sandbox = "none (code that a model wrote ran with the rights of the user)"
	case "weak":
		sandbox = "weak (code that a model wrote ran with the rights of the user, within limits)"
	case "namespaces":
		sandbox = "namespaces (programs had a machine of their own: no file, process, user or network of this one)"
	case "landlock":
		sandbox = "landlock (programs could neither open files outside nor start processes or open sockets)"
	default:
		sandbox = p.cell(sandbox)
	}
	rows := [][]string{
		{"setting", "value"},
		{"optimizer", p.cell(s.Optimizer)},
		{"model", p.cell(s.Model)},
		{"cost", r.cost()},
		{"sandbox", sandbox},
		{"seed", fmt.Sprint(s.Seed)},
		{"time limit of a case", r.timeoutText(p)},
		{"tools", p.cell("tracetrain "+s.Tool) + ", " + p.cell(s.Go)},
		{"run", p.cell(r.Run)},
	}
	for _, o := range []struct{ name, value string }{{"tags", s.Tags}, {"GOFLAGS", s.BuildFlags}, {"environment", strings.Join(s.Env, " ")}} {
		if o.value != "" {
			rows = append(rows, []string{o.name, p.cell(o.value)})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Allow)) {
		rows = append(rows, []string{"allowed to " + p.cell(id), p.cell(strings.Join(s.Allow[id], ", "))})
	}
	if r.Order != nil {
		rows = append(rows, []string{"order of the tests", r.Order.Text()})
	}
	if r.Resumed > 0 {
		rows = append(rows, []string{"stopped and resumed", plural(r.Resumed, "time")})
	}
	p.table(rows)
	if r.Objective.Kind == "cases" {
		p.para("Tests ran in the process of the code that they judge: this guards against mistakes and shortcuts, and not against code that means to forge its results. Read the change.")
	}
}

func (r *Report) cost() string {
	s := r.Spent
	if s.Calls == 0 {
		return "no calls of a model"
	}
	about := ""
	if s.Guess {
		about = "about "
	}
	text := plural(s.Calls, "call") + ", " + about + plural(s.Tokens, "token")
	if s.cost != "" {
		text += ", " + about + strings.ReplaceAll(s.cost, "$", `\$`)
	} else {
		text += ", price not known"
	}
	if s.Program > 0 {
		text += fmt.Sprintf(" (%s of the program itself)", plural(s.Program, "call"))
	}
	return text
}

func (r *Report) writeReplay(p *page) {
	p.heading("How to do it again")
	p.para("With the recorded answers, without asking a model, where the directory of the run is kept; and from the beginning:")
	p.quote("sh", strings.Join(r.Replay, "\n"))
	if r.Status == Stopped {
		p.para("To go on from where it was stopped:")
		p.quote("sh", quoted([]string{"tracetrain", "resume", r.Run}))
	}
}

func (r *Report) writeDiff(p *page) {
	if p.plain {
		return // the commit is the diff
	}
	if r.Diff == "" {
		if r.Status == Stopped && r.After != nil {
			p.para("The diff is written when a run ends, which this one did not.")
		}
		return
	}
	diff, cut := r.Diff, false
	if len(diff) > maxDiff {
		diff, cut = diff[:strings.LastIndexByte(diff[:maxDiff], '\n')+1], true
	}
	end := p.fold("Diff")
	p.quote("diff", diff)
	if cut {
		p.para("The rest of %d bytes is left out here.", len(r.Diff)-len(diff))
	}
	end()
}
