package gen_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
)

// TestGolden compares rewritten files with those of testdata/golden. Read them
// to see what the rewriting does; -update writes them anew.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			modtest.Write(t, dir, "go.mod", "module example.com/golden\n\ngo 1.21\n")
			var in []txtar.File
			for _, f := range ar.Files {
				if !strings.HasPrefix(f.Name, "want/") {
					in = append(in, f)
					modtest.Write(t, dir, f.Name, string(f.Data))
				}
			}
			first := rewritten(t, dir)
			if diff := cmp.Diff(first, rewritten(t, dir)); diff != "" {
				t.Errorf("rewriting twice gives different files:\n%s", diff)
			}
			got := txtar.Format(&txtar.Archive{Comment: ar.Comment, Files: append(in, first...)})
			if *update {
				if err := os.WriteFile(file, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(txtar.Format(ar)), string(got)); diff != "" && !*update {
				t.Errorf("rewritten files (-want +got):\n%s", diff)
			}
		})
	}
}

// rewritten instruments the module in dir and gives the new files and the
// notes, with dir out of sight.
func rewritten(t *testing.T, dir string) []txtar.File {
	t.Helper()
	_, out := modtest.Load(t, gen.Config{Dir: dir, Patterns: []string{"./..."}, Tests: true})
	var files []txtar.File
	for _, f := range out.Files {
		rel, err := filepath.Rel(dir, f.Path)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(f.Content), dir+string(filepath.Separator), "$DIR/")
		files = append(files, txtar.File{Name: "want/" + filepath.ToSlash(rel), Data: []byte(text)})
	}
	var notes strings.Builder
	for _, n := range out.Notes {
		rel, err := filepath.Rel(dir, n.Pos.Filename)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&notes, "%s:%d:%d: %s %s: %s\n", filepath.ToSlash(rel), n.Pos.Line, n.Pos.Column, n.Kind, n.Func, n.Reason)
	}
	return append(files, txtar.File{Name: "want/notes", Data: []byte(notes.String())})
}
