package tape

import (
	"testing"
	"unsafe"
)

type stackTest struct{}

func (stackTest) twice(n int) int { return 2 * n }

// The shadows of a function stay on its stack, whatever they are handed to; only a
// call through an interface or a function value allocates, once.
func TestShadowsOnStack(t *testing.T) {
	tape := discarding(false).top
	s := &Site{}
	const id = 1<<63 + 5
	Method((*stackTest)(nil), id, func(_ *Tape, _ *Site, o, c, p *Ref, x any, n int) int {
		Put(o, Get(p))
		return x.(stackTest).twice(n)
	})
	double := Fn1_1(tape, func(_ *Tape, o, p *Ref, n int) int {
		Put(o, Get(p))
		return 2 * n
	})
	type twicer interface{ twice(int) int }
	x := twicer(stackTest{})
	for _, test := range []struct {
		name string
		most float64
		f    func(n int) int
	}{
		{"operands", 0, func(n int) int {
			var a, b, o Ref
			return Op(tape, &o, s, n+n, []*Ref{New(a), &b}, IN(s, n), IS(s, "text"))
		}},
		{"method", 1, func(n int) int {
			var c, p, o Ref
			return Dyn1_1(tape, s, &c, &o, &p, x, id, twicer.twice)(n)
		}},
		{"function", 1, func(n int) int {
			var c, p, o Ref
			return Call1_1(tape, s, &c, &o, &p, double)(n)
		}},
	} {
		if got := test.f(21); got != 42 {
			t.Errorf("%s: got %d", test.name, got)
		}
		if n := testing.AllocsPerRun(100, func() { test.f(21) }); n > test.most {
			t.Errorf("%s: %v allocations", test.name, n)
		}
	}
}

// What a cell remembers the address of is on the heap: the cell lives longer than
// the stack.
func TestCellsOffStack(t *testing.T) {
	moved := make(chan bool)
	go func() { moved <- loadLocal(discarding(false).top) }() // its stack is small
	if <-moved {
		t.Error("a variable that has a cell moves with the stack")
	}
}

// loadLocal loads a local variable and tells whether it lies on the stack.
//
//go:noinline
func loadLocal(tape *Tape) bool {
	x, s := [3]int{1, 2, 3}, &Site{}
	cont := In(tape, s, 1)
	var out Ref
	before := uintptr(unsafe.Pointer(&x[1]))
	if *At(tape, &out, s, &cont, &x[1]) != 2 || out == 0 {
		panic("nothing was loaded")
	}
	grow(1000)
	return uintptr(unsafe.Pointer(&x[1])) != before
}

//go:noinline
func grow(n int) int {
	var big [64]int
	if n == 0 {
		return big[n]
	}
	return grow(n-1) + big[n%64]
}
