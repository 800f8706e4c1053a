package build

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"
)

// module writes a txtar archive from testdata into a temporary directory.
func module(t *testing.T, name string) string {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range ar.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func newBuilder(t *testing.T, moddir string) *Builder {
	t.Helper()
	b, err := NewBuilder(t.Context(), t.TempDir(), moddir, os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// plainOverlay is the overlay of a module that needs nothing else.
func plainOverlay(dir string, files map[string][]byte, stored map[string]string) ([]string, error) {
	replace := maps.Clone(stored)
	if replace == nil {
		replace = map[string]string{}
	}
	n := 0
	for name, src := range files {
		n++
		path := filepath.Join(dir, "f"+string(rune('a'+n/26))+string(rune('a'+n%26))+".go")
		if err := os.WriteFile(path, src, 0o666); err != nil {
			return nil, err
		}
		replace[name] = path
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "overlay.json")
	return []string{"-overlay=" + path}, os.WriteFile(path, data, 0o666)
}

func compile(t *testing.T, b *Builder, dir string, test bool, files map[string][]byte) *Binary {
	t.Helper()
	bin, err := b.Compile(t.Context(), Spec{Dir: dir, Pkg: "example.com/m", Test: test, Files: files, Overlay: plainOverlay})
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

func results(res *Result) map[string]string {
	m := map[string]string{}
	for _, c := range res.Cases {
		m[c.Name] = c.Result
	}
	return m
}
