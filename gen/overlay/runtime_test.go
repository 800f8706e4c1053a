package overlay

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnpack(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "deep", "cache")
	dir, err := unpack(fakeRuntime, cache)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"go.mod", "runtime/tracefile/tracefile.go"}
	var got []string
	for name := range snapshot(t, dir) {
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, filepath.ToSlash(rel))
	}
	if len(got) == 2 && got[0] > got[1] {
		got[0], got[1] = got[1], got[0]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unpacked files (-want +got):\n%s", diff)
	}

	for name, damage := range map[string]func(string) error{
		"changed": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "runtime/tracefile/tracefile.go"), []byte("package evil\n"), 0o666)
		},
		"removed": func(dir string) error { return os.Remove(filepath.Join(dir, "go.mod")) },
		"added":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "runtime/x.go"), nil, 0o666) },
		"a file":  func(dir string) error { os.RemoveAll(dir); return os.WriteFile(dir, nil, 0o666) },
	} {
		t.Run(name, func(t *testing.T) {
			want := snapshot(t, dir)
			if err := damage(dir); err != nil {
				t.Fatal(err)
			}
			again, err := unpack(fakeRuntime, cache)
			if err != nil {
				t.Fatal(err)
			}
			if again != dir {
				t.Errorf("directory %s, was %s", again, dir)
			}
			if diff := cmp.Diff(want, snapshot(t, dir)); diff != "" {
				t.Errorf("after damage (-want +got):\n%s", diff)
			}
		})
	}
	entries, err := os.ReadDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestUnpackConcurrently(t *testing.T) {
	cache := t.TempDir()
	var wg sync.WaitGroup
	for i := 0; i < 16; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			dir, err := unpack(fakeRuntime, cache)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
}
