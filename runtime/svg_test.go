package trace

import (
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files")

// wellFormed reads a document to its end and returns its elements by name.
func wellFormed(t interface{ Fatalf(string, ...any) }, doc string) map[string][]xml.StartElement {
	found := make(map[string][]xml.StartElement)
	d := xml.NewDecoder(strings.NewReader(doc))
	ids := make(map[string]bool)
	var links []string
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		if e, ok := tok.(xml.StartElement); ok {
			found[e.Name.Local] = append(found[e.Name.Local], e.Copy())
			if id := attr(e, "id"); id != "" {
				if ids[id] {
					t.Fatalf("two elements are called %s", id)
				}
				ids[id] = true
			}
			if to := attr(e, "href"); to != "" {
				links = append(links, strings.TrimPrefix(to, "#"))
			}
		}
	}
	for _, to := range links {
		if !ids[to] {
			t.Fatalf("a link leads to %s, which is not there", to)
		}
	}
	if len(found["svg"]) != 1 || len(found["script"]) > 0 || len(found["image"]) > 0 {
		t.Fatalf("elements %v", found)
	}
	return found
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// TestSVG: a picture for eyes, kept to be looked at when it changes.
func TestSVG(t *testing.T) {
	s := newScript()
	k := s.param("k", "2")
	sum := 0
	for i := 1; i <= 20; i++ {
		w := s.op(5, "w", "words[i*k]", fmt.Sprintf("%q", fmt.Sprint("word", i)), k)
		sum = s.op(6, "sum", "sum + len(w)", fmt.Sprint(i), sum, w)
	}
	loop := s.graph(t, sum)
	c := read(t, play).Case("TestPlay/seed=3").Graph()
	var b strings.Builder
	if err := WriteSVG(&b, Drawing{Title: "loop & more", Graph: loop.Fold(Folding{})}, Drawing{Graph: c.Fold(Folding{})}); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/graphs.svg"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("(-want +got), -update accepts it:\n%s", diff)
	}
	wellFormed(t, b.String())
	if len(loop.SVG()) == 0 || loop.SVG() != loop.Fold(Folding{}).svg() {
		t.Error("SVG differs from Fold and WriteSVG")
	}
}

func (f *Folded) svg() string {
	var b strings.Builder
	f.WriteSVG(&b)
	return b.String()
}

// drawGraph draws a graph with texts of all kinds.
func drawGraph(t *rapid.T) *Graph {
	n := rapid.IntRange(0, 60).Draw(t, "nodes")
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "x", "]]><script>", "a\nb", "\x00\xff\u202e\ufffe", "漢字" + strings.Repeat("長", 60), strings.Repeat("word ", 100)}))
	kinds := []string{"param", "input", "op", "op", "op", "exception"}
	statements := rapid.IntRange(1, 12).Draw(t, "statements")
	sts := make([]*Statement, statements)
	for i := range sts {
		sts[i] = &Statement{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), ID: text.Draw(t, "id"), Name: text.Draw(t, "name"), Op: text.Draw(t, "op"),
			Src: text.Draw(t, "src"), At: rapid.SampledFrom([]string{"", "m.go:3:4"}).Draw(t, "at"), Type: text.Draw(t, "type"), Degraded: text.Draw(t, "degraded")}
	}
	g := &Graph{}
	for i := 0; i < n; i++ {
		nd := &GraphNode{Statement: rapid.SampledFrom(sts).Draw(t, "statement"), N: i + 1, Value: text.Draw(t, "value"), Reached: i%3 > 0, Count: i % 4, Inferred: i%5 == 0}
		for k := 0; i > 0 && k < rapid.IntRange(0, 4).Draw(t, "inputs"); k++ {
			nd.In = append(nd.In, g.Nodes[rapid.IntRange(0, i-1).Draw(t, "in")])
		}
		if i > 0 && i%7 == 0 {
			nd.Fn = g.Nodes[rapid.IntRange(0, i-1).Draw(t, "fn")]
		}
		if i > 0 && i%6 == 0 {
			nd.Body = g.Nodes[i-1]
		}
		g.Nodes = append(g.Nodes, nd)
	}
	for i := rapid.IntRange(0, 3).Draw(t, "outputs"); i > 0; i-- {
		o := Output{Case: text.Draw(t, "case"), Text: text.Draw(t, "feedback")}
		if n > 0 && i > 1 {
			o.Node = g.Nodes[rapid.IntRange(0, n-1).Draw(t, "out")]
		}
		g.Outputs = append(g.Outputs, o)
	}
	return g
}

// TestSVGProperties: whatever the graph, the document is well-formed and the
// same each time, and boxes do not cover each other.
func TestSVGProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		over := rapid.SampledFrom([]int{-1, 1, 8}).Draw(t, "over")
		f := g.Fold(Folding{Over: over})
		var a, b strings.Builder
		title := rapid.String().Draw(t, "title")
		for _, w := range []*strings.Builder{&a, &b} {
			if err := WriteSVG(w, Drawing{Title: title, Graph: f}, Drawing{Graph: f}); err != nil {
				t.Fatal(err)
			}
		}
		if a.String() != b.String() {
			t.Fatal("two documents of one graph differ")
		}
		wellFormed(t, a.String())

		fig := newFigure(Drawing{Title: title, Graph: f}, 0)
		l := fig.layout
		for _, layer := range l.layers {
			for i, v := range layer {
				p := &l.vertices[v]
				if i > 0 {
					q := &l.vertices[layer[i-1]]
					if p.x < q.x+q.width {
						t.Fatalf("vertices %d and %d overlap", layer[i-1], v)
					}
				}
				if p.x < 0 || p.x+p.width > fig.width+0.01 || p.y < 0 || p.y+p.height > fig.height+0.01 {
					t.Fatalf("vertex %d is outside of the picture", v)
				}
			}
		}
		lines, refs := len(l.lines), 0
		for _, ln := range l.lines {
			if l.vertices[ln.from].layer >= l.vertices[ln.to].layer {
				t.Fatalf("a line leads upwards")
			}
		}
		want := 0
		for i, s := range f.Rows {
			refs += len(l.refs[i])
			want += len(f.From(s))
			for _, fn := range append(f.Fn(s), f.Body(s)...) {
				if fn.index < i {
					want++
				}
			}
		}
		if lines+refs != want {
			t.Fatalf("%d lines and %d references for %d edges", lines, refs, want)
		}
	})
}

// TestLayoutIsBounded: as wide as it is allowed to be, as tall as it must be,
// and hardly more vertices than boxes.
func TestLayoutIsBounded(t *testing.T) {
	for _, s := range shapes {
		g := record(s.in, 2000, 2000).Graph()
		fig := newFigure(Drawing{Graph: g.Fold(Folding{})}, 0)
		for k, layer := range fig.layout.layers {
			boxes := 0
			for _, v := range layer {
				if !fig.layout.vertices[v].passing {
					boxes++
				}
			}
			if boxes > layerWidth || boxes == 0 {
				t.Fatalf("%s: layer %d has %d boxes", s.name, k, boxes)
			}
		}
		if n := len(fig.layout.vertices); n > 12*len(g.Nodes) {
			t.Errorf("%s: %d vertices for %d nodes", s.name, n, len(g.Nodes))
		}
		if size := len(g.SVG()); size > 2000*len(g.Nodes) {
			t.Errorf("%s: %d bytes for %d nodes", s.name, size, len(g.Nodes))
		}
	}
}

// TestCrossings: an order without crossings is found where there is one.
func TestCrossings(t *testing.T) {
	// Two layers of four, joined crosswise.
	edges := make([][]boxEdge, 8)
	for i := 4; i < 8; i++ {
		edges[i] = []boxEdge{{from: int32(7 - i)}}
	}
	l := newLayout(edges)
	if got := l.crossings(); got != 6 {
		t.Errorf("%d crossings to begin with, want 6", got)
	}
	l.order()
	if got := l.crossings(); got != 0 {
		t.Errorf("%d crossings are left", got)
	}
}

func TestWrap(t *testing.T) {
	long := "strings.Repeat(prefix+separator, count) + strings.TrimSpace(rest) + \"end of the line\""
	for _, test := range []struct {
		s    string
		most int
		want []string
	}{
		{"", 2, nil},
		{"short", 2, []string{"short"}},
		{long, 3, []string{"strings.Repeat(prefix+separator, count) +", "strings.TrimSpace(rest) + \"end of the line\""}},
		{long, 1, []string{"strings.Repeat(prefix+separator, count) + s…"}},
		{strings.Repeat("x", 90), 2, []string{strings.Repeat("x", 44), strings.Repeat("x", 43) + "…"}},
		{strings.Repeat("長", 30), 1, []string{strings.Repeat("長", 21) + "…"}},
	} {
		var got []string
		for _, l := range appendWrapped(nil, test.s, "", test.most) {
			if columns(l.text) > boxColumns {
				t.Errorf("%q is %d columns wide", l.text, columns(l.text))
			}
			got = append(got, l.text)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.s, diff)
		}
	}
}

// TestJSON: numbers count the nodes of the graph.
func TestJSON(t *testing.T) {
	c := read(t, play).Case("TestPlay/seed=3")
	for name, g := range map[string]*Graph{"minimal": c.Graph(), "full": c.Full(), "empty": {}} {
		var b strings.Builder
		if err := g.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Nodes   []jsonNode
			Outputs []jsonOutput
		}
		if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
			t.Fatalf("%s: %v in %s", name, err, b.String())
		}
		if len(got.Nodes) != len(g.Nodes) || len(got.Outputs) != len(g.Outputs) {
			t.Fatalf("%s: %d nodes, %d outputs", name, len(got.Nodes), len(got.Outputs))
		}
		for i, n := range got.Nodes {
			want := g.Nodes[i]
			if n.N != i+1 || n.Kind != want.Kind || n.Value != want.Value || n.Reached != want.Reached || len(n.In) != len(want.In) {
				t.Errorf("%s: node %d is %+v", name, i, n)
			}
			for k, in := range n.In {
				if in == 0 != (want.In[k] == nil) || in > 0 && g.Nodes[in-1] != want.In[k] {
					t.Errorf("%s: input %d of node %d is %d", name, k, i, in)
				}
			}
			if !strings.Contains(g.Text(), n.Label+" = ") && !strings.Contains(g.Text(), "func "+n.Label) {
				t.Errorf("%s: label %s is not in the text", name, strconv.Quote(n.Label))
			}
		}
	}
}
