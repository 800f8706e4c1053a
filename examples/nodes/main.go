// Nodes is the program of examples/hello with the explicit API: its nodes are
// ordinary values, and no overlay is involved.
//
//	go run ./examples/nodes
package main

import (
	"fmt"
	"os"

	trace "github.com/opto-go/trace/runtime"
)

//go:generate go run github.com/opto-go/trace/cmd/tracegen

// bar does negative scaling.
//
//trace:bundle
func bar(v float64) float64 {
	return -2 * v
}

func main() {
	x := trace.Param("x", -1.0)
	a := traceBar(x) // in trace_gen.go
	b := trace.Const("b", 3.0)
	z := trace.Mul(a, trace.Add(a, b))
	g := trace.Backward(z, "Output should be larger.")
	if err := g.WriteText(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
