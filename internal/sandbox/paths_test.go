package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestApart(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/b/c", "a/d/e", "a/b/.git/config", "f"} {
		path := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	os.Symlink("/", filepath.Join(dir, "a", "root"))
	abs := func(names ...string) []string {
		for i := range names {
			names[i] = filepath.Join(dir, names[i])
		}
		return names
	}
	whole, listed := apart(abs("a", "f"), abs("a/b/.git"))
	slices.Sort(whole)
	if want := abs("a/b/c", "a/d", "f"); !slices.Equal(whole, want) {
		t.Errorf("whole: %v, want %v", whole, want)
	}
	if want := abs("a", "a/b"); !slices.Equal(listed, want) {
		t.Errorf("listed: %v, want %v", listed, want)
	}
	if whole, listed = apart(abs("a"), abs("a")); len(whole)+len(listed) > 0 {
		t.Errorf("hidden itself: %v %v", whole, listed)
	}
}

func TestSeen(t *testing.T) {
	dir := t.TempDir()
	sub := filepath.Join(dir, "sub")
	os.Mkdir(sub, 0o755)
	got := seen([]string{sub, dir + "/", "relative", "/", "", "/no/such", dir + "x"})
	if !slices.Equal(got, []string{dir}) {
		t.Error(got)
	}
}
