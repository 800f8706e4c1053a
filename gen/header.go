package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// varObj is a variable and where it is named.
type varObj struct {
	obj types.Object
	id  *ast.Ident
}

// clearHeader forgets, before a for statement, what its variables were in an
// earlier run of it.
func (w *funcWriter) clearHeader(init ast.Stmt) {
	a, ok := init.(*ast.AssignStmt)
	if !ok || a.Tok != token.DEFINE || !w.canPrefix() {
		return
	}
	for _, l := range a.Lhs {
		if id, ok := l.(*ast.Ident); ok && !w.shared(w.obj(id)) && w.declare(w.obj(id)) != "" {
			w.before(w.put(w.obj(id), "0"))
		}
	}
}

// perIteration writes the init statement of a for statement. A variable that
// literals share and the body assigns is one for each iteration; so is its
// shadow, which is declared beside it.
func (w *funcWriter) perIteration(init ast.Stmt) (text string, own []string) {
	a, ok := init.(*ast.AssignStmt)
	if !ok || a.Tok != token.DEFINE || len(a.Lhs) != len(a.Rhs) {
		return w.header(init), nil
	}
	var pieces []piece
	var names, values []string
	w.stmt.assign, w.stmt.rebound, w.stmt.targets = w.assignedIn(init)
	w.stmt.calls = w.hasCalls(init)
	for i, l := range a.Lhs {
		r := w.eval(a.Rhs[i])
		id := l.(*ast.Ident)
		o := w.obj(id)
		v := w.vars[o]
		text := r.text
		switch {
		case v == nil || v.konst || id.Name == "_":
		case w.shared(o):
			w.serial++
			sh := fmt.Sprintf("n%d__%s", w.serial, id.Name)
			w.frame.setShadow(o, sh)
			names = append(names, sh)
			value := rt + ".Ref(0)"
			if r.tracked() && !w.untyped(a.Rhs[i]) {
				slot := w.slot()
				text = w.inPlace(slot, r, a.Rhs[i])
				value = fmt.Sprintf("%s.Get(&%s)", rt, slot)
			}
			values = append(values, value)
		case w.declare(o) != "" && r.tracked() && !w.untyped(a.Rhs[i]):
			text = w.intoVar(o, r, a.Rhs[i])
		}
		pieces = append(pieces, w.replace(a.Rhs[i], text))
	}
	if len(names) > 0 {
		last := a.Lhs[len(a.Lhs)-1].End()
		pieces = append(pieces, piece{last, last, ", " + strings.Join(names, ", ")})
		end := a.End()
		pieces = append(pieces, piece{end, end, ", " + strings.Join(values, ", ")})
	}
	return w.splice(a.Pos(), a.End(), pieces...), names
}

// header writes the init or post statement of a for statement, where nothing
// can follow: its nodes are recorded in place.
func (w *funcWriter) header(s ast.Stmt) string {
	w.stmt.assign, w.stmt.rebound, w.stmt.targets = w.assignedIn(s)
	w.stmt.calls = w.hasCalls(s)
	a, ok := s.(*ast.AssignStmt)
	switch {
	case !ok:
		if e, ok := s.(*ast.ExprStmt); ok {
			return w.splice(s.Pos(), s.End(), w.replace(e.X, w.expr(e.X)))
		}
		return w.text(s.Pos(), s.End())
	case a.Tok != token.DEFINE && a.Tok != token.ASSIGN:
		return w.headerOp(a)
	case len(a.Lhs) != len(a.Rhs):
		return w.headerMulti(a)
	case len(a.Lhs) > 1:
		return w.headerParallel(a)
	}
	r := w.eval(a.Rhs[0])
	o := w.headerVar(a.Lhs[0], r)
	text := r.text
	if o != nil {
		text = w.moved(o, r, a.Lhs[0], a.Rhs[0])
	}
	return w.splice(s.Pos(), s.End(), w.replace(a.Rhs[0], text))
}

// headerVar finds the variable that a for clause assigns, nil if it has no
// shadow. Where else a value would go, nothing can note it.
func (w *funcWriter) headerVar(l ast.Expr, r result) (o *varObj) {
	id, ok := ast.Unparen(l).(*ast.Ident)
	if !ok {
		if r.tracked() {
			panic(cannot("a for clause assigns to a field or element"))
		}
		return nil
	}
	if id.Name == "_" {
		return nil
	}
	obj := w.obj(id)
	if w.unit.TypesInfo.Defs[id] != nil {
		w.declare(obj)
	}
	if w.shadowName(obj) == "" {
		return nil
	}
	if v := w.vars[obj]; v.addr && !v.loop && r.tracked() {
		panic(cannot("a for clause assigns to a variable whose address is taken"))
	}
	return &varObj{obj, id}
}

// moved writes a value of a for clause so that the variable gets its node.
func (w *funcWriter) moved(o *varObj, r result, l, e ast.Expr) string {
	switch {
	case r.tracked() && !w.untyped(e):
		return w.intoVar(o.obj, r, e)
	case w.unit.TypesInfo.Defs[o.id] != nil: // cleared before the statement
		return r.text
	case w.split(o.obj) != nil:
		return fmt.Sprintf("%s.ForgetAll(%s[:], %s)", rt, w.shadowName(o.obj), r.text)
	}
	return fmt.Sprintf("%s.Forget(&%s, &%s, %s)", rt, w.shadowName(o.obj), w.text(l.Pos(), l.End()), r.text)
}

// headerParallel is a, b = e, f in a for clause: the last value that is
// evaluated moves all nodes to where they go.
func (w *funcWriter) headerParallel(a *ast.AssignStmt) string {
	last := -1
	for i, e := range a.Rhs {
		if !w.constant(e) && !w.untyped(e) {
			last = i
		}
	}
	texts := make([]string, len(a.Rhs))
	var moves []string
	for i, e := range a.Rhs {
		r := w.eval(e)
		texts[i] = r.text
		o := w.headerVar(a.Lhs[i], r)
		switch {
		case o == nil:
		case last < 0 || w.unit.TypesInfo.Defs[o.id] != nil:
			texts[i] = w.moved(o, r, a.Lhs[i], e)
		case w.split(o.obj) != nil:
			panic(cannot("a parallel assignment of structs in a for clause"))
		case r.tracked() && !w.untyped(e):
			slot := w.slot()
			texts[i] = w.inPlace(slot, r, e)
			moves = append(moves, fmt.Sprintf("{&%s, &%s}", w.shadowName(o.obj), slot))
		default:
			moves = append(moves, fmt.Sprintf("{&%s, nil}", w.shadowName(o.obj)))
		}
	}
	if len(moves) > 0 {
		texts[last] = fmt.Sprintf("%s.Moved([][2]*%s.Ref{%s}, %s)", rt, rt, strings.Join(moves, ", "), texts[last])
	}
	var pieces []piece
	for i, e := range a.Rhs {
		pieces = append(pieces, w.replace(e, texts[i]))
	}
	return w.splice(a.Pos(), a.End(), pieces...)
}

// headerMulti is a, b = f() in a for clause: the call sets the shadows itself.
func (w *funcWriter) headerMulti(a *ast.AssignStmt) string {
	var into []string
	for _, l := range a.Lhs {
		o := w.headerVar(l, result{})
		switch {
		case o == nil:
			into = append(into, "")
		case w.split(o.obj) != nil:
			panic(cannot("several values in a for clause, one of them a struct"))
		default:
			into = append(into, w.shadowName(o.obj))
		}
	}
	w.into = into
	text, rs := w.multi(a.Rhs[0], nil, len(a.Lhs))
	if w.into != nil && rs[0].tracked() {
		panic(cannot("several values in a for clause"))
	}
	w.into = nil
	return w.splice(a.Pos(), a.End(), w.replace(a.Rhs[0], text))
}

// headerOp is x op= e in a post statement.
func (w *funcWriter) headerOp(a *ast.AssignStmt) string {
	r := w.eval(a.Rhs[0])
	o := w.headerVar(a.Lhs[0], r)
	if o == nil || !r.tracked() || w.untyped(a.Rhs[0]) || w.split(o.obj) != nil {
		return w.splice(a.Pos(), a.End(), w.replace(a.Rhs[0], r.text))
	}
	sh := w.shadowName(o.obj)
	op := strings.TrimSuffix(a.Tok.String(), "=")
	val := result{text: fmt.Sprintf("%s %s (%s)", o.id.Name, op, r.text), ops: merge([]operand{{ref: sh}}, r.ops)}
	for i := range val.ops {
		val.ops[i].val = ""
	}
	text := w.inPlace(sh, val, a.Rhs[0])
	return w.splice(a.Pos(), a.End(), piece{a.TokPos, a.TokPos + token.Pos(len(a.Tok.String())), "="}, w.replace(a.Rhs[0], text))
}
