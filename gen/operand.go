package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// operand is an input of a node.
type operand struct {
	ref string // a Ref variable
	// val and src describe the value that becomes an input node when ref is
	// empty; val is "" if there is none. set: ref is the shadow of exactly
	// that value, and may be filled in.
	val, src string
	typ      types.Type
	node     ast.Node
	set      bool
	root     types.Object // the variable that val reads
}

// result is an expression that was written.
type result struct {
	text string
	ref  string    // the Ref variable that holds exactly its node; "" if it is computed
	ops  []operand // what it is computed from; the one operand if ref is set
}

func (r result) tracked() bool { return len(r.ops) > 0 }

// merge adds operands, once each.
func merge(a, b []operand) []operand {
	out := a[:len(a):len(a)]
next:
	for _, o := range b {
		for i, p := range out {
			if p.ref == o.ref && p.val == o.val {
				continue next
			}
			if p.ref == o.ref && (p.val == "" || o.val == "") {
				if p.val == "" {
					out[i] = o
				}
				continue next
			}
		}
		out = append(out, o)
	}
	return out
}

func refsOf(ops []operand) []string {
	var refs []string
	seen := map[string]bool{}
	for _, o := range ops {
		if !seen[o.ref] {
			seen[o.ref] = true
			refs = append(refs, o.ref)
		}
	}
	return refs
}

// record writes the statement that sets dst to the node of a value: an alias,
// nothing, or a node on the operands.
func (w *funcWriter) record(dst string, r result, s siteInfo, val string) string {
	if r.ref != "" {
		return dst + " = " + r.ref
	}
	if len(r.ops) == 0 {
		return dst + " = 0"
	}
	refs := refsOf(r.ops)
	var b strings.Builder
	fmt.Fprintf(&b, "if %s != 0 { ", strings.Join(refs, "|"))
	var in []string
	seen := map[string]bool{}
	for _, o := range r.ops {
		if o.val != "" && len(refs) > 1 && !w.assigned(o) {
			if o.set {
				fmt.Fprintf(&b, "if %s == 0 { %s = %s }; ", o.ref, o.ref, w.input(o))
			} else {
				w.serial++
				tmp := fmt.Sprintf("i%d__", w.serial)
				fmt.Fprintf(&b, "%s := %s; if %s == 0 { %s = %s }; ", tmp, o.ref, tmp, tmp, w.input(o))
				in = append(in, tmp)
				seen[o.ref] = true
				continue
			}
		}
		if !seen[o.ref] {
			seen[o.ref] = true
			in = append(in, o.ref)
		}
	}
	fmt.Fprintf(&b, "%s = %s.Rec(%s, %s, %s, %s) } else { %s = 0 }", dst, rt, tapeName, w.site(s), val, strings.Join(in, ", "), dst)
	return b.String()
}

// assigned reports whether the statement changes the variable that an operand
// would be read from again.
func (w *funcWriter) assigned(o operand) bool {
	return w.stmt != nil && o.root != nil && w.stmt.assign[o.root]
}

// input writes the expression that makes an operand's input node.
func (w *funcWriter) input(o operand) string {
	return fmt.Sprintf("%s.In(%s, %s, %s)", rt, tapeName, w.site(siteInfo{node: o.node, src: o.src, name: o.src, typ: o.typ}), o.val)
}

// inputsBefore records, before the statement, the operands that the statement
// itself overwrites.
func (w *funcWriter) inputsBefore(ops []operand) {
	if !w.canPrefix() {
		return
	}
	refs := refsOf(ops)
	for _, o := range ops {
		if o.val == "" || !o.set || !w.assigned(o) || len(refs) < 2 {
			continue
		}
		var others []string
		for _, p := range ops {
			if p.ref != o.ref && p.root != nil {
				others = append(others, p.ref)
			}
		}
		if len(others) > 0 {
			w.before(fmt.Sprintf("if %s == 0 && %s != 0 { %s = %s }", o.ref, strings.Join(others, "|"), o.ref, w.input(o)))
		}
	}
}

// inPlace wraps an expression so that its node is in dst once it is
// evaluated.
func (w *funcWriter) inPlace(dst string, r result, e ast.Expr) string {
	if len(r.ops) == 0 {
		return r.text
	}
	if r.ref != "" {
		if r.ref == dst {
			return r.text
		}
		return fmt.Sprintf("%s.Set(&%s, &%s, %s)", rt, dst, r.ref, r.text)
	}
	var refs, values []string
	n := 0 // of values, up to the last that there is
	count := len(refsOf(r.ops))
	seen := map[string]bool{}
	for _, o := range r.ops {
		switch {
		case o.val != "" && count > 1 && !w.assigned(o):
			p := "&" + o.ref
			if !o.set {
				p = fmt.Sprintf("%s.New(%s)", rt, o.ref)
			}
			refs, values = append(refs, p), append(values, w.value(o))
			n = len(values)
			seen[o.ref] = true
		case !seen[o.ref]:
			seen[o.ref] = true
			refs, values = append(refs, "&"+o.ref), append(values, rt+".Operand{}")
		}
	}
	args := append([]string{fmt.Sprintf("[]*%s.Ref{%s}", rt, strings.Join(refs, ", "))}, values[:n]...)
	return fmt.Sprintf("%s.Op(%s, &%s, %s, %s, %s)", rt, tapeName, dst, w.site(siteInfo{node: e, typ: w.typeOf(e), deep: w.deepValue(e)}), r.text, strings.Join(args, ", "))
}

// slotted writes e and names the Ref variable that holds its node, "" if it
// has none.
func (w *funcWriter) slotted(e ast.Expr) (text, ref string) { return w.slottedResult(e, w.eval(e)) }

func (w *funcWriter) slottedResult(e ast.Expr, r result) (text, ref string) {
	if r.ref != "" || len(r.ops) == 0 {
		return r.text, r.ref
	}
	if _, tuple := w.typeOf(e).(*types.Tuple); tuple {
		return r.text, ""
	}
	dst := w.slot()
	return w.inPlace(dst, r, e), dst
}

// value writes what keeps the value of an operand.
func (w *funcWriter) value(o operand) string {
	site := w.site(siteInfo{node: o.node, src: o.src, name: o.src, typ: o.typ})
	fn, first := "I", fmt.Sprintf("&%s, ", o.ref)
	if _, isParam := types.Unalias(o.typ).(*types.TypeParam); !isParam && o.typ != nil {
		b, _ := o.typ.Underlying().(*types.Basic)
		switch {
		case b == nil || b.Info()&types.IsUntyped != 0:
		case b.Info()&types.IsString != 0:
			fn, first = "IS", ""
		case b.Info()&(types.IsInteger|types.IsFloat|types.IsBoolean) != 0:
			fn, first = "IN", ""
		}
	}
	return fmt.Sprintf("%s.%s(%s%s, %s)", rt, fn, first, site, o.val)
}

// container writes the base of a load and gives the pointer to its shadow.
func (w *funcWriter) container(e ast.Expr) (text, ptr string) {
	text, ref := w.slotted(e)
	if ref == "" {
		return text, "nil"
	}
	return text, "&" + ref
}
