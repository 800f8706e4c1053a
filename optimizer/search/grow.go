package search

import (
	"go/token"
	"go/types"
	"sort"
	"strings"
)

// grow makes the terms of one size from smaller ones.
func (y *synth) grow(size int) {
	for _, f := range y.funcs {
		y.apply(f, size, nil, size-1)
	}
	y.methods(size)
	y.operators(size)
	y.builtins(size)
	for _, key := range sortedKeys(y.levels[size]) {
		level := y.levels[size][key]
		y.sort(level)
		if len(level) > maxPerLevel {
			y.levels[size][key] = level[:maxPerLevel:maxPerLevel]
		}
	}
}

// sort puts the cheapest terms first.
func (y *synth) sort(list []*term) {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i].cost(y.params), list[j].cost(y.params)
		if a != b {
			return a < b
		}
		return list[i].order < list[j].order
	})
}

// joined returns a term over two others, without its text.
func joined(a, b *term, t types.Type, size int, bias float64) *term {
	if a.fields&b.fields != 0 || a.fields|b.fields == 0 && a.uses&b.uses != 0 {
		bias += .4 // the same variable once more
	}
	return &term{t: t, size: size, uses: a.uses | b.uses, fields: a.fields | b.fields, consts: a.consts + b.consts, bias: a.bias + b.bias + bias}
}

// apply calls f on every combination of arguments whose sizes add up.
func (y *synth) apply(f fun, size int, args []*term, left int) {
	i := len(args)
	if i == len(f.params) {
		if left == 0 {
			y.call(f.name, f.result, size, args)
		}
		return
	}
	rest := len(f.params) - i - 1
	for n := 1; n <= left-rest; n++ {
		if rest == 0 && n != left {
			continue
		}
		for _, t := range y.levels[n][y.key(f.params[i])] {
			y.apply(f, size, append(args[:i:i], t), left-n)
		}
	}
}

func (y *synth) call(name string, result types.Type, size int, args []*term) {
	t := &term{t: result, size: size, atom: true}
	var texts []string
	for _, a := range args {
		t.uses |= a.uses
		t.fields |= a.fields
		t.consts += a.consts
		t.bias += a.bias
		texts = append(texts, a.text)
	}
	if t.uses == 0 {
		return
	}
	if len(args) == 1 && strings.HasPrefix(args[0].text, name+"(") {
		return // most such functions change nothing the second time
	}
	if len(args) > 1 && args[0].text == args[1].text {
		return
	}
	t.text = name + "(" + strings.Join(texts, ", ") + ")"
	y.add(t)
}

// methods calls niladic methods of one result.
func (y *synth) methods(size int) {
	for _, key := range sortedKeys(y.levels[size-1]) {
		for _, x := range y.levels[size-1][key] {
			if !x.atom || x.uses == 0 {
				continue
			}
			set := types.NewMethodSet(x.t)
			for i := 0; i < set.Len(); i++ {
				f, ok := set.At(i).Obj().(*types.Func)
				if !ok || !f.Exported() && f.Pkg() != y.d.env.home {
					continue
				}
				s := f.Type().(*types.Signature)
				if s.Params().Len() == 0 && s.Results().Len() == 1 {
					y.add(&term{text: x.text + "." + f.Name() + "()", t: s.Results().At(0).Type(), size: size, uses: x.uses, fields: x.fields, consts: x.consts, bias: x.bias, atom: true})
				}
			}
		}
	}
}

func sortedKeys(m map[string][]*term) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

var (
	arithmetic  = []token.Token{token.ADD, token.SUB, token.MUL, token.QUO, token.REM}
	comparisons = []token.Token{token.EQL, token.LSS, token.LEQ, token.NEQ}
)

// operators joins two terms of one type.
func (y *synth) operators(size int) {
	for left := 1; left <= size-2; left++ {
		right := size - 1 - left
		for _, key := range sortedKeys(y.levels[left]) {
			xs, zs := y.levels[left][key], y.levels[right][key]
			if len(xs) == 0 || len(zs) == 0 {
				continue
			}
			info := basicInfo(xs[0].t)
			for _, x := range xs {
				for _, z := range zs {
					if x.uses|z.uses == 0 || x.text == z.text {
						continue
					}
					switch {
					case info&types.IsString != 0:
						y.join(x, z, token.ADD, x.t)
					case info&types.IsNumeric != 0:
						for _, op := range arithmetic {
							if commutes(op) && x.order > z.order || op == token.REM && info&types.IsInteger == 0 || useless(op, z.text) {
								continue
							}
							y.join(x, z, op, x.t)
						}
					case info&types.IsBoolean != 0:
						if x.order < z.order && x.consts+z.consts == 0 {
							y.join(x, z, token.LAND, x.t)
							y.join(x, z, token.LOR, x.t)
						}
						continue
					}
					if info&types.IsOrdered != 0 && isBoolean(y.goal) {
						for _, op := range comparisons {
							if commutes(op) && x.order > z.order {
								continue
							}
							y.join(x, z, op, types.Typ[types.Bool])
						}
					}
				}
			}
		}
	}
}

// bias is what an operator adds to the cost.
var bias = map[token.Token]float64{token.ADD: .1, token.SUB: .15, token.MUL: .2, token.QUO: .4, token.REM: .5}

func commutes(op token.Token) bool {
	return op == token.ADD || op == token.MUL || op == token.EQL || op == token.NEQ
}

// useless reports an operation that changes nothing or cannot run.
func useless(op token.Token, right string) bool {
	switch right {
	case "0":
		return true
	case "1":
		return op == token.MUL || op == token.QUO || op == token.REM
	}
	return false
}

func (y *synth) join(x, z *term, op token.Token, t types.Type) {
	text := func(t *term) string {
		if t.atom {
			return t.text
		}
		return "(" + t.text + ")"
	}
	if x.text == `""` || z.text == `""` && op == token.ADD {
		return
	}
	if z.op == op.String() && (commutes(op) || op == token.SUB || op == token.QUO) {
		return // the same value is written with the left operand nested
	}
	out := joined(x, z, t, x.size+z.size+1, bias[op])
	out.op = op.String()
	out.text = text(x) + " " + op.String() + " " + text(z)
	y.add(out)
}

// builtins counts, converts, negates, compares and picks.
func (y *synth) builtins(size int) {
	for _, key := range sortedKeys(y.levels[size-1]) {
		for _, x := range y.levels[size-1][key] {
			if x.uses == 0 {
				continue
			}
			make1 := func(text string, t types.Type) {
				y.add(&term{text: text, t: t, size: size, uses: x.uses, fields: x.fields, consts: x.consts, bias: x.bias + .1, atom: true})
			}
			switch u := x.t.Underlying().(type) {
			case *types.Basic:
				switch {
				case u.Info()&types.IsString != 0:
					make1("len("+x.text+")", types.Typ[types.Int])
				case u.Info()&types.IsBoolean != 0 && x.atom:
					make1("!"+x.text, x.t)
				case u.Kind() == types.Int && !strings.HasPrefix(x.text, "int("):
					make1("float64("+x.text+")", types.Typ[types.Float64])
				case u.Kind() == types.Float64 && !strings.HasPrefix(x.text, "float64("):
					make1("int("+x.text+")", types.Typ[types.Int])
				case u.Kind() == types.Int32:
					make1("string("+x.text+")", types.Typ[types.String])
				}
			case *types.Slice, *types.Map:
				make1("len("+x.text+")", types.Typ[types.Int])
			}
		}
	}
	pair := func(op, key string, text func(a, b *term) string, ok func(a *term) bool, result func(a *term) types.Type, other string) {
		for left := 1; left <= size-2; left++ {
			for _, a := range y.levels[left][key] {
				if !a.atom || !ok(a) {
					continue
				}
				for _, b := range y.levels[size-1-left][other] {
					if a.uses|b.uses == 0 || a.text == b.text {
						continue
					}
					out := joined(a, b, result(a), size, .2)
					out.text, out.atom, out.op = text(a, b), true, op
					if symmetric := op == "min" || op == "max"; symmetric {
						if a.order > b.order || a.op == op || b.op == op && a.size > 1 {
							continue
						}
						if b.op == "min" || b.op == "max" || a.op == "min" || a.op == "max" {
							out.bias -= .4 // bounds come in pairs
						}
					}
					y.add(out)
				}
			}
		}
	}
	for _, key := range sortedKeys(mergeKeys(y.levels[1:size])) {
		pair("index", key, func(a, b *term) string { return a.text + "[" + b.text + "]" },
			func(a *term) bool { _, is := a.t.Underlying().(*types.Slice); return is && a.uses != 0 },
			func(a *term) types.Type { return a.t.Underlying().(*types.Slice).Elem() }, "int")
	}
	isVar := func(a *term) bool { return a.uses != 0 }
	same := func(a *term) types.Type { return a.t }
	pair("slice", "string", func(a, b *term) string { return a.text + "[" + b.text + ":]" }, isVar, same, "int")
	pair("slice", "string", func(a, b *term) string { return a.text + "[:" + b.text + "]" }, isVar, same, "int")
	if !y.d.env.builtinMinMax() {
		return
	}
	for _, num := range []string{"int", "float64"} {
		for _, f := range []string{"max", "min"} {
			pair(f, num, func(a, b *term) string { return f + "(" + a.text + ", " + b.text + ")" },
				func(a *term) bool { return true }, same, num)
		}
	}
}

func mergeKeys(levels []map[string][]*term) map[string][]*term {
	all := map[string][]*term{}
	for _, l := range levels {
		for k := range l {
			all[k] = nil
		}
	}
	return all
}
