package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReport(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		text string
		code int
	}{
		{"nil", nil, "", 0},
		{"plain", errors.New("no such file"), "tracegen: no such file\n", 2},
		{"failed", Failf("2 findings"), "tracegen: 2 findings\n", 1},
		{
			"hint", Errorf("flag %s after an argument", "-v").WithHint("put it first"),
			"tracegen: flag -v after an argument\ntracegen: hint: put it first\n", 2,
		},
		{
			"positions stand alone", Failf("a/b.go:3:1: unused\nC:\\x\\b.go:4:2: bad\nnot a position: 1"),
			"a/b.go:3:1: unused\nC:\\x\\b.go:4:2: bad\ntracegen: not a position: 1\n", 1,
		},
		{"wrapped", fmt.Errorf("load: %w", Failf("stale").WithHint("run it")), "tracegen: load: stale\ntracegen: hint: run it\n", 1},
		{"silent", Exit(3), "", 3},
		{"silent zero", Exit(0), "", 0},
		{"two-line hint", Errorf("x").WithHint("a\nb"), "tracegen: x\ntracegen: hint: a\ntracegen: hint: b\n", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			code := Report(&b, "tracegen", tt.err)
			if diff := cmp.Diff(tt.text, b.String()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if code != tt.code {
				t.Errorf("code %d, want %d", code, tt.code)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	var b strings.Builder
	Note(&b, "tracegen", "wrote %d files", 2)
	Warn(&b, "tracegen", "cut\nshort\n")
	want := "tracegen: wrote 2 files\ntracegen: warning: cut\ntracegen: warning: short\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
