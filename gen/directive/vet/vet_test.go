package vet_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/opto-go/trace/gen/directive/vet"
)

// The test binary stands in for tracegen when go vet calls it.
func TestMain(m *testing.M) {
	if vet.IsVettoolCall(os.Args[1:]) {
		vet.Main()
	}
	os.Exit(m.Run())
}

const bad = `
-- go.mod --
module example.com/m

go 1.24
-- a.go --
package m

//trace:bundel
func f() {}

//trace:node trainable check=ok
var x = 1
-- a_test.go --
package m

func ok(int) error { return nil }

//trace:bundle min=1
func helper() {}
-- x_test.go --
package m_test

//trace:skip
func helper() {}
-- tagged.go --
//go:build special

package m

//trace:node
func g() {}
-- empty/README --
-- sub/sub.go --
package sub

//trace:bundle
func F() {}
`

func unpack(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOWORK", "off")
	return dir
}

func TestPackages(t *testing.T) {
	dir := unpack(t, bad)
	const findings = `a.go:3:1: unknown directive //trace:bundel
	hint: did you mean //trace:bundle?
a.go:6:24: check=ok: no such function
	hint: declare func ok(int) error in this package
a_test.go:5:16: option min does not fit //trace:bundle
	hint: //trace:bundle takes trainable, name=, desc=, constraint=, expand, nocatch, allow=
`
	const external = `x_test.go:3:1: //trace:skip needs a reason
	hint: write //trace:skip reason="why"
`
	tests := []struct {
		name     string
		tags     string
		patterns []string
		code     int
		stdout   string
		stderr   string // a part of it
	}{
		{"here", "", nil, 1, findings + external, ""},
		{"all", "", []string{"./..."}, 1, findings + external, ""},
		{"tags", "special", nil, 1, findings + "tagged.go:5:1: //trace:node does not fit function g\n" +
			"\thint: //trace:node goes on a package variable, a constant, a struct field or a local definition\n" + external, ""},
		{"clean", "", []string{"./sub"}, 0, "", ""},
		{"missing", "", []string{"./nowhere"}, 2, "", "nowhere"},
		{"nothing", "", []string{"./empty/..."}, 2, "", "no packages match ./empty/..."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := vet.Packages(context.Background(), vet.Options{Dir: dir, Tags: tt.tags, Patterns: tt.patterns, Stdout: &stdout, Stderr: &stderr})
			if code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if diff := cmp.Diff(tt.stdout, stdout.String()); diff != "" {
				t.Errorf("stdout (-want +got):\n%s", diff)
			}
			if !strings.Contains(stderr.String(), tt.stderr) || tt.stderr == "" && stderr.Len() > 0 {
				t.Errorf("stderr %q, want %q in it", stderr.String(), tt.stderr)
			}
		})
	}
}

func TestVetTypeErrors(t *testing.T) {
	dir := unpack(t, `
-- go.mod --
module example.com/m

go 1.24
-- a.go --
package m

//trace:bundel
func f() { return 1 }
`)
	var stdout, stderr bytes.Buffer
	if code := vet.Packages(context.Background(), vet.Options{Dir: dir, Stdout: &stdout, Stderr: &stderr}); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	if want := "a.go:3:1: unknown directive //trace:bundel\n\thint: did you mean //trace:bundle?\n"; stdout.String() != want {
		t.Errorf("stdout %q, want %q", stdout.String(), want)
	}
	if want := "a.go:4:19: too many return values"; !strings.HasPrefix(stderr.String(), want) {
		t.Errorf("stderr %q, want %q", stderr.String(), want)
	}
}

func TestVettool(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "vet", "-vettool="+exe, "./...")
	cmd.Dir = unpack(t, bad)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Error("go vet found nothing")
	}
	for _, want := range []string{
		"a.go:3:1: unknown directive //trace:bundel (did you mean //trace:bundle?)",
		"x_test.go:3:1: //trace:skip needs a reason",
		"a_test.go:5:16: option min does not fit //trace:bundle",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

func TestIsVettoolCall(t *testing.T) {
	tests := []struct {
		args string
		want bool
	}{
		{"", false},
		{"-V=full", true},
		{"--V=full", true},
		{"-flags", true},
		{"/tmp/b001/vet.cfg", true},
		{"-json -trace=true /tmp/b001/vet.cfg", true},
		{"-fix -diff /tmp/b001/vet.cfg", true},
		{"vet ./...", false},
		{"vet -fix ./...", false},
		{"test x.cfg", false},
		{"-o x.cfg", false},
		{"-V=full ./...", false},
		{"-d ./...", false},
	}
	for _, tt := range tests {
		if got := vet.IsVettoolCall(strings.Fields(tt.args)); got != tt.want {
			t.Errorf("IsVettoolCall(%s) = %t, want %t", tt.args, got, tt.want)
		}
	}
}
