package overlay

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNothingToBring(t *testing.T) {
	for _, tt := range []struct{ name, module, dir, modPath string }{
		{"our own module", "-- go.mod --\nmodule github.com/opto-go/trace\n\ngo 1.26\n", "", Module},
		{
			"joined by the workspace",
			"-- go.work --\ngo 1.26\n\nuse (\n\t.\n\t./a\n)\n-- go.mod --\nmodule github.com/opto-go/trace\n\ngo 1.26\n-- a/go.mod --\nmodule example.com/a\n\ngo 1.21\n",
			"a", "example.com/a",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := unpackTxtar(t, tt.module)
			opt := Options{
				Dir: t.TempDir(), ModRoot: filepath.Join(root, tt.dir), ModPath: tt.modPath,
				GoMod: filepath.Join(root, tt.dir, "go.mod"), Runtime: true, Source: fakeRuntime, CacheDir: t.TempDir(),
			}
			if strings.Contains(tt.module, "go.work") {
				opt.GoWork = filepath.Join(root, "go.work")
			}
			main := filepath.Join(opt.ModRoot, "main.go")
			ov, err := Write(map[string][]byte{main: []byte("package main\n")}, opt)
			if err != nil {
				t.Fatal(err)
			}
			if len(ov.Flags) != 1 {
				t.Errorf("flags %q", ov.Flags)
			}
			if diff := cmp.Diff([]string{main}, sortedKeys(replaced(t, ov))); diff != "" {
				t.Errorf("replaced files (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNames checks that names follow from path and content alone.
func TestNames(t *testing.T) {
	root := unpackTxtar(t, "-- go.mod --\nmodule example.com/u\n\ngo 1.21\n")
	dir := t.TempDir()
	files := map[string][]byte{
		filepath.Join(root, "main.go"):  []byte("package main\n"),
		filepath.Join(root, "a/a.go"):   []byte("package a\n"),
		filepath.Join(root, "b/a.go"):   []byte("package a\n"),
		filepath.Join(root, "b/b_x.go"): []byte("package b\n"),
	}
	opt := Options{Dir: dir, ModRoot: root}
	one, err := Write(files, opt)
	if err != nil {
		t.Fatal(err)
	}
	first := replaced(t, one)
	two, err := Write(files, opt)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, replaced(t, two)); diff != "" {
		t.Errorf("second overlay differs:\n%s", diff)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(files)+1 {
		t.Errorf("%d files left in the directory, want %d and overlay.json: %v", len(entries), len(files), entries)
	}

	opt.Dir, opt.Readable = t.TempDir(), true
	three, err := Write(files, opt)
	if err != nil {
		t.Fatal(err)
	}
	readable, err := realDir(opt.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := replaced(t, three)[filepath.Join(root, "a/a.go")], filepath.Join(readable, "a", "a.go"); got != want {
		t.Errorf("readable name %s, want %s", got, want)
	}
}

func TestExtra(t *testing.T) {
	root := unpackTxtar(t, `-- go.mod --
module example.com/u
-- one.json --
{"Replace": {"a.go": "other/a.go"}}
-- same.json --
{"Replace": {"a.go": "./other/a.go", "b.go": "other/b.go"}}
-- differs.json --
{"Replace": {"a.go": "other/b.go"}}
-- deletes.json --
{"Replace": {"a.go": ""}}
-- broken.json --
{"Replace": 1}
`)
	abs := func(name string) string { return filepath.Join(root, name) }
	got, err := Read([]string{"one.json", abs("same.json")}, root)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{abs("a.go"): abs("other/a.go"), abs("b.go"): abs("other/b.go")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}

	for name, msg := range map[string]string{
		"differs.json": "replaced twice",
		"deletes.json": "a.go is deleted",
		"broken.json":  "cannot unmarshal",
		"missing.json": "no such file",
	} {
		if _, err := Read([]string{"one.json", name}, root); err == nil || !strings.Contains(err.Error(), msg) {
			t.Errorf("%s: error %v, want %q", name, err, msg)
		}
	}

	files := map[string][]byte{abs("a.go"): []byte("package a\n")}
	opt := Options{Dir: t.TempDir(), Extra: []string{"same.json"}, Base: root}
	if _, err := Write(files, opt); err == nil || !strings.Contains(err.Error(), "replaced by the caller's -overlay") {
		t.Errorf("conflict: error %v", err)
	}
	opt.Layered = true
	ov, err := Write(files, opt)
	if err != nil {
		t.Fatal(err)
	}
	r := replaced(t, ov)
	if r[abs("a.go")] == abs("other/a.go") || r[abs("b.go")] != abs("other/b.go") {
		t.Errorf("layered: %v", r)
	}
}

// TestExtraGoMod checks that an overlay of go.mod by the caller is the text
// that gets the runtime's lines.
func TestExtraGoMod(t *testing.T) {
	root := unpackTxtar(t, "-- go.mod --\nmodule example.com/u\n\ngo 1.20\n-- their.mod --\nmodule example.com/u\n\ngo 1.21 // theirs\n-- o.json --\n{\"Replace\": {\"go.mod\": \"their.mod\"}}\n")
	ov, err := Write(nil, Options{
		Dir: t.TempDir(), ModRoot: root, ModPath: "example.com/u", GoMod: filepath.Join(root, "go.mod"),
		Runtime: true, Source: fakeRuntime, CacheDir: t.TempDir(), Extra: []string{"o.json"}, Base: root,
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(replaced(t, ov)[filepath.Join(root, "go.mod")])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"// theirs", "require github.com/opto-go/trace " + pseudo, "replace github.com/opto-go/trace => "} {
		if !strings.Contains(string(data), want) {
			t.Errorf("go.mod lacks %q:\n%s", want, data)
		}
	}
}

func TestRefusals(t *testing.T) {
	root := unpackTxtar(t, "-- go.mod --\nmodule example.com/u\nfrobnicate\n-- go.work --\nuse (\n")
	for _, tt := range []struct {
		name  string
		files map[string][]byte
		opt   Options
		msg   string
	}{
		{"no directory", nil, Options{Dir: filepath.Join(root, "nowhere")}, "overlay directory: "},
		{"a file for a directory", nil, Options{Dir: filepath.Join(root, "go.mod")}, "is not a directory"},
		{"relative name", map[string][]byte{"a.go": nil}, Options{Dir: root}, "a.go is not absolute"},
		{"no module", nil, Options{Dir: root, Runtime: true, GoMod: os.DevNull}, "no go.mod: the packages to record must be in a module"},
		{"broken go.mod", nil, Options{Dir: root, Runtime: true, ModRoot: root, GoMod: filepath.Join(root, "go.mod"), Source: fakeRuntime, CacheDir: t.TempDir()}, "go.mod:2: unknown directive: frobnicate"},
		{"broken go.work", nil, Options{Dir: root, Runtime: true, ModRoot: root, GoMod: filepath.Join(root, "go.mod"), GoWork: filepath.Join(root, "go.work"), Source: fakeRuntime}, "go.work:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Write(tt.files, tt.opt)
			if err == nil || !strings.Contains(err.Error(), tt.msg) {
				t.Errorf("error %v, want %q", err, tt.msg)
			}
		})
	}
}

func replaced(t *testing.T, ov *Overlay) map[string]string {
	t.Helper()
	data, err := os.ReadFile(ov.JSON)
	if err != nil {
		t.Fatal(err)
	}
	var o struct{ Replace map[string]string }
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	return o.Replace
}

// TestStored lets files stand for others that are where they are already.
func TestStored(t *testing.T) {
	root := unpackTxtar(t, "-- go.mod --\nmodule example.com/u\n\ngo 1.21\n-- mine.json --\n{}\n")
	name, by := filepath.Join(root, "a.go"), filepath.Join(t.TempDir(), "any.go")
	opt := Options{Dir: t.TempDir(), ModRoot: root, Stored: map[string]string{name: by}}
	ov, err := Write(map[string][]byte{filepath.Join(root, "b.go"): []byte("package u\n")}, opt)
	if err != nil {
		t.Fatal(err)
	}
	if got := replaced(t, ov); len(got) != 2 || got[name] != by {
		t.Errorf("replaced: %v", got)
	}
	if _, err := os.Stat(by); !os.IsNotExist(err) {
		t.Errorf("%s was written: %v", by, err)
	}
	data, err := json.Marshal(map[string]any{"Replace": map[string]string{name: "other.go"}})
	if err != nil {
		t.Fatal(err)
	}
	opt.Extra, opt.Base = []string{"mine.json"}, root
	if err := os.WriteFile(filepath.Join(root, "mine.json"), data, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(nil, opt); err == nil || !strings.Contains(err.Error(), "replaced by the caller's -overlay") {
		t.Errorf("a file that two stand for: %v", err)
	}
}
