package tracefile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFormatLines(t *testing.T) {
	for _, test := range []struct {
		want string
		rs   []LineRange
	}{
		{"", nil},
		{"3", []LineRange{{3, 3}}},
		{"28-31,35", []LineRange{{35, 35}, {28, 31}}},
		{"1-6", []LineRange{{1, 3}, {4, 6}, {2, 2}}},
		{"1-9", []LineRange{{1, 9}, {2, 3}}},
	} {
		if got := FormatLines(test.rs); got != test.want {
			t.Errorf("FormatLines(%v) = %q, want %q", test.rs, got, test.want)
		}
	}
}

func TestParseLines(t *testing.T) {
	got, err := ParseLines("28-31,35")
	if diff := cmp.Diff([]LineRange{{28, 31}, {35, 35}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, bad := range []string{"x", ",", "1,", "0", "-1", "1-", "-", "3-2", "3,3", "5,4", "1 ,2", "1-2-3", "9999999999"} {
		if rs, err := ParseLines(bad); err == nil {
			t.Errorf("ParseLines(%q) = %v", bad, rs)
		} else if want := `"` + bad + `" are no lines: want ascending ranges such as 28-31,35`; err.Error() != want {
			t.Errorf("ParseLines(%q): %v", bad, err)
		}
	}
}

func TestLinesRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rs := rapid.SliceOf(rapid.Custom(func(rt *rapid.T) LineRange {
			from := rapid.IntRange(1, 60).Draw(rt, "from")
			return LineRange{from, from + rapid.IntRange(0, 9).Draw(rt, "more")}
		})).Draw(rt, "ranges")
		want := map[int]bool{}
		for _, r := range rs {
			for l := r.From; l <= r.To; l++ {
				want[l] = true
			}
		}
		parsed, err := ParseLines(FormatLines(rs))
		if err != nil {
			rt.Fatal(err)
		}
		got := map[int]bool{}
		for _, r := range parsed {
			for l := r.From; l <= r.To; l++ {
				if got[l] {
					rt.Fatalf("line %d twice in %v", l, parsed)
				}
				got[l] = true
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func FuzzParseLines(f *testing.F) {
	for _, s := range []string{"", "1", "28-31,35", "1-2,2-3", "00001", "1--2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rs, err := ParseLines(s)
		if err != nil {
			return
		}
		again, err := ParseLines(FormatLines(append([]LineRange(nil), rs...)))
		if err != nil {
			t.Fatal(err)
		}
		n := func(rs []LineRange) (n int) {
			for _, r := range rs {
				n += r.To - r.From + 1
			}
			return n
		}
		if n(rs) != n(again) {
			t.Errorf("%q has %d lines, then %d", s, n(rs), n(again))
		}
	})
}
