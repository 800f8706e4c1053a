package report

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/train/journal"
)

// embedded stands for the sandbox where none was asked for or needed.
const embedded = "embedded"

// commands are how to repeat a run: with its answers, and from the beginning.
func commands(run *journal.Run) []string {
	h := run.Settings()
	replay := []string{"tracetrain", "replay"}
	if h.Sandbox != "" && h.Sandbox != embedded {
		replay = append(replay, "-sandbox", h.Sandbox)
	}
	for _, name := range h.Flags.Read {
		replay = append(replay, "-read", name)
	}
	if h.Flags.ScoreCmd != "" {
		replay = append(replay, "-score-cmd", h.Flags.ScoreCmd)
	}
	replay = append(replay, filepath.Base(run.Dir))
	return []string{quoted(replay), quoted(anew(h))}
}

// anew is the command line that began a run, as far as the journal has it.
func anew(h journal.Header) []string {
	f := h.Flags
	args := []string{"tracetrain"}
	add := func(name, value string) {
		if value != "" {
			args = append(args, "-"+name, value)
		}
	}
	add("run", f.Run)
	add("bench", f.Bench)
	if f.Bench != "" {
		minimize, maximize := f.Units()
		add("minimize", minimize)
		add("maximize", maximize)
		add("tolerance", strconv.FormatFloat(100*f.Tolerance, 'g', 6, 64)+"%")
	}
	add("score-cmd", f.ScoreCmd)
	add("holdout", f.Holdout)
	add("allow", strings.Join(f.Allow, ","))
	add("tags", f.Tags)
	if f.TimeoutMS > 0 && !f.NoTimeout {
		add("timeout", (time.Duration(f.TimeoutMS) * time.Millisecond).String())
	}
	for _, name := range f.Env {
		add("env", name)
	}
	if f.Proxy {
		args = append(args, "-proxy")
	}
	switch provider, _, named := strings.Cut(h.Model, ":"); {
	case named:
		add("llm", h.Model)
	case provider != llm.None && provider != "":
		add("llm", provider+":…") // the journal does not have what stood here
	}
	if h.Sandbox != embedded {
		add("sandbox", h.Sandbox)
	}
	for _, name := range f.Read {
		add("read", name)
	}
	add("optimizer", h.Optimizer)
	add("search", f.Search)
	number := func(name string, n int) {
		if n > 0 {
			add(name, strconv.Itoa(n))
		}
	}
	if f.Search != "" { // of a version that has such flags
		number("parents", f.Parents)
		number("proposals", f.Proposals)
		add("patience", strconv.Itoa(f.Patience))
	}
	number("batch", f.Batch)
	number("baseline", f.Baseline)
	number("steps", f.Steps)
	add("budget", llm.Budget{Cost: f.MaxCost, Calls: f.MaxCalls, Tokens: f.MaxTokens, Evals: f.MaxEvals}.String())
	number("max-tokens", f.MaxAnswer)
	add("seed", strconv.FormatInt(f.Seed, 10))
	args = append(args, h.Packages...)
	if f.Shuffle != "" {
		h.Args = append([]string{"-test.shuffle=" + f.Shuffle}, h.Args...)
	}
	if len(h.Args) > 0 {
		args = append(append(args, "--"), h.Args...)
	}
	return args
}

// quoted writes a command line for a shell.
func quoted(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a
		if a == "" || strings.ContainsFunc(a, func(c rune) bool {
			return !strings.ContainsRune("-_./:,=@%+…", c) && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
		}) {
			out[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}
