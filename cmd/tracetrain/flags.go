package main

import (
	"errors"
	"flag"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/opto-go/trace/internal/train"
	"github.com/opto-go/trace/internal/ui"
)

// options are the flags of one invocation.
type options struct {
	train.Options
	Format string   // of a report
	All    bool     // candidates are shown
	given  []string // names of the flags that were set

	candidate string // that is shown; empty: all of the run
}

// parse reads flags, packages, and arguments after --.
func (o *options) parse(args []string) error {
	if i := indexOf(args, "--"); i >= 0 {
		o.Args = append([]string{}, args[i+1:]...)
		args = args[:i]
	}
	fs := flag.NewFlagSet(train.Name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.Dir, "C", "", "")
	fs.StringVar(&o.Run, "run", "", "")
	fs.StringVar(&o.Bench, "bench", "", "")
	fs.StringVar(&o.Minimize, "minimize", "", "")
	fs.StringVar(&o.Maximize, "maximize", "", "")
	fs.Func("tolerance", "", func(s string) error {
		v, err := train.ParseTolerance(s)
		o.Tolerance = &v
		return err
	})
	fs.BoolVar(&o.Recorded, "recorded", false, "")
	fs.StringVar(&o.Format, "format", "", "")
	fs.BoolVar(&o.All, "all", false, "")
	fs.StringVar(&o.ScoreCmd, "score-cmd", "", "")
	fs.StringVar(&o.Holdout, "holdout", "", "")
	fs.Func("allow", "", func(s string) error {
		list, err := train.ParseAllow(s)
		o.Allow = append(o.Allow, list...)
		return err
	})
	fs.StringVar(&o.Tags, "tags", "", "")
	fs.DurationVar(&o.Timeout, "timeout", 0, "")
	fs.Func("env", "", func(s string) error {
		if name, _, _ := strings.Cut(s, "="); name == "" {
			return errors.New("want NAME or NAME=VALUE")
		}
		o.Env = append(o.Env, s)
		return nil
	})
	fs.StringVar(&o.Model, "llm", "", "")
	fs.StringVar(&o.Sandbox, "sandbox", "", "")
	fs.Func("read", "", func(s string) error {
		if s == "" {
			return errors.New("want a file or directory")
		}
		o.Read = append(o.Read, s)
		return nil
	})
	fs.StringVar(&o.Optimizer, "optimizer", "", "")
	fs.IntVar(&o.Batch, "batch", 0, "")
	fs.StringVar(&o.Search, "search", "", "")
	fs.IntVar(&o.Parents, "parents", 0, "")
	fs.IntVar(&o.Proposals, "proposals", 0, "")
	fs.Func("patience", "", func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return errors.New("want a number of steps, or 0 for no limit")
		}
		o.Patience = &n
		return nil
	})
	fs.IntVar(&o.Steps, "steps", 0, "")
	fs.Func("budget", "", func(s string) (err error) {
		o.Budget, err = train.ParseBudget(s)
		return err
	})
	fs.Func("max-tokens", "", func(s string) (err error) {
		o.MaxTokens, err = train.ParseMaxTokens(s)
		return err
	})
	fs.DurationVar(&o.LLMTimeout, "llm-timeout", 0, "")
	fs.BoolVar(&o.Proxy, "proxy", false, "")
	fs.DurationVar(&o.MaxTime, "max-time", 0, "")
	fs.IntVar(&o.Baseline, "baseline", 0, "")
	fs.IntVar(&o.Parallel, "parallel", 0, "")
	fs.Int64Var(&o.Seed, "seed", 0, "")
	fs.StringVar(&o.Runs, "runs", "", "")
	fs.BoolVar(&o.Apply, "apply", false, "")
	fs.StringVar(&o.Branch, "branch", "", "")
	fs.BoolVar(&o.JSON, "json", false, "")
	fs.BoolVar(&o.Strict, "strict", false, "")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return ui.Errorf("%w", err).WithHint("tracetrain -h lists the flags")
	}
	for _, a := range fs.Args() {
		if strings.HasPrefix(a, "-") {
			return ui.Errorf("the flag %s stands after an argument", a).
				WithHint("flags come before packages; arguments of the program come after --")
		}
	}
	if o.Dir != "" { // before any other path is looked at
		if err := os.Chdir(o.Dir); err != nil {
			return ui.Errorf("-C: %w", err)
		}
		o.Dir = ""
	}
	o.Patterns = fs.Args()
	fs.Visit(func(f *flag.Flag) { o.given = append(o.given, f.Name) })
	for _, f := range o.given {
		switch {
		case f == "steps" && o.Steps <= 0, f == "batch" && o.Batch <= 0, f == "parents" && o.Parents <= 0, f == "proposals" && o.Proposals <= 0,
			f == "parallel" && o.Parallel <= 0, f == "baseline" && o.Baseline <= 0,
			f == "timeout" && o.Timeout <= 0, f == "llm-timeout" && o.LLMTimeout <= 0, f == "max-time" && o.MaxTime <= 0:
			return ui.Errorf("-%s must be above zero", f)
		case f == "branch" && o.Branch == "":
			return ui.Errorf("-branch needs a name").WithHint("such as -branch trace/limit")
		case f == "search" && o.Search == "":
			return ui.Errorf("-search needs a name").WithHint("such as -search auto")
		case f == "bench" && o.Bench == "":
			return ui.Errorf("-bench needs a pattern").WithHint("-bench . takes all benchmarks")
		case f == "score-cmd" && o.ScoreCmd == "":
			return ui.Errorf("-score-cmd needs a command")
		case f == "holdout" && o.Holdout == "":
			return ui.Errorf("-holdout needs a part or a pattern").WithHint("-holdout 20%% holds out a fifth of the cases")
		case f == "minimize" && o.Minimize == "", f == "maximize" && o.Maximize == "":
			return ui.Errorf("-%s needs a unit", f).WithHint("such as ns/op, B/op, allocs/op, or one that a benchmark reports with b.ReportMetric")
		}
	}
	return nil
}

func indexOf(list []string, s string) int {
	for i, v := range list {
		if v == s {
			return i
		}
	}
	return -1
}
