package tape

import (
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestRegions compares with a table of who noted each byte last.
func TestRegions(t *testing.T) {
	defer func(n int) { maxRun = n }(maxRun)
	maxRun = 4
	memory := make([]byte, 1<<12)
	base := unsafe.Pointer(&memory[0])
	rapid.Check(t, func(t *rapid.T) {
		var rs regions
		table := make([]Ref, len(memory)+1)
		count := 0
		for i := 0; i < rapid.IntRange(0, 100).Draw(t, "regions"); i++ {
			lo := rapid.IntRange(0, len(memory)-1).Draw(t, "lo")
			n := rapid.IntRange(1, 1<<rapid.IntRange(0, 11).Draw(t, "size")).Draw(t, "n")
			if lo+n > len(memory) {
				n = len(memory) - lo
			}
			for k := lo; k < lo+n; k++ {
				table[k] = Ref(i + 1)
			}
			count += rs.note(unsafe.Add(base, lo), uintptr(n), Ref(i+1))
		}
		var all []Ref // of each run of equal ones
		for i, r := range table {
			if r != 0 && (i == 0 || table[i-1] != r) {
				all = append(all, r)
			}
		}
		if count != len(all) || int(rs.count) != count {
			t.Fatalf("%d regions are counted, and %d in all, want %d", count, rs.count, len(all))
		}
		for i, run := range rs.runs {
			if len(run) == 0 || len(run) > maxRun {
				t.Fatalf("run %d has %d regions", i, len(run))
			}
		}
		for i := 0; i < 20; i++ {
			p := rapid.IntRange(0, len(memory)-1).Draw(t, "p")
			want := table[p]
			if got, ok := rs.find(uintptr(unsafe.Add(base, p))); ok && got != want || ok != (want != 0) {
				t.Fatalf("at %d: region %d, %v, want %d", p, got, ok, want)
			}
			n := rapid.IntRange(1, len(memory)-p).Draw(t, "span")
			var touched []Ref
			for k := p; k < p+n; k++ {
				if r := table[k]; r != 0 && (k == p || table[k-1] != r) {
					touched = append(touched, r)
				}
			}
			lo := uintptr(unsafe.Add(base, p))
			found := rs.within(lo, lo+uintptr(n))
			var refs []Ref
			for _, g := range found {
				refs = append(refs, g.ref)
			}
			if diff := cmp.Diff(touched, refs); diff != "" {
				t.Fatalf("from %d on, %d bytes: regions (-want +got):\n%s", p, n, diff)
			}
			for k := 0; k < n; k++ {
				g, ok := around(found, lo+uintptr(k))
				if ok != (table[p+k] != 0) || ok && g.ref != table[p+k] {
					t.Fatalf("at %d: region %d, %v, want %d", p+k, g.ref, ok, table[p+k])
				}
			}
		}
	})
}

func TestDropRepeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 3*fewRefs).Draw(t, "n")
		var refs, want []Ref
		for i := 0; i < n; i++ {
			refs = append(refs, Ref(1+i%5*rapid.IntRange(1, 9).Draw(t, "r")))
		}
		keep := rapid.IntRange(0, n).Draw(t, "keep")
		want = append(want, refs[:keep]...)
		for _, r := range refs[keep:] {
			want = addRef(want, r)
		}
		if diff := cmp.Diff(want, dropRepeats(refs, keep)); diff != "" && n > 0 {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}
