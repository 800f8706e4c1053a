// Package program says which files decide what a loaded program is.
package program

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/internal/fresh"
)

// Inputs lists what the loading of a program read or looked for, named packages
// and not only their files. goMod is the module file in use.
func Inputs(prog *gen.Program, goMod string, patterns []string) fresh.Inputs {
	var in fresh.Inputs
	mods := []string{goMod}
	roots := []string{prog.ModRoot}
	if prog.GoWork != "" {
		in.File(prog.GoWork)
		in.File(prog.GoWork + ".sum")
		in.Stamp(filepath.Join(filepath.Dir(prog.GoWork), "vendor"))
		mods = append(mods, prog.GoMod)
		modules, replaced := workspace(prog.GoWork)
		for _, dir := range modules {
			roots = append(roots, dir)
			mods = append(mods, filepath.Join(dir, "go.mod"))
		}
		for _, dir := range replaced {
			in.Stamp(dir)
		}
	}
	for _, name := range mods {
		in.File(name)
		in.File(strings.TrimSuffix(name, ".mod") + ".sum")
		for _, dir := range replacedInMod(name) {
			in.Stamp(dir)
		}
	}
	in.Stamp(filepath.Join(prog.ModRoot, "vendor"))
	for _, p := range patterns {
		if p == "all" || p == "work" || p == "tool" || strings.Contains(p, "...") {
			for _, dir := range roots {
				in.Tree(dir)
			}
		}
	}
	for _, p := range prog.Packages {
		for _, name := range p.GoFiles {
			in.Package(filepath.Dir(name))
		}
		for _, name := range p.EmbedFiles {
			in.File(name)
		}
	}
	return in
}

// workspace lists the folders of the modules of a go.work file, and those that
// stand for other modules.
func workspace(file string) (modules, replaced []string) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, nil
	}
	work, err := modfile.ParseWork(file, data, nil)
	if err != nil {
		return nil, nil
	}
	for _, u := range work.Use {
		modules = append(modules, below(filepath.Dir(file), u.Path))
	}
	return modules, replacedByFolders(filepath.Dir(file), work.Replace)
}

// replacedInMod lists the folders that stand for modules in a go.mod file.
func replacedInMod(file string) []string {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	mod, err := modfile.Parse(file, data, nil)
	if err != nil {
		return nil
	}
	return replacedByFolders(filepath.Dir(file), mod.Replace)
}

func replacedByFolders(dir string, replace []*modfile.Replace) []string {
	var dirs []string
	for _, r := range replace {
		if r.New.Version == "" {
			dirs = append(dirs, below(dir, r.New.Path))
		}
	}
	return dirs
}

func below(dir, name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}
