package gen

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"sort"
)

// constDef is the expression that defines a constant.
type constDef struct {
	expr ast.Expr
	info *types.Info
}

// collectConsts notes the definitions of the constants of a file.
func (a *analysis) collectConsts(u *unit, file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		gd, ok := n.(*ast.GenDecl)
		if !ok || gd.Tok != token.CONST {
			return true
		}
		var values []ast.Expr
		for _, spec := range gd.Specs {
			vs := spec.(*ast.ValueSpec)
			if len(vs.Values) > 0 {
				values = vs.Values // what follows may repeat them
			}
			for i, id := range vs.Names {
				if i < len(values) {
					a.consts[id.Pos()] = constDef{values[i], u.TypesInfo}
				}
			}
		}
		return true
	})
}

// constBases lists the //trace:node constants that a constant is computed
// from, other than itself.
func (a *analysis) constBases(c *types.Const) []*types.Const {
	if len(a.nodes) == 0 {
		return nil
	}
	found := map[*types.Const]bool{}
	seen := map[token.Pos]bool{}
	var visit func(c *types.Const)
	visit = func(c *types.Const) {
		def, ok := a.consts[c.Pos()]
		if !ok || seen[c.Pos()] {
			return
		}
		seen[c.Pos()] = true
		ast.Inspect(def.expr, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			if b, ok := def.info.Uses[id].(*types.Const); ok {
				if a.node(b) != nil {
					found[b] = true
				} else {
					visit(b)
				}
			}
			return true
		})
	}
	visit(c)
	var bases []*types.Const
	for b := range found {
		bases = append(bases, b)
	}
	sort.Slice(bases, func(i, j int) bool { return bases[i].Pos() < bases[j].Pos() })
	return bases
}

// traced reports whether a constant is a node or computed from one.
func (a *analysis) traced(c *types.Const) bool {
	return a.node(c) != nil || len(a.constBases(c)) > 0
}

func isConst(o types.Object) bool {
	_, ok := o.(*types.Const)
	return ok
}

// constText writes the value of a constant where its name may mean something
// else, "" if it cannot.
func constText(c *types.Const) string {
	switch v := c.Val(); v.Kind() {
	case constant.Bool, constant.String:
		return v.ExactString()
	case constant.Int:
		if _, ok := constant.Int64Val(v); ok {
			return v.ExactString()
		}
	case constant.Float:
		f, _ := constant.Float64Val(v)
		return fmt.Sprintf("float64(%g)", f)
	}
	return ""
}
