package main

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/internal/ui"
)

// rewrite is what gen does to a loaded program; tests of the command put another
// rewriting here.
var rewrite = func(ctx context.Context, p *gen.Program) (*gen.Output, error) { return p.Instrument(ctx) }

// instrumented loads and rewrites packages, and refuses those that cannot be
// recorded.
func (c *command) instrumented(ctx context.Context, cfg gen.Config, extra []string) (*instrumented, error) {
	env, err := c.inModule(ctx)
	if err != nil {
		return nil, err
	}
	// Before loading, which would look for the test dependencies of foreign
	// packages and complain about those.
	list := c.listNamed(ctx, cfg, extra)
	if err := refuseForeign(list, env.GOMODCACHE); err != nil {
		return nil, err
	}
	prog, err := gen.Load(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := prog.CheckDirectives(); err != nil {
		return nil, err
	}
	if err := refuseEmpty(prog); err != nil {
		return nil, err
	}
	out, err := rewrite(ctx, prog)
	if err != nil {
		return nil, err
	}
	in := &instrumented{prog: prog, out: out}
	for _, p := range list {
		in.order = append(in.order, p.ImportPath)
	}
	return in, nil
}

// instrumented is a program and what became of it.
type instrumented struct {
	prog  *gen.Program
	out   *gen.Output
	order []string // import paths of the named packages, as go list orders them
}

// files returns the rewritten files by name.
func (in *instrumented) files() map[string][]byte {
	files := make(map[string][]byte, len(in.out.Files))
	for _, f := range in.out.Files {
		files[filepath.Clean(f.Path)] = f.Content
	}
	return files
}

// goEnv is what we ask the go command about itself.
type goEnv struct {
	GOVERSION, GOFLAGS, GOMODCACHE string
	all                            map[string]string
}

// goVars are what it is asked for: what decides which files a package has and
// how they are loaded.
var goVars = []string{"GOVERSION", "GOFLAGS", "GOMODCACHE", "GOROOT", "GOOS", "GOARCH", "GOEXPERIMENT", "GOMOD", "GOWORK",
	"GO111MODULE", "GOTOOLCHAIN", "CGO_ENABLED", "GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOWASM"}

// goEnv asks the go command of PATH, and refuses one that is too old.
func (c *command) goEnv(ctx context.Context) (*goEnv, error) {
	if c.asked != nil {
		return c.asked, nil
	}
	cmd := c.goCommand(append([]string{"env", "-json"}, goVars...)...)
	cmd.Stdin = nil
	cmd.Stdout = nil
	out, err := cmd.Output()
	if err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, ui.Errorf("no go command in PATH").WithHint("install Go: https://go.dev/dl")
		}
		return nil, ui.Errorf("go env failed: %w", err)
	}
	env := &goEnv{}
	if err := errors.Join(json.Unmarshal(out, env), json.Unmarshal(out, &env.all)); err != nil {
		return nil, ui.Errorf("go env: %w", err)
	}
	if err := refuseOldGo(env.GOVERSION); err != nil {
		return nil, err
	}
	c.asked = env
	return env, nil
}

// inModule is goEnv, and refuses a directory that is in no module.
func (c *command) inModule(ctx context.Context) (*goEnv, error) {
	env, err := c.goEnv(ctx)
	if err != nil {
		return nil, err
	}
	if none := gen.OutsideModule(c.dir, env.all); none != nil {
		return nil, ui.Errorf("%w", none).WithHint("%s", none.Hint())
	}
	return env, nil
}

// goCommand returns the go command with our streams. It is not bound to a
// context: a signal goes to the child first, which may have a file to finish.
func (c *command) goCommand(args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir = c.dir
	cmd.Env = append(c.env[:len(c.env):len(c.env)], "PWD="+c.dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.stdin, c.stdout, c.stderr
	return cmd
}
