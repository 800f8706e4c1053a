package trace

import (
	"math/rand"
	"sort"
	"testing"

	"pgregory.net/rapid"
)

// dag is a random computation: node i (from 1) has inputs with lower
// numbers; 0 is untracked.
type dag struct {
	in     [][]int
	params map[int]bool
	visits int // calls of deps
	edges  int // inputs handed out by deps
}

func (d *dag) source() source[int] {
	return source[int]{
		deps: func(n int) []int {
			d.visits++
			d.edges += len(d.in[n])
			return d.in[n]
		},
		seq:   func(n int) uint64 { return uint64(n) * 7 },
		param: func(n int) bool { return d.params[n] },
	}
}

func drawDAG(t *rapid.T) (*dag, []int) {
	n := rapid.IntRange(1, 40).Draw(t, "nodes")
	d := &dag{in: make([][]int, n+1), params: make(map[int]bool)}
	for i := 1; i <= n; i++ {
		d.in[i] = rapid.SliceOfN(rapid.IntRange(0, i-1), 0, 3).Draw(t, "in")
		if len(d.in[i]) == 0 && rapid.Bool().Draw(t, "param") {
			d.params[i] = true
		}
	}
	return d, rapid.SliceOfN(rapid.IntRange(0, n), 0, 4).Draw(t, "outs")
}

// naive is the definition: quadratic and obvious.
func naive(d *dag, outs []int) (order []int, reached bool) {
	var from func(n int, seen map[int]bool)
	from = func(n int, seen map[int]bool) {
		if n == 0 || seen[n] {
			return
		}
		seen[n] = true
		for _, in := range d.in[n] {
			from(in, seen)
		}
	}
	behind := make(map[int]bool)
	for _, o := range outs {
		from(o, behind)
	}
	keep := make(map[int]bool)
	with := func(n int) {
		keep[n] = true
		for _, in := range d.in[n] {
			if in != 0 {
				keep[in] = true
			}
		}
	}
	for n := range behind {
		sources := make(map[int]bool)
		from(n, sources)
		for s := range sources {
			if d.params[s] {
				with(n)
				reached = true
				break
			}
		}
	}
	for _, o := range outs {
		if o != 0 {
			with(o)
		}
	}
	if !reached {
		keep = behind
	}
	for n := range keep {
		order = append(order, n)
	}
	sort.Ints(order)
	return order, reached
}

func TestMinimalIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, outs := drawDAG(t)
		want, wantReached := naive(d, outs)
		sl := d.source().minimal(outs)
		var got []int
		reached := false
		for i, n := range sl.order {
			if sl.place(n) != i {
				t.Fatalf("place of %d is %d, want %d", n, sl.place(n), i)
			}
			if sl.keep[i] {
				got = append(got, n)
				reached = reached || sl.reached[i]
			}
		}
		if len(got) != len(want) || reached != wantReached {
			t.Fatalf("got %v (%v), want %v (%v) in %v", got, reached, want, wantReached, d.in)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("got %v, want %v in %v", got, want, d.in)
			}
		}
	})
}

// TestMinimalIsLinear counts what the algorithm looks at instead of timing it.
func TestMinimalIsLinear(t *testing.T) {
	const n = 20000
	shapes := map[string]func(i int) []int{
		"chain": func(i int) []int { return []int{i - 1} },
		"star": func(i int) []int { // all on one hub, and one sum of all
			if i < n {
				return []int{1}
			}
			all := make([]int, 0, n)
			for j := 2; j < n; j++ {
				all = append(all, j)
			}
			return all
		},
		"tree":   func(i int) []int { return []int{i / 2} },
		"ladder": func(i int) []int { return []int{i - 1, max(i-2, 0), i - 1} },
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			d := &dag{in: make([][]int, n+1), params: map[int]bool{1: true}}
			edges := 0
			for i := 2; i <= n; i++ {
				d.in[i] = shape(i)
				edges += len(d.in[i])
			}
			sl := d.source().minimal([]int{n})
			if !sl.keep[len(sl.keep)-1] || sl.order[0] != 1 {
				t.Errorf("the parameter or the output is missing")
			}
			if d.visits > 3*n || d.edges > 3*edges {
				t.Errorf("%d nodes and %d edges took %d and %d looks", n, edges, d.visits, d.edges)
			}
		})
	}
}

func TestSortBySeq(t *testing.T) {
	for _, n := range []int{0, 1, 2, 300, 5000} {
		for _, spread := range []uint64{1, 200, 1 << 20, 1 << 63} {
			nodes := make([]uint64, n)
			for i := range nodes {
				nodes[i] = rand.Uint64() % spread
			}
			want := append([]uint64(nil), nodes...)
			sort.Slice(want, func(i, j int) bool { return want[i] < want[j] })
			sortBySeq(nodes, func(v uint64) uint64 { return v })
			for i := range want {
				if nodes[i] != want[i] {
					t.Fatalf("n=%d spread=%d: place %d has %d, want %d", n, spread, i, nodes[i], want[i])
				}
			}
		}
	}
}
