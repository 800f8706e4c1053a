package trace

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A script writes the lines of a trace file.
type script struct {
	b strings.Builder
	n int
}

func newScript() *script {
	s := &script{}
	s.b.WriteString(header)
	return s
}

// op writes a node at a line of m.go and returns its number.
func (s *script) op(line int, name, src, value string, in ...int) int {
	s.n++
	fmt.Fprintf(&s.b, `{"n":%d,"case":0,"kind":"op","name":%q,"at":"m.go:%d:3","src":%q,"in":%s,"value":%q}`+"\n",
		s.n, name, line, src, strings.ReplaceAll(fmt.Sprint(in), " ", ","), value)
	return s.n
}

func (s *script) param(name, value string) int {
	s.n++
	fmt.Fprintf(&s.b, `{"n":%d,"case":0,"kind":"param","id":"m.%s","name":%q,"value":%q}`+"\n", s.n, name, name, value)
	return s.n
}

func (s *script) graph(t testing.TB, out int) *Graph {
	t.Helper()
	fmt.Fprintf(&s.b, `{"feedback":%d,"case":0,"text":"wrong"}`+"\n", out)
	return read(t, s.b.String()).Programs[0].Graph()
}

// TestFold: what loops of all kinds look like.
func TestFold(t *testing.T) {
	for _, test := range []struct {
		name  string
		graph func(s *script) int
		want  string
	}{
		{"a loop that carries a value", func(s *script) int {
			k := s.param("k", "2")
			sum := 0
			for i := 1; i <= 1000; i++ {
				w := s.op(5, "w", "k * i", fmt.Sprint(2*i), k)
				sum = s.op(6, "sum", "sum + w", fmt.Sprint(i*(i+1)), sum, w)
			}
			return sum
		}, `k = 2                     // param m.k
w#1…w#1000 = k * i        // ×1000  m.go:5:3
    w#1 = 2
    w#2 = 4
    … 995 more
    w#998 = 1996
    w#999 = 1998
    w#1000 = 2000
sum#1…sum#1000 = sum + w  // ×1000  m.go:6:3
    sum#1 = 2
    sum#2 = 6
    … 995 more
    sum#998 = 997002
    sum#999 = 999000
    sum#1000 = 1001000
feedback on sum#1000: wrong
`},
		{"one round matters", func(s *script) int {
			k := s.param("k", "2")
			best, n := 0, 0
			for i := 1; i <= 100; i++ {
				w := s.op(5, "w", "words[i*k]", fmt.Sprintf("%q", fmt.Sprint("word", i)), k)
				if i == 37 {
					best = s.op(7, "best", "w", `"word37"`, w)
				}
				n = s.op(8, "n", "n + len(w)", fmt.Sprint(i), n, w)
			}
			return s.op(10, "join", "best, n", "", best, n)
		}, `k = 2                  // param m.k
w#1…w#100 = words[i*k]   // ×100  m.go:5:3
    w#1 = "word1"
    w#2 = "word2"
    … 34 more
    w#37 = "word37"
    … 61 more
    w#99 = "word99"
    w#100 = "word100"
n#1…n#100 = n + len(w)  // ×100  m.go:8:3
    n#1 = 1
    n#2 = 2
    … 95 more
    n#98 = 98
    n#99 = 99
    n#100 = 100
best = w               // = "word37"  m.go:7:3
join = best, n         // m.go:10:3
feedback on join: wrong
`},
		{"nested, with a call and a rare branch", func(s *script) int {
			k := s.param("k", "2")
			total := 0
			for i := 0; i < 10; i++ {
				row := s.op(4, "row", "rows(k)[i]", fmt.Sprint("row", i), k)
				for j := 0; j < 10; j++ {
					cell := s.op(6, "", "f(row, j)", fmt.Sprint(i*j), row)
					total = s.op(7, "total", "total + f(row, j)", fmt.Sprint(i+j), total, cell)
				}
				if i == 4 {
					total = s.op(10, "total", "-total", "-1", total)
				}
			}
			return total
		}, `k = 2                                          // param m.k
row#1…row#10 = rows(k)[i]                      // ×10  m.go:4:3
    row#1 = row0
    row#2 = row1
    … 5 more
    row#8 = row7
    row#9 = row8
    row#10 = row9
v#1…v#100 = f(row, j)                          // ×100  m.go:6:3
    v#1 = 0
    v#2 = 0
    … 95 more
    v#98 = 63
    v#99 = 72
    v#100 = 81
total#1…total#101 = total + f(row, j)          // ×100  from v#1…v#100, total#1…total#101, total#51  m.go:7:3
    total#1 = 0
    total#2 = 1
    … 95 more
    total#99 = 16
    total#100 = 17
    total#101 = 18
total#51 = -total                              // = -1  m.go:10:3
feedback on total#101: wrong
`},
		{"recursion", func(s *script) int {
			k := s.param("k", "2")
			var rec func(d int) int
			rec = func(d int) int {
				if d == 0 {
					return s.op(3, "", "k", "2", k)
				}
				left := s.op(5, "left", "rec(d-1)", "1", rec(d-1))
				return s.op(6, "", "left * k", "1", left, k)
			}
			return rec(20)
		}, `k = 2                       // param m.k
v#1 = k                     // = 2  m.go:3:3
left#1…left#20 = rec(d-1)   // ×20  from v#1, v#2…v#21  m.go:5:3
    left#1 = 1
    left#2 = 1
    … 15 more
    left#18 = 1
    left#19 = 1
    left#20 = 1
v#2…v#21 = left * k         // ×20  m.go:6:3
    v#2 = 1
    v#3 = 1
    … 15 more
    v#19 = 1
    v#20 = 1
    v#21 = 1
feedback on v#21: wrong
`},
		{"a short loop stays as it ran", func(s *script) int {
			sum := s.param("k", "2")
			for i := 0; i < 8; i++ {
				sum = s.op(6, "k", "k + 1", fmt.Sprint(i), sum)
			}
			return sum
		}, `k#1 = 2        // param m.k
k#2 = k + 1    // = 0  m.go:6:3
k#3 = k + 1    // = 1  m.go:6:3
k#4 = k + 1    // = 2  m.go:6:3
k#5 = k + 1    // = 3  m.go:6:3
k#6 = k + 1    // = 4  m.go:6:3
k#7 = k + 1    // = 5  m.go:6:3
k#8 = k + 1    // = 6  m.go:6:3
k#9 = k + 1    // = 7  m.go:6:3
feedback on k#9: wrong
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScript()
			g := s.graph(t, test.graph(s))
			if diff := cmp.Diff(squeeze(test.want), squeeze(g.Text())); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, g.Text())
			}
		})
	}
}

// TestFoldExplicit: nodes of the explicit API have no positions; operators on
// the same kinds of inputs fold.
func TestFoldExplicit(t *testing.T) {
	x := Param("x", 1)
	v := Add(x, x)
	for i := 0; i < 50; i++ {
		v = Mul(Add(v, x), Const("", i))
	}
	want := `x = 1                                      // param x
add0 = x + x                               // = 2
add1 = add0 + x                            // = 3
input0…input49 = …                         // input  ×50
    input0 = 0
    input1 = 1
    … 45 more
    input47 = 47
    input48 = 48
    input49 = 49
mul0…mul49 = add1…add50 * input0…input49   // ×50
    mul0 = 0
    mul1 = 1
    … 45 more
    mul47 = `
	if got := Backward(v, "f").Text(); !strings.HasPrefix(squeeze(got), squeeze(want)) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestFoldStar: the inputs of a wide operator are a span.
func TestFoldStar(t *testing.T) {
	x := Param("x", 1)
	var elems []*Node[int]
	for i := 0; i < 20; i++ {
		elems = append(elems, Neg(x))
	}
	text := Backward(Append(Const("xs", []int{7}), elems...), "f").Text()
	if want := "append0 = append(xs, neg0…neg19)"; !strings.Contains(text, want) {
		t.Errorf("no %q in\n%s", want, text)
	}
	if want := "append0 = append(xs, neg0, neg1, neg2, neg3,"; !strings.Contains(Backward(Append(Const("xs", []int{7}), elems...), "f").Fold(Folding{Over: -1}).Text(), want) {
		t.Errorf("unfolded, no %q", want)
	}
}

// TestFoldIsAPartition: every node is in exactly one row, executions are in
// order, and a row is what it says.
func TestFoldIsAPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newScript()
		s.param("k", "1")
		n := rapid.IntRange(1, 60).Draw(t, "nodes")
		for i := 0; i < n; i++ {
			in := rapid.SliceOfN(rapid.IntRange(1, s.n), 0, 3).Draw(t, "in")
			line := rapid.IntRange(2, 5).Draw(t, "line")
			s.op(line, fmt.Sprint("v", line%2), "v0 + v1", "0", append(in, 1)...)
		}
		rec, err := ReadRecording(strings.NewReader(s.b.String()))
		if err != nil {
			t.Fatal(err)
		}
		g := rec.Programs[0].Full()
		g.Outputs = []Output{{Node: g.Nodes[rapid.IntRange(0, len(g.Nodes)-1).Draw(t, "out")]}}
		over := rapid.IntRange(-1, 12).Draw(t, "over")
		f := g.Fold(Folding{Over: over})
		if over == 0 {
			over = 8
		}
		seen := make(map[*GraphNode]bool)
		count := make(map[*Statement]int)
		for _, n := range g.Nodes {
			count[n.Statement]++
		}
		place := 0
		for i, row := range f.Rows {
			if row.Index() != i {
				t.Fatalf("row %d says it is %d", i, row.Index())
			}
			first := f.labels.place(row.Nodes[0])
			if i > 0 && first < place {
				t.Fatalf("row %d begins before the one above it", i)
			}
			place = first
			for k, n := range row.Nodes {
				if seen[n] || f.Of(n) != row || n.Statement != row.Nodes[0].Statement {
					t.Fatalf("row %d has node %d wrongly", i, n.N)
				}
				if k > 0 && f.labels.place(row.Nodes[k-1]) >= f.labels.place(n) {
					t.Fatalf("row %d is out of order", i)
				}
				seen[n] = true
			}
			if c := count[row.Nodes[0].Statement]; row.Folded() && (len(row.Nodes) != c || over < 0 || c <= over) ||
				!row.Folded() && over >= 0 && c > over && c > 1 {
				t.Fatalf("row %d has %d of %d executions, over %d", i, len(row.Nodes), c, over)
			}
			if len(row.Shown) == 0 || row.Shown[0] != 0 || row.Shown[len(row.Shown)-1] != len(row.Nodes)-1 {
				t.Fatalf("row %d shows %v of %d", i, row.Shown, len(row.Nodes))
			}
			for k, s := range row.Shown {
				if k > 0 && s <= row.Shown[k-1] {
					t.Fatalf("row %d shows %v", i, row.Shown)
				}
			}
			from := make(map[*Row]bool)
			for _, n := range row.Nodes {
				for _, in := range n.In {
					if in != nil {
						from[f.Of(in)] = true
					}
				}
			}
			for _, src := range f.From(row) {
				if !from[src] {
					t.Fatalf("row %d comes from row %d twice or not at all", i, src.Index())
				}
				delete(from, src)
			}
			if len(from) > 0 {
				t.Fatalf("row %d lacks %d sources", i, len(from))
			}
		}
		if len(seen) != len(g.Nodes) {
			t.Fatalf("%d of %d nodes are in rows", len(seen), len(g.Nodes))
		}
		if out := f.Of(g.Outputs[0].Node); out.Folded() {
			shown := false
			for _, k := range out.Shown {
				shown = shown || out.Nodes[k] == g.Outputs[0].Node
			}
			if !shown {
				t.Fatal("the output is not shown")
			}
		}
		if text := f.Text(); strings.Count(f.DOT(), "\n") < len(f.Rows) || strings.Count(text, "\n") < len(f.Rows) {
			t.Fatalf("rows are missing in\n%s", text)
		}
	})
}
