package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/overlay"
	"github.com/opto-go/trace/internal/fresh/program"
)

// delivery is an overlay of instrumented packages.
type delivery struct {
	Flags []string // for the go command
	Order []string // import paths of the named packages, as go list orders them
}

// deliver instruments the packages that the arguments name, or finds what it
// wrote when it last did.
func (c *command) deliver(ctx context.Context, cmd string, own ownFlags, a *goArgs, goflags []goFlag) (*delivery, error) {
	flags := a.all(goflags)
	var extra []string
	if v, ok := last(flags, "overlay"); ok && v != "" {
		extra = []string{v}
	}
	contents, err := c.overlaid(extra)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	cfg := gen.Config{
		Dir:        c.dir,
		Patterns:   a.packages,
		BuildFlags: loadFlags(flags),
		Env:        loadEnv(c.env, goflags),
		Tests:      cmd == "test",
		Overlay:    contents,
		Level:      own.level,
		All:        own.all,
	}
	modfile, _ := last(flags, "modfile")
	memo, err := c.memo(ctx, cfg, flags, extra)
	if err != nil {
		return nil, err
	}
	if d := memo.read(); d != nil {
		return d, nil
	}
	in, err := c.instrumented(ctx, cfg, extra)
	if err != nil {
		return nil, err
	}
	prog := in.prog
	opt := overlay.Options{
		ModRoot: prog.ModRoot, ModPath: prog.ModPath, GoMod: prog.GoMod, GoWork: prog.GoWork,
		Runtime: true, Extra: extra, Base: c.dir, Layered: true,
	}
	if modfile != "" {
		opt.GoMod = c.path(modfile)
	}
	if v, ok := last(flags, "mod"); ok {
		opt.Mod = v
	}
	files := in.files()
	if opt.Dir, err = overlayDir(files, opt); err != nil {
		return nil, err
	}
	ov, err := overlay.Write(files, opt)
	if err != nil {
		return nil, err
	}
	d := &delivery{Flags: ov.Flags, Order: in.order}
	inputs := program.Inputs(prog, opt.GoMod, cfg.Patterns)
	for name := range contents {
		inputs.File(name)
	}
	if !inputs.ChangedSince(start) {
		memo.write(d, inputs, opt.Dir, ov.Runtime)
	}
	return d, nil
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

// loadEnv returns env with a GOFLAGS that package loading can stand: it asks for
// the go command's version outside module mode, where -modfile is an error, so
// that flag comes by loadFlags instead.
func loadEnv(env []string, goflags []goFlag) []string {
	if _, ok := last(goflags, "modfile"); !ok {
		return env
	}
	var fields []string
	for _, f := range goflags {
		if f.name == "modfile" {
			continue
		}
		field, quote := f.words[0], "'"
		if strings.Contains(field, quote) {
			quote = `"`
		}
		if strings.ContainsAny(field, " \t\r\n") {
			field = quote + field + quote
		}
		fields = append(fields, field)
	}
	return append(env[:len(env):len(env)], "GOFLAGS="+strings.Join(fields, " "))
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
