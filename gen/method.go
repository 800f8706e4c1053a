package gen

import (
	"fmt"
	"go/ast"
	"go/types"
)

// A receiver is what a method of a declared type is called with.
type receiver struct {
	before, text, after string // around the source of the expression
	ptr                 string // pointer to its shadow
}

// methodReceiver writes the receiver of x.m as the method wants it.
func (w *funcWriter) methodReceiver(sel *ast.SelectorExpr, s *types.Selection, sig *types.Signature) (receiver, bool) {
	path, lastPtr, ok := w.embedPath(s)
	if !ok {
		return receiver{}, false
	}
	_, want := sig.Recv().Type().(*types.Pointer)
	have := isPointer(w.typeOf(sel.X))
	if path != "" {
		have = lastPtr
	}
	var recv, ptr string
	adjust := ""
	switch {
	case want && !have:
		adjust = "&"
		r := w.place(sel.X)
		recv, ptr = r.text, "nil"
		if len(r.ops) > 0 {
			ptr = "&" + r.ops[0].ref
			if w.later {
				ptr = fmt.Sprintf("%s.New(%s)", rt, r.ops[0].ref)
			}
		}
	case !want && (have || s.Indirect() || path != "" && w.inMemory(sel.X)):
		// A copy of what lies in memory.
		base, cont := "", "nil"
		if isPointer(w.typeOf(sel.X)) {
			base, cont = w.container(sel.X)
		} else if text, c, _ := w.memoryBase(sel.X, s); c != "nil" {
			base, cont = text, c
		} else {
			r := w.place(sel.X)
			base = r.text
			if len(r.ops) > 0 {
				cont = "&" + r.ops[0].ref
			}
		}
		out := w.slot()
		amp := "&"
		if have {
			amp = ""
		}
		adjust = fmt.Sprintf("*%s.At(%s, &%s, %s, %s, %s", rt, tapeName, out, w.loadSite(sel.X), cont, amp)
		path += ")"
		recv, ptr = base, "&"+out
		if w.later {
			ptr = "nil"
		}
	case path != "":
		// A part of a value.
		recv, ptr = w.argument(sel.X)
		if ptr != "nil" {
			idx := s.Index()
			out := w.slot()
			adjust = fmt.Sprintf("%s.Part(%s, &%s, %s, %s, %s, ", rt, tapeName, out, w.loadSite(sel.X), ptr, pathText(idx[:len(idx)-1]))
			path += ")"
			ptr = "&" + out
		}
	default:
		recv, ptr = w.argument(sel.X)
	}
	return receiver{adjust, recv, path, ptr}, true
}

// methodValue writes x.m as a value: the recorder learns the twin of what it
// gives. ok is false if the method has none.
func (w *funcWriter) methodValue(e *ast.SelectorExpr, s *types.Selection) (r result, ok bool) {
	f, isFunc := s.Obj().(*types.Func)
	if !isFunc || w.later {
		return r, false
	}
	if r, ok := w.boundValue(e, s, f); ok {
		return r, true
	}
	sig := f.Type().(*types.Signature)
	if !smallShape(sig) || s.Kind() != types.MethodVal {
		return r, false
	}
	var recv receiver
	if _, isParam := types.Unalias(s.Recv()).(*types.TypeParam); isParam {
		return r, false
	}
	if iface, dynamic := s.Recv().Underlying().(*types.Interface); dynamic {
		twin := false
		for _, g := range w.implementing(f.Name(), iface) {
			twin = twin || g.twinned()
		}
		if !twin {
			return r, false
		}
		recv.text, recv.ptr = w.argument(e.X)
	} else {
		g := w.lookup(f)
		if !g.twinned() || types.IsInterface(sig.Recv().Type()) || f.Origin() != f {
			return r, false
		}
		if recv, ok = w.methodReceiver(e, s, sig); !ok {
			return r, false
		}
	}
	keep, out := w.fresh("keep"), w.slot()
	w.frame.others = append(w.frame.others, "var "+keep+" interface{}")
	return result{text: w.splice(e.Pos(), e.End(),
		piece{e.Pos(), e.Pos(), fmt.Sprintf("%s.Bind%d_%d(%s, &%s, %s, &%s, %s, %s.Keep(&%s, %s", rt, sig.Params().Len(), sig.Results().Len(),
			tapeName, out, recv.ptr, keep, w.methodID(f.Name()), rt, keep, recv.before)},
		w.replace(e.X, recv.text),
		w.gap(e.X.End(), e.Sel.Pos(), recv.after+")."),
		piece{e.End(), e.End(), ")"}), ref: out, ops: []operand{{ref: out}}}, true
}
