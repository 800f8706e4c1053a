package gen_test

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
