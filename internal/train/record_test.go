package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadTrace checks that a program cannot have its trainer read for it.
func TestReadTrace(t *testing.T) {
	dir := t.TempDir()
	name := func(s string) string { return filepath.Join(dir, s) }
	const header = `{"trace":1,"program":"p"}` + "\n"
	for _, file := range []string{"plain.ndjson", "secret"} {
		if err := os.WriteFile(name(file), []byte(header), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rec, size, err := readTrace(name("plain.ndjson"), 1<<20)
	if err != nil || len(rec.Programs) != 1 || size != int64(len(header)) {
		t.Fatalf("a plain file: %v, %d bytes, %v", rec, size, err)
	}
	if _, size, _ := readTrace(name("plain.ndjson"), 3); size != 3 {
		t.Errorf("with room for 3 bytes, %d are counted", size)
	}
	if err := os.Mkdir(name("dir.ndjson"), 0o700); err != nil {
		t.Fatal(err)
	}
	odd := []string{"dir.ndjson"}
	if err := os.Symlink(name("secret"), name("link.ndjson")); err == nil { // Windows may refuse
		odd = append(odd, "link.ndjson")
	}
	for _, file := range odd {
		if _, _, err := readTrace(name(file), 1<<20); err == nil || !strings.Contains(err.Error(), "not a plain file") {
			t.Errorf("%s: %v", file, err)
		}
	}
}
