package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// typeParams gives the type parameter list of the twin ("[T any]") and its
// use ("[T]"), both empty for a function that is not generic. A method's twin
// has those of its receiver.
func (w *fileWriter) typeParams(f *funcDecl) (decl, use string) {
	var names, decls []string
	tps := f.obj.Type().(*types.Signature).RecvTypeParams()
	ids := receiverTypeParams(f.decl)
	if tps.Len() == 0 && len(ids) > 0 { // a method of an interface
		tps = types.Unalias(f.obj.Type().(*types.Signature).Recv().Type()).(*types.Named).Origin().TypeParams()
	}
	for i, id := range ids {
		c := tps.At(i).Constraint()
		text := types.TypeString(c, w.qualifier)
		if strings.Contains(text, "_") && hasTypeParam(c) && len(blankTypeParams(f.decl)) > 0 {
			panic(cannot("constraint that depends on a blank type parameter"))
		}
		names = append(names, typeParamName(id, i))
		decls = append(decls, names[i]+" "+text)
	}
	for i, id := range declaredTypeParams(f.decl) {
		names = append(names, typeParamName(id.name, i))
		decls = append(decls, names[i]+" "+typeText(id.constraint))
	}
	if len(names) == 0 {
		return "", ""
	}
	return "[" + strings.Join(decls, ", ") + "]", "[" + strings.Join(names, ", ") + "]"
}

// typeParamName names type parameter i, which the source may leave blank.
func typeParamName(id *ast.Ident, i int) string {
	if id.Name == "_" {
		return fmt.Sprintf("T%d__", i)
	}
	return id.Name
}

// blankTypeParams gives the edits that name the blank type parameters of a
// function, so that its entry can pass them on.
func blankTypeParams(fd *ast.FuncDecl) []piece {
	var edits []piece
	name := func(id *ast.Ident, i int) {
		if id.Name == "_" {
			edits = append(edits, piece{id.Pos(), id.End(), typeParamName(id, i)})
		}
	}
	for i, id := range receiverTypeParams(fd) {
		name(id, i)
	}
	for i, p := range declaredTypeParams(fd) {
		name(p.name, i)
	}
	return edits
}

type typeParam struct {
	name       *ast.Ident
	constraint ast.Expr
}

func declaredTypeParams(fd *ast.FuncDecl) []typeParam {
	var ps []typeParam
	if fd.Type.TypeParams != nil {
		for _, fl := range fd.Type.TypeParams.List {
			for _, id := range fl.Names {
				ps = append(ps, typeParam{id, fl.Type})
			}
		}
	}
	return ps
}

// receiverTypeParams lists the type parameters that a method's receiver names.
func receiverTypeParams(fd *ast.FuncDecl) []*ast.Ident {
	if fd.Recv == nil || len(fd.Recv.List) == 0 {
		return nil
	}
	t := ast.Unparen(fd.Recv.List[0].Type)
	if s, ok := t.(*ast.StarExpr); ok {
		t = ast.Unparen(s.X)
	}
	var idx []ast.Expr
	switch x := t.(type) {
	case *ast.IndexExpr:
		idx = []ast.Expr{x.Index}
	case *ast.IndexListExpr:
		idx = x.Indices
	}
	var ids []*ast.Ident
	for _, e := range idx {
		if id, ok := e.(*ast.Ident); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// namedBlanks is the type of a receiver with names for its blank type
// parameters.
func namedBlanks(e ast.Expr) ast.Expr {
	named := func(e ast.Expr, i int) ast.Expr {
		if id, ok := e.(*ast.Ident); ok {
			return &ast.Ident{NamePos: id.NamePos, Name: typeParamName(id, i)}
		}
		return e
	}
	switch x := e.(type) {
	case *ast.ParenExpr:
		c := *x
		c.X = namedBlanks(x.X)
		return &c
	case *ast.StarExpr:
		c := *x
		c.X = namedBlanks(x.X)
		return &c
	case *ast.IndexExpr:
		c := *x
		c.Index = named(x.Index, 0)
		return &c
	case *ast.IndexListExpr:
		c := *x
		c.Indices = nil
		for i, e := range x.Indices {
			c.Indices = append(c.Indices, named(e, i))
		}
		return &c
	}
	return e
}

// inferred reports whether a call of the twin of a method finds its type
// arguments by itself: the method knew them from its receiver, but to the twin
// every argument is a hint.
func (w *funcWriter) inferred(c *ast.CallExpr, sel *types.Selection) bool {
	recv := declaredFor(sel)
	if p, ok := recv.(*types.Pointer); ok {
		recv = p.Elem()
	}
	if n, ok := types.Unalias(recv).(*types.Named); !ok || n.TypeArgs().Len() == 0 {
		return true
	}
	sig, ok := w.typeOf(c.Fun).(*types.Signature)
	if !ok {
		return false
	}
	for i, a := range c.Args {
		var t types.Type
		switch n := sig.Params().Len(); {
		case sig.Variadic() && i >= n-1 && !c.Ellipsis.IsValid():
			t = sig.Params().At(n - 1).Type().(*types.Slice).Elem()
		case i < n:
			t = sig.Params().At(i).Type()
		}
		if t == nil || !w.untyped(a) && !types.Identical(w.typeOf(a), t) {
			return false
		}
	}
	return true
}

// declaredFor is the type that a selected method is declared for, with the
// type arguments of the selection.
func declaredFor(sel *types.Selection) types.Type {
	return sel.Obj().Type().(*types.Signature).Recv().Type()
}

// hasTypeParam reports whether a type names a type parameter.
func hasTypeParam(t types.Type) bool {
	seen := map[types.Type]bool{}
	var has func(types.Type) bool
	has = func(t types.Type) bool {
		if t == nil || seen[t] {
			return false
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.TypeParam:
			return true
		case *types.Alias:
			return has(types.Unalias(t))
		case *types.Named:
			for i := 0; i < t.TypeArgs().Len(); i++ {
				if has(t.TypeArgs().At(i)) {
					return true
				}
			}
		case *types.Pointer:
			return has(t.Elem())
		case *types.Slice:
			return has(t.Elem())
		case *types.Array:
			return has(t.Elem())
		case *types.Chan:
			return has(t.Elem())
		case *types.Map:
			return has(t.Key()) || has(t.Elem())
		case *types.Signature:
			return has(t.Params()) || has(t.Results())
		case *types.Tuple:
			for i := 0; i < t.Len(); i++ {
				if has(t.At(i).Type()) {
					return true
				}
			}
		case *types.Struct:
			for i := 0; i < t.NumFields(); i++ {
				if has(t.Field(i).Type()) {
					return true
				}
			}
		}
		return false
	}
	return has(t)
}
