package main

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFlagTable compares the table with what the go command in use documents.
func TestFlagTable(t *testing.T) {
	flag := regexp.MustCompile(`(?m)^\t-([a-z]+)( .*)?$`)
	for _, topic := range []string{"build", "testflag", "test"} {
		out, err := exec.Command("go", "help", topic).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range flag.FindAllStringSubmatch(string(out), -1) {
			name, arg := m[1], strings.TrimSpace(m[2])
			switch {
			case name == "args":
			case !boolFlags[name] && !valueFlags[name]:
				t.Errorf("go help %s: flag -%s is not in the table", topic, name)
			case arg != "" && boolFlags[name]:
				t.Errorf("go help %s: flag -%s takes a value: %s", topic, name, arg)
			}
		}
	}
	for name := range boolFlags {
		if valueFlags[name] {
			t.Errorf("flag -%s is in both tables", name)
		}
	}
}

func TestParseGoArgs(t *testing.T) {
	for _, tt := range []struct {
		cmd, args string
		packages  string
		program   string // words that are not go's
	}{
		{"build", "", "", ""},
		{"build", "-o out -v ./a ./b", "./a ./b", ""},
		{"build", "--tags=x -ldflags -s .", ".", ""},
		{"build", "-- ./a", "./a", ""},
		{"run", ". -v x", ".", "-v x"},
		{"run", "-race a.go b.go c d.go", "a.go b.go", "c d.go"},
		{"run", "-exec ./wrap ./cmd -flag", "./cmd", "-flag"},
		{"test", "./a ./b -v", "./a ./b", ""},
		{"test", "-run TestX ./a", "./a", ""},
		{"test", "-test.run TestX ./a", "./a", ""},
		{"test", "./a -custom value -v", "./a", "-custom value"},
		{"test", "./a -custom=value x -v", "./a", "-custom=value x -v"},
		{"test", "-custom ./a -v", "", "-custom ./a"},
		{"test", "./a -args -record x", "./a", "-args -record x"},
		{"test", "-v -- ./a", "", "-- ./a"},
		{"test", "./a b.test -x y", "./a b.test", "y"},
		{"test", "-count 1 -short", "", ""},
	} {
		t.Run(tt.cmd+" "+tt.args, func(t *testing.T) {
			args := strings.Fields(tt.args)
			a, err := parseGoArgs(tt.cmd, args)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(a.packages, " "); got != tt.packages {
				t.Errorf("packages %q, want %q", got, tt.packages)
			}
			var program []string
			for _, f := range a.after {
				if f.name == "" {
					program = append(program, f.words...)
				}
			}
			if got := strings.Join(program, " "); got != tt.program {
				t.Errorf("program's words %q, want %q", got, tt.program)
			}
			want := slices.DeleteFunc(slices.Clone(args), func(s string) bool { return s == "--" && tt.cmd != "test" })
			if diff := cmp.Diff(append([]string{tt.cmd}, want...), a.line(tt.cmd, nil)); diff != "" {
				t.Errorf("put together again (-want +got):\n%s", diff)
			}
		})
	}
	for _, tt := range []struct{ cmd, args, msg string }{
		{"build", "-frob ./a", "flag provided but not defined: -frob"},
		{"build", "-run X ./a", "flag provided but not defined: -run"},
		{"test", "./a -run", "flag needs an argument: -run"},
		{"run", "-tags", "flag needs an argument: -tags"},
	} {
		if _, err := parseGoArgs(tt.cmd, strings.Fields(tt.args)); err == nil || !strings.Contains(err.Error(), tt.msg) {
			t.Errorf("go %s %s: error %v, want %q", tt.cmd, tt.args, err, tt.msg)
		}
	}
}

func TestLine(t *testing.T) {
	a, err := parseGoArgs("test", strings.Fields("-overlay x.json -mod vendor -v ./a -overlay=y.json -custom z"))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(a.line("test", []string{"-overlay=ours.json", "-mod=readonly"}, "overlay", "mod"), " ")
	if want := "test -v -overlay=ours.json -mod=readonly ./a -custom z"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestParseGOFLAGS(t *testing.T) {
	flags, err := parseGOFLAGS("test", `-mod=mod '-ldflags=-s -w' -cover=false -race  "-tags=a b"`)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"mod": "mod", "ldflags": "-s -w", "tags": "a b", "race": "true", "cover": "false"} {
		if got, _ := last(flags, name); got != want {
			t.Errorf("-%s is %q, want %q", name, got, want)
		}
	}
	if on(flags, "cover") || !on(flags, "race") {
		t.Error("boolean flags misread")
	}
	for value, msg := range map[string]string{"x": `non-flag "x"`, "'-v": "unterminated '", "-tags": "needs an argument"} {
		if _, err := parseGOFLAGS("build", value); err == nil || !strings.Contains(err.Error(), msg) {
			t.Errorf("%s: error %v, want %q", value, err, msg)
		}
	}
}

func FuzzParseGoArgs(f *testing.F) {
	f.Add("-run X ./a -custom v -args -v", "'-ldflags=-s -w' -race")
	f.Add("-- a.go -x", "-tags=")
	f.Fuzz(func(t *testing.T, line, goflags string) {
		args := strings.Fields(line)
		for _, cmd := range []string{"build", "run", "test"} {
			parseGOFLAGS(cmd, goflags) // must not panic
			a, err := parseGoArgs(cmd, args)
			if err != nil {
				continue
			}
			// No word is lost or made up, whatever the line.
			got := a.line(cmd, nil)[1:]
			if cmd != "test" {
				if i := slices.Index(args, "--"); i >= 0 && len(got) == len(args)-1 {
					continue
				}
			}
			if !slices.Equal(got, args) {
				t.Errorf("%s: %q became %q", cmd, args, got)
			}
		}
	})
}
