package snapshot

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// TestMapFirst shows the smallest keys of a map of any size, in order, unless
// there are so many that looking at all of them takes too long.
func TestMapFirst(t *testing.T) {
	lim := Limits{Elems: 5, Bytes: 1000}
	for _, n := range []int{4, 5, 6, 100, maxSorted, maxSorted + 1} {
		m := map[int]bool{}
		for _, k := range rand.New(rand.NewSource(int64(n))).Perm(n) {
			m[k] = true
		}
		var shown []string
		for k := 0; k < n && k < 5 && n <= maxSorted; k++ {
			shown = append(shown, fmt.Sprintf("%d: true", k))
		}
		if left := n - len(shown); left > 0 {
			shown = append(shown, fmt.Sprintf("… %d more", left))
		}
		want := "map[int]bool{" + strings.Join(shown, ", ") + "}"
		if got := Deep(m, lim); got != want {
			t.Errorf("%d elements:\n got %s\nwant %s", n, got, want)
		}
	}
	byLook := map[any]int{}
	for i := 0; i < maxRendered; i++ {
		byLook[fmt.Sprintf("k%02d", i)] = i
	}
	if got, want := Deep(byLook, Limits{Elems: 2}), `map[any]int{"k00": 0, "k01": 1, … 62 more}`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
