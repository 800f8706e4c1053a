package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// hoist writes `kw init; rest` as `{ init; kw rest }`, so that what the init
// statement defines can be recorded. The caller writes rest and the closing
// brace.
func (w *funcWriter) hoist(kw token.Pos, word string, init ast.Stmt, rest token.Pos) piece {
	text := w.listed(init)
	before := strings.Count(w.text(kw, init.Pos()), "\n")
	between := strings.Count(w.text(init.End(), rest), "\n")
	return piece{kw, rest, "{ " + strings.Repeat("\n", before) + text + "; " + strings.Repeat("\n", between) + labelMark + word + " "}
}

// unmark drops the mark of hoist where there is no label.
func unmark(s string) string { return strings.Replace(s, labelMark, "", 1) }

func (w *funcWriter) ifStmt(s *ast.IfStmt, isElse bool) string {
	var pieces []piece
	if s.Init != nil {
		pieces = append(pieces, w.hoist(s.If, "if", s.Init, s.Cond.Pos()))
		w.fixed(func() { pieces = append(pieces, w.condition(s.Cond)) })
	} else if isElse {
		w.fixed(func() { pieces = append(pieces, w.condition(s.Cond)) })
	} else {
		pieces = append(pieces, w.condition(s.Cond))
	}
	pieces = append(pieces, piece{s.Body.Pos(), s.Body.End(), w.block(s.Body)})
	switch e := s.Else.(type) {
	case *ast.BlockStmt:
		pieces = append(pieces, piece{e.Pos(), e.End(), w.block(e, extent{e.Lbrace, e.Lbrace})})
	case *ast.IfStmt:
		// Its condition is evaluated in a block of its own.
		mark := w.blocks([]ast.Stmt{e}, e.Pos(), extent{e.Pos(), e.Pos()})[0]
		pieces = append(pieces, piece{e.Pos(), e.End(), "{ " + mark + unmark(w.ifStmt(e, true)) + " }"})
	}
	text := w.splice(s.Pos(), s.End(), pieces...)
	if s.Init != nil {
		text += " }"
	}
	return text
}

// condition writes an expression that decides control flow: it is no input.
func (w *funcWriter) condition(e ast.Expr) piece { return w.replace(e, w.expr(e)) }

func (w *funcWriter) forStmt(s *ast.ForStmt) string {
	var pieces []piece
	var own []string
	w.clearHeader(s.Init)
	w.fixed(func() {
		if s.Init != nil {
			var text string
			text, own = w.perIteration(s.Init)
			pieces = append(pieces, piece{s.Init.Pos(), s.Init.End(), text})
		}
		if s.Cond != nil {
			pieces = append(pieces, w.condition(s.Cond))
		}
		if s.Post != nil {
			pieces = append(pieces, piece{s.Post.Pos(), s.Post.End(), w.header(s.Post)})
		}
	})
	w.frame.loops++
	body := w.block(s.Body)
	w.frame.loops--
	for _, sh := range own {
		body = "{ _ = " + sh + ";" + body[1:]
	}
	pieces = append(pieces, piece{s.Body.Pos(), s.Body.End(), body})
	return w.splice(s.Pos(), s.End(), pieces...)
}

// rangeOver writes what a range statement goes through, with its shadow.
func (w *funcWriter) rangeOver(e ast.Expr) (text, ref string) {
	text, ref = w.slotted(e)
	if ref == "" {
		return text, "0"
	}
	return w.once(e, text, ref)
}

// once keeps the shadow of what is evaluated once: a variable may get another value
// inside of the loop.
func (w *funcWriter) once(e ast.Expr, text, ref string) (string, string) {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok && w.isShadow(ref) {
		if v := w.vars[w.obj(id)]; v != nil && !v.single() {
			first := w.slot()
			return fmt.Sprintf("%s.Set(&%s, &%s, %s)", rt, first, ref, text), first
		}
	}
	return text, ref
}

func (w *funcWriter) rangeStmt(s *ast.RangeStmt) string {
	key, _ := s.Key.(*ast.Ident)
	val, _ := s.Value.(*ast.Ident)
	var head []string // statements at the head of the body
	var pieces []piece
	set := func(id *ast.Ident, ref string) {
		if id == nil || id.Name == "_" {
			return
		}
		if s.Tok == token.DEFINE {
			w.declareLoop(id, &head)
		}
		if set := w.put(w.obj(id), ref); set != "" {
			head = append(head, set)
		}
	}
	site := func(id *ast.Ident) siteInfo {
		return siteInfo{node: s.X, src: "range " + w.text(s.X.Pos(), s.X.End()), name: id.Name, typ: w.typeOf(id)}
	}
	t := w.typeOf(s.X).Underlying()
	if _, isParam := t.(*types.Interface); isParam {
		t = types.NewStruct(nil, nil) // a type parameter: the container answers for all
	}
	follows := val != nil && val.Name != "_" && w.tracks(val)
	_, isSlice := t.(*types.Slice)
	array := arrayBehind(t)
	if key != nil && key.Name != "_" && w.tracks(key) && (isSlice || array || isArray(t)) {
		set(key, "0") // an index says nothing about the data
	}
	switch {
	case follows && (isSlice || array):
		text, ref := w.rangeOver(s.X)
		w.serial++
		it := fmt.Sprintf("it%d__", w.serial)
		w.frame.iters = append(w.frame.iters, it)
		fn := "Range"
		if array {
			fn = "RangeArray"
		}
		pieces = append(pieces, w.replace(s.X, fmt.Sprintf("%s.%s(&%s, %s)", rt, fn, it, text)))
		set(val, fmt.Sprintf("%s.Elem(%s, %s, &%s, &%s, %s)", rt, tapeName, w.site(site(val)), it, val.Name, ref))
	case follows && isArray(t):
		text, ref := w.rangeOver(s.X)
		w.serial++
		k := fmt.Sprintf("k%d__", w.serial)
		w.frame.ints = append(w.frame.ints, k)
		pieces = append(pieces, w.replace(s.X, fmt.Sprintf("%s.First(&%s, %s)", rt, k, text)))
		set(val, fmt.Sprintf("%s.Next(%s, %s, %s, &%s, %s)", rt, tapeName, w.site(site(val)), ref, k, val.Name))
	case isMap(t) && w.keyed(t.(*types.Map)) && (follows || key != nil && key.Name != "_" && w.tracks(key)):
		text, ref := w.rangeOver(s.X)
		it := w.fresh("it")
		w.frame.iters = append(w.frame.iters, it)
		pieces = append(pieces, w.replace(s.X, fmt.Sprintf("%s.RangeMap(&%s, %s)", rt, it, text)))
		k := ""
		if key != nil && key.Name != "_" {
			k = key.Name
			if w.tracks(key) {
				set(key, fmt.Sprintf("%s.MapKey(%s, %s, &%s, %s, %s)", rt, tapeName, w.site(site(key)), it, k, ref))
			}
		} else if key != nil && s.Tok == token.DEFINE {
			k = w.fresh("k")
			pieces = append(pieces, piece{key.Pos(), key.End(), k})
		}
		switch {
		case follows && k != "":
			set(val, fmt.Sprintf("%s.MapElem(%s, %s, &%s, %s, %s, %s)", rt, tapeName, w.site(site(val)), it, k, val.Name, ref))
		case follows:
			set(val, fmt.Sprintf("%s.Rec(%s, %s, %s, %s)", rt, tapeName, w.site(site(val)), val.Name, ref))
		}
	case iterates(t) > 0 && (follows || key != nil && key.Name != "_" && w.tracks(key)):
		text, ref := w.rangeOver(s.X)
		y := w.fresh("y")
		w.frame.others = append(w.frame.others, fmt.Sprintf("var %s %s.Yield", y, rt))
		pieces = append(pieces, w.replace(s.X, fmt.Sprintf("%s.Seq%d(%s, &%s, %s)", rt, iterates(t), tapeName, y, text)))
		for i, id := range []*ast.Ident{key, val} {
			if id != nil && id.Name != "_" && w.tracks(id) {
				set(id, fmt.Sprintf("%s.Yielded(%s, %s, &%s, %d, %s, %s)", rt, tapeName, w.site(site(id)), y, i, id.Name, ref))
			}
		}
	case isChan(t):
		ch := w.channel()
		pieces = append(pieces, w.replace(s.X, fmt.Sprintf("%s.Ch(&%s, %s)", rt, ch, w.expr(s.X))))
		if key != nil && key.Name != "_" && w.tracks(key) {
			set(key, fmt.Sprintf("%s.Received(%s, %s, &%s, %s)", rt, tapeName, w.site(site(key)), ch, key.Name))
		} else {
			head = append(head, fmt.Sprintf("%s.Dropped(%s, &%s)", rt, tapeName, ch))
		}
	case w.onlyLength(s):
	default:
		r := w.eval(s.X)
		if r.ref != "" {
			r.text, r.ref = w.once(s.X, r.text, r.ref)
			r.ops = []operand{{ref: r.ref}}
		}
		text := r.text
		cont := r
		if r.tracked() && r.ref == "" {
			if _, tuple := w.typeOf(s.X).(*types.Tuple); !tuple && !w.untyped(s.X) {
				dst := w.slot()
				text = w.inPlace(dst, r, s.X)
				cont = result{ref: dst, ops: []operand{{ref: dst}}}
			}
		}
		pieces = append(pieces, w.replace(s.X, text))
		ref := "0"
		if cont.ref != "" {
			ref = cont.ref
		}
		for _, id := range []*ast.Ident{key, val} {
			if id != nil && id.Name != "_" && w.tracks(id) && !(id == key && (isSlice || array || isArray(t))) {
				set(id, fmt.Sprintf("%s.Rec(%s, %s, %s, %s)", rt, tapeName, w.site(site(id)), id.Name, ref))
			}
		}
	}
	if s.Tok == token.ASSIGN {
		for _, e := range []ast.Expr{s.Key, s.Value} {
			if e == nil {
				continue
			}
			if _, plain := e.(*ast.Ident); !plain {
				w.degrade(e, "range assigns to an expression")
			}
		}
	}
	w.frame.loops++
	seq := iterates(t)
	if seq > 0 {
		w.frame.seqs++
	}
	body := w.list(s.Body.List, s.Body.Lbrace+1, s.Body.Rbrace)
	if seq > 0 {
		w.frame.seqs--
	}
	w.frame.loops--
	h := ""
	if len(head) > 0 {
		h = " " + strings.Join(head, "; ") + ";"
	}
	pieces = append(pieces, piece{s.Body.Lbrace + 1, s.Body.Rbrace, h + body})
	return w.splice(s.Pos(), s.End(), pieces...)
}

// onlyLength reports whether a range statement takes nothing but the length of
// an array, without evaluating what denotes it: a nil pointer will do.
func (w *funcWriter) onlyLength(s *ast.RangeStmt) bool {
	if id, ok := s.Value.(*ast.Ident); s.Value != nil && (!ok || id.Name != "_") {
		return false
	}
	t := w.typeOf(s.X).Underlying()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem().Underlying()
	}
	if _, array := t.(*types.Array); !array {
		return false
	}
	evaluated := false
	ast.Inspect(s.X, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			tv := w.unit.TypesInfo.Types[n]
			evaluated = evaluated || tv.Value == nil && !w.unit.TypesInfo.Types[n.Fun].IsType()
		case *ast.UnaryExpr:
			evaluated = evaluated || n.Op == token.ARROW
		case *ast.FuncLit:
			return false
		}
		return !evaluated
	})
	return !evaluated
}

// iterates gives the number of values that an iterator function yields, 0 for
// any other type.
func iterates(t types.Type) int {
	sig, ok := t.(*types.Signature)
	if !ok || sig.Params().Len() != 1 {
		return 0
	}
	yield, ok := sig.Params().At(0).Type().(*types.Signature)
	if !ok {
		return 0
	}
	return yield.Params().Len()
}

// arrayBehind reports whether t is a pointer to an array.
func arrayBehind(t types.Type) bool {
	p, ok := t.(*types.Pointer)
	return ok && isArray(p.Elem().Underlying())
}

func isMap(t types.Type) bool {
	_, ok := t.(*types.Map)
	return ok
}

func isArray(t types.Type) bool {
	_, ok := t.(*types.Array)
	return ok
}

// tracks reports whether a variable of a range statement needs a shadow.
func (w *funcWriter) tracks(id *ast.Ident) bool {
	v := w.vars[w.obj(id)]
	return v != nil && !v.konst
}

// declareLoop declares a variable that each iteration has anew. Its shadow is
// the function's: literals copy it when they are made. One that literals share
// is declared in the body, as often as the variable itself.
func (w *funcWriter) declareLoop(id *ast.Ident, head *[]string) {
	o := w.obj(id)
	if !w.shared(o) || w.shadowName(o) != "" || w.vars[o].konst {
		w.declare(o)
		return
	}
	old := w.stmt
	w.stmt = &stmtContext{}
	w.declare(o)
	*head = append(*head, w.stmt.pre...)
	w.stmt = old
}

func (w *funcWriter) switchStmt(s *ast.SwitchStmt) string {
	var pieces []piece
	rest := s.Body.Lbrace
	if s.Tag != nil {
		rest = s.Tag.Pos()
	}
	if s.Init != nil {
		pieces = append(pieces, w.hoist(s.Switch, "switch", s.Init, rest))
		if s.Tag != nil {
			w.fixed(func() { pieces = append(pieces, w.condition(s.Tag)) })
		}
	} else if s.Tag != nil {
		pieces = append(pieces, w.condition(s.Tag))
	}
	for _, c := range s.Body.List {
		cc := c.(*ast.CaseClause)
		w.fixed(func() {
			for _, e := range cc.List {
				pieces = append(pieces, w.condition(e))
			}
		})
		pieces = append(pieces, w.clauseBody(cc, cc.Colon, cc.Body, ""))
	}
	text := w.splice(s.Pos(), s.End(), pieces...)
	if s.Init != nil {
		return text + " }"
	}
	return text
}

// clauseBody writes the statements of a case, with some at their head.
func (w *funcWriter) clauseBody(clause ast.Node, colon token.Pos, body []ast.Stmt, head string) piece {
	from, end := colon+1, colon+1
	if len(body) > 0 {
		end = body[len(body)-1].End()
	}
	return piece{from, end, head + w.list(body, from, end, extent{clause.Pos(), colon})}
}

func (w *funcWriter) typeSwitch(s *ast.TypeSwitchStmt) string {
	var pieces []piece
	if s.Init != nil {
		pieces = append(pieces, w.hoist(s.Switch, "switch", s.Init, s.Assign.Pos()))
	}
	var x ast.Expr
	switch a := s.Assign.(type) {
	case *ast.AssignStmt:
		x = a.Rhs[0].(*ast.TypeAssertExpr).X
	case *ast.ExprStmt:
		x = ast.Unparen(a.X).(*ast.TypeAssertExpr).X
	}
	var text, ref string
	if s.Init != nil {
		w.fixed(func() { text, ref = w.slotted(x) })
	} else {
		text, ref = w.slotted(x)
	}
	pieces = append(pieces, w.replace(x, text))
	for _, c := range s.Body.List {
		cc := c.(*ast.CaseClause)
		head := ""
		if o := w.unit.TypesInfo.Implicits[cc]; o != nil && ref != "" {
			if w.declare(o) != "" {
				head = " " + w.put(o, ref) + ";"
			}
		}
		pieces = append(pieces, w.clauseBody(cc, cc.Colon, cc.Body, head))
	}
	out := w.splice(s.Pos(), s.End(), pieces...)
	if s.Init != nil {
		return out + " }"
	}
	return out
}
