package trace

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"sort"
	"strings"
	"testing"
)

// shapes are computations of about n operators, as lines of a trace file: what
// each node is made of, and the inputs of node i, counted from 1, which is the
// parameter.
var shapes = []struct {
	name string
	in   func(i, n int) []int
}{
	{"chain", func(i, n int) []int { return []int{i - 1, 1} }},
	{"tree", func(i, n int) []int {
		if i <= n/2 {
			return []int{1} // a leaf
		}
		left := 2 * (i - n/2) // each node once: two leaves, then two sums …
		return []int{min(left, i-1), min(left+1, i-1)}
	}},
	{"star", func(i, n int) []int {
		if i < n {
			return []int{1}
		}
		all := make([]int, 0, n-2)
		for k := 2; k < n; k++ {
			all = append(all, k)
		}
		return all
	}},
	{"layers", func(i, n int) []int {
		const width = 64
		if i <= width+1 {
			return []int{1}
		}
		first := i - width - (i-2)%width // of the layer before
		return []int{first + (i-2)%width, first + (i*7+3)%width, first + (i*11+5)%width}
	}},
}

// record builds the trace of a shape, made by loops over some statements, or by
// a straight program if there are as many as nodes.
func record(in func(i, n int) []int, n, statements int) *Case {
	p := &Program{Path: "m"}
	c := &Case{program: p}
	p.Cases = []*Case{c}
	nodes := make([]GraphNode, n+1)
	sts := make([]Statement, statements)
	p.statements = int32(statements)
	for i := range sts {
		sts[i] = Statement{Kind: "op", Name: fmt.Sprint("v", i%1000), At: fmt.Sprintf("m/main.go:%d:2", i), Src: "f(a, b)", Type: "int", id: int32(i + 1)}
	}
	sts[0] = Statement{Kind: "param", ID: "m.k", Name: "k", Type: "int", id: 1}
	for i := 1; i <= n; i++ {
		nd := &nodes[i]
		nd.N, nd.Value, nd.pos = i, "12345", int32(i-1)
		nd.Statement = &sts[0]
		if i > 1 {
			nd.Statement = &sts[1+i%(statements-1)]
			for _, k := range in(i, n) {
				nd.In = append(nd.In, &nodes[k])
			}
		}
		p.Nodes = append(p.Nodes, nd)
	}
	c.nodes = p.Nodes
	c.Feedback = []Output{{Node: &nodes[n], Text: "wrong"}}
	return c
}

// sweep is the least that an algorithm on the graph can do: to look once at
// every input of every node.
func sweep(e *edges) int {
	sum := 0
	for i := range e.param {
		for _, in := range e.of(i) {
			sum += int(in)
		}
	}
	return sum
}

// statements of the programs that are measured, whose loops make the nodes.
const statements = 500

// sizes of the traces; the exponent of growth is that of the first and last.
var sizes = []int{1e4, 1e5, 1e6}

// BenchmarkLinear measures what becomes of traces of growing size:
//
//	subgraph   Case.Graph
//	text       WriteText of it, unfolded: a line for each node
//	folded     WriteText of it, folded: a few lines for each statement
//
// It reports the growth exponent (1 is linear), the size of the subgraph above
// the trace in bytes a node, everything that making it allocates included, and
// what finding the subgraph takes as a multiple of a plain sweep over the same
// edges. Each figure is the median of rounds in which all sizes take turns. What the
// algorithm allocates is asserted by TestMemoryIsBounded.
func BenchmarkLinear(b *testing.B) {
	for _, s := range shapes {
		traces := make([]*Case, len(sizes))
		graphs := make([]*Graph, len(sizes))
		for i, n := range sizes {
			traces[i] = record(s.in, n, statements)
			graphs[i] = traces[i].Graph()
			if len(graphs[i].Nodes) < n/2 {
				b.Fatalf("%s: %d of %d nodes in the subgraph", s.name, len(graphs[i].Nodes), n)
			}
		}
		b.Run(s.name+"/subgraph", func(b *testing.B) {
			work := func(i int) { traces[i].Graph() }
			reportExponent(b, work)
			// Where both sizes are larger than the caches.
			late, _ := growth(b, 1, work)
			b.ReportMetric(late, "late-exponent")
			b.ReportMetric(allocated(func() { work(1) })/float64(sizes[1]), "B/node")
			e, out := traces[1].program.edges(false), []int{sizes[1] - 1}
			alone := elapsed(func() { e.minimal(out) })
			b.ReportMetric(alone/elapsed(func() { sinkInt += sweep(e) }), "x/sweep")
		})
		b.Run(s.name+"/text", func(b *testing.B) {
			reportExponent(b, func(i int) { graphs[i].Fold(Folding{Over: -1}).WriteText(io.Discard) })
			b.ReportMetric(allocated(func() { graphs[1].Fold(Folding{Over: -1}).WriteText(io.Discard) })/float64(sizes[1]), "B/node")
		})
		b.Run(s.name+"/folded", func(b *testing.B) {
			reportExponent(b, func(i int) { graphs[i].WriteText(io.Discard) })
			b.ReportMetric(allocated(func() { graphs[1].WriteText(io.Discard) })/float64(sizes[1]), "B/node")
		})
	}
}

// reportExponent runs work for all sizes and reports by which power its time
// grows.
func reportExponent(b *testing.B, work func(size int)) {
	e, last := growth(b, 0, work)
	b.ReportMetric(e, "exponent")
	b.ReportMetric(last/float64(sizes[len(sizes)-1]), "ns/node")
	b.ReportMetric(0, "ns/op") // not a figure of its own
}

// growth returns by which power the time of work grows from the size with the
// number first to the largest, and its time for that.
func growth(b *testing.B, first int, work func(size int)) (exponent, last float64) {
	var exponents []float64
	for i := 0; i < max(b.N, 5); i++ {
		// The smaller is repeated as often as the largest is larger, so that
		// garbage collection and other programs weigh the same on both.
		end := len(sizes) - 1
		repeat := sizes[end] / sizes[first]
		runtime.GC()
		small := elapsed1(func() {
			for k := 0; k < repeat; k++ {
				work(first)
			}
		}) / float64(repeat)
		runtime.GC()
		last = elapsed1(func() { work(end) })
		exponents = append(exponents, math.Log(last/small)/math.Log(float64(repeat)))
	}
	return median(exponents), last
}

func elapsed1(f func()) float64 {
	start := now()
	f()
	return float64(now() - start)
}

// elapsed is the median time of f in nanoseconds.
func elapsed(f func()) float64 {
	var times []float64
	for i := 0; i < 9; i++ {
		times = append(times, elapsed1(f))
	}
	return median(times)
}

func median(v []float64) float64 {
	sort.Float64s(v)
	return v[len(v)/2]
}

// allocated is how many bytes f allocates, garbage included.
func allocated(f func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}

// TestMemoryIsBounded: a minimal subgraph and its text take a bounded number
// of bytes a node above the trace, whatever its shape.
func TestMemoryIsBounded(t *testing.T) {
	const n, most = 50000, 200
	for _, s := range shapes {
		c := record(s.in, n, n)
		e := c.program.edges(false)
		if got := testing.AllocsPerRun(3, func() { e.minimal([]int{n - 1}) }); got > 1 {
			t.Errorf("%s: finding the subgraph allocates %v times, want once", s.name, got)
		}
		var g *Graph
		if got := allocated(func() { g = c.Graph() }) / n; got > most {
			t.Errorf("%s: the subgraph takes %.0f bytes a node, want at most %d", s.name, got, most)
		}
		if got := allocated(func() { g.Fold(Folding{Over: -1}).WriteText(io.Discard) }) / n; got > most {
			t.Errorf("%s: its text takes %.0f bytes a node, want at most %d", s.name, got, most)
		}
	}
}

// countingWriter counts what is written.
type countingWriter struct{ n int }

func (w *countingWriter) Write(p []byte) (int, error) { w.n += len(p); return len(p), nil }

// TestTextIsLinear: ten times the nodes are at most ten times the text, and a
// little for longer numbers.
func TestTextIsLinear(t *testing.T) {
	for _, s := range shapes {
		size := func(n int) int {
			var w countingWriter
			if err := record(s.in, n, n).Graph().Fold(Folding{Over: -1}).WriteText(&w); err != nil {
				t.Fatal(err)
			}
			return w.n
		}
		if small, large := size(5000), size(50000); large > 12*small {
			t.Errorf("%s: %d bytes of 5,000 nodes, %d of 50,000", s.name, small, large)
		}
		if folded := record(s.in, 10000, 8).Graph().Text(); len(folded) > 5000 || strings.Count(folded, "\n") > 80 {
			t.Errorf("%s: folded, eight statements are %d bytes", s.name, len(folded))
		}
	}
}
