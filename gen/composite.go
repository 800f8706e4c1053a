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
	elem := w.elementType(e, typ)
	if _, isArray := t.(*types.Array); isStruct || isArray {
		if r, ok := w.aggregate(e, w.typeOf(e), typ); ok {
			return r
		}
	}
	if m, isMap := t.(*types.Map); isMap && w.keyed(m) {
		if r, ok := w.mapLiteral(e, typ); ok {
			return r
		}
	}
	cells := isSlice && (e.Type != nil || typ != "")
	at, size := -1, 0
	for _, el := range e.Elts {
		at++
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			at, el = constIndex(w.unit.TypesInfo, kv.Key), kv.Value
		}
		size = max(size, at+1)
		cells = cells && at >= 0 && at < maxLiteral
		if el, ok := el.(*ast.CompositeLit); ok {
			cells = cells && (el.Type != nil || elem != "")
		}
	}
	var pieces []piece
	var ops []operand
	refs := make([]string, min(size, maxLiteral))
	for i := range refs {
		refs[i] = "nil"
	}
	tracked := false
	at = -1
	for _, el := range e.Elts {
		at++
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			if isSlice {
				at = constIndex(w.unit.TypesInfo, kv.Key)
			} else if !isStruct {
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
		if ref != "" {
			tracked = true
			refs[at] = "&" + ref
			ops = merge(ops, []operand{{ref: ref}})
		}
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
	elem := w.elementType(e, typ)
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

// maxLiteral bounds the elements of a literal that keep their own nodes.
const maxLiteral = 512

// mapLiteral writes a map literal whose keys and elements keep their nodes:
// the elements are put into an empty map one after the other.
func (w *funcWriter) mapLiteral(e *ast.CompositeLit, typ string) (result, bool) {
	if len(e.Elts) == 0 || len(e.Elts) > maxLiteral || e.Type == nil && typ == "" {
		return result{}, false
	}
	elem := w.elementType(e, typ)
	key := w.keyType(e)
	for _, el := range e.Elts {
		kv := el.(*ast.KeyValueExpr)
		if k, ok := kv.Key.(*ast.CompositeLit); ok && k.Type == nil && key == "" {
			return result{}, false
		}
		if v, ok := kv.Value.(*ast.CompositeLit); ok && v.Type == nil && elem == "" {
			return result{}, false
		}
	}
	var plain, chain []piece
	tracked := false
	ptr := func(ref string) string {
		if ref == "" {
			return "nil"
		}
		tracked = true
		return "&" + ref
	}
	from := e.Lbrace
	open := "{}).Put("
	for _, el := range e.Elts {
		kv := el.(*ast.KeyValueExpr)
		k, kref := w.slottedResult(kv.Key, w.elided(kv.Key, key))
		v, vref := w.slottedResult(kv.Value, w.elided(kv.Value, elem))
		plain = append(plain, w.replace(kv.Key, k), w.replace(kv.Value, v))
		lines := strings.Repeat("\n", strings.Count(w.text(from, kv.Pos()), "\n"))
		if from == e.Lbrace {
			open += lines
		} else {
			open = "," + lines + ").Put("
		}
		chain = append(chain, piece{from, kv.Pos(), open + ptr(kref) + ", " + ptr(vref) + ", "},
			w.replace(kv.Key, k), w.gap(kv.Key.End(), kv.Value.Pos(), ", "), w.replace(kv.Value, v))
		from = kv.End()
	}
	if !tracked {
		return result{text: typ + w.splice(e.Pos(), e.End(), plain...)}, true
	}
	lines := strings.Repeat("\n", strings.Count(w.text(from, e.Rbrace), "\n"))
	chain = append(chain, piece{from, e.Rbrace + 1, "," + lines + ").Map()"})
	out := w.slot()
	return result{text: fmt.Sprintf("%s.MapOf(%s, &%s, %s, %s%s", rt, tapeName, out,
		w.site(siteInfo{node: e, src: typ + w.text(e.Pos(), e.End()), typ: w.typeOf(e), deep: isFlat(w.typeOf(e))}),
		typ, w.splice(e.Pos(), e.End(), chain...)), ref: out, ops: []operand{{ref: out}}}, true
}

// keyType is elementType for the keys of a map.
func (w *funcWriter) keyType(e *ast.CompositeLit) string {
	if t, ok := e.Type.(*ast.MapType); ok {
		return typeText(t.Key)
	}
	if m, ok := w.typeOf(e).Underlying().(*types.Map); ok {
		return w.typeName(m.Key(), e.Pos())
	}
	return ""
}

// elementType is the text of the element type of a slice, array or map
// literal, "" if nothing here can name it.
func (w *funcWriter) elementType(e *ast.CompositeLit, typ string) string {
	t := w.typeOf(e).Underlying()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem().Underlying()
	}
	if text := elementText(e, typ); text != "" {
		if !spelledOut(t, text) {
			return ""
		}
		return text
	}
	switch t := t.(type) {
	case *types.Slice:
		return w.typeName(t.Elem(), e.Pos())
	case *types.Array:
		return w.typeName(t.Elem(), e.Pos())
	case *types.Map:
		return w.typeName(t.Elem(), e.Pos())
	}
	return ""
}

// elementText is the text of the element type where the source has it.
func elementText(e *ast.CompositeLit, typ string) string {
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
