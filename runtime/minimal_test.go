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
}

// edges numbers the nodes from 0.
func (d *dag) edges() *edges {
	e := newEdges(len(d.in)-1, 0)
	for i := 1; i < len(d.in); i++ {
		for _, in := range d.in[i] {
			if in != 0 {
				e.input(in - 1)
			}
		}
		e.node(d.params[i])
	}
	return e
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
		var from []int
		for _, o := range outs {
			if o != 0 {
				from = append(from, o-1)
			}
		}
		parts := d.edges().minimal(from)
		keep := newKept(parts)
		var got []int
		reached := false
		for i, p := range parts {
			place := keep.place(i)
			if p&partKeep == 0 {
				if place != -1 {
					t.Fatalf("place of %d is %d, but it is not kept", i+1, place)
				}
				continue
			}
			if place != len(got) {
				t.Fatalf("place of %d is %d, want %d", i+1, place, len(got))
			}
			got = append(got, i+1)
			reached = reached || p&partReached != 0
		}
		if keep.count != len(got) || keep.place(len(d.in)+64) != -1 {
			t.Fatalf("%d kept, want %d", keep.count, len(got))
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

func TestPlaces(t *testing.T) {
	for _, n := range []int{0, 1, 2, 300, 5000} {
		for _, spread := range []uint64{1, 200, 1 << 20, 1 << 63} {
			var p places
			var want []uint64
			for i := 0; i < n; i++ {
				if seq := rand.Uint64() % spread; p.add(seq) {
					want = append(want, seq)
				}
			}
			sort.Slice(want, func(i, j int) bool { return want[i] < want[j] })
			p.number()
			for i, seq := range want {
				if got := p.of(seq); got != i {
					t.Fatalf("n=%d spread=%d: place of %d is %d, want %d", n, spread, seq, got, i)
				}
				if i > 0 && want[i-1] == seq {
					t.Fatalf("n=%d spread=%d: %d is new twice", n, spread, seq)
				}
			}
		}
	}
}
