package gen_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
)

// TestReports runs programs that end badly: panics, deadlocks, failing tests,
// data races. The plain program, the instrumented one, and the instrumented
// one while it records must print the same, with the same exit code, stack
// traces included. Compared is what sameReport leaves.
func TestReports(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	for _, test := range []struct {
		name  string
		build []string
		tests bool
	}{
		{name: "program", build: []string{"build"}},
		{name: "tests", build: []string{"test", "-c"}, tests: true},
		{name: "race", build: []string{"test", "-c", "-race"}, tests: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			ar, err := txtar.ParseFile(filepath.Join("testdata", "report", test.name+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			_, runs, _ := strings.Cut(string(ar.Comment), "\n\n")
			dir := t.TempDir()
			modtest.Write(t, dir, "go.mod", "module report\n\ngo 1.26\n")
			for _, f := range ar.Files {
				modtest.Write(t, dir, f.Name, string(f.Data))
			}
			prog, out := modtest.Load(t, gen.Config{Dir: dir, Patterns: []string{"./..."}, Tests: test.tests, All: true})
			// A function that is inlined takes the name of its caller in
			// stack traces, and twins are inlined elsewhere.
			flags := append(test.build, "-gcflags=-l")
			plain, recorded := filepath.Join(dir, "plain"), filepath.Join(dir, "recorded")
			goCommand(t, dir, append(flags, "-o", plain, ".")...)
			goCommand(t, dir, append(append(flags, modtest.Flags(t, prog, out)...), "-o", recorded, ".")...)
			n := 0
			for _, line := range strings.Split(strings.TrimSpace(runs), "\n") {
				args := strings.Fields(line)
				t.Run(line, func(t *testing.T) {
					want := runReport(t, dir, plain, "", args)
					if want.Code == 0 && !strings.Contains(want.Stdout, ".go:") {
						t.Error("this run says nothing")
					}
					if diff := cmp.Diff(want, runReport(t, dir, recorded, "", args)); diff != "" {
						t.Errorf("idle (-plain +instrumented):\n%s", diff)
					}
					traces := t.TempDir()
					if diff := cmp.Diff(want, runReport(t, dir, recorded, traces, args)); diff != "" {
						t.Errorf("recording (-plain +instrumented):\n%s", diff)
					}
				})
				n++
			}
			t.Logf("%d runs", n)
		})
	}
}

func goCommand(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, b)
	}
}

func runReport(t *testing.T, dir, bin, traces string, args []string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TRACE_DIR="+traces, "GOTRACEBACK=single")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%v %v\n%s", err, ctx.Err(), stderr.String())
	}
	return ran{sameReport(stdout.String()), sameReport(stderr.String()), cmd.ProcessState.ExitCode()}
}
