package gen

import (
	"fmt"
	"go/ast"
	"go/token"
)

// assignment is x := e, x = e, x op= e and their parallel forms.
func (w *funcWriter) assignment(s *ast.AssignStmt) (string, []string) {
	switch {
	case s.Tok != token.DEFINE && s.Tok != token.ASSIGN:
		return w.opAssign(s, s.Lhs[0], s.Rhs[0])
	case len(s.Lhs) == 1 && len(s.Rhs) == 1:
		return w.assignOne(s)
	case len(s.Lhs) == len(s.Rhs):
		return w.assignParallel(s)
	}
	return w.assignMulti(s)
}

func (w *funcWriter) assignOne(s *ast.AssignStmt) (string, []string) {
	l, e := s.Lhs[0], s.Rhs[0]
	if text, after, ok := w.defineLit(s); ok {
		return text, after
	}
	lt := w.target(l)
	var r result
	if c, ok := ast.Unparen(e).(*ast.CallExpr); ok && !w.constant(e) {
		if text, outs, ok := w.followedCall(c, 1, namesOf(s.Lhs)); ok {
			r = result{text: w.splice(e.Pos(), e.End(), w.replace(c, text)), ref: outs[0], ops: []operand{{ref: outs[0]}}}
		} else {
			r = w.eval(e)
		}
	} else {
		r = w.eval(e)
	}
	w.inputsBefore(r.ops)
	after := w.store(l, r, s.Rhs[0])
	if c, ok := ast.Unparen(e).(*ast.CallExpr); ok && r.ref == "" {
		after = append(after, w.moreUpdates(c, r.ops)...)
	}
	return w.splice(s.Pos(), s.End(), w.replace(l, lt), w.replace(e, r.text)), after
}

// assignParallel is a, b = e, f: the new shadows are all computed before the
// first is set.
func (w *funcWriter) assignParallel(s *ast.AssignStmt) (string, []string) {
	var pieces []piece
	var rs []result
	for i, e := range s.Rhs {
		r := w.eval(e)
		rs = append(rs, r)
		pieces = append(pieces, w.replace(e, r.text), w.replace(s.Lhs[i], w.target(s.Lhs[i])))
		w.inputsBefore(r.ops)
	}
	var first, second []string
	for i, l := range s.Lhs {
		id, ok := ast.Unparen(l).(*ast.Ident)
		if ok && id.Name == "_" {
			continue
		}
		name, typ := w.text(l.Pos(), l.End()), w.typeOf(l)
		if !rs[i].tracked() {
			second = append(second, w.store(l, rs[i], s.Rhs[i])...)
			continue
		}
		val := name
		if !w.simplePathAfter(l) {
			val = "struct{}{}"
		}
		tmp := w.slot()
		first = append(first, w.record(tmp, rs[i], siteInfo{node: s.Rhs[i], name: name, typ: typ}, val))
		second = append(second, w.store(l, result{ref: tmp, ops: []operand{{ref: tmp}}}, s.Rhs[i])...)
	}
	return w.splice(s.Pos(), s.End(), pieces...), append(first, second...)
}

// assignMulti is a, b = f(), m[k], x.(T) or <-c.
func (w *funcWriter) assignMulti(s *ast.AssignStmt) (string, []string) {
	var after []string
	text, rs := "", make([]result, len(s.Lhs))
	if u := receiveExpr(s.Rhs[0]); u != nil {
		got, ch := w.receive(u)
		first, find := w.took(s.Lhs[0], ch, s)
		after = append(after, find)
		text, rs[0] = w.splice(s.Rhs[0].Pos(), s.Rhs[0].End(), w.replace(u, got)), first
	} else {
		text, rs = w.multi(s.Rhs[0], namesOf(s.Lhs), len(s.Lhs))
	}
	pieces := []piece{w.replace(s.Rhs[0], text)}
	for i, l := range s.Lhs {
		pieces = append(pieces, w.replace(l, w.target(l)))
		after = append(after, w.store(l, rs[i], s.Rhs[0])...)
	}
	if c, ok := ast.Unparen(s.Rhs[0]).(*ast.CallExpr); ok && len(rs) > 0 && rs[0].ref == "" {
		after = append(after, w.weakUpdates(c, rs[0].ops)...)
		if id, ok := ast.Unparen(s.Lhs[0]).(*ast.Ident); ok && id.Name != "_" {
			if in := w.handed(c, w.typeOf(id), w.stays); in != "" {
				after = append(after, fmt.Sprintf("%s.HoldAfter(%s, %s, %s)", rt, tapeName, id.Name, in))
			}
		}
	}
	return w.splice(s.Pos(), s.End(), pieces...), after
}

// multi writes an expression with n values.
func (w *funcWriter) multi(e ast.Expr, names []string, n int) (string, []result) {
	rs := make([]result, n)
	if c, ok := ast.Unparen(e).(*ast.CallExpr); ok {
		if text, outs, ok := w.followedCall(c, n, names); ok {
			for i := range rs {
				rs[i] = result{ref: outs[i], ops: []operand{{ref: outs[i]}}}
			}
			return w.splice(e.Pos(), e.End(), w.replace(c, text)), rs
		}
	}
	if u := receiveExpr(e); u != nil { // in a header; who receives it is not followed
		got, _ := w.receive(u)
		return w.splice(e.Pos(), e.End(), w.replace(u, got)), rs
	}
	r := w.eval(e)
	for i := range rs {
		rs[i] = result{ref: r.ref, ops: r.ops}
	}
	return r.text, rs
}
