// Package examples_test checks that what README.md shows is what happens.
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

var update = flag.Bool("update", false, "write what the commands print into README.md")

// TestReadme runs the commands of the console blocks of README.md in its
// directory and compares what they print to standard output. The tree must be
// as it was afterwards.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the commands of README.md")
	}
	if runtime.GOOS == "windows" {
		t.Skip("the commands are written for a shell")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(root, "README.md")
	readme, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const open, end = "```console\n", "```\n"
	tmp := t.TempDir()
	env := append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(tmp, "cache"), "TRACE_LLM=", "TRACE_RUNS=", "GOCACHE="+goEnv(t, "GOCACHE"))

	before := status(t, root)
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
			t.Fatal("README.md: a console block does not end")
		}
		for _, line := range strings.Split(block, "\n") {
			command, ok := strings.CutPrefix(line, "$ ")
			if !ok {
				continue
			}
			got.WriteString(line + "\n")
			// Files that a reader writes to the working directory.
			cmd := exec.Command("sh", "-c", strings.ReplaceAll(command, "t.ndjson", filepath.Join(tmp, "t.ndjson")))
			cmd.Dir, cmd.Env = root, env
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v\n%s", command, err, stderr.Bytes())
			}
			got.Write(out)
		}
		got.WriteString(end)
		rest = tail
	}
	if blocks == 0 {
		t.Fatal("README.md has no console blocks")
	}
	if after := status(t, root); after != before {
		t.Errorf("git status was\n%s\nand is\n%s", before, after)
	}
	if diff := cmp.Diff(strings.Split(string(readme), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		if !*update {
			t.Fatalf("README.md shows something else (go test ./examples -update mends it; -shown +real):\n%s", diff)
		}
		if err := os.WriteFile(name, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
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
