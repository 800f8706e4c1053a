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
	w.fixed(func() {
		if s.Init != nil {
			pieces = append(pieces, piece{s.Init.Pos(), s.Init.End(), w.header(s.Init)})
		}
		if s.Cond != nil {
			pieces = append(pieces, w.condition(s.Cond))
		}
		if s.Post != nil {
			pieces = append(pieces, piece{s.Post.Pos(), s.Post.End(), w.header(s.Post)})
		}
	})
	pieces = append(pieces, piece{s.Body.Pos(), s.Body.End(), w.block(s.Body)})
	return w.splice(s.Pos(), s.End(), pieces...)
}

// header writes the init or post statement of a for statement, where nothing
// can follow: its nodes are recorded in place.
func (w *funcWriter) header(s ast.Stmt) string {
	w.stmt.assign, w.stmt.rebound = w.assignedIn(s)
	w.stmt.calls = w.hasCalls(s)
	a, ok := s.(*ast.AssignStmt)
	if !ok {
		if e, ok := s.(*ast.ExprStmt); ok {
			return w.splice(s.Pos(), s.End(), w.replace(e.X, w.expr(e.X)))
		}
		return w.text(s.Pos(), s.End())
	}
	if a.Tok != token.DEFINE && a.Tok != token.ASSIGN {
		return w.headerOp(a)
	}
	if len(a.Lhs) != len(a.Rhs) {
		text, rs := w.multi(a.Rhs[0], nil, len(a.Lhs))
		for i, l := range a.Lhs {
			w.forgetOr(l, rs[i])
		}
		return w.splice(s.Pos(), s.End(), w.replace(a.Rhs[0], text))
	}
	var pieces []piece
	var rs []result
	for _, e := range a.Rhs {
		rs = append(rs, w.eval(e))
	}
	for i, l := range a.Lhs {
		id, ok := ast.Unparen(l).(*ast.Ident)
		sh := ""
		if ok && id.Name != "_" {
			sh = w.shadowName(w.obj(id))
			if w.unit.TypesInfo.Defs[id] != nil {
				sh = w.declare(w.obj(id))
			}
		}
		text := rs[i].text
		if sh != "" && rs[i].tracked() && !w.untyped(a.Rhs[i]) {
			if len(a.Lhs) > 1 && a.Tok == token.ASSIGN {
				// The shadows would change one after the other.
				w.degrade(s, "parallel assignment in a for clause")
			}
			text = w.intoVar(w.obj(id), rs[i], a.Rhs[i])
		}
		pieces = append(pieces, w.replace(a.Rhs[i], text))
	}
	return w.splice(s.Pos(), s.End(), pieces...)
}

// headerOp is x op= e in a post statement.
func (w *funcWriter) headerOp(a *ast.AssignStmt) string {
	r := w.eval(a.Rhs[0])
	id, ok := ast.Unparen(a.Lhs[0]).(*ast.Ident)
	sh := ""
	if ok {
		sh = w.shadow(w.obj(id))
	}
	if sh == "" || !r.tracked() || w.untyped(a.Rhs[0]) {
		return w.splice(a.Pos(), a.End(), w.replace(a.Rhs[0], r.text))
	}
	op := strings.TrimSuffix(a.Tok.String(), "=")
	val := result{text: fmt.Sprintf("%s %s (%s)", id.Name, op, r.text), ops: merge([]operand{{ref: sh}}, r.ops)}
	for i := range val.ops {
		val.ops[i].val = ""
	}
	text := w.inPlace(sh, val, a.Rhs[0])
	return w.splice(a.Pos(), a.End(), piece{a.TokPos, a.TokPos + token.Pos(len(a.Tok.String())), "="}, w.replace(a.Rhs[0], text))
}

// forgetOr declares a variable of a for clause that gets one of several
// values, which nothing can record in place.
func (w *funcWriter) forgetOr(l ast.Expr, r result) {
	id, ok := ast.Unparen(l).(*ast.Ident)
	if !ok || w.unit.TypesInfo.Defs[id] == nil {
		return
	}
	w.declare(w.obj(id))
	if r.tracked() {
		w.degrade(l, "several values in a for clause are not followed")
	}
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
			w.declareLoop(id)
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
	_, isSlice := t.(*types.Slice)
	switch {
	case isSlice && val != nil && val.Name != "_" && s.Tok == token.DEFINE && w.tracks(val) && w.declareLoop(val) != "":
		text, ref := w.slotted(s.X)
		if ref == "" {
			ref = "0"
		}
		w.serial++
		it := fmt.Sprintf("it%d__", w.serial)
		w.frame.iters = append(w.frame.iters, it)
		k := ""
		if key != nil && key.Name != "_" {
			k = key.Name
		} else if key != nil {
			w.serial++
			k = fmt.Sprintf("k%d__", w.serial)
			pieces = append(pieces, piece{key.Pos(), key.End(), k})
		}
		pieces = append(pieces, w.replace(s.X, fmt.Sprintf("%s.Range(&%s, %s)", rt, it, text)))
		set(val, fmt.Sprintf("%s.Elem(%s, %s, &%s, %s, &%s, %s)", rt, tapeName, w.site(site(val)), it, k, val.Name, ref))
	case w.onlyLength(s):
	default:
		r := w.eval(s.X)
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
		switch t.(type) {
		case *types.Map:
			if key != nil && key.Name != "_" && w.tracks(key) {
				if w.readableAgain(s.X) {
					set(key, fmt.Sprintf("%s.M(%s).Key(%s, %s, %s, %s)", rt, w.text(s.X.Pos(), s.X.End()), tapeName, w.site(site(key)), key.Name, ref))
				} else {
					set(key, fmt.Sprintf("%s.Rec(%s, %s, %s, %s)", rt, tapeName, w.site(site(key)), key.Name, ref))
				}
			}
			if val != nil && val.Name != "_" && w.tracks(val) {
				if key != nil && key.Name != "_" && w.readableAgain(s.X) {
					set(val, fmt.Sprintf("%s.M(%s).Elem(%s, %s, %s, %s, %s)", rt, w.text(s.X.Pos(), s.X.End()), tapeName, w.site(site(val)), key.Name, val.Name, ref))
				} else {
					set(val, fmt.Sprintf("%s.Rec(%s, %s, %s, %s)", rt, tapeName, w.site(site(val)), val.Name, ref))
				}
			}
		case *types.Chan:
			if key != nil && key.Name != "_" && w.tracks(key) {
				if w.readableAgain(s.X) {
					set(key, fmt.Sprintf("%s.Received(%s, %s, %s, %s)", rt, tapeName, w.site(site(key)), w.text(s.X.Pos(), s.X.End()), key.Name))
				} else {
					set(key, "0")
				}
			}
		default:
			for _, id := range []*ast.Ident{key, val} {
				if id != nil && id.Name != "_" && w.tracks(id) {
					set(id, fmt.Sprintf("%s.Rec(%s, %s, %s, %s)", rt, tapeName, w.site(site(id)), id.Name, ref))
				}
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
	body := w.list(s.Body.List, s.Body.Lbrace+1, s.Body.Rbrace)
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

// tracks reports whether a variable of a range statement needs a shadow.
func (w *funcWriter) tracks(id *ast.Ident) bool {
	v := w.vars[w.obj(id)]
	return v != nil && !v.konst
}

// declareLoop declares a variable that each iteration has anew. Its shadow is
// the function's: literals copy it when they are made.
func (w *funcWriter) declareLoop(id *ast.Ident) string {
	o := w.obj(id)
	if v := w.vars[o]; v != nil && v.captured && !v.single() {
		w.degrade(id, "range variable "+id.Name+" is assigned in the body and used in a function literal")
		v.konst = true
	}
	return w.declare(o)
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

func (w *funcWriter) selectStmt(s *ast.SelectStmt) string {
	var pieces []piece
	for _, c := range s.Body.List {
		cc := c.(*ast.CommClause)
		head := ""
		if a, ok := cc.Comm.(*ast.AssignStmt); ok {
			head = w.received(a)
		}
		pieces = append(pieces, w.clauseBody(cc, cc.Colon, cc.Body, head))
	}
	return w.splice(s.Pos(), s.End(), pieces...)
}

// received sets the shadows of v, ok = <-c at the head of a select case.
func (w *funcWriter) received(a *ast.AssignStmt) string {
	u, ok := ast.Unparen(a.Rhs[0]).(*ast.UnaryExpr)
	if !ok {
		return ""
	}
	var b strings.Builder
	for i, l := range a.Lhs {
		id, ok := ast.Unparen(l).(*ast.Ident)
		if !ok || id.Name == "_" {
			continue
		}
		o := w.obj(id)
		if w.unit.TypesInfo.Defs[id] != nil {
			old := w.stmt
			w.stmt = &stmtContext{fixed: true}
			w.declare(o)
			w.stmt = old
		}
		if w.shadowName(o) == "" {
			continue
		}
		if i == 0 && w.readableAgain(u.X) {
			fmt.Fprintf(&b, " %s;", w.put(o, fmt.Sprintf("%s.Received(%s, %s, %s, %s)", rt, tapeName,
				w.site(siteInfo{node: a, name: id.Name, typ: w.typeOf(id)}), w.text(u.X.Pos(), u.X.End()), id.Name)))
		} else {
			fmt.Fprintf(&b, " %s;", w.put(o, "0"))
		}
	}
	return b.String()
}

// sendStmt is c <- v: the channel remembers the node before the value is out.
func (w *funcWriter) sendStmt(s *ast.SendStmt) string {
	text, ref := w.slotted(s.Value)
	ch := w.expr(s.Chan)
	if ref != "" && w.simplePath(s.Chan) && !w.untyped(s.Value) && !strings.Contains(w.text(s.Chan.Pos(), s.Chan.End()), "\n") {
		text = fmt.Sprintf("%s.Send(%s, %s, &%s, %s)", rt, tapeName, w.text(s.Chan.Pos(), s.Chan.End()), ref, text)
	}
	return w.splice(s.Pos(), s.End(), w.replace(s.Chan, ch), w.replace(s.Value, text))
}
