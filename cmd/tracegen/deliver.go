package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/overlay"
)

// overlayFor instruments the packages that the arguments name.
func (c *command) overlayFor(ctx context.Context, cmd string, own ownFlags, a *goArgs, goflags []goFlag) (*overlay.Overlay, *instrumented, error) {
	flags := a.all(goflags)
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
		Env:        loadEnv(c.env, goflags),
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
