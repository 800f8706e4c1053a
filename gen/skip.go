package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"sort"
	"strings"

	"github.com/opto-go/trace/gen/directive"
)

// A statement under //trace:skip stays as it is. What it assigns, or takes the
// address of, becomes one coarse node on the variables that it names: no value
// is followed through it, and none keeps a node that it no longer has. Calls in
// it are taken to change nothing else.

// skipped writes a statement that is not followed because a directive says so.
func (w *funcWriter) skipped(s ast.Stmt, t *directive.Target) (string, []string) {
	w.degrade(s, "//trace:skip: "+t.Reason)
	text := w.splice(s.Pos(), s.End(), append(w.verbatimMarks(s, nil), w.aliases(s)...)...)
	e := w.effects(s)
	site := siteInfo{node: s, src: w.text(s.Pos(), s.End()), degraded: "//trace:skip: " + t.Reason}
	if simple(s) {
		return text, w.skippedSimple(e, site)
	}
	return text, w.skippedBlock(s, e, site)
}

// effects is what a statement does to variables of the function.
type effects struct {
	targets []ast.Expr     // what it assigns
	changed []types.Object // the local variables among that
	inLit   map[types.Object]bool
	used    []*ast.Ident // the local variables that it names, once each
	returns bool         // it may return values
	ends    bool         // what follows it may be unreachable
}

func (w *funcWriter) effects(s ast.Stmt) *effects { return findEffects(w.unit.TypesInfo, s) }

func findEffects(info *types.Info, s ast.Stmt) *effects {
	e := &effects{inLit: map[types.Object]bool{}}
	changed, used := map[types.Object]bool{}, map[types.Object]bool{}
	lits := 0
	change := func(x ast.Expr) {
		if x == nil {
			return
		}
		e.targets = append(e.targets, x)
		id := rootIdent(x)
		if id == nil {
			return
		}
		o, ok := info.ObjectOf(id).(*types.Var)
		if !ok {
			return
		}
		if lits > 0 {
			e.inLit[o] = true
		}
		if !changed[o] {
			changed[o] = true
			e.changed = append(e.changed, o)
		}
	}
	// What is assigned, or holds what is, is not used.
	assigned := map[*ast.Ident]bool{}
	inspect(s, func(n ast.Node, depth int) {
		lits = depth
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				change(l)
				if id := rootIdent(l); id != nil && (n.Tok == token.ASSIGN || n.Tok == token.DEFINE) {
					assigned[id] = simple(s)
				}
			}
		case *ast.IncDecStmt:
			change(n.X)
		case *ast.RangeStmt:
			change(n.Key)
			change(n.Value)
		case *ast.ValueSpec:
			for _, id := range n.Names {
				change(id)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				if _, lit := ast.Unparen(n.X).(*ast.CompositeLit); !lit {
					change(n.X)
				}
			}
		case *ast.ReturnStmt:
			if lits == 0 {
				e.ends = true
				e.returns = e.returns || len(n.Results) > 0
			}
		case *ast.BranchStmt:
			e.ends = e.ends || n.Tok == token.GOTO
		case *ast.ForStmt:
			e.ends = e.ends || n.Cond == nil
		case *ast.SelectStmt:
			e.ends = true
		case *ast.CallExpr:
			if b, ok := calleeObject(info, n).(*types.Builtin); ok && b.Name() == "panic" && lits == 0 {
				e.ends = true
			}
		case *ast.Ident:
			if o, ok := info.Uses[n].(*types.Var); ok && !assigned[n] && !used[o] {
				used[o] = true
				e.used = append(e.used, n)
			}
		}
	})
	sort.SliceStable(e.changed, func(i, j int) bool { return e.changed[i].Pos() < e.changed[j].Pos() })
	return e
}

// simple reports whether a statement is executed as a whole: nothing in it is
// conditional, and nothing leaves it.
func simple(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.AssignStmt, *ast.IncDecStmt, *ast.DeclStmt, *ast.ExprStmt:
		return true
	}
	return false
}

// unfollow takes the shadows from the variables that nothing could keep true:
// a skipped statement assigns them in a function literal, which runs when it
// runs, or somewhere inside, perhaps under a lock, while other literals use
// them too.
func (w *funcWriter) unfollow() {
	ast.Inspect(w.fn.decl.Body, func(n ast.Node) bool {
		s, ok := n.(ast.Stmt)
		if !ok || w.skips[s] == nil {
			return true
		}
		e := w.effects(s)
		for _, o := range e.changed {
			if v := w.vars[o]; v != nil && (e.inLit[o] || !simple(s) && w.shared(o)) {
				v.konst = true
				w.degrade(s, "//trace:skip: "+o.Name()+" is not followed at all: function literals use it too")
			}
		}
		return false
	})
}

// sources gives the nodes of the variables that a statement names, as
// expressions that can be repeated, and what has to be executed for that.
func (w *funcWriter) sources(e *effects, quiet bool, site siteInfo) (refs, pre []string) {
	for _, id := range e.used {
		o := w.obj(id)
		if w.shadowName(o) == "" || quiet && w.shared(o) {
			continue // others may be using it: only the statement itself may
		}
		ref := w.own(o, site.node)
		if w.split(o) != nil {
			tmp := w.slot()
			pre = append(pre, tmp+" = "+ref)
			ref = tmp
		}
		refs = append(refs, ref)
	}
	return refs, pre
}

// skippedSimple notes, after the statement, what it assigned.
func (w *funcWriter) skippedSimple(e *effects, site siteInfo) []string {
	if len(e.targets) == 0 {
		return nil
	}
	refs, after := w.sources(e, false, site)
	var stores []string
	for _, l := range e.targets {
		l = ast.Unparen(l)
		if id, ok := l.(*ast.Ident); ok && id.Name == "_" {
			continue
		}
		if rootIdent(l) == nil {
			continue
		}
		s := site
		s.typ = w.typeOf(l)
		rec := fmt.Sprintf("Skip(%s, %s, ", tapeName, w.site(s))
		if w.simplePathAfter(l) {
			s.name = oneLine(w.text(l.Pos(), l.End()))
			rec = fmt.Sprintf("Rec(%s, %s, %s, ", tapeName, w.site(s), w.text(l.Pos(), l.End()))
		}
		if len(refs) == 0 {
			stores = append(stores, w.store(l, result{}, site.node)...)
			continue
		}
		k := w.slot()
		after = append(after, fmt.Sprintf("%s = %s.%s%s)", k, rt, rec, strings.Join(refs, ", ")))
		stores = append(stores, w.store(l, result{ref: k, ops: []operand{{ref: k}}}, site.node)...)
	}
	return append(after, stores...)
}

// skippedBlock notes, before a statement that may do its work in part or leave
// by a jump, that all it may assign comes from it; and after it the values.
func (w *funcWriter) skippedBlock(s ast.Stmt, e *effects, site siteInfo) []string {
	var put, after []string
	k := w.slot()
	for _, o := range e.changed {
		if p := w.put(o, k); p != "" {
			put = append(put, p)
			if !e.ends && w.split(o) == nil && !w.shared(o) && o.Pos() < s.Pos() {
				vs := site
				vs.name, vs.typ = o.Name(), o.Type()
				after = append(after, fmt.Sprintf("if %s != 0 { %s }", k, w.put(o, fmt.Sprintf("%s.Rec(%s, %s, %s, %s)", rt, tapeName, w.site(vs), o.Name(), k))))
			}
		}
	}
	if fr := w.frame; e.returns && fr.results != nil {
		for i, o := range fr.resultObjs {
			if o == nil {
				put = append(put, fmt.Sprintf("%s.Put(%s, %s)", rt, fr.results[i], k))
				continue
			}
			if p := w.put(o, k); p != "" {
				put = append(put, p)
			}
		}
	}
	if len(put) == 0 || !w.canPrefix() {
		return nil
	}
	refs, pre := w.sources(e, true, site)
	for _, p := range pre {
		w.before(p)
	}
	if len(refs) == 0 {
		w.before(k + " = 0")
	} else {
		w.before(fmt.Sprintf("%s = %s.Skip(%s, %s, %s)", k, rt, tapeName, w.site(site), strings.Join(refs, ", ")))
	}
	for _, p := range put {
		w.before(p)
	}
	return after
}

// unreachedSkips notes the directives on statements of functions that are not
// followed anyway.
func (a *analysis) unreachedSkips() []Note {
	var notes []Note
	for n, t := range a.skips {
		if _, ok := n.(*ast.FuncDecl); ok {
			continue
		}
		f := a.around(n)
		if f != nil && f.twinned() && (f.bundle == nil || f.inside != "") {
			continue
		}
		note := Note{Pos: a.prog.Fset.Position(t.Pos), Kind: NoteDegraded, Reason: "//trace:skip changes nothing here: the function is not followed"}
		if f != nil {
			note.Func = shortName(f.obj)
		}
		notes = append(notes, note)
	}
	return notes
}

// around finds the function that a statement stands in.
func (a *analysis) around(n ast.Node) *funcDecl {
	for _, f := range a.order {
		if f.decl.Pos() <= n.Pos() && n.End() <= f.decl.End() {
			return f
		}
	}
	return nil
}
