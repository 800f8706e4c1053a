package trace

import (
	"fmt"
	"testing"
	"time"
)

// shapes build computations of about n operators.
var shapes = []struct {
	name  string
	build func(n int) AnyNode
}{
	{"chain", func(n int) AnyNode {
		x := Param("x", 1)
		v := x
		for i := 1; i < n; i++ {
			v = Add(v, x)
		}
		return v
	}},
	{"tree", func(n int) AnyNode {
		level := make([]*Node[int], (n+1)/2)
		for i := range level {
			level[i] = Const("", i)
		}
		level[0] = Param("x", 1)
		for len(level) > 1 {
			var next []*Node[int]
			for i := 0; i+1 < len(level); i += 2 {
				next = append(next, Add(level[i], level[i+1]))
			}
			if len(level)%2 == 1 {
				next = append(next, level[len(level)-1])
			}
			level = next
		}
		return level[0]
	}},
	{"star", func(n int) AnyNode {
		x := Param("x", 1)
		xs := Const("xs", []int(nil))
		elems := make([]*Node[int], n-1)
		for i := range elems {
			elems[i] = Neg(x)
		}
		return Append(xs, elems...)
	}},
	{"layers", func(n int) AnyNode {
		const width = 32
		layer := make([]*Node[int], width)
		for i := range layer {
			layer[i] = Param(fmt.Sprint("x", i), i)
		}
		for made := width; made < n; made += width {
			next := make([]*Node[int], width)
			for i := range next {
				next[i] = BitXor(layer[i], layer[(i*7+3)%width])
			}
			layer = next
		}
		return orAll(layer)
	}},
}

// orAll joins a layer into one output.
func orAll(layer []*Node[int]) AnyNode {
	sum := layer[0]
	for _, n := range layer[1:] {
		sum = BitOr(sum, n)
	}
	return sum
}

// BenchmarkBackward builds the minimal subgraph of computations of growing
// size. Beside the time it reports, for each size, the time per recorded
// operator relative to the smallest size of its shape: 1 is perfectly linear,
// and what is above it is the cost of leaving the processor's caches. How often
// nodes are looked at is TestMinimalIsLinear.
func BenchmarkBackward(b *testing.B) {
	for _, s := range shapes {
		var smallest float64
		for _, n := range []int{1e4, 1e5, 1e6} {
			b.Run(fmt.Sprintf("%s/%d", s.name, n), func(b *testing.B) {
				out := s.build(n)
				b.ReportAllocs()
				b.ResetTimer()
				start := time.Now()
				for i := 0; i < b.N; i++ {
					Backward(out, "f")
				}
				perNode := float64(time.Since(start).Nanoseconds()) / float64(b.N) / float64(n)
				b.StopTimer()
				if n == 1e4 {
					smallest = perNode
				}
				b.ReportMetric(perNode, "ns/node")
				if smallest > 0 {
					b.ReportMetric(perNode/smallest, "x/1e4")
				}
			})
		}
	}
}

func addPlain(a, b int) int { return a + b }

var sinkInt int

// BenchmarkOperator reports what recording an operator of the explicit API
// costs, as a multiple of a plain call in the same run.
func BenchmarkOperator(b *testing.B) {
	f := addPlain // through a variable: not inlined
	start := time.Now()
	const plainRuns = 1 << 24
	for i := 0; i < plainRuns; i++ {
		sinkInt = f(sinkInt, i)
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
