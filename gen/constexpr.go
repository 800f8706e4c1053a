package gen

import (
	"fmt"
	"go/ast"
	"go/types"
)

// constExpr is a constant; the constants that are nodes are its inputs.
func (w *funcWriter) constExpr(e ast.Expr) result {
	r := result{text: w.text(e.Pos(), e.End())}
	if w.unit.TypesInfo.Types[e].Value == nil {
		return r
	}
	ast.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		c, ok := w.obj(id).(*types.Const)
		if !ok {
			return true
		}
		t := w.node(c)
		if t == nil {
			for _, b := range w.constBases(c) {
				r.ops = merge(r.ops, w.constBase(id, b))
			}
			return true
		}
		out := w.slot()
		s := siteInfo{node: id, name: id.Name, typ: c.Type()}
		if t.Trainable {
			s.id, s.decl = t.ID, c.Pos()
		}
		name := id.Name
		if c.Pkg() != w.unit.Types {
			name = w.qualifier(c.Pkg()) + "." + name
		}
		if w.beforeConst(fmt.Sprintf("%s.Const(%s, &%s, %s, %s)", rt, tapeName, out, w.site(s), name)) {
			r.ops = merge(r.ops, []operand{{ref: out}})
		}
		return true
	})
	if len(r.ops) == 1 {
		if id, ok := ast.Unparen(e).(*ast.Ident); ok && w.node(w.obj(id)) != nil {
			r.ref = r.ops[0].ref
		}
	}
	return r
}

// constBase is the node b that the constant named id is computed from.
func (w *funcWriter) constBase(id *ast.Ident, b *types.Const) []operand {
	val := constText(b)
	if val == "" {
		return nil
	}
	t := w.node(b)
	out := w.slot()
	s := siteInfo{node: id, src: b.Name(), name: b.Name(), typ: b.Type()}
	if t.Trainable {
		s.id, s.decl = t.ID, b.Pos()
	}
	if !w.beforeConst(fmt.Sprintf("%s.Const(%s, &%s, %s, %s)", rt, tapeName, out, w.site(s), val)) {
		return nil
	}
	return []operand{{ref: out}}
}
