package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
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

// opAssign is x op= e, or x++ if e is nil.
func (w *funcWriter) opAssign(s ast.Stmt, l, e ast.Expr) (string, []string) {
	var r result
	if e != nil {
		r = w.eval(e)
	}
	rhs := func() []piece {
		if e == nil {
			return nil
		}
		return []piece{w.replace(e, r.text)}
	}
	if id, ok := ast.Unparen(l).(*ast.Ident); ok && w.vars[w.obj(id)] != nil {
		sh := w.shadow(w.obj(id))
		text := w.splice(s.Pos(), s.End(), rhs()...)
		if sh == "" {
			return text, nil
		}
		if w.vars[w.obj(id)].addr {
			out := w.slot()
			w.before(fmt.Sprintf("%s.At(%s, &%s, %s, &%s, &%s)", rt, tapeName, out, w.loadSite(l), sh, id.Name))
			val := result{ops: merge([]operand{{ref: out}}, r.ops)}
			return text, []string{w.record(sh, val, siteInfo{node: s, name: id.Name, typ: w.typeOf(l)}, id.Name),
				fmt.Sprintf("%s.St(%s, &%s, %s, 0)", rt, tapeName, id.Name, sh)}
		}
		o := operand{ref: sh, val: id.Name, src: id.Name, typ: w.typeOf(id), node: id, set: !w.shared(w.obj(id)), root: w.obj(id)}
		val := result{ops: merge([]operand{o}, r.ops)}
		w.inputsBefore(val.ops)
		return text, []string{w.record(sh, val, siteInfo{node: s, name: id.Name, typ: w.typeOf(l)}, id.Name)}
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
			w.before(fmt.Sprintf("%s.M(%s).At(%s, &%s, %s, %s, %s, %s)", rt, w.text(x.X.Pos(), x.X.End()), tapeName, out, w.loadSite(l), cont, kref, k))
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
		if !w.simplePath(l) || strings.Contains(w.text(l.Pos(), l.End()), "\n") {
			if inner, ok := strings.CutPrefix(load.text, "(*"); ok {
				// It cannot be named again: its address is kept.
				it, out := w.fresh("it"), w.slot()
				w.frame.iters = append(w.frame.iters, it)
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

// simplePathAfter reports whether l still denotes what was assigned once the
// statement is over.
func (w *funcWriter) simplePathAfter(l ast.Expr) bool {
	if _, ok := ast.Unparen(l).(*ast.Ident); ok {
		return true
	}
	return w.simplePath(l) && !strings.Contains(w.text(l.Pos(), l.End()), "\n")
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

// returnStmt records the results, then returns.
func (w *funcWriter) returnStmt(s *ast.ReturnStmt) string {
	fr := w.frame
	if len(s.Results) == 0 {
		return w.text(s.Pos(), s.End())
	}
	if fr.results == nil { // a literal whose results are not followed
		var pieces []piece
		for _, e := range s.Results {
			pieces = append(pieces, w.replace(e, w.expr(e)))
		}
		return w.splice(s.Pos(), s.End(), pieces...)
	}
	n := len(fr.results)
	put := func(i int, ref string) string {
		if o := fr.resultObjs[i]; o != nil {
			return w.put(o, ref)
		}
		return fmt.Sprintf("%s.Put(%s, %s)", rt, fr.results[i], ref)
	}
	var rs []result
	var pieces []piece
	var changes []string // of a call with several results
	if len(s.Results) != n {
		text, multi := w.multi(s.Results[0], nil, n)
		rs = multi
		pieces = append(pieces, w.replace(s.Results[0], text))
		if c, ok := ast.Unparen(s.Results[0]).(*ast.CallExpr); ok && rs[0].ref == "" {
			changes = w.weakUpdates(c, rs[0].ops)
		}
	} else {
		for _, e := range s.Results {
			r := w.eval(e)
			rs = append(rs, r)
			pieces = append(pieces, w.replace(e, r.text))
		}
	}
	any := false
	for _, r := range rs {
		any = any || r.tracked()
	}
	if !any && !fr.named {
		return w.splice(s.Pos(), s.End(), pieces...)
	}
	if w.hiddenResult(s) {
		if len(s.Results) != n {
			panic(cannot("a result is hidden at a return statement"))
		}
		return w.returnInPlace(s, rs)
	}
	vars := strings.Join(fr.resultVars, ", ")
	var b strings.Builder
	// return e, f  →  { r0, r1 = e, f; …; return r0, r1 }
	first, last := s.Results[0], s.Results[len(s.Results)-1]
	b.WriteString("{ ")
	b.WriteString(w.splice(s.Pos(), last.End(), append(pieces, w.gap(s.Pos(), first.Pos(), vars+" = "))...))
	for _, e := range changes {
		b.WriteString("; " + e)
	}
	for i, e := range rs {
		node := ast.Node(last)
		if len(s.Results) == n {
			node = s.Results[i]
		}
		typ := w.resultType(i)
		switch {
		case e.ref != "":
			if p := put(i, e.ref); p != "" {
				b.WriteString("; " + p)
			}
		case e.tracked():
			tmp := w.slot()
			b.WriteString("; " + w.record(tmp, e, siteInfo{node: node, typ: typ, deep: w.deepValue(node)}, fr.resultVars[i]))
			if p := put(i, tmp); p != "" {
				b.WriteString("; " + p)
			}
		default:
			if p := put(i, "0"); p != "" {
				b.WriteString("; " + p)
			}
		}
	}
	b.WriteString("; return " + vars + " }")
	return b.String()
}

// hiddenResult reports whether another variable hides a named result.
func (w *funcWriter) hiddenResult(s *ast.ReturnStmt) bool {
	for _, o := range w.frame.resultObjs {
		if o == nil || o.Name() == "_" {
			continue
		}
		scope := w.unit.Types.Scope().Innermost(s.Pos())
		if scope == nil {
			return true
		}
		if _, found := scope.LookupParent(o.Name(), s.Pos()); found != o {
			return true
		}
	}
	return false
}

// returnInPlace records results without naming the result variables.
func (w *funcWriter) returnInPlace(s *ast.ReturnStmt, rs []result) string {
	var pieces []piece
	for i, e := range s.Results {
		text := rs[i].text
		if o := w.frame.resultObjs[i]; w.shadowName(o) != "" {
			w.before(w.put(o, "0"))
			if !w.untyped(e) {
				text = w.intoVar(o, rs[i], e)
			}
		}
		pieces = append(pieces, w.replace(e, text))
	}
	return w.splice(s.Pos(), s.End(), pieces...)
}

func (w *funcWriter) resultType(i int) types.Type {
	var sig *types.Signature
	if w.frame.lit != nil {
		sig, _ = w.typeOf(w.frame.lit).Underlying().(*types.Signature)
	} else {
		sig = w.fn.obj.Type().(*types.Signature)
	}
	if sig == nil || i >= sig.Results().Len() {
		return nil
	}
	return sig.Results().At(i).Type()
}
