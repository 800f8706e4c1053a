package differential

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A suite is a line of testdata/packages.txt: packages of one module, or of
// the standard library, whose own tests are compared.
type suite struct {
	module   string   // "std": the standard library
	version  string   // "required": the one that our go.mod has
	patterns []string // packages, relative to the module
	sampled  bool     // part of the sample
	race     bool     // compared under the race detector too
	short    bool     // with -test.short
}

// name is how TRACE_DIFFERENTIAL and the table of results call the suite.
func (s suite) name() string {
	if s.module == "std" {
		return s.patterns[0]
	}
	return s.module
}

// readSuites reads testdata/packages.txt.
func readSuites(t testing.TB) []suite {
	t.Helper()
	b, err := os.ReadFile("testdata/packages.txt")
	if err != nil {
		t.Fatal(err)
	}
	suites, err := parseSuites(string(b))
	if err != nil {
		t.Fatalf("testdata/packages.txt:%v", err)
	}
	return suites
}

func parseSuites(text string) ([]suite, error) {
	var suites []suite
	seen := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		var s suite
		for marks := map[string]*bool{"sample": &s.sampled, "race": &s.race, "short": &s.short}; len(f) > 0 && marks[f[0]] != nil; f = f[1:] {
			*marks[f[0]] = true
		}
		if len(f) < 2 {
			return nil, fmt.Errorf("%d: want std package, or module version packages", i+1)
		}
		s.module, f = f[0], f[1:]
		if s.module == "std" {
			if len(f) != 1 {
				return nil, fmt.Errorf("%d: a line has one package of the standard library", i+1)
			}
		} else {
			s.version, f = f[0], f[1:]
		}
		s.patterns = f
		switch {
		case s.module != "std" && s.version != "required" && !strings.HasPrefix(s.version, "v"):
			return nil, fmt.Errorf("%d: %s is no version", i+1, s.version)
		case len(f) == 0:
			return nil, fmt.Errorf("%d: %s names no packages", i+1, s.module)
		case s.sampled && s.module != "std" && s.version != "required":
			return nil, fmt.Errorf("%d: the sample runs in a fresh clone: %s has to have the version required", i+1, s.module)
		case seen[s.name()]:
			return nil, fmt.Errorf("%d: %s is there twice", i+1, s.name())
		}
		seen[s.name()] = true
		suites = append(suites, s)
	}
	return suites, nil
}

// chooseSuites gives the suites that TRACE_DIFFERENTIAL asks for.
func chooseSuites(all []suite) []suite {
	var chosen []suite
	asked := map[string]bool{}
	for _, name := range strings.Split(os.Getenv("TRACE_DIFFERENTIAL"), ",") {
		asked[name] = true
	}
	for _, s := range all {
		if asked["all"] || asked[s.name()] || asked[""] && s.sampled {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

func TestParseSuites(t *testing.T) {
	for text, want := range map[string]string{
		"std sort\n# comment\nrace example.com/m v1.2.3 . ./sub\n": "",
		"std":                        "1: want std package, or module version packages",
		"\nexample.com/m v1.0.0":     "2: example.com/m names no packages",
		"example.com/m latest .":     "1: latest is no version",
		"std sort\nstd sort":         "2: sort is there twice",
		"sample example.com/m v1 .":  "1: the sample runs in a fresh clone: example.com/m has to have the version required",
		"std container/list strings": "1: a line has one package of the standard library",
	} {
		_, err := parseSuites(text)
		if got := fmt.Sprint(err); got != want && !(err == nil && want == "") {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
