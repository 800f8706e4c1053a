package report_test

import (
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen/directive/report"
)

func TestParsePosition(t *testing.T) {
	tests := []struct {
		in   string
		want token.Position
	}{
		{"", token.Position{}},
		{"-", token.Position{}},
		{"a.go", token.Position{Filename: "a.go"}},
		{"a.go:3", token.Position{Filename: "a.go", Line: 3}},
		{"a.go:3:4", token.Position{Filename: "a.go", Line: 3, Column: 4}},
		{`C:\a.go:3:4`, token.Position{Filename: `C:\a.go`, Line: 3, Column: 4}},
	}
	for _, tt := range tests {
		if got := report.ParsePosition(tt.in); got != tt.want {
			t.Errorf("ParsePosition(%q) = %+v, want %+v", tt.in, got, tt.want)
		}
	}
}

func TestPrint(t *testing.T) {
	dir := t.TempDir()
	a := filepath.Join(dir, "sub", "a.go")
	list := report.LoadErrors([]*packages.Package{
		{Errors: []packages.Error{{Pos: a + ":10:1", Msg: "later"}, {Pos: a + ":9:1", Msg: "too many\n\thave ()"}, {Msg: "# pkg\n…"}}},
		{Errors: []packages.Error{{Pos: a + ":10:1", Msg: "later"}, {Pos: filepath.Join(dir, "trace_gen.go") + ":1:1", Msg: "stale"}}},
		{Errors: []packages.Error{{Pos: "-", Msg: "no Go files"}}},
	})
	var out strings.Builder
	report.Print(&out, dir, report.Sort(list))
	want := filepath.FromSlash(`no Go files
sub/a.go:9:1: too many
		have ()
sub/a.go:10:1: later
trace_gen.go:1:1: stale
	hint: tracegen writes this file; run it again
`)
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
