package search

import (
	"go/ast"
	"go/types"
	"strconv"
)

// A synth enumerates typed expressions bottom-up, by size.
type synth struct {
	d      *decl
	params int
	goal   types.Type
	levels []map[string][]*term // by size, then by type
	seen   map[typedText]bool
	keys   map[types.Type]string // see key
	funcs  []fun
	made   int
}

// A typedText is what a term is known by.
type typedText struct{ key, text string }

// A fun is a callable with its prefix as written.
type fun struct {
	name   string
	params []types.Type
	result types.Type
}

func newSynth(d *decl, feedback, code *hints) *synth {
	y := &synth{d: d, levels: make([]map[string][]*term, maxSize+1), seen: map[typedText]bool{}, keys: map[types.Type]string{}}
	for i := range y.levels {
		y.levels[i] = map[string][]*term{}
	}
	y.atoms(feedback, code)
	y.collectFuncs()
	return y
}

// key names a type.
func (y *synth) key(t types.Type) string {
	key, ok := y.keys[t]
	if !ok {
		key = types.TypeString(types.Default(t), nil)
		y.keys[t] = key
	}
	return key
}

func (y *synth) add(t *term) {
	if t.size > maxSize || t.t == nil {
		return
	}
	key := y.key(t.t)
	level := y.levels[t.size][key]
	id := typedText{key, t.text}
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
		for _, t := range level[y.key(goal)] {
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
