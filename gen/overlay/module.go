package overlay

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"

	embedded "github.com/opto-go/trace"
)

// pseudo is the version under which the runtime is required. Its form is what
// the go command itself writes for a module that exists in a directory only.
const pseudo = "v0.0.0-00010101000000-000000000000"

// edits is what brings the runtime in: module files in new words, and flags.
type edits struct {
	files map[string][]byte
	flags []string
}

// bringRuntime unpacks the runtime and returns the module file edits with which
// the user's module can import it.
func (w *writer) bringRuntime() (*edits, error) {
	opt := w.opt
	if opt.GoMod == "" || opt.GoMod == os.DevNull || opt.ModRoot == "" {
		return nil, errors.New("no go.mod: the packages to record must be in a module (go mod init)")
	}
	if opt.ModPath == Module {
		return &edits{}, nil // the runtime is at hand
	}
	var work *workspace
	if opt.GoWork != "" {
		var err error
		if work, err = w.readWorkspace(opt.GoWork); err != nil {
			return nil, err
		}
		if work.has(Module) {
			return &edits{}, nil
		}
	}
	source := opt.Source
	if source == nil {
		source = embedded.Files()
	}
	dir, err := unpack(source, opt.CacheDir)
	if err != nil {
		return nil, err
	}
	w.runtime = dir
	if work != nil {
		return w.editWork(work, dir)
	}
	return w.editMod(dir)
}

// editMod overlays go.mod: require and replace.
func (w *writer) editMod(runtimeDir string) (*edits, error) {
	mod, err := w.readMod(w.opt.GoMod)
	if err != nil {
		return nil, err
	}
	e := &edits{files: map[string][]byte{}}
	vendor, err := w.vendored(w.opt.ModRoot, goLine(mod), "1.14")
	if err != nil {
		return nil, err
	}
	if vendor != nil {
		e.flags = append(e.flags, "-mod=readonly")
		required := map[string]bool{}
		for _, r := range mod.Require {
			required[r.Mod.Path] = true
		}
		for _, m := range vendor {
			if m.path == Module {
				continue
			}
			if err := replaceAll(mod, m.path, m.dir); err != nil {
				return nil, err
			}
			// Before go 1.17, go.mod leaves the requirements of
			// requirements to their go.mod files, which are not vendored.
			if !required[m.path] && m.used {
				mod.AddNewRequire(m.path, m.version, true)
			}
			e.files[filepath.Join(m.dir, "go.mod")] = m.goMod()
		}
	}
	if err := mod.DropRequire(Module); err != nil {
		return nil, err
	}
	mod.AddNewRequire(Module, pseudo, false)
	if err := replaceAll(mod, Module, runtimeDir); err != nil {
		return nil, err
	}
	mod.Cleanup()
	if e.files[w.opt.GoMod], err = mod.Format(); err != nil {
		return nil, err
	}
	return e, nil
}

// replacer is the part that go.mod and go.work files share.
type replacer interface {
	AddReplace(oldPath, oldVers, newPath, newVers string) error
	DropReplace(oldPath, oldVers string) error
}

// replaceAll lets dir stand for every version of the module path and for
// whatever replaced it.
func replaceAll(f replacer, path, dir string) error {
	if err := dropReplaces(f, path); err != nil {
		return err
	}
	return f.AddReplace(path, "", filepath.ToSlash(dir), "")
}

func dropReplaces(f replacer, path string) error {
	var list []*modfile.Replace
	switch f := f.(type) {
	case *modfile.File:
		list = f.Replace
	case *modfile.WorkFile:
		list = f.Replace
	}
	for _, r := range list {
		if r.Old.Path == path {
			if err := f.DropReplace(path, r.Old.Version); err != nil {
				return err
			}
		}
	}
	return nil
}

// read reads a module file as the go command would see it: through the
// caller's overlay.
func (w *writer) read(name string) ([]byte, error) {
	if by, ok := w.replace[filepath.Clean(name)]; ok {
		name = by
	}
	return os.ReadFile(name)
}

func (w *writer) readMod(name string) (*modfile.File, error) {
	data, err := w.read(name)
	if err != nil {
		return nil, err
	}
	mod, err := modfile.Parse(name, data, nil)
	if err != nil {
		return nil, fmt.Errorf("go.mod: %w", err)
	}
	return mod, nil
}

// goLine returns the version of the go line. A module without one is read as
// go 1.16 by the go command.
func goLine(mod *modfile.File) string {
	if mod.Go == nil {
		return "1.16"
	}
	return mod.Go.Version
}
