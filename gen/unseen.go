package gen

import (
	"go/ast"
	"go/types"
	"slices"
)

// unseen lists the IDs of trainable nodes and bundles that code names which is not
// followed: functions that cannot be, bundles whose bodies are not, and what a
// //trace:skip leaves alone. That code may use them without a trace.
func (a *analysis) unseen() []string {
	found := map[string]bool{}
	add := func(info *types.Info, part ast.Node) {
		for _, o := range a.nodesIn(info, part).nodes {
			switch f, _ := o.(*types.Func); {
			case f != nil:
				found[a.lookup(f).bundle.ID] = true
			case a.node(o).Trainable:
				found[a.node(o).ID] = true
			}
		}
		ast.Inspect(part, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if f, ok := info.Uses[sel.Sel].(*types.Var); ok && f.IsField() {
					if t := a.node(f); t != nil && t.Trainable {
						found[t.ID] = true
					}
				}
			}
			return true
		})
	}
	for _, f := range a.order {
		if f.decl.Body == nil {
			continue
		}
		if f.opaque != "" || f.bundle != nil && f.inside == "" {
			add(f.unit.TypesInfo, f.decl.Body)
			continue
		}
		ast.Inspect(f.decl.Body, func(n ast.Node) bool {
			if n != nil && a.skips[n] != nil {
				add(f.unit.TypesInfo, n)
				return false
			}
			return true
		})
	}
	var ids []string
	for id := range found {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
