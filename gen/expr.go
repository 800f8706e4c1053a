package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/opto-go/trace/gen/directive"
)

// expr writes an expression whose value is not followed; what it calls is.
func (w *funcWriter) expr(e ast.Expr) string {
	if e == nil {
		return ""
	}
	if w.declaredFunc(e) != nil {
		return w.text(e.Pos(), e.End())
	}
	switch x := e.(type) {
	case *ast.ParenExpr:
		return w.splice(e.Pos(), e.End(), w.replace(x.X, w.expr(x.X)))
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			return w.splice(e.Pos(), e.End(), w.replace(x.X, w.expr(x.X)))
		}
	case *ast.BinaryExpr:
		if x.Op == token.LAND || x.Op == token.LOR {
			l := w.expr(x.X)
			mark := w.serial
			w.maybe++
			r := w.expr(x.Y)
			w.maybe--
			w.resetSlots(mark)
			return w.splice(e.Pos(), e.End(), w.replace(x.X, l), w.replace(x.Y, r))
		}
	}
	return w.eval(e).text
}

// replace gives the piece for an expression inside a larger one.
func (w *funcWriter) replace(e ast.Expr, text string) piece { return piece{e.Pos(), e.End(), text} }

// eval writes an expression and tells what its value depends on.
func (w *funcWriter) eval(e ast.Expr) result {
	if w.later {
		// Only the call of a go or defer statement runs later; what it is
		// given is evaluated now.
		w.later = false
		defer func() { w.later = true }()
	}
	if w.constant(e) {
		return w.constExpr(e)
	}
	if id := w.declaredFunc(e); id != nil {
		return w.withReads(e, result{text: w.text(e.Pos(), e.End())}, w.reads(w.unit.TypesInfo, id))
	}
	switch e := e.(type) {
	case *ast.Ident:
		return w.ident(e)
	case *ast.ParenExpr:
		return w.wrapped(e, e.X)
	case *ast.BinaryExpr:
		return w.binary(e)
	case *ast.UnaryExpr:
		return w.unary(e)
	case *ast.StarExpr:
		text, cont := w.container(e.X)
		out := w.slot()
		return w.loaded(out, w.splice(e.Pos(), e.End(),
			piece{e.Star, e.Star + 1, fmt.Sprintf("(*%s.At(%s, &%s, %s, %s, ", rt, tapeName, out, w.loadSite(e), cont)},
			w.replace(e.X, text), piece{e.End(), e.End(), "))"}), e)
	case *ast.SelectorExpr:
		return w.selector(e)
	case *ast.IndexExpr:
		return w.index(e)
	case *ast.SliceExpr:
		return w.sliceExpr(e)
	case *ast.TypeAssertExpr:
		return w.wrapped(e, e.X)
	case *ast.CompositeLit:
		return w.composite(e)
	case *ast.FuncLit:
		return w.closure(e)
	case *ast.CallExpr:
		return w.call(e)
	}
	return result{text: w.text(e.Pos(), e.End())}
}

// wrapped writes an expression that has the value of the one in it.
func (w *funcWriter) wrapped(e, inner ast.Expr) result {
	r := w.eval(inner)
	r.text = w.splice(e.Pos(), e.End(), w.replace(inner, r.text))
	return r
}

func (w *funcWriter) ident(id *ast.Ident) result {
	text := id.Name
	v, ok := w.obj(id).(*types.Var)
	if !ok || id.Name == "_" {
		return result{text: text}
	}
	if w.split(v) != nil && w.shadowName(v) != "" {
		return w.loadPart(id)
	}
	if sh := w.shadow(v); sh != "" {
		if info := w.vars[v]; info.addr {
			// Stores through its address go to a cell.
			out := w.slot()
			return result{text: fmt.Sprintf("(*%s.AtVar(%s, &%s, %s, &%s, &%s))", rt, tapeName, out, w.loadSite(id), sh, text), ref: out,
				ops: []operand{{ref: out}}}
		}
		return result{text: text, ref: sh, ops: []operand{{ref: sh, val: text, src: text, typ: v.Type(), node: id, set: !w.shared(v), root: v}}}
	}
	if v.Parent() != nil && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
		return w.packageVar(id, v, text)
	}
	return result{text: text}
}

// packageVar is a load of a package variable.
func (w *funcWriter) packageVar(e ast.Expr, v *types.Var, text string) result {
	out := w.slot()
	if t := w.node(v); t != nil || w.prog.Config.All && strings.HasSuffix(w.prog.Fset.PositionFor(v.Pos(), false).Filename, "_test.go") {
		s := siteInfo{node: e, name: v.Name(), typ: v.Type(), deep: true}
		if t != nil && t.Trainable {
			s.id, s.decl = t.ID, v.Pos()
		}
		return result{text: fmt.Sprintf("(*%s.Var(%s, &%s, %s, &%s))", rt, tapeName, out, w.site(s), text), ref: out, ops: []operand{{ref: out}}}
	}
	if !w.ours(v.Pkg()) {
		return result{text: text}
	}
	return result{text: fmt.Sprintf("(*%s.At(%s, &%s, %s, nil, &%s))", rt, tapeName, out, w.loadSite(e), text), ref: out,
		ops: []operand{{ref: out, val: text, src: text, typ: v.Type(), node: e, root: v}}}
}

// ours reports whether a package is one that is loaded from source.
func (w *funcWriter) ours(p *types.Package) bool {
	if p == w.unit.Types {
		return true
	}
	for _, u := range w.units {
		if u.path == p.Path() {
			return true
		}
	}
	return false
}

func (w *funcWriter) binary(e *ast.BinaryExpr) result {
	x := w.eval(e.X)
	var y result
	if e.Op == token.LAND || e.Op == token.LOR {
		mark := w.serial
		w.maybe++
		y = w.eval(e.Y)
		if t := w.typeOf(e.Y); len(y.ops) > 0 && w.canPrefix() && (t == types.Typ[types.Bool] || t == types.Typ[types.UntypedBool]) {
			// Only if it runs does the value depend on it.
			ran := w.slot()
			text := w.inPlace(ran, y, e.Y)
			y = result{text: text, ref: ran, ops: []operand{{ref: ran}}}
		}
		w.maybe--
		w.resetSlots(mark)
	} else {
		y = w.eval(e.Y)
	}
	return result{
		text: w.splice(e.Pos(), e.End(), w.replace(e.X, x.text), w.replace(e.Y, y.text)),
		ops:  merge(x.ops, y.ops),
	}
}

// resetSlots empties, before the statement, the slots made since mark: the
// right side of && and || may not run, and must not leave an earlier node.
func (w *funcWriter) resetSlots(mark int) {
	if !w.canPrefix() {
		return
	}
	var slots []string
	for _, s := range w.frame.refs {
		if n, ok := slotNumber(s); ok && n > mark {
			slots = append(slots, s)
		}
	}
	for _, s := range slots {
		w.before(s + " = 0")
	}
}

func (w *funcWriter) unary(e *ast.UnaryExpr) result {
	switch e.Op {
	case token.AND:
		return w.address(e)
	case token.ARROW:
		text, ch := w.receive(e)
		out := w.slot()
		return result{text: fmt.Sprintf("%s.Recv(%s, &%s, %s, &%s, %s)", rt, tapeName, out, w.site(siteInfo{node: e, typ: w.typeOf(e)}), ch, text),
			ref: out, ops: []operand{{ref: out}}}
	}
	r := w.eval(e.X)
	return result{text: w.splice(e.Pos(), e.End(), w.replace(e.X, r.text)), ops: r.ops}
}

// loadSite describes a load that becomes a node of its own when only its
// container is known.
func (w *funcWriter) loadSite(e ast.Expr) string {
	return w.site(siteInfo{node: e, typ: w.typeOf(e)})
}

// loaded is the result of a load that was wrapped in place.
func (w *funcWriter) loaded(out, text string, e ast.Expr) result {
	o := operand{ref: out}
	if w.readableAgain(e) {
		// The value is read again only for its description, where nothing
		// was known about it.
		o.val, o.src, o.typ, o.node = w.text(e.Pos(), e.End()), w.text(e.Pos(), e.End()), w.typeOf(e), e
		if id := rootIdent(e); id != nil {
			o.root = w.obj(id)
		}
	}
	return result{text: text, ref: out, ops: []operand{o}}
}

func (w *funcWriter) selector(e *ast.SelectorExpr) result {
	sel := w.unit.TypesInfo.Selections[e]
	if sel == nil { // pkg.Name
		if v, ok := w.obj(e.Sel).(*types.Var); ok && !v.IsField() {
			return w.packageVar(e, v, w.text(e.Pos(), e.End()))
		}
		return result{text: w.text(e.Pos(), e.End())}
	}
	if sel.Kind() != types.FieldVal {
		if sel.Kind() == types.MethodExpr {
			return result{text: w.text(e.Pos(), e.End())}
		}
		r, ok := w.methodValue(e, sel)
		if !ok {
			x := w.receiver(e.X, sel)
			r = result{text: w.splice(e.Pos(), e.End(), w.replace(e.X, x.text)), ops: x.ops}
		}
		return w.withReads(e, r, w.reads(w.unit.TypesInfo, e.Sel))
	}
	t := w.node(sel.Obj())
	if _, ok := w.splitPart(e); ok && t == nil {
		return w.loadPart(e)
	}
	if w.inMemory(e) {
		out := w.slot()
		if t != nil {
			r := w.place(e.X)
			s := siteInfo{node: e, name: sel.Obj().Name(), typ: sel.Type(), deep: true}
			if t.Trainable {
				s.id, s.decl = t.ID, sel.Obj().Pos()
			}
			return result{text: fmt.Sprintf("(*%s.Var(%s, &%s, %s, &%s))", rt, tapeName, out, w.site(s),
				w.splice(e.Pos(), e.End(), w.replace(e.X, r.text))), ref: out, ops: []operand{{ref: out}}}
		}
		text, cont, also := w.memoryBase(e.X, sel)
		r := w.loaded(out, fmt.Sprintf("(*%s.At(%s, &%s, %s, %s, &%s))", rt, tapeName, out, w.loadSite(e), cont,
			w.splice(e.Pos(), e.End(), w.replace(e.X, text))), e)
		if len(also) > 0 {
			r.ref, r.ops = "", merge(r.ops, also)
		}
		return r
	}
	if t != nil {
		return w.nodeField(e, sel, t)
	}
	r := w.eval(e.X)
	text := w.splice(e.Pos(), e.End(), w.replace(e.X, r.text))
	path, pointer := direct(sel)
	if len(r.ops) == 0 || pointer {
		return result{text: text, ops: r.ops}
	}
	if r.ref == "" {
		x, ref := w.slottedResult(e.X, r)
		r.ref, text = ref, w.splice(e.Pos(), e.End(), w.replace(e.X, x))
	}
	out := w.slot()
	return w.loaded(out, fmt.Sprintf("%s.Part(%s, &%s, %s, &%s, %s, %s)", rt, tapeName, out, w.loadSite(e), r.ref, pathText(path), text), e)
}

// nodeField is a //trace:node field of a struct that is no place in memory.
func (w *funcWriter) nodeField(e *ast.SelectorExpr, sel *types.Selection, t *directive.Target) result {
	out := w.slot()
	s := siteInfo{node: e, name: sel.Obj().Name(), typ: sel.Type(), deep: true}
	fn := "Value"
	if t.Trainable {
		s.id, s.decl, fn = t.ID, sel.Obj().Pos(), "Const"
	}
	var text, known string
	if p, ok := w.splitPart(e); ok && p == leafShape {
		lp := w.part(e)
		text, known = w.splice(e.Pos(), e.End(), lp.pieces...), lp.leaf()
		if lp.at != "" {
			known = ""
		}
	} else {
		text = w.splice(e.Pos(), e.End(), w.replace(e.X, w.expr(e.X)))
	}
	if known != "" {
		return result{text: fmt.Sprintf("%s.Known(%s, &%s, %s, &%s, %s)", rt, tapeName, out, w.site(s), known, text), ref: out, ops: []operand{{ref: out}}}
	}
	return result{text: fmt.Sprintf("%s.%s(%s, &%s, %s, %s)", rt, fn, tapeName, out, w.site(s), text), ref: out, ops: []operand{{ref: out}}}
}
