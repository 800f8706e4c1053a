package tape

import (
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"
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
	t.Ran(&scalePath, 0)
	r = a*b + 1
	if n1|n2 != 0 {
		s3 = Rec(t, scaleSite, r, n1, n2)
	} else {
		s3 = 0
	}
	Put(o, s3)
	return r
}

// twins calls scaleTwin n times with a followed argument.
func twins(t *Tape, p Ref, n int) (sum int) {
	var o Ref
	for i := 0; i < n; i++ {
		sum += scaleTwin(t, &o, &p, nil, i, 3)
	}
	return sum
}

// discarding is a recording that nobody reads. Without write, it is not even
// formatted.
func discarding(write bool) *program {
	s := newSink(io.Discard)
	s.failed = !write
	return newProgram(s)
}

// chunk is how many operators are recorded before the arena is used again: as
// many as fit into it.
const chunk = 100_000

// BenchmarkRatio compares a call of a small function with the same call in an
// instrumented program, per operator. Plain calls take turns with the others,
// and the shortest of many rounds counts, so the ratios hold on any machine,
// also on a busy one.
//
//	untracked  gets nothing that is followed
//	fresh      records, into memory that is new
//	reused     records, into memory that an earlier case used
//	written    records and writes the trace file
//	cell       stores and loads an element of a slice
//
//	go test ./runtime/tape -run - -bench Ratio -benchmem
func BenchmarkRatio(b *testing.B) {
	sum := 0
	for _, bb := range []struct {
		name string
		// run does n operators in the case t; what before does is not timed.
		before func(p *program)
		run    func(t *Tape, n int)
		write  bool
	}{
		{name: "untracked", run: func(t *Tape, n int) { sum += twins(t, 0, n) }},
		{name: "fresh", run: func(t *Tape, n int) { sum += twins(t, 1, n) },
			before: func(p *program) { p.pool.free = nil }},
		{name: "reused", run: func(t *Tape, n int) { sum += twins(t, 1, n) }},
		{name: "written", run: func(t *Tape, n int) { sum += twins(t, 1, n); t.prog.drain() }, write: true},
		{name: "cell", run: func(t *Tape, n int) {
			var o Ref
			xs := make([]int, 1024)
			for i := 0; i < n; i++ {
				x := &xs[i%len(xs)]
				*x = scale(i, 3)
				St(t, x, 1, 0)
				sum += *At(t, &o, scaleSite, nil, x)
			}
		}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.StopTimer()
			p := discarding(bb.write)
			bb.run(p.start(p.top, "warm"), chunk)
			p.drain()
			var took, plain time.Duration // of a chunk, the shortest
			for done := 0; done < b.N; done += chunk {
				t := p.start(p.top, "case")
				if bb.before != nil {
					bb.before(p)
				}
				b.StartTimer()
				start := time.Now()
				bb.run(t, chunk)
				took = shorter(took, time.Since(start))
				b.StopTimer()
				t.end("pass")
				start = time.Now()
				for i := 0; i < chunk; i++ {
					sum += scale(i, 3)
				}
				plain = shorter(plain, time.Since(start))
			}
			b.ReportMetric(float64(took)/float64(plain), "×plain")
			b.ReportMetric(float64(took)/chunk, "ns/operator")
			b.ReportMetric(0, "ns/op") // that of an average chunk
		})
	}
	if sum == 1 {
		b.Log(sum)
	}
}

// shorter is the shorter time; 0 is none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b < a {
		return b
	}
	return a
}

// BenchmarkTwo compares the operators that two goroutines record into one tape
// with those that one records in the same time. The shortest of many rounds
// count: in the others, something else had a core.
//
//	go test ./runtime/tape -run - -bench Two -cpu 2
func BenchmarkTwo(b *testing.B) {
	const each = chunk / 2
	p := discarding(false)
	round := func(goroutines int, best time.Duration) time.Duration {
		t := p.start(p.top, "case")
		defer t.end("pass")
		var turns int32
		var done sync.WaitGroup
		done.Add(goroutines)
		var from, to [2]time.Time
		for g := 0; g < goroutines; g++ {
			go func(g int) {
				defer done.Done()
				twins(t, 1, each/8) // they have met
				for turn := 0; turn < 20; turn++ {
					// They answer each other, so each has a core now.
					for int(atomic.LoadInt32(&turns))%goroutines != g {
					}
					atomic.AddInt32(&turns, 1)
				}
				from[g] = time.Now()
				twins(t, 1, each)
				to[g] = time.Now()
			}(g)
		}
		done.Wait()
		for g := 1; g < goroutines; g++ { // from the first start to the last end
			if from[g].Before(from[0]) {
				from[0] = from[g]
			}
			if to[g].After(to[0]) {
				to[0] = to[g]
			}
		}
		return shorter(best, to[0].Sub(from[0]))
	}
	var one, two time.Duration
	for n := 0; n < b.N; n += each {
		one, two = round(1, one), round(2, two)
	}
	b.ReportMetric(2*float64(one)/float64(two), "×one")
	b.ReportMetric(0, "ns/op")
}
