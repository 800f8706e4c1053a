package train

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/journal"
)

// Show prints what happened in a run. Many candidates of a step that made nothing
// better are only counted, unless all is set.
func Show(w io.Writer, run *journal.Run, all bool) error {
	p := &printer{w: w}
	h := run.Header
	if f := run.Settings().Flags; f.Search != "" {
		h.Flags.Search, h.Flags.Parents, h.Flags.Proposals = f.Search, f.Parents, f.Proposals
	}
	p.line("run        %s", filepath.Base(run.Dir))
	p.line("packages   %s", strings.Join(h.Packages, " "))
	p.line("made with  tracetrain %s, %s", h.Tool, h.Go)
	p.line("optimizer  %s, model %s, sandbox %s, seed %d", h.Optimizer, h.Model, h.Sandbox, h.Flags.Seed)
	if f := h.Flags; f.Search != "" {
		p.line("search     %s, %s × %s a step", f.Search, plural(f.Parents, "parent"), plural(f.Proposals, "proposal"))
	}
	p.line("parameters %s", strings.Join(h.Params, " "))
	for _, id := range sortedKeys(h.Allow) {
		p.line("allowed    %s: %s", id, strings.Join(h.Allow[id], ", "))
	}
	if h.Flags.Bench != "" {
		p.line("objective  %s of the benchmarks %s", wantedText(h.Flags), h.Flags.Bench)
	}
	if h.Flags.ScoreCmd != "" {
		p.line("objective  the number that %s prints, higher is better", h.Flags.ScoreCmd)
	}
	if h.Flags.Holdout != "" {
		p.line("held out   %s", h.Flags.Holdout)
	}
	p.limit(run)
	if run.Baseline == nil {
		p.line("\nThe run ended before its baseline was measured.")
		return p.err
	}
	p.line("\nbaseline   %s", total(run.Baseline.Total))
	p.failing(run.Baseline.Cases)
	if o := run.Baseline.Order; o != nil {
		p.line("           order of the tests: %s%s", o.Text(), orderWhy(o))
	}
	for _, f := range run.Baseline.Flaky {
		p.line("           flaky, does not count: %s", flakyText(f))
	}
	for _, v := range run.Baseline.Vary {
		p.line("           score varies: %s", varyText(v))
	}
	p.heldBaseline(run.Baseline.Held)
	p.measured(run, forBaseline, 0, "")
	candidates := newCandidateList(p, run, h, all)
	for step, last := 1, lastStep(run); step <= last; step++ {
		for _, c := range run.Calls {
			if c.Key.Step != step {
				continue
			}
			switch {
			case c.Error != "":
				p.line("step %-5d call %v: failed: %s", step, c.Key, firstLines(c.Error, 1))
			default:
				p.line("step %-5d call %v: prompt %s, answer %s, %d + %d tokens", step, c.Key, c.Prompt.Short(), c.Answer.Short(), c.PromptTokens, c.CompletionTokens)
			}
		}
		candidates.step(step)
	}
	if spent := run.Spent(); spent.Calls > 0 {
		p.line("\nspent      %s", spentText(spent))
	}
	switch n := len(run.Resumed); n {
	case 0:
	case 1:
		p.line("\nIt was stopped and resumed once.")
	default:
		p.line("\nIt was stopped and resumed %d times.", n)
	}
	for _, m := range run.Measured {
		if m.For == forVerify {
			p.line("\nverified   %s beside the original", m.Hash.Short())
			p.benchmarks(m)
		}
	}
	if run.End == nil {
		p.line("\nThe run was killed before its end.")
		return p.err
	}
	p.line("\nend        %s: %s", run.End.Reason, total(run.End.Total))
	p.heldEnd(run.End.Held)
	p.result(h.Flags, run.End.Estimates)
	if r := run.End.Single; r != nil {
		p.line("           %s", singleText(r, h.Flags, total))
	}
	return p.err
}

// madeFrom says what a candidate changes, where that is not plain.
func madeFrom(h journal.Header, c journal.Candidate) string {
	switch {
	case c.Merged != "":
		return " of " + c.Base.Short() + " and " + c.Merged.Short()
	case h.Flags.Parents > 1:
		return " of " + c.Base.Short()
	}
	return ""
}

func lastStep(run *journal.Run) int {
	last := 0
	for _, c := range run.Calls {
		last = max(last, c.Key.Step)
	}
	for _, c := range run.Candidates {
		last = max(last, c.Step)
	}
	return last
}

func total(t journal.Total) string {
	return fmt.Sprintf("%d of %d failing, mean score %.4g", t.Failed, t.Scored, t.Score)
}

// A printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) failing(cases []journal.Case) {
	for _, c := range cases {
		if c.Result != build.Pass && !c.New {
			p.line("           %s %s: %s", c.Result, c.Name, strings.ReplaceAll(shortLines(c.Feedback), "\n", "\n             "))
		}
	}
}

// shortLines is the beginning of a text for a list.
func shortLines(text string) string {
	lines := strings.Split(firstLines(text, 3), "\n")
	for i, l := range lines {
		const most = 120
		if len(l) > most {
			lines[i] = strings.ToValidUTF8(l[:most], "") + "…"
		}
	}
	return strings.Join(lines, "\n")
}
