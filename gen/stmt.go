package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// list writes the statements between two positions of a block.
// The extents of head run with its first statement.
func (w *funcWriter) list(stmts []ast.Stmt, from, to token.Pos, head ...extent) string {
	marks := w.blocks(stmts, from, head...)
	pieces := make([]piece, 0, len(stmts)+len(marks))
	if m, ok := marks[-1]; ok {
		pieces = append(pieces, piece{from, from, " " + w.ranOnce(m)})
	}
	for i, s := range stmts {
		if m, ok := marks[i]; ok {
			pieces = append(pieces, piece{s.Pos(), s.Pos(), w.ranOnce(m)})
		}
		pieces = append(pieces, piece{s.Pos(), s.End(), w.listed(s)})
	}
	return w.splice(from, to, pieces...)
}

// listed writes a statement of a list, with what goes before and after it.
func (w *funcWriter) listed(s ast.Stmt) string {
	old := w.stmt
	w.stmt = &stmtContext{calls: w.hasCalls(s)}
	w.stmt.assign, w.stmt.rebound, w.stmt.targets = w.assignedIn(s)
	text, after := w.statement(s)
	pre := w.stmt.pre
	w.stmt = old
	size := len(text)
	for _, s := range pre {
		size += len(s) + 2
	}
	for _, s := range after {
		size += len(s) + 2
	}
	if size == len(text) {
		return text
	}
	var b strings.Builder
	b.Grow(size)
	for _, p := range pre {
		b.WriteString(p)
		b.WriteString("; ")
	}
	b.WriteString(text)
	for _, a := range after {
		if a != "" {
			b.WriteString("; ")
			b.WriteString(a)
		}
	}
	return b.String()
}

// assignedIn lists the variables whose value, or part of it, a simple
// statement assigns, those that it assigns whole, and what it assigns.
func (w *funcWriter) assignedIn(s ast.Stmt) (assigned, rebound map[types.Object]bool, targets []ast.Expr) {
	note := func(o types.Object, whole bool) {
		if assigned == nil {
			assigned = map[types.Object]bool{}
		}
		assigned[o] = true
		if whole {
			if rebound == nil {
				rebound = map[types.Object]bool{}
			}
			rebound[o] = true
		}
	}
	add := func(e ast.Expr) {
		id := rootIdent(e)
		if id == nil {
			return
		}
		o := w.unit.TypesInfo.Uses[id]
		if o == nil {
			return
		}
		_, whole := ast.Unparen(e).(*ast.Ident)
		note(o, whole)
	}
	switch s := s.(type) {
	case *ast.AssignStmt:
		targets = s.Lhs
	case *ast.IncDecStmt:
		targets = []ast.Expr{s.X}
	}
	for _, l := range targets {
		add(l)
	}
	// A variable that the statement hides, as x := x + 1 does in an inner
	// block, is as good as changed: its name means another one afterwards.
	for name := range definedIn(w.unit.TypesInfo, s) {
		ast.Inspect(s, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name == name {
				if o := w.unit.TypesInfo.Uses[id]; o != nil {
					note(o, true)
				}
			}
			_, block := n.(*ast.BlockStmt)
			return !block
		})
	}
	return assigned, rebound, targets
}

// definedIn lists the names that a statement defines.
func definedIn(info *types.Info, s ast.Stmt) map[string]bool {
	var names map[string]bool
	add := func(e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok && info.Defs[id] != nil {
			if names == nil {
				names = map[string]bool{}
			}
			names[id.Name] = true
		}
	}
	switch s := s.(type) {
	case *ast.AssignStmt:
		for _, l := range s.Lhs {
			add(l)
		}
	case *ast.RangeStmt:
		add(s.Key)
		add(s.Value)
	case *ast.DeclStmt:
		if gd, ok := s.Decl.(*ast.GenDecl); ok {
			for _, spec := range gd.Specs {
				if vs, ok := spec.(*ast.ValueSpec); ok {
					for _, id := range vs.Names {
						add(id)
					}
				}
			}
		}
	}
	return names
}

// hasCalls reports whether a simple statement calls anything that could
// change variables.
func (w *funcWriter) hasCalls(s ast.Stmt) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			return false
		case *ast.CallExpr:
			if tv := w.unit.TypesInfo.Types[n.Fun]; !tv.IsType() && !tv.IsBuiltin() {
				found = true
			}
		}
		return !found
	})
	return found
}

// statement writes one statement and what to do after it.
func (w *funcWriter) statement(s ast.Stmt) (text string, after []string) {
	if l, labeled := s.(*ast.LabeledStmt); !labeled && w.skips[s] != nil {
		return w.skipped(s, w.skips[s])
	} else if labeled {
		return w.labeled(l)
	}
	switch s := s.(type) {
	case *ast.BlockStmt:
		return w.block(s), nil
	case *ast.ExprStmt:
		return w.exprStmt(s)
	case *ast.AssignStmt:
		return w.assignment(s)
	case *ast.IncDecStmt:
		return w.incDec(s)
	case *ast.DeclStmt:
		return w.declStmt(s)
	case *ast.ReturnStmt:
		return w.returnStmt(s), nil
	case *ast.IfStmt:
		return unmark(w.ifStmt(s, false)), nil
	case *ast.ForStmt:
		return w.forStmt(s), nil
	case *ast.RangeStmt:
		return w.rangeStmt(s), nil
	case *ast.SwitchStmt:
		return unmark(w.switchStmt(s)), nil
	case *ast.TypeSwitchStmt:
		return unmark(w.typeSwitch(s)), nil
	case *ast.SelectStmt:
		return w.selectStmt(s), nil
	case *ast.SendStmt:
		text, _ := w.sendStmt(s)
		return text, nil
	case *ast.GoStmt:
		return w.splice(s.Pos(), s.End(), w.replace(s.Call, w.laterCall(s.Call))), nil
	case *ast.DeferStmt:
		return w.splice(s.Pos(), s.End(), w.replace(s.Call, w.laterCall(s.Call))), nil
	case *ast.BranchStmt:
		return w.gotoMark(s) + w.branch(s), nil
	case *ast.EmptyStmt:
		return w.text(s.Pos(), s.End()), nil
	}
	return w.verbatim(s)
}

// verbatim copies a statement that is not followed; what it assigns is
// unknown afterwards.
func (w *funcWriter) verbatim(s ast.Stmt) (string, []string) {
	var after []string
	seen := map[string]bool{}
	forget := func(e ast.Expr) {
		if e == nil {
			return
		}
		if id := rootIdent(e); id != nil {
			if sh := w.shadowName(w.obj(id)); sh != "" && !seen[sh] {
				seen[sh] = true
				after = append(after, w.put(w.obj(id), "0"))
			}
		}
	}
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				forget(l)
			}
		case *ast.IncDecStmt:
			forget(n.X)
		case *ast.RangeStmt:
			forget(n.Key)
			forget(n.Value)
		}
		return true
	})
	return w.splice(s.Pos(), s.End(), append(w.verbatimMarks(s, nil), w.aliases(s)...)...), after
}

func (w *funcWriter) block(b *ast.BlockStmt, head ...extent) string {
	return "{" + w.list(b.List, b.Lbrace+1, b.Rbrace, head...) + "}"
}

// exprStmt is a call (or receive) for its effect.
func (w *funcWriter) exprStmt(s *ast.ExprStmt) (string, []string) {
	c, ok := ast.Unparen(s.X).(*ast.CallExpr)
	if !ok {
		return w.splice(s.Pos(), s.End(), w.replace(s.X, w.expr(s.X))), nil
	}
	if w.endsProcess(c) {
		w.before(rt + ".Sync()")
	}
	if text, _, ok := w.followedCall(c, resultCount(w.typeOf(c)), nil); ok {
		return w.splice(s.Pos(), s.End(), w.replace(c, text)), nil
	}
	r := w.checked(c, w.opaqueCall(c))
	return w.splice(s.Pos(), s.End(), w.replace(c, r.text)), append(w.watched(c, r), w.weakUpdates(c, r.ops)...)
}

// incDec is x++: the value changes, what it depends on does not.
func (w *funcWriter) incDec(s *ast.IncDecStmt) (string, []string) {
	if id, ok := ast.Unparen(s.X).(*ast.Ident); ok {
		if v := w.vars[w.obj(id)]; v != nil && !v.addr {
			sh := w.shadow(w.obj(id))
			if sh == "" {
				return w.text(s.Pos(), s.End()), nil
			}
			r := result{ops: []operand{{ref: sh}}}
			return w.text(s.Pos(), s.End()), []string{w.record(sh, r, siteInfo{node: s, name: id.Name, typ: w.typeOf(id)}, id.Name)}
		}
	}
	return w.opAssign(s, s.X, nil)
}

// laterCall writes the call of a go or defer statement. It runs later, so its
// results go nowhere and its arguments get shadows of their own.
func (w *funcWriter) laterCall(c *ast.CallExpr) string {
	if lit, ok := ast.Unparen(c.Fun).(*ast.FuncLit); ok {
		return w.laterLit(c, lit)
	}
	w.later = true
	defer func() { w.later = false }()
	if f := w.static(w.unit.TypesInfo, c); f.twinned() && !w.multiArg(c) {
		if text, _, ok := w.twinCall(c, f, 0, nil); ok {
			return text
		}
	}
	return w.opaqueCall(c).text
}

// declStmt is var x, y T = e, f.
func (w *funcWriter) declStmt(s *ast.DeclStmt) (string, []string) {
	gd, ok := s.Decl.(*ast.GenDecl)
	if !ok || gd.Tok != token.VAR {
		return w.splice(s.Pos(), s.End(), w.aliases(s)...), nil
	}
	var pieces []piece
	var after []string
	for _, spec := range gd.Specs {
		vs := spec.(*ast.ValueSpec)
		switch {
		case len(vs.Values) == 0:
			for _, id := range vs.Names {
				if w.declare(w.obj(id)) != "" {
					after = append(after, w.nodeOr(id, result{}, id))
				}
			}
		case len(vs.Values) == len(vs.Names):
			var rs []result
			for _, v := range vs.Values {
				r := w.eval(v)
				rs = append(rs, r)
				pieces = append(pieces, w.replace(v, r.text))
			}
			for i, id := range vs.Names {
				if w.declare(w.obj(id)) != "" {
					after = append(after, w.nodeOr(id, rs[i], vs.Values[i]))
				}
			}
		default:
			text, rs := "", make([]result, len(vs.Names))
			if u := receiveExpr(vs.Values[0]); u != nil {
				got, ch := w.receive(u)
				first, find := w.took(vs.Names[0], ch, vs)
				after = append(after, find)
				text, rs[0] = w.splice(vs.Values[0].Pos(), vs.Values[0].End(), w.replace(u, got)), first
			} else {
				text, rs = w.multi(vs.Values[0], namesOf(identExprs(vs.Names)), len(vs.Names))
			}
			pieces = append(pieces, w.replace(vs.Values[0], text))
			for i, id := range vs.Names {
				if w.declare(w.obj(id)) != "" {
					after = append(after, w.nodeOr(id, rs[i], vs.Values[0]))
				}
			}
		}
	}
	return w.splice(s.Pos(), s.End(), pieces...), after
}

func identExprs(ids []*ast.Ident) []ast.Expr {
	var es []ast.Expr
	for _, id := range ids {
		es = append(es, id)
	}
	return es
}

// namesOf lists the variables that results are assigned to.
func namesOf(es []ast.Expr) []string {
	var names []string
	for _, e := range es {
		name := ""
		if id, ok := e.(*ast.Ident); ok && id.Name != "_" {
			name = id.Name
		}
		names = append(names, name)
	}
	return names
}

// nodeOr sets the shadow of a variable that was just defined; a //trace:node
// makes a node in any case.
func (w *funcWriter) nodeOr(id *ast.Ident, r result, e ast.Node) string {
	o := w.obj(id)
	s := siteInfo{node: e, name: id.Name, typ: o.Type(), deep: w.deepValue(e)}
	t := w.node(o)
	if t == nil || w.unit.TypesInfo.Defs[id] == nil {
		return w.putRecorded(o, r, s, id.Name)
	}
	if t.Trainable {
		s.id, s.decl = t.ID, o.Pos()
	}
	s.deep = true
	in := ""
	if r.tracked() {
		in = ", " + strings.Join(refsOf(r.ops), ", ")
	}
	return w.put(o, fmt.Sprintf("%s.Node(%s, %s, %s%s)", rt, tapeName, w.site(s), id.Name, in))
}

// deepValue reports whether the value of an expression was just made and
// refers to nothing else, so that looking inside it cannot race with anybody.
func (w *funcWriter) deepValue(n ast.Node) bool {
	e, ok := n.(ast.Expr)
	if !ok {
		return false
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		return pureCall(w.unit.TypesInfo, e) && isFlat(w.typeOf(e))
	case *ast.CompositeLit, *ast.SliceExpr:
		return isFlat(w.typeOf(e))
	}
	return false
}

// isFlat reports whether values of a type are whole in themselves: scalars,
// strings, and slices, arrays and structs of them.
func isFlat(t types.Type) bool { return flat(t, 0) }

func flat(t types.Type, depth int) bool {
	if depth > 8 { // a type that refers to itself, such as type T []T
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() != types.UnsafePointer
	case *types.Slice:
		return flat(u.Elem(), depth+1)
	case *types.Array:
		return flat(u.Elem(), depth+1)
	case *types.Struct:
		for i := 0; i < u.NumFields(); i++ {
			if !flat(u.Field(i).Type(), depth+1) {
				return false
			}
		}
		return true
	}
	return false
}
