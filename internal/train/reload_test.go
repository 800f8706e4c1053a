package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opto-go/trace/optimizer"
)

// TestReload loads an accepted candidate after a file was touched. In memory that
// is done only while all that decides is what it was.
func TestReload(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		edit       func(string) string
		memory     bool
	}{
		{"nothing", "", nil, true},
		{"its time", "m.go", func(s string) string { return s }, true},
		{"a file of other use", "README.md", func(string) string { return "text" }, true},
		{"a file of the package", "m.go", func(s string) string { return s + "// more\n" }, false},
		{"a test", "m_test.go", func(s string) string { return s + "// more\n" }, false},
		{"a new file", "new.go", func(string) string { return "package m\n" }, false},
		{"a file with a tag", "tagged.go", func(string) string { return "//go:build some\n\npackage m\n" }, false},
		{"a file of a package that it imports", "other/other.go", func(s string) string { return s + "// more\n" }, false},
		{"a header of C", "new.h", func(string) string { return "int x;\n" }, false},
		{"an embedded file", "other/text.txt", func(s string) string { return s + "more" }, false},
		{"go.mod", "go.mod", func(s string) string { return s + "\ngodebug panicnil=1\n" }, false},
		{"go.sum", "go.sum", func(s string) string { return s + "\n" }, false},
		{"go.work", "../go.work", func(s string) string { return s + "\n// more\n" }, false},
		{"go.mod of another module of the workspace", "../second/go.mod", func(s string) string { return s + "\n// more\n" }, false},
		{"a module that stands for another", "../local/local.go", func(s string) string { return s + "// more\n" }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			top := t.TempDir()
			dir := filepath.Join(top, "m")
			for name, text := range map[string]string{
				"../go.work":        "go 1.24\n\nuse (\n\t./m\n\t./second\n)\n",
				"../second/go.mod":  "module example.com/second\n\ngo 1.24\n",
				"../local/go.mod":   "module example.com/local\n\ngo 1.24\n",
				"../local/local.go": "package local\n\nconst One = 1\n",
				"go.mod":            "module example.com/m\n\ngo 1.24\n\nrequire example.com/local v0.0.0\n\nreplace example.com/local => ../local\n",
				"m.go":              "package m\n\nimport (\n\t\"example.com/local\"\n\t\"example.com/m/other\"\n)\n\n//trace:bundle trainable\nfunc F() int { return other.One + local.One }\n",
				"m_test.go":         "package m\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) {\n\tif F() != 3 {\n\t\tt.Error(F())\n\t}\n}\n",
				"other/other.go":    "package other\n\nimport _ \"embed\"\n\n//go:embed text.txt\nvar Text string\n\nconst One = 1\n",
				"other/text.txt":    "some text",
			} {
				write(t, filepath.Join(dir, name), text)
			}
			past := time.Now().Add(-time.Hour)
			if err := filepath.Walk(top, func(name string, _ os.FileInfo, err error) error { return os.Chtimes(name, past, past) }); err != nil {
				t.Fatal(err)
			}
			s, _ := loadSession(t, dir, Options{Environ: []string{"GOWORK=", "GOFLAGS="}})
			p := s.base.params[0]
			v, err := s.guard.check(t.Context(), s.base, optimizer.Proposal{Assign: map[string]string{p.ID: strings.Replace(p.Source, "+", "-", 1)}})
			if err != nil {
				t.Fatal(err)
			}
			files, err := s.with(s.base, v.Files)
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			if tt.edit != nil {
				name := filepath.Join(dir, tt.file)
				old, _ := os.ReadFile(name)
				write(t, name, tt.edit(string(old)))
			}
			if got := s.reload(t.Context(), files) != nil; got != tt.memory {
				t.Errorf("loaded in memory: %t", got)
			}
			// Either way it is loaded.
			st := &state{files: files, parent: s.base}
			if err := s.open(t.Context(), st); err != nil {
				t.Fatal(err)
			}
			if got := st.params[0].Source; !strings.Contains(got, "other.One - local.One") {
				t.Errorf("loaded was %s", got)
			}
			if _, err := st.check.Code(t.Context(), optimizer.Proposal{}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReloadUnsure begins with a file that was written while it was loaded.
func TestReloadUnsure(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/m\n\ngo 1.24\n")
	write(t, filepath.Join(dir, "m.go"), "package m\n\n//trace:bundle trainable\nfunc F() int { return 1 + 1 }\n")
	write(t, filepath.Join(dir, "m_test.go"), "package m\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) { _ = F() }\n")
	s, _ := loadSession(t, dir, Options{})
	if s.sourcesOf(s.base.prog, time.Now().Add(-time.Hour)) != nil {
		t.Error("files that were written meanwhile are taken for known")
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
