package differential

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/opto-go/trace/gen"
)

// A cost is what the comparison of a package found, with the processor time of
// its tests.
type cost struct {
	name                   string
	tests, listed          int
	end                    outcome
	notes                  []gen.Note
	nodes, more            int     // recorded from the tests as they are, and with more to record
	loops                  float64 // share of the nodes that a loop made
	plain, idle, recording time.Duration
}

// rated reports whether the tests run long enough for a ratio to say something.
func (c cost) rated() bool { return c.plain >= 20*time.Millisecond }

// loopHeavy reports whether most nodes were recorded in loops.
func (c cost) loopHeavy() bool { return c.loops > 0.5 }

type costs struct {
	mu   sync.Mutex
	list []cost
}

// newCosts begins a table that t prints when its subtests are over.
func newCosts(t *testing.T) *costs {
	cs := &costs{}
	t.Cleanup(func() { t.Log("\n" + cs.String()) })
	return cs
}

// Limits of measuring outside of the sample: how often the tests of a package
// are run for a ratio, and how much time they need not exceed together.
const (
	measured = 5
	enough   = time.Second
)

// add measures what the tests cost, without what every process does: a run in
// which no test is selected is taken off. The sample measures nothing.
func (cs *costs) add(t *testing.T, c cost, plain, idle, recording testBinary, flags []string) {
	t.Helper()
	times := measured
	if os.Getenv("TRACE_DIFFERENTIAL") == "" {
		times = 0
	}
	c.plain, c.idle, c.recording = plain.cost(t, times, flags), idle.cost(t, times, flags), recording.cost(t, times, flags)
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.list = append(cs.list, c)
}

// cost is the processor time of the tests, on average of so many runs.
func (b testBinary) cost(t *testing.T, times int, flags []string) time.Duration {
	t.Helper()
	if times == 0 {
		return 0
	}
	base, total, n := b.run(t, "-test.run=^$").cpu, time.Duration(0), 0
	for n < times && total < enough {
		b.forget(t)
		total += b.run(t, flags...).cpu - base
		n++
	}
	return total / time.Duration(n)
}

// forget removes what the tests recorded.
func (b testBinary) forget(t *testing.T) {
	t.Helper()
	if b.traces == "" {
		return
	}
	names, err := filepath.Glob(filepath.Join(b.traces, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
	}
}

func (cs *costs) String() string {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	sort.Slice(cs.list, func(i, j int) bool { return cs.list[i].name < cs.list[j].name })
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "results\toutcome\tlisted\tfollowed\topaque\tnodes\tseeded\tin loops\tplain ms\tidle\trecording\t\tpackage")
	ratios := map[string][]float64{}
	for _, c := range cs.list {
		followed, opaque := 0, 0
		for _, n := range c.notes {
			switch n.Kind {
			case gen.NoteFlow:
				followed++
			case gen.NoteOpaque:
				opaque++
			}
		}
		idle, recording := "–", "–"
		if c.rated() {
			i, r := float64(c.idle)/float64(c.plain), float64(c.recording)/float64(c.plain)
			idle, recording = fmt.Sprintf("%.2f", i), fmt.Sprintf("%.2f", r)
			kind := "call-heavy"
			if c.loopHeavy() {
				kind = "loop-heavy"
			}
			ratios["idle, all"] = append(ratios["idle, all"], i)
			ratios["recording, "+kind] = append(ratios["recording, "+kind], r)
		}
		fmt.Fprintf(w, "%d\t%s\t%d\t%d\t%d\t%d\t%d\t%.0f%%\t%d\t%s\t%s\t\t%s\n", c.tests, c.end, c.listed, followed, opaque, c.nodes, c.more,
			100*c.loops, c.plain.Milliseconds(), idle, recording, c.name)
	}
	w.Flush()
	for _, kind := range sortedKeys(ratios) {
		rs := ratios[kind]
		sort.Float64s(rs)
		fmt.Fprintf(&b, "median of %d ratios to plain, %s: %.2f\n", len(rs), kind, (rs[len(rs)/2]+rs[(len(rs)-1)/2])/2)
	}
	return b.String()
}

// A trace counts what was recorded.
type trace struct {
	nodes, files int
	sites        map[string]int // nodes by file:line:column, relative to the module
}

// readTrace counts what is recorded in a folder.
func readTrace(t *testing.T, dir string) trace {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	tr := trace{files: len(names), sites: map[string]int{}}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReaderSize(f, 1<<16)
		for first := true; ; first = false {
			line, err := r.ReadSlice('\n')
			switch {
			case first && len(line) > 0 && !bytes.HasPrefix(line, []byte(`{"trace":`)): // nothing: it was killed before
				t.Errorf("%s: no header", filepath.Base(name))
			case bytes.HasPrefix(line, []byte(`{"n":`)):
				tr.nodes++
				if _, at, ok := bytes.Cut(line, []byte(`,"at":"`)); ok {
					at, _, _ = bytes.Cut(at, []byte(`"`))
					tr.sites[string(at)]++
				}
			}
			for err == bufio.ErrBufferFull { // the rest of a long line
				_, err = r.ReadSlice('\n')
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		f.Close()
	}
	return tr
}

// loopShare is how many of the nodes were recorded inside of a loop of their
// function.
func loopShare(t *testing.T, root string, tr trace) float64 {
	t.Helper()
	loops := map[string]map[[2]int]bool{} // by file: places in loops
	inLoops, all := 0, 0
	for _, at := range sortedKeys(tr.sites) {
		f := strings.Split(at, ":")
		if len(f) != 3 {
			continue
		}
		if loops[f[0]] == nil {
			loops[f[0]] = placesInLoops(filepath.Join(root, filepath.FromSlash(f[0])))
		}
		line, _ := strconv.Atoi(f[1])
		col, _ := strconv.Atoi(f[2])
		all += tr.sites[at]
		if loops[f[0]][[2]int{line, col}] {
			inLoops += tr.sites[at]
		}
	}
	if all == 0 {
		return 0
	}
	return float64(inLoops) / float64(all)
}

// placesInLoops gives the places in a file where something begins that a loop
// repeats: its body, the condition and what follows the body.
func placesInLoops(file string) map[[2]int]bool {
	places := map[[2]int]bool{}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
	if err != nil {
		return places
	}
	var visit func(n ast.Node, in bool)
	visit = func(n ast.Node, in bool) {
		ast.Inspect(n, func(m ast.Node) bool {
			if m == nil {
				return false
			}
			if in {
				p := fset.Position(m.Pos())
				places[[2]int{p.Line, p.Column}] = true
				if b, ok := m.(*ast.BinaryExpr); ok {
					p = fset.Position(b.OpPos)
					places[[2]int{p.Line, p.Column}] = true
				}
			}
			switch m := m.(type) {
			case *ast.FuncLit:
				visit(m.Body, false)
				return false
			case *ast.ForStmt:
				if m.Init != nil {
					visit(m.Init, in)
				}
				for _, part := range []ast.Node{m.Cond, m.Post, m.Body} {
					if part != nil {
						visit(part, true)
					}
				}
				return false
			case *ast.RangeStmt:
				visit(m.X, in)
				for _, part := range []ast.Node{m.Key, m.Value, m.Body} {
					if part != nil {
						visit(part, true)
					}
				}
				return false
			}
			return true
		})
	}
	visit(f, false)
	return places
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
