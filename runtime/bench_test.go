package trace

import (
	"testing"
	"time"
)

//go:noinline
func addPlain(a, b int) int { return a + b }

var sinkInt int

// BenchmarkOperator reports what recording an operator of the explicit API
// costs, as a multiple of a plain call in the same run.
func BenchmarkOperator(b *testing.B) {
	start := time.Now()
	const plainRuns = 1 << 24
	for i := 0; i < plainRuns; i++ {
		sinkInt = addPlain(sinkInt, i)
	}
	plain := float64(time.Since(start).Nanoseconds()) / plainRuns
	x, y := Param("x", 1), Const("y", 2)
	bundle := &Bundle{ID: "m.add", Name: "add", Trainable: true}
	for _, bench := range []struct {
		name string
		run  func() *Node[int]
	}{
		{"Add", func() *Node[int] { return Add(x, y) }},
		{"Call", func() *Node[int] {
			return Call(bundle, func() int { return addPlain(x.Value(), y.Value()) }, x, y)
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				sinkInt = bench.run().Value()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/plain, "x/plain")
		})
	}
}
