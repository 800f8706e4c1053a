package gen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
)

// TestLoadOverlay loads contents that stand for files, under any name of theirs.
func TestLoadOverlay(t *testing.T) {
	dir, _ := loadWith(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err)
	}
	const more = "\n//trace:bundle trainable\nfunc More() int { return 1 }\n"
	for _, tt := range []struct {
		name, file, text string
		whole            bool // the standard library, too, is read from source
	}{
		{"a file", filepath.Join(dir, "m.go"), withModule["m.go"] + more, false},
		{"through a link", filepath.Join(link, "m.go"), withModule["m.go"] + more, false},
		{"a file that is not there", filepath.Join(dir, "more.go"), "package m\n" + more, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			prog := mustLoad(t, gen.Config{Dir: dir, Tests: true, Overlay: map[string][]byte{tt.file: []byte(tt.text)}})
			found := false
			for _, x := range prog.Targets {
				found = found || x.ID == "example.com/m.More"
			}
			if !found {
				t.Error("what the overlay declares was not found")
			}
			packages.Visit(prog.Packages, nil, func(pkg *packages.Package) {
				if pkg.PkgPath == "strings" && len(pkg.Syntax) > 0 != tt.whole {
					t.Errorf("strings was parsed: %t", len(pkg.Syntax) > 0)
				}
			})
		})
	}
}

// TestCgo finds packages with C code wherever they are.
func TestCgo(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("there is no C compiler")
	}
	const (
		plain = "package p\n\nimport _ \"net\"\n"
		cgo   = "package p\n\n// int one(void) { return 1; }\nimport \"C\"\n\nvar One = C.one()\n"
	)
	for _, tt := range []struct {
		name, env        string
		m, inTest, other string
		want             bool
	}{
		{"none but the standard library", "1", "", "", plain, false},
		{"in the package", "1", cgo, "", plain, true},
		{"in a module that it needs", "1", "", "", cgo, true},
		{"that its tests need", "1", "", "package p_test\n\nimport _ \"example.com/o\"\n", cgo, true},
		{"without cgo", "0", "", "", cgo, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			uses := "package p\n\nimport _ \"example.com/o\"\n"
			if tt.inTest != "" {
				uses = "package p\n"
				modtest.Write(t, dir, "x_test.go", tt.inTest)
			}
			modtest.Write(t, dir, "go.mod", "module example.com/m\n\ngo 1.24\n\nrequire example.com/o v0.0.0\n\nreplace example.com/o => ./o\n")
			modtest.Write(t, dir, "m.go", uses)
			if tt.m != "" {
				modtest.Write(t, dir, "c.go", tt.m)
			}
			modtest.Write(t, dir, "o/go.mod", "module example.com/o\n\ngo 1.24\n")
			modtest.Write(t, dir, "o/o.go", tt.other)
			modtest.Write(t, dir, "o/plain.go", "package p\n")
			prog, err := gen.Load(t.Context(), gen.Config{Dir: dir, Tests: true, Env: append(os.Environ(), "CGO_ENABLED="+tt.env)})
			if err != nil {
				t.Fatal(err)
			}
			if prog.Cgo != tt.want {
				t.Errorf("Cgo is %t", prog.Cgo)
			}
		})
	}
}
