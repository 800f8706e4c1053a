package tape

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

type inner struct{ X, Y int }

type outer struct {
	A  int
	In inner
	Xs [2]int
}

const outerShape = "\x03\x00\x02\x00\x00\x02\x00\x00"

func TestAggregateParts(t *testing.T) {
	top, _ := recording(t)
	tp := top.prog.start(top, "TestX")
	var refs [5]Ref
	for i := range refs {
		refs[i] = In(tp, &Site{Src: "in"}, i)
	}
	var whole, got Ref
	v := Make(tp, &whole, &Site{Src: "outer{…}"}, outerShape, []Leaf{
		{0, "\x00", &refs[0]}, {1, "\x00", &refs[1]}, {3, "\x02\x00\x00", &refs[2]},
	}, outer{})
	var split [6]Ref
	Spread(tp, whole, outerShape, split[:])
	if diff := cmp.Diff([6]Ref{refs[0], refs[1], 0, refs[2], refs[2], whole}, split); diff != "" {
		t.Errorf("leaves (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		name, path string
		want       Ref
	}{
		{"a leaf", "\x00", refs[0]},
		{"a leaf of a part", "\x01\x00", refs[1]},
		{"an untracked leaf", "\x01\x01", 0},
		{"a part of one node", "\x02", refs[2]},
	} {
		Part(tp, &got, &Site{}, &whole, tt.path, 0)
		if got != tt.want {
			t.Errorf("%s: node %d, want %d", tt.name, got.num(), tt.want.num())
		}
	}

	// Memory keeps the leaves apart, too.
	St(tp, &v, whole, 0)
	At(tp, &got, &Site{}, nil, &v.In)
	if !tp.parts2(got, inner{}, refs[1], 0) {
		t.Errorf("the part in memory is another one")
	}
	At(tp, &got, &Site{}, nil, &v.Xs[1])
	if got != refs[2] {
		t.Errorf("an element in memory: node %d, want %d", got.num(), refs[2].num())
	}
	split[2], split[5] = refs[4], 0
	Whole(tp, &got, &Site{}, outerShape, split[:], v)
	if got == whole || split[5] != got {
		t.Errorf("a changed leaf does not make a new whole")
	}
}

// parts2 reports whether r is an aggregate of two leaves.
func (t *Tape) parts2(r Ref, _ inner, x, y Ref) bool {
	var got [2]Ref
	t.spread(r, "\x02\x00\x00", got[:])
	return got == [2]Ref{x, y}
}

// A value that the program takes for one leaf, such as that of a type
// parameter, may be a struct.
func TestAggregateCoarserAndFiner(t *testing.T) {
	top, _ := recording(t)
	tp := top.prog.start(top, "TestX")
	a, b := In(tp, &Site{}, 1), In(tp, &Site{}, 2)
	var pair Ref
	Make(tp, &pair, &Site{}, "\x02\x00\x00", []Leaf{{0, "\x00", &a}, {1, "\x00", &b}}, inner{})
	var box, got Ref
	Make(tp, &box, &Site{}, "\x02\x00\x00", []Leaf{{0, "\x00", &pair}, {1, "\x00", &a}}, struct {
		v inner
		n int
	}{})
	Part(tp, &got, &Site{}, &box, "\x00\x01", 0)
	if got != b {
		t.Errorf("a field of a leaf: node %d, want %d", got.num(), b.num())
	}
	var fine [3]Ref
	tp.spread(box, "\x02\x02\x00\x00\x00", fine[:])
	if want := [3]Ref{a, b, a}; fine != want {
		t.Errorf("finer: %d, want %d", fine, want)
	}
	var coarse [2]Ref
	tp.spread(newAggregate(tp, &Site{}, "\x02\x02\x00\x00\x00", fine[:], box), "\x02\x00\x00", coarse[:])
	if !tp.parts2(coarse[0], inner{}, a, b) || coarse[1] != a {
		t.Errorf("coarser: %d", coarse)
	}
}
