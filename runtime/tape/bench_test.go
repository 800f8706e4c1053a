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

var scalePath = Path{Base: Unplaced, Files: []string{"m.go"}, Blocks: "1"}

// scaleTwin is what gen writes for scale.
//
//go:noinline
func scaleTwin(t *Tape, o, p, q *Ref, a, b int) (r int) {
	var n1, n2, s3 Ref
	n1, n2 = Get(p), Get(q)
	Put(o, 0)
	if t.First(&scalePath, 0) {
		t.Ran(&scalePath, 0)
	}
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
// cell. Plain calls take turns with the others, so the ratios hold on any
// machine, also on a busy one.
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
			var took, base time.Duration
			calls := 0
			for done := 0; done < b.N; {
				n := b.N/16 + 1
				if n > b.N-done {
					n = b.N - done
				}
				b.StopTimer()
				t := tape()
				b.StartTimer()
				start := time.Now()
				bb.run(t, n)
				took += time.Since(start)
				b.StopTimer()
				start = time.Now()
				plain(32 * n) // enough for the clock
				base += time.Since(start)
				calls += 32 * n
				b.StartTimer()
				done += n
			}
			b.ReportMetric(float64(took)/float64(b.N)/(float64(base)/float64(calls)), "×plain")
		})
	}
	if sum == 1 {
		b.Log(sum)
	}
}
