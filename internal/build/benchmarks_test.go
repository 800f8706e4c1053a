package build

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What benchmarks measure comes over the pipe, whatever they print.
func TestRunBenchmarks(t *testing.T) {
	dir := module(t, "benchmarks.txtar")
	bin := compile(t, newBuilder(t, dir), dir, true, nil)
	if bin.Weak != "" {
		t.Skip(bin.Weak)
	}
	run := func(t *testing.T, pattern, benchtime string) *Result {
		t.Helper()
		res, err := bin.RunBenchmarks(t.Context(), RunOptions{Dir: dir, Timeout: 5 * time.Second}, BenchOptions{Pattern: pattern, Time: benchtime})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}

	res := run(t, "Alloc|Loop|Over|Sub|Late|Skip|Forge", "20x")
	want := map[string]string{
		"BenchmarkAlloc": Pass, "BenchmarkLoop": Pass, "BenchmarkOver": Pass,
		"BenchmarkSub/n=1": Pass, "BenchmarkSub/n=2": Pass, "BenchmarkSub/fail": Fail,
		"BenchmarkLate": Fail, "BenchmarkSkip": Skip, "BenchmarkForge": Fail,
	}
	if diff := cmp.Diff(want, results(res)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	units := func(name string) map[string]float64 {
		if c := res.Case(name); c != nil {
			return c.Units
		}
		return nil
	}
	if u := units("BenchmarkAlloc"); u["allocs/op"] != 1 || u["B/op"] < 4096 || u["ns/op"] <= 0 {
		t.Errorf("BenchmarkAlloc: %v", u)
	}
	if u := units("BenchmarkLoop"); u["rows/op"] != 2.5 || u["ns/op"] <= 0 {
		t.Errorf("BenchmarkLoop: %v", u)
	}
	u := units("BenchmarkOver")
	if _, ok := u["ns/op"]; ok || !math.IsNaN(u["nan"]) || !math.IsInf(u["low"], -1) || u["allocs/op"] != 7 {
		t.Errorf("BenchmarkOver: %v", u)
	}
	if u := units("BenchmarkSub/n=2"); u["n"] != 2 {
		t.Errorf("BenchmarkSub/n=2: %v", u)
	}
	for _, name := range []string{"BenchmarkLate", "BenchmarkSkip", "BenchmarkForge"} {
		if u := units(name); u != nil {
			t.Errorf("%s measured %v", name, u)
		}
	}
	if c := res.Case("BenchmarkSub/fail"); c == nil || !strings.Contains(c.Output, `no "good"`) {
		t.Errorf("BenchmarkSub/fail: %+v", c)
	}

	// A benchmark that panics tells package testing that it is done before it dies: on a
	// busy machine the program can end in between, with 0 and without a word.
	if c := run(t, "Panic", "1x").Case("BenchmarkPanic"); c == nil || c.Result != Fail ||
		!strings.Contains(c.Output, "panic: bad bad") && !strings.Contains(strings.Join(c.Feedback, ""), "while this case was running: exit status 0") {
		t.Errorf("BenchmarkPanic: %+v", c)
	}
	if c := run(t, "Exit", "1x").Case("BenchmarkExit"); c == nil || c.Result != Fail || c.Units != nil {
		t.Errorf("BenchmarkExit: %+v", c)
	}
	res, err := bin.RunBenchmarks(t.Context(), RunOptions{Dir: dir, Timeout: 300 * time.Millisecond}, BenchOptions{Pattern: "Hang", Time: "1x"})
	if err != nil {
		t.Fatal(err)
	}
	if c := res.Case("BenchmarkHang"); c == nil || c.Result != Killed {
		t.Errorf("BenchmarkHang: %+v", c)
	}
	if res := run(t, "^None$", "1x"); len(res.Cases) != 0 || res.Trouble != "" {
		t.Errorf("no benchmark: %+v", res)
	}
}
