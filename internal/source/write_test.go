package source

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree is a module with three files to write.
func tree(t *testing.T) (root string, files map[string][]byte, want map[string][32]byte) {
	t.Helper()
	return treeOf(t, "")
}

// twoModules is the same with a module of its own in the directory sub.
func twoModules(t *testing.T) (root string, files map[string][]byte, want map[string][32]byte) {
	t.Helper()
	return treeOf(t, "-- sub/go.mod --\nmodule example.com/sub\n")
}

var trees = map[string]func(*testing.T) (string, map[string][]byte, map[string][32]byte){"one module": tree, "two modules": twoModules}

func treeOf(t *testing.T, more string) (root string, files map[string][]byte, want map[string][32]byte) {
	t.Helper()
	root = module(t, more+"-- a.go --\nold a\n-- sub/b.go --\nold b\n-- sub/c.go --\nold c\n")
	files, want = make(map[string][]byte), make(map[string][32]byte)
	for _, name := range []string{"a.go", "sub/b.go", "sub/c.go"} {
		path := filepath.Join(root, filepath.FromSlash(name))
		old, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = []byte("new " + filepath.Base(name) + "\n")
		want[path] = sha256.Sum256(old)
	}
	return root, files, want
}

// listing returns the files below root with their contents.
func listing(t *testing.T, root string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(root, path)
		out[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(out, "go.mod")
	delete(out, "sub/go.mod")
	return out
}

var (
	oldTree = map[string]string{"a.go": "old a\n", "sub/b.go": "old b\n", "sub/c.go": "old c\n"}
	newTree = map[string]string{"a.go": "new a.go\n", "sub/b.go": "new b.go\n", "sub/c.go": "new c.go\n"}
)

func TestWrite(t *testing.T) {
	root, files, want := tree(t)
	script := filepath.Join(root, "sub", "b.go")
	if err := os.Chmod(script, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := Write(files, want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(newTree, listing(t, root)); diff != "" {
		t.Error(diff)
	}
	if fi, err := os.Stat(script); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o750 {
		t.Errorf("mode is %v, %v", fi.Mode(), err)
	}
	if err := Write(nil, nil); err != nil {
		t.Error(err)
	}
}

func TestWriteRefuses(t *testing.T) {
	var (
		root, a, b string
		files      map[string][]byte
		want       map[string][32]byte
	)
	tests := []struct {
		name  string
		setup func()
		want  string
	}{
		{"changed", func() { os.WriteFile(b, []byte("mine\n"), 0o666) }, "ROOT/sub/b.go: changed since it was loaded, so nothing was written: undo that change and apply again, or train again"},
		{"gone", func() { os.Remove(b) }, "ROOT/sub/b.go: changed or went away since"},
		{"symbolic link", func() { os.Remove(b); os.Symlink(a, b) }, "ROOT/sub/b.go: is a symbolic link to ROOT/a.go, which is not followed: apply to that file"},
		{"directory", func() { os.Remove(b); os.Mkdir(b, 0o777) }, "ROOT/sub/b.go: not a regular file"},
		{"no sum", func() { delete(want, b) }, "ROOT/sub/b.go: the sum of the original is not known"},
		{"relative", func() { files["a.go"] = nil }, "a.go: not an absolute file name"},
		{"same file", func() { os.Remove(b); os.Link(a, b); want[b] = want[a] }, "are the same file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root, files, want = tree(t)
			a, b = filepath.Join(root, "a.go"), filepath.Join(root, "sub", "b.go")
			tt.setup()
			before := listing(t, root)
			err := Write(files, want)
			msg := filepath.ToSlash(strings.ReplaceAll(fmt.Sprint(err), root, "ROOT"))
			if err == nil || !strings.Contains(msg, tt.want) {
				t.Errorf("got %s\nwant %s", msg, tt.want)
			}
			if diff := cmp.Diff(before, listing(t, root)); diff != "" {
				t.Errorf("a refused write changes files:\n%s", diff)
			}
		})
	}
	var changed *ChangedError
	root, files, want = tree(t)
	os.WriteFile(filepath.Join(root, "a.go"), nil, 0o666)
	if err := Write(files, want); !errors.As(err, &changed) || len(changed.Files) != 1 {
		t.Errorf("got %v", err)
	}
}

var errInjected = errors.New("injected")

// failing returns a file system whose n-th operation of a kind fails; with
// forever set, all later ones of all kinds, too.
func failing(kind string, n int, forever bool) fileSystem {
	count, dead := 0, false
	fail := func(k string) bool {
		if dead {
			return true
		}
		if k == kind {
			count++
			dead = forever && count == n
			return count == n
		}
		return false
	}
	return fileSystem{
		create: func(dir, pattern string) (*os.File, error) {
			if fail("create") {
				return nil, errInjected
			}
			return os.CreateTemp(dir, pattern)
		},
		sync: func(f *os.File) error {
			if fail("sync") {
				return errInjected
			}
			return nil
		},
		link: func(a, b string) error {
			if fail("link") {
				return errInjected
			}
			return os.Link(a, b)
		},
		rename: func(a, b string) error {
			if fail("rename") {
				return errInjected
			}
			return os.Rename(a, b)
		},
		remove: func(a string) error {
			if fail("remove") {
				return errInjected
			}
			return os.Remove(a)
		},
	}
}

// TestWriteFaults lets one operation fail: all files are new, or all are old.
func TestWriteFaults(t *testing.T) {
	for name, tree := range trees {
		t.Run(name, func(t *testing.T) { testWriteFaults(t, tree) })
	}
}

func testWriteFaults(t *testing.T, tree func(*testing.T) (string, map[string][]byte, map[string][32]byte)) {
	for _, kind := range []string{"create", "sync", "link", "rename", "remove"} {
		for n := 1; n <= 14; n++ {
			root, files, want := tree(t)
			err := write(files, want, failing(kind, n, false))
			got := listing(t, root)
			for name := range got {
				if strings.HasPrefix(filepath.Base(name), ".") {
					if kind != "remove" {
						t.Errorf("%s %d: %s is left behind", kind, n, name)
					}
					delete(got, name)
				}
			}
			expect := newTree
			if err != nil {
				expect = oldTree
			}
			if diff := cmp.Diff(expect, got); diff != "" {
				t.Errorf("%s %d fails (%v):\n%s", kind, n, err, diff)
			}
		}
	}
}

// TestWriteKilled stops everything at every operation, as a kill does, and
// recovers.
func TestWriteKilled(t *testing.T) {
	for name, tree := range trees {
		t.Run(name, func(t *testing.T) {
			testWriteKilled(t, tree, "")
			if name != "one module" { // each journal is enough
				testWriteKilled(t, tree, "sub")
			}
		})
	}
}

func testWriteKilled(t *testing.T, tree func(*testing.T) (string, map[string][]byte, map[string][32]byte), recoverIn string) {
	half := 0
	for _, kind := range []string{"create", "link", "rename", "remove"} {
		for n := 1; n <= 14; n++ {
			root, files, want := tree(t)
			err := write(files, want, failing(kind, n, true))
			got := goFiles(listing(t, root))
			if !cmp.Equal(got, oldTree) && !cmp.Equal(got, newTree) {
				half++
				if err == nil || !strings.Contains(err.Error(), "could not be put back, its old content is in") {
					t.Errorf("%s %d: half written, and the error is %v", kind, n, err)
				}
				if _, err := os.Stat(filepath.Join(root, recoverIn, Journal)); err != nil {
					t.Errorf("%s %d: half written without a journal", kind, n)
				}
			}
			restored, err := Recover(filepath.Join(root, recoverIn))
			if err != nil {
				t.Errorf("%s %d: %v", kind, n, err)
			}
			left := listing(t, root)
			if restored != nil && len(left) != 3 {
				t.Errorf("%s %d: recovery leaves %v", kind, n, left)
			}
			if got := goFiles(left); !cmp.Equal(got, oldTree) && !cmp.Equal(got, newTree) {
				t.Errorf("%s %d: recovered %v: %v", kind, n, restored, got)
			}
			for _, dir := range []string{root, filepath.Join(root, "sub")} {
				if again, err := Recover(dir); restored != nil && again != nil || err != nil {
					t.Errorf("%s %d: recovered twice: %v, %v", kind, n, again, err)
				}
			}
		}
	}
	if half == 0 {
		t.Error("no kill leaves files half written: the test tests nothing")
	}
}

func goFiles(files map[string]string) map[string]string {
	for name := range files {
		if strings.HasPrefix(filepath.Base(name), ".") {
			delete(files, name)
		}
	}
	return files
}

// TestWriteRecoversFirst writes after a kill: the old state comes back, then
// the sums decide.
func TestWriteRecoversFirst(t *testing.T) {
	root, files, want := tree(t)
	if err := write(files, want, failing("rename", 2, true)); err == nil {
		t.Fatal("no error")
	}
	if got := goFiles(listing(t, root)); cmp.Equal(got, oldTree) {
		t.Fatal("nothing is half written")
	}
	// Only a file that was not renamed is written now, by a later run.
	c := filepath.Join(root, "sub", "c.go")
	if err := Write(map[string][]byte{c: []byte("newer\n")}, map[string][32]byte{c: want[c]}); err != nil {
		t.Fatal(err)
	}
	got := listing(t, root)
	if got["a.go"] != "old a\n" || got["sub/c.go"] != "newer\n" || got[Journal] != "" {
		t.Errorf("after recovery: %v", got)
	}
}

func TestRecoverErrors(t *testing.T) {
	root, files, want := tree(t)
	name := filepath.Join(root, Journal)
	os.WriteFile(name, []byte("{"), 0o666)
	if _, err := Recover(root); err == nil || !strings.Contains(err.Error(), "not a journal of this version: look at it, restore the files that it names, and delete it") {
		t.Errorf("broken journal: %v", err)
	}
	os.Remove(name)
	write(files, want, failing("rename", 2, true))
	backups, _ := filepath.Glob(filepath.Join(root, ".*.old"))
	if len(backups) == 0 {
		t.Fatal("no backups")
	}
	for _, b := range backups {
		os.Remove(b)
	}
	if _, err := Recover(root); err == nil || !strings.Contains(err.Error(), "is missing or damaged: restore it from version control, then delete the journal") {
		t.Errorf("lost backup: %v", err)
	}
	// What someone wrote since is left alone.
	root, files, want = tree(t)
	write(files, want, failing("rename", 2, true))
	a := filepath.Join(root, "a.go")
	os.WriteFile(a, []byte("mine\n"), 0o666)
	if restored, err := Recover(root); err != nil || slices.Contains(restored, a) {
		t.Errorf("restored %v, %v", restored, err)
	}
	if got, _ := os.ReadFile(a); string(got) != "mine\n" {
		t.Errorf("a later change is lost: %q", got)
	}
}

// TestWriteSIGKILL kills a real process while it writes in a loop.
func TestWriteSIGKILL(t *testing.T) {
	if root := os.Getenv("TRACE_TEST_WRITE"); root != "" {
		for i := 0; ; i++ {
			files, want := make(map[string][]byte), make(map[string][32]byte)
			for _, name := range []string{"a.go", "sub/b.go", "sub/c.go"} {
				path := filepath.Join(root, filepath.FromSlash(name))
				old, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				files[path], want[path] = fmt.Appendf(nil, "version %d\n", i), sha256.Sum256(old)
			}
			if err := Write(files, want); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				fmt.Println("ready")
			}
		}
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	for range 10 {
		root, _, _ := tree(t)
		cmd := exec.Command(os.Args[0], "-test.run=^TestWriteSIGKILL$")
		cmd.Env = append(os.Environ(), "TRACE_TEST_WRITE="+root)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var buf [5]byte
		out.Read(buf[:])
		cmd.Process.Kill()
		cmd.Wait()
		if _, err := Recover(root); err != nil {
			t.Fatal(err)
		}
		got := goFiles(listing(t, root))
		if got["a.go"] != got["sub/b.go"] || got["a.go"] != got["sub/c.go"] {
			t.Errorf("after a kill: %v", got)
		}
	}
}
