package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// channel makes a variable that holds a channel of a statement.
func (w *funcWriter) channel() string {
	ch := w.fresh("ch")
	w.frame.chans = append(w.frame.chans, ch)
	return ch
}

func isChan(t types.Type) bool {
	_, ok := t.(*types.Chan)
	return ok
}

// receive writes <-c and names the variable that holds the channel.
func (w *funcWriter) receive(u *ast.UnaryExpr) (text, ch string) {
	ch = w.channel()
	return w.splice(u.Pos(), u.End(), w.replace(u.X, fmt.Sprintf("%s.Ch(&%s, %s)", rt, ch, w.expr(u.X)))), ch
}

// receiveExpr finds the receive operation that e is.
func receiveExpr(e ast.Expr) *ast.UnaryExpr {
	if u, ok := ast.Unparen(e).(*ast.UnaryExpr); ok && u.Op == token.ARROW {
		return u
	}
	return nil
}

// took writes what to do once a value was received into l: it gives the value
// of l, and the statement that finds it.
func (w *funcWriter) took(l ast.Expr, ch string, node ast.Node) (r result, stmt string) {
	text := w.text(l.Pos(), l.End())
	if id, ok := ast.Unparen(l).(*ast.Ident); ok && id.Name == "_" || !ok && (!w.simplePath(l) || strings.Contains(text, "\n")) {
		return result{}, fmt.Sprintf("%s.Dropped(%s, &%s)", rt, tapeName, ch)
	}
	out := w.slot()
	return result{ref: out, ops: []operand{{ref: out}}}, fmt.Sprintf("%s = %s.Received(%s, %s, &%s, %s)", out, rt, tapeName,
		w.site(siteInfo{node: node, name: text, typ: w.typeOf(l)}), ch, text)
}

// sendStmt is c <- v: the channel remembers the node before the value is out.
func (w *funcWriter) sendStmt(s *ast.SendStmt) (text, ch string) {
	ch = w.channel()
	elem := s.Chan
	c, isChan := w.typeOf(s.Chan).Underlying().(*types.Chan)
	v, ref := w.slotted(s.Value)
	to := w.expr(elem)
	ptr := "nil"
	if ref != "" {
		ptr = "&" + ref
	}
	switch {
	case !isChan || w.shapeOf(c.Elem()).leaves == 0:
		ch = ""
	case types.Identical(c.Elem(), w.typeOf(s.Value)) && !w.constant(s.Value):
		v = fmt.Sprintf("%s.Send(%s, &%s, %s, %s)", rt, tapeName, ch, ptr, v)
	case w.simplePath(s.Chan) && !strings.Contains(w.text(s.Chan.Pos(), s.Chan.End()), "\n"):
		v = fmt.Sprintf("%s.SendOn(%s).Send(%s, &%s, %s, %s)", rt, w.text(s.Chan.Pos(), s.Chan.End()), tapeName, ch, ptr, v)
	default:
		if ref != "" {
			w.degrade(s, "sent, converted, on a channel that cannot be evaluated twice")
		}
		ch = ""
	}
	if ch != "" {
		to = fmt.Sprintf("%s.Ch(&%s, %s)", rt, ch, to)
	}
	return w.splice(s.Pos(), s.End(), w.replace(s.Chan, to), w.replace(s.Value, v)), ch
}

func (w *funcWriter) selectStmt(s *ast.SelectStmt) string {
	var pieces []piece
	heads := make([]string, len(s.Body.List))
	var sent []string // the channel of each case that sends
	for i, c := range s.Body.List {
		cc := c.(*ast.CommClause)
		sent = append(sent, "")
		switch comm := cc.Comm.(type) {
		case *ast.SendStmt:
			text, ch := w.sendStmt(comm)
			pieces = append(pieces, piece{comm.Pos(), comm.End(), text})
			sent[i] = ch
		case *ast.AssignStmt:
			if u := receiveExpr(comm.Rhs[0]); u != nil {
				text, ch := w.receive(u)
				pieces = append(pieces, w.replace(u, text))
				heads[i] = w.received(comm, ch)
			}
		case *ast.ExprStmt:
			if u := receiveExpr(comm.X); u != nil {
				text, ch := w.receive(u)
				pieces = append(pieces, w.replace(u, text))
				heads[i] = fmt.Sprintf(" %s.Dropped(%s, &%s);", rt, tapeName, ch)
			}
		}
	}
	for i, c := range s.Body.List {
		cc := c.(*ast.CommClause)
		head := ""
		for k, ch := range sent {
			if k != i && ch != "" {
				head += fmt.Sprintf(" %s.Unsent(%s, &%s);", rt, tapeName, ch)
			}
		}
		pieces = append(pieces, w.clauseBody(cc, cc.Colon, cc.Body, head+heads[i]))
	}
	return w.splice(s.Pos(), s.End(), pieces...)
}

// received sets the shadows of v, ok = <-c at the head of a select case.
func (w *funcWriter) received(a *ast.AssignStmt, ch string) string {
	if a.Tok == token.DEFINE {
		for _, l := range a.Lhs {
			if id, ok := l.(*ast.Ident); ok && w.unit.TypesInfo.Defs[id] != nil {
				old := w.stmt
				w.stmt = &stmtContext{fixed: true, outer: old}
				w.declare(w.obj(id))
				w.stmt = old
			}
		}
	}
	var b strings.Builder
	r, find := w.took(a.Lhs[0], ch, a)
	b.WriteString(" " + find + ";")
	for i, l := range a.Lhs {
		if i > 0 {
			r = result{}
		}
		if _, plain := ast.Unparen(l).(*ast.Ident); !plain && !w.simplePath(l) {
			w.degrade(l, "received into an expression that cannot be evaluated twice")
			continue
		}
		for _, set := range w.store(l, r, a) {
			if set != "" {
				b.WriteString(" " + set + ";")
			}
		}
	}
	return b.String()
}
