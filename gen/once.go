package gen

import (
	"fmt"
	"go/ast"
	"go/types"
)

// onceCall writes once.Do(f): what f computes is the program's.
func (w *funcWriter) onceCall(c *ast.CallExpr, o *types.Func) (string, bool) {
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok || w.fullName(o) != "(*sync.Once).Do" || len(c.Args) != 1 || w.later {
		return "", false
	}
	var twin string
	switch f := ast.Unparen(c.Args[0]).(type) {
	case *ast.FuncLit:
		if recovers(w.unit.TypesInfo, f) {
			return "", false
		}
		twin, _ = w.twinLit(f)
	case *ast.Ident:
		fn, ok := w.obj(f).(*types.Func)
		if !ok || fn.Pkg() != w.unit.Types || !w.lookup(fn).twinned() || fn.Type().(*types.Signature).TypeParams() != nil {
			return "", false
		}
		twin = twinName(fn)
	default:
		return "", false
	}
	recv := w.place(sel.X)
	return w.splice(c.Pos(), c.End(), w.replace(sel.X, recv.text),
		w.replace(c.Args[0], fmt.Sprintf("%s.Once(%s, %s)", rt, tapeName, twin))), true
}
