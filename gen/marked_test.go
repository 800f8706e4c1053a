package gen_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
)

// TestUnmarked: a bundle of which a copy would not be the same program has none, and
// that is said.
func TestUnmarked(t *testing.T) {
	dir := t.TempDir()
	modtest.Write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26\n")
	modtest.Write(t, dir, "m.go", `package m

import "runtime"

//trace:bundle
func plain(n int) int { return n }

//trace:bundle
func typed(v any) any {
	type own int
	if _, ok := v.(own); ok {
		return 1
	}
	return own(2)
}

//trace:bundle
func aliased(n int) int {
	type number = int
	return number(n)
}

//trace:bundle
func framed() (line int) {
	_, _, line, _ = runtime.Caller(1)
	return line
}

//trace:bundle expand
func followed(n int) int { return n + 1 }
`)
	for _, level := range []gen.Level{gen.LevelFlow, gen.LevelBundle} {
		prog, out := modtest.Load(t, gen.Config{Dir: dir, Patterns: []string{"."}, Level: level})
		text := ""
		for _, f := range out.Files {
			text += string(f.Content)
		}
		got := map[string]string{}
		for _, n := range out.Notes {
			got[n.Func] = n.Reason
			if strings.Contains(text, "func Trace__"+n.Func+"__ran(") {
				got[n.Func] += " (marked)"
			}
		}
		want := map[string]string{
			"plain":    "bundle (marked)",
			"typed":    "bundle; which of its lines run is not kept: it defines type own, which would be another one in a copy",
			"aliased":  "bundle (marked)",
			"framed":   "bundle; which of its lines run is not kept: looks at its stack frames",
			"followed": "bundle, followed inside: expand",
		}
		if level == gen.LevelBundle {
			want = map[string]string{"plain": "bundle", "typed": "bundle", "aliased": "bundle", "framed": "bundle", "followed": got["followed"]}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("level %v (-want +got):\n%s", level, diff)
		}
		modtest.Build(t, dir, append(modtest.Flags(t, prog, out), ".")...)
	}
}
