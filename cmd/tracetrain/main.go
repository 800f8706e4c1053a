package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/opto-go/trace/internal/manual"
	"github.com/opto-go/trace/internal/train"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

func main() {
	if evaluates(os.Args[1:]) {
		if err := hideEnviron(); err != nil {
			ui.Warn(os.Stderr, train.Name, "programs under training could read the environment of this process: %v", err)
		}
	}
	os.Exit(start())
}

// start is tracetrain as a process that has its environment.
func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), stopSignals...)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the process at once
	}()
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Environ())
	stop()
	return code
}

// evaluates reports whether a command line leads to candidates that run.
func evaluates(args []string) bool {
	if len(args) == 0 {
		return true
	}
	switch args[0] {
	case "show", "diff", "apply", "report", "doctor", "help", "-h", "-help", "--help":
		return false
	}
	return true
}

//go:embed doc.go
var doc string

// helpError asks for the help of a command.
type helpError struct{ command string }

func (*helpError) Error() string { return flag.ErrHelp.Error() }

// help returns what -h prints: the package comment, or what it says about a
// command.
func help(command string) string {
	m := manual.Of(train.Name, doc)
	if command == "" {
		return m.Text
	}
	return m.Help(command, strings.Fields(allowed[command])...)
}

// commands are the words that may stand in place of packages.
var commands = map[string]func(context.Context, *options, string) error{
	"resume": resume,
	"replay": replay,
	"show":   show,
	"diff":   diff,
	"apply":  apply,
	"report": report,
	"doctor": doctor,
}

// run is tracetrain: arguments in, exit code out.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, environ []string) int {
	err := command(ctx, args, stdout, stderr, environ)
	var asked *helpError
	if errors.As(err, &asked) {
		fmt.Fprint(stdout, help(asked.command))
		return ui.OK
	}
	return ui.Report(stderr, train.Name, err)
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer, environ []string) error {
	opt := &options{}
	opt.Stdout, opt.Stderr, opt.Environ = stdout, stderr, environ
	opt.OwnProcess = true
	if len(args) > 0 {
		if do := commands[args[0]]; do != nil {
			return runCommand(ctx, do, opt, args[0], args[1:])
		}
		if args[0] == "help" && (len(args) == 1 || len(args) == 2 && commands[args[1]] != nil) {
			return &helpError{strings.Join(args[1:], "")}
		}
	}
	if err := opt.parse(args); errors.Is(err, flag.ErrHelp) {
		return &helpError{}
	} else if err != nil {
		return err
	}
	if len(opt.Patterns) > 0 {
		if commands[opt.Patterns[0]] != nil {
			return ui.Errorf("%s comes first: its flags stand after it", opt.Patterns[0]).
				WithHint("write: tracetrain %s [flags] …", opt.Patterns[0])
		}
	}
	if opt.Recorded {
		return ui.Errorf("-recorded is a flag of replay").WithHint("write: tracetrain replay -recorded RUN")
	}
	if opt.Format != "" {
		return ui.Errorf("-format is a flag of report").WithHint("write: tracetrain report -format %s RUN", opt.Format)
	}
	if opt.All {
		return ui.Errorf("-all is a flag of show").WithHint("write: tracetrain show -all RUN")
	}
	return train.Train(ctx, opt.Options)
}

func runCommand(ctx context.Context, do func(context.Context, *options, string) error, opt *options, name string, args []string) error {
	if err := opt.parse(args); errors.Is(err, flag.ErrHelp) {
		return &helpError{name}
	} else if err != nil {
		return err
	}
	if name == "doctor" {
		if len(opt.Patterns)+len(opt.Args) > 0 {
			return ui.Errorf("doctor takes no arguments")
		}
		opt.Patterns = []string{""}
	}
	if name == "show" && len(opt.Patterns) == 2 {
		opt.candidate, opt.Patterns = opt.Patterns[1], opt.Patterns[:1]
	}
	if len(opt.Patterns) != 1 || len(opt.Args) > 0 {
		more := ""
		if name == "show" {
			more = ", and may have a STEP/INDEX: one candidate"
		}
		return ui.Errorf("%s needs one RUN, an id or a path%s", name, more).
			WithHint("a run prints its id in its last lines")
	}
	for _, f := range opt.given {
		if !strings.Contains(" "+allowed[name]+" ", " "+f+" ") {
			return ui.Errorf("%s takes no flag -%s", name, f).WithHint("%s", flagHint(name, f))
		}
	}
	return do(ctx, opt, opt.Patterns[0])
}

// flagHint says which flags a command takes instead of f.
func flagHint(name, f string) string {
	takes := "it takes -" + strings.ReplaceAll(allowed[name], " ", " -")
	if name == "resume" {
		return "the run has its own -" + f + ", which decides about its outcome; " + takes
	}
	return takes
}

// allowed are the flags that mean something to a command.
var allowed = map[string]string{
	"resume": "C runs score-cmd sandbox read env parallel max-time steps patience budget llm llm-timeout apply branch json strict",
	"replay": "C runs score-cmd sandbox read env parallel max-time recorded strict",
	"show":   "C runs all",
	"diff":   "C runs",
	"apply":  "C runs branch",
	"report": "C runs format",
	"doctor": "C runs",
}

// find returns the directory of a run.
func find(opt *options, word string) (string, error) {
	runs := opt.Runs
	if runs == "" {
		var err error
		if runs, err = train.RunsDir(opt.Environ); err != nil {
			return "", err
		}
	}
	dir, err := journal.Find(runs, word)
	if err != nil {
		return "", &ui.Error{Code: ui.Broken, Err: err, Hint: "RUN is the id that a run prints last, or the path of its directory; -runs or TRACE_RUNS names where ids are looked up"}
	}
	return dir, nil
}

func open(opt *options, word string) (*journal.Run, error) {
	dir, err := find(opt, word)
	if err != nil {
		return nil, err
	}
	run, err := journal.Open(dir)
	if err != nil {
		return nil, ui.Errorf("%w", err)
	}
	return run, nil
}

func resume(ctx context.Context, opt *options, word string) error {
	dir, err := find(opt, word)
	if err != nil {
		return err
	}
	return train.Resume(ctx, opt.Options, dir)
}

func replay(ctx context.Context, opt *options, word string) error {
	run, err := open(opt, word)
	if err != nil {
		return err
	}
	return train.Replay(ctx, opt.Options, run)
}

func show(_ context.Context, opt *options, word string) error {
	run, err := open(opt, word)
	if err != nil {
		return err
	}
	if opt.candidate != "" {
		if opt.All {
			return ui.Errorf("-all lists candidates, and %s names one", opt.candidate).WithHint("leave out one of them")
		}
		return train.ShowCandidate(opt.Stdout, run, opt.candidate)
	}
	return train.Show(opt.Stdout, run, opt.All)
}

func diff(_ context.Context, opt *options, word string) error {
	run, err := open(opt, word)
	if err != nil {
		return err
	}
	return train.Diff(opt.Stdout, run)
}

func apply(ctx context.Context, opt *options, word string) error {
	run, err := open(opt, word)
	if err != nil {
		return err
	}
	if opt.Branch != "" {
		return train.ApplyBranch(ctx, opt.Dir, opt.Branch, opt.Environ, run, opt.Stderr)
	}
	return train.Apply(opt.Dir, run, opt.Stderr)
}

func report(_ context.Context, opt *options, word string) error {
	run, err := open(opt, word)
	if err != nil {
		return err
	}
	return train.Report(opt.Stdout, run, opt.Format)
}

func doctor(ctx context.Context, opt *options, _ string) error {
	return train.Doctor(ctx, opt.Options)
}
