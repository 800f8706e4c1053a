package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// asserts reports whether a call that is not followed may fail a test: it is
// given one, as assert.Equal(t, …) is, or its receiver holds one, as that of
// is.Equal(…).
func (w *funcWriter) asserts(c *ast.CallExpr) bool {
	o, ok := calleeObject(w.unit.TypesInfo, c).(*types.Func)
	if !ok || o.Pkg() == nil || o.Pkg().Path() == "testing" || o.Pkg().Path() == RuntimePath || w.later {
		return false
	}
	if w.tbArg(c) > 0 {
		return true
	}
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	return ok && w.unit.TypesInfo.Selections[sel] != nil && holdsTest(w.typeOf(sel.X), 3)
}

// holdsTest reports whether a value of type t has a test in one of its fields:
// a testing.TB, or an interface that can fail one.
func holdsTest(t types.Type, depth int) bool {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || depth == 0 {
		return false
	}
	for i := range s.NumFields() {
		f := s.Field(i)
		if isTB(f.Type()) || f.Embedded() && holdsTest(f.Type(), depth-1) {
			return true
		}
		if types.IsInterface(f.Type()) {
			methods := types.NewMethodSet(f.Type())
			if methods.Lookup(f.Pkg(), "FailNow") != nil || methods.Lookup(f.Pkg(), "Errorf") != nil {
				return true
			}
		}
	}
	return false
}

// isTest reports whether e, which c is given, is a test, or what an assertion
// library makes of one: it takes the values in hand to say that they are wrong,
// and nothing is computed from it.
func (w *funcWriter) isTest(c *ast.CallExpr, e ast.Expr) bool {
	if isTB(w.typeOf(e)) {
		return true
	}
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	o, _ := calleeObject(w.unit.TypesInfo, c).(*types.Func)
	if !ok || o == nil || sel.X != e || o.Pkg() == nil || inModule(o.Pkg().Path(), w.prog.ModPath) {
		return false
	}
	recv := o.Type().(*types.Signature).Recv()
	return recv != nil && holdsTest(recv.Type(), 3)
}

func inModule(path, module string) bool {
	return path == module || strings.HasPrefix(path, module+"/")
}

// shadowsOf lists pointers to the shadows of operands.
func shadowsOf(ops []operand) []string {
	var refs []string
	for _, o := range ops {
		if o.ref != "" {
			refs = append(refs, "&"+o.ref)
		}
	}
	return refs
}

// checked has an assertion that gives a bool tell the values that it was given
// when it does not hold.
func (w *funcWriter) checked(c *ast.CallExpr, r result) result {
	refs := shadowsOf(r.ops)
	if len(refs) == 0 || resultCount(w.typeOf(c)) != 1 || !w.asserts(c) {
		return r
	}
	if b, ok := w.typeOf(c).Underlying().(*types.Basic); !ok || b.Kind() != types.Bool {
		return r
	}
	r.text = fmt.Sprintf("%s.Checked(%s, %s, []*%s.Ref{%s}, %s)", rt, tapeName, w.site(siteInfo{node: c}), rt, strings.Join(refs, ", "), r.text)
	return r
}

// watched puts a watch around the statement of an assertion without a result,
// and returns what to do behind it. Also one that is given nothing that is
// followed is watched: it may be what failed.
func (w *funcWriter) watched(c *ast.CallExpr, r result) []string {
	if resultCount(w.typeOf(c)) != 0 || !w.canPrefix() || !w.asserts(c) {
		return nil
	}
	site := w.site(siteInfo{node: c})
	w.before(fmt.Sprintf("%s.Watch(%s)", rt, strings.Join(append([]string{tapeName, site}, shadowsOf(r.ops)...), ", ")))
	return []string{fmt.Sprintf("%s.Watched(%s, %s)", rt, tapeName, site)}
}
