package overlay

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
	"golang.org/x/tools/txtar"

	embedded "github.com/opto-go/trace"
)

// fakeRuntime stands in for the runtime: small, and with type parameters, which
// rewritten code uses.
var fakeRuntime = []embedded.File{{
	Name: "runtime/tracefile/tracefile.go",
	Data: []byte("package tracefile\n\nconst Version = 1\n\nfunc Keep[T any](v T) T { return v }\n"),
}}

// overlaid is the rewritten main.go: it alone imports the runtime.
const overlaid = `package main

import "github.com/opto-go/trace/runtime/tracefile"

func main() { println("recorded", tracefile.Keep[int](tracefile.Version), other()) }
`

// TestBuild runs go on modules that never heard of us, with main.go overlaid.
func TestBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	const main = "-- main.go --\npackage main\n\nfunc main() { println(\"plain\") }\n-- other.go --\npackage main\n\nfunc other() int { return 7 }\n"
	const dep = "-- other.go --\npackage main\n\nimport \"example.com/dep\"\n\nfunc other() int { return dep.X }\n-- main.go --\npackage main\n\nfunc main() { println(\"plain\") }\n"
	const vendored = "-- vendor/example.com/dep/dep.go --\npackage dep\n\nimport \"example.com/deep\"\n\nconst X = deep.X\n" +
		"-- vendor/example.com/deep/deep.go --\npackage deep\n\nconst X = 42\n"
	for _, tt := range []struct {
		name   string
		module string // txtar
		dir    string // of main.go below the root; where go runs
		work   bool
		args   []string
		mod    string // Options.Mod
		want   string
	}{
		{name: "go 1.11", module: "-- go.mod --\nmodule example.com/u\n\ngo 1.11\n" + main},
		{name: "go 1.16", module: "-- go.mod --\nmodule example.com/u\n\ngo 1.16\n" + main},
		{name: "go 1.18", module: "-- go.mod --\nmodule example.com/u\n\ngo 1.18\n" + main},
		{name: "go 1.21", module: "-- go.mod --\nmodule example.com/u\n\ngo 1.21\n" + main},
		{name: "go 1.26", module: "-- go.mod --\nmodule example.com/u\n\ngo 1.26\n" + main},
		{name: "no go line", module: "-- go.mod --\nmodule example.com/u\n" + main},
		{
			name:   "required at another version",
			module: "-- go.mod --\nmodule example.com/u\n\ngo 1.21\n\nrequire github.com/opto-go/trace v0.3.0\n" + main,
		},
		{
			name:   "required and replaced by the user",
			module: "-- go.mod --\nmodule example.com/u\n\ngo 1.21\n\nrequire github.com/opto-go/trace v0.3.0\n\nreplace github.com/opto-go/trace v0.3.0 => ./nowhere\n\nreplace github.com/opto-go/trace => ./nowhere\n" + main,
		},
		{
			name: "-mod=mod", args: []string{"-mod=mod"}, mod: "mod",
			module: "-- go.mod --\nmodule example.com/u\n\ngo 1.21\n" + main,
		},
		{
			name: "workspace", work: true, dir: "a",
			module: "-- go.work --\ngo 1.21\n\nuse ./a\n-- a/go.mod --\nmodule example.com/a\n\ngo 1.21\n" + strings.ReplaceAll(main, "-- ", "-- a/"),
		},
		{
			name: "workspace, required and replaced everywhere", work: true, dir: "a",
			module: "-- go.work --\ngo 1.21\n\nuse ./a\n\nreplace github.com/opto-go/trace => ./nowhere\n" +
				"-- a/go.mod --\nmodule example.com/a\n\ngo 1.21\n\nrequire github.com/opto-go/trace v0.3.0\n\nreplace github.com/opto-go/trace => ../elsewhere\n" +
				strings.ReplaceAll(main, "-- ", "-- a/"),
		},
		{
			name: "workspace of old modules", work: true, dir: "a",
			module: "-- go.work --\nuse ./a\n-- a/go.mod --\nmodule example.com/a\n\ngo 1.16\n" + strings.ReplaceAll(main, "-- ", "-- a/"),
		},
		{
			name: "vendor", want: "recorded 1 42\n",
			module: "-- go.mod --\nmodule example.com/u\n\ngo 1.21\n\nrequire (\n\texample.com/dep v1.0.0\n\texample.com/deep v1.2.0 // indirect\n)\n" + dep + vendored +
				"-- vendor/modules.txt --\n# example.com/dep v1.0.0\n## explicit; go 1.21\nexample.com/dep\n# example.com/deep v1.2.0\n## explicit\nexample.com/deep\n",
		},
		{
			name: "vendor, requirements of requirements unlisted", want: "recorded 1 42\n",
			module: "-- go.mod --\nmodule example.com/u\n\ngo 1.16\n\nrequire example.com/dep v1.0.0\n\nreplace example.com/dep => ./gone\n" + dep + vendored +
				"-- vendor/modules.txt --\n# example.com/dep v1.0.0 => ./gone\n## explicit\nexample.com/dep\n# example.com/deep v1.2.0\nexample.com/deep\n# example.com/dep => ./gone\n",
		},
		{
			name: "vendor, our module too", want: "recorded 1 42\n",
			module: "-- go.mod --\nmodule example.com/u\n\ngo 1.21\n\nrequire (\n\texample.com/dep v1.0.0\n\texample.com/deep v1.2.0 // indirect\n\tgithub.com/opto-go/trace v0.1.0\n)\n" + dep + vendored +
				"-- vendor/modules.txt --\n# example.com/dep v1.0.0\n## explicit; go 1.21\nexample.com/dep\n# example.com/deep v1.2.0\n## explicit\nexample.com/deep\n" +
				"# github.com/opto-go/trace v0.1.0\n## explicit; go 1.18\ngithub.com/opto-go/trace/runtime\n-- vendor/github.com/opto-go/trace/runtime/old.go --\npackage trace\n",
		},
		{
			name: "workspace with vendor", work: true, dir: "a", want: "recorded 1 42\n",
			module: "-- go.work --\ngo 1.22\n\nuse ./a\n-- a/go.mod --\nmodule example.com/a\n\ngo 1.16\n\nrequire example.com/dep v1.0.0\n" +
				strings.ReplaceAll(dep, "-- ", "-- a/") + vendored +
				"-- vendor/modules.txt --\n## workspace\n# example.com/dep v1.0.0\n## explicit\nexample.com/dep\n# example.com/deep v1.2.0\nexample.com/deep\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := unpackTxtar(t, tt.module)
			dir := filepath.Join(root, tt.dir)
			before := snapshot(t, root)
			ov := write(t, root, tt.dir, tt.work, tt.mod)
			want := tt.want
			if want == "" {
				want = "recorded 1 7\n"
			}
			if got := goRun(t, dir, append(tt.args, ov.Flags...)); got != want {
				t.Errorf("with the overlay: %s, want %s", got, want)
			}
			if diff := cmp.Diff(before, snapshot(t, root)); diff != "" {
				t.Errorf("the module changed (-before +after):\n%s", diff)
			}
		})
	}
}

// TestVet checks that the vet run of go test accepts lifted files.
func TestVet(t *testing.T) {
	root := unpackTxtar(t, "-- go.mod --\nmodule example.com/u\n\ngo 1.16\n-- main.go --\n// +build !windows windows\n\npackage main\n\nfunc main() {}\n-- main_test.go --\npackage main\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) { main() }\n-- other.go --\npackage main\n\nfunc other() int { return 7 }\n")
	content := "// +build !windows windows\n\n" + overlaid
	ov, err := Write(map[string][]byte{filepath.Join(root, "main.go"): []byte(content)}, Options{
		Dir: t.TempDir(), ModRoot: root, ModPath: "example.com/u", GoMod: filepath.Join(root, "go.mod"),
		Runtime: true, Source: fakeRuntime, CacheDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"test"}, {"vet"}} {
		cmd := goCommand(root, append(args, ov.Flags...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", args, err, out)
		}
	}
}

// TestSymlink runs go in a directory that is reached through a symbolic link,
// spelled either way.
func TestSymlink(t *testing.T) {
	root := unpackTxtar(t, "-- go.mod --\nmodule example.com/u\n\ngo 1.21\n-- main.go --\npackage main\n\nfunc main() { println(\"plain\") }\n-- other.go --\npackage main\n\nfunc other() int { return 7 }\n")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{root, link} {
		ov := write(t, name, "", false, "")
		if got := goRun(t, name, ov.Flags); got != "recorded 1 7\n" {
			t.Errorf("named and run through %s: %s", name, got)
		}
		if got := goRun(t, root, ov.Flags); got != "recorded 1 7\n" {
			t.Errorf("named %s, run in the real directory: %s", name, got)
		}
	}
}

// TestBuildCache checks that a second overlay of the same content gives the go
// command nothing to do.
func TestBuildCache(t *testing.T) {
	root := unpackTxtar(t, "-- go.mod --\nmodule example.com/u\n\ngo 1.21\n-- main.go --\npackage main\n\nfunc main() {}\n-- other.go --\npackage main\n\nfunc other() int { return 7 }\n")
	cache := t.TempDir()
	first, second := writeIn(t, cache, root, "", false, ""), writeIn(t, cache, root, "", false, "")
	for i, ov := range []*Overlay{first, second} {
		out, err := goCommand(root, append(append([]string{"build", "-x", "-o", os.DevNull}, ov.Flags...), ".")...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if compiled := bytes.Contains(out, []byte("/compile ")); compiled != (i == 0) {
			t.Errorf("build %d: compiled %t", i, compiled)
		}
	}
}

func write(t *testing.T, root, dir string, work bool, mod string) *Overlay {
	t.Helper()
	return writeIn(t, t.TempDir(), root, dir, work, mod)
}

func writeIn(t *testing.T, cache, root, dir string, work bool, mod string) *Overlay {
	t.Helper()
	modRoot := filepath.Join(root, dir)
	goMod := filepath.Join(modRoot, "go.mod")
	data, err := os.ReadFile(goMod)
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{
		Dir: t.TempDir(), ModRoot: modRoot, ModPath: modfile.ModulePath(data), GoMod: goMod,
		Mod: mod, Runtime: true, Source: fakeRuntime, CacheDir: cache,
	}
	if work {
		opt.GoWork = filepath.Join(root, "go.work")
	}
	ov, err := Write(map[string][]byte{filepath.Join(modRoot, "main.go"): []byte(overlaid)}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return ov
}

func goCommand(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir, "GOPROXY=off", "GOFLAGS=-buildvcs=false", "GOWORK=", "GO111MODULE=on")
	return cmd
}

func goRun(t *testing.T, dir string, flags []string) string {
	t.Helper()
	out, _ := goCommand(dir, append(append([]string{"run"}, flags...), ".")...).CombinedOutput()
	return string(out)
}

func unpackTxtar(t *testing.T, archive string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(root, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func snapshot(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestCarriedRuntime compiles what this program carries as the old module that
// it becomes.
func TestCarriedRuntime(t *testing.T) {
	dir, err := unpack(embedded.Files(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if out, err := goCommand(dir, "build", "./...").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
