package source

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/optimizer"
)

// module writes a txtar archive to a new directory; go.mod is added if missing.
func module(t testing.TB, archive string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"go.mod": []byte("module example.com/m\n\ngo 1.26\n")}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		files[f.Name] = f.Data
	}
	for name, data := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// load loads all packages of a module, tests included.
func load(t testing.TB, dir string, overlay map[string][]byte) *gen.Program {
	t.Helper()
	prog, err := gen.Load(context.Background(), gen.Config{
		Dir:      dir,
		Patterns: []string{"./..."},
		Env:      append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off"),
		Tests:    true,
		Overlay:  overlay,
	})
	if err != nil {
		t.Fatal(err)
	}
	return prog
}

// params loads an archive and returns its parameters.
func params(t testing.TB, archive string) (*gen.Program, []*Param) {
	t.Helper()
	prog := load(t, module(t, archive), nil)
	list, err := Params(prog)
	if err != nil {
		t.Fatal(err)
	}
	return prog, list
}

func param(t testing.TB, list []*Param, name string) *Param {
	t.Helper()
	i := slices.IndexFunc(list, func(p *Param) bool { return p.Name == name || p.ID == name })
	if i < 0 {
		t.Fatalf("no parameter %s", name)
	}
	return list[i]
}

func assign(id, src string) optimizer.Proposal {
	return optimizer.Proposal{Assign: map[string]string{id: src}}
}
