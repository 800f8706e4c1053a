package gen_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/gen/overlay"
	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

var edgeLog = flag.Bool("edge.v", false, "print what each edge program recorded")

// obsSource is the package of the query point. What an observation is called
// says what its value depends on (see expectation).
const obsSource = `package obs

import "fmt"

//trace:bundle
func T[V any](name string, v V) { fmt.Printf("%s = %v\n", name, v) }
`

// TestEdge builds the programs of testdata/edge, one package with a function
// Main each, into one program, plain and instrumented, and compares what they
// print and what their observations depend on.
func TestEdge(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	files, err := filepath.Glob("testdata/edge/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no edge programs: %v", err)
	}
	dir := t.TempDir()
	write(t, dir, "go.mod", "module edge\n\ngo 1.26\n")
	write(t, dir, "obs/obs.go", obsSource)
	var names []string
	var imports, cases strings.Builder
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		names = append(names, name)
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			write(t, dir, filepath.Join(name, f.Name), string(f.Data))
		}
		fmt.Fprintf(&imports, "\t%q\n", "edge/"+name)
		fmt.Fprintf(&cases, "\tcase %q:\n\t\t%s.Main()\n", name, name)
	}
	write(t, dir, "main.go", "package main\n\nimport (\n\t\"os\"\n\n"+imports.String()+")\n\nfunc main() {\n\tswitch os.Args[1] {\n"+cases.String()+"\t}\n}\n")

	plain := filepath.Join(dir, "plain")
	goBuild(t, dir, "-o", plain, ".")
	for _, mode := range []struct {
		name string
		cfg  gen.Config
		race bool
	}{
		{name: "flow", cfg: gen.Config{}},
		{name: "all-race", cfg: gen.Config{All: true}, race: true},
	} {
		t.Run(mode.name, func(t *testing.T) {
			cfg := mode.cfg
			cfg.Dir, cfg.Patterns = dir, []string{"./..."}
			prog, out := instrument(t, cfg)
			bin := filepath.Join(dir, mode.name)
			args := append(overlayFlags(t, prog, out), "-o", bin)
			if mode.race {
				args = append(args, "-race")
			}
			goBuild(t, dir, append(args, ".")...)
			tally := map[string]int{}
			for _, name := range names {
				t.Run(name, func(t *testing.T) {
					defer func() {
						if t.Failed() {
							logNotes(t, out, filepath.Join(dir, name)+string(filepath.Separator))
						}
					}()
					want := runEdge(t, plain, name, "")
					traces := t.TempDir()
					got := runEdge(t, bin, name, traces)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("the instrumented program behaves differently (-plain +instrumented):\n%s", diff)
					}
					checkObservations(t, edgeNodes(prog, "edge/"+name), traces, want.Stdout, tally)
				})
			}
			t.Logf("observations: %d exact, %d superset, %d with a documented gap", tally["exact"], tally["superset"], tally["missing"])
		})
	}
}

// ran is what a program did, as far as an instrumented one must do the same.
type ran struct {
	Stdout, Stderr string
	Code           int
}

func runEdge(t *testing.T, bin, name, traces string) ran {
	t.Helper()
	cmd := exec.Command(bin, name)
	cmd.Env = append(os.Environ(), "TRACE_DIR="+traces, "GOTRACEBACK=single")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{stdout.String(), panicLines(stderr.String()), cmd.ProcessState.ExitCode()}
}

// panicLines keeps of a crash what must not change: the message, and the first
// place in the program's own files.
func panicLines(stderr string) string {
	head, stack, crashed := strings.Cut(stderr, "\ngoroutine ")
	if !crashed {
		return stderr
	}
	// The address of a fault differs from run to run.
	var lines []string
	for _, l := range strings.Split(head, "\n") {
		if !strings.HasPrefix(l, "[signal ") {
			lines = append(lines, l)
		}
	}
	for _, l := range strings.Split(stack, "\n") {
		if i := strings.Index(l, ".go:"); i >= 0 && strings.Contains(l, "TestEdge") && !strings.Contains(l, "/obs/") {
			place, _, _ := strings.Cut(strings.TrimSpace(l), " ")
			lines = append(lines, filepath.Base(place))
			break
		}
	}
	return strings.Join(lines, "\n")
}

// edgeNodes lists the names of the //trace:node declarations of a case.
func edgeNodes(prog *gen.Program, path string) map[string]bool {
	names := map[string]bool{}
	for _, t := range prog.Targets {
		if t.Kind != directive.Node {
			continue
		}
		if p := t.Obj.Pkg().Path(); p == path || strings.HasPrefix(p, path+"/") {
			names[t.Obj.Name()] = true
		}
	}
	return names
}

// An expectation is the name of an observation: "label: a b +k | c ? d".
// a, b are exactly the //trace:node declarations that the value depends on;
// +k demands that k, which is none, was recorded as an input, too. What comes
// after | is recorded although the value does not depend on it; what comes
// after ? is missing although it does. Both are known limits, and a limit that
// is gone is an error here: the test is to follow.
type expectation struct {
	exact, implicit, extra, missing []string
}

func parseExpectation(name string) expectation {
	var e expectation
	_, spec, _ := strings.Cut(name, ":")
	to := &e.exact
	for _, f := range strings.Fields(spec) {
		switch {
		case f == "|":
			to = &e.extra
		case f == "?":
			to = &e.missing
		case f[0] == '+':
			e.implicit = append(e.implicit, f[1:])
		default:
			*to = append(*to, f)
		}
	}
	return e
}

func checkObservations(t *testing.T, nodes map[string]bool, traces, stdout string, tally map[string]int) {
	t.Helper()
	rec := readTraces(t, traces)
	seen := map[string]int{}
	for _, p := range rec.Programs {
		for _, n := range p.Full().Nodes {
			if n.Op != "obs.T" && n.Op != "T" {
				continue
			}
			name := observation(n)
			seen[name]++
			found, implicit := leaves(n.In[1], nodes)
			e := parseExpectation(name)
			want := sorted(append(append([]string{}, e.exact...), e.extra...))
			if diff := cmp.Diff(want, found); diff != "" {
				t.Errorf("observe(%q): leaves %q, want %q", name, found, want)
				t.Log(describe(n.In[1], "", map[*trace.GraphNode]bool{}))
			}
			for _, k := range e.implicit {
				if i := sort.SearchStrings(implicit, k); i == len(implicit) || implicit[i] != k {
					t.Errorf("observe(%q): inputs %q, want %q among them", name, implicit, k)
				}
			}
			switch {
			case len(e.missing) > 0:
				tally["missing"]++
			case len(e.extra) > 0:
				tally["superset"]++
			default:
				tally["exact"]++
			}
			if *edgeLog {
				t.Logf("%s\n%s", name, describe(n.In[1], "", map[*trace.GraphNode]bool{}))
			}
		}
	}
	// Every observation that ran was recorded.
	ran := map[string]int{}
	for _, l := range strings.Split(stdout, "\n") {
		if name, _, ok := strings.Cut(l, " = "); ok && strings.Contains(name, ":") {
			ran[name]++
		}
	}
	if diff := cmp.Diff(ran, seen); diff != "" {
		t.Errorf("observations (-ran +recorded):\n%s", diff)
	}
}

// observation is the name that the call n was given.
func observation(n *trace.GraphNode) string {
	src := n.Src
	if n.In[0] != nil {
		src = n.In[0].Value
	}
	i := strings.IndexByte(src, '"')
	if q, err := strconv.QuotedPrefix(src[max(i, 0):]); err == nil {
		s, _ := strconv.Unquote(q)
		return s
	}
	return src
}

// leaves lists what n came from: the declared nodes, and the values that
// entered the graph as operands.
func leaves(n *trace.GraphNode, nodes map[string]bool) (declared, implicit []string) {
	seen := map[*trace.GraphNode]bool{}
	var visit func(n *trace.GraphNode)
	d, im := map[string]bool{}, map[string]bool{}
	visit = func(n *trace.GraphNode) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		if n.Kind == tracefile.KindInput || n.Kind == tracefile.KindParam {
			name := n.Name[strings.LastIndexByte(n.Name, '.')+1:]
			if nodes[name] {
				d[name] = true
			} else {
				im[n.Name] = true
			}
		}
		if n.Call != 0 { // followed inside: what the body made of it is exact
			visit(n.Body)
			return
		}
		for _, in := range n.In {
			visit(in)
		}
	}
	visit(n)
	return keys(d), keys(im)
}

func describe(n *trace.GraphNode, indent string, seen map[*trace.GraphNode]bool) string {
	if n == nil {
		return indent + "untracked\n"
	}
	s := fmt.Sprintf("%s%d %s %s %s %q = %s", indent, n.N, n.At, n.Kind, n.Name, n.Src, n.Value)
	if n.Degraded != "" {
		s += " (" + n.Degraded + ")"
	}
	if seen[n] {
		return s + " …\n"
	}
	seen[n] = true
	s += "\n"
	in := n.In
	if n.Call != 0 {
		in = []*trace.GraphNode{n.Body}
	}
	for _, in := range in {
		s += describe(in, indent+"  ", seen)
	}
	return s
}

func keys(m map[string]bool) []string {
	l := []string{}
	for k := range m {
		l = append(l, k)
	}
	return sorted(l)
}

func sorted(l []string) []string {
	sort.Strings(l)
	return l
}

func logNotes(t *testing.T, out *gen.Output, prefix string) {
	for _, n := range out.Notes {
		if n.Kind != gen.NoteFlow && strings.HasPrefix(n.Pos.Filename, prefix) {
			t.Logf("%s: %s %s: %s", n.Pos, n.Kind, n.Func, n.Reason)
		}
	}
}

func instrument(t testing.TB, cfg gen.Config) (*gen.Program, *gen.Output) {
	t.Helper()
	prog, err := gen.Load(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	out, err := prog.Instrument(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return prog, out
}

// overlayFlags writes the overlay to a new directory and gives the flags that
// make the go command use it.
func overlayFlags(t testing.TB, prog *gen.Program, out *gen.Output) []string {
	t.Helper()
	files := map[string][]byte{}
	for _, f := range out.Files {
		files[f.Path] = f.Content
	}
	ov, err := overlay.Write(files, overlay.Options{Dir: t.TempDir(), ModRoot: prog.ModRoot, ModPath: prog.ModPath,
		GoMod: prog.GoMod, GoWork: prog.GoWork, Runtime: true})
	if err != nil {
		t.Fatal(err)
	}
	return ov.Flags
}

func goBuild(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Dir = dir
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, b)
	}
}

// readTraces reads all files that instrumented processes wrote to dir.
func readTraces(t *testing.T, dir string) *trace.Recording {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing was recorded: %v", err)
	}
	var rs []io.Reader
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, bytes.NewReader(b))
	}
	rec, err := trace.ReadRecording(io.MultiReader(rs...))
	if err != nil {
		t.Fatal(err)
	}
	if rec.Dangling != 0 {
		t.Errorf("%d references to nodes that are not in the file", rec.Dangling)
	}
	return rec
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
