package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tracetrain": func() {
			ctx, stop := signal.NotifyContext(context.Background(), stopSignals...)
			defer stop()
			os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Environ()))
		},
	})
}

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("each script compiles many programs")
	}
	cache := goEnv(t, "GOCACHE")
	modcache := goEnv(t, "GOMODCACHE")
	goroot := goEnv(t, "GOROOT")
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("GOCACHE", cache)
			e.Setenv("GOMODCACHE", modcache)
			e.Setenv("GOROOT_DIR", goroot)
			e.Setenv("GOPROXY", "off")
			e.Setenv("GOFLAGS", "")
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".cache"))
			e.Setenv("TRACE_RUNS", filepath.Join(e.WorkDir, ".runs"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"runid":   runID,
			"nokids":  noKids,
			"waitfor": waitFor,
		},
	})
}

// runID sets RUN to the path of the only run.
func runID(ts *testscript.TestScript, neg bool, args []string) {
	runs, err := filepath.Glob(filepath.Join(ts.Getenv("WORK"), ".runs", "*"))
	ts.Check(err)
	if neg || len(args) > 0 || len(runs) != 1 {
		ts.Fatalf("usage: runid; runs: %q", runs)
	}
	ts.Setenv("RUN", filepath.Base(runs[0]))
}

// waitFor waits until a file exists.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfor file")
	}
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(args[0]); err == nil {
			return
		}
	}
	ts.Fatalf("%s did not appear", args[0])
}

// noKids checks that no process with the given word in its command line is
// left.
func noKids(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: nokids word")
	}
	out, err := exec.Command("ps", "-A", "-o", "args").Output()
	if err != nil {
		return // no ps here
	}
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, args[0]) {
			ts.Fatalf("still running: %s", line)
		}
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
