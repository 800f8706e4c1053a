package search

import (
	"math"
	"strings"
	"testing"

	"github.com/opto-go/trace/optimizer"
)

func TestCoverage(t *testing.T) {
	p := &optimizer.Param{ID: "p.f"}
	ran := func(result, lines string) optimizer.Case {
		return optimizer.Case{Result: result, Ran: map[string]string{"p.f": lines, "p.g": "1-9"}}
	}
	if c := coverageOf(p, []optimizer.Case{{Result: "fail"}, ran("pass", "1-4"), ran("skip", "5")}); c != nil {
		t.Errorf("known of no failing case: %+v", c)
	}
	c := coverageOf(p, []optimizer.Case{ran("fail", "1-3"), ran("fail", "1,3"), ran("pass", "1,4"), {Result: "fail"}})
	for line, want := range map[int]float64{
		1: 2 / math.Sqrt(2*3), // by all
		2: 1 / math.Sqrt(2),   // by one that fails
		3: 1,                  // by those that fail
		4: 0,                  // by one that passes
		5: 0,
	} {
		if got := c.suspicion(line); math.Abs(got-want) > 1e-9 {
			t.Errorf("line %d: %v, want %v", line, got, want)
		}
	}
	if !(c.factor(3) > c.factor(1) && c.factor(1) > c.factor(4) && c.factor(4) > 0) {
		t.Errorf("factors %v %v %v", c.factor(3), c.factor(1), c.factor(4))
	}
}

// TestEvaluated: the number in each comment is the line that has to have run.
func TestEvaluated(t *testing.T) {
	const fn = `// f has a comment.
func f(n int, c chan int) int {
	switch n { // 3
	case 1, 2 + /*3*/ 3:
		n++ // 5
		switch {
		case n > /*6*/ 4:
			return 2 // 8
		}
	}
	select {
	case v := <-c:
		return v // 13
	case c <- n /*11*/ + 1:
	}
	g := func() int {
		return 1 // 17
	}
	return g()
}`
	pa := load(t, "example.com/p", map[string]string{"p.go": "package p\n\n//trace:bundle trainable\n" + strings.TrimPrefix(fn, "// f has a comment.\n")})[0]
	pa.Source = fn
	e, err := newEnv(&pa)
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.check(fn)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range strings.SplitAfter(fn, "\n") {
		for _, mark := range []string{"// ", "/*"} {
			at := strings.Index(l, mark)
			if at <= 0 {
				continue
			}
			want := 0
			for _, r := range l[at+len(mark):] {
				if r < '0' || r > '9' {
					break
				}
				want = 10*want + int(r-'0')
			}
			off := strings.Index(fn, l) + at - 2
			if got := d.evaluated(off); got != want {
				t.Errorf("line %d: %d, want %d", i+1, got, want)
			}
		}
	}
}
