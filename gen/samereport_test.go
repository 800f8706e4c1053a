package gen_test

import (
	"regexp"
	"strings"
)

// sameReport takes from what a program printed all that may differ between
// two runs of it, and between the plain and the instrumented program:
// addresses, the words of arguments, offsets in functions, the numbers of
// goroutines, times; and in stack traces
//   - the names of twins and the numbers of function literals (plainName);
//   - the recorder's frames, and those that lead from a function, the call of a
//     bundle, or the table of methods to its twin.
//
// Everything else has to be the same: messages, the order of frames, files and
// lines.
func sameReport(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var b strings.Builder
	lines := strings.SplitAfter(s, "\n")
	twin := "" // the function whose twin, or way to it, was the last frame
	for i := 0; i < len(lines); i++ {
		if i+1 == len(lines) || !place.MatchString(lines[i+1]) || !called.MatchString(lines[i]) {
			twin = ""
			b.WriteString(volatileText(lines[i]))
			continue
		}
		m := called.FindStringSubmatch(lines[i])
		name, at := m[3], place.FindStringSubmatch(lines[i+1])[1]
		i++
		plain := plainName(name)
		switch {
		case strings.Contains(name, "opto-go/trace/runtime/"), strings.HasSuffix(strings.TrimSuffix(name, "[...]"), "__at"):
			continue
		case strings.Contains(name, "Trace__"):
			twin = plain
		case strings.TrimSuffix(plain, ".func") == twin, twin != "" && strings.HasSuffix(plain, ".init.func"):
			continue
		default:
			twin = ""
		}
		b.WriteString(m[1] + m[2] + plain + "\n" + at + "\n")
	}
	return b.String()
}

var (
	// place is the second line of a frame.
	place = regexp.MustCompile(`^(\s+\S+:\d+)(?: \+0x[0-9a-f]+)?\n?$`)
	// called is the first one.
	called = regexp.MustCompile(`^( *)(created by )?(\S.*?)(?:\([^()]*\)| in goroutine \d+)?\n$`)
	// literal is how the compiler calls a function literal, the body of a
	// range over a function, or what wraps a go or defer statement.
	literal = regexp.MustCompile(`(?:\.(?:func|gowrap|deferwrap)?\d+|-range\d+)+$`)
	// testsType is the type whose methods are the twins of tests.
	testsType = regexp.MustCompile(`Trace__tests_[0-9a-z]+\.`)
	// volatiles are compared as if they were the same.
	volatiles = regexp.MustCompile(`0x[0-9a-f]+|\b(?:g|G)oroutine \d+|\(?\b\d+(?:\.\d+)?m?s\b\)?|, \d+ minutes|pid=\d+`)
)

func volatileText(s string) string { return volatiles.ReplaceAllString(s, "…") }

// plainName is the name of a function without what tells a twin or an
// instance: T.Method for (*T).Method, and for Trace__T__Method.
func plainName(name string) string {
	name = literal.ReplaceAllString(name, ".func")
	name = testsType.ReplaceAllString(name, "")
	for _, r := range [][2]string{{"[...]", ""}, {"(*", ""}, {")", ""}, {"Trace__", ""}, {"__body", ""}, {"__ran", ""}, {"__", "."}} {
		name = strings.ReplaceAll(name, r[0], r[1])
	}
	return name
}
