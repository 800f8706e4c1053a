package differential

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/overlay"
)

// goLine is the go line of the modules that the suite makes: the language of
// the release that the programs came with.
var goLine = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.GoVersion}}", "std").Output()
	if err == nil && len(out) > 0 {
		return strings.TrimSpace(string(out)), nil
	}
	out, err = exec.Command("go", "env", "GOVERSION").Output()
	v, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(out)), "go"), "-")
	if f := strings.SplitN(v, ".", 3); len(f) == 3 {
		v = f[0] + "." + f[1]
	}
	return v, err
})

// goRoot is the folder of the Go installation.
var goRoot = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	return strings.TrimSpace(string(out)), err
})

// installation gives the folder of the Go installation, or skips the test
// where its programs cannot be compared.
func installation(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("runs other programs")
	}
	if runtime.GOOS == "windows" {
		t.Skip("tests of the standard library compare with files")
	}
	root, err := goRoot()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// newModule makes a module of the given path in a new folder.
func newModule(t testing.TB, path string) (dir string) {
	t.Helper()
	v, err := goLine()
	if err != nil {
		t.Fatal(err)
	}
	dir, err = filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "go.mod", "module "+path+"\n\ngo "+v+"\n")
	return dir
}

// write writes a file of a module, with the folders that it needs.
func write(t testing.TB, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// instrumented is a module with every function of its packages rewritten.
type instrumented struct {
	notes []gen.Note
	flags []string // make the go command build what came out
}

// instrument rewrites every function of the packages of a module.
func instrument(t testing.TB, cfg gen.Config) instrumented {
	t.Helper()
	cfg.All = true
	return rewritten(t, cfg)
}

// rewritten rewrites what cfg says.
func rewritten(t testing.TB, cfg gen.Config) instrumented {
	t.Helper()
	prog, err := gen.Load(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	out, err := prog.Instrument(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range out.Files {
		files[f.Path] = f.Content
	}
	ov, err := overlay.Write(files, overlay.Options{Dir: t.TempDir(), ModRoot: prog.ModRoot, ModPath: prog.ModPath,
		GoMod: prog.GoMod, GoWork: prog.GoWork, Runtime: true})
	if err != nil {
		t.Fatal(err)
	}
	return instrumented{out.Notes, ov.Flags}
}

// goBuild builds the main package of a folder. Several programs are built side
// by side, each by one compiler at a time.
func goBuild(t testing.TB, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"build", "-p=1"}, args...)...)
	cmd.Dir = dir
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, b)
	}
}
