package gen_test

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// randomProgram draws a program: a list of statements that observe what
// variables hold, at last all of them.
func randomProgram() *rapid.Generator[*block] {
	return rapid.Custom(func(t *rapid.T) *block {
		g := &randomGen{t: t}
		b := &block{}
		for range 6 + g.pick(10) {
			b.stmts = append(b.stmts, g.stmt())
		}
		for _, v := range g.vars {
			if s, ok := g.observe(v); ok {
				b.stmts = append(b.stmts, s)
			}
		}
		return b
	})
}

func line(format string, args ...any) func([]string) string {
	text := fmt.Sprintf(format, args...)
	return func([]string) string { return text }
}

// observe makes an observation of a variable.
func (g *randomGen) observe(v randomVar) (*stmt, bool) {
	id := g.fresh("o")
	s := &stmt{uses: []string{v.name}, text: line("obs(%q, %s)", id, v.name)}
	note := func(f func(any) seen) (*stmt, bool) {
		s.run = func(s *stmt, e *env) ctl {
			o := f(e.find(v.name))
			o.value = id + " = " + o.value
			e.run.seen = append(e.run.seen, o)
			return goOn
		}
		return s, true
	}
	show := func(p pt) seen { return seen{fmt.Sprintf("{%d %d}", p.x.n, p.y.n), p.x.t | p.y.t} }
	switch v.typ {
	case "int":
		return note(func(x any) seen { return seen{fmt.Sprint(x.(*num).n), x.(*num).t} })
	case "string":
		return note(func(x any) seen { return seen{x.(*str).s, x.(*str).t} })
	case "bool":
		return note(func(x any) seen { return seen{fmt.Sprint(x.(*truth).b), x.(*truth).t} })
	case "Pt":
		return note(func(x any) seen { return show(*x.(*pt)) })
	case "array":
		return note(func(x any) seen {
			a := x.(*triple)
			return seen{fmt.Sprint([]int{a[0].n, a[1].n, a[2].n}), a[0].t | a[1].t | a[2].t}
		})
	case "*int":
		s.text = line("obs(%q, *%s)", id, v.name)
		return note(func(x any) seen {
			p := x.(*box[*num]).v
			return seen{fmt.Sprint(p.n), p.t}
		})
	case "*Pt":
		s.text = line("obs(%q, *%s)", id, v.name)
		return note(func(x any) seen { return show(*x.(*box[*pt]).v) })
	case "slice":
		k := g.pick(2)
		s.text = line("obs(%q, %s[%d])", id, v.name, k)
		return note(func(x any) seen {
			p := (*x.(*[]*num))[k]
			return seen{fmt.Sprint(p.n), p.t}
		})
	case "map":
		k := g.pick(2)
		s.text = line("obs(%q, %s[%d])", id, v.name, k)
		return note(func(x any) seen {
			p := x.(*box[map[int]*num]).v[k]
			return seen{fmt.Sprint(p.n), p.t}
		})
	case "points":
		k := g.pick(2)
		s.text = line("obs(%q, %s[%d])", id, v.name, k)
		return note(func(x any) seen { return show(*(*x.(*[]*pt))[k]) })
	case "pairs":
		s.text = line("obs(%q, %s[1].Y)", id, v.name)
		return note(func(x any) seen {
			y := x.(*[2]pt)[1].y
			return seen{fmt.Sprint(y.n), y.t}
		})
	}
	return nil, false
}

// inBlock draws the statements of a block; vars are declared in it.
func (g *randomGen) inBlock(n int, vars ...randomVar) *block {
	outer := len(g.vars)
	g.vars = append(g.vars, vars...)
	g.depth++
	b := &block{}
	for range n {
		b.stmts = append(b.stmts, g.stmt())
	}
	g.depth--
	g.vars = g.vars[:outer]
	return b
}

func (g *randomGen) stmt() *stmt {
	n := g.pick(26)
	if g.depth >= 3 && n >= 18 {
		n = g.pick(18)
	}
	switch {
	case n < 5:
		return g.define()
	case n < 10:
		return g.assign()
	case n < 18:
		return g.change()
	}
	return g.control(n - 18)
}

// define draws the definition of a variable.
func (g *randomGen) define() *stmt {
	typ := []string{"int", "int", "int", "string", "bool", "slice", "map", "Pt", "Pt", "*Pt", "array", "*int", "func", "points", "pairs", "two"}[g.pick(16)]
	name := g.fresh("v")
	s := &stmt{defs: []string{name}}
	set := func(text string, used []string, f func(*env) any) *stmt {
		s.text, s.uses = line("%s := %s", name, text), used
		s.run = func(s *stmt, e *env) ctl {
			e.vars[name] = f(e)
			return goOn
		}
		g.vars = append(g.vars, randomVar{name: name, typ: typ})
		return s
	}
	switch typ {
	case "string":
		x := g.str(2)
		return set(x.text, x.uses, func(e *env) any { v := x.eval(e); return &v })
	case "bool":
		x := g.cond(2)
		return set(x.text, x.uses, func(e *env) any { v := x.eval(e); return &v })
	case "slice":
		a, b := g.num(2), g.num(2)
		if v, ok := g.variable("slice", false); ok && g.pick(3) == 0 {
			if g.pick(2) == 0 {
				return set(v+"[:2]", []string{v}, func(e *env) any { xs := (*e.find(v).(*[]*num))[:2]; return &xs })
			}
			return set("append([]int(nil), "+v+"...)", []string{v}, func(e *env) any { xs := cloned(*e.find(v).(*[]*num)); return &xs })
		}
		return set("[]int{"+a.text+", "+b.text+"}", uses(a.uses, b.uses), func(e *env) any {
			x := a.eval(e)
			y := b.eval(e)
			return &[]*num{&x, &y}
		})
	case "map":
		a, b := g.num(1), g.num(1)
		return set(fmt.Sprintf("map[int]int{0: %s, 1: %s}", a.text, b.text), uses(a.uses, b.uses), func(e *env) any {
			x := a.eval(e)
			y := b.eval(e)
			return &box[map[int]*num]{map[int]*num{0: &x, 1: &y}}
		})
	case "Pt":
		x := g.pt(2)
		return set(x.text, x.uses, func(e *env) any { v := x.eval(e); return &v })
	case "*Pt":
		if v, ok := g.variable("Pt", false); ok && g.pick(2) == 0 {
			return set("&"+v, []string{v}, func(e *env) any { return &box[*pt]{e.find(v).(*pt)} })
		}
		if v, ok := g.variable("points", false); ok && g.pick(3) == 0 {
			return set("&"+v+"[1]", []string{v}, func(e *env) any { return &box[*pt]{(*e.find(v).(*[]*pt))[1]} })
		}
		a, b := g.num(2), g.num(1)
		return set("&Pt{"+a.text+", "+b.text+"}", uses(a.uses, b.uses), func(e *env) any {
			x := a.eval(e)
			return &box[*pt]{&pt{x, b.eval(e)}}
		})
	case "array":
		a, b := g.num(1), g.num(1)
		return set("[3]int{"+a.text+", "+b.text+"}", uses(a.uses, b.uses), func(e *env) any {
			x := a.eval(e)
			return &triple{x, b.eval(e)}
		})
	case "*int":
		if v, ok := g.variable("int", true); ok {
			return set("&"+v, []string{v}, func(e *env) any { return &box[*num]{e.find(v).(*num)} })
		}
	case "func":
		x := g.fresh("x")
		g.depth++
		body := g.inBlock(1+g.pick(2), randomVar{name: x, typ: "int"})
		g.vars = append(g.vars, randomVar{name: x, typ: "int"})
		result := g.num(1)
		g.vars = g.vars[:len(g.vars)-1]
		g.depth--
		s.blocks = []*block{body}
		s.defs = append(s.defs, "_"+x)
		s.uses = without(result.uses, x)
		s.text = func(b []string) string {
			return name + " := func(" + x + " int) int " + strings.TrimSuffix(b[0], "}") + "return " + result.text + " }"
		}
		s.run = func(s *stmt, e *env) ctl {
			e.vars[name] = &box[func(num) num]{func(v num) num {
				in := e.inner()
				in.vars[x] = &v
				if c := s.blocks[0].run(in.inner()); c == returns {
					panic("a return")
				}
				return result.eval(in)
			}}
			return goOn
		}
		g.vars = append(g.vars, randomVar{name: name, typ: typ})
		return s
	case "points":
		a, b, p := g.num(1), g.num(1), g.pt(1)
		return set("[]Pt{{"+a.text+", "+b.text+"}, "+p.text+"}", uses(a.uses, b.uses, p.uses), func(e *env) any {
			x := a.eval(e)
			y := b.eval(e)
			q := p.eval(e)
			return &[]*pt{{x, y}, &q}
		})
	case "pairs":
		a, p := g.num(1), g.pt(1)
		return set("[2]Pt{{X: "+a.text+"}, "+p.text+"}", uses(a.uses, p.uses), func(e *env) any {
			x := a.eval(e)
			return &[2]pt{{x: x}, p.eval(e)}
		})
	case "two":
		other := g.fresh("v")
		a, b := g.num(2), g.num(2)
		s.defs = []string{name, other}
		s.uses = uses(a.uses, b.uses)
		s.text = line("%s, %s := pair(%s, %s)", name, other, a.text, b.text)
		s.run = func(s *stmt, e *env) ctl {
			x, y := a.eval(e), b.eval(e)
			x.n++
			e.vars[name], e.vars[other] = &y, &x
			return goOn
		}
		g.vars = append(g.vars, randomVar{name: name, typ: "int"}, randomVar{name: other, typ: "int"})
		return s
	}
	typ = "int"
	x := g.num(3)
	return set(x.text, x.uses, func(e *env) any { v := x.eval(e); return &v })
}

func cloned(xs []*num) []*num {
	ys := make([]*num, len(xs))
	for i, x := range xs {
		v := *x
		ys[i] = &v
	}
	return ys
}
