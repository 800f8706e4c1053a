package tape

import "testing"

// TestHolders forgets what was held first, when there is too much.
func TestHolders(t *testing.T) {
	top, _ := recording(t)
	a := input(top, "a")
	type box struct{ n int }
	outer, inner := make([]*box, maxHolders+1), make([]*box, maxHolders+1)
	for i := range outer {
		outer[i], inner[i] = &box{i}, &box{i}
		Holding(top, outer[i], inner[i])
	}
	Holding(top, outer[5], inner[6]) // it holds two
	if n := len(top.holds.held); n != maxHolders {
		t.Errorf("%d values are known to hold something, want %d", n, maxHolders)
	}
	for i, want := range map[int]bool{0: false, 1: true, maxHolders: true} {
		Changed(top, nil, site("change"), outer[i], a)
		if got := loaded(top, &inner[i].n, 0) != 0; got != want {
			t.Errorf("what value %d holds is known to have changed: %v, want %v", i, got, want)
		}
	}
	Changed(top, nil, site("change"), outer[5], a)
	if loaded(top, &inner[5].n, 0) == 0 || loaded(top, &inner[6].n, 0) == 0 {
		t.Error("a value holds two, and not both have changed")
	}
}
