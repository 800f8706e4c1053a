package differential

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// evidence is what the source of a program has that looks at what recording
// must change, by the reason that the list gives.
var evidence = map[string]*regexp.Regexp{
	"garbage collection": regexp.MustCompile(`runtime\.GC\(|SetFinalizer|AddCleanup|weak\.`),
	"allocation":         regexp.MustCompile(`MemStats|AllocsPerRun|MemProfile`),
	"goroutine count":    regexp.MustCompile(`NumGoroutine`),
	"stack frames":       regexp.MustCompile(`runtime\.(Caller|Callers|Stack)\(|debug\.(Stack|PrintStack)\(`),
	"function names":     regexp.MustCompile(`FuncForPC|CallersFrames|reflect\.|%T`),
	"timing":             regexp.MustCompile(`.`), // as far as it goes: how long it takes
	"its own source":     regexp.MustCompile(`go:linkname|os\.(Open|ReadFile)|exec\.Command`),
}

// A reason is why a program may differ.
type reason struct{ kind, detail string }

// byChance reports whether what is listed may come out the same: it goes by the clock,
// or by random numbers, which the detail tells.
func (r reason) byChance() bool {
	return r.kind == "timing" || strings.HasPrefix(r.detail, "sometimes ")
}

// readList reads testdata/listed.txt: on each line a name, a kind of evidence,
// and a sentence, separated by " | ".
func readList() (map[string]reason, error) {
	b, err := os.ReadFile("testdata/listed.txt")
	if err != nil {
		return nil, err
	}
	list := map[string]reason{}
	for i, l := range strings.Split(string(b), "\n") {
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		f := strings.Split(l, " | ")
		if len(f) != 3 || f[2] == "" {
			return nil, fmt.Errorf("testdata/listed.txt:%d: want name | reason | detail", i+1)
		}
		if evidence[f[1]] == nil {
			return nil, fmt.Errorf("testdata/listed.txt:%d: unknown reason %q", i+1, f[1])
		}
		if _, twice := list[f[0]]; twice {
			return nil, fmt.Errorf("testdata/listed.txt:%d: %s is listed twice", i+1, f[0])
		}
		list[f[0]] = reason{f[1], f[2]}
	}
	return list, nil
}

func mustReadList(t *testing.T) map[string]reason {
	t.Helper()
	list, err := readList()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// shown checks that source does what a reason says.
func (r reason) shown(source string) bool { return evidence[r.kind].MatchString(source) }
