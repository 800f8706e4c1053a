package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// opAssign is x op= e, or x++ if e is nil.
func (w *funcWriter) opAssign(s ast.Stmt, l, e ast.Expr) (string, []string) {
	var r result
	if e != nil {
		r = w.eval(e)
	}
	// What e calls may change l, and does so before it is read.
	calls := e != nil && w.hasCalls(&ast.ExprStmt{X: e})
	rhs := func() []piece {
		if e == nil {
			return nil
		}
		return []piece{w.replace(e, r.text)}
	}
	if id, ok := ast.Unparen(l).(*ast.Ident); ok && w.vars[w.obj(id)] != nil {
		sh := w.shadow(w.obj(id))
		if sh == "" {
			return w.splice(s.Pos(), s.End(), rhs()...), nil
		}
		if w.vars[w.obj(id)].addr {
			out := w.slot()
			look := fmt.Sprintf("%s.At(%s, &%s, %s, &%s, &%s)", rt, tapeName, out, w.loadSite(l), sh, id.Name)
			if calls {
				r.text = fmt.Sprintf("%s.After(%s, %s.Seen(%s))", rt, r.text, rt, look)
			} else {
				w.before(look)
			}
			text := w.splice(s.Pos(), s.End(), rhs()...)
			val := result{ops: merge([]operand{{ref: out}}, r.ops)}
			return text, []string{w.record(sh, val, siteInfo{node: s, name: id.Name, typ: w.typeOf(l)}, id.Name),
				fmt.Sprintf("%s.St(%s, &%s, %s, 0)", rt, tapeName, id.Name, sh)}
		}
		o := operand{ref: sh, val: id.Name, src: id.Name, typ: w.typeOf(id), node: id, set: !w.shared(w.obj(id)), root: w.obj(id)}
		val := result{ops: merge([]operand{o}, r.ops)}
		w.inputsBefore(val.ops)
		return w.splice(s.Pos(), s.End(), rhs()...), []string{w.record(sh, val, siteInfo{node: s, name: id.Name, typ: w.typeOf(l)}, id.Name)}
	}
	if _, ok := w.splitPart(l); ok {
		return w.opAssignPart(s, l, e, r)
	}
	if x, ok := ast.Unparen(l).(*ast.IndexExpr); ok {
		if m, isMap := w.typeOf(x.X).Underlying().(*types.Map); isMap {
			text := w.splice(s.Pos(), s.End(), append(rhs(), w.replace(l, w.target(l)))...)
			if !w.simplePath(l) || !w.canPrefix() || strings.Contains(w.text(l.Pos(), l.End()), "\n") {
				ops := r.ops
				if ref := w.keys[ast.Unparen(l)]; ref != "" {
					ops = merge(ops, []operand{{ref: ref}})
				}
				return text, w.storedSomewhere(x, result{ops: ops}, s)
			}
			if c := w.contRef(x.X); !w.keyed(m) {
				if c != "0" {
					r.ops = merge([]operand{{ref: c}}, r.ops)
				}
				return text, w.store(l, result{ops: r.ops}, s)
			}
			out := w.slot()
			k := w.text(x.Index.Pos(), x.Index.End())
			kref := "nil"
			if id, ok := ast.Unparen(x.Index).(*ast.Ident); ok && w.shadow(w.obj(id)) != "" {
				kref = "&" + w.shadow(w.obj(id))
			}
			cont := "nil"
			if c := w.contRef(x.X); c != "0" {
				cont = "&" + c
			}
			look := fmt.Sprintf("%s.M(%s).At(%s, &%s, %s, %s, %s, %s)", rt, w.text(x.X.Pos(), x.X.End()), tapeName, out, w.loadSite(l), cont, kref, k)
			if calls {
				r.text = fmt.Sprintf("%s.After(%s, %s.Seen(%s))", rt, r.text, rt, look)
				text = w.splice(s.Pos(), s.End(), append(rhs(), w.replace(l, w.target(l)))...)
			} else {
				w.before(look)
			}
			val := result{ops: merge([]operand{{ref: out}}, r.ops)}
			if ref := w.keys[ast.Unparen(l)]; ref != "" && kref == "nil" {
				val.ops = merge(val.ops, []operand{{ref: ref}}) // what the statement computed as the key
			}
			return text, w.store(l, val, s)
		}
	}
	if w.inMemory(l) {
		// The load stays in place: *At(&x.f) op= e.
		load := w.eval(l)
		val := result{ops: merge(load.ops, r.ops)}
		for i := range val.ops {
			if val.ops[i].ref == load.ref {
				val.ops[i].val = ""
			}
		}
		if calls || !w.simplePath(l) || strings.Contains(w.text(l.Pos(), l.End()), "\n") {
			if inner, ok := strings.CutPrefix(load.text, "(*"); ok {
				// It cannot be named again: its address is kept.
				it, out := w.fresh("it"), w.slot()
				w.frame.iters = append(w.frame.iters, it)
				if calls && load.ref != "" {
					r.text = fmt.Sprintf("%s.After(%s, %s.Again(%s, &%s, &%s))", rt, r.text, rt, tapeName, load.ref, it)
				}
				text := fmt.Sprintf("(*%s.Target(&%s, %s)", rt, it, inner)
				return w.splice(s.Pos(), s.End(), append(rhs(), w.replace(l, text))...), []string{
					w.record(out, val, siteInfo{node: s, name: oneLine(w.text(l.Pos(), l.End())), typ: w.typeOf(l)}, "struct{}{}"),
					fmt.Sprintf("%s.StTarget(%s, &%s, %s)", rt, tapeName, it, out)}
			}
		}
		return w.splice(s.Pos(), s.End(), append(rhs(), w.replace(l, load.text))...), w.store(l, val, s)
	}
	return w.splice(s.Pos(), s.End(), append(rhs(), w.replace(l, w.target(l)))...), w.store(l, r, s)
}
