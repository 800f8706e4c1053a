package gen_test

import (
	"fmt"
	"slices"
	"strings"
)

// A random program knows what its values depend on: each piece of it is its text in
// Go and what it does to the values of an interpreter, which carry the set of nodes
// that they were computed from. It shares nothing with the rewriting.

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
