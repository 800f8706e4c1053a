package tape

import (
	"sort"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// TestRegions compares with a list that is searched from its end.
func TestRegions(t *testing.T) {
	memory := make([]byte, 1<<16)
	base := unsafe.Pointer(&memory[0])
	rapid.Check(t, func(t *rapid.T) {
		var rs regions
		type noted struct {
			lo, hi int
			ref    Ref
		}
		var list []noted
		for i := 0; i < rapid.IntRange(0, 40).Draw(t, "regions"); i++ {
			lo := rapid.IntRange(0, len(memory)-1).Draw(t, "lo")
			n := 1 << rapid.IntRange(0, 15).Draw(t, "size")
			n = rapid.IntRange(1, n).Draw(t, "n")
			if lo+n > len(memory) {
				n = len(memory) - lo
			}
			fresh := true
			for k, l := range list {
				if l.lo == lo && l.hi == lo+n {
					list, fresh = append(list[:k], list[k+1:]...), false
					break
				}
			}
			list = append(list, noted{lo, lo + n, Ref(i + 1)})
			if got := rs.note(unsafe.Add(base, lo), uintptr(n), Ref(i+1)); got != fresh {
				t.Fatalf("region %d is a new one: %v, want %v", i+1, got, fresh)
			}
		}
		for i := 0; i < 20; i++ {
			p := rapid.IntRange(0, len(memory)-1).Draw(t, "p")
			want := Ref(0)
			for _, l := range list {
				if l.lo <= p && p < l.hi {
					want = l.ref
				}
			}
			if got, ok := rs.find(uintptr(unsafe.Add(base, p))); got != want || ok != (want != 0) {
				t.Fatalf("at %d: region %d, want %d", p, got, want)
			}
			n := rapid.IntRange(1, len(memory)-p).Draw(t, "span")
			var all, touch []int
			for _, l := range list {
				if l.lo < p+n && l.hi > p {
					touch = append(touch, int(l.ref))
				}
			}
			lo := uintptr(unsafe.Add(base, p))
			for _, g := range rs.within(lo, lo+uintptr(n)) {
				all = append(all, int(g.ref))
			}
			if !sort.IntsAreSorted(all) || len(all) != len(touch) {
				t.Fatalf("from %d on, %d bytes: regions %v, want %v", p, n, all, touch)
			}
		}
	})
}
