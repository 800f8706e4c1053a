package source

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDiff(t *testing.T) {
	root := filepath.FromSlash("/m")
	old := map[string][]byte{
		filepath.FromSlash("/m/b/b.go"): []byte("one\ntwo\nthree\n"),
		filepath.FromSlash("/m/a.go"):   []byte("x\ny"),
		filepath.FromSlash("/m/c.go"):   []byte("same\n"),
	}
	new := map[string][]byte{
		filepath.FromSlash("/m/b/b.go"): []byte("one\n2\nthree\n"),
		filepath.FromSlash("/m/a.go"):   []byte("x\nz"),
		filepath.FromSlash("/m/c.go"):   []byte("same\n"),
	}
	want := `--- a/a.go
+++ b/a.go
@@ -1,2 +1,2 @@
 x
-y
\ No newline at end of file
+z
\ No newline at end of file
--- a/b/b.go
+++ b/b/b.go
@@ -1,3 +1,3 @@
 one
-two
+2
 three
`
	if diff := cmp.Diff(want, Diff(root, old, new)); diff != "" {
		t.Error(diff)
	}
	if got := Diff(root, old, old); got != "" {
		t.Errorf("no difference gives %q", got)
	}
}

// gitApply applies a diff in dir.
func gitApply(t interface{ Fatalf(string, ...any) }, dir, diff string) {
	cmd := exec.Command("git", "apply", "--whitespace=nowarn", "-")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "GIT_CEILING_DIRECTORIES="+filepath.Dir(filepath.Dir(dir)))
	cmd.Stdin = strings.NewReader(diff)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v\n%s\n%s", err, out, diff)
	}
}

func TestDiffGitApply(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	names := []string{"a.go", "sub/b.go", "with blank/c d.go", "quo\"te.go", "umläut.go", "tab\tname.go", "back\\slash.go"}
	if runtime.GOOS == "windows" {
		names = names[:3]
	}
	top := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", top).CombinedOutput(); err != nil {
		t.Fatalf("git init: %v\n%s", err, out)
	}
	// The module is the repository, a directory of it, and in no repository.
	outside := t.TempDir()
	for name, root := range map[string]string{"top": top, "below": filepath.Join(top, "mod"), "outside": filepath.Join(outside, "m")} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(root, 0o777); err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(rt *rapid.T) {
				old, new := make(map[string][]byte), make(map[string][]byte)
				line := rapid.SampledFrom([]string{"a\n", "b\n", "c\n", "--- x\n", "\r\n", "+\n", "-- \n", "\n", " \n", "\\ No newline at end of file\n", "@@ -1 +1 @@\n", "\u2028\n"})
				lines := rapid.SliceOfN(line, 1, 15)
				end := rapid.SampledFrom([]string{"", "end", "b", "\r"})
				for _, n := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 3, rapid.ID).Draw(rt, "names") {
					path := filepath.Join(root, filepath.FromSlash(n))
					old[path] = []byte(strings.Join(lines.Draw(rt, "old"), "") + end.Draw(rt, "end"))
					new[path] = []byte(strings.Join(lines.Draw(rt, "new"), "") + end.Draw(rt, "end"))
					os.MkdirAll(filepath.Dir(path), 0o777)
					if err := os.WriteFile(path, old[path], 0o666); err != nil {
						rt.Fatal(err)
					}
				}
				diff := Diff(root, old, new)
				if diff != Diff(root, old, new) {
					rt.Fatal("not deterministic")
				}
				if diff == "" {
					return
				}
				gitApply(rt, root, diff)
				for path, want := range new {
					if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
						rt.Fatalf("%s: %q, want %q (%v)\n%s", path, got, want, err, diff)
					}
				}
			})
		})
	}
}

func TestDiffCreateDelete(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	root := filepath.Join(t.TempDir(), "m")
	os.MkdirAll(root, 0o777)
	gone, added := filepath.Join(root, "gone.go"), filepath.Join(root, "added.go")
	if err := os.WriteFile(gone, []byte("x\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	gitApply(t, root, Diff(root, map[string][]byte{gone: []byte("x\n")}, map[string][]byte{added: []byte("y\n")}))
	if _, err := os.Stat(gone); err == nil {
		t.Error("the file is still there")
	}
	if got, _ := os.ReadFile(added); string(got) != "y\n" {
		t.Errorf("the new file holds %q", got)
	}
}
