package train

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/journal"
)

// TestApplyCutOff: an apply that was killed after its last rename, but before
// its journal was gone, leaves a tree that looks applied and that no run
// starts on. Applying again ends that.
func TestApplyCutOff(t *testing.T) {
	const before, after = "package m\n\nvar X = 1\n", "package m\n\nvar X = 2\n"
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	sum := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
	write("go.mod", "module example.com/m\n\ngo 1.24\n")
	write("m.go", after)
	write("m.go.backup", before)
	left, err := json.Marshal(map[string]any{"trace": 1, "changes": []map[string]string{
		{"file": "m.go", "backup": "m.go.backup", "old": sum(before), "new": sum(after)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	write(source.Journal, string(left))

	w, err := journal.Create(filepath.Join(t.TempDir(), "run"), journal.Header{
		Module: "example.com/m", Files: map[string]journal.Hash{"m.go": journal.Hash(sum(before))},
	})
	if err != nil {
		t.Fatal(err)
	}
	contents, err := json.Marshal(map[string]string{"m.go": after})
	if err != nil {
		t.Fatal(err)
	}
	files, err := w.Blob(contents)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(journal.Record{End: &journal.End{Reason: "every case passes", Files: files}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	run, err := journal.Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}

	var stderr strings.Builder
	if err := Apply(dir, run, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	if want := "an earlier apply was cut off: put back 1 file"; !strings.Contains(stderr.String(), want) {
		t.Errorf("said %q, want %q", &stderr, want)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "m.go")); err != nil || string(got) != after {
		t.Errorf("m.go: %q, %v", got, err)
	}
	if _, err := os.Stat(filepath.Join(dir, source.Journal)); !os.IsNotExist(err) {
		t.Errorf("the journal of the apply is still there: %v", err)
	}
}
