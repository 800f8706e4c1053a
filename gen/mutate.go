package gen

import (
	"go/ast"
	"go/types"
	"sort"
)

// mutatedParams finds the parameters (receiver first) that the body stores
// through. What the body hands on is not counted: a client or a context that
// every call shares would chain all calls together by edges that are false.
func mutatedParams(info *types.Info, fd *ast.FuncDecl) []int {
	if fd.Body == nil {
		return nil
	}
	index := map[types.Object]int{}
	n := 0
	for _, fl := range []*ast.FieldList{fd.Recv, fd.Type.Params} {
		if fl == nil {
			continue
		}
		for _, fld := range fl.List {
			for _, id := range fld.Names {
				if o := info.Defs[id]; o != nil && refersToMemory(o.Type()) {
					index[o] = n
				}
				n++
			}
			if len(fld.Names) == 0 {
				n++
			}
		}
	}
	hit := map[int]bool{}
	stored := func(e ast.Expr) {
		e = ast.Unparen(e)
		if _, plain := e.(*ast.Ident); plain {
			return
		}
		if id := rootIdent(e); id != nil {
			if i, ok := index[info.Uses[id]]; ok {
				hit[i] = true
			}
		}
	}
	ast.Inspect(fd.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				stored(l)
			}
		case *ast.IncDecStmt:
			stored(n.X)
		case *ast.SendStmt:
			stored(n.Chan)
		}
		return true
	})
	var is []int
	for i := range hit {
		is = append(is, i)
	}
	sort.Ints(is)
	return is
}

func refersToMemory(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map, *types.Chan:
		return true
	}
	return false
}

func rootIdent(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.UnaryExpr:
			e = x.X
		default:
			return nil
		}
	}
}
