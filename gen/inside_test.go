package gen_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
)

// TestHeldThroughValues: a bundle is followed inside if a value of a function that it
// calls may be one that holds a parameter, as far as types tell, and not if it only
// calls literals of its own.
func TestHeldThroughValues(t *testing.T) {
	const source = `package m

//trace:bundle trainable
func inner(x int) int { return x }

// A literal that nobody else calls, and one that anybody may.
func other(f func(int) int) int {
	defer func() { _ = inner(1) }()
	g := func(x string) string { return x }
	_ = g("")
	f = func(x int) int { return inner(x) }
	return f(2) + int(func(x uint) uint { return uint(inner(int(x))) }(3))
}

var kept = []func(int8) int8{func(x int8) int8 { return x }}

func keep() { kept = append(kept, func(x int8) int8 { return int8(inner(int(x))) }) }

//trace:bundle
func own(x int) int {
	reset := func() { x = 0 }
	var again func(int) int
	again = func(n int) int {
		if n == 0 {
			reset()
			return 0
		}
		return again(n - 1)
	}
	return again(x)
}

//trace:bundle
func given(x int, f func(int8) int8) int { return x + int(f(1)) }

//trace:bundle
func begunWith(x int) int {
	var f, g = kept[0], func(y int8) int8 { return y }
	return x + int(f(1)+g(2))
}

//trace:bundle
func setLater(x int) int {
	f := func(y int8) int8 { return y }
	f = kept[0]
	return x + int(f(1))
}

//trace:bundle
func setBehind(x int) int {
	f := func(y int8) int8 { return y }
	p := &f
	*p = kept[0]
	return x + int(f(1))
}

//trace:bundle
func unlike(x int, f func(string) string) int { return x + len(f("")) }

func main() int {
	keep()
	return own(1) + given(2, kept[0]) + begunWith(3) + setLater(4) + setBehind(5) + unlike(6, nil) + other(nil)
}
`
	dir := t.TempDir()
	modtest.Write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26\n")
	modtest.Write(t, dir, "m.go", source)
	_, out := modtest.Load(t, gen.Config{Dir: dir})
	got := map[string]string{}
	for _, n := range out.Notes {
		if strings.HasPrefix(n.Reason, "bundle") {
			got[n.Func] = n.Reason
		}
	}
	const holds = "bundle, followed inside: holds parameter inner"
	want := map[string]string{
		"inner": "bundle", "own": "bundle", "unlike": "bundle",
		"given": holds, "begunWith": holds, "setLater": holds, "setBehind": holds,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
