package differential

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opto-go/trace/gen/internal/modtest"
)

// fetched gives a writable copy of the suite's module as a main module, or of
// its package of the standard library as a module of its own.
func (s suite) fetched(t *testing.T) (dir string) {
	t.Helper()
	if s.module == "std" {
		path := s.patterns[0]
		dir = newModule(t, "example.com/"+path)
		copyPackage(t, filepath.Join(installation(t), "src", filepath.FromSlash(path)), dir, path)
		return dir
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(s.cached(t))); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil { // from before modules
		modtest.Write(t, dir, "go.mod", "module "+s.module+"\n")
	}
	if _, err := os.Stat(filepath.Join(dir, "go.sum")); err != nil { // nobody checked what it requires
		cmd := exec.Command("go", "mod", "tidy")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go mod tidy: %v\n%s", err, out)
		}
	}
	return dir
}

// refused is what the go command says when a module does not exist, as opposed
// to a proxy that cannot be reached.
var refused = regexp.MustCompile(`not found|unknown revision|invalid version|checksum mismatch|malformed`)

// cached gives the folder of the module cache that has the suite's module. The
// environment says where modules come from.
func (s suite) cached(t *testing.T) string {
	t.Helper()
	at := s.module + "@" + s.version
	if s.version == "required" {
		at = s.module // run here, the go command knows the version
	}
	cmd := exec.Command("go", "mod", "download", "-json", at)
	if s.version != "required" {
		cmd.Dir = t.TempDir() // our go.mod has no say
	}
	out, err := cmd.Output()
	var m struct{ Dir, Error string }
	if jerr := json.Unmarshal(out, &m); jerr != nil {
		t.Fatalf("go mod download %s: %v\n%s", at, err, out)
	}
	switch {
	case m.Error == "":
		return m.Dir
	case refused.MatchString(m.Error):
		t.Fatal(m.Error)
	}
	t.Skipf("not compared, because the module cannot be downloaded: %s", m.Error)
	return ""
}

// copyPackage copies the files of a package and its testdata. Test files that
// import the package get the copy.
func copyPackage(t testing.TB, from, to, path string) {
	t.Helper()
	own := regexp.MustCompile(`(?m)^((?:import )?\s*(?:[\w.]+ )?)"` + regexp.QuoteMeta(path) + `"`)
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		src := filepath.Join(from, e.Name())
		switch {
		case e.Name() == "testdata":
			if err := os.CopyFS(filepath.Join(to, "testdata"), os.DirFS(src)); err != nil {
				t.Fatal(err)
			}
		case e.Type()&fs.ModeType == 0:
			b, err := os.ReadFile(src)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(e.Name(), "_test.go") {
				b = own.ReplaceAll(b, []byte(`${1}"example.com/`+path+`"`))
			}
			modtest.Write(t, to, e.Name(), string(b))
		}
	}
}
