package build

import (
	"os"
	"path/filepath"
)

// shadowGoroot makes in dir a GOROOT whose package testing has the contents of
// files, and that is made of symbolic links to goroot otherwise. It stands in
// for an overlay where the toolchain lies in the module cache: the go command
// lets nobody overlay files there. The compiler hides the place of GOROOT, so
// what was compiled for the real one is used again.
func shadowGoroot(dir, goroot string, files map[string][]byte) error {
	testing := filepath.Join(goroot, "src", "testing")
	for _, part := range []struct{ rel, except string }{
		{".", "src"},
		{"src", "testing"},
		{filepath.Join("src", "testing"), ""},
	} {
		if err := os.Mkdir(filepath.Join(dir, part.rel), 0o755); err != nil && !os.IsExist(err) {
			return err
		}
		entries, err := os.ReadDir(filepath.Join(goroot, part.rel))
		if err != nil {
			return err
		}
		for _, e := range entries {
			from := filepath.Join(goroot, part.rel, e.Name())
			if e.Name() == part.except || files[from] != nil {
				continue
			}
			if err := os.Symlink(from, filepath.Join(dir, part.rel, e.Name())); err != nil {
				return err
			}
		}
	}
	for name, src := range files {
		rel, err := filepath.Rel(testing, name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "src", "testing", rel), src, 0o644); err != nil {
			return err
		}
	}
	return nil
}
