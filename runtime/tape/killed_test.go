package tape

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestKilled kills a process while it records, and reads what it left.
func TestKilled(t *testing.T) {
	if os.Getenv("TRACE_TEST_KILLED") != "" {
		lag = 0 // as if it had recorded for long
		a := input(Init(), "a")
		for i := 0; i < 10_000; i++ {
			Rec(Init(), site("r"), i, a)
		}
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		self.Kill()
		select {}
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	child.Env = append(os.Environ(), "TRACE_TEST_KILLED=1", "TRACE_DIR="+dir)
	if err := child.Run(); err == nil {
		t.Fatal("the process was not killed")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	file, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	left := nodes(t, file)
	if len(left) < 5000 {
		t.Errorf("%d nodes are left of 10001", len(left))
	}
	for i, n := range left {
		if n.N != i+1 {
			t.Fatalf("line %d has node %d", i, n.N)
		}
	}
}
