package gen_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opto-go/trace/gen"
	trace "github.com/opto-go/trace/runtime"
)

func logNotes(t *testing.T, out *gen.Output, prefix string) {
	for _, n := range out.Notes {
		if n.Kind != gen.NoteFlow && strings.HasPrefix(n.Pos.Filename, prefix) {
			t.Logf("%s: %s %s: %s", n.Pos, n.Kind, n.Func, n.Reason)
		}
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
