package gen_test

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

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
