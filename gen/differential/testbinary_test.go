package differential

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A testedPackage is a package of a suite that has tests.
type testedPackage struct {
	path, dir string
}

// name is the import path without what newModule put before it.
func (p testedPackage) name() string { return strings.TrimPrefix(p.path, "example.com/") }

// testedPackages lists the packages that the suite's patterns match in its
// module, in the order of the go command.
func (s suite) testedPackages(t *testing.T, dir string) []testedPackage {
	t.Helper()
	patterns := s.patterns
	if s.module == "std" {
		patterns = []string{"."}
	}
	cmd := exec.Command("go", append([]string{"list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}\t{{.Dir}}{{end}}"}, patterns...)...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var ps []testedPackage
	for _, l := range strings.Split(string(out), "\n") {
		if path, dir, ok := strings.Cut(l, "\t"); ok {
			ps = append(ps, testedPackage{path, dir})
		}
	}
	if len(ps) == 0 {
		t.Fatalf("no package of %s has tests", strings.Join(patterns, " "))
	}
	return ps
}

// source is the text of the package's files.
func (p testedPackage) source(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return b.String()
}

// A testBinary is the compiled tests of a package.
type testBinary struct {
	pkg    testedPackage
	file   string
	race   bool
	traces string // where it records; empty: it does not
}

// buildTests compiles the tests of a package.
func buildTests(t *testing.T, p testedPackage, flags ...string) testBinary {
	t.Helper()
	b := testBinary{pkg: p, file: filepath.Join(t.TempDir(), "tests")}
	for _, f := range flags {
		b.race = b.race || f == "-race"
	}
	args := append([]string{"test", "-c", "-vet=off", "-o", b.file}, flags...)
	cmd := exec.Command("go", append(args, p.path)...)
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go test -c %s: %v\n%s", p.path, err, out)
	}
	return b
}

// verdict is what the tests of a package came to: all that runs of them have
// to have in common.
type verdict struct {
	Results []string // "PASS: TestX", sorted
	Code    int      // -1: ended by a signal
	Late    bool     // stopped at the time limit
}

// testRun is a run of the tests of a package.
type testRun struct {
	verdict
	output string
	cpu    time.Duration // of the process, user and system
}

// testLimit bounds one run of the tests of a package.
const testLimit = 15 * time.Minute

// run runs the tests as the go command does.
func (b testBinary) run(t *testing.T, flags ...string) testRun {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testLimit)
	defer cancel()
	args := append([]string{"-test.v=test2json", "-test.paniconexit0", "-test.timeout=" + (testLimit - 10*time.Second).String()}, flags...)
	cmd := exec.CommandContext(ctx, b.file, args...)
	if sh, err := exec.LookPath("sh"); err == nil && runtime.GOOS == "linux" && !b.race { // its shadow memory counts
		cmd = exec.CommandContext(ctx, sh, append([]string{"-c", "ulimit -d " + strconv.Itoa(memoryLimit) + `; exec "$0" "$@"`, b.file}, args...)...)
	}
	cmd.Dir = b.pkg.dir
	cmd.Env = append(os.Environ(), "TRACE_DIR="+b.traces, "PWD="+b.pkg.dir)
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipes
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && ctx.Err() == nil && !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatal(err)
	}
	st := cmd.ProcessState
	return testRun{verdict{results(out.String()), st.ExitCode(), ctx.Err() != nil}, out.String(), st.UserTime() + st.SystemTime()}
}

// results are the lines that say how a case ended, without how long it took.
// Tests mark those lines for the go command.
func results(text string) []string {
	var lines []string
	for _, l := range strings.Split(text, "\x16")[1:] {
		if l, ok := strings.CutPrefix(l, "--- "); ok {
			l, _, _ = strings.Cut(l, "\n")
			if i := strings.LastIndex(l, " ("); i >= 0 {
				l = l[:i]
			}
			lines = append(lines, l)
		}
	}
	sort.Strings(lines)
	return lines
}
