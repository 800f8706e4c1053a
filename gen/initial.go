package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// What a package computes before main begins is the program's, like what runs
// once: init functions are followed, and variables begin with what their
// initialisers name.

const initPrefix = "init__"

// initFunc names one of the init functions of a file, which have no name of their
// own: the nth.
func (a *analysis) initFunc(file *ast.File, obj *types.Func, n int) *types.Func {
	name := fmt.Sprintf("%s%s_%d", initPrefix, fileID(a.prog.fileName(file)), n)
	return types.NewFunc(obj.Pos(), obj.Pkg(), name, obj.Type().(*types.Signature))
}

// sourceName is the name that a function has in the source.
func sourceName(f *types.Func) string {
	if strings.HasPrefix(f.Name(), initPrefix) {
		return "init"
	}
	return f.Name()
}

// begun finds the variables of packages that hold something of a node when main
// begins: those whose initialisers name one, and those that an init function which
// leads to one assigns, itself or by what it calls. callers and direct are those of
// choose.
func (a *analysis) begun(callers map[*funcDecl][]*funcDecl, direct map[*funcDecl]string) map[token.Pos]bool {
	found := map[token.Pos]bool{}
	for pos := range a.initials() {
		found[pos] = true
	}
	leads := a.leading(callers, direct)
	var left []*funcDecl
	seen := map[*funcDecl]bool{}
	for _, f := range a.order {
		if f.role == roleInit && leads[f] {
			seen[f] = true
			left = append(left, f)
		}
	}
	for len(left) > 0 {
		f := left[0]
		left = left[1:]
		a.assignsGlobals(f.unit, f.decl.Body, found)
		for _, m := range a.mentions(f) {
			if !seen[m.fn] && m.fn.decl.Body != nil {
				seen[m.fn] = true
				left = append(left, m.fn)
			}
		}
	}
	return found
}

// useOf names a variable of a package, among those found, that f uses.
func (f *funcDecl) useOf(found map[token.Pos]bool) string {
	if f.outline == nil || len(found) == 0 {
		return ""
	}
	for _, n := range f.outline.names[f.outline.body:] {
		if v, ok := n.obj.(*types.Var); ok && found[v.Pos()] {
			return v.Name()
		}
	}
	return ""
}

// initials are the variables of packages whose initialisers name nodes, and those
// nodes.
func (a *analysis) initials() map[token.Pos]initial {
	a.initialOnce.Do(func() {
		a.initialOf = map[token.Pos]initial{}
		var list []initial
		for _, u := range a.units {
			for _, f := range u.Syntax {
				if u.owns[a.prog.fileName(f)] {
					list = append(list, initialisers(u, f)...)
				}
			}
		}
		for more := true; more; {
			more = false
			for _, v := range list {
				known := len(a.initialOf[v.vars[0].Pos()].reads)
				if v.reads = a.initialReads(v); len(v.reads) == known {
					continue
				}
				for _, o := range v.vars {
					a.initialOf[o.Pos()] = v
				}
				more = true
			}
		}
	})
	return a.initialOf
}

// An initial is what variables of a package begin with.
type initial struct {
	unit *unit
	spec *ast.ValueSpec
	// grouped: the specification stands in parentheses.
	grouped bool
	vars    []*types.Var // more than one: of a call with several results
	value   ast.Expr
	reads   []types.Object
}

func initialisers(u *unit, file *ast.File) (list []initial) {
	packageVariables(file, func(g *ast.GenDecl, vs *ast.ValueSpec, names []*ast.Ident, e ast.Expr) {
		v := initial{unit: u, spec: vs, grouped: g.Lparen.IsValid(), value: e}
		for _, id := range names {
			if o, ok := u.TypesInfo.Defs[id].(*types.Var); ok && id.Name != "_" {
				v.vars = append(v.vars, o)
			}
		}
		if len(v.vars) > 0 {
			list = append(list, v)
		}
	})
	return list
}

// packageVariables calls do with each initial value of variables of a file: of one
// variable, or of several if it is a call with several results.
func packageVariables(file *ast.File, do func(g *ast.GenDecl, vs *ast.ValueSpec, names []*ast.Ident, e ast.Expr)) {
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, spec := range g.Specs {
			vs := spec.(*ast.ValueSpec)
			for i, e := range vs.Values {
				names := vs.Names
				if len(vs.Values) == len(names) {
					names = names[i : i+1]
				}
				do(g, vs, names, e)
			}
		}
	}
}

// initialReads lists the nodes that an initialiser names, or the functions and
// variables that it names do.
func (a *analysis) initialReads(v initial) []types.Object {
	list := a.reads(v.unit.TypesInfo, v.value)
	ast.Inspect(v.value, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if o, ok := v.unit.TypesInfo.Uses[id].(*types.Var); ok && packageLevel(o) {
			list = append(list[:len(list):len(list)], a.initialOf[o.Pos()].reads...)
		}
		return true
	})
	return a.inOrder(list)
}

// initialVariables notes of the file's variables, once they have their initial
// values, what these were computed from.
func (w *fileWriter) initialVariables() {
	for _, pos := range sortedPositions(w.initials()) {
		v := w.initialOf[pos]
		if pos < w.file.FileStart || pos >= w.file.FileEnd || v.unit != w.unit || pos != v.vars[0].Pos() {
			continue
		}
		if text := w.initialNote(v); text != "" {
			end := v.spec.End()
			w.heads = append(w.heads, piece{end, end, text})
		}
	}
}

// initialNote writes a variable that stands behind those of v and has no name: it
// is initialised right after them, and changes the order of no others.
func (w *fileWriter) initialNote(v initial) string {
	var reads, refs []string
	for _, o := range v.reads {
		slot := fmt.Sprintf("s%d__", len(refs))
		if text := w.initialRead(v.value, o, slot); text != "" {
			reads = append(reads, text)
			refs = append(refs, slot)
		} else {
			w.notes = append(w.notes, Note{Pos: w.prog.Fset.Position(v.value.Pos()), Kind: NoteDegraded, Func: v.vars[0].Name(),
				Reason: o.Name() + " is no input of the variable's initial value"})
		}
	}
	if len(refs) == 0 {
		return ""
	}
	var stores []string
	for _, o := range v.vars {
		if w.node(o) != nil {
			continue // begins anew
		}
		s := siteInfo{node: v.value, src: oneLine(w.text(v.value.Pos(), v.value.End())), name: o.Name(), typ: o.Type()}
		node := "Rec(%s, %s, %s, %s)"
		if !w.exactInitial(v) {
			s.degraded = initialReason
			node = "Changed(%s, nil, %s, %s, %s)"
		}
		ref := fmt.Sprintf(rt+"."+node, tapeName, w.site(s), o.Name(), strings.Join(refs, ", "))
		stores = append(stores, fmt.Sprintf("%s.St(%s, &%s, %s, 0)", rt, tapeName, o.Name(), ref))
	}
	if len(stores) == 0 {
		return ""
	}
	kw := "var "
	if v.grouped {
		kw = ""
	}
	return fmt.Sprintf("; %s_ = func() int { if %s := %s.Init(); %s != nil { var %s %s.Ref; %s; %s }; return 0 }()", kw,
		tapeName, rt, tapeName, strings.Join(refs, ", "), rt, strings.Join(reads, "; "), strings.Join(stores, "; "))
}

const initialReason = "the initial value depends on all that its initialiser names"

// exactInitial reports whether what the initialiser names is exactly what the value
// depends on: it is one value, and no call may leave something out.
func (w *fileWriter) exactInitial(v initial) bool {
	if _, basic := v.vars[0].Type().Underlying().(*types.Basic); !basic || len(v.vars) > 1 {
		return false
	}
	exact := true
	ast.Inspect(v.value, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			tv := v.unit.TypesInfo.Types[n.Fun]
			exact = exact && (tv.IsType() || tv.IsBuiltin())
		case *ast.FuncLit, *ast.IndexExpr, *ast.SliceExpr, *ast.StarExpr, *ast.CompositeLit:
			exact = false
		case *ast.Ident:
			if o, ok := v.unit.TypesInfo.Uses[n].(*types.Var); ok && w.initialOf[o.Pos()].value != nil && !w.exactInitial(w.initialOf[o.Pos()]) {
				exact = false
			}
		}
		return exact
	})
	return exact
}

// initialRead writes the call that sets out to the node of o, while variables are
// initialised; it is empty if o cannot be named.
func (w *fileWriter) initialRead(e ast.Expr, o types.Object, out string) string {
	return w.nodeRead(e, o, out, func(v *types.Var) string {
		if v.Pkg().Path() == w.unit.Types.Path() {
			return v.Name()
		}
		if !w.reachable(v) {
			return ""
		}
		return w.qualifier(v.Pkg()) + "." + v.Name()
	})
}
