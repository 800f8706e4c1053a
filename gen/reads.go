package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"
	"strings"
)

// A function that is handed on as a value may be called by code that is not
// followed: what that computes then depends on what the function uses. Of its
// variables a literal knows itself what it captures. The parameters and nodes
// of packages that it reaches by name are inputs of every function value.

// nodesIn is what a part of the source names: trainable functions, constants and
// variables of packages that are nodes; and the functions that name more.
type nodesIn struct {
	nodes []types.Object
	funcs []*funcDecl
}

func (a *analysis) nodesIn(info *types.Info, n ast.Node) nodesIn {
	var list nodesIn
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			list.add(a, info.Uses[id])
		}
		return true
	})
	return list
}

// add notes what an identifier names.
func (list *nodesIn) add(a *analysis, o types.Object) {
	switch o := o.(type) {
	case *types.Func:
		f := a.lookup(o)
		if f == nil {
			break
		}
		list.funcs = append(list.funcs, f)
		if f.bundle != nil && f.bundle.Trainable && f.opaque == "" {
			list.nodes = append(list.nodes, f.obj)
		}
	case *types.Const:
		if a.node(o) != nil {
			list.nodes = append(list.nodes, o)
		}
		for _, b := range a.constBases(o) {
			list.nodes = append(list.nodes, b)
		}
	case *types.Var:
		if packageLevel(o) && a.node(o) != nil {
			list.nodes = append(list.nodes, o)
		}
	}
}

// reading finds what every function reaches by name.
func (a *analysis) reading() map[*funcDecl][]types.Object {
	callers := map[*funcDecl][]*funcDecl{}
	var objs []types.Object
	first := map[types.Object][]*funcDecl{}
	for _, f := range a.order {
		if f.decl.Body == nil {
			continue
		}
		var list nodesIn
		for _, n := range f.outline.names[f.outline.body:] {
			if n.id.Pos() != n.obj.Pos() { // it is no definition
				list.add(a, n.obj)
			}
		}
		for _, g := range list.funcs {
			callers[g] = append(callers[g], f)
		}
		for _, o := range list.nodes {
			if first[o] == nil {
				objs = append(objs, o)
			}
			first[o] = append(first[o], f)
		}
	}
	reached := map[*funcDecl][]types.Object{}
	for _, o := range objs {
		seen := map[*funcDecl]bool{}
		for todo := first[o]; len(todo) > 0; {
			f := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if seen[f] {
				continue
			}
			seen[f] = true
			reached[f] = append(reached[f], o)
			todo = append(todo[:len(todo):len(todo)], callers[f]...)
		}
	}
	return reached
}

func packageLevel(o types.Object) bool { return o.Pkg() != nil && o.Parent() == o.Pkg().Scope() }

// reads lists what a part of a function reaches by name, in the order of the
// source.
func (a *analysis) reads(info *types.Info, n ast.Node) []types.Object {
	a.readOnce.Do(func() { a.readBy, a.fixed = a.reading(), a.fixedNodes() })
	direct := a.nodesIn(info, n)
	list := direct.nodes
	for _, f := range direct.funcs {
		list = append(list[:len(list):len(list)], a.readBy[f]...)
	}
	return a.inOrder(list)
}

// inOrder sorts objects by where they are declared, each once.
func (a *analysis) inOrder(list []types.Object) []types.Object {
	place := func(o types.Object) string {
		p := a.prog.Fset.Position(o.Pos())
		return fmt.Sprintf("%s:%09d", p.Filename, p.Offset)
	}
	sort.SliceStable(list, func(i, j int) bool { return place(list[i]) < place(list[j]) })
	return slices.CompactFunc(list, func(o, p types.Object) bool { return o.Pos() == p.Pos() })
}

// fixedNodes are the variables that are nodes and that nothing in the program
// assigns, or takes the address of: they can be read at any time.
func (a *analysis) fixedNodes() map[types.Object]bool {
	fixed := map[types.Object]bool{}
	for _, t := range a.prog.Targets {
		if v, ok := t.Obj.(*types.Var); ok && packageLevel(v) && a.node(v) != nil {
			fixed[v] = true
		}
	}
	if len(fixed) == 0 {
		return fixed
	}
	for _, u := range a.units {
		info := u.TypesInfo
		changed := func(e ast.Expr) {
			for ; e != nil; e = within(e) {
				switch x := e.(type) {
				case *ast.Ident:
					a.drop(fixed, info.Uses[x])
				case *ast.SelectorExpr:
					a.drop(fixed, info.Uses[x.Sel])
				}
			}
		}
		for _, f := range u.Syntax {
			ast.Inspect(f, func(n ast.Node) bool {
				changes(info, n, func(e ast.Expr, _ bool) { changed(e) })
				return true
			})
		}
	}
	return fixed
}

// changes calls do with what a node assigns, whole or in part, or takes the address
// of; method: it may do so, for the receiver of a method.
func changes(info *types.Info, n ast.Node, do func(e ast.Expr, method bool)) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, l := range n.Lhs {
			do(l, false)
		}
	case *ast.IncDecStmt:
		do(n.X, false)
	case *ast.RangeStmt:
		do(n.Key, false)
		do(n.Value, false)
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			do(n.X, false)
		}
	case *ast.SliceExpr:
		do(n.X, false)
	case *ast.SelectorExpr:
		if s := info.Selections[n]; s != nil && s.Kind() == types.MethodVal {
			do(n.X, true)
		}
	}
}

// drop takes an object away, by its place: a package may be loaded twice.
func (a *analysis) drop(fixed map[types.Object]bool, o types.Object) {
	if o == nil || a.nodes[o.Pos()] == nil {
		return
	}
	for v := range fixed {
		if v.Pos() == o.Pos() {
			delete(fixed, v)
		}
	}
}

// within is the expression that x is a part of, or lies behind.
func within(x ast.Expr) ast.Expr {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return x.X
	case *ast.SelectorExpr:
		return x.X
	case *ast.IndexExpr:
		return x.X
	case *ast.SliceExpr:
		return x.X
	case *ast.StarExpr:
		return x.X
	}
	return nil
}

// isFixed reports whether a variable that is a node never changes.
func (a *analysis) isFixed(v *types.Var) bool {
	for f := range a.fixed {
		if f.Pos() == v.Pos() {
			return true
		}
	}
	return false
}

// declaredFunc gives the name of the declared function that e is as a value,
// nil if it is something else.
func (w *funcWriter) declaredFunc(e ast.Expr) *ast.Ident {
	var id *ast.Ident
	switch x := unindex(e).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		if s := w.unit.TypesInfo.Selections[x]; s != nil && s.Kind() != types.MethodExpr {
			return nil
		}
		id = x.Sel
	default:
		return nil
	}
	if _, ok := w.unit.TypesInfo.Uses[id].(*types.Func); !ok {
		return nil
	}
	return id
}

// withReads adds what a function value reaches to what it depends on.
func (w *funcWriter) withReads(e ast.Expr, r result, list []types.Object) result {
	var ops []operand
	var notes []string
	for _, o := range list {
		out := w.slot()
		note, ok := w.readNode(e, o, out)
		if !ok {
			continue
		}
		notes = append(notes, note)
		ops = append(ops, operand{ref: out})
	}
	switch {
	case len(notes) == 0:
		return r
	case w.canPrefix() && w.maybe == 0:
		for _, n := range notes {
			w.before(n)
		}
	default:
		if sig, ok := w.typeOf(e).(*types.Signature); ok && sig.TypeParams().Len() > 0 {
			return r // it has no type where it stands
		}
		r.text = fmt.Sprintf("%s.Beside(%s, %s)", rt, r.text, strings.Join(notes, ", "))
	}
	r.ops = merge(r.ops, ops)
	r.ref = ""
	if len(r.ops) == 1 {
		r.ref = r.ops[0].ref
	}
	return r
}

// readNode writes the call that sets out to the node of o.
func (w *funcWriter) readNode(e ast.Expr, o types.Object, out string) (string, bool) {
	text := w.nodeRead(e, o, out, func(v *types.Var) string {
		if !w.isFixed(v) {
			return ""
		}
		if v.Pkg().Path() == w.unit.Types.Path() {
			if _, found := w.innermost(v.Name()); found == nil || found.Pos() != v.Pos() {
				return ""
			}
			return v.Name()
		}
		if !w.reachable(v) {
			return ""
		}
		return w.pkgName(v.Pkg()) + "." + v.Name()
	})
	if text == "" {
		w.degrade(e, o.Name()+", which the function uses, is no input of it as a value")
	}
	return text, text != ""
}

// nodeRead writes the call that sets out to the node of o, which e reaches; it is
// empty if there is no way to. named says what a variable is called there.
func (w *fileWriter) nodeRead(e ast.Expr, o types.Object, out string, named func(*types.Var) string) string {
	switch o := o.(type) {
	case *types.Func:
		f := w.lookup(o)
		p := w.position(f.pos())
		n := w.sites.add(p, w.rel(p.Filename), &siteInfo{src: bundleText(f), name: shortName(o), id: f.bundle.ID}, "func")
		return fmt.Sprintf("%s.Func(%s, &%s, &sites__%s[%d])", rt, tapeName, out, w.id(), n)
	case *types.Const:
		if val := constText(o); val != "" {
			return fmt.Sprintf("%s.Const(%s, &%s, %s, %s)", rt, tapeName, out, w.readSite(e, o), val)
		}
	case *types.Var:
		if name := named(o); name != "" {
			return fmt.Sprintf("%s.Var(%s, &%s, %s, &%s)", rt, tapeName, out, w.readSite(e, o), name)
		}
	}
	return ""
}

// reachable reports whether this file can name a variable of another package.
func (w *fileWriter) reachable(v *types.Var) bool {
	return v.Exported() && v.Pkg().Name() != "main" && importable(w.unit.path, v.Pkg().Path())
}

func (w *fileWriter) readSite(e ast.Expr, o types.Object) string {
	s := siteInfo{node: e, src: o.Name(), name: o.Name(), typ: o.Type(), deep: !isConst(o)}
	if t := w.node(o); t.Trainable {
		s.id, s.decl = t.ID, o.Pos()
	}
	return w.site(s)
}

// bundleText is the declaration of a bundle without its body.
func bundleText(f *funcDecl) string {
	sig := types.TypeString(f.obj.Type(), func(p *types.Package) string { return p.Name() })
	return "func " + f.obj.Name() + oneLine(strings.TrimPrefix(sig, "func"))
}
