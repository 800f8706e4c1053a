package train

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/checker"
	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/ui"
	"github.com/opto-go/trace/internal/workdir"
)

// Doctor prints what is available here: the toolchain, each layer that stands
// between a candidate and the machine, the model, the place for runs. It fails
// when training cannot work.
func Doctor(ctx context.Context, opt Options) error {
	environ, err := build.Environ(ctx, opt.Dir, opt.Environ)
	if err != nil {
		return ui.Failf("the go command does not run: %w", err).WithHint("install Go, or put it into PATH")
	}
	work, _, err := workdir.New(ctx)
	if err != nil {
		return ui.Failf("no room for temporary files: %w", err)
	}
	defer work.Close()
	p := &printer{w: opt.Stdout}
	builder, err := build.NewBuilder(ctx, work.Path, opt.Dir, environ)
	if err != nil {
		return ui.Failf("%w", err)
	}
	p.line("go         %s", builder.GoVersion())
	flags := build.FlagsOf(environ)
	if flags == "" {
		flags = "none"
	}
	p.line("flags      %s", flags)
	p.line("code       bodies are type-checked and kept to an allowlist of symbols")
	p.line("checks     %s", checksText(ctx))
	sandboxLines(ctx, p)
	if weak := builder.Weak(); weak != "" {
		p.line("results    read from the output of go test: %s", weak)
	} else {
		p.line("results    over a pipe, from package testing itself")
	}
	p.line("model      %s", modelText(environ))
	if _, err := llm.LoadPrices(func(name string) string { return lookup(environ, name) }); err != nil {
		p.line("prices     %v", firstLines(err.Error(), 1))
	} else {
		p.line("prices     %s", pricesText(environ))
	}
	runs := opt.Runs
	if runs == "" {
		if runs, err = RunsDir(environ); err != nil {
			return err
		}
	}
	if err := writable(runs); err != nil {
		p.line("runs       %s: %v", runs, err)
		if p.err != nil {
			return p.err
		}
		return ui.Failf("runs cannot be kept in %s", runs).WithHint("name another directory with -runs or TRACE_RUNS")
	}
	p.line("runs       %s", runs)
	return p.err
}

// checksText says what stands between this process and code that is hard to check.
func checksText(ctx context.Context) string {
	if err := checker.Probe(ctx); err != nil {
		return "code of a model cannot be checked here: " + firstLines(err.Error(), 1)
	}
	return "code of a model is parsed and type-checked in a process of its own: " + checker.LimitsText
}

// modelText says which model a run would ask. Keys are named, never shown.
func modelText(environ []string) string {
	word := lookup(environ, "TRACE_LLM")
	key := "OPENAI_API_KEY is not set"
	if lookup(environ, "OPENAI_API_KEY") != "" {
		key = "OPENAI_API_KEY is set, and is used only when asked for"
	}
	if word == "" {
		return fmt.Sprintf("none (TRACE_LLM is not set, and there may be -llm); %s", key)
	}
	if _, err := llm.Parse(word); err != nil {
		return fmt.Sprintf("TRACE_LLM: %v", err)
	}
	return fmt.Sprintf("%s (TRACE_LLM); %s", word, key)
}

// pricesText says where prices come from.
func pricesText(environ []string) string {
	name := llm.UserPrices(func(name string) string { return lookup(environ, name) })
	if name == "" {
		return "built in"
	}
	if _, err := os.Stat(name); err != nil {
		return "built in; there may be others in " + name
	}
	return name + ", then those built in"
}

// writable makes dir and tries to write there.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(filepath.Join(dir, filepath.Base(f.Name())))
}
