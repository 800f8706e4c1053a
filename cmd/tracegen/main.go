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
	"path/filepath"
	"runtime/debug"
	"sort"
	"strings"

	"github.com/opto-go/trace/gen/directive/vet"
	"github.com/opto-go/trace/internal/manual"
	"github.com/opto-go/trace/internal/ui"
)

func main() {
	if vet.IsVettoolCall(os.Args[1:]) {
		vet.Main()
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a short life with much syntax: time is worth more than memory
	}
	ctx, stop := signal.NotifyContext(context.Background(), stopSignals...)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())
	stop()
	os.Exit(code)
}

const progName = "tracegen"

//go:embed doc.go
var doc string

// helpError asks for the help of a command.
type helpError struct{ command string }

func (*helpError) Error() string { return flag.ErrHelp.Error() }

// help returns what -h prints: the package comment, or what it says about a
// command.
func help(command string) string {
	m := manual.Of(progName, doc)
	if command == "" {
		return m.Text
	}
	flags := []string{"C"}
	if command == "vet" {
		flags = append(flags, "tags")
	}
	return m.Help(command, flags...)
}

// command is one invocation: where it stands and what it talks to.
type command struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            []string // of the process
	dir            string   // absolute, without symbolic links; all paths are relative to it
	tags           string
	asked          *goEnv // what the go command said about itself
}

// commands are the words that may stand after the global flags.
var commands = map[string]func(*command, context.Context, []string) error{
	"build": (*command).build,
	"run":   (*command).run,
	"test":  (*command).test,
	"vet":   (*command).vet,
	"graph": (*command).graph,
}

// run is tracegen: arguments in, exit code out.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	c := &command{stdin: stdin, stdout: stdout, stderr: stderr, env: env}
	err := c.main(ctx, args)
	var asked *helpError
	switch {
	case errors.As(err, &asked):
		fmt.Fprint(stdout, help(asked.command))
		return ui.OK
	case err != nil && ctx.Err() != nil && !isExit(err):
		err = ui.Failf("interrupted")
	}
	return ui.Report(stderr, progName, err)
}

// isExit reports whether err only carries an exit code.
func isExit(err error) bool {
	var e *ui.Error
	return errors.As(err, &e) && e.Err == nil
}

func (c *command) main(ctx context.Context, args []string) error {
	fs := newFlags()
	var (
		chdir = fs.String("C", "", "")
		tags  = fs.String("tags", "", "")
		diff  = fs.Bool("d", false, "")
		notes = fs.Bool("v", false, "")
		out   = fs.String("o", "", "")
	)
	if err := parse(fs, args, ""); err != nil {
		return err
	}
	if err := c.chdir(*chdir); err != nil {
		return err
	}
	c.tags = *tags
	args = fs.Args()
	if len(args) > 0 {
		if do, ok := commands[args[0]]; ok {
			if err := onlyFor(fs, args[0]); err != nil {
				return err
			}
			return do(c, ctx, args[1:])
		}
		if args[0] == "help" {
			if len(args) > 1 && commands[args[1]] != nil {
				return &helpError{args[1]}
			}
			return &helpError{}
		}
	}
	if err := noFlags(args, ""); err != nil {
		return err
	}
	if err := c.knownWords(args); err != nil {
		return err
	}
	return c.generate(ctx, genOptions{patterns: args, diff: *diff, notes: *notes, out: *out})
}

// onlyFor refuses global flags that mean nothing to the command cmd.
func onlyFor(fs *flag.FlagSet, cmd string) error {
	var err error
	fs.Visit(func(f *flag.Flag) {
		switch {
		case err != nil || f.Name == "C":
		case f.Name == "tags" && cmd == "vet":
		case f.Name == "tags" && cmd != "graph":
			err = ui.Errorf("flag -tags before %s", cmd).WithHint("-tags is go's flag there: tracegen %s -tags %s …", cmd, f.Value)
		default:
			err = ui.Errorf("flag -%s does not go with %s", f.Name, cmd).WithHint("run tracegen %s -h for what it takes", cmd)
		}
	})
	return err
}

// knownWords refuses a first argument that looks like a mistyped command: a
// bare word that is no directory here.
func (c *command) knownWords(args []string) error {
	if len(args) == 0 || strings.ContainsAny(args[0], "./\\@") {
		return nil
	}
	switch args[0] {
	case "all", "std", "cmd", "work", "tool":
		return nil // package patterns
	}
	if c.isPackage(args[0]) {
		return nil
	}
	hint := fmt.Sprintf("commands: %s; packages are written as ./%s", strings.Join(commandNames(), ", "), args[0])
	return ui.Errorf("unknown command %q", args[0]).WithHint("%s", hint)
}

// isPackage reports whether a bare word is an import path of the standard
// library or of the module, whose refusal has better words elsewhere.
func (c *command) isPackage(word string) bool {
	cmd := c.goCommand("list", "-find", "--", word)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, nil, nil
	return cmd.Run() == nil
}

func commandNames() []string {
	var names []string
	for name := range commands {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// chdir makes dir the directory that everything else is relative to.
func (c *command) chdir(dir string) error {
	if c.dir != "" {
		if dir == "" {
			return nil
		}
		dir = c.path(dir)
	}
	if dir == "" {
		dir = "."
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ui.Errorf("-C: %w", err)
	}
	// The go command compares overlay keys with names below its working
	// directory as it is spelled, so it must be spelled in one way.
	if c.dir, err = filepath.EvalSymlinks(abs); err != nil {
		return ui.Errorf("-C: %w", err)
	}
	if fi, err := os.Stat(c.dir); err != nil || !fi.IsDir() {
		return ui.Errorf("-C: %s is not a directory", dir)
	}
	return nil
}

// path resolves a file name of the command line.
func (c *command) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.dir, name)
}

func (c *command) vet(ctx context.Context, args []string) error {
	fs := newFlags()
	fs.StringVar(&c.tags, "tags", c.tags, "")
	fix := fs.Bool("fix", false, "")
	diff := fs.Bool("diff", false, "")
	if err := parse(fs, args, "vet"); err != nil {
		return err
	}
	if err := noFlags(fs.Args(), "vet"); err != nil {
		return err
	}
	if _, err := c.inModule(ctx); err != nil {
		return err
	}
	return ui.Exit(vet.Packages(ctx, vet.Options{
		Dir: c.dir, Tags: c.tags, Patterns: fs.Args(), Fix: *fix, Diff: *diff, Stdout: c.stdout, Stderr: c.stderr,
	}))
}

// newFlags returns a flag set that prints nothing by itself.
func newFlags() *flag.FlagSet {
	fs := flag.NewFlagSet(progName, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	return fs
}

// parse parses flags up to the first argument.
func parse(fs *flag.FlagSet, args []string, cmd string) error {
	err := fs.Parse(args)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, flag.ErrHelp):
		return &helpError{cmd}
	}
	hint := "run tracegen -h for the flags"
	if cmd != "" {
		hint = fmt.Sprintf("run tracegen %s -h for its flags", cmd)
	}
	return ui.Errorf("%w", err).WithHint("%s", hint)
}

// noFlags refuses flags among arguments: a flag in the wrong place must never
// be taken for a package.
func noFlags(args []string, cmd string) error {
	for i, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			continue
		}
		if cmd != "" {
			cmd += " "
		}
		return ui.Errorf("flag %s after an argument", arg).
			WithHint("flags come first: tracegen %s%s %s", cmd, arg, strings.Join(args[:i], " "))
	}
	return nil
}
