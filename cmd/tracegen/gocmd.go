package main

import (
	"context"
	"slices"

	"github.com/opto-go/trace/internal/ui"
)

func (c *command) build(ctx context.Context, args []string) error {
	return c.goWith(ctx, "build", args)
}
func (c *command) run(ctx context.Context, args []string) error  { return c.goWith(ctx, "run", args) }
func (c *command) test(ctx context.Context, args []string) error { return c.goWith(ctx, "test", args) }

// goWith runs go build, run or test on the instrumented program.
func (c *command) goWith(ctx context.Context, cmd string, args []string) error {
	own, args, err := splitOwn(cmd, args)
	if err != nil {
		return err
	}
	a, err := parseGoArgs(cmd, args)
	if err != nil {
		return wrongFlag(cmd, err)
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

	env, err := c.inModule(ctx)
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
	for _, f := range []struct{ name, value, env string }{{"values", own.values, "TRACE_VALUES"}, {"nodes", own.nodes, "TRACE_NODES"}} {
		if f.value != "" && own.record == "" {
			return ui.Errorf("-%s needs -record", f.name).
				WithHint("a program that is started with TRACE_DIR by hand takes the same text from %s", f.env)
		}
	}
	if own.record != "" {
		if err := c.canRecord(cmd, own.record, flags); err != nil {
			return err
		}
	}

	d, err := c.deliver(ctx, cmd, own, a, goflags)
	if err != nil {
		return err
	}
	ours := d.Flags
	drop := []string{"C", "overlay"}
	if len(d.Flags) > 1 { // a vendor directory is stood in for
		drop = append(drop, "mod")
	}
	if own.record == "" {
		return c.goRun(a.line(cmd, ours, drop...), c.env)
	}
	if _, ok := last(flags, "count"); cmd == "test" && !ok {
		ours = append(slices.Clip(ours), "-count=1")
	}
	return c.record(cmd, d.Order, c.path(own.record), func(env []string) error {
		if own.values != "" {
			env = append(env, "TRACE_VALUES="+own.values)
		}
		if own.nodes != "" {
			env = append(env, "TRACE_NODES="+own.nodes)
		}
		return c.goRun(a.line(cmd, ours, drop...), env)
	})
}
