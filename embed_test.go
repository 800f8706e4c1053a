package embedded

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFiles holds the embedded files against the tree, so that a new folder
// of the runtime cannot be forgotten.
func TestFiles(t *testing.T) {
	var want []string
	err := filepath.WalkDir("runtime", func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && d.Name() == "testdata" {
			return filepath.SkipDir
		}
		source := filepath.Ext(path) == ".go" || filepath.Ext(path) == ".s"
		if source && !strings.HasSuffix(path, "_test.go") {
			want = append(want, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(want)
	var got []string
	for _, f := range Files() {
		got = append(got, f.Name)
		onDisk, err := os.ReadFile(filepath.FromSlash(f.Name))
		if err != nil || string(onDisk) != string(f.Data) {
			t.Errorf("%s differs from the file on disk (%v)", f.Name, err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("embedded files (-tree +embedded):\n%s", diff)
	}
	for _, name := range []string{"runtime/graph.go", "runtime/tracefile/reader.go", "runtime/internal/snapshot/snapshot.go"} {
		if i := sort.SearchStrings(got, name); i == len(got) || got[i] != name {
			t.Errorf("%s is missing", name)
		}
	}
}

// TestImports: the runtime goes into other people's modules, so it may import
// the standard library and itself, nothing else.
func TestImports(t *testing.T) {
	const self = "github.com/opto-go/trace/runtime"
	for _, f := range Files() {
		if filepath.Ext(f.Name) != ".go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Data, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			std := !strings.Contains(strings.Split(path, "/")[0], ".")
			if !std && path != self && !strings.HasPrefix(path, self+"/") {
				t.Errorf("%s imports %s", f.Name, path)
			}
		}
	}
}

// TestOldLanguage unpacks the files as tracegen does, into a module of the
// oldest language version that we promise, and builds them there.
func TestOldLanguage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a module")
	}
	dir := t.TempDir()
	write := func(name, data string) {
		t.Helper()
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module github.com/opto-go/trace\n\ngo 1.18\n")
	for _, f := range Files() {
		write(f.Name, string(f.Data))
	}
	cmd := exec.Command("go", "build", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
