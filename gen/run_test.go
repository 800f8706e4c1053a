package gen_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	embedded "github.com/opto-go/trace"
	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

var update = flag.Bool("update", false, "write the expected files of testdata anew")

// TestRun runs go test on the modules of testdata/run, plain and instrumented.
// Both must print the same; the file want in the archive says what the cases
// came to and what their feedback is about.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	files, err := filepath.Glob("testdata/run/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no modules: %v", err)
	}
	// A module that imports package trace takes it from here; this module has
	// requirements that are of no concern there.
	root := t.TempDir()
	modtest.Write(t, root, "go.mod", "module github.com/opto-go/trace\n\ngo 1.18\n")
	for _, f := range embedded.Files() {
		modtest.Write(t, root, f.Name, string(f.Data))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			want := -1
			cfg := gen.Config{Dir: dir, Patterns: []string{"./..."}, Tests: true}
			var flags []string
			for i, f := range ar.Files {
				switch f.Name {
				case "want":
					want = i
				case "flags":
					flags = strings.Fields(string(f.Data))
				default:
					modtest.Write(t, dir, f.Name, strings.ReplaceAll(string(f.Data), "$ROOT", root))
				}
			}
			if want < 0 {
				t.Fatal("no file want")
			}
			if len(flags) > 0 && flags[0] == "bundle" {
				cfg.Level, flags = gen.LevelBundle, flags[1:]
			}
			args := append(append([]string{"-v", "-count=1", "-p=1"}, flags...), "./...")
			plain := goTest(t, dir, "", args...)
			prog, out := modtest.Load(t, cfg)
			traces := t.TempDir()
			recorded := goTest(t, dir, traces, append(modtest.Flags(t, prog, out), args...)...)
			if strings.Contains(strings.Join(flags, " "), "-race") {
				plain, recorded = anyOrder(plain), anyOrder(recorded)
			}
			if diff := cmp.Diff(plain, recorded); diff != "" {
				t.Errorf("go test prints something else (-plain +instrumented):\n%s", diff)
			}
			got := cases(readTraces(t, traces))
			if *update {
				ar.Files[want].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(ar), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(ar.Files[want].Data), got); diff != "" {
				t.Errorf("cases (-want +got):\n%s\n%s", diff, recorded)
				logNotes(t, out, dir)
			}
		})
	}
}

// volatile is what go test prints differently from run to run.
var volatile = regexp.MustCompile(`\(?[0-9]+\.[0-9]+s\)?|0x[0-9a-f]+|goroutine [0-9]+`)

// goTest gives what go test prints, without what follows a stack trace's head.
func goTest(t *testing.T, dir, traces string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"test"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TRACE_DIR="+traces)
	var buf bytes.Buffer
	cmd.Stdout, cmd.Stderr = &buf, &buf
	_ = cmd.Run() // the tests fail on purpose; how, both runs have to agree on
	var b strings.Builder
	stack := false
	for _, l := range strings.SplitAfter(buf.String(), "\n") {
		if strings.HasPrefix(l, "goroutine ") {
			stack = true
		}
		if stack && (strings.HasPrefix(l, "FAIL\t") || strings.HasPrefix(l, "ok  \t")) {
			stack = false
		}
		if !stack {
			b.WriteString(volatile.ReplaceAllString(l, "…"))
		}
	}
	return b.String()
}

// anyOrder drops what depends on how parallel cases take turns.
func anyOrder(s string) string {
	var lines []string
	for _, l := range strings.Split(s, "\n") {
		if !strings.HasPrefix(l, "=== ") {
			lines = append(lines, l)
		}
	}
	return strings.Join(sorted(lines), "\n")
}

// cases describes what was recorded: the cases with their results, and what
// each feedback hangs on.
func cases(rec *trace.Recording) string {
	var b strings.Builder
	for _, p := range rec.Programs {
		// Parallel cases begin and write in any order.
		top := func(c *trace.Case) int {
			for c.Parent != nil {
				c = c.Parent
			}
			return c.ID
		}
		sort.SliceStable(p.Cases, func(i, j int) bool {
			a, b := p.Cases[i], p.Cases[j]
			if x, y := top(a), top(b); x != y {
				return x < y
			}
			return a.Name < b.Name
		})
		for _, c := range p.Cases {
			if c.Name == "" && len(c.Feedback) == 0 {
				continue
			}
			score := ""
			if c.Score != nil {
				score = fmt.Sprintf(" score %v", *c.Score)
			}
			fmt.Fprintf(&b, "%s %s%s\n", c.Name, c.Result, score)
			for _, o := range c.Feedback {
				fmt.Fprintf(&b, "  %q", o.Text)
				if o.Node == nil {
					b.WriteString(" on nothing\n")
					continue
				}
				what := o.Node.Src
				if o.Node.Op == "join" {
					what = "join"
				}
				fmt.Fprintf(&b, "\n    on %s %s = %s\n", o.Node.Kind, what, o.Node.Value)
				ls := map[string]bool{}
				seen := map[*trace.GraphNode]bool{}
				var visit func(n *trace.GraphNode)
				visit = func(n *trace.GraphNode) {
					if n == nil || seen[n] {
						return
					}
					seen[n] = true
					visit(n.Fn)
					switch n.Kind {
					case tracefile.KindParam:
						ls[n.ID] = true
					case tracefile.KindInput:
						ls[n.Name+"="+n.Value] = true
					}
					for _, in := range n.In {
						visit(in)
					}
				}
				visit(o.Node)
				fmt.Fprintf(&b, "    from %s\n", strings.Join(keys(ls), ", "))
			}
		}
	}
	return b.String()
}
