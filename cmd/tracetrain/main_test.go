package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/opto-go/trace/internal/sandbox"
)

func TestMain(m *testing.M) {
	if os.Getenv(killableEnv) != "" {
		killable()
	}
	testscript.Main(m, map[string]func(){
		"tracetrain":     main,
		"withoutsandbox": withoutSandbox,
	})
}

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("each script compiles many programs")
	}
	// The recorder is compiled for the folder that it lies in: one for all scripts.
	caches := t.TempDir()
	cache := goEnv(t, "GOCACHE")
	modcache := goEnv(t, "GOMODCACHE")
	goroot := goEnv(t, "GOROOT")
	goversion := goEnv(t, "GOVERSION")
	kept, err := filepath.Abs(filepath.Join("..", "..", "testdata", "path"))
	if err != nil {
		t.Fatal(err)
	}
	faster, err := filepath.Abs(filepath.Join("..", "..", "examples", "faster"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("GOCACHE", cache)
			e.Setenv("GOMODCACHE", modcache)
			e.Setenv("GOROOT_DIR", goroot)
			e.Setenv("GOVERSION", goversion)
			e.Setenv("KEPT", kept)
			e.Setenv("FASTER", faster)
			e.Setenv("GOPROXY", "off")
			e.Setenv("GOFLAGS", "")
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, ".config"))
			e.Setenv("XDG_CACHE_HOME", caches)
			e.Setenv("TRACE_RUNS", filepath.Join(e.WorkDir, ".runs"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"chat":     startChat,
			"disk":     disk,
			"exitcode": exitCode,
			"runid":    runID,
			"nokids":   noKids,
			"nul":      nul,
			"stdpath":  stdPath,
			"waitfor":  waitFor,
			"step":     workflowStep,
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "mount":
				return canMount(), nil
			case "bwrap": // is there and can make namespaces
				return exec.Command("bwrap", "--ro-bind", "/", "/", "--proc", "/proc", "--unshare-all", "true").Run() == nil, nil
			case "long":
				return os.Getenv("TRACE_LONG") != "" || os.Getenv("TRACE_DIFFERENTIAL") == "all", nil
			case "whole":
				return os.Getenv("TRACE_DIFFERENTIAL") == "all", nil
			}
			if level, ok := strings.CutPrefix(cond, "sandbox:"); ok {
				return sandbox.Probe(context.Background(), level) == nil, nil
			}
			want, ok := strings.CutPrefix(cond, "stdpath:")
			if !ok {
				return false, fmt.Errorf("unknown condition %s", cond)
			}
			sum, err := stdPathSum(goroot, "Clean")
			return sum == want, err
		},
	})
}

// exitCode runs a command and wants its exit code: exitcode N command args.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N command [args]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		if _, err := fmt.Sscanf(err.Error(), "exit status %d", &got); err != nil {
			ts.Fatalf("%v", err)
		}
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// The help of a command has all its flags.
func TestHelpFlags(t *testing.T) {
	for name := range commands {
		text := help(name)
		for _, f := range strings.Fields(allowed[name]) {
			if !strings.Contains(text, "\n\t-"+f+" ") {
				t.Errorf("tracetrain %s -h has nothing on -%s", name, f)
			}
		}
		if text == help("") {
			t.Errorf("tracetrain %s -h is the whole manual", name)
		}
	}
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
// with one function's body gone and made trainable.
func stdPath(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: stdpath dir function")
	}
	dir := ts.MkAbs(args[0])
	files, err := stdPathFiles(ts.Getenv("GOROOT_DIR"), args[1])
	ts.Check(err)
	ts.Check(os.MkdirAll(dir, 0o777))
	for name, text := range files {
		ts.Check(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
}

func stdPathFiles(goroot, fn string) (map[string]string, error) {
	src := filepath.Join(goroot, "src", "path")
	names, err := filepath.Glob(filepath.Join(src, "*.go"))
	if err != nil {
		return nil, err
	}
	files := map[string]string{"go.mod": "module example.com/path\n\ngo 1.24\n"}
	body := regexp.MustCompile(`(?ms)^func ` + fn + `\((.*?)\{\n.*?^}\n`)
	found := false
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
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
		files[filepath.Base(name)] = text
	}
	if !found {
		return nil, fmt.Errorf("no function %s in %s", fn, src)
	}
	return files, nil
}

// stdPathSum tells one release's package path from another's.
func stdPathSum(goroot, fn string) (string, error) {
	files, err := stdPathFiles(goroot, fn)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%s\n%s", name, files[name])
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

// nul writes a file that is no text.
func nul(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: nul file")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("a\x00b"), 0o666))
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
