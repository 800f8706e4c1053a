package tape

import (
	"io"
	"testing"
	"time"

	"github.com/opto-go/trace/runtime/tracefile"
)

//go:noinline
func scale(a, b int) int { return a*b + 1 }

var scaleSite = &Site{At: "m.go:1:1", Src: "a*b + 1", Type: "int"}

// scaleTwin is what gen writes for scale.
//
//go:noinline
func scaleTwin(t *Tape, o, p, q *Ref, a, b int) (r int) {
	var n1, n2, s3 Ref
	n1, n2 = Get(p), Get(q)
	Put(o, 0)
	r = a*b + 1
	if n1|n2 != 0 {
		s3 = Rec(t, scaleSite, r, n1, n2)
	} else {
		s3 = 0
	}
	Put(o, s3)
	return r
}

// BenchmarkRatio compares a call of a small function with the same call in an
// instrumented program, per operator: not followed, recorded, and through a
// cell. The time of the plain call is measured in the same run, so the ratios
// hold on any machine.
//
//	go test ./runtime/tape -run - -bench Ratio
func BenchmarkRatio(b *testing.B) {
	tape := func() *Tape {
		s := &sink{w: tracefile.NewWriter(io.Discard), opened: map[int]bool{}}
		return newProgram(s).top
	}
	sum := 0
	plain := func(n int) {
		for i := 0; i < n; i++ {
			sum += scale(i, 3)
		}
	}
	for _, bb := range []struct {
		name string
		run  func(t *Tape, n int)
	}{
		{"untracked", func(t *Tape, n int) {
			var o Ref
			for i := 0; i < n; i++ {
				sum += scaleTwin(t, &o, nil, nil, i, 3)
			}
		}},
		{"recorded", func(t *Tape, n int) {
			var o Ref
			p := input(t, "p")
			for i := 0; i < n; i++ {
				if i%(maxNodes/2) == maxNodes/2-1 {
					t = tape() // a case has a budget
				}
				sum += scaleTwin(t, &o, &p, nil, i, 3)
			}
		}},
		{"cell", func(t *Tape, n int) {
			var o Ref
			p := input(t, "p")
			x := 0
			for i := 0; i < n; i++ {
				x = scale(i, 3)
				St(t, &x, p, 0)
				sum += *At(t, &o, scaleSite, nil, &x)
			}
		}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			t := tape()
			bb.run(t, b.N)
			took := b.Elapsed()
			b.StopTimer()
			// Enough plain calls for the clock.
			n := b.N
			if n < 1e6 {
				n = 1e6
			}
			start := time.Now()
			plain(n)
			each := float64(time.Since(start)) / float64(n)
			b.ReportMetric(float64(took)/float64(b.N)/each, "×plain")
		})
	}
	if sum == 1 {
		b.Log(sum)
	}
}
