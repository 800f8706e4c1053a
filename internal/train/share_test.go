package train

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/ui"
	"github.com/opto-go/trace/optimizer"
	"github.com/opto-go/trace/optimizer/search"
)

var shareSeed = flag.Int64("share.seed", 1, "seed of the candidates that TestShare compares")

// shareCandidates is how many candidates of a module TestShare compares.
func shareCandidates() int {
	if os.Getenv("TRACE_DIFFERENTIAL") == "all" {
		return 64
	}
	return 10
}

// loadSession begins a run in dir, up to where its program is loaded. GOWORK is
// that of opt.Environ, else off.
func loadSession(t testing.TB, dir string, opt Options) (*session, llm.Spec) {
	t.Helper()
	ctx := t.Context()
	opt.Dir, opt.Runs = dir, t.TempDir()
	opt.Environ = append(append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOPROXY=off", "TRACE_LLM=", "OPENAI_API_KEY="), opt.Environ...)
	work, err := opt.newWork(ctx)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := opt.complete()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSession(ctx, &opt, work)
	if err != nil {
		work.close()
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s, spec
}

// openSession begins a run in dir, up to its baseline.
func openSession(t testing.TB, dir string, opt Options) *session {
	t.Helper()
	ctx := t.Context()
	s, spec := loadSession(t, dir, opt)
	if err := s.openJournal(spec); err != nil {
		t.Fatal(err)
	}
	if err := s.newOptimizer(ctx, spec); err != nil {
		t.Fatal(err)
	}
	orig := s.repeat(nil, nil)
	defer orig.remove()
	if err := s.baseline(ctx, orig); err != nil {
		var e *ui.Error
		if errors.As(err, &e) {
			t.Fatal(e.Err)
		}
		t.Fatal(err)
	}
	return s
}

// prepared are the proposals that can be evaluated.
func prepared(t testing.TB, s *session, cur *state, props []optimizer.Proposal) []*candidate {
	t.Helper()
	var list []*candidate
	for _, p := range props {
		c, err := s.prepare(t.Context(), cur, p)
		if err != nil {
			t.Fatal(err)
		}
		if c.rejected != "" {
			t.Logf("rejected: %s", c.rejected)
			continue
		}
		if !c.again {
			list = append(list, c)
		}
	}
	return list
}

// How a candidate was compiled.
const (
	together = "together"
	alone    = "alone"
	both     = "together, then alone"
)

// sameResults compares the candidates in programs of several with each in one
// of its own, and returns how they were compiled.
func sameResults(t *testing.T, s *session, cands []*candidate) (how []string) {
	t.Helper()
	remove, err := s.shareBuilds(t.Context(), cands)
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	for _, c := range cands {
		if c.share == nil {
			how = append(how, alone)
			continue
		}
		raw, err := s.runBuilt(t.Context(), built{binary: c.share.binary, checked: len(c.checks) > 0, shared: c.share})
		if errors.Is(err, errAlone) {
			how = append(how, both)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if raw.rejected == "" {
			raw = s.obj.judge(raw)
		}
		how = append(how, together)
		single, err := s.evaluate(t.Context(), c.files, c.checks, running{})
		if err != nil {
			t.Fatal(err)
		}
		want, got := resultsOf(single), resultsOf(raw)
		// Some tests are random. What varies alone tells nothing.
		for range 12 {
			if slices.Equal(want, got) {
				break
			}
			again, err := s.evaluate(t.Context(), c.files, c.checks, running{})
			if err != nil {
				t.Fatal(err)
			}
			dropVarying(want, got, resultsOf(again))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v\n(-alone +shared):\n%s", c.proposal.Assign, diff)
		}
	}
	return how
}

func count(list []string, s string) int {
	return len(slices.DeleteFunc(slices.Clone(list), func(x string) bool { return x != s }))
}

// dropVarying empties the results that differ between two runs of one program.
func dropVarying(want, got, again []string) {
	if len(want) != len(again) || len(want) != len(got) {
		return
	}
	for i := range want {
		if want[i] != again[i] {
			want[i], got[i] = "", ""
		}
	}
}

// clockText is what differs from run to run.
var clockText = regexp.MustCompile(`\d+\.\d+m?s\b|\bgoroutine \d+\b|in goroutine \d+|0x[0-9a-f…]+|\{[^{}\n]*0x…[^{}\n]*\}`)

func resultsOf(ev *evaluation) []string {
	if ev.rejected != "" {
		return []string{ev.rejected}
	}
	var list []string
	for _, o := range ev.cases {
		text := fmt.Sprintf("%s %s", o.name, o.result)
		if o.score != nil {
			text += fmt.Sprintf(" %v", *o.score)
		}
		list = append(list, text+"\n"+clockText.ReplaceAllString(strings.Join(o.feedback, "\n"), "…"))
	}
	return list
}

func writeModule(t testing.TB, archive []byte) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse(archive).Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A candidate in a program of several gives what it gives in one of its own:
// for what the optimizer proposes in programs that nobody wrote for this test.
func TestShare(t *testing.T) {
	for i, pkg := range []string{"quickstart", "container/ring", "container/heap", "text/tabwriter", "encoding/csv", "encoding/hex", "text/scanner", "html"} {
		t.Run(pkg, func(t *testing.T) {
			if os.Getenv("TRACE_DIFFERENTIAL") != "all" && i > 1 || testing.Short() && i > 0 {
				t.Skip("slow")
			}
			dir := t.TempDir()
			if pkg == "quickstart" {
				if err := os.CopyFS(dir, os.DirFS("../../examples/quickstart")); err != nil {
					t.Fatal(err)
				}
			} else {
				copyStandard(t, pkg, dir)
			}
			s := openSession(t, dir, Options{Timeout: 2 * time.Second, Seed: *shareSeed})
			p, err := s.problem(t.Context(), s.base, 1)
			if err != nil {
				t.Fatal(err)
			}
			props, err := search.New().Propose(t.Context(), p, shareCandidates())
			if err != nil {
				t.Fatal(err)
			}
			cands := prepared(t, s, s.base, props)
			shared := count(sameResults(t, s, cands), together)
			t.Logf("%d of %d candidates shared a program", shared, len(cands))
			if shared < len(cands)/2 {
				t.Errorf("only %d of %d candidates shared a program", shared, len(cands))
			}
		})
	}
}

var funcLine = regexp.MustCompile(`(?m)^func (\([^)]*\) )?[A-Za-z]`)

// copyStandard copies a package of the standard library into a module of its
// own. Each function can be trained.
func copyStandard(t testing.TB, pkg, dir string) {
	t.Helper()
	goroot, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(strings.TrimSpace(string(goroot)), "src", filepath.FromSlash(pkg))
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/"+pkg+"\n\ngo 1.25\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(src), `"`+pkg+`"`, `"example.com/`+pkg+`"`)
		if !strings.HasSuffix(name, "_test.go") {
			text = funcLine.ReplaceAllStringFunc(text, func(s string) string { return "//trace:bundle trainable\n" + s })
			text = regexp.MustCompile(`(?m)^//trace:bundle trainable\n(func init\(\))`).ReplaceAllString(text, "$1")
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

const sharing = `
-- go.mod --
module example.com/m

go 1.25
-- m.go --
package m

import (
	"fmt"
	"time"

	"example.com/m/sub"
)

//trace:node trainable
const most = 3

//trace:node trainable check=even
var limit = 4

//trace:node trainable
var wait = 2 * time.Second

//trace:node trainable
var weights = map[string]int{"a": 1}

var first = fmt.Sprint(limit)

func even(n int) error {
	if n%2 != 0 {
		return fmt.Errorf("%d is odd", n)
	}
	return nil
}

//trace:bundle trainable
func Add(a, b int) int {
	return a - b
}

type T struct{ n int }

//trace:bundle trainable
func (t *T) Twice(int) (n int) {
	return t.n + sub.One()
}

var early, late = Early(), table()

func table() int { return 5 }

//trace:bundle trainable
func Early() int {
	return 1
}

func Far() int { return most + sub.One() }
-- sub/sub.go --
package sub

//trace:bundle trainable
func One() int {
	return 1
}
-- sub/sub_test.go --
package sub

import "testing"

func TestOne(t *testing.T) {
	if One() != 2 {
		t.Error(One())
	}
}
-- m_test.go --
package m

import (
	"fmt"
	"testing"
)

func TestAdd(t *testing.T) {
	t.Run("one", func(t *testing.T) {
		if Add(1, 2) != 3 {
			t.Errorf("got %d", Add(1, 2))
		}
	})
	t.Run("two", func(t *testing.T) {
		if Add(2, 2) != 4 {
			t.Errorf("got %d", Add(2, 2))
		}
	})
}

func TestTwice(t *testing.T) {
	if got := (&T{2}).Twice(0); got != 4 {
		t.Errorf("got %d", got)
	}
}

func TestValues(t *testing.T) {
	t.Errorf("%d %v %v %s %d %d %d", limit, wait, weights, first, Far(), early, late)
}

func ExampleAdd() {
	fmt.Println(Add(1, 1))
	// Output: 2
}
`

// What does not go into a program of several, and what does not go well in one,
// is compiled alone. The results are the same either way.
func TestShareFallsBack(t *testing.T) {
	add := func(body string) map[string]string {
		return map[string]string{"example.com/m.Add": "func Add(a, b int) int {\n" + body + "\n}"}
	}
	tests := []struct {
		assign map[string]string
		want   string
	}{
		{add("\treturn a + b"), together},
		{add("\tsum := a\n\n\tsum += b\n\treturn sum + 1"), together},
		{add("\tvar list []int\n\treturn list[a]"), together},
		{add("\tpanic(fmt.Sprint(a, b))"), together},
		{add("\tfmt.Printf(\"%d\\n\", \"text\")\n\treturn a + b"), alone}, // go vet minds
		{add("\tfor a < b+100 {\n\t}\n\treturn a"), both},                 // too slow
		{add("\treturn 1 + Add(a, b)"), both},                             // too deep
		{add("\tdefer func() { recover() }()\n\treturn a + b"), alone},
		{map[string]string{"example.com/m.limit": "6"}, together},
		{map[string]string{"example.com/m.limit": "7"}, together}, // its check fails
		{map[string]string{"example.com/m.wait": "time.Minute"}, together},
		{map[string]string{"example.com/m.Early": "func Early() int {\n\treturn 3\n}"}, together},
		{map[string]string{"example.com/m.Early": "func Early() int {\n\treturn 3 + late\n}"}, alone}, // another order
		{map[string]string{"example.com/m.most": "4"}, alone},
		{map[string]string{"example.com/m.weights": "map[string]int{\"b\": 2}"}, alone},
		{map[string]string{"example.com/m.T.Twice": "func (t *T) Twice(int) (n int) {\n\tn = t.n\n\tdefer func() { n *= 2 }()\n\treturn n\n}"}, together},
		{map[string]string{"example.com/m/sub.One": "func One() int {\n\treturn 2\n}"}, together},
		{map[string]string{"example.com/m/sub.One": "func One() int {\n\treturn 3\n}", "example.com/m.limit": "2", "example.com/m.Add": add("\treturn b + a")["example.com/m.Add"]}, together},
	}
	s := openSession(t, writeModule(t, []byte(sharing)), Options{Patterns: []string{"./..."}, Timeout: 2 * time.Second})
	var props []optimizer.Proposal
	for _, tt := range tests {
		props = append(props, optimizer.Proposal{Assign: tt.assign})
	}
	cands := prepared(t, s, s.base, props)
	if len(cands) != len(tests) {
		t.Fatalf("%d of %d proposals are candidates", len(cands), len(tests))
	}
	for i, got := range sameResults(t, s, cands) {
		if got != tests[i].want {
			t.Errorf("%v: %s, want %s", tests[i].assign, got, tests[i].want)
		}
	}

	// From an accepted candidate on, the way back to the original is one, too.
	next, err := s.load(t.Context(), cands[0].files)
	if err != nil {
		t.Fatal(err)
	}
	next.eval = s.base.eval
	later := prepared(t, s, next, []optimizer.Proposal{
		{Assign: add("\treturn b + a + a - a")},
		{Assign: map[string]string{"example.com/m.limit": "8"}},
		{Assign: map[string]string{"example.com/m.Add": "func Add(a, b int) int {\n\treturn a - b\n}", "example.com/m.limit": "10"}},
	})
	if n := count(sameResults(t, s, later), together); n != 3 {
		t.Errorf("%d of 3 candidates of a later step share a program", n)
	}
}

// A program that looks at its own stack or allocations would see the others.
func TestCanShare(t *testing.T) {
	for _, tt := range []struct {
		body string
		want bool
	}{
		{"t.Log(1)", true},
		{"t.Log(runtime.NumCPU())", true},
		{"t.Log(runtime.Caller(0))", false},
		{"t.Log(testing.AllocsPerRun(1, func() {}), runtime.GOOS)", false},
	} {
		dir := writeModule(t, []byte("-- go.mod --\nmodule example.com/m\n\ngo 1.25\n-- m.go --\npackage m\n\n//trace:bundle trainable\nfunc F() int { return 1 }\n"+
			"-- m_test.go --\npackage m\n\nimport (\n\t\"runtime\"\n\t\"testing\"\n)\n\nvar _ = runtime.GOOS\n\nfunc TestF(t *testing.T) { "+tt.body+" }\n"))
		if got := openSession(t, dir, Options{}).canShare(); got != tt.want {
			t.Errorf("%s: %t", tt.body, got)
		}
	}
}
