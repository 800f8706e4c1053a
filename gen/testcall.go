package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// methodOf writes calls of the testing package that start a case, and of
// sync.Once.
func (w *funcWriter) methodOf(c *ast.CallExpr, o *types.Func, n int) (string, []string, bool) {
	if text, ok := w.fuzzCall(c, o); ok {
		return text, nil, true
	}
	if text, ok := w.onceCall(c, o); ok {
		return text, nil, true
	}
	if o.Name() != "Run" || len(c.Args) != 2 || w.later {
		return "", nil, false
	}
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok {
		return "", nil, false
	}
	t := w.typeOf(sel.X)
	if !isTesting(t, "T") && !isTesting(t, "B") || isTesting(t, "TB") {
		return "", nil, false
	}
	if _, ptr := t.(*types.Pointer); !ptr {
		return "", nil, false
	}
	recv := w.expr(sel.X)
	name := w.expr(c.Args[0])
	out := w.slot()
	fn := "RunFunc"
	var body string
	if lit, ok := ast.Unparen(c.Args[1]).(*ast.FuncLit); ok {
		fn = "Run"
		body = w.caseLit(lit, "Sub")
	} else {
		body = w.expr(c.Args[1])
	}
	text := w.splice(c.Pos(), c.End(),
		w.gap(c.Pos(), sel.X.Pos(), fmt.Sprintf("%s.%s(%s, ", rt, fn, tapeName)),
		w.replace(sel.X, recv),
		w.gap(sel.X.End(), c.Lparen+1, ", "),
		w.replace(c.Args[0], name), w.replace(c.Args[1], body))
	return text, []string{out}, true
}

// fuzzCall is f.Fuzz(func(t *testing.T, …) {…}): each seed is a case. The
// literal keeps its signature, which f.Fuzz looks at.
func (w *funcWriter) fuzzCall(c *ast.CallExpr, o *types.Func) (string, bool) {
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok || o.Name() != "Fuzz" || len(c.Args) != 1 || !isTesting(w.typeOf(sel.X), "F") || w.later {
		return "", false
	}
	lit, ok := ast.Unparen(c.Args[0]).(*ast.FuncLit)
	if !ok || len(lit.Type.Params.List) == 0 {
		return "", false
	}
	if first := lit.Type.Params.List[0]; !isTesting(w.typeOf(first.Type), "T") || len(first.Names) != 1 {
		return "", false
	}
	return w.splice(c.Pos(), c.End(), w.replace(sel.X, w.expr(sel.X)), w.replace(c.Args[0], w.caseLit(lit, "Seed"))), true
}

// caseLit writes a literal that is a case, of the test that it is given first: begin
// starts its tape. No frame of the recorder stands below it.
func (w *funcWriter) caseLit(lit *ast.FuncLit, begin string) string {
	var edits []piece
	var test string
	if first := lit.Type.Params.List[0]; len(first.Names) == 0 {
		test = w.fresh("a")
		edits = append(edits, piece{first.Type.Pos(), first.Type.Pos(), test + " "})
	} else if test = first.Names[0].Name; test == "_" {
		test = w.fresh("a")
		edits = append(edits, w.replace(first.Names[0], test))
	}
	text, _ := w.prefixedLit(lit, fmt.Sprintf(" %s := %s.%s(%s, %s); _ = %s;", tapeName, rt, begin, tapeName, test, tapeName), edits...)
	return text
}

// failing are the methods of testing.TB whose arguments are feedback.
var failing = map[string]bool{"Error": true, "Errorf": true, "Fatal": true, "Fatalf": true}

// testingCall writes t.Error and its like, trace.Feedback, and calls that end
// the process.
func (w *funcWriter) testingCall(c *ast.CallExpr) (string, bool) {
	o, ok := calleeObject(w.unit.TypesInfo, c).(*types.Func)
	if !ok || o.Pkg() == nil || w.later {
		return "", false
	}
	switch path := o.Pkg().Path(); {
	case path == "testing" && failing[o.Name()]:
		sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
		if !ok || !isTB(w.typeOf(sel.X)) {
			return "", false
		}
		recv := w.expr(sel.X)
		pieces, refs := w.feedbackArgs(c, 0)
		return w.splice(c.Pos(), c.End(), append(pieces,
			w.gap(c.Pos(), sel.X.Pos(), fmt.Sprintf("%s.%s(%s, ", rt, o.Name(), tapeName)),
			w.replace(sel.X, recv),
			w.gap(sel.X.End(), c.Lparen+1, w.feedbackHead(c, refs)))...), true
	case path == RuntimePath && o.Name() == "Feedback" && len(c.Args) >= 3:
		for _, a := range c.Args[1:] {
			if isNode(w.typeOf(a)) || c.Ellipsis.IsValid() {
				return "", false // the explicit API knows its own nodes
			}
		}
		tb := w.expr(c.Args[0])
		// The values in the message are no outputs.
		out, ref := w.slotted(c.Args[1])
		pieces, _ := w.feedbackArgs(c, 2)
		pieces = append(pieces, w.replace(c.Args[1], out))
		var refs []string
		if ref != "" {
			refs = []string{"&" + ref}
		}
		head := fmt.Sprintf("%s.Feedback(%s, ", rt, tapeName)
		return w.splice(c.Pos(), c.End(), append(pieces,
			w.gap(c.Pos(), c.Lparen+1, head),
			w.replace(c.Args[0], tb),
			w.gap(c.Args[0].End(), w.after(c.Args[0].End(), ',')+1, w.feedbackHead(c, refs)))...), true
	case path == RuntimePath && o.Name() == "Score" && len(c.Args) == 2:
		tb, v := w.expr(c.Args[0]), w.eval(c.Args[1])
		return w.splice(c.Pos(), c.End(), w.replace(c.Args[0], tb),
			w.replace(c.Args[1], fmt.Sprintf("%s.Scored(%s, float64(%s))", rt, tapeName, v.text))), true
	case path == "os" && o.Name() == "Exit" && len(c.Args) == 1:
		return w.splice(c.Pos(), c.End(), w.replace(c.Args[0], fmt.Sprintf("%s.Exit(%s)", rt, w.expr(c.Args[0])))), true
	}
	return "", false
}

// isNode reports whether a type is a node of the explicit API.
func isNode(t types.Type) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == RuntimePath && (n.Obj().Name() == "Node" || n.Obj().Name() == "AnyNode")
}

// feedbackHead is what goes between the receiver and the message: the site
// and the shadows of the arguments.
func (w *funcWriter) feedbackHead(c *ast.CallExpr, refs []string) string {
	sep := ""
	if len(c.Args) > 0 {
		sep = ", "
	}
	return fmt.Sprintf(", %s, []*%s.Ref{%s}%s", w.site(siteInfo{node: c}), rt, strings.Join(refs, ", "), sep)
}

// feedbackArgs writes the arguments of a message from the given one on.
func (w *funcWriter) feedbackArgs(c *ast.CallExpr, from int) (pieces []piece, refs []string) {
	for _, a := range c.Args[from:] {
		if w.multiArg(c) {
			return []piece{w.replace(a, w.expr(a))}, nil
		}
		text, ref := w.slotted(a)
		pieces = append(pieces, w.replace(a, text))
		if ref != "" {
			refs = append(refs, "&"+ref)
		}
	}
	return pieces, refs
}

// endsProcess reports a call that does not return and would lose what was
// recorded.
func (w *funcWriter) endsProcess(c *ast.CallExpr) bool {
	o, ok := calleeObject(w.unit.TypesInfo, c).(*types.Func)
	return ok && o.Pkg() != nil && o.Pkg().Path() == "log" && strings.HasPrefix(o.Name(), "Fatal")
}
