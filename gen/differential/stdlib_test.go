package differential

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/gen"
)

// Packages of the standard library whose tests stand outside it: they use no
// internal packages. The first few are the sample.
var stdPackages = []string{
	"text/tabwriter", "container/list", "encoding/csv",
	"html", "text/scanner", "container/heap", "container/ring", "encoding/hex", "encoding/pem",
	"go/constant", "image/color", "net/mail", "regexp/syntax", "text/template/parse",
}

const stdSample = 2

// TestStandardLibrary runs the own tests of packages of the standard library,
// plain and with every function rewritten and recording: they must come to
// the same.
func TestStandardLibrary(t *testing.T) {
	root := installation(t)
	packages := stdPackages
	switch env := os.Getenv("TRACE_DIFFERENTIAL"); env {
	case "":
		packages = packages[:stdSample]
	case "all":
	default:
		packages = nil
		for _, name := range strings.Split(env, ",") {
			if !strings.HasSuffix(name, ".go") {
				packages = append(packages, name)
			}
		}
	}
	sum := newSummary(t, "packages")
	for _, path := range packages {
		t.Run(path, func(t *testing.T) {
			dir := newModule(t, "example.com/"+path)
			copyPackage(t, filepath.Join(root, "src", filepath.FromSlash(path)), dir)
			compareTests(t, dir, path, sum)
		})
	}
}

// compareTests runs the tests of the package in a module's folder twice, and
// compares which of them pass.
func compareTests(t *testing.T, dir, name string, sum *summary, flags ...string) {
	t.Helper()
	args := append([]string{"-count=1", "-v", "-vet=off", "-timeout=20m"}, flags...)
	plain := results(goTest(t, dir, "", append(args, ".")...))
	if len(plain) == 0 {
		t.Fatal("go test gave no results: the package does not stand outside its module")
	}
	in := instrument(t, gen.Config{Dir: dir, Patterns: []string{"."}, Tests: true})
	traces := t.TempDir()
	text := goTest(t, dir, traces, append(append(in.flags, args...), ".")...)
	nodes, files := recordedNodes(t, traces)
	if files == 0 {
		t.Error("the tests did not record")
	}
	sum.add(in.notes, nodes)
	if diff := cmp.Diff(plain, results(text)); diff != "" {
		sum.end(name, different)
		t.Errorf("results (-plain +recorded):\n%s\n%s", diff, text)
	} else {
		sum.end(name, same)
	}
	for _, n := range in.notes {
		if n.Kind == gen.NoteOpaque {
			t.Logf("%s: %s: %s", n.Pos, n.Func, n.Reason)
		}
	}
	t.Logf("%d results, %d nodes", len(plain), nodes)
}

// goTest gives what go test prints. The tests may fail; how, both runs have
// to agree on.
func goTest(t *testing.T, dir, traces string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"test"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TRACE_DIR="+traces, "PWD="+dir)
	var buf bytes.Buffer
	cmd.Stdout, cmd.Stderr = &buf, &buf
	_ = cmd.Run()
	return buf.String()
}

// results are the lines that say how a case ended, without how long it took.
func results(text string) []string {
	var lines []string
	for _, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(l), "--- ") {
			if i := strings.LastIndex(l, " ("); i >= 0 {
				l = l[:i]
			}
			lines = append(lines, l)
		}
	}
	sort.Strings(lines)
	return lines
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
