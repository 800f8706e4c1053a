package fresh_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/opto-go/trace/internal/fresh"
)

// Every change that could matter makes the record stale, and undoing it makes
// it fresh again; every other leaves it fresh.
func TestFresh(t *testing.T) {
	write := func(name, text string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			name := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(name string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, dir string)
		fresh  bool
	}{
		{"nothing", func(*testing.T, string) {}, true},
		{"the same text again", write("p/a.go", "package p"), true},
		{"other text of the same length", write("p/a.go", "package q"), false},
		{"a new file in the package", write("p/b.go", "package p"), false},
		{"a new file that makes it a cgo package", write("p/b.c", ""), false},
		{"a new file of no language", write("p/trace.ndjson", ""), true},
		{"a file gone", remove("p/a.go"), false},
		{"text of another kind of file", write("p/data.txt", "new"), true},
		{"go.mod", write("go.mod", "module n"), false},
		{"a file that was absent", write("go.work", ""), false},
		{"a new package that the pattern matches", write("p/q/c.go", "package q"), false},
		{"a new package that no pattern matches", write("p/testdata/c.go", "package q"), true},
		{"a new module below", write("p/q/go.mod", "module q"), false},
		{"a file below a stamped folder", write("vendor/v/v.go", "package w"), false},
		{"a stamped folder gone", remove("vendor"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write("p/a.go", "package p")(t, dir)
			write("p/data.txt", "old")(t, dir)
			write("go.mod", "module m")(t, dir)
			write("vendor/v/v.go", "package v")(t, dir)
			old := time.Now().Add(-time.Hour)
			if err := os.Chtimes(filepath.Join(dir, "vendor/v/v.go"), old, old); err != nil {
				t.Fatal(err)
			}

			var in fresh.Inputs
			in.File(filepath.Join(dir, "go.mod"))
			in.File(filepath.Join(dir, "go.work"))
			in.Package(filepath.Join(dir, "p"))
			in.Tree(dir)
			in.Stamp(filepath.Join(dir, "vendor"))

			data, err := json.Marshal(in)
			if err != nil {
				t.Fatal(err)
			}
			var read fresh.Inputs
			if err := json.Unmarshal(data, &read); err != nil {
				t.Fatal(err)
			}
			tt.change(t, dir)
			if got := read.Fresh(); got != tt.fresh {
				t.Errorf("Fresh() = %v, want %v", got, tt.fresh)
			}
		})
	}
}

func TestChangedSince(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.go")
	if err := os.WriteFile(file, []byte("package p"), 0o666); err != nil {
		t.Fatal(err)
	}
	hour := time.Now().Add(-time.Hour)
	for _, name := range []string{file, dir} {
		if err := os.Chtimes(name, hour, hour); err != nil {
			t.Fatal(err)
		}
	}
	var in fresh.Inputs
	in.Package(dir)
	in.File(filepath.Join(dir, "go.mod"))
	if in.ChangedSince(hour.Add(time.Minute)) {
		t.Error("changed, but all is older")
	}
	if !in.ChangedSince(hour.Add(-time.Minute)) {
		t.Error("not changed, but the file is younger")
	}
	if err := os.WriteFile(file, []byte("package q"), 0o666); err != nil {
		t.Fatal(err)
	}
	if !in.ChangedSince(hour.Add(time.Minute)) {
		t.Error("not changed, but the file was written")
	}
}
