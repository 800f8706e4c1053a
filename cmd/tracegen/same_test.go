package main

import (
	"regexp"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// sameAsGo runs a command of go with its arguments, and then tracegen in place
// of go with -all, once as it is and once with a recording: all must print the
// same and come to the same end.
func sameAsGo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: same test|run [args]")
	}
	verb, rest := args[0], args[1:]
	run := func(name string, args ...string) [3]string {
		end := "success"
		if err := ts.Exec(name, args...); err != nil {
			end = err.Error()
		}
		return [3]string{sameOutput(ts.ReadFile("stdout")), sameOutput(ts.ReadFile("stderr")), end}
	}
	var goArgs, own []string
	switch verb {
	case "test":
		goArgs = append([]string{"test", "-count=1", "-p=1"}, rest...)
		own = append([]string{"-count=1", "-p=1"}, rest...)
	case "run":
		goArgs, own = append([]string{"run"}, rest...), rest
	default:
		ts.Fatalf("same: unknown command %s", verb)
	}
	want := run("go", goArgs...)
	for _, flags := range [][]string{{verb, "-all"}, {verb, "-all", "-record", ts.MkAbs("same.ndjson")}} {
		got := run("tracegen", append(flags, own...)...)
		if diff := cmp.Diff(want, got); diff != "" {
			ts.Fatalf("tracegen %s differs (-go +tracegen):\n%s", strings.Join(flags, " "), diff)
		}
	}
}

// elapsed is what go prints differently from run to run: times, with and
// without -json, allocations and figures of benchmarks.
var elapsed = regexp.MustCompile(`\(?\b[0-9.]+m?s\)?|"(Time|Elapsed)":[^,}]*|[0-9.]+ (ns/op|B/op|allocs/op|MB/s)|\b0x[0-9a-f]+`)

var spaces = regexp.MustCompile(`[ \t]+`)

func sameOutput(s string) string {
	s = spaces.ReplaceAllString(elapsed.ReplaceAllString(s, "…"), " ")
	// Warnings of tracegen are no output of the program.
	var lines []string
	for _, l := range strings.Split(s, "\n") {
		if !strings.HasPrefix(l, "tracegen: ") {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}
