package build

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Package testing runs the tests in the order that Shuffled says, and fuzz targets
// and examples behind them, with and without the reporter.
func TestShuffled(t *testing.T) {
	dir := module(t, "shuffle.txtar")
	b := newBuilder(t, dir)
	bin := compile(t, b, dir, true, nil)
	if bin.Weak != "" {
		t.Fatalf("the reporter does not fit this release: %s", bin.Weak)
	}
	weak, err := b.compile(t.Context(), Spec{Dir: dir, Pkg: "example.com/m", Test: true, Overlay: plainOverlay}, false)
	if err != nil {
		t.Fatal(err)
	}
	weak.Weak = "asked for"
	tests := []string{"TestA", "TestB", "TestC", "TestD", "TestE", "TestF"}
	behind := []string{"FuzzX", "Example_a"}
	for _, bin := range []*Binary{bin, weak} {
		orders := map[string]bool{}
		for _, shuffle := range []string{"", "1", "7", "2147483646", "-5"} {
			for _, run := range []string{"", "^Test[ACE]$"} {
				selected, err := SelectTop(tests, run)
				if err != nil {
					t.Fatal(err)
				}
				res, err := bin.RunTests(t.Context(), RunOptions{Dir: dir, Run: run, Tests: selected, Shuffle: shuffle})
				if err != nil {
					t.Fatal(err)
				}
				want := slices.Clone(tests)
				if shuffle != "" {
					seed, err := strconv.ParseInt(shuffle, 10, 64)
					if err != nil {
						t.Fatal(err)
					}
					for i, j := range Shuffled(seed, len(tests)) {
						want[i] = tests[j]
					}
				}
				if want = append(want, behind...); run != "" {
					want = slices.DeleteFunc(want, func(name string) bool { return !slices.Contains(selected, name) })
				}
				var got []string
				for _, c := range res.Cases {
					if c.Result != Pass {
						t.Errorf("%s: %s", c.Name, c.Result)
					}
					top, _, _ := strings.Cut(c.Name, "/")
					got = append(got, top)
				}
				got = slices.Compact(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("weak: %q, -test.shuffle=%s -test.run=%s (-want +got):\n%s", bin.Weak, shuffle, run, diff)
				}
				if strings.Contains(res.Output, "shuffle") {
					t.Errorf("-test.shuffle=%s: its own line is among what the program printed: %q", shuffle, res.Output)
				}
				orders[strings.Join(got, " ")] = true
			}
		}
		if len(orders) < 8 {
			t.Errorf("there were few orders: %v", orders)
		}
	}
}

// A case that ends its process is left out of the next one, and the others are
// judged, in any order.
func TestShuffledCrash(t *testing.T) {
	dir := module(t, "cases.txtar")
	b := newBuilder(t, dir)
	bin := compile(t, b, dir, true, nil)
	all := []string{"TestPass", "TestExit0", "TestExit3", "TestPanicSub", "TestFail", "TestAfter"}
	opt := RunOptions{Dir: dir, Run: "^(" + strings.Join(all, "|") + ")$", Tests: all}
	res, err := bin.RunTests(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	want := results(res)
	for _, shuffle := range []string{"1", "2", "3"} {
		opt.Shuffle = shuffle
		if res, err = bin.RunTests(t.Context(), opt); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, results(res)); diff != "" {
			t.Errorf("-test.shuffle=%s (-source +shuffled):\n%s", shuffle, diff)
		}
	}
}

func TestCutShuffle(t *testing.T) {
	for _, tt := range []struct {
		args, rest, value string
		ok                bool
	}{
		{"", "", "", false},
		{"-x -test.v", "-x -test.v", "", false},
		{"-test.shuffle=off", "", "off", true},
		{"-a --test.shuffle=7 b", "-a b", "7", true},
		{"-test.shuffle 7 -a", "-a", "7", true},
		{"-test.shuffle=7 -test.shuffle=off", "", "off", true},
		{"-a -- -test.shuffle=7", "-a -- -test.shuffle=7", "", false},
		{"-test.shuffle=1 -- -test.shuffle=7", "-- -test.shuffle=7", "1", true},
		{"-a -test.shuffle", "-a", "", true},
		{"-test.shuffled=1", "-test.shuffled=1", "", false},
	} {
		rest, value, ok := CutShuffle(strings.Fields(tt.args))
		if got := strings.Join(rest, " "); got != tt.rest || value != tt.value || ok != tt.ok {
			t.Errorf("CutShuffle(%q) = %q, %q, %v", tt.args, got, value, ok)
		}
	}
}
