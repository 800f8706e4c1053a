package gen

import (
	"fmt"
	"go/ast"
	"go/types"
)

// Functions as values. A declared function, or a method as an expression (T.m),
// is one value in the whole program, and the recorder knows its twin. A method
// value (x.m) is new each time.

// registerFunc tells the recorder the twin of a function that is used as a
// value.
func (w *fileWriter) registerFunc(f *funcDecl, typeParams string) {
	if !f.asFunc || typeParams != "" || f.role == roleMain {
		return
	}
	name := f.decl.Name.Name
	if f.decl.Recv != nil {
		recv := types.TypeString(f.obj.Type().(*types.Signature).Recv().Type(), w.qualifier)
		name = "(" + recv + ")." + name
	}
	_, twin := w.namedTwin(f)
	w.inits = append(w.inits, fmt.Sprintf("%s.Register(%s, %s)", rt, name, twin))
}

// methodExpr reports whether a call names a method with a twin by an
// expression, as T.m(x, …) does.
func (w *funcWriter) methodExpr(c *ast.CallExpr) bool {
	sel, ok := unindex(c.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	s := w.unit.TypesInfo.Selections[sel]
	if s == nil || s.Kind() != types.MethodExpr {
		return false
	}
	f := w.lookup(s.Obj().(*types.Func))
	return f.twinned() && types.Identical(s.Recv(), f.obj.Type().(*types.Signature).Recv().Type())
}

// boundValue writes x.m where the dynamic type of x does not tell the twin: of
// a bundle on an interface, and of a method of a generic type. The recorder
// makes the value of the twin.
func (w *funcWriter) boundValue(e *ast.SelectorExpr, sel *types.Selection, fn *types.Func) (result, bool) {
	f := w.lookup(fn)
	sig := fn.Type().(*types.Signature)
	if !f.twinned() || !smallShape(sig) || f.iface != types.IsInterface(sig.Recv().Type()) || !f.iface && fn.Origin() == fn {
		return result{}, false
	}
	name := twinName(f.obj)
	if f.obj.Pkg().Path() != w.unit.Types.Path() {
		if f.unit.Name == "main" || !importable(w.unit.path, f.unit.path) {
			return result{}, false
		}
		name = w.pkgName(f.obj.Pkg()) + "." + name
	}
	path, lastPtr, ok := w.embedPath(sel)
	if !ok {
		return result{}, false
	}
	args := w.typeArgs(sig.Recv().Type(), e.Pos())
	if args == "" && hasTypeParam(f.obj.Type().(*types.Signature).Recv().Type()) {
		return result{}, false
	}
	want, have := isPointer(sig.Recv().Type()), isPointer(w.typeOf(e.X))
	if path != "" {
		have = lastPtr
	}
	var text, ref, adjust string
	switch {
	case want && !have:
		r := w.place(e.X)
		text, adjust = r.text, "&"
		if len(r.ops) > 0 {
			ref = r.ops[0].ref
		}
	case have && !want:
		adjust = "*"
		fallthrough
	default:
		text, ref = w.slotted(e.X)
	}
	ptr := "nil"
	var ops []operand
	if ref != "" {
		ptr, ops = "&"+ref, []operand{{ref: ref}} // read at once
	}
	call := fmt.Sprintf("%s.Bound%d_%d(%s, %s, %s", rt, sig.Params().Len(), sig.Results().Len(), tapeName, ptr, adjust)
	return result{text: w.splice(e.Pos(), e.End(), piece{e.Pos(), e.Pos(), call}, w.replace(e.X, text),
		w.gap(e.X.End(), e.End(), path+", "+name+args+")")), ops: ops}, true
}
