package observe

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func work(n int) int { return pick(n) + pick(-n) }

func pick(n int) int {
	if n < 0 {
		return 0
	}
	return n * n
}

// Main looks at what a recording would change.
func Main() {
	fmt.Println(allocations(), measured(), frames(), place(), record(1), asks(1), identity(1), names(2), option(3), chained())
}

func allocations() float64 { // opaque: observes allocation
	return testing.AllocsPerRun(10, func() { work(1) })
}

func perRun(f func()) float64 { // opaque: observes allocation
	return testing.AllocsPerRun(10, f)
}

func measured() float64 { // opaque: calls perRun, which observes allocation
	n := 3
	return perRun(func() { work(n) })
}

func fail(p *int) int { return *p }

// frames looks at the stack of what panics below it.
func frames() (names []string) { // opaque: looks at its stack frames
	defer func() {
		recover()
		pcs := make([]uintptr, 20)
		fs := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
		for {
			f, more := fs.Next()
			if f.Function != "" && filepath.Base(f.File) == "observe.go" {
				names = append(names, fmt.Sprintf("%s:%d", f.Function[strings.LastIndexByte(f.Function, '.')+1:], f.Line))
			}
			if !more || strings.HasSuffix(f.Function, ".frames") {
				return
			}
		}
	}()
	fail(nil)
	return
}

// place asks for its own place only.
func place() string {
	_, file, line, ok := runtime.Caller(0)
	return fmt.Sprint(filepath.Base(file), line, ok)
}

// caller gives the name of the function that calls it.
func caller() string { // opaque: looks at its stack frames
	pc, _, _, _ := runtime.Caller(1)
	name := runtime.FuncForPC(pc).Name()
	return name[strings.LastIndexByte(name, '.')+1:]
}

func record(n int) string { // opaque: calls caller, which looks at the name of its caller
	return fmt.Sprint(caller(), work(n))
}

// above gives the name of a function that led to it.
func above(skip int) string { // opaque: looks at its stack frames
	pcs := make([]uintptr, 1)
	f, _ := runtime.CallersFrames(pcs[:runtime.Callers(skip+2, pcs)]).Next()
	return f.Function[strings.LastIndexByte(f.Function, '.')+1:]
}

func further(skip int) string { // opaque: calls above, which looks at the name of its caller
	return above(skip + 1)
}

func asks(n int) string { // opaque: calls further, which looks at the name of its caller
	return fmt.Sprint(further(0), work(n))
}

// identity tells function literals apart by their code.
func identity(n int) string { // opaque: looks at the code of a function value
	double, triple := func() int { return 2 * n }, func() int { return 3 * n }
	for _, f := range []func() int{triple, double} {
		if reflect.ValueOf(f).Pointer() == reflect.ValueOf(double).Pointer() {
			return fmt.Sprint(f())
		}
	}
	return "none"
}

func nameOf(f any) string { // opaque: looks at the code of a function value
	name := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
	return name[strings.Index(name, ".")+1:]
}

func names(n int) string { // opaque: calls nameOf, which looks at the code of a function value
	one, two := func() int { return n }, func() int { return -n }
	return fmt.Sprint(nameOf(pick), nameOf(one) == nameOf(two))
}

//go:noinline
func step(n int) func() int { return func() int { return n } }

//go:noinline
func twice(n int) func() int { return func() int { return 2 * n } }

func sameCode(f, g any) bool { // opaque: looks at the code of a function value
	return runtime.FuncForPC(reflect.ValueOf(f).Pointer()) == runtime.FuncForPC(reflect.ValueOf(g).Pointer())
}

// option compares the code of function literals that others made.
func option(n int) string {
	options := []any{step(n), step(n + 1), twice(n)}
	return fmt.Sprint(sameCode(options[0], options[1]), sameCode(options[0], options[2]))
}

// A chain notes from where its methods are called.
type chain struct{ lines []int }

func (c *chain) add(n int) *chain {
	c.lines = append(c.lines, n, line())
	return c
}

func (c chain) all() []int { return append(c.lines, line()) }

// line is that on which the function that calls it is called.
func line() int { // opaque: looks at its stack frames
	_, _, n, _ := runtime.Caller(2)
	return n
}

// chained spreads calls over lines.
func chained() []int {
	c := new(chain)
	return c.
		add(1).
		add(
			2,
		).
		add(3).
		all()
}
