package main

import (
	"bytes"
	"context"
	"encoding/json"
	"go/version"
	"strings"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/internal/ui"
)

// minGo is the oldest go command that can be used: the go line of our go.mod.
const minGo = "go1.26"

// refuseOldGo refuses go commands older than minGo. Versions that cannot be
// read are development trees, which are newer.
func refuseOldGo(v string) error {
	v, _, _ = strings.Cut(v, "-")
	if !version.IsValid(v) || version.Compare(v, minGo) >= 0 {
		return nil
	}
	return ui.Errorf("the go command is %s, and %s or newer is needed", v, minGo).
		WithHint("install a newer Go, or let the go command fetch one: GOTOOLCHAIN=%s.0 tracegen …", minGo)
}

// refuseCover refuses flags that make the go command drop overlays without a
// word (golang/go#73802).
func refuseCover(cmd string, flags []goFlag) error {
	for _, name := range []string{"coverpkg", "coverprofile", "covermode", "cover"} {
		if _, ok := last(flags, name); !ok || name == "cover" && !on(flags, name) {
			continue
		}
		return ui.Errorf("-%s cannot be combined with recording: the go command drops overlays then (golang/go#73802)", name).
			WithHint("leave out -%s (GOFLAGS counts too), and measure coverage with a plain go %s", name, cmd)
	}
	return nil
}

// named is a package that the arguments name, as go list knows it.
type named struct {
	ImportPath string
	Standard   bool
	Module     *struct {
		Path, Version, Dir string
		Main               bool
		Replace            *struct{ Dir string }
	}
}

// listNamed asks the go command for the named packages, in its order. Errors
// are left to the loading of them.
func (c *command) listNamed(ctx context.Context, cfg gen.Config, extra []string) []named {
	args := append([]string{"list", "-e", "-find", "-json=ImportPath,Standard,Module"}, cfg.BuildFlags...)
	if cfg.Tags != "" {
		args = append(args, "-tags="+cfg.Tags)
	}
	if len(extra) > 0 {
		args = append(args, "-overlay="+extra[0])
	}
	args = append(append(args, "--"), cfg.Patterns...)
	cmd := c.goCommand(args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, nil, nil
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	var list []named
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p named
		if err := dec.Decode(&p); err != nil {
			return list
		}
		list = append(list, p)
	}
}

// refuseForeign refuses named packages whose files cannot be replaced.
func refuseForeign(list []named, modCache string) error {
	for _, p := range list {
		if p.Standard {
			return ui.Errorf("%s belongs to the standard library, and only packages of the main module can be recorded", p.ImportPath).
				WithHint("copy the package into your module")
		}
		m := p.Module
		if m == nil || m.Main {
			continue
		}
		dir := m.Dir
		if m.Replace != nil {
			dir = m.Replace.Dir
		}
		hint := "record a copy: join its module with go work use, or copy the package into your module"
		if modCache != "" && strings.HasPrefix(dir, modCache) {
			return ui.Errorf("%s is in the module cache (%s %s), where the go command accepts no overlay", p.ImportPath, m.Path, m.Version).WithHint("%s", hint)
		}
		return ui.Errorf("%s belongs to the module %s, and only packages of the main module can be recorded", p.ImportPath, m.Path).WithHint("%s", hint)
	}
	return nil
}

// refuseEmpty refuses programs in which nothing would be recorded.
func refuseEmpty(prog *gen.Program) error {
	if len(prog.Targets) > 0 || prog.Config.All {
		return nil
	}
	return ui.Errorf("no directive in any named package, nor in the packages of the module that they import").
		WithHint("write //trace:bundle on the line above a function, with \"trainable\" behind it if it may be changed;\nbetween it and a doc comment gofmt puts a line with // only;\nor follow every function with -all")
}
