package gen_test

import (
	"fmt"
	"strings"
)

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
