// Package modtest helps tests to make modules and to rewrite them.
package modtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/overlay"
)

// Write writes a file of a module, with the folders that it needs.
func Write(t testing.TB, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// Load loads and rewrites what cfg says.
func Load(t testing.TB, cfg gen.Config) (*gen.Program, *gen.Output) {
	t.Helper()
	prog, err := gen.Load(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	out, err := prog.Instrument(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return prog, out
}

// Flags writes the overlay to a new directory and gives the flags that make the
// go command use it.
func Flags(t testing.TB, prog *gen.Program, out *gen.Output) []string {
	t.Helper()
	files := map[string][]byte{}
	for _, f := range out.Files {
		files[f.Path] = f.Content
	}
	ov, err := overlay.Write(files, overlay.Options{Dir: t.TempDir(), ModRoot: prog.ModRoot, ModPath: prog.ModPath,
		GoMod: prog.GoMod, GoWork: prog.GoWork, Runtime: true})
	if err != nil {
		t.Fatal(err)
	}
	return ov.Flags
}

// Build builds the main package of a folder.
func Build(t testing.TB, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Dir = dir
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, b)
	}
}
