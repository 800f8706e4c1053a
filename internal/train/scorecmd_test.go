package train

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/journal"
)

func TestLastNumber(t *testing.T) {
	for _, tt := range []struct {
		text  string
		value float64
		wrong string // part of it
	}{
		{"1.5", 1.5, ""},
		{"much\n\n  -2e3 \r\n\n", -2000, ""},
		{"", 0, "printed nothing"},
		{" \n", 0, "printed nothing"},
		{"1\nscore: 2", 0, "no number"},
		{"1 2", 0, "no number"},
		{"NaN", 0, "finite"},
		{"-Inf", 0, "finite"},
		{"1e999", 0, "finite"},
	} {
		value, wrong := lastNumber(tt.text)
		if value != tt.value || (wrong == "") != (tt.wrong == "") || !strings.Contains(wrong, tt.wrong) {
			t.Errorf("lastNumber(%q) = %v, %q", tt.text, value, wrong)
		}
	}
}

// Beside a command a case must not break, also when another is mended; and a
// gain that the numbers of one program show as well is none.
func TestBeats(t *testing.T) {
	eval := func(a, b string, value float64) *evaluation {
		ev := &evaluation{cases: []outcome{{name: "A", result: a}, {name: "B", result: b}}, total: journal.Total{Score: value}}
		for i := range ev.cases {
			if ev.cases[i].failed() {
				ev.total.Failed++
			}
		}
		return ev
	}
	const pass, fail = build.Pass, build.Fail
	steady := &session{score: &scoreCmd{}}
	for _, tt := range []struct {
		name string
		s    *session
		a, b *evaluation
		want bool
	}{
		{"higher", steady, eval(pass, pass, 2), eval(pass, pass, 1), true},
		{"equal", steady, eval(pass, pass, 1), eval(pass, pass, 1), false},
		{"mends", steady, eval(pass, pass, 0), eval(pass, fail, 1), true},
		{"one for another", steady, eval(fail, pass, 2), eval(pass, fail, 1), false},
		{"one for another without a command", &session{}, eval(fail, pass, 2), eval(pass, fail, 1), true},
	} {
		if got := tt.s.beats(tt.a, tt.b); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// A copy is the module with the candidate in place: no history, no endless copy
// of itself, and links that lead where they did.
func TestCopyModule(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module m\n", "a/a.go": "package a\n", ".git/HEAD": "ref", "a/testdata/x": "data", "work/score/module/big": "copy",
	} {
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	outside := filepath.Join(filepath.Dir(root), "outside")
	links := runtime.GOOS != "windows"
	if links {
		for name, target := range map[string]string{"in": "a/a.go", "out": "../outside"} {
			if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(outside, []byte("o"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(root, "work", "score", "copy")
	files := map[string][]byte{filepath.Join(root, "a", "a.go"): []byte("package a // new\n")}
	if err := copyModule(root, dir, files, filepath.Join(root, "work"), filepath.Join(root, "not-there")); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"go.mod": "module m\n", "a/a.go": "package a // new\n", "a/testdata/x": "data"}
	if links {
		want["in"], want["out"] = "package a // new\n", "o"
	}
	for name, text := range want {
		if got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{".git", "work"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was copied", name)
		}
	}
	if got, _ := os.ReadFile(filepath.Join(root, "a", "a.go")); string(got) != "package a\n" {
		t.Errorf("the module itself changed: %q", got)
	}
}
