package gen_test

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// This file makes random programs, and knows what their values depend on: each
// piece of a program is its text in Go and what it does to the values of an
// interpreter, which carry the set of nodes that they were computed from. It
// shares nothing with the rewriting.

// A taint is a set of the nodes in randomNodes.
type taint uint

var randomNodes = []string{"A", "B", "C", "D", "S", "R"}

func (t taint) names() []string {
	names := []string{}
	for i, n := range randomNodes {
		if t>>i&1 != 0 {
			names = append(names, n)
		}
	}
	return sorted(names)
}

type num struct {
	n int
	t taint
}

type str struct {
	s string
	t taint
}

type truth struct {
	b bool
	t taint
}

type pt struct{ x, y num }

type triple [3]num

// An env has the variables of a block that runs: a *num, *str, *pt or *triple
// each, *[]*num for a slice, map[int]*num, *pt and *num in a *box for pointers,
// func(num) num in a *box.
type env struct {
	up   *env
	vars map[string]any
	run  *randomRun
}

type box[T any] struct{ v T }

func (e *env) find(name string) any {
	for ; e != nil; e = e.up {
		if v, ok := e.vars[name]; ok {
			return v
		}
	}
	panic("no variable " + name)
}

func (e *env) inner() *env { return &env{up: e, vars: map[string]any{}, run: e.run} }

// A randomRun is what a program does: its observations.
type randomRun struct {
	seen  []seen
	steps int
}

type seen struct {
	value string
	t     taint
}

// step ends a run that does not seem to end.
func (r *randomRun) step() {
	if r.steps++; r.steps > 20000 {
		panic(tooLong{})
	}
}

type tooLong struct{}

// An ex is an expression.
type ex[T any] struct {
	text string
	uses []string
	eval func(*env) T
}

func uses(lists ...[]string) []string { return slices.Concat(lists...) }

type ctl int

const (
	goOn ctl = iota
	breaks
	continues
	returns
)

// A stmt is a statement; what is in its blocks can be left out.
type stmt struct {
	defs, uses []string
	blocks     []*block
	text       func(blocks []string) string
	run        func(*stmt, *env) ctl // of the statement itself: one that was shortened has other blocks
}

type block struct{ stmts []*stmt }

func (b *block) run(e *env) ctl {
	for _, s := range b.stmts {
		e.run.step()
		if c := s.run(s, e); c != goOn {
			return c
		}
	}
	return goOn
}

func (b *block) text(indent string) string {
	var w strings.Builder
	for _, s := range b.stmts {
		var inner []string
		for _, k := range s.blocks {
			inner = append(inner, "{\n"+k.text(indent+"\t")+indent+"}")
		}
		text := s.text(inner)
		for i, l := range strings.Split(text, "\n") {
			// The lines of blocks are indented already.
			if i == 0 {
				w.WriteString(indent)
			}
			w.WriteString(l + "\n")
		}
		for _, d := range s.defs {
			if !strings.HasPrefix(d, "_") {
				fmt.Fprintf(&w, "%s_ = %s\n", indent, d)
			}
		}
	}
	return w.String()
}

// valid reports whether every variable is declared before it is used.
func (b *block) valid(known []string) bool {
	known = slices.Clone(known)
	for _, s := range b.stmts {
		for _, u := range s.uses {
			if !slices.Contains(known, u) {
				return false
			}
		}
		for _, k := range s.blocks {
			// What a statement declares for its blocks begins with an underscore.
			inner := slices.Clone(known)
			for _, d := range s.defs {
				inner = append(inner, strings.TrimPrefix(d, "_"))
			}
			if !k.valid(inner) {
				return false
			}
		}
		for _, d := range s.defs {
			if !strings.HasPrefix(d, "_") {
				known = append(known, d)
			}
		}
	}
	return true
}

// shorter gives the programs that have one statement less.
func (b *block) shorter() []*block {
	var all []*block
	for i, s := range b.stmts {
		all = append(all, &block{slices.Concat(b.stmts[:i], b.stmts[i+1:])})
		for k, inner := range s.blocks {
			for _, less := range inner.shorter() {
				c := *s
				c.blocks = slices.Clone(s.blocks)
				c.blocks[k] = less
				all = append(all, &block{slices.Concat(b.stmts[:i], []*stmt{&c}, b.stmts[i+1:])})
			}
		}
	}
	return all
}

// interpret runs a program; ok is false if it takes too long.
func (b *block) interpret() (run *randomRun, ok bool) {
	run = &randomRun{}
	defer func() {
		if r := recover(); r != nil {
			if _, long := r.(tooLong); !long {
				panic(r)
			}
			ok = false
		}
	}()
	b.run((&env{run: run}).inner())
	return run, true
}

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

// randomGen draws a program.
type randomGen struct {
	t      *rapid.T
	vars   []randomVar
	serial int
	depth  int
}

type randomVar struct {
	name, typ string
	fixed     bool // it may not be assigned
}

func (g *randomGen) pick(n int) int { return rapid.IntRange(0, n-1).Draw(g.t, "") }

func (g *randomGen) fresh(prefix string) string {
	g.serial++
	return fmt.Sprintf("%s%d", prefix, g.serial)
}

// variable chooses a variable of a type.
func (g *randomGen) variable(typ string, assign bool) (string, bool) {
	var names []string
	for _, v := range g.vars {
		if v.typ == typ && !(assign && v.fixed) {
			names = append(names, v.name)
		}
	}
	if len(names) == 0 {
		return "", false
	}
	return names[g.pick(len(names))], true
}

func get[T any](name string) func(*env) T {
	return func(e *env) T { return *e.find(name).(*T) }
}

// num draws an expression of type int.
func (g *randomGen) num(depth int) ex[num] {
	if depth <= 0 || g.pick(4) == 0 {
		return g.leaf()
	}
	switch g.pick(15) {
	case 0, 1, 2:
		a, b := g.num(depth-1), g.num(depth-1)
		op := []string{"+", "-", "^"}[g.pick(3)]
		return ex[num]{"(" + a.text + " " + op + " " + b.text + ")", uses(a.uses, b.uses), func(e *env) num {
			x, y := a.eval(e), b.eval(e)
			switch op {
			case "+":
				x.n += y.n
			case "-":
				x.n -= y.n
			default:
				x.n ^= y.n
			}
			return num{x.n, x.t | y.t}
		}}
	case 3:
		a := g.num(depth - 1)
		return ex[num]{"-(" + a.text + ")", a.uses, func(e *env) num {
			x := a.eval(e)
			return num{-x.n, x.t}
		}}
	case 4:
		a := g.str(depth - 1)
		return ex[num]{"len(" + a.text + ")", a.uses, func(e *env) num {
			x := a.eval(e)
			return num{len(x.s), x.t}
		}}
	case 5:
		a, b := g.num(depth-1), g.num(depth-1)
		return ex[num]{"mix(" + a.text + ", " + b.text + ")", uses(a.uses, b.uses), func(e *env) num {
			x, y := a.eval(e), b.eval(e)
			return num{x.n*3 + y.n, x.t | y.t}
		}}
	case 6:
		p := g.pt(depth - 1)
		switch g.pick(3) {
		case 0:
			return ex[num]{p.text + ".Left()", p.uses, func(e *env) num { return p.eval(e).x }}
		case 1:
			return ex[num]{p.text + ".Sum()", p.uses, func(e *env) num {
				v := p.eval(e)
				return num{v.x.n + v.y.n, v.x.t | v.y.t}
			}}
		}
		return ex[num]{p.text + ".Y", p.uses, func(e *env) num { return p.eval(e).y }}
	case 7:
		if f, ok := g.variable("func", false); ok {
			a := g.num(depth - 1)
			return ex[num]{f + "(" + a.text + ")", uses(a.uses, []string{f}), func(e *env) num {
				fn := e.find(f).(*box[func(num) num]).v
				e.run.step()
				return fn(a.eval(e))
			}}
		}
		return g.leaf()
	case 8:
		a, b := g.num(depth-1), g.num(depth-1)
		c := g.leaf()
		return ex[num]{"second(" + a.text + ", " + b.text + ", " + c.text + ")", uses(a.uses, b.uses, c.uses), func(e *env) num {
			a.eval(e)
			v := b.eval(e)
			c.eval(e)
			return v
		}}
	case 9:
		a, b := g.num(depth-1), g.num(depth-1)
		return ex[num]{"later(" + a.text + ", " + b.text + ")", uses(a.uses, b.uses), func(e *env) num {
			x, y := a.eval(e), b.eval(e)
			return num{x.n + y.n, x.t | y.t}
		}}
	case 10:
		a := g.num(depth - 1)
		return ex[num]{"try(func() int { panic(" + a.text + ") })", a.uses, a.eval}
	case 11:
		a := g.num(depth - 1)
		x := g.fresh("x")
		g.vars = append(g.vars, randomVar{x, "int", true})
		b := g.num(depth - 1)
		g.vars = g.vars[:len(g.vars)-1]
		return ex[num]{"func(" + x + " int) int { return " + b.text + " }(" + a.text + ")", uses(a.uses, without(b.uses, x)), func(e *env) num {
			in := e.inner()
			v := a.eval(e)
			in.vars[x] = &v
			return b.eval(in)
		}}
	case 12:
		k := g.pick(2)
		a, b := g.num(depth-1), g.num(depth-1)
		return ex[num]{fmt.Sprintf("[]int{%s, %s}[%d]", a.text, b.text, k), uses(a.uses, b.uses), func(e *env) num {
			return []num{a.eval(e), b.eval(e)}[k]
		}}
	case 13:
		a, b := g.num(depth-1), g.num(depth-1)
		return ex[num]{fmt.Sprintf("map[string]int{%q: %s, %q: %s}[%q]", "k", a.text, "l", b.text, "l"), uses(a.uses, b.uses), func(e *env) num {
			a.eval(e)
			return b.eval(e)
		}}
	}
	a := g.num(depth - 1)
	return ex[num]{"any(" + a.text + ").(int)", a.uses, a.eval}
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == name })
}

// index draws an index that is 0 or 1.
func (g *randomGen) index() ex[num] {
	if g.pick(3) > 0 {
		k := g.pick(2)
		return ex[num]{fmt.Sprint(k), nil, func(*env) num { return num{n: k} }}
	}
	a := g.leaf()
	return ex[num]{"(" + a.text + ")&1", a.uses, func(e *env) num {
		v := a.eval(e)
		return num{v.n & 1, v.t}
	}}
}

// leaf draws a constant, a node, or something that a variable holds.
func (g *randomGen) leaf() ex[num] {
	switch g.pick(9) {
	case 0:
		n := g.pick(5)
		return ex[num]{fmt.Sprint(n), nil, func(*env) num { return num{n: n} }}
	case 1, 2:
		k := g.pick(4)
		v := num{[]int{1, 2, 3, 2}[k], 1 << k}
		return ex[num]{randomNodes[k], nil, func(*env) num { return v }}
	case 3:
		if p, ok := g.place(); ok {
			return ex[num]{p.text, p.uses, func(e *env) num {
				v, also := p.eval(e).get()
				return num{v.n, v.t | also}
			}}
		}
	}
	if v, ok := g.variable("int", false); ok {
		return ex[num]{v, []string{v}, get[num](v)}
	}
	return ex[num]{"4", nil, func(*env) num { return num{n: 4} }}
}

// A spot is an int in memory, and what the way to it depends on.
type spot struct {
	p    *num
	also taint
}

func (s spot) get() (num, taint) { return *s.p, s.also }

// place draws a part of a variable that is an int.
func (g *randomGen) place() (ex[spot], bool) {
	typ := []string{"slice", "map", "Pt", "*Pt", "array", "*int", "points", "pairs"}[g.pick(8)]
	v, ok := g.variable(typ, false)
	if !ok {
		return ex[spot]{}, false
	}
	one := []string{v}
	switch typ {
	case "slice":
		if g.pick(4) == 0 {
			return ex[spot]{v + "[len(" + v + ")-1]", one, func(e *env) spot {
				xs := *e.find(v).(*[]*num)
				return spot{xs[len(xs)-1], 0}
			}}, true
		}
		i := g.index()
		return ex[spot]{v + "[" + i.text + "]", uses(one, i.uses), func(e *env) spot {
			k := i.eval(e)
			return spot{(*e.find(v).(*[]*num))[k.n], k.t}
		}}, true
	case "map":
		k := g.pick(2)
		return ex[spot]{fmt.Sprintf("%s[%d]", v, k), one, func(e *env) spot { return spot{e.find(v).(*box[map[int]*num]).v[k], 0} }}, true
	case "Pt", "*Pt":
		y := g.pick(2) == 1
		return ex[spot]{v + map[bool]string{false: ".X", true: ".Y"}[y], one, func(e *env) spot {
			p, ok := e.find(v).(*pt)
			if !ok {
				p = e.find(v).(*box[*pt]).v
			}
			if y {
				return spot{&p.y, 0}
			}
			return spot{&p.x, 0}
		}}, true
	case "array":
		i := g.index()
		return ex[spot]{v + "[" + i.text + "]", uses(one, i.uses), func(e *env) spot {
			k := i.eval(e)
			return spot{&e.find(v).(*triple)[k.n], k.t}
		}}, true
	case "*int":
		return ex[spot]{"*" + v, one, func(e *env) spot { return spot{e.find(v).(*box[*num]).v, 0} }}, true
	case "points":
		i := g.index()
		return ex[spot]{v + "[" + i.text + "].Y", uses(one, i.uses), func(e *env) spot {
			k := i.eval(e)
			return spot{&(*e.find(v).(*[]*pt))[k.n].y, k.t}
		}}, true
	}
	i := g.index()
	return ex[spot]{v + "[" + i.text + "].X", uses(one, i.uses), func(e *env) spot {
		k := i.eval(e)
		return spot{&e.find(v).(*[2]pt)[k.n].x, k.t}
	}}, true
}

func (g *randomGen) str(depth int) ex[str] {
	switch g.pick(5) {
	case 0:
		return ex[str]{`"c"`, nil, func(*env) str { return str{s: "c"} }}
	case 1:
		k := 4 + g.pick(2)
		v := str{[]string{"s", "r"}[k-4], 1 << k}
		return ex[str]{randomNodes[k], nil, func(*env) str { return v }}
	case 2:
		if depth > 0 {
			a, b := g.str(depth-1), g.str(depth-1)
			return ex[str]{"(" + a.text + " + " + b.text + ")", uses(a.uses, b.uses), func(e *env) str {
				x, y := a.eval(e), b.eval(e)
				return str{x.s + y.s, x.t | y.t}
			}}
		}
	case 3:
		if depth > 0 {
			a := g.num(depth - 1)
			return ex[str]{"strconv.Itoa(" + a.text + ")", a.uses, func(e *env) str {
				v := a.eval(e)
				return str{fmt.Sprint(v.n), v.t}
			}}
		}
	}
	if v, ok := g.variable("string", false); ok {
		return ex[str]{v, []string{v}, get[str](v)}
	}
	return ex[str]{`"d"`, nil, func(*env) str { return str{s: "d"} }}
}

func (g *randomGen) pt(depth int) ex[pt] {
	if v, ok := g.variable("Pt", false); ok && g.pick(2) == 0 {
		return ex[pt]{v, []string{v}, get[pt](v)}
	}
	if v, ok := g.variable("*Pt", false); ok && g.pick(3) == 0 {
		return ex[pt]{"(*" + v + ")", []string{v}, func(e *env) pt { return *e.find(v).(*box[*pt]).v }}
	}
	if v, ok := g.variable("points", false); ok && g.pick(3) == 0 {
		k := g.pick(2)
		return ex[pt]{fmt.Sprintf("%s[%d]", v, k), []string{v}, func(e *env) pt { return *(*e.find(v).(*[]*pt))[k] }}
	}
	if depth > 0 && g.pick(4) == 0 {
		p := g.pt(depth - 1)
		return ex[pt]{"flip(" + p.text + ")", p.uses, func(e *env) pt {
			v := p.eval(e)
			return pt{v.y, v.x}
		}}
	}
	a, b := g.num(depth-1), g.num(depth-1)
	text := "Pt{" + a.text + ", " + b.text + "}"
	if g.pick(3) == 0 {
		text = "Pt{Y: " + b.text + ", X: " + a.text + "}"
		return ex[pt]{"(" + text + ")", uses(a.uses, b.uses), func(e *env) pt {
			y := b.eval(e)
			return pt{a.eval(e), y}
		}}
	}
	return ex[pt]{"(" + text + ")", uses(a.uses, b.uses), func(e *env) pt {
		x := a.eval(e)
		return pt{x, b.eval(e)}
	}}
}

func (g *randomGen) cond(depth int) ex[truth] {
	if depth > 0 && g.pick(3) == 0 {
		a, b := g.cond(depth-1), g.cond(depth-1)
		and := g.pick(2) == 0
		return ex[truth]{"(" + a.text + map[bool]string{true: " && ", false: " || "}[and] + b.text + ")", uses(a.uses, b.uses), func(e *env) truth {
			x := a.eval(e)
			if x.b != and {
				return x
			}
			y := b.eval(e)
			return truth{y.b, x.t | y.t}
		}}
	}
	a, b := g.num(depth), g.leaf()
	op := []string{"<", "==", ">="}[g.pick(3)]
	return ex[truth]{"(" + a.text + " " + op + " " + b.text + ")", uses(a.uses, b.uses), func(e *env) truth {
		x, y := a.eval(e), b.eval(e)
		r := map[string]bool{"<": x.n < y.n, "==": x.n == y.n, ">=": x.n >= y.n}[op]
		return truth{r, x.t | y.t}
	}}
}
