package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// What runs once is the program's: later cases use it, too. So does what
// sync.Once.Do calls, and what the functions that sync.OnceFunc and its like
// make call.

// onceCall writes once.Do(f).
func (w *funcWriter) onceCall(c *ast.CallExpr, o *types.Func) (string, bool) {
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok || o.FullName() != "(*sync.Once).Do" || len(c.Args) != 1 || w.later {
		return "", false
	}
	twin, _, ok := w.onceTwin(c.Args[0])
	if !ok {
		return "", false
	}
	recv := w.place(sel.X)
	return w.splice(c.Pos(), c.End(), w.replace(sel.X, recv.text),
		w.replace(c.Args[0], fmt.Sprintf("%s.Once(%s, %s)", rt, tapeName, twin))), true
}

// onceFunc writes sync.OnceFunc(f), sync.OnceValue(f) or sync.OnceValues(f).
func (w *funcWriter) onceFunc(c *ast.CallExpr) (result, bool) {
	o, ok := calleeObject(w.unit.TypesInfo, c).(*types.Func)
	if !ok || len(c.Args) != 1 || w.later {
		return result{}, false
	}
	n, ok := onceResults[o.FullName()]
	if !ok {
		return result{}, false
	}
	var typs []string
	for i := 0; i < n; i++ {
		sig := w.typeOf(c.Args[0]).Underlying().(*types.Signature)
		name := w.typeName(sig.Results().At(i).Type(), c.Pos())
		if name == "" {
			w.degrade(c, "the function returns a type that has no name here")
			return result{}, false
		}
		typs = append(typs, name)
	}
	twin, ops, ok := w.onceTwin(c.Args[0])
	if !ok {
		return result{}, false
	}
	if n == 0 {
		return result{text: w.splice(c.Pos(), c.End(), w.replace(c.Args[0], fmt.Sprintf("%s.Once(%s, %s)", rt, tapeName, twin))), ops: ops}, true
	}
	fun := unindex(c.Fun)
	return result{text: w.splice(c.Pos(), c.End(),
		piece{c.Pos(), c.Pos(), fmt.Sprintf("%s.Once%d(%s, ", rt, n, tapeName)},
		w.gap(fun.End(), c.Lparen+1, "["+strings.Join(typs, ", ")+"], "),
		w.replace(c.Args[0], twin)), ops: ops}, true
}

// onceResults gives the number of results of what runs once.
var onceResults = map[string]int{"sync.OnceFunc": 0, "sync.OnceValue": 1, "sync.OnceValues": 2}

// onceTwin writes the twin of a literal or declared function that runs once.
func (w *funcWriter) onceTwin(e ast.Expr) (twin string, ops []operand, ok bool) {
	var fn *types.Func
	prefix := ""
	switch f := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		if recovers(w.unit.TypesInfo, f) {
			return "", nil, false
		}
		twin, ops = w.twinLit(f)
		return twin, ops, true
	case *ast.Ident:
		fn, _ = w.obj(f).(*types.Func)
	case *ast.SelectorExpr:
		fn, _ = w.obj(f.Sel).(*types.Func)
	}
	if fn == nil || fn.Pkg() == nil || fn.Type().(*types.Signature).Recv() != nil || fn.Type().(*types.Signature).TypeParams() != nil {
		return "", nil, false
	}
	f := w.funcs[funcKey(fn)]
	if !f.twinned() || f.role != roleNone {
		return "", nil, false
	}
	if fn.Pkg().Path() != w.unit.Types.Path() {
		if f.unit.Name == "main" || !importable(w.unit.path, f.unit.path) {
			return "", nil, false
		}
		prefix = w.pkgName(fn.Pkg()) + "."
	}
	return prefix + twinName(fn), nil, true
}
