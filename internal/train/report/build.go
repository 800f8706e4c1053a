package report

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opto-go/trace/internal/train/journal"
)

// New makes the report of a run. What a damaged journal does not have any more
// is an error, unless the report is true without it.
func New(run *journal.Run) (*Report, error) {
	h := run.Settings()
	r := &Report{
		Version: Version, Run: filepath.Base(run.Dir), Resumed: len(run.Resumed),
		Module: h.Module, Packages: h.Packages, Params: h.Params,
		Objective: Objective{Kind: "cases", Run: h.Flags.Run},
		Setup: Setup{
			Tool: h.Tool, Go: h.Go, Optimizer: h.Optimizer, Model: h.Model, Seed: h.Flags.Seed, Sandbox: h.Sandbox,
			Tags: h.Flags.Tags, BuildFlags: h.Flags.BuildFlags, Env: h.Flags.Env, Allow: h.Allow,
		},
		Cases: []Case{}, Changes: []Change{}, Rejected: []Rejected{}, Warnings: []string{},
	}
	if f := h.Flags; f.Bench != "" {
		r.Objective = Objective{Kind: "benchmarks", Run: f.Run, Bench: f.Bench, Unit: f.Unit, Better: f.Better, Metrics: f.Metrics}
	}
	for _, w := range run.Warnings {
		if !slices.Contains(r.Warnings, w.Text) {
			r.Warnings = append(r.Warnings, w.Text)
		}
	}
	if run.Baseline != nil {
		r.Order = run.Baseline.Order
	}
	if run.Baseline != nil && run.Baseline.Weak != "" {
		r.Warnings = append(r.Warnings, "results were read from the output of go test, which a test can forge: "+run.Baseline.Weak)
	}
	r.timeout(run)
	r.beside(run)
	r.spent(run)
	r.Replay = commands(run)
	best := r.end(run)
	r.standings(run, best)
	r.cases(run, best)
	r.benchmarks(run, best)
	r.scores(run, best)
	chain := chainTo(run, best)
	r.changes(run, chain)
	r.tried(run, chain)
	if run.End != nil && run.End.Diff != "" {
		diff, err := run.Blob(run.End.Diff)
		if err != nil {
			return nil, err
		}
		r.Diff = string(diff)
	}
	r.Summary = r.Title()
	return r, nil
}

// end fills in how the run ended, and returns the best that it found.
func (r *Report) end(run *journal.Run) journal.Hash {
	base := journal.Hash("")
	if run.Baseline != nil {
		base = run.Baseline.Candidate
	}
	if run.End == nil {
		r.Status, r.Reason = Stopped, "it was killed"
		for _, a := range slices.Backward(run.Accepted) {
			if !a.Beside {
				return a.Hash
			}
		}
		return base
	}
	r.Reason = run.End.Reason
	switch {
	case !run.End.Final():
		r.Status = Stopped
	case run.End.Diff != "":
		r.Status = Improved
	default:
		r.Status = Unchanged
	}
	return run.End.Best
}

func (r *Report) standings(run *journal.Run, best journal.Hash) {
	if run.Baseline == nil {
		return
	}
	r.Before = standing(run.Baseline.Total)
	if best == run.Baseline.Candidate {
		return
	}
	for _, v := range run.Verified {
		if v.Hash == best && v.Total != nil {
			r.Verified = standing(*v.Total)
		}
	}
	switch c := candidate(run, best); {
	case run.End != nil:
		r.After = standing(run.End.Total)
	case c != nil && c.Total != nil:
		r.After = standing(*c.Total)
	}
}

func standing(t journal.Total) *Standing { return &Standing{t.Failed, t.Scored, t.Score} }

// candidate finds the evaluation of a candidate.
func candidate(run *journal.Run, h journal.Hash) *journal.Candidate {
	for i := range run.Candidates {
		if c := &run.Candidates[i]; c.Hash == h && c.Rejected == "" && c.Total != nil {
			return c
		}
	}
	return nil
}

// cases joins what the cases did before and after, in the order of the
// baseline.
func (r *Report) cases(run *journal.Run, best journal.Hash) {
	if run.Baseline == nil {
		return
	}
	var after []journal.Case
	if best != run.Baseline.Candidate {
		after = run.CasesOf(best)
	}
	at := map[string]int{}
	said := map[string]string{}
	for _, c := range run.Baseline.Cases {
		at[c.Name], said[c.Name] = len(r.Cases), c.Feedback
		r.Cases = append(r.Cases, Case{Name: c.Name, Before: outcome(c), New: c.New})
	}
	for _, c := range after {
		i, ok := at[c.Name]
		if !ok {
			i = len(r.Cases)
			at[c.Name] = i
			r.Cases = append(r.Cases, Case{Name: c.Name, New: c.New})
		}
		r.Cases[i].After = outcome(c)
		r.Cases[i].Otherwise = ok && fails(c) && fails(journal.Case{Result: r.Cases[i].Before.Result}) && c.Feedback != said[c.Name]
	}
}

func fails(c journal.Case) bool { return c.Result != "pass" && c.Result != "skip" }

func outcome(c journal.Case) *Outcome { return &Outcome{c.Result, c.Score} }

// same reports whether nothing became of a case that was not there before.
func (c *Case) same() bool {
	if c.Before == nil || c.After == nil {
		return c.After == nil
	}
	return !c.Otherwise && c.Before.Result == c.After.Result && (c.Before.Score == nil) == (c.After.Score == nil) &&
		(c.Before.Score == nil || *c.Before.Score == *c.After.Score)
}

// chainTo lists the accepted candidates that lead to best, the first one first:
// those that it was made from, and those that were merged into it.
func chainTo(run *journal.Run, best journal.Hash) []*journal.Candidate {
	chain := ledTo(run, best)
	for i := 0; i < len(chain); i++ {
		if chain[i].Merged == "" {
			continue
		}
		for _, c := range ledTo(run, chain[i].Merged) {
			if !slices.Contains(chain, c) {
				chain = append(chain, c)
			}
		}
	}
	slices.SortStableFunc(chain, func(a, b *journal.Candidate) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Index, b.Index))
	})
	return chain
}

// ledTo lists best and what it was made from.
func ledTo(run *journal.Run, best journal.Hash) []*journal.Candidate {
	var chain []*journal.Candidate
	for _, a := range slices.Backward(run.Accepted) {
		if a.Hash != best {
			continue
		}
		i := slices.IndexFunc(run.Candidates, func(c journal.Candidate) bool {
			return c.Hash == best && c.Step == a.Step && c.Rejected == ""
		})
		if i < 0 {
			break
		}
		chain = append(chain, &run.Candidates[i])
		best = run.Candidates[i].Base
	}
	return chain
}

func (r *Report) changes(run *journal.Run, chain []*journal.Candidate) {
	for _, c := range chain {
		ch := Change{Step: c.Step, Why: shorten(c.Reasoning, maxWhy)}
		if m := measuredOf(run, c); m != nil {
			ch.Ratio = m.Ratio
		}
		for id := range c.Assign {
			ch.Params = append(ch.Params, id)
		}
		slices.Sort(ch.Params)
		r.Changes = append(r.Changes, ch)
	}
}

func (r *Report) spent(run *journal.Run) {
	s := run.Spent()
	r.Spent = Spent{Calls: s.Calls, Tokens: s.Tokens, Guess: s.Guess, USD: float64(s.Cost) / 1e9}
	if s.Cost > 0 {
		r.Spent.cost = s.Cost.String()
	}
	for _, x := range run.Exchanges {
		r.Spent.Program += x.Spent.Calls
	}
}

// tried counts the proposals and says why those that are not accepted are not.
func (r *Report) tried(run *journal.Run, chain []*journal.Candidate) {
	count := map[string]*Rejected{}
	var order []*Rejected
	add := func(reason, example string) {
		g := count[reason]
		if g == nil {
			g = &Rejected{Reason: reason, Example: shorten(example, maxExample)}
			count[reason] = g
			order = append(order, g)
		}
		g.Count++
	}
	for _, f := range run.Refused {
		r.Tried.Proposals++
		add(reason(f.Reason))
	}
	accepted := map[[2]any]bool{}
	for _, a := range run.Accepted {
		accepted[[2]any{a.Step, a.Hash}] = true
	}
	kept := map[*journal.Candidate]bool{}
	for _, c := range chain {
		kept[c] = true
	}
	seen := map[journal.Hash]bool{}
	for i := range run.Candidates {
		c := &run.Candidates[i]
		r.Tried.Proposals++
		switch {
		case c.Rejected != "":
			add(reason(c.Rejected))
		case c.Total == nil || seen[c.Hash]:
			add("the same as an earlier one", "")
		case kept[c]:
			r.Tried.Accepted++
			r.Tried.Evaluated++
		case accepted[[2]any{c.Step, c.Hash}]:
			r.Tried.Evaluated++
			add("accepted at first, but not part of the result", c.Reasoning)
		default:
			r.Tried.Evaluated++
			add(notBetter(run, c))
		}
		seen[c.Hash] = true
	}
	slices.SortStableFunc(order, func(a, b *Rejected) int { return cmp.Compare(b.Count, a.Count) })
	for _, g := range order {
		r.Rejected = append(r.Rejected, *g)
	}
}

// notBetter says why a candidate that ran was not accepted, and what it was about.
func notBetter(run *journal.Run, c *journal.Candidate) (class, example string) {
	if len(run.Measured) > 0 {
		failed := map[string]bool{}
		for _, b := range run.CasesOf(c.Base) {
			failed[b.Name] = b.Failed()
		}
		for _, o := range c.Cases {
			if was, known := failed[o.Name]; known && !was && o.Failed() {
				return "it fails a case that passed", c.Reasoning
			}
		}
		if m := measuredOf(run, c); m != nil {
			switch {
			case m.Accepted:
				return notTheBest, c.Reasoning
			case m.Failed != "":
				return "it could not be measured", m.Failed
			case m.Why != "":
				return "measured, and not shown to be better", m.Why + ": " + c.Reasoning
			}
		}
	}
	if base := totalOf(run, c.Base); base != nil && (c.Total.Failed < base.Failed || c.Total.Failed == base.Failed && c.Total.Score > base.Score) {
		return notTheBest, c.Reasoning
	}
	return "not better than what was there", c.Reasoning
}

const notTheBest = "better than what was there, but not the best of its step"

// totalOf is how a candidate stands, or the original.
func totalOf(run *journal.Run, h journal.Hash) *journal.Total {
	if run.Baseline != nil && run.Baseline.Candidate == h {
		return &run.Baseline.Total
	}
	if c := candidate(run, h); c != nil {
		return c.Total
	}
	return nil
}

// reason is the class of a rejection, and what this one said.
func reason(text string) (class, example string) {
	text = heart(text)
	for _, known := range []struct{ prefix, class string }{
		{"size: ", "larger than allowed"},
		{"parse: ", "not a text that can stand for the parameter"},
		{"signature: ", "another signature"},
		{"types: ", "does not pass the type checker"},
		{"constraint: ", "breaks a constraint"},
		{"allowlist: ", "uses what is not allowed"},
		{"it does not compile", "does not compile"},
		{"go vet, which go test runs, finds fault", "go vet finds fault"},
		{"compiling it was stopped", "takes too much to compile"},
	} {
		if strings.HasPrefix(text, known.prefix) {
			return known.class, text
		}
	}
	return "an answer that cannot be used", text
}

// heart is what a reply to a model quotes, if it quotes something.
func heart(text string) string {
	var quoted []string
	for l := range strings.SplitSeq(text, "\n") {
		if q, ok := strings.CutPrefix(l, "> "); ok {
			quoted = append(quoted, q)
		}
	}
	if len(quoted) > 0 {
		return strings.Join(quoted, "\n")
	}
	return text
}

// shorten keeps the beginning of a text: whole paragraphs where possible.
func shorten(text string, most int) string {
	text = strings.TrimSpace(text)
	if len(text) <= most {
		return text
	}
	cut := text[:most]
	for _, sep := range []string{"\n\n", "\n", " "} {
		if i := strings.LastIndex(cut, sep); i > most/2 {
			cut = cut[:i]
			break
		}
	}
	return strings.ToValidUTF8(strings.TrimSpace(cut), "") + " …"
}

const (
	maxWhy     = 900
	maxExample = 200
)

func plural(n int, forms ...string) string {
	one, many := forms[0], forms[0]+"s"
	if len(forms) > 1 {
		many = forms[1]
	}
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
