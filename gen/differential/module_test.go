package differential

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
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
	modtest.Write(t, dir, "go.mod", "module "+path+"\n\ngo "+v+"\n")
	return dir
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
	return instrumentFlow(t, cfg)
}

// instrumentFlow rewrites what cfg says.
func instrumentFlow(t testing.TB, cfg gen.Config) instrumented {
	t.Helper()
	prog, out := modtest.Load(t, cfg)
	return instrumented{out.Notes, modtest.Flags(t, prog, out)}
}

// goBuild builds the main package of a folder. Several programs are built side
// by side, each by one compiler at a time.
func goBuild(t testing.TB, dir string, args ...string) {
	t.Helper()
	modtest.Build(t, dir, append([]string{"-p=1"}, args...)...)
}
