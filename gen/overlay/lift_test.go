package overlay

import (
	"go/build/constraint"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLift(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"bare", "package p\n", "//go:build go1.18\n//line /m/p.go:1:1\npackage p\n"},
		{"line directive kept", "//line /o/p.go:1:1\npackage p\n", "//go:build go1.18\n//line /o/p.go:1:1\npackage p\n"},
		{"byte order mark", "\ufeffpackage p\n", "//go:build go1.18\n//line /m/p.go:1:1\npackage p\n"},
		{"constraint", "// Copyright.\n\n//go:build linux || darwin\n\npackage p\n", "// Copyright.\n\n//go:build (linux || darwin) && go1.18\n\npackage p\n"},
		{
			"both spellings", "//go:build linux\n// +build linux\n\npackage p\n",
			"//go:build linux && go1.18\n//             \n\npackage p\n",
		},
		{
			"older spelling", "// +build linux,amd64 darwin\n// +build !race\n\npackage p\n",
			"//go:build ((linux && amd64) || darwin) && !race && go1.18\n//line /m/p.go:1:1\n//                          \n//             \n\npackage p\n",
		},
		{"prose", "// +build is not a constraint here\npackage p\n", "//go:build go1.18\n//line /m/p.go:1:1\n// +build is not a constraint here\npackage p\n"},
		{"after the clause", "package p\n\n//go:build linux\n", "//go:build go1.18\n//line /m/p.go:1:1\npackage p\n\n//go:build linux\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := lift("/m/p.go", []byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := lift("/m/p.go", []byte("//go:build (\n\npackage p\n")); err == nil || !strings.Contains(err.Error(), "/m/p.go:1:1: ") {
		t.Errorf("broken constraint: %v", err)
	}
	if _, err := lift("/m/p.go", []byte("no package")); err == nil {
		t.Error("no error for text that is not Go")
	}
}

func TestLangVersion(t *testing.T) {
	for line, want := range map[string]string{
		"": "go1.21", "1.11": "go1.21", "1.17": "go1.21", "1.18": "go1.18", "1.20.3": "go1.20", "1.26.0": "go1.26",
	} {
		if got := LangVersion(line); got != want {
			t.Errorf("LangVersion(%q) = %q, want %q", line, got, want)
		}
	}
}

func TestParseModulesTxt(t *testing.T) {
	got := parseModulesTxt(`## workspace
# example.com/a v1.0.0
## explicit; go 1.21
example.com/a
example.com/a/b
# example.com/c v1.2.0 => ./c
## explicit
# example.com/d v0.1.0 => example.com/e v0.2.0
example.com/d
# example.com/c => ./c
example.com/not/a/package
# broken
## go x
`)
	want := []vendoredModule{
		{path: "example.com/a", version: "v1.0.0", goLine: "1.21", used: true},
		{path: "example.com/c", version: "v1.2.0"},
		{path: "example.com/d", version: "v0.1.0", used: true},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(vendoredModule{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzLift(f *testing.F) {
	f.Add("package p\n")
	f.Add("//go:build linux\n// +build linux\n\npackage p\n")
	f.Add("\ufeff// +build a,b c\n\npackage p\n")
	f.Fuzz(func(t *testing.T, src string) {
		out, err := lift("/m/p.go", []byte(src))
		if err != nil {
			return
		}
		var lines int
		for _, line := range strings.Split(string(out), "\n") {
			if constraint.IsGoBuild(line) {
				lines++
			}
		}
		if lines == 0 && !strings.Contains(src, "\r") {
			t.Errorf("no //go:build line in\n%s", out)
		}
		if strings.Count(string(out), "\n")-strings.Count(src, "\n") > 2 {
			t.Errorf("lines were added:\n%s", out)
		}
	})
}

func FuzzParseModulesTxt(f *testing.F) {
	f.Add("# example.com/a v1.0.0\n## explicit; go 1.21\nexample.com/a\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range parseModulesTxt(text) {
			if m.path == "" || m.version == "" || m.version == "=>" {
				t.Errorf("module %+v", m)
			}
		}
	})
}
