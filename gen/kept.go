package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// A keptTarget is a place in memory that a statement assigns and that cannot
// be named again: what leads there has changed by then, or would run twice.
// The slice or pointer that it lies behind is kept, with the index.
type keptTarget struct {
	it    string // variable that holds the slice or pointer
	index string // variable that holds the index, "0" for a pointer
	path  []int  // of fields and elements from there
	base  ast.Expr
}

// keptTarget writes the left side of an assignment so that its place is known
// afterwards; ok is false where it can be named again, or not be kept either.
func (w *funcWriter) keptTarget(l ast.Expr) (text string, ok bool) {
	if w.simplePath(l) && !strings.Contains(w.text(l.Pos(), l.End()), "\n") {
		return "", false
	}
	var k keptTarget
	for e := ast.Unparen(l); k.base == nil; {
		switch x := e.(type) {
		case *ast.StarExpr:
			k.base = x.X
			return w.keep(l, k, "Ptr", nil)
		case *ast.SelectorExpr:
			sel := w.unit.TypesInfo.Selections[x]
			if sel == nil || sel.Kind() != types.FieldVal {
				return "", false
			}
			idx := sel.Index()
			if isPointer(sel.Recv()) {
				for i, t := 0, sel.Recv().Underlying().(*types.Pointer).Elem(); i < len(idx); i++ {
					st, ok := t.Underlying().(*types.Struct)
					if !ok {
						return "", false // behind another pointer
					}
					t = st.Field(idx[i]).Type()
				}
				k.base, k.path = x.X, slices.Concat(idx, k.path)
				return w.keep(l, k, "Ptr", nil)
			}
			path, pointer := direct(sel)
			if pointer {
				return "", false
			}
			k.path, e = slices.Concat(path, k.path), ast.Unparen(x.X)
		case *ast.IndexExpr:
			switch t := w.typeOf(x.X).Underlying().(type) {
			case *types.Slice:
				k.base = x.X
				return w.keep(l, k, "Slice", x.Index)
			case *types.Pointer:
				if !isArray(t.Elem().Underlying()) {
					return "", false
				}
				k.base = x.X
				return w.keep(l, k, "ArraySlice", x.Index)
			case *types.Array:
				i := constIndex(w.unit.TypesInfo, x.Index)
				if i < 0 || i > maxKids {
					return "", false
				}
				k.path, e = append([]int{i}, k.path...), ast.Unparen(x.X)
			default:
				return "", false
			}
		default:
			return "", false
		}
	}
	return "", false
}

func (w *funcWriter) keep(l ast.Expr, k keptTarget, fn string, index ast.Expr) (string, bool) {
	if slices.ContainsFunc(k.path, func(i int) bool { return i > maxKids }) {
		return "", false
	}
	k.it, k.index = w.fresh("it"), "0"
	w.frame.iters = append(w.frame.iters, k.it)
	pieces := []piece{w.replace(k.base, fmt.Sprintf("%s.%s(&%s, %s)", rt, fn, k.it, w.expr(k.base)))}
	if index != nil {
		k.index = w.fresh("x")
		w.frame.ints = append(w.frame.ints, k.index)
		pieces = append(pieces, w.replace(index, fmt.Sprintf("%s.Ix(&%s, 1, %s)", rt, k.index, w.indexOf(index).text)))
	}
	if w.kept == nil {
		w.kept = map[ast.Expr]keptTarget{}
	}
	w.kept[ast.Unparen(l)] = k
	return w.splice(l.Pos(), l.End(), pieces...), true
}
