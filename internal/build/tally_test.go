package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opto-go/trace/internal/sandbox"
)

func TestTally(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	write := func(path string, size int) {
		t.Helper()
		os.MkdirAll(filepath.Dir(path), 0o777)
		if err := os.WriteFile(path, make([]byte, size), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(a, "deep", "er", "one"), 60<<10)
	write(filepath.Join(b, "two"), 60<<10)
	if err := os.Symlink("/", filepath.Join(b, "all")); err != nil && os.PathSeparator == '/' {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		bytes int64
		files int
		want  string
	}{
		{"enough room", 1 << 20, 10, ""},
		{"each has room", 100 << 10, 10, "had more than 0 MiB in files"},
		{"too many", 1 << 20, 4, "had more than 4 files"}, // with directories and the link
		{"as many as may be", 1 << 20, 5, ""},
	} {
		tally := &tally{dirs: []string{a, b, filepath.Join(a, "missing")}, bytes: c.bytes, files: c.files}
		if why, over := tally.over(); why != c.want || over != (c.want != "") {
			t.Errorf("%s: %q, %v, want %q", c.name, why, over, c.want)
		}
		if !tally.next.After(time.Now().Add(-tallyEvery)) {
			t.Errorf("%s: counts again at once", c.name)
		}
	}
}

// A confined program that fills its home, or the folder that it leaves something in,
// is ended.
func TestDiskLimit(t *testing.T) {
	if err := sandbox.Probe(t.Context(), sandbox.Landlock); err != nil {
		t.Skipf("nothing that keeps a home on disk works here: %v", err)
	}
	box, err := sandbox.New(sandbox.Level{Name: sandbox.Landlock}, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir, left := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.24\n",
		"m.go":   "package m\n",
		"m_test.go": `package m

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func fill(dir string) {
	for i := range 64 {
		os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), make([]byte, 64<<10), 0o666)
	}
	time.Sleep(time.Minute)
}

func TestLittle(t *testing.T) { os.WriteFile(filepath.Join(t.TempDir(), "x"), make([]byte, 64<<10), 0o666) }

func TestMuch(t *testing.T) { fill(t.TempDir()) }

func TestLeft(t *testing.T) { fill(os.Getenv("LEFT")) }
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	b := newBuilder(t, dir)
	bin := compile(t, b, dir, true, nil)
	res, err := bin.RunTests(t.Context(), RunOptions{
		Dir: dir, Tests: []string{"TestLittle", "TestMuch", "TestLeft"}, Timeout: 50 * time.Second, MaxDisk: 2 << 20, Set: []string{"LEFT=" + left},
		Confine: &Confinement{Box: box, Profile: sandbox.Profile{Read: []string{dir}, Write: []string{left}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]CaseResult{}
	for _, c := range res.Cases {
		got[c.Name] = c
	}
	if got["TestLittle"].Result != Pass {
		t.Errorf("TestLittle: %+v", got["TestLittle"])
	}
	for _, name := range []string{"TestMuch", "TestLeft"} {
		if c := got[name]; c.Result != Killed || !strings.Contains(strings.Join(c.Feedback, "\n"), "had more than 2 MiB in files") {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
