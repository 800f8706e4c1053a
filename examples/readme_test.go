// Package examples_test checks that what is shown to readers is what happens.
package examples_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the commands print into the files that show it")

// TestReadme runs the commands of the console blocks of some README.md files in
// the root of the repository and compares what they print to standard output. The
// tree must be as it was afterwards.
func TestReadme(t *testing.T) {
	root, env := environment(t)
	before := status(t, root)
	for _, name := range []string{"README.md", "examples/faster/README.md"} {
		t.Run(name, func(t *testing.T) { testReadme(t, root, name, env) })
	}
	if after := status(t, root); after != before {
		t.Errorf("git status was\n%s\nand is\n%s", before, after)
	}
}

// TestReport compares the report that is shown of a kept run with what the
// command prints now.
func TestReport(t *testing.T) {
	root, env := environment(t)
	name := filepath.Join(root, "examples", "faster", "REPORT.md")
	shown, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	got := shell(t, root, env, "go run ./cmd/tracetrain report -C examples/faster kept")
	compare(t, name, string(shown), got)
}

// environment is what commands run in: the root of the repository, and nothing
// of the user's but the build cache.
func environment(t *testing.T) (root string, env []string) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the commands that are shown")
	}
	if runtime.GOOS == "windows" {
		t.Skip("the commands are written for a shell")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return root, append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(t.TempDir(), "cache"), "TRACE_LLM=", "TRACE_RUNS=", "GOCACHE="+goEnv(t, "GOCACHE"))
}

// shell runs a command and returns what it prints to standard output.
func shell(t *testing.T, root string, env []string, command string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir, cmd.Env = root, env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, stderr.Bytes())
	}
	return string(out)
}

func testReadme(t *testing.T, root, name string, env []string) {
	name = filepath.Join(root, filepath.FromSlash(name))
	readme, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const open, end = "```console\n", "```\n"
	tmp := t.TempDir()
	var got strings.Builder
	rest := string(readme)
	blocks := 0
	for {
		head, tail, ok := strings.Cut(rest, open)
		got.WriteString(head)
		if !ok {
			break
		}
		blocks++
		got.WriteString(open)
		block, tail, ok := strings.Cut(tail, end)
		if !ok {
			t.Fatalf("%s: a console block does not end", name)
		}
		got.WriteString(console(block, func(command string) string {
			// Files that a reader writes to the working directory.
			return shell(t, root, env, strings.ReplaceAll(command, "t.ndjson", filepath.Join(tmp, "t.ndjson")))
		}))
		got.WriteString(end)
		rest = tail
	}
	if blocks == 0 {
		t.Fatalf("%s has no console blocks", name)
	}
	compare(t, name, string(readme), got.String())
}

// compare checks what a file shows, or mends it.
func compare(t *testing.T, name, shown, got string) {
	t.Helper()
	diff := cmp.Diff(strings.Split(shown, "\n"), strings.Split(got, "\n"))
	if diff == "" {
		return
	}
	if !*update {
		t.Fatalf("%s shows something else (go test ./examples -update mends it; -shown +real):\n%s", name, diff)
	}
	if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
		t.Fatal(err)
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

// status is what git says about the examples; empty outside a repository.
func status(t *testing.T, root string) string {
	t.Helper()
	cmd := exec.Command("git", "status", "--porcelain", "examples", "go.mod", "go.sum", "go.work", "go.work.sum")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return string(out)
}
