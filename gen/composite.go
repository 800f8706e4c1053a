package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// composite is a composite literal: it depends on all its elements, and the
// elements of a slice keep their own nodes.
func (w *funcWriter) composite(e *ast.CompositeLit) result { return w.literal(e, "") }

// literal writes a composite literal. typ is the text of its type where the
// source leaves it out, because it is an element of another literal.
func (w *funcWriter) literal(e *ast.CompositeLit, typ string) result {
	t := w.typeOf(e).Underlying()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem().Underlying()
	}
	_, isStruct := t.(*types.Struct)
	_, isSlice := t.(*types.Slice)
	elem := elementType(e, typ)
	if !spelledOut(t, elem) {
		elem = ""
	}
	if _, isArray := t.(*types.Array); isStruct || isArray {
		if r, ok := w.aggregate(e, w.typeOf(e), typ); ok {
			return r
		}
	}
	cells := isSlice && (e.Type != nil || typ != "")
	for _, el := range e.Elts {
		switch el := el.(type) {
		case *ast.KeyValueExpr:
			cells = false
		case *ast.CompositeLit:
			cells = cells && (el.Type != nil || elem != "")
		}
	}
	var pieces []piece
	var ops []operand
	var refs []string
	tracked := false
	for _, el := range e.Elts {
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			if !isStruct {
				k := w.eval(kv.Key)
				pieces = append(pieces, w.replace(kv.Key, k.text))
				ops = merge(ops, k.ops)
			}
			el = kv.Value
		}
		v := w.elided(el, elem)
		if !cells {
			pieces = append(pieces, w.replace(el, v.text))
			ops = merge(ops, v.ops)
			continue
		}
		text, ref := w.slottedResult(el, v)
		pieces = append(pieces, w.replace(el, text))
		if ref == "" {
			refs = append(refs, "nil")
			continue
		}
		tracked = true
		refs = append(refs, "&"+ref)
		ops = merge(ops, []operand{{ref: ref}})
	}
	text := typ + w.splice(e.Pos(), e.End(), pieces...)
	if cells && tracked {
		out := w.slot()
		return result{text: fmt.Sprintf("%s.Lit(%s, &%s, %s, []*%s.Ref{%s}, %s)", rt, tapeName, out,
			w.site(siteInfo{node: e, src: typ + w.text(e.Pos(), e.End()), typ: w.typeOf(e), deep: isFlat(w.typeOf(e))}), rt,
			strings.Join(refs, ", "), text), ref: out, ops: []operand{{ref: out}}}
	}
	return result{text: text, ops: ops}
}

// aggregate writes a literal of a struct or array, which remembers what its
// leaves come from.
func (w *funcWriter) aggregate(e *ast.CompositeLit, t types.Type, typ string) (result, bool) {
	s := w.shapeOf(t)
	if e.Type == nil && typ == "" || !s.composed() {
		return result{}, false
	}
	var l literalParts
	w.leavesOf(e, s, 0, typ, &l)
	text := typ + w.splice(e.Pos(), e.End(), l.pieces...)
	if len(l.leaves) == 0 {
		return result{text: text}, true
	}
	out := w.slot()
	return result{text: fmt.Sprintf("%s.Make(%s, &%s, %s, %s, []%s.Leaf{%s}, %s)", rt, tapeName, out,
		w.site(siteInfo{node: e, src: typ + w.text(e.Pos(), e.End()), typ: w.typeOf(e), deep: isFlat(w.typeOf(e))}),
		s.quoted(), rt, strings.Join(l.leaves, ", "), text), ref: out, ops: []operand{{ref: out}}}, true
}

// literalParts are the pieces of a literal and what its leaves come from.
type literalParts struct {
	pieces []piece
	leaves []string // values of rt.Leaf
}

// leavesOf writes the elements of a literal whose first leaf is the one at
// off; literals in it that leave out their type are part of it.
func (w *funcWriter) leavesOf(e *ast.CompositeLit, s *typeShape, off int, typ string, l *literalParts) {
	t := w.typeOf(e).Underlying()
	elem := elementType(e, typ)
	if !spelledOut(t, elem) {
		elem = ""
	}
	at := -1
	for _, el := range e.Elts {
		at++
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			if st, isStruct := t.(*types.Struct); isStruct {
				at = fieldIndex(st, kv.Key.(*ast.Ident).Name)
			} else {
				at = constIndex(w.unit.TypesInfo, kv.Key)
			}
			el = kv.Value
		}
		if at < 0 || at >= len(s.kids) {
			panic(cannot("an index of an array literal is not known"))
		}
		sub, from := s.kids[at], off+s.before(at)
		if inner, ok := el.(*ast.CompositeLit); ok && sub.composed() && !isPointer(w.typeOf(inner)) {
			w.leavesOf(inner, sub, from, elem, l)
			continue
		}
		r := w.elided(el, elem)
		if inner, ok := el.(*ast.CompositeLit); ok && inner.Type == nil && elem == "" {
			// It cannot be wrapped in a call, which would need its type.
			l.pieces = append(l.pieces, w.replace(el, r.text))
			for _, o := range r.ops {
				l.add(from, sub, o.ref)
			}
			continue
		}
		text, ref := w.slottedResult(el, r)
		l.pieces = append(l.pieces, w.replace(el, text))
		if ref != "" {
			l.add(from, sub, ref)
		}
	}
}

func (l *literalParts) add(from int, s *typeShape, ref string) {
	if s.leaves > 0 {
		l.leaves = append(l.leaves, fmt.Sprintf("{%d, %s, &%s}", from, s.quoted(), ref))
	}
}

// elided writes an element of a literal whose element type has the text typ;
// the element may leave its type out.
func (w *funcWriter) elided(el ast.Expr, typ string) result {
	lit, ok := el.(*ast.CompositeLit)
	if !ok || lit.Type != nil || typ == "" {
		return w.eval(el)
	}
	if elem, ok := strings.CutPrefix(typ, "*"); ok {
		return w.allocated(lit, elem)
	}
	return w.literal(lit, typ)
}

// elementType is the text of the element type of a slice, array or map
// literal, "" if the source does not spell it out.
func elementType(e *ast.CompositeLit, typ string) string {
	switch t := e.Type.(type) {
	case *ast.ArrayType:
		return typeText(t.Elt)
	case *ast.MapType:
		return typeText(t.Value)
	case nil:
		if rest, ok := strings.CutPrefix(typ, "[]"); ok {
			return rest
		}
	}
	return ""
}

// spelledOut reports whether an element of a container of type t that leaves its
// type out is a literal of the type that elem spells, or the address of one.
func spelledOut(t types.Type, elem string) bool {
	var of types.Type
	switch t := t.(type) {
	case *types.Slice:
		of = t.Elem()
	case *types.Array:
		of = t.Elem()
	case *types.Map:
		of = t.Elem()
	default:
		return true
	}
	switch of.Underlying().(type) {
	case *types.Pointer:
		return strings.HasPrefix(elem, "*") // not type P *T
	case *types.Interface:
		return false // a type parameter
	}
	return true
}

// allocated is &T{…}: the fields of a struct keep their own nodes.
func (w *funcWriter) allocated(e *ast.CompositeLit, typ string) result {
	t := w.typeOf(e)
	if p, ok := t.Underlying().(*types.Pointer); ok && e.Type == nil {
		t = p.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		r := w.literal(e, typ)
		if r.ref != "" { // the address of what a call gives cannot be taken
			return result{text: "&" + typ + w.text(e.Pos(), e.End())}
		}
		r.text = "&" + r.text
		return r
	}
	var pieces []piece
	var ops []operand
	var idx, refs []string
	for i, el := range e.Elts {
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			i = fieldIndex(st, kv.Key.(*ast.Ident).Name)
			el = kv.Value
		}
		text, ref := w.slotted(el)
		pieces = append(pieces, w.replace(el, text))
		if ref != "" {
			idx, refs = append(idx, fmt.Sprint(i)), append(refs, "&"+ref)
			ops = merge(ops, []operand{{ref: ref}})
		}
	}
	text := "&" + typ + w.splice(e.Pos(), e.End(), pieces...)
	if len(ops) == 0 {
		return result{text: text}
	}
	out := w.slot()
	return result{text: fmt.Sprintf("%s.Fields(%s, &%s, %s, []int{%s}, []*%s.Ref{%s}, %s)", rt, tapeName, out,
		w.site(siteInfo{node: e, src: "&" + typ + w.text(e.Pos(), e.End()), typ: types.NewPointer(t), deep: isFlat(t)}),
		strings.Join(idx, ", "), rt, strings.Join(refs, ", "), text), ref: out, ops: []operand{{ref: out}}}
}

func fieldIndex(st *types.Struct, name string) int {
	for i := 0; i < st.NumFields(); i++ {
		if st.Field(i).Name() == name {
			return i
		}
	}
	return 0
}
