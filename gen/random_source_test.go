package gen_test

// randomSource is what the programs call.
const randomSource = `package main

import "fmt"

//trace:node
var A = 1

//trace:node
var B = 2

//trace:node
var C = 3

//trace:node
var D = 2

//trace:node
var S = "s"

//trace:node
var R = "r"

//trace:bundle
func obs(name string, v any) { fmt.Printf("%s = %v\n", name, v) }

//trace:bundle
func mix(a, b int) int { return a*3 + b }

type Pt struct{ X, Y int }

func (p Pt) Left() int { return p.X }

func (p Pt) Sum() int { return p.X + p.Y }

func (p *Pt) Set(x int) { p.X = x }

func (p *Pt) Add(y int) int {
	p.Y += y
	return p.Y
}

func flip(p Pt) Pt { return Pt{p.Y, p.X} }

func pair(a, b int) (int, int) { return b, a + 1 }

func second(xs ...int) int { return xs[1] }

func put(p *int, v int) { *p = v }

func both(a, b int) func(func(int) bool) {
	return func(yield func(int) bool) {
		if yield(a) {
			yield(b)
		}
	}
}

func try(f func() int) (r int) {
	defer func() {
		if v, ok := recover().(int); ok {
			r = v
		}
	}()
	return f()
}

func later(x, y int) (r int) {
	defer func() { r += y }()
	return x
}
`
