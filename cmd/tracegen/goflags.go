package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The go command's flags of build, run and test (go help build, go help
// testflag). What matters is which of them take a value: only then can package
// arguments be told from values.
var (
	boolFlags = words(`a asan cover json linkshared modcacherw msan n race trimpath v work x buildvcs
		artifacts benchmem c failfast fullpath short`)

	valueFlags = words(`C asmflags buildmode compiler covermode coverpkg gccgoflags gcflags installsuffix ldflags
		mod modfile o overlay p pgo pkgdir tags toolexec debug-actiongraph debug-runtime-trace debug-trace exec
		bench benchtime blockprofile blockprofilerate count coverprofile cpu cpuprofile fuzz fuzzminimizetime
		fuzztime list memprofile memprofilerate mutexprofile mutexprofilefraction outputdir parallel run shuffle
		skip timeout trace vet`)

	// testOnly are the flags of go test that build and run do not know.
	testOnly = words(`artifacts benchmem c failfast fullpath short bench benchtime blockprofile blockprofilerate
		count coverprofile cpu cpuprofile fuzz fuzzminimizetime fuzztime list memprofile memprofilerate mutexprofile
		mutexprofilefraction outputdir parallel run shuffle skip timeout trace vet`)
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// goFlag is a flag of the go command as it was written.
type goFlag struct {
	name  string // without dashes and without "test."; empty for words that are not go's
	value string // "true" for a bare boolean flag
	words []string
}

// goArgs are the arguments of go build, run or test, taken apart.
type goArgs struct {
	flags    []goFlag // before the packages
	packages []string // package patterns or files
	after    []goFlag // behind them: arguments of the program or test binary, and for test more of go's flags
}

// unknownFlagError is a flag that the go command does not have.
type unknownFlagError struct{ cmd, flag string }

func (e *unknownFlagError) Error() string {
	return fmt.Sprintf("flag provided but not defined: %s (go %s has none of that name)", e.flag, e.cmd)
}

// parseGoArgs takes apart the arguments of go cmd, as the go command itself
// does (cmd/go/internal/test/testflag.go for test).
func parseGoArgs(cmd string, args []string) (*goArgs, error) {
	a := &goArgs{}
	for len(args) > 0 {
		arg := args[0]
		if arg == "--" && cmd != "test" {
			args = args[1:]
			break
		}
		if !isFlag(arg) {
			break
		}
		f, rest, err := parseGoFlag(cmd, args)
		if err != nil {
			return nil, err
		}
		if f == nil {
			if cmd != "test" {
				return nil, &unknownFlagError{cmd, arg}
			}
			// Not go's, so for the test binary; everything after it may be
			// its value. There is no package list any more.
			return a, a.parseTestRest(args)
		}
		a.flags = append(a.flags, *f)
		args = rest
	}

	switch cmd {
	case "build":
		a.packages = args
	case "run":
		n := 0
		for n < len(args) && strings.HasSuffix(args[n], ".go") {
			n++
		}
		if n == 0 && len(args) > 0 {
			n = 1
		}
		a.packages = args[:n:n]
		a.foreign(args[n:]...)
	case "test":
		for len(args) > 0 && !isFlag(args[0]) && args[0] != "--" {
			a.packages = append(a.packages, args[0])
			args = args[1:]
		}
		return a, a.parseTestRest(args)
	}
	return a, nil
}

// parseTestRest takes apart what follows the packages of go test.
func (a *goArgs) parseTestRest(args []string) error {
	valueMayFollow := false
	for len(args) > 0 {
		arg := args[0]
		switch {
		case arg == "--" || arg == "-args" || arg == "--args":
			a.foreign(args...)
			return nil
		case !isFlag(arg):
			if !valueMayFollow {
				a.foreign(args...)
				return nil
			}
			a.foreign(arg)
			args = args[1:]
			valueMayFollow = false
		default:
			f, rest, err := parseGoFlag("test", args)
			if err != nil {
				return err
			}
			valueMayFollow = f == nil && !strings.Contains(arg, "=")
			if f == nil {
				a.foreign(arg)
				args = args[1:]
				continue
			}
			a.after = append(a.after, *f)
			args = rest
		}
	}
	return nil
}

// foreign adds words that are not go's.
func (a *goArgs) foreign(words ...string) {
	if len(words) > 0 {
		a.after = append(a.after, goFlag{words: words})
	}
}

func isFlag(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && arg != "--"
}

// flagName returns the name of a flag without dashes and value.
func flagName(arg string) string {
	name := strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
	name, _, _ = strings.Cut(name, "=")
	return name
}

// parseGoFlag parses one flag of go cmd. It returns nil if go has none of that
// name there.
func parseGoFlag(cmd string, args []string) (f *goFlag, rest []string, err error) {
	arg := args[0]
	name := flagName(arg)
	if cmd == "test" {
		name = strings.TrimPrefix(name, "test.")
	}
	if testOnly[name] && cmd != "test" {
		return nil, args, nil
	}
	_, value, hasValue := strings.Cut(arg, "=")
	switch {
	case boolFlags[name]:
		if !hasValue {
			value = "true"
		}
		return &goFlag{name, value, args[:1:1]}, args[1:], nil
	case valueFlags[name] && hasValue:
		return &goFlag{name, value, args[:1:1]}, args[1:], nil
	case valueFlags[name]:
		if len(args) < 2 {
			return nil, nil, fmt.Errorf("flag needs an argument: %s", arg)
		}
		return &goFlag{name, args[1], args[:2:2]}, args[2:], nil
	}
	return nil, args, nil
}

// parseGOFLAGS parses the value of GOFLAGS as the go command does. Flags that
// cmd does not have are ignored there.
func parseGOFLAGS(cmd, value string) ([]goFlag, error) {
	fields, err := splitQuoted(value)
	if err != nil {
		return nil, fmt.Errorf("GOFLAGS: %w", err)
	}
	var flags []goFlag
	for _, field := range fields {
		if !isFlag(field) {
			return nil, fmt.Errorf("GOFLAGS: non-flag %q", field)
		}
		f, _, err := parseGoFlag(cmd, []string{field})
		if err != nil {
			return nil, fmt.Errorf("GOFLAGS: %w", err)
		}
		if f != nil {
			flags = append(flags, *f)
		}
	}
	return flags, nil
}

// splitQuoted splits at white space, with ” or "" around fields and no
// escapes, as cmd/internal/quoted does.
func splitQuoted(s string) ([]string, error) {
	const space = " \t\r\n"
	var fields []string
	for {
		s = strings.TrimLeft(s, space)
		if s == "" {
			return fields, nil
		}
		if q := s[0]; q == '"' || q == '\'' {
			field, rest, ok := strings.Cut(s[1:], string(q))
			if !ok {
				return nil, fmt.Errorf("unterminated %c string", q)
			}
			fields, s = append(fields, field), rest
			continue
		}
		i := strings.IndexAny(s, space)
		if i < 0 {
			i = len(s)
		}
		fields, s = append(fields, s[:i]), s[i:]
	}
}

// all returns go's flags in the order in which they count: a later one wins.
func (a *goArgs) all(goflags []goFlag) []goFlag {
	return slices.Concat(goflags, a.flags, a.after)
}

// last returns the value of the last flag of the name.
func last(flags []goFlag, name string) (string, bool) {
	for _, f := range slices.Backward(flags) {
		if f.name == name {
			return f.value, true
		}
	}
	return "", false
}

// on reports whether a boolean flag is set.
func on(flags []goFlag, name string) bool {
	v, ok := last(flags, name)
	if !ok {
		return false
	}
	b, err := strconv.ParseBool(v)
	return b || err != nil
}

// line puts the command line of go together again, with flags of ours that win
// over the user's. Flags named in drop are left out.
func (a *goArgs) line(cmd string, ours []string, drop ...string) []string {
	line := []string{cmd}
	add := func(flags []goFlag) {
		for _, f := range flags {
			if !slices.Contains(drop, f.name) {
				line = append(line, f.words...)
			}
		}
	}
	add(a.flags)
	line = append(line, ours...)
	line = append(line, a.packages...)
	add(a.after)
	return line
}
