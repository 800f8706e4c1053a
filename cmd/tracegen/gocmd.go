package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/overlay"
	"github.com/opto-go/trace/internal/ui"
)

func (c *command) build(ctx context.Context, args []string) error {
	return c.goWith(ctx, "build", args)
}
func (c *command) run(ctx context.Context, args []string) error  { return c.goWith(ctx, "run", args) }
func (c *command) test(ctx context.Context, args []string) error { return c.goWith(ctx, "test", args) }

// ownFlags are tracegen's flags of build, run and test.
type ownFlags struct {
	record string
	all    bool
	level  gen.Level
}

// splitOwn takes tracegen's own flags off the front of args.
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
		case "h", "help":
			return own, nil, flag.ErrHelp
		default:
			return own, args, nil
		}
	}
	return own, args, nil
}

// misplaced refuses flags that stand where they would mean something else than
// the user wants.
func misplaced(cmd string, a *goArgs) error {
	if cmd == "build" {
		for i, p := range a.packages {
			if strings.HasPrefix(p, "-") {
				return ui.Errorf("flag %s after an argument", p).
					WithHint("flags come first: tracegen build %s %s", p, strings.Join(a.packages[:i], " "))
			}
		}
	}
	if cmd != "test" {
		return nil // behind the package everything is the program's
	}
	for _, f := range a.after {
		if f.name != "" || !isFlag(f.words[0]) || len(f.words) > 1 {
			continue
		}
		switch name := flagName(f.words[0]); name {
		case "record", "all", "level":
			return ui.Errorf("flag -%s after go's arguments", name).
				WithHint("tracegen's own flags stand directly behind the command: tracegen %s -%s …; flags of the test binary can stand behind -args", cmd, name)
		}
	}
	return nil
}

// goWith runs go build, run or test on the instrumented program.
func (c *command) goWith(ctx context.Context, cmd string, args []string) error {
	own, args, err := splitOwn(cmd, args)
	if err != nil {
		return err
	}
	a, err := parseGoArgs(cmd, args)
	if err != nil {
		var unknown *unknownFlagError
		e := ui.Errorf("%w", err)
		if errors.As(err, &unknown) {
			if name := flagName(unknown.flag); name == "record" || name == "all" || name == "level" {
				e = ui.Errorf("flag -%s after go's arguments", name).
					WithHint("tracegen's own flags stand directly behind the command: tracegen %s -%s …", cmd, name)
			}
		}
		return e
	}
	if err := misplaced(cmd, a); err != nil {
		return err
	}
	if dir, ok := last(a.flags, "C"); ok {
		if a.flags[0].name != "C" {
			return ui.Errorf("-C must be the first flag on the command line")
		}
		if err := c.chdir(dir); err != nil {
			return err
		}
	}
	if cmd == "run" && len(a.packages) == 0 {
		return ui.Errorf("no package to run").WithHint("name a main package or its files: tracegen run .")
	}

	env, err := c.goEnv(ctx)
	if err != nil {
		return err
	}
	goflags, err := parseGOFLAGS(cmd, env.GOFLAGS)
	if err != nil {
		return ui.Errorf("%w", err)
	}
	flags := a.all(goflags)
	if err := refuseCover(cmd, flags); err != nil {
		return err
	}
	if own.record != "" {
		if err := c.canRecord(cmd, own.record, flags); err != nil {
			return err
		}
	}

	ov, in, err := c.overlayFor(ctx, cmd, own, a, flags)
	if err != nil {
		return err
	}
	ours := ov.Flags
	drop := []string{"C", "overlay"}
	if len(ov.Flags) > 1 { // a vendor directory is stood in for
		drop = append(drop, "mod")
	}
	if own.record == "" {
		return c.goRun(a.line(cmd, ours, drop...), c.env)
	}
	if _, ok := last(flags, "count"); cmd == "test" && !ok {
		ours = append(slices.Clip(ours), "-count=1")
	}
	return c.record(in.order, c.path(own.record), func(env []string) error {
		return c.goRun(a.line(cmd, ours, drop...), env)
	})
}

// overlayFor instruments the packages that the arguments name.
func (c *command) overlayFor(ctx context.Context, cmd string, own ownFlags, a *goArgs, flags []goFlag) (*overlay.Overlay, *instrumented, error) {
	var extra []string
	if v, ok := last(flags, "overlay"); ok && v != "" {
		extra = []string{v}
	}
	contents, err := c.overlaid(extra)
	if err != nil {
		return nil, nil, err
	}
	cfg := gen.Config{
		Dir:        c.dir,
		Patterns:   a.packages,
		BuildFlags: loadFlags(flags),
		Env:        c.env,
		Tests:      cmd == "test",
		Overlay:    contents,
		Level:      own.level,
		All:        own.all,
	}
	in, err := c.instrumented(ctx, cfg, extra)
	if err != nil {
		return nil, nil, err
	}
	prog := in.prog
	opt := overlay.Options{
		ModRoot: prog.ModRoot, ModPath: prog.ModPath, GoMod: prog.GoMod, GoWork: prog.GoWork,
		Runtime: true, Extra: extra, Base: c.dir, Layered: true,
	}
	if v, ok := last(flags, "modfile"); ok && v != "" {
		opt.GoMod = c.path(v)
	}
	if v, ok := last(flags, "mod"); ok {
		opt.Mod = v
	}
	files := in.files()
	if opt.Dir, err = overlayDir(files, opt); err != nil {
		return nil, nil, err
	}
	ov, err := overlay.Write(files, opt)
	if err != nil {
		return nil, nil, err
	}
	return ov, in, nil
}

// loadFlags returns the flags that decide which files belong to a package.
func loadFlags(flags []goFlag) []string {
	var list []string
	if _, ok := last(flags, "cover"); ok {
		list = append(list, "-cover=false") // the only value that gets here
	}
	for _, name := range []string{"tags", "mod", "modfile", "compiler", "installsuffix"} {
		if v, ok := last(flags, name); ok {
			list = append(list, "-"+name+"="+v)
		}
	}
	for _, name := range []string{"race", "msan", "asan"} {
		if on(flags, name) {
			list = append(list, "-"+name)
		}
	}
	return list
}

// overlaid returns the contents that the caller's own overlays put in place.
func (c *command) overlaid(extra []string) (map[string][]byte, error) {
	replace, err := overlay.Read(extra, c.dir)
	if err != nil {
		return nil, err
	}
	contents := map[string][]byte{}
	for name, by := range replace {
		if contents[name], err = os.ReadFile(by); err != nil {
			return nil, fmt.Errorf("-overlay: %w", err)
		}
	}
	return contents, nil
}
