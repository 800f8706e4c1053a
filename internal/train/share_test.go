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

// openSession begins a run in dir, up to its baseline.
func openSession(t testing.TB, dir string, opt Options) *session {
	t.Helper()
	ctx := t.Context()
	opt.Dir, opt.Runs = dir, t.TempDir()
	opt.Environ = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOPROXY=off", "TRACE_LLM=", "OPENAI_API_KEY=")
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
	if err := s.openJournal(spec); err != nil {
		t.Fatal(err)
	}
	if err := s.newOptimizer(ctx, spec); err != nil {
		t.Fatal(err)
	}
	if err := s.baseline(ctx); err != nil {
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

// sameResults compares the candidates in programs of several with each in one
// of its own, and returns how many of them could be compared.
func sameResults(t *testing.T, s *session, cur *state, cands []*candidate) (shared int) {
	t.Helper()
	remove, err := s.shareBuilds(t.Context(), cur, cands)
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	for _, c := range cands {
		if c.share == nil {
			continue
		}
		raw, err := s.runBuilt(t.Context(), built{binary: c.share.binary, checked: len(c.checks) > 0, shared: c.share})
		if errors.Is(err, errAlone) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if raw.rejected == "" {
			raw = s.obj.judge(raw)
		}
		alone, err := s.evaluate(t.Context(), c.files, c.checks)
		if err != nil {
			t.Fatal(err)
		}
		shared++
		want, got := resultsOf(alone), resultsOf(raw)
		// Some tests are random. What varies alone tells nothing.
		for range 12 {
			if slices.Equal(want, got) {
				break
			}
			again, err := s.evaluate(t.Context(), c.files, c.checks)
			if err != nil {
				t.Fatal(err)
			}
			dropVarying(want, got, resultsOf(again))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v\n(-alone +shared):\n%s", c.proposal.Assign, diff)
		}
	}
	return shared
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
	for _, pkg := range []string{"quickstart", "container/heap", "container/ring", "text/tabwriter", "encoding/csv", "encoding/hex", "text/scanner", "html"} {
		t.Run(pkg, func(t *testing.T) {
			if testing.Short() && pkg != "quickstart" {
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
			shared := sameResults(t, s, s.base, cands)
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
func copyStandard(t *testing.T, pkg, dir string) {
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
