package gen_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/overlay"
	trace "github.com/opto-go/trace/runtime"
)

func logNotes(t *testing.T, out *gen.Output, prefix string) {
	for _, n := range out.Notes {
		if n.Kind != gen.NoteFlow && strings.HasPrefix(n.Pos.Filename, prefix) {
			t.Logf("%s: %s %s: %s", n.Pos, n.Kind, n.Func, n.Reason)
		}
	}
}

func instrument(t testing.TB, cfg gen.Config) (*gen.Program, *gen.Output) {
	t.Helper()
	prog, err := gen.Load(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	out, err := prog.Instrument(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return prog, out
}

// overlayFlags writes the overlay to a new directory and gives the flags that
// make the go command use it.
func overlayFlags(t testing.TB, prog *gen.Program, out *gen.Output) []string {
	t.Helper()
	files := map[string][]byte{}
	for _, f := range out.Files {
		files[f.Path] = f.Content
	}
	ov, err := overlay.Write(files, overlay.Options{Dir: t.TempDir(), ModRoot: prog.ModRoot, ModPath: prog.ModPath,
		GoMod: prog.GoMod, GoWork: prog.GoWork, Runtime: true})
	if err != nil {
		t.Fatal(err)
	}
	return ov.Flags
}

func goBuild(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Dir = dir
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, b)
	}
}

// readTraces reads all files that instrumented processes wrote to dir.
func readTraces(t *testing.T, dir string) *trace.Recording {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing was recorded: %v", err)
	}
	var rs []io.Reader
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, bytes.NewReader(b))
	}
	rec, err := trace.ReadRecording(io.MultiReader(rs...))
	if err != nil {
		t.Fatal(err)
	}
	if rec.Dangling != 0 {
		t.Errorf("%d references to nodes that are not in the file", rec.Dangling)
	}
	return rec
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
