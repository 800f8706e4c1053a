// Hello is the smallest program whose execution is worth recording: plain Go,
// two comments, and one sentence about the result.
//
//	tracegen run -record t.ndjson ./examples/hello
//	tracegen graph t.ndjson
package main

import (
	"fmt"

	trace "github.com/opto-go/trace/runtime"
)

// x is what may be changed.
//
//trace:node trainable
var x = -1.0

// bar does negative scaling. Whatever happens in it is one operator of the
// graph.
//
//trace:bundle
func bar(v float64) float64 {
	for i := 0; i < 3; i++ {
		v *= -2
	}
	return v / 4
}

// offset has nothing to do with x: its result enters the graph from outside.
func offset() float64 {
	return 1.5 + 1.5
}

func main() {
	a := bar(x)
	b := offset()
	y := a + b
	z := a * y
	trace.Feedback(nil, z, "Output should be larger.")
	fmt.Println("z =", z)
}
