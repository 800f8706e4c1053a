package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// A type that a function declares has to stay one type: a value of it may
// outlive the call that made it, and whoever asserts, compares or reflects on
// its type tells two types from each other, though they print alike. As nothing
// outside the function can name the type, its twin holds both bodies behind one
// declaration, the one as it was written and the one that follows values. While
// the process records, every call of the function goes to the twin; otherwise
// none does. Nothing of that is needed for tests and main functions: a process
// that records never executes their original bodies.

// localType is a type, or an alias, that a function declares.
type localType struct {
	spec  *ast.TypeSpec
	obj   types.Object
	alias string // of the declaration that the bodies share; "" if it is generic
}

// sharedTypes lists, by position, the types that the original body of f and the
// one that follows values have to share.
func (w *fileWriter) sharedTypes(f *funcDecl) []localType {
	if f.role != roleNone || f.bundle != nil && f.inside == "" {
		return nil
	}
	var locals []localType
	defined := false
	ast.Inspect(f.decl.Body, func(n ast.Node) bool {
		if ts, ok := n.(*ast.TypeSpec); ok && ts.Name.Name != "_" {
			l := localType{spec: ts, obj: w.unit.TypesInfo.Defs[ts.Name]}
			if ts.TypeParams == nil {
				l.alias = fmt.Sprintf("type%d__", len(locals))
			}
			locals = append(locals, l)
			defined = defined || !ts.Assign.IsValid()
		}
		return true
	})
	if !defined { // an alias is no type of its own
		return nil
	}
	return locals
}

// bothBodies ends a twin with shared types. follow is what follows values; it is
// executed if there is a tape, else the body as it was written.
func (w *funcWriter) bothBodies(s *signature, follow string) string {
	w.checkNames(s)
	var b strings.Builder
	blocks := w.declareTypes(&b)
	line := w.lineComment(w.fn.start())
	var outs []string
	for i := range s.results {
		outs = append(outs, fmt.Sprintf("o%d__", i))
	}
	fmt.Fprintf(&b, "%sif %s.Plain(%s) {%s} else {%s", line, tapeName, strings.Join(outs, ", "), w.plainBody(), line)
	// The body that follows values has parameters of its own: what it takes the
	// address of would be on the heap for the other one too.
	var names []string
	for _, p := range s.params {
		if p.obj != nil {
			names = append(names, p.name)
		}
	}
	if len(names) > 0 {
		list := strings.Join(names, ", ")
		fmt.Fprintf(&b, "%s := %s; %s = %s; ", list, list, strings.TrimSuffix(strings.Repeat("_, ", len(names)), ", "), list)
	}
	b.WriteString(follow + "}" + strings.Repeat("}", blocks) + "}")
	return b.String()
}

// declareTypes writes the declarations that the bodies share, each on its
// original lines, and tells how many blocks it leaves open: of several types of
// one name, each has a block.
func (w *funcWriter) declareTypes(b *strings.Builder) (blocks int) {
	info := w.unit.TypesInfo
	latest := map[string]types.Object{}
	for _, l := range w.locals {
		name := l.spec.Name.Name
		open := ""
		if latest[name] != nil {
			blocks++
			open = "{ "
		}
		latest[name] = l.obj
		var pieces []piece
		if l.alias == "" && open != "" {
			panic(cannot(fmt.Sprintf("declares a type %s, which is generic, and another of that name", name)))
		}
		ast.Inspect(l.spec, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ArrayType:
				if n.Len != nil { // a constant, which may be local
					if a, ok := info.TypeOf(n).Underlying().(*types.Array); ok {
						pieces = append(pieces, w.gap(n.Len.Pos(), n.Len.End(), fmt.Sprint(a.Len())))
					}
				}
			case *ast.Ident:
				if o := info.Uses[n]; o != nil && w.declares(o) && !isTypeParam(o) && !inside(n, pieces) && latest[n.Name] != o {
					panic(cannot(fmt.Sprintf("type %s depends on %s, and the function declares another type of that name", name, n.Name)))
				}
			}
			return true
		})
		fmt.Fprintf(b, "%s%stype %s; ", w.lineComment(l.spec.Pos()), open, w.splice(l.spec.Pos(), l.spec.Type.End(), pieces...))
		if l.alias != "" {
			fmt.Fprintf(b, "type %s = %s; ", l.alias, name)
		}
	}
	return blocks
}

func isTypeParam(o types.Object) bool {
	_, ok := types.Unalias(o.Type()).(*types.TypeParam)
	return ok
}

// inside reports whether a piece replaces n.
func inside(n ast.Node, pieces []piece) bool {
	for _, p := range pieces {
		if p.pos <= n.Pos() && n.End() <= p.end {
			return true
		}
	}
	return false
}

// declares reports whether the body of the function declares o.
func (w *funcWriter) declares(o types.Object) bool {
	body := w.fn.decl.Body
	return o.Pkg() == w.unit.Types && body.Pos() <= o.Pos() && o.Pos() < body.End()
}

// hides reports whether a type of the function stands for its name everywhere
// in the twin, and o is called the same.
func (w *funcWriter) hides(o types.Object) bool {
	for _, l := range w.locals {
		if l.obj.Name() == o.Name() {
			return !w.declares(o)
		}
	}
	return false
}

// checkNames gives up if the name of a type, which both bodies now see from
// their beginning, means something else in one of them.
func (w *funcWriter) checkNames(s *signature) {
	refuse := func(o types.Object) {
		if w.hides(o) {
			panic(cannot(fmt.Sprintf("declares a type %s and uses another %s", o.Name(), o.Name())))
		}
	}
	for _, p := range append(s.params[:len(s.params):len(s.params)], s.results...) {
		if p.obj != nil {
			refuse(p.obj)
		}
	}
	members := map[*ast.Ident]bool{}
	ast.Inspect(w.fn.decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			members[n.Sel] = true
		case *ast.Ident:
			o := w.unit.TypesInfo.Uses[n]
			v, _ := o.(*types.Var)
			field := v != nil && v.IsField() // as a key of a composite literal is
			if o != nil && !field && !members[n] {
				refuse(o)
			}
		}
		return true
	})
}

// plainBody is the body as it was written but for the shared types, and the
// labels, which both bodies have.
func (w *funcWriter) plainBody() string {
	body := w.fn.decl.Body
	pieces := w.aliases(body)
	ast.Inspect(body, func(n ast.Node) bool {
		var label *ast.Ident
		switch n := n.(type) {
		case *ast.LabeledStmt:
			label = n.Label
		case *ast.BranchStmt:
			label = n.Label
		}
		if label != nil {
			pieces = append(pieces, piece{label.Pos(), label.End(), label.Name + "plain__"})
		}
		return true
	})
	return w.splice(body.Lbrace+1, body.Rbrace, pieces...)
}

// aliases makes aliases of the declarations of shared types in n. Old versions
// of the language have none for generic types: those go by their name.
func (w *funcWriter) aliases(n ast.Node) []piece {
	var pieces []piece
	for _, l := range w.locals {
		if n.Pos() <= l.spec.Pos() && l.spec.End() <= n.End() {
			text := l.spec.Name.Name + " = " + l.alias
			if l.alias == "" {
				text = "_ = struct{}"
			}
			pieces = append(pieces, w.gap(l.spec.Pos(), l.spec.Type.End(), text))
		}
	}
	return pieces
}
