package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/internal/ui"
	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

// ownFlags are tracegen's flags of build, run and test.
type ownFlags struct {
	record string
	all    bool
	level  gen.Level
	values string // bounds of recorded values, as in TRACE_VALUES
	nodes  string // how many nodes a case records, as in TRACE_NODES
}

// splitOwn takes tracegen's own flags off the front of the arguments of cmd.
func splitOwn(cmd string, args []string) (own ownFlags, rest []string, err error) {
	for len(args) > 0 && isFlag(args[0]) {
		arg := args[0]
		_, value, hasValue := strings.Cut(arg, "=")
		needValue := func() error {
			if hasValue {
				args = args[1:]
				return nil
			}
			if len(args) < 2 {
				return ui.Errorf("flag needs an argument: %s", arg)
			}
			value, args = args[1], args[2:]
			return nil
		}
		switch flagName(arg) {
		case "record":
			if err := needValue(); err != nil {
				return own, nil, err
			}
			if value == "" {
				return own, nil, ui.Errorf("-record needs the name of a file")
			}
			own.record = value
		case "all":
			switch value {
			case "", "true":
				own.all = true
			case "false":
				own.all = false
			default:
				return own, nil, ui.Errorf("invalid value %q for flag -all", value)
			}
			args = args[1:]
		case "level":
			if err := needValue(); err != nil {
				return own, nil, err
			}
			switch value {
			case "flow":
				own.level = gen.LevelFlow
			case "bundle":
				own.level = gen.LevelBundle
			default:
				return own, nil, ui.Errorf("invalid value %q for flag -level", value).WithHint("levels: flow, bundle")
			}
		case "values":
			if err := needValue(); err != nil {
				return own, nil, err
			}
			if err := trace.CheckValues(value); err != nil {
				return own, nil, ui.Errorf("-values: %w", err).WithHint("for example: -values depth=6,elems=100,bytes=2000,errors=text")
			}
			own.values = value
		case "nodes":
			if err := needValue(); err != nil {
				return own, nil, err
			}
			if n, err := strconv.Atoi(value); err != nil || n < 1 || n > tracefile.MaxNodes {
				return own, nil, ui.Errorf("-nodes must be a number from 1 to %d, not %q", tracefile.MaxNodes, value)
			}
			own.nodes = value
		case "h", "help":
			return own, nil, &helpError{cmd}
		default:
			return own, args, nil
		}
	}
	return own, args, nil
}

// isOwn reports whether a flag is one of ours.
func isOwn(name string) bool {
	return name == "record" || name == "all" || name == "level" || name == "values" || name == "nodes"
}

// wrongFlag turns an error of [parseGoArgs] into one with a next step, if it is
// about a flag of ours in go's place.
func wrongFlag(cmd string, err error) error {
	var unknown *unknownFlagError
	if errors.As(err, &unknown) && isOwn(flagName(unknown.flag)) {
		return afterGo(cmd, flagName(unknown.flag))
	}
	return ui.Errorf("%w", err)
}

func afterGo(cmd, name string) *ui.Error {
	hint := "tracegen's own flags stand directly behind the command: tracegen %s -%s …"
	if cmd == "test" {
		hint += "; flags of the test binary can stand behind -args"
	}
	return ui.Errorf("flag -%s after go's arguments", name).WithHint(hint, cmd, name)
}

// misplaced refuses flags that stand where they would mean something else than
// the user wants.
func misplaced(cmd string, a *goArgs) error {
	switch cmd {
	case "build":
		return noFlags(a.packages, cmd)
	case "test":
		for _, f := range a.after {
			// Several words are those behind -args or a first argument.
			if f.name == "" && len(f.words) == 1 && isFlag(f.words[0]) && isOwn(flagName(f.words[0])) {
				return afterGo(cmd, flagName(f.words[0]))
			}
		}
	}
	return nil // for run, everything behind the package is the program's
}
