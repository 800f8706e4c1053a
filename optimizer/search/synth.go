package search

import (
	"go/ast"
	"go/token"
	"go/types"
	"math/bits"
	"sort"
	"strconv"
	"strings"
)

// Bounds of the synthesis. Sizes count names, constants, calls and operators.
const (
	maxSize     = 6
	maxPerLevel = 300 // expressions kept of one size and one type
	maxGrown    = 20000
	maxSynth    = 3000
	wSynth      = 0.9
	wResynth    = 0.05
)

// A term is a synthesized expression.
type term struct {
	text   string
	t      types.Type
	size   int
	uses   uint64 // parameters in it
	fields uint64 // fields of parameters in it
	consts int
	bias   float64 // of its operators
	op     string  // outermost operator or builtin
	atom   bool    // needs no parentheses as an operand
	order  int     // when it was made
}

// cost orders terms: small ones first, but rather one that uses every
// parameter than one that ignores some.
func (t *term) cost(params int) float64 {
	return float64(t.size) + .8*float64(params-bits.OnesCount64(t.uses)) + .5*float64(t.consts) + t.bias -
		.2*float64(bits.OnesCount64(t.fields))
}

// blank reports a body that only stands in for one: it returns constants or
// panics.
func blank(d *decl) bool {
	switch len(d.fn.Body.List) {
	case 0:
		return true
	case 1:
	default:
		return false
	}
	switch s := d.fn.Body.List[0].(type) {
	case *ast.ReturnStmt:
		for _, r := range s.Results {
			tv := d.info.Types[r]
			lit, isComposite := ast.Unparen(r).(*ast.CompositeLit)
			if tv.Value == nil && !tv.IsNil() && !(isComposite && len(lit.Elts) == 0) {
				return false
			}
		}
		return true
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		id, ok := call.Fun.(*ast.Ident)
		return ok && id.Name == "panic"
	}
	return false
}

// synthesize writes whole bodies of the form return E for a function that had
// none at first; for one whose body is a single return they come last.
func synthesize(d *decl, wasBlank bool, feedback, code *hints) []edit {
	sig, rest, ok := resultShape(d)
	if !ok {
		return nil
	}
	weight := wSynth
	if !wasBlank {
		if len(d.fn.Body.List) != 1 {
			return nil
		}
		if _, ok := d.fn.Body.List[0].(*ast.ReturnStmt); !ok {
			return nil
		}
		weight = wResynth
	}
	y := newSynth(d, feedback, code)
	terms := y.of(sig)
	var list []edit
	body := splice{start: d.off(d.fn.Body.Lbrace), end: d.off(d.fn.Body.Rbrace) + 1}
	for i, t := range terms {
		b := body
		b.text = "{\n\treturn " + t.text + rest + "\n}"
		list = append(list, edit{
			splices: []splice{b},
			what:    "returned " + brief(t.text),
			at:      body.start,
			stmt:    body.start,
			family:  "synthesis",
			weight:  weight * (1 - .5*float64(i)/float64(maxSynth)),
		})
	}
	return list
}

// resultShape returns the type to synthesize and what follows it in the
// return statement: one result, or one and an error or a bool.
func resultShape(d *decl) (types.Type, string, bool) {
	def := d.info.Defs[d.fn.Name]
	f, ok := def.(*types.Func)
	if !ok {
		return nil, "", false
	}
	results := f.Type().(*types.Signature).Results()
	switch results.Len() {
	case 1:
		return results.At(0).Type(), "", true
	case 2:
		second := results.At(1).Type()
		switch {
		case types.Identical(second, types.Universe.Lookup("error").Type()):
			return results.At(0).Type(), ", nil", true
		case isBoolean(second):
			return results.At(0).Type(), ", true", true
		}
	}
	return nil, "", false
}

// A synth enumerates typed expressions bottom-up, by size.
type synth struct {
	d      *decl
	params int
	goal   types.Type
	levels []map[string][]*term // by size, then by type
	seen   map[string]bool      // type and canonical text
	funcs  []fun
	made   int
}

// A fun is a callable with its prefix as written.
type fun struct {
	name   string
	params []types.Type
	result types.Type
}

func newSynth(d *decl, feedback, code *hints) *synth {
	y := &synth{d: d, levels: make([]map[string][]*term, maxSize+1), seen: map[string]bool{}}
	for i := range y.levels {
		y.levels[i] = map[string][]*term{}
	}
	y.atoms(feedback, code)
	y.collectFuncs()
	return y
}

func typeKey(t types.Type) string { return types.TypeString(types.Default(t), nil) }

func (y *synth) add(t *term) {
	if t.size > maxSize || t.t == nil {
		return
	}
	key := typeKey(t.t)
	level := y.levels[t.size][key]
	id := key + "\x00" + t.text
	if len(level) >= maxGrown || y.seen[id] {
		return
	}
	y.seen[id] = true
	t.order = y.made
	y.made++
	y.levels[t.size][key] = append(level, t)
}

// atoms are parameters, fields of the receiver and of struct parameters,
// constants of the package, and mined constants.
func (y *synth) atoms(feedback, code *hints) {
	bit, nfield := 0, 0
	fields := func(l *ast.FieldList) {
		if l == nil {
			return
		}
		for _, f := range l.List {
			for _, name := range f.Names {
				obj := y.d.info.Defs[name]
				if obj == nil || name.Name == "_" {
					continue
				}
				uses := uint64(1) << min(bit, 63)
				bit++
				y.add(&term{text: name.Name, t: obj.Type(), size: 1, uses: uses, atom: true})
				for _, sub := range fieldsOf(obj.Type()) {
					if sub.Exported() || sub.Pkg() == y.d.env.home {
						y.add(&term{text: name.Name + "." + sub.Name(), t: sub.Type(), size: 1, uses: uses, fields: 1 << min(nfield, 63), atom: true})
						nfield++
					}
				}
			}
		}
	}
	fields(y.d.fn.Recv)
	fields(y.d.fn.Type.Params)
	y.params = min(bit, 63)

	basic := func(kind types.BasicKind, text string) {
		y.add(&term{text: text, t: types.Typ[kind], size: 1, consts: 1, atom: true})
	}
	for _, n := range []string{"1", "0", "2"} {
		basic(types.Int, n)
		basic(types.Float64, n)
	}
	basic(types.String, `""`)
	basic(types.String, `" "`)
	for i, s := range feedback.strings {
		if i < 8 {
			basic(types.String, strconv.Quote(s))
		}
	}
	for i, n := range feedback.ints {
		if i < 6 {
			basic(types.Int, strconv.FormatInt(n, 10))
		}
	}
	for i, f := range feedback.floats {
		if i < 6 && f != float64(int64(f)) {
			basic(types.Float64, formatFloat(f))
		}
	}
	for i, r := range feedback.runes {
		if i < 6 {
			basic(types.Int32, strconv.QuoteRune(r))
		}
	}
	for i, s := range code.strings {
		if i < 4 {
			basic(types.String, strconv.Quote(s))
		}
	}
	scope := y.d.env.home.Scope()
	for _, name := range scope.Names() {
		switch obj := scope.Lookup(name).(type) {
		case *types.Const, *types.Var:
			if name != "_" {
				y.add(&term{text: name, t: types.Default(obj.Type()), size: 1, consts: 1, atom: true})
			}
		}
	}
	basic(types.Bool, "true")
	basic(types.Bool, "false")
}

// collectFuncs lists what may be called: functions of the imported packages
// and of the package, of up to three parameters and one result.
func (y *synth) collectFuncs() {
	take := func(prefix string, obj types.Object) {
		f, ok := obj.(*types.Func)
		if !ok {
			return
		}
		s := f.Type().(*types.Signature)
		if s.TypeParams().Len() > 0 || s.Variadic() || s.Results().Len() != 1 || s.Params().Len() == 0 || s.Params().Len() > 3 {
			return
		}
		fn := fun{name: prefix + f.Name(), result: s.Results().At(0).Type()}
		for i := 0; i < s.Params().Len(); i++ {
			fn.params = append(fn.params, s.Params().At(i).Type())
		}
		y.funcs = append(y.funcs, fn)
	}
	scope := y.d.env.home.Scope()
	self := y.d.env.param.Syntax.Func.Name.Name
	for _, name := range scope.Names() {
		if name != self || y.d.fn.Recv != nil {
			take("", scope.Lookup(name))
		}
	}
	for _, n := range pkgNames(y.d.env.param.Syntax) {
		scope := n.Imported().Scope()
		for _, name := range scope.Names() {
			if obj := scope.Lookup(name); obj.Exported() && !deprecated[n.Imported().Path()+"."+name] {
				take(n.Name()+".", obj)
			}
		}
	}
}

// of returns the terms of a type, cheapest first.
func (y *synth) of(goal types.Type) []*term {
	y.goal = goal
	for size := 2; size <= maxSize; size++ {
		y.grow(size)
	}
	var list []*term
	for _, level := range y.levels {
		for _, t := range level[typeKey(goal)] {
			if t.uses != 0 || t.size == 1 { // a computed constant is a constant
				list = append(list, t)
			}
		}
	}
	y.sort(list)
	if len(list) > maxSynth {
		list = list[:maxSynth]
	}
	return list
}

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
		for _, t := range y.levels[n][typeKey(f.params[i])] {
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
