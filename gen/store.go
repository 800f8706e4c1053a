package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// target writes the left side of an assignment: calls in it go to twins, but
// what it denotes is not loaded.
func (w *funcWriter) target(l ast.Expr) string {
	if _, whole := ast.Unparen(l).(*ast.Ident); !whole {
		if _, ok := w.splitPart(l); ok {
			p := w.part(l)
			if w.parts == nil {
				w.parts = map[ast.Expr]*leafPath{}
			}
			w.parts[ast.Unparen(l)] = p
			return w.splice(l.Pos(), l.End(), p.pieces...)
		}
	}
	if text, ok := w.keptTarget(l); ok {
		return text
	}
	switch x := ast.Unparen(l).(type) {
	case *ast.Ident:
		return w.text(l.Pos(), l.End())
	case *ast.SelectorExpr:
		if w.unit.TypesInfo.Selections[x] == nil {
			return w.text(l.Pos(), l.End())
		}
		return w.splice(l.Pos(), l.End(), w.replace(x.X, w.targetBase(x.X)))
	case *ast.IndexExpr:
		if !isMap(w.typeOf(x.X).Underlying()) {
			return w.splice(l.Pos(), l.End(), w.replace(x.X, w.targetBase(x.X)), w.replace(x.Index, w.expr(x.Index)))
		}
		text, ref := w.slotted(x.Index)
		if ref != "" {
			if w.keys == nil {
				w.keys = map[ast.Expr]string{}
			}
			w.keys[ast.Unparen(l)] = ref
		}
		return w.splice(l.Pos(), l.End(), w.replace(x.X, w.targetBase(x.X)), w.replace(x.Index, text))
	case *ast.StarExpr:
		return w.splice(l.Pos(), l.End(), w.replace(x.X, w.expr(x.X)))
	}
	return w.text(l.Pos(), l.End())
}

func (w *funcWriter) targetBase(e ast.Expr) string {
	if valueRoot(w.unit.TypesInfo, e) != nil {
		return w.target(e)
	}
	if w.simplePath(e) {
		return w.text(e.Pos(), e.End())
	}
	return w.expr(e)
}

// store notes what an assignment to l did. The value is r; e is its source.
func (w *funcWriter) store(l ast.Expr, r result, e ast.Node) []string {
	l = ast.Unparen(l)
	if id, ok := l.(*ast.Ident); ok {
		if id.Name == "_" {
			return nil
		}
		o := w.obj(id)
		sh := w.shadowName(o)
		if w.unit.TypesInfo.Defs[id] != nil {
			sh = w.declare(o)
		}
		if sh != "" {
			set := w.nodeOr(id, r, e)
			if w.vars[o].addr {
				return []string{set, fmt.Sprintf("%s.St(%s, &%s, %s, 0)", rt, tapeName, id.Name, sh)}
			}
			return []string{set}
		}
		if w.vars[o] != nil {
			return nil
		}
	}
	p := w.parts[l]
	if _, ok := w.leafOf(l); p == nil && ok {
		p = w.part(l)
	}
	if _, whole := l.(*ast.Ident); p != nil && !whole {
		return w.storePart(p, l, r, e)
	}
	if k, ok := w.kept[l]; ok {
		val := w.slot()
		return []string{w.record(val, r, siteInfo{node: e, name: oneLine(w.text(l.Pos(), l.End())), typ: w.typeOf(l)}, "struct{}{}"),
			fmt.Sprintf("%s.StPart(%s, &%s, %s, %s, %s, %s)", rt, tapeName, k.it, k.index, pathText(k.path), val, w.contRef(k.base))}
	}
	_, plain := l.(*ast.Ident)
	if !plain && (!w.simplePath(l) || strings.Contains(w.text(l.Pos(), l.End()), "\n")) {
		if x, ok := l.(*ast.IndexExpr); ok && isMap(w.typeOf(x.X).Underlying()) {
			return w.storedSomewhere(x, r, e)
		}
		if r.tracked() {
			w.degrade(l, "stored through an expression that cannot be evaluated twice")
		}
		return nil
	}
	text := w.text(l.Pos(), l.End())
	val := w.slot()
	site := siteInfo{node: e, name: text, typ: w.typeOf(l)}
	switch x := l.(type) {
	case *ast.IndexExpr:
		if m, isMap := w.typeOf(x.X).Underlying().(*types.Map); isMap {
			if !w.keyed(m) {
				return []string{w.record(val, r, site, text), w.changedMap(x, val)}
			}
			key := w.keys[l]
			if key == "" {
				key = "0"
			}
			return []string{w.record(val, r, site, text), fmt.Sprintf("%s.M(%s).St(%s, %s, %s, %s, %s)", rt,
				w.text(x.X.Pos(), x.X.End()), tapeName, w.text(x.Index.Pos(), x.Index.End()), val, w.contRef(x.X), key)}
		}
	}
	if w.inMemory(l) {
		cont := "0"
		switch x := l.(type) {
		case *ast.IndexExpr:
			cont = w.contRef(x.X)
		case *ast.SelectorExpr:
			cont = w.contRef(x.X)
		case *ast.StarExpr:
			cont = w.contRef(x.X)
		}
		return []string{w.record(val, r, site, text), fmt.Sprintf("%s.St(%s, &%s, %s, %s)", rt, tapeName, text, val, cont)}
	}
	// A part of a local struct or array: its variable depends on the new
	// part too.
	id := valueRoot(w.unit.TypesInfo, l)
	if id == nil {
		return nil
	}
	sh := w.shadow(w.obj(id))
	if sh == "" {
		return nil
	}
	parts := result{ops: merge([]operand{{ref: sh}}, r.ops)}
	for i := range parts.ops {
		parts.ops[i].val = ""
	}
	return []string{w.record(sh, parts, siteInfo{node: e, src: text + " = " + w.text(e.Pos(), e.End()), name: id.Name, typ: w.obj(id).Type(), degraded: "a struct or array is one value"}, id.Name)}
}

// storedSomewhere notes that some element of a map got the value r, where its key
// cannot be evaluated twice: any element may be the one.
func (w *funcWriter) storedSomewhere(x *ast.IndexExpr, r result, e ast.Node) []string {
	if !r.tracked() {
		return nil
	}
	if text := w.text(x.X.Pos(), x.X.End()); !w.simplePath(x.X) || strings.Contains(text, "\n") {
		w.degrade(x, "stored through an expression that cannot be evaluated twice")
		return nil
	}
	val := w.slot()
	site := siteInfo{node: e, name: oneLine(w.text(x.Pos(), x.End())), typ: w.typeOf(x), degraded: "which element got it is not known"}
	return []string{w.record(val, r, site, "struct{}{}"), w.changedMap(x, val)}
}

// contRef is the shadow of a container: of the variable, or the leaf of one,
// from which a path leads there.
func (w *funcWriter) contRef(e ast.Expr) string {
	if ref, ok := w.leafOf(e); ok {
		return ref
	}
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		if sh := w.shadow(w.obj(id)); sh != "" {
			return sh
		}
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		if w.unit.TypesInfo.Selections[x] != nil {
			return w.contRef(x.X)
		}
	case *ast.IndexExpr:
		return w.contRef(x.X)
	case *ast.SliceExpr:
		return w.contRef(x.X)
	case *ast.StarExpr:
		return w.contRef(x.X)
	}
	return "0"
}

// simplePathAfter reports whether l still denotes what was assigned once the
// statement is over.
func (w *funcWriter) simplePathAfter(l ast.Expr) bool {
	if _, ok := ast.Unparen(l).(*ast.Ident); ok {
		return true
	}
	return w.simplePath(l) && !strings.Contains(w.text(l.Pos(), l.End()), "\n")
}
