package build

import (
	"debug/buildinfo"
	"os"
	"testing"
)

// What nobody will debug is compiled without what debuggers read, unless the user
// says how to compile.
func TestNoDebug(t *testing.T) {
	dir := module(t, "cases.txtar")
	for _, tt := range []struct {
		name, goflags string
		noDebug       bool
		want          string
	}{
		{"thrown away", "", true, "-dwarf=false"},
		{"kept", "", false, ""},
		{"the user's flags", "-gcflags=-N", true, "-N"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := NewBuilder(t.Context(), t.TempDir(), dir, append(os.Environ(), "GOWORK=off", "GOFLAGS="+tt.goflags))
			if err != nil {
				t.Fatal(err)
			}
			bin, err := b.Compile(t.Context(), Spec{Dir: dir, Pkg: "example.com/m", Test: true, NoDebug: tt.noDebug, Overlay: plainOverlay})
			if err != nil {
				t.Fatal(err)
			}
			info, err := buildinfo.ReadFile(bin.Path)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, s := range info.Settings {
				if s.Key == "-gcflags" {
					got = s.Value
				}
			}
			if got != tt.want {
				t.Errorf("gcflags %q, want %q", got, tt.want)
			}
			res, err := bin.RunTests(t.Context(), RunOptions{Dir: dir, Run: "^TestPass$", Tests: []string{"TestPass"}})
			if err != nil || results(res)["TestPass"] != Pass {
				t.Errorf("results: %v, %v", res, err)
			}
		})
	}
}
