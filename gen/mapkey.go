package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"go/version"
)

// keyed reports whether the elements of a map can have nodes of their own. The
// recorder's functions on maps have the type of the keys as a type parameter,
// which an interface, or a type that has one inside, can stand for since go1.20
// only. The elements of others are followed as the map.
func (w *funcWriter) keyed(m *types.Map) bool {
	if strictlyComparable(m.Key()) {
		return true
	}
	goLine, _ := w.prog.language(w.unit.Package)
	return goLine != "" && version.Compare("go"+goLine, "go1.20") >= 0
}

// strictlyComparable reports whether comparing values of the type never panics.
func strictlyComparable(t types.Type) bool {
	if _, ok := t.(*types.TypeParam); ok {
		return true // its constraint says so
	}
	switch t := t.Underlying().(type) {
	case *types.Interface:
		return false
	case *types.Array:
		return strictlyComparable(t.Elem())
	case *types.Struct:
		for i := 0; i < t.NumFields(); i++ {
			if !strictlyComparable(t.Field(i).Type()) {
				return false
			}
		}
	}
	return true
}

// changedMap notes that the map of x has got an element with the node val.
func (w *funcWriter) changedMap(x *ast.IndexExpr, val string) string {
	own := "nil"
	if id, ok := ast.Unparen(x.X).(*ast.Ident); ok && !w.shared(w.obj(id)) {
		if sh := w.shadow(w.obj(id)); sh != "" {
			own = "&" + sh
		}
	}
	return fmt.Sprintf("%s.Changed(%s, %s, %s, %s, %s)", rt, tapeName, own,
		w.site(siteInfo{node: x.X, typ: w.typeOf(x.X)}), w.text(x.X.Pos(), x.X.End()), val)
}
