package gen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/gen"
)

// TestDifferential runs the own tests of packages of the standard library,
// with every function rewritten and recording: they must come to the same.
//
// TRACE_DIFFERENTIAL names other packages, or all for a list that takes
// minutes:
//
//	TRACE_DIFFERENTIAL=all go test ./gen -run TestDifferential -timeout 1h
//	TRACE_DIFFERENTIAL=sort,mime go test ./gen -run TestDifferential -v
func TestDifferential(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the tests of other packages")
	}
	packages := []string{"encoding/csv", "container/list", "text/tabwriter", "html", "text/scanner"}
	switch env := os.Getenv("TRACE_DIFFERENTIAL"); env {
	case "":
	case "all":
		packages = append(packages, "container/heap", "container/ring", "encoding/hex", "encoding/pem",
			"go/constant", "image/color", "net/mail", "regexp/syntax", "text/template/parse")
	default:
		packages = strings.Split(env, ",")
	}
	root := goRoot(t)
	for _, path := range packages {
		t.Run(path, func(t *testing.T) {
			dir := t.TempDir()
			copyPackage(t, filepath.Join(root, "src", filepath.FromSlash(path)), dir)
			write(t, dir, "go.mod", "module example.com/"+path+"\n\ngo 1.26\n")
			args := []string{"-count=1", "-v", "-vet=off", "-timeout=20m"}
			plain := results(goTest(t, dir, "", append(args, ".")...))
			if len(plain) == 0 {
				t.Fatal("go test gave no results: the package does not stand outside the standard library")
			}
			prog, out := instrument(t, gen.Config{Dir: dir, Patterns: []string{"."}, Tests: true, All: true})
			traces := t.TempDir()
			text := goTest(t, dir, traces, append(append(overlayFlags(t, prog, out), args...), ".")...)
			if diff := cmp.Diff(plain, results(text)); diff != "" {
				t.Errorf("results (-plain +recorded):\n%s\n%s", diff, text)
			}
			nodes := 0
			for _, p := range readTraces(t, traces).Programs {
				nodes += len(p.Nodes)
			}
			opaque := 0
			for _, n := range out.Notes {
				if n.Kind == gen.NoteOpaque {
					opaque++
					t.Logf("%s: %s: %s", n.Pos, n.Func, n.Reason)
				}
			}
			t.Logf("%d results, %d nodes, %d functions not followed", len(plain), nodes, opaque)
		})
	}
}

// results are the lines that say how a case ended.
func results(text string) []string {
	var lines []string
	for _, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(l), "--- ") {
			lines = append(lines, l)
		}
	}
	return sorted(lines)
}

func goRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("tests of the standard library compare with files")
	}
	return strings.TrimSpace(string(out))
}

// copyPackage copies the files of a package and its testdata.
func copyPackage(t *testing.T, from, to string) {
	t.Helper()
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
		case !e.IsDir():
			b, err := os.ReadFile(src)
			if err != nil {
				t.Fatal(err)
			}
			write(t, to, e.Name(), string(b))
		}
	}
}
