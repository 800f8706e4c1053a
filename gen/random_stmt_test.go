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

// target draws what a statement may assign: a variable of type int or a part
// of another one.
func (g *randomGen) target() (ex[spot], bool) {
	if g.pick(2) == 0 {
		if p, ok := g.place(); ok {
			return p, true
		}
	}
	v, ok := g.variable("int", true)
	return ex[spot]{v, []string{v}, func(e *env) spot { return spot{e.find(v).(*num), 0} }}, ok
}

// assign draws a store of an int.
func (g *randomGen) assign() *stmt {
	l, ok := g.target()
	if !ok {
		return g.define()
	}
	x := g.num(3)
	switch g.pick(6) {
	case 0:
		return &stmt{uses: uses(l.uses, x.uses), text: line("%s += %s", l.text, x.text), run: func(_ *stmt, e *env) ctl {
			s, v := l.eval(e), x.eval(e)
			*s.p = num{s.p.n + v.n, s.p.t | s.also | v.t}
			return goOn
		}}
	case 1:
		return &stmt{uses: l.uses, text: line("%s++", l.text), run: func(_ *stmt, e *env) ctl {
			s := l.eval(e)
			*s.p = num{s.p.n + 1, s.p.t | s.also}
			return goOn
		}}
	case 2:
		m, ok := g.target()
		if !ok {
			m = l
		}
		return &stmt{uses: uses(l.uses, m.uses), text: line("%s, %s = %s, %s", l.text, m.text, m.text, l.text), run: func(_ *stmt, e *env) ctl {
			s, o := l.eval(e), m.eval(e)
			a, at := s.get()
			b, bt := o.get()
			*s.p = num{b.n, b.t | bt}
			*o.p = num{a.n, a.t | at}
			return goOn
		}}
	}
	return &stmt{uses: uses(l.uses, x.uses), text: line("%s = %s", l.text, x.text), run: func(_ *stmt, e *env) ctl {
		s := l.eval(e)
		*s.p = x.eval(e)
		return goOn
	}}
}

// change draws a statement that changes a variable otherwise.
func (g *randomGen) change() *stmt {
	switch g.pick(11) {
	case 0:
		if v, ok := g.variable("string", true); ok {
			x := g.str(2)
			return &stmt{uses: uses(x.uses, []string{v}), text: line("%s = %s", v, x.text), run: func(_ *stmt, e *env) ctl {
				*e.find(v).(*str) = x.eval(e)
				return goOn
			}}
		}
	case 1:
		if v, ok := g.variable("slice", true); ok {
			x := g.num(2)
			return &stmt{uses: uses(x.uses, []string{v}), text: line("%s = append(%s[:len(%s):len(%s)], %s)", v, v, v, v, x.text), run: func(_ *stmt, e *env) ctl {
				p := e.find(v).(*[]*num)
				n := x.eval(e)
				*p = append(cloned(*p), &n)
				return goOn
			}}
		}
	case 2:
		if v, ok := g.variable("Pt", true); ok {
			x := g.pt(2)
			return &stmt{uses: uses(x.uses, []string{v}), text: line("%s = %s", v, x.text), run: func(_ *stmt, e *env) ctl {
				q := x.eval(e)
				*e.find(v).(*pt) = q
				return goOn
			}}
		}
	case 3:
		if v, ok := g.variable("*Pt", false); ok {
			x := g.num(2)
			if g.pick(2) == 0 {
				return &stmt{uses: uses(x.uses, []string{v}), text: line("%s.Set(%s)", v, x.text), run: func(_ *stmt, e *env) ctl {
					n := x.eval(e)
					e.find(v).(*box[*pt]).v.x = n
					return goOn
				}}
			}
			name := g.fresh("v")
			g.vars = append(g.vars, randomVar{name: name, typ: "int"})
			return &stmt{defs: []string{name}, uses: uses(x.uses, []string{v}), text: line("%s := %s.Add(%s)", name, v, x.text), run: func(_ *stmt, e *env) ctl {
				n := x.eval(e)
				p := e.find(v).(*box[*pt]).v
				p.y = num{p.y.n + n.n, p.y.t | n.t}
				y := p.y
				e.vars[name] = &y
				return goOn
			}}
		}
	case 4:
		if v, ok := g.variable("*Pt", false); ok {
			x := g.pt(2)
			return &stmt{uses: uses(x.uses, []string{v}), text: line("*%s = %s", v, x.text), run: func(_ *stmt, e *env) ctl {
				q := x.eval(e)
				*e.find(v).(*box[*pt]).v = q
				return goOn
			}}
		}
	case 5:
		if v, ok := g.variable("points", false); ok {
			x, k := g.pt(2), g.pick(2)
			return &stmt{uses: uses(x.uses, []string{v}), text: line("%s[%d] = %s", v, k, x.text), run: func(_ *stmt, e *env) ctl {
				q := x.eval(e)
				*(*e.find(v).(*[]*pt))[k] = q
				return goOn
			}}
		}
	case 6:
		if v, ok := g.variable("int", true); ok {
			x := g.num(2)
			return &stmt{uses: uses(x.uses, []string{v}), text: line("put(&%s, %s)", v, x.text), run: func(_ *stmt, e *env) ctl {
				n := x.eval(e)
				*e.find(v).(*num) = n
				return goOn
			}}
		}
	case 7:
		a, b := g.num(1), g.num(1)
		c, v, w := g.fresh("c"), g.fresh("v"), g.fresh("v")
		g.vars = append(g.vars, randomVar{name: v, typ: "int"}, randomVar{name: w, typ: "int"})
		return &stmt{defs: []string{v, w}, uses: uses(a.uses, b.uses),
			text: line("%s := make(chan int, 2)\n%s <- %s\n%s <- %s\n%s, %s := <-%s, <-%s", c, c, a.text, c, b.text, v, w, c, c),
			run: func(_ *stmt, e *env) ctl {
				x := a.eval(e)
				y := b.eval(e)
				e.vars[v], e.vars[w] = &x, &y
				return goOn
			}}
	case 8:
		if v, ok := g.variable("array", false); ok {
			w := g.fresh("v")
			g.vars = append(g.vars, randomVar{name: w, typ: "array"})
			return &stmt{defs: []string{w}, uses: []string{v}, text: line("%s := %s", w, v), run: func(_ *stmt, e *env) ctl {
				a := *e.find(v).(*triple)
				e.vars[w] = &a
				return goOn
			}}
		}
	}
	if len(g.vars) > 0 {
		if s, ok := g.observe(g.vars[g.pick(len(g.vars))]); ok {
			return s
		}
	}
	return g.define()
}

// control draws a statement with blocks.
func (g *randomGen) control(kind int) *stmt {
	switch kind {
	case 0, 1:
		c := g.cond(1)
		s := &stmt{uses: c.uses}
		s.blocks = []*block{g.inBlock(1 + g.pick(3)), g.inBlock(g.pick(3))}
		s.text = func(b []string) string { return "if " + c.text + " " + b[0] + " else " + b[1] }
		s.run = func(s *stmt, e *env) ctl {
			if c.eval(e).b {
				return s.blocks[0].run(e.inner())
			}
			return s.blocks[1].run(e.inner())
		}
		return s
	case 2, 3:
		return g.loop()
	case 4:
		if xs, ok := g.variable("slice", false); ok {
			return g.ranges(xs, []string{xs}, func(e *env) []num { return values(*e.find(xs).(*[]*num)) }, "slice")
		}
		a, b := g.num(1), g.num(1)
		return g.ranges("both("+a.text+", "+b.text+")", uses(a.uses, b.uses), func(e *env) []num {
			x := a.eval(e)
			return []num{x, b.eval(e)}
		}, "func")
	case 5:
		if xs, ok := g.variable("array", false); ok {
			return g.ranges(xs, []string{xs}, func(e *env) []num { a := *e.find(xs).(*triple); return a[:] }, "slice")
		}
	case 6:
		x := g.num(1)
		s := &stmt{uses: x.uses, blocks: []*block{g.inBlock(1 + g.pick(2)), g.inBlock(1), g.inBlock(g.pick(2))}}
		fall := g.pick(2) == 0
		s.text = func(b []string) string {
			through := ""
			if fall {
				through = "\nfallthrough"
			}
			return "switch (" + x.text + ") & 3 {\ncase 0, 1:\n" + b[0] + through + "\ncase 2:\n" + b[1] + "\ndefault:\n" + b[2] + "\n}"
		}
		s.run = func(s *stmt, e *env) ctl {
			k := map[int]int{0: 0, 1: 0, 2: 1, 3: 2}[x.eval(e).n&3]
			c := s.blocks[k].run(e.inner())
			if k == 0 && fall && c == goOn {
				c = s.blocks[1].run(e.inner())
			}
			if c == breaks {
				panic("a break in a switch")
			}
			return c
		}
		return s
	}
	// A deferred literal changes a variable when the literal around it ends.
	if v, ok := g.variable("int", true); ok {
		x := g.num(2)
		s := &stmt{uses: uses(x.uses, []string{v}), blocks: []*block{g.inBlock(1 + g.pick(2))}}
		s.text = func(b []string) string {
			return "func() {\ndefer func() { " + v + " = " + x.text + " }()\n" + b[0] + "\n}()"
		}
		s.run = func(s *stmt, e *env) ctl {
			if c := s.blocks[0].run(e.inner()); c != goOn {
				panic("leaves a literal")
			}
			n := x.eval(e)
			*e.find(v).(*num) = n
			return goOn
		}
		return s
	}
	return g.define()
}

func values(xs []*num) []num {
	var vs []num
	for _, x := range xs {
		vs = append(vs, *x)
	}
	return vs
}

// loop draws a for statement with three clauses.
func (g *randomGen) loop() *stmt {
	i, acc := g.fresh("i"), g.leaf()
	by := g.leaf()
	step := "%s++"
	if g.pick(2) == 0 {
		step = "%s += (" + by.text + ")&1 + 1"
	} else {
		by = ex[num]{eval: func(*env) num { return num{} }}
	}
	fixed := g.pick(3) > 0
	s := &stmt{defs: []string{"_" + i}, uses: uses(acc.uses, by.uses)}
	s.blocks = []*block{g.inBlock(1+g.pick(3), randomVar{i, "int", fixed})}
	s.text = func(b []string) string {
		return fmt.Sprintf("for %s := (%s)&1; %s < 4; "+step+" %s", i, acc.text, i, i, b[0])
	}
	s.run = func(s *stmt, e *env) ctl {
		v := acc.eval(e)
		v.n &= 1
		for v.n < 4 {
			e.run.step()
			own := v
			in := e.inner()
			in.vars[i] = &own
			if c := s.blocks[0].run(in.inner()); c == returns {
				return c
			}
			v = own
			x := by.eval(e)
			v = num{v.n + x.n&1 + 1, v.t | x.t}
		}
		return goOn
	}
	return s
}

// ranges draws a range statement.
func (g *randomGen) ranges(over string, used []string, eval func(*env) []num, kind string) *stmt {
	v := g.fresh("v")
	s := &stmt{defs: []string{"_" + v}, uses: used}
	s.blocks = []*block{g.inBlock(1+g.pick(3), randomVar{name: v, typ: "int"})}
	head := "_, " + v
	if kind == "func" {
		head = v
	}
	s.text = func(b []string) string {
		// The variable is used even when the statements that do are left out.
		return "for " + head + " := range " + over + " { _ = " + v + "\n" + strings.TrimPrefix(b[0], "{\n")
	}
	s.run = func(s *stmt, e *env) ctl {
		list := eval(e)
		for k := range list {
			e.run.step()
			own := list[k]
			in := e.inner()
			in.vars[v] = &own
			if c := s.blocks[0].run(in.inner()); c == returns {
				return c
			}
		}
		return goOn
	}
	return s
}
