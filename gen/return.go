package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// returnStmt records the results, then returns.
func (w *funcWriter) returnStmt(s *ast.ReturnStmt) string {
	fr := w.frame
	if len(s.Results) == 0 {
		return w.text(s.Pos(), s.End())
	}
	if fr.results == nil { // a literal whose results are not followed
		var pieces []piece
		for _, e := range s.Results {
			pieces = append(pieces, w.replace(e, w.expr(e)))
		}
		return w.splice(s.Pos(), s.End(), pieces...)
	}
	n := len(fr.results)
	put := func(i int, ref string) string {
		if o := fr.resultObjs[i]; o != nil {
			return w.put(o, ref)
		}
		return fmt.Sprintf("%s.Put(%s, %s)", rt, fr.results[i], ref)
	}
	var rs []result
	var pieces []piece
	var changes []string // of a call with several results
	if len(s.Results) != n {
		text, multi := w.multi(s.Results[0], nil, n)
		rs = multi
		pieces = append(pieces, w.replace(s.Results[0], text))
		if c, ok := ast.Unparen(s.Results[0]).(*ast.CallExpr); ok && rs[0].ref == "" {
			changes = w.weakUpdates(c, rs[0].ops)
		}
	} else {
		for _, e := range s.Results {
			r := w.eval(e)
			rs = append(rs, r)
			pieces = append(pieces, w.replace(e, r.text))
		}
	}
	any := false
	for _, r := range rs {
		any = any || r.tracked()
	}
	if !any && !fr.named {
		return w.splice(s.Pos(), s.End(), pieces...)
	}
	if w.hiddenResult(s) {
		if len(s.Results) != n {
			panic(cannot("a result is hidden at a return statement"))
		}
		return w.returnInPlace(s, rs)
	}
	vars := strings.Join(fr.resultVars, ", ")
	var b strings.Builder
	// return e, f  →  { r0, r1 = e, f; …; return r0, r1 }
	first, last := s.Results[0], s.Results[len(s.Results)-1]
	b.WriteString("{ ")
	b.WriteString(w.splice(s.Pos(), last.End(), append(pieces, w.gap(s.Pos(), first.Pos(), vars+" = "))...))
	for _, e := range changes {
		b.WriteString("; " + e)
	}
	for i, e := range rs {
		node := ast.Node(last)
		if len(s.Results) == n {
			node = s.Results[i]
		}
		typ := w.resultType(i)
		switch {
		case e.ref != "":
			if p := put(i, e.ref); p != "" {
				b.WriteString("; " + p)
			}
		case e.tracked():
			tmp := w.slot()
			b.WriteString("; " + w.record(tmp, e, siteInfo{node: node, typ: typ, deep: w.deepValue(node)}, fr.resultVars[i]))
			if p := put(i, tmp); p != "" {
				b.WriteString("; " + p)
			}
		default:
			if p := put(i, "0"); p != "" {
				b.WriteString("; " + p)
			}
		}
	}
	b.WriteString("; return " + vars + " }")
	return b.String()
}

// hiddenResult reports whether another variable hides a named result.
func (w *funcWriter) hiddenResult(s *ast.ReturnStmt) bool {
	for _, o := range w.frame.resultObjs {
		if o == nil || o.Name() == "_" {
			continue
		}
		scope := w.unit.Types.Scope().Innermost(s.Pos())
		if scope == nil {
			return true
		}
		if _, found := scope.LookupParent(o.Name(), s.Pos()); found != o {
			return true
		}
	}
	return false
}

// returnInPlace records results without naming the result variables.
func (w *funcWriter) returnInPlace(s *ast.ReturnStmt, rs []result) string {
	var pieces []piece
	for i, e := range s.Results {
		text := rs[i].text
		if o := w.frame.resultObjs[i]; w.shadowName(o) != "" {
			w.before(w.put(o, "0"))
			if !w.untyped(e) {
				text = w.intoVar(o, rs[i], e)
			}
		}
		pieces = append(pieces, w.replace(e, text))
	}
	return w.splice(s.Pos(), s.End(), pieces...)
}

func (w *funcWriter) resultType(i int) types.Type {
	var sig *types.Signature
	if w.frame.lit != nil {
		sig, _ = w.typeOf(w.frame.lit).Underlying().(*types.Signature)
	} else {
		sig = w.fn.obj.Type().(*types.Signature)
	}
	if sig == nil || i >= sig.Results().Len() {
		return nil
	}
	return sig.Results().At(i).Type()
}
