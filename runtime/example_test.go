package trace_test

import (
	"errors"
	"fmt"
	"os"
	"strings"

	trace "github.com/opto-go/trace/runtime"
)

// bar stands for a function with the directive //trace:bundle trainable.
func bar(x float64) float64 { return x * -0.5 }

// What tracegen writes for bar.
var bundleBar = &trace.Bundle{ID: "example.com/m.bar", Name: "bar", Type: "func(x float64) float64", Trainable: true}

func traceBar(x *trace.Node[float64]) *trace.Node[float64] {
	return trace.Call(bundleBar, func() float64 { return bar(x.Value()) }, x)
}

// The program of the Trace article.
func Example() {
	x := trace.Param("x", -1.0)
	b := trace.Const("b", 1.5)
	a := traceBar(x)
	y := trace.Add(a, b)
	z := trace.Mul(a, y)
	g := trace.Backward(z, "Output should be larger.")
	g.WriteText(os.Stdout)
	// Output:
	// x = -1.0                         // param x
	// b = 1.5                          // input
	// func bar(x float64) float64 {…}  // param example.com/m.bar
	// bar0 = bar(x)                    // = 0.5  runtime/example_test.go:19
	// add0 = bar0 + b                  // = 2.0
	// mul0 = bar0 * add0               // = 1.0
	// feedback on mul0: Output should be larger.
}

// Limits of a parameter are enforced by With.
func ExampleParam() {
	temperature := trace.Param("temperature", 0.7,
		trace.Desc("of the language model"),
		trace.Min(0.0), trace.Max(2.0))
	_, err := temperature.With(2.5)
	fmt.Println(err)

	wrong := trace.Param("retries", 3, trace.Choices(1, 2))
	fmt.Println(wrong.Err())
	// Output:
	// parameter temperature: value 2.5 is greater than max 2.0
	// parameter retries: value 3 is none of the choices 1, 2
}

var errEmpty = errors.New("empty response")

func extract(response string) (string, error) {
	if response == "" {
		return "", errEmpty
	}
	return strings.ToUpper(response), nil
}

var bundleExtract = &trace.Bundle{ID: "example.com/m.extract", Name: "extract", Type: "func(response string) (string, error)"}

func traceExtract(response *trace.Node[string]) (*trace.Node[string], error) {
	return trace.CallErr(bundleExtract, func() (string, error) { return extract(response.Value()) }, response)
}

// An error carries a node that feedback can be attached to.
func ExampleException() {
	response := trace.Param("response", "")
	_, err := traceExtract(response)
	fmt.Println(errors.Is(err, errEmpty))
	g := trace.Backward(trace.Exception(err), "There must be an answer.")
	fmt.Print(g.Text())
	// Output:
	// true
	// response = ""                   // param response
	// exception0 = extract(response)  // raises errors.New("empty response")  runtime/example_test.go:68
	// feedback on exception0: There must be an answer.
}

// Outside tests and training, TB is nil.
func ExampleFeedback() {
	z := trace.Mul(trace.Param("x", 2.0), trace.Const("b", 3.0))
	trace.Feedback(nil, z, "%v is too small", z)
	trace.Score(nil, z.Value())
	// Output:
}

func ExampleReadRecording() {
	file := `{"trace":1,"program":"example.com/m","go":"go1.26"}
{"case":1,"name":"TestBar"}
{"n":1,"case":0,"kind":"param","id":"example.com/m.x","name":"x","at":"main.go:5:5","type":"float64","value":"-1.0"}
{"n":2,"case":1,"kind":"op","op":"bar","name":"a","at":"main.go:20:7","src":"bar(x)","in":[1],"type":"float64","value":"0.5"}
{"feedback":2,"case":1,"text":"got 0.5\nwant 1"}
{"end":1,"result":"fail","lines":{"main.go":"20-22"}}
`
	rec, err := trace.ReadRecording(strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	c := rec.Case("TestBar")
	fmt.Println(c.Name, c.Result)
	c.Graph().WriteText(os.Stdout)
	// Output:
	// TestBar fail
	// x = -1.0    // param example.com/m.x  main.go:5:5
	// a = bar(x)  // = 0.5  main.go:20:7
	// feedback on a in TestBar:
	//     | got 0.5
	//     | want 1
}

func divide(a, b int) (quo, rem int, err error) {
	if b == 0 {
		return 0, 0, errors.New("division by zero")
	}
	return a / b, a % b, nil
}

var bundleDivide = &trace.Bundle{
	ID: "example.com/m.divide", Name: "divide", Type: "func(a, b int) (quo, rem int, err error)", Results: []string{"quo", "rem"},
}

// What tracegen writes for a function with several results.
func traceDivide(a, b *trace.Node[int]) (quo, rem *trace.Node[int], err error) {
	call := trace.Enter(bundleDivide, a, b)
	defer call.Leave()
	r0, r1, err := divide(a.Value(), b.Value())
	return trace.Result(call, r0), trace.Result(call, r1), call.Err(err)
}

// Each result is a node of its own.
func ExampleEnter() {
	width := trace.Param("width", 80)
	columns := trace.Const("columns", 3)
	column, rest, err := traceDivide(width, columns)
	if err != nil {
		fmt.Println(err)
	}
	last := trace.Add(column, rest)
	fmt.Print(trace.Backward(last, "The last column is too wide.").Text())
	// Output:
	// width = 80                     // param width
	// columns = 3                    // input
	// quo0 = divide(width, columns)  // = 26  runtime/example_test.go:131
	// rem0 = divide(width, columns)  // = 2  runtime/example_test.go:131
	// add0 = quo0 + rem0             // = 28
	// feedback on add0: The last column is too wide.
}
