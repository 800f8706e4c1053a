package overlay

import (
	"fmt"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// workspace is a go.work file with the module files that it joins.
type workspace struct {
	name string
	file *modfile.WorkFile
	mods []*modfile.File
	dirs []string // of mods
}

func (w *writer) readWorkspace(name string) (*workspace, error) {
	data, err := w.read(name)
	if err != nil {
		return nil, err
	}
	file, err := modfile.ParseWork(name, data, nil)
	if err != nil {
		return nil, fmt.Errorf("go.work: %w", err)
	}
	work := &workspace{name: name, file: file}
	for _, use := range file.Use {
		dir := filepath.FromSlash(use.Path)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(filepath.Dir(name), dir)
		}
		mod, err := w.readMod(filepath.Join(dir, "go.mod"))
		if err != nil {
			return nil, err
		}
		work.mods = append(work.mods, mod)
		work.dirs = append(work.dirs, dir)
	}
	return work, nil
}

func (work *workspace) has(path string) bool {
	for _, mod := range work.mods {
		if mod.Module != nil && mod.Module.Mod.Path == path {
			return true
		}
	}
	return false
}

// editWork overlays go.work: a use line for the runtime. A module in use wins
// over every requirement and over replace lines of the joined modules; a
// replace line of go.work itself would be an error, and is dropped. (A replace
// line alone would not do: no module would require it.)
func (w *writer) editWork(work *workspace, runtimeDir string) (*edits, error) {
	f := work.file
	e := &edits{files: map[string][]byte{}}
	line := "1.18"
	if f.Go != nil {
		line = f.Go.Version
	}
	vendor, err := w.vendored(filepath.Dir(work.name), line, "1.22")
	if err != nil {
		return nil, err
	}
	if vendor != nil {
		e.flags = append(e.flags, "-mod=readonly")
		if err := w.standInWork(work, vendor, e); err != nil {
			return nil, err
		}
	}
	if err := dropReplaces(f, Module); err != nil {
		return nil, err
	}
	if err := f.AddUse(filepath.ToSlash(runtimeDir), ""); err != nil {
		return nil, err
	}
	f.Cleanup()
	e.files[work.name] = modfile.Format(f.Syntax)
	return e, nil
}

// standInWork replaces vendored modules by their directories, as editMod does
// for a single module. Requirements that no joined go.mod spells out are put
// into the first one.
func (w *writer) standInWork(work *workspace, vendor []vendoredModule, e *edits) error {
	required := map[string]bool{}
	for _, mod := range work.mods {
		for _, r := range mod.Require {
			required[r.Mod.Path] = true
		}
	}
	first := work.mods[0]
	added := false
	for _, m := range vendor {
		if m.path == Module {
			continue
		}
		if err := replaceAll(work.file, m.path, m.dir); err != nil {
			return err
		}
		if !required[m.path] && m.used {
			first.AddNewRequire(m.path, m.version, true)
			added = true
		}
		e.files[filepath.Join(m.dir, "go.mod")] = m.goMod()
	}
	if !added {
		return nil
	}
	first.Cleanup()
	data, err := first.Format()
	e.files[filepath.Join(work.dirs[0], "go.mod")] = data
	return err
}
