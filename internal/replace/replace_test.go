package replace_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opto-go/trace/internal/replace"
)

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write(t, in("old"), "before")
	write(t, in("gone"), "before")
	err := replace.Files([]replace.File{{in("old"), []byte("after")}, {in("new"), []byte{}}, {in("gone"), nil}})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "new old" {
		t.Errorf("files: %s", got)
	}
	if got := read(t, in("old")); got != "after" {
		t.Errorf("old holds %q", got)
	}
	if info, _ := os.Stat(in("old")); info.Mode().Perm() != 0o600 {
		t.Errorf("old has the mode %v", info.Mode())
	}
	if info, _ := os.Stat(in("new")); info.Mode().Perm() != 0o644 {
		t.Errorf("new has the mode %v", info.Mode())
	}
}

func TestLink(t *testing.T) {
	dir := t.TempDir()
	link, file := filepath.Join(dir, "link"), filepath.Join(t.TempDir(), "file")
	write(t, file, "before")
	if err := os.Symlink(file, link); err != nil {
		t.Skip(err)
	}
	if err := replace.Files([]replace.File{{link, []byte("after")}}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info, err)
	}
	if got := read(t, file); got != "after" {
		t.Errorf("the file holds %q", got)
	}
	if err := replace.Files([]replace.File{{link, nil}}); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir) + read(t, file); got != "after" {
		t.Errorf("after removing the link: %s", got)
	}
}

// All files are written, or none is.
func TestNone(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink("nowhere", link); err != nil {
		t.Skip(err)
	}
	err := replace.Files([]replace.File{{filepath.Join(dir, "new"), []byte("x")}, {link, []byte("x")}})
	if err == nil || err.Error() != link+": is a symbolic link that leads to no file" {
		t.Errorf("error: %v", err)
	}
	err = replace.Files([]replace.File{{filepath.Join(dir, "new"), []byte("x")}, {filepath.Join(dir, "no", "folder"), []byte("x")}})
	if err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, "no", "folder")+": cannot be written: ") {
		t.Errorf("error: %v", err)
	}
	if got := names(t, dir); got != "link" {
		t.Errorf("files: %s", got)
	}
}

func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	if f, err := os.Create(filepath.Join(dir, "probe")); err == nil {
		f.Close()
		t.Skip("nothing is read-only for this user")
	}
	err := replace.Files([]replace.File{{filepath.Join(dir, "new"), []byte("x")}})
	if err == nil || !strings.HasSuffix(err.Error(), "new: cannot be written: permission denied") {
		t.Errorf("error: %v", err)
	}
}
