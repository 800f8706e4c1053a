package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// printed notes, behind a call, which followed values it wrote to the standard
// output: they are what the output of an example is about.
func (w *funcWriter) printed(c *ast.CallExpr, ops []operand) []string {
	refs := refsOf(ops)
	if len(refs) == 0 || w.later || !w.examples {
		return nil
	}
	name, to := "Printed", ""
	if !printsOut(w.unit.TypesInfo, c) {
		if to = w.writerOf(c); to == "" {
			return nil
		}
		name, to = "PrintedTo", to+", "
	}
	return []string{fmt.Sprintf("if %s != 0 { %s.%s(%s, %s%s, &%s) }", strings.Join(refs, "|"), rt, name, tapeName,
		to, w.site(siteInfo{node: c}), strings.Join(refs, ", &"))}
}

// writerOf is the writer that a call is given first, as fmt.Fprint is, and which
// may be the standard output: empty if it cannot be read once more behind the call.
func (w *funcWriter) writerOf(c *ast.CallExpr) string {
	if len(c.Args) < 2 {
		return ""
	}
	to := ast.Unparen(c.Args[0])
	n, ok := types.Unalias(w.typeOf(to)).(*types.Named)
	if !ok || n.Obj().Name() != "Writer" || n.Obj().Pkg() == nil || n.Obj().Pkg().Path() != "io" || !w.stays(to) {
		return ""
	}
	return w.text(to.Pos(), to.End())
}

// printsOut reports whether a call writes to the standard output by name: it is
// fmt.Print or its like, or it is given os.Stdout, or its receiver came from such
// a call, as in json.NewEncoder(os.Stdout).Encode(v).
func printsOut(info *types.Info, c *ast.CallExpr) bool {
	if f, ok := calleeObject(info, c).(*types.Func); ok && f.Pkg() != nil && f.Pkg().Path() == "fmt" && strings.HasPrefix(f.Name(), "Print") {
		return true
	}
	if sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr); ok {
		if isStdout(info, sel.X) {
			return true
		}
		if inner, ok := ast.Unparen(sel.X).(*ast.CallExpr); ok && printsOut(info, inner) {
			return true
		}
	}
	for _, a := range c.Args {
		if isStdout(info, a) {
			return true
		}
	}
	return false
}

func isStdout(info *types.Info, e ast.Expr) bool {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	v, ok := info.Uses[sel.Sel].(*types.Var)
	return ok && v.Name() == "Stdout" && v.Pkg() != nil && v.Pkg().Path() == "os"
}
