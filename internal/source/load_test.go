package source

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/txtar"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/directive"
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
	cfg := &packages.Config{
		Mode:    packages.LoadSyntax | packages.NeedModule,
		Dir:     dir,
		Context: context.Background(),
		Env:     append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off"),
		Tests:   true,
		Overlay: overlay,
	}
	pkgs, err := packages.Load(cfg, "./...")
	if err != nil {
		t.Fatal(err)
	}
	prog := &gen.Program{ModRoot: dir, ModPath: "example.com/m", GoMod: filepath.Join(dir, "go.mod"), Config: gen.Config{Dir: dir, Overlay: overlay}}
	for _, pkg := range pkgs {
		if strings.HasSuffix(pkg.ID, ".test") {
			continue
		}
		for _, err := range pkg.Errors {
			t.Fatal(err)
		}
		prog.Fset = pkg.Fset
		prog.Roots = append(prog.Roots, pkg)
		prog.Packages = append(prog.Packages, pkg)
		targets, problems := directive.Collect(&directive.Package{
			Path: pkg.PkgPath, Fset: pkg.Fset, Files: pkg.Syntax, Types: pkg.Types, Info: pkg.TypesInfo,
		})
		for _, p := range problems {
			t.Errorf("%s: %s (%s)", pkg.Fset.Position(p.Pos), p.Message, p.Hint)
		}
		prog.Targets = append(prog.Targets, targets...)
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
