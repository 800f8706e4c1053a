package differential

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/gen/internal/modtest"
)

// throughCommand are programs that TestTracegen takes, besides one that fails.
var throughCommand = []string{"chan/sieve1.go", "typeparam/list.go", "recover1.go"}

// TestTracegen runs some programs by "go run" and by "tracegen run -all",
// which is what the other tests take apart.
func TestTracegen(t *testing.T) {
	root := installation(t)
	if os.Getenv("TRACE_DIFFERENTIAL") != "" && os.Getenv("TRACE_DIFFERENTIAL") != "all" {
		t.Skip("TRACE_DIFFERENTIAL names others")
	}
	tracegen := filepath.Join(t.TempDir(), "tracegen")
	goBuild(t, ".", "-o", tracegen, "../../cmd/tracegen")
	sources := map[string]string{"exit status": "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tn := len(os.Args) + 2\n\tfmt.Fprintln(os.Stderr, \"leaving\")\n\tos.Exit(n)\n}\n"}
	for _, name := range throughCommand {
		b, err := os.ReadFile(filepath.Join(root, "test", filepath.FromSlash(name)))
		if err != nil {
			t.Skip(err)
		}
		sources[name] = string(b)
	}
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			dir := newModule(t, "example.com/program")
			modtest.Write(t, dir, "main.go", seeded(source))
			want := goCommand(t, dir, "go", "run", ".")
			record := filepath.Join(t.TempDir(), "t.ndjson")
			got := goCommand(t, dir, tracegen, "run", "-record", record, "-all", ".")
			if diff := cmp.Diff(want.steady("main.go"), got.steady("main.go")); diff != "" {
				t.Errorf("tracegen run -all differs from go run (-go +tracegen):\n%s", diff)
			}
			if _, err := countNodes(record); err != nil {
				t.Error(err)
			}
		})
	}
}

func goCommand(t *testing.T, dir, name string, args ...string) ran {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // how it ends is part of the comparison
	return ran{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}
}
