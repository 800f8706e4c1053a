package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
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
			"stdpath": stdPath,
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

// stdPath makes a module of the standard library's package path in a directory,
// with one function's body replaced by a panic and made trainable.
func stdPath(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: stdpath dir function")
	}
	dir, fn := ts.MkAbs(args[0]), args[1]
	ts.Check(os.MkdirAll(dir, 0o777))
	src := filepath.Join(ts.Getenv("GOROOT_DIR"), "src", "path")
	files, err := filepath.Glob(filepath.Join(src, "*.go"))
	ts.Check(err)
	body := regexp.MustCompile(`(?ms)^func ` + fn + `\((.*?)\{\n.*?^}\n`)
	found := false
	for _, name := range files {
		data, err := os.ReadFile(name)
		ts.Check(err)
		text := strings.NewReplacer(
			`"internal/bytealg"`, `"strings"`, // nobody else may import that
			"bytealg.IndexByteString", "strings.IndexByte",
			"bytealg.LastIndexByteString", "strings.LastIndexByte",
			`"path"`, `"example.com/path"`,
		).Replace(string(data))
		if body.MatchString(text) && filepath.Base(name) == "path.go" {
			found = true
			text = body.ReplaceAllString(text, "//\n//trace:bundle trainable\nfunc "+fn+"($1{\n\treturn \"\"\n}\n")
		}
		ts.Check(os.WriteFile(filepath.Join(dir, filepath.Base(name)), []byte(text), 0o666))
	}
	if !found {
		ts.Fatalf("no function %s in %s", fn, src)
	}
	ts.Check(os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/path\n\ngo 1.24\n"), 0o666))
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
