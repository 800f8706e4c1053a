package snapshot

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits bounds a snapshot. The zero value of a field means what the
// environment variable TRACE_VALUES says, or else its default.
type Limits struct {
	Depth int // composite values within each other; 0: 4
	Elems int // elements or fields shown of each composite value; 0: 32
	Bytes int // length of the text; 0: 600, less than 40: 40
	// Errors has the text of an error that is recorded by itself asked from its
	// Error method. It is the one way in which code of the program is called.
	Errors bool
}

const minBytes = 40 // room for a mark of what was left out

// Default is what applies to a process, by TRACE_VALUES.
var Default = fromEnvironment(os.Getenv("TRACE_VALUES"))

// StringMax is how many bytes of a string a snapshot with the default limits can
// depend on.
var StringMax = Default.Bytes + utf8.UTFMax

func fromEnvironment(s string) Limits {
	l, err := ParseLimits(s)
	if err != nil {
		fmt.Fprintf(os.Stderr, "trace: TRACE_VALUES: %v; values have their usual bounds\n", err)
	}
	return l
}

func (l Limits) withDefaults() Limits {
	if l.Depth <= 0 {
		l.Depth = Default.Depth
	}
	if l.Elems <= 0 {
		l.Elems = Default.Elems
	}
	if l.Bytes <= 0 {
		l.Bytes = Default.Bytes
	}
	if l.Bytes < minBytes {
		l.Bytes = minBytes
	}
	l.Errors = l.Errors || Default.Errors
	return l
}

// ParseLimits reads limits such as "depth=6,elems=100,bytes=2000,errors=text". What
// is not there has its usual value; with an error all have.
func ParseLimits(s string) (Limits, error) {
	usual := Limits{Depth: 4, Elems: 32, Bytes: 600}
	l := usual
	if s == "" {
		return l, nil
	}
	seen := make(map[string]bool)
	for _, part := range strings.Split(s, ",") {
		key, value := part, ""
		if i := strings.IndexByte(part, '='); i >= 0 {
			key, value = part[:i], part[i+1:]
		}
		if seen[key] {
			return usual, fmt.Errorf("%s is given twice", key)
		}
		seen[key] = true
		var err error
		switch key {
		case "depth":
			l.Depth, err = number(key, value, 1, 32)
		case "elems":
			l.Elems, err = number(key, value, 1, 1000)
		case "bytes":
			l.Bytes, err = number(key, value, minBytes, 4000)
		case "errors":
			switch value {
			case "text":
				l.Errors = true
			case "fields":
			default:
				err = fmt.Errorf("errors must be text or fields, not %q", value)
			}
		default:
			err = fmt.Errorf("unknown bound %q; there are depth, elems, bytes and errors", key)
		}
		if err != nil {
			return usual, err
		}
	}
	return l, nil
}

func number(key, value string, min, max int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < min || n > max {
		return 0, fmt.Errorf("%s must be a number from %d to %d, not %q", key, min, max, value)
	}
	return n, nil
}
