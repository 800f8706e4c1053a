package niltype

import "fmt"

type value struct{ n int }

func (v value) get() int      { return v.n }
func (v value) add(n int)     { fmt.Println(v.n + n) }
func (v *value) safe() string { return fmt.Sprint(v == nil) }
func (v *value) unsafe() int  { return v.n }

type getter interface {
	get() int
	add(int)
	safe() string
	unsafe() int
}

func try(what string, f func()) {
	defer func() { fmt.Println(what, recover()) }()
	f()
}

func side(n int) int {
	fmt.Println("side", n)
	return n
}

// hidden keeps from the compiler what is in g: where it knows that, a nil pointer
// panics with another text.
//
//go:noinline
func hidden(g getter) getter { return g }

// Main calls methods of nothing.
func Main() {
	n := 5 //trace:node
	var none getter
	var nilValue *value
	g := hidden(nilValue)
	var real getter = &value{n}
	try("real", func() { real.add(real.get() + real.unsafe()); fmt.Println(real.safe()) })
	try("get", func() { fmt.Println(g.get()) })
	try("add", func() { g.add(side(n)) })
	try("safe", func() { fmt.Println(g.safe()) })
	try("unsafe", func() { fmt.Println(g.unsafe()) })
	try("none", func() { none.add(side(n)) })
	try("static", func() { nilValue.add(side(n)) })
	try("pointer", func() { fmt.Println(nilValue.unsafe()) })
	try("value", func() { f := nilValue.get; f() })
	try("expression", func() { (*value).add(nilValue, side(n)) })
	var fn func(int) int
	try("func", func() { fn(side(n)) })
	var m map[string]int
	try("map", func() { m["a"] = side(n) })
	var xs []int
	try("index", func() { xs[side(n)] = side(n + 1) })
	try("defer", func() { defer none.add(side(n)) })
}
