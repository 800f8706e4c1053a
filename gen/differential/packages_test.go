package differential

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
)

// TestPackages runs the own tests of packages of the standard library and of
// other modules: as they are, with every function rewritten, recording, and
// recording with a //trace:node on what the tests define, so that there is much
// to record. All must come to the same.
func TestPackages(t *testing.T) {
	installation(t)
	all := readSuites(t)
	list := mustReadList(t)
	sum := newSummary(t, "packages")
	costs := newCosts(t)
	for _, s := range chooseSuites(all) {
		t.Run(s.name(), func(t *testing.T) {
			c := comparison{list: list, sum: sum, costs: costs}
			if s.short {
				c.args = []string{"-test.short"}
			}
			c.plain, c.seeded = newCopy(t, s), newCopy(t, s)
			c.seeded.seed(t)
			flags := [][]string{nil}
			if s.race && os.Getenv("TRACE_DIFFERENTIAL") != "" && raceDetector(t) {
				flags = append(flags, []string{"-race"})
			}
			for _, c.flags = range flags {
				t.Run("tests"+strings.Join(c.flags, ""), func(t *testing.T) {
					c.rewritten = instrument(t, c.plain.config(c.flags))
					c.recorded = instrument(t, c.seeded.config(c.flags))
					for i, p := range c.plain.tested {
						t.Run(p.name(), func(t *testing.T) { c.run(t, p, c.seeded.tested[i]) })
					}
				})
			}
		})
	}
}

// A moduleCopy is a module whose tests are compared.
type moduleCopy struct {
	dir    string
	tested []testedPackage
}

func newCopy(t *testing.T, s suite) moduleCopy {
	t.Helper()
	dir := s.fetched(t)
	return moduleCopy{dir, s.testedPackages(t, dir)}
}

// config says how to rewrite every function of the packages.
func (m moduleCopy) config(flags []string) gen.Config {
	cfg := gen.Config{Dir: m.dir, Tests: true, BuildFlags: flags}
	for _, p := range m.tested {
		cfg.Patterns = append(cfg.Patterns, p.path)
	}
	return cfg
}

// seed adds a //trace:node to what the test files of the packages define. Files that
// the tests read themselves stay as they are.
func (m moduleCopy) seed(t *testing.T) {
	t.Helper()
	for _, p := range m.tested {
		files, err := filepath.Glob(filepath.Join(p.dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(files))
		for i, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = string(b)
		}
		for i, name := range files {
			if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, strconv.Quote(filepath.Base(name))) }) {
				continue
			}
			text := strings.ReplaceAll(seeded(texts[i]), "//trace:node name=n", fmt.Sprintf("//trace:node name=file%dn", i))
			modtest.Write(t, p.dir, filepath.Base(name), text)
		}
	}
}

// A comparison is of the packages of a suite.
type comparison struct {
	plain, seeded       moduleCopy
	rewritten, recorded instrumented // of plain and of seeded
	flags               []string     // of the go command
	args                []string     // of the tests
	list                map[string]reason
	sum                 *summary
	costs               *costs
}

// run compares what the tests of a package come to. seeded is the same package
// with more to record.
func (c comparison) run(t *testing.T, pkg, seeded testedPackage) {
	args, tests := c.withoutListed(t, pkg)
	plain := buildTests(t, pkg, c.flags...)
	want := plain.run(t, args...)
	switch {
	case want.Late:
		t.Fatalf("the tests themselves do not end within %v", testLimit)
	case len(want.Results) == 0:
		t.Fatalf("the tests themselves have no results:\n%s", tail(want.output))
	}
	end := same
	compare := func(how string, b testBinary) trace {
		got := b.run(t, args...)
		if diff := cmp.Diff(want.verdict, got.verdict); diff != "" {
			if again := plain.run(t, args...); cmp.Diff(want.verdict, again.verdict) != "" {
				end = varies
			} else {
				end = different
				t.Errorf("the tests come to something else (-plain +%s):\n%s\n%s", how, diff, tail(got.output))
			}
		}
		if b.traces == "" {
			return trace{}
		}
		tr := readTrace(t, b.traces)
		if tr.files == 0 {
			t.Errorf("the tests did not record (%s)", how)
		}
		b.forget(t)
		return tr
	}

	idle := buildTests(t, pkg, append(c.flags, c.rewritten.flags...)...)
	recording := idle
	recording.traces = t.TempDir()
	more := buildTests(t, seeded, append(c.flags, c.recorded.flags...)...)
	more.traces = t.TempDir()
	compare("idle", idle)
	tr := compare("recording", recording)
	trMore := compare("recording more", more)
	for _, test := range tests {
		c.checkListed(t, pkg.name()+"."+test, pattern(test), plain, more)
	}

	notes := notesIn(c.rewritten.notes, pkg.dir)
	for _, n := range notes {
		if n.Kind == gen.NoteOpaque && strings.HasPrefix(n.Reason, "the rewritten body does not") {
			t.Errorf("%s:%d: %s: %s", filepath.Base(n.Pos.Filename), n.Pos.Line, n.Func, n.Reason)
		}
	}
	c.sum.add(notes, trMore.nodes)
	c.sum.end(strings.Join(append([]string{pkg.name()}, c.flags...), " "), end)
	if len(c.flags) == 0 {
		c.costs.add(t, cost{name: pkg.name(), tests: len(want.Results), listed: len(tests), end: end, notes: notes,
			nodes: tr.nodes, more: trMore.nodes, loops: loopShare(t, c.plain.dir, tr)}, plain, idle, recording, args)
	}
}

// withoutListed are the arguments that leave out the tests of the package that
// testdata/listed.txt has.
func (c comparison) withoutListed(t *testing.T, pkg testedPackage) (args, tests []string) {
	t.Helper()
	tests = c.listedTests(t, pkg)
	if len(tests) == 0 {
		return c.args, nil
	}
	patterns := make([]string, len(tests))
	for i, test := range tests {
		patterns[i] = pattern(test)
	}
	return append(c.args[:len(c.args):len(c.args)], "-test.skip="+strings.Join(patterns, "|")), tests
}

// pattern selects one test or subtest.
func pattern(test string) string {
	return "^" + strings.ReplaceAll(regexp.QuoteMeta(test), "/", "$/^") + "$"
}

// listedTests gives the tests of the package that testdata/listed.txt has.
func (c comparison) listedTests(t *testing.T, pkg testedPackage) (tests []string) {
	t.Helper()
	for _, key := range sortedKeys(c.list) {
		if test, ok := strings.CutPrefix(key, pkg.name()+"."); ok {
			if why := c.list[key]; !why.shown(pkg.source(t)) {
				t.Errorf("%s is listed because of %s, of which the source shows nothing", key, why.kind)
			}
			tests = append(tests, test)
		}
	}
	return tests
}

// checkListed finds tests that need not be listed.
func (c comparison) checkListed(t *testing.T, name, pattern string, plain, recording testBinary) {
	t.Helper()
	args := append(c.args[:len(c.args):len(c.args)], "-test.run="+pattern, "-test.timeout=1m") // it may wait for ever
	want, got := plain.run(t, args...), recording.run(t, args...)
	recording.forget(t)
	why := c.list[name].kind
	switch {
	case len(want.Results) == 0:
		t.Errorf("testdata/listed.txt: there is no test %s", name)
	case cmp.Diff(want.verdict, got.verdict) == "" && !c.list[name].byChance():
		t.Errorf("testdata/listed.txt: %s comes out the same now: take it out", name)
	default:
		c.sum.end(name, listed+": "+outcome(why))
	}
}

// notesIn are the notes on files of a folder.
func notesIn(notes []gen.Note, dir string) (in []gen.Note) {
	for _, n := range notes {
		if filepath.Dir(n.Pos.Filename) == dir {
			in = append(in, n)
		}
	}
	return in
}

// tail is the last of what failing tests printed.
func tail(s string) string {
	var lines []string
	for _, l := range strings.Split(strings.ReplaceAll(s, "\x16", ""), "\n") {
		if !strings.HasPrefix(l, "=== ") && !strings.HasPrefix(l, "--- PASS") {
			lines = append(lines, l)
		}
	}
	s = strings.Join(lines, "\n")
	const most = 4 << 10
	if len(s) > most {
		s = "…" + s[len(s)-most:]
	}
	return s
}
