package source

import (
	"go/ast"
	"go/types"
)

// A sharedMemory tells which local variables share memory with package variables:
// after t := table, a change of t[k] is one of table.
type sharedMemory map[types.Object]*types.Var

// sharing finds them, whatever the order of statements.
func sharing(root ast.Node, info *types.Info) sharedMemory {
	s := sharedMemory{}
	for range 3 { // copies of copies, in any order
		n := len(s)
		ast.Inspect(root, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.AssignStmt:
				if len(node.Lhs) == len(node.Rhs) {
					for i, l := range node.Lhs {
						s.note(l, node.Rhs[i], info)
					}
				}
			case *ast.ValueSpec:
				if len(node.Names) == len(node.Values) {
					for i, l := range node.Names {
						s.note(l, node.Values[i], info)
					}
				}
			case *ast.RangeStmt:
				if node.Value != nil {
					s.note(node.Value, node.X, info)
				}
			}
			return true
		})
		if len(s) == n {
			break
		}
	}
	return s
}

func (s sharedMemory) note(local, from ast.Expr, info *types.Info) {
	id, ok := local.(*ast.Ident)
	if !ok {
		return
	}
	obj := info.Defs[id]
	if obj == nil {
		obj = info.Uses[id]
	}
	if v, ok := obj.(*types.Var); !ok || asPackageVar(v) != nil || !refers(v.Type()) {
		return
	}
	if v := packageVar(from, info); v != nil && v.Pkg() != nil {
		s[obj] = v
	} else if v := s[rootOf(from, info)]; v != nil {
		s[obj] = v
	}
}

// refers reports whether a copy of a value of type t shares memory with it.
func refers(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Slice, *types.Map, *types.Pointer:
		return true
	}
	return false
}

// through is the package variable that a write to e changes through a local one.
// A new value of the local variable itself changes nothing.
func (s sharedMemory) through(e ast.Expr, info *types.Info) *types.Var {
	if _, ok := ast.Unparen(e).(*ast.Ident); ok {
		return nil
	}
	return s[rootOf(e, info)]
}

// rootOf is the variable of which e is a part.
func rootOf(e ast.Expr, info *types.Info) types.Object {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return info.Uses[x]
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		default:
			return nil
		}
	}
}
