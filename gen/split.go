package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// A local struct or small array whose address nobody takes is split: each of
// its leaves has a shadow of its own, element i of an array of shadows. One
// more shadow keeps the node of the whole until a leaf changes, unless
// goroutines may share the variable.

// split is the shape of a variable that is split, nil of others.
func (w *funcWriter) split(o types.Object) *typeShape {
	v := w.vars[o]
	if v == nil || v.addr || v.loop || v.konst {
		return nil
	}
	if !v.shaped {
		v.shaped = true
		switch types.Unalias(o.Type()).Underlying().(type) {
		case *types.Struct, *types.Array:
			if s := w.shapeOf(o.Type()); s.composed() && s.leaves <= maxSplit {
				v.shape = s
			}
		}
	}
	return v.shape
}

// leafDecl declares the shadows of a split variable.
type leafDecl struct {
	name, text string
	leaves     int
}

func (w *funcWriter) leafVar(o types.Object, base string) leafDecl {
	n := w.split(o).leaves
	d := leafDecl{name: base, leaves: n}
	if !w.shared(o) {
		n++
	}
	d.text = fmt.Sprintf("var %s [%d]%s.Ref; _ = %s", base, n, rt, base)
	return d
}

// put writes the statement that gives a variable the value of node ref, ""
// if it has no shadow.
func (w *funcWriter) put(o types.Object, ref string) string {
	base := w.shadowName(o)
	if base == "" {
		return ""
	}
	s := w.split(o)
	switch {
	case s == nil:
		return base + " = " + ref
	case ref == "0":
		n := s.leaves
		if !w.shared(o) {
			n++
		}
		return fmt.Sprintf("%s = [%d]%s.Ref{}", base, n, rt)
	}
	return fmt.Sprintf("%s.Spread(%s, %s, %s, %s[:])", rt, tapeName, ref, s.quoted(), base)
}

// putRecorded is record for a variable: it gets the value r.
func (w *funcWriter) putRecorded(o types.Object, r result, s siteInfo, val string) string {
	base := w.shadowName(o)
	if base == "" {
		return ""
	}
	switch {
	case w.split(o) == nil:
		return w.record(base, r, s, val)
	case r.ref != "":
		return w.put(o, r.ref)
	case len(r.ops) == 0:
		return w.put(o, "0")
	}
	tmp := w.slot()
	return w.record(tmp, r, s, val) + "; " + w.put(o, tmp)
}

// own is the expression for the node of a variable as a whole.
func (w *funcWriter) own(o types.Object, node ast.Node) string {
	base := w.shadowName(o)
	if s := w.split(o); s != nil {
		return fmt.Sprintf("%s.Gather(%s, %s, %s, %s[:], %s)", rt, tapeName, w.site(siteInfo{node: node, src: o.Name(), name: o.Name(), typ: o.Type()}), s.quoted(), base, o.Name())
	}
	return base
}

// leafPath is a part of a split variable.
type leafPath struct {
	o      types.Object
	base   string
	shape  *typeShape // of the part
	off    int        // of its first leaf
	at     string     // variable with what indexes add to off, "" if all are constant
	pieces []piece
	ops    []operand // what the indexes depend on
}

// splitPart reports whether e is a part of a split variable, or all of it.
func (w *funcWriter) splitPart(e ast.Expr) (s *typeShape, ok bool) {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		o := w.obj(x)
		if o == nil || w.shadowName(o) == "" {
			return nil, false
		}
		s = w.split(o)
		return s, s != nil
	case *ast.SelectorExpr:
		sel := w.unit.TypesInfo.Selections[x]
		if sel == nil || sel.Kind() != types.FieldVal {
			return nil, false
		}
		base, ok := w.splitPart(x.X)
		path, pointer := direct(sel)
		if !ok || pointer {
			return nil, false
		}
		s, _, ok = base.descend(path)
		return s, ok
	case *ast.IndexExpr:
		if t := w.typeOf(x.X); t == nil {
			return nil, false
		} else if _, isArray := t.Underlying().(*types.Array); !isArray {
			return nil, false
		}
		base, ok := w.splitPart(x.X)
		if !ok || len(base.kids) == 0 {
			return nil, false
		}
		return base.kids[0], true
	}
	return nil, false
}

// part writes a part of a split variable, which splitPart found; indexes are
// evaluated in place.
func (w *funcWriter) part(e ast.Expr) *leafPath {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		o := w.obj(x)
		return &leafPath{o: o, base: w.shadowName(o), shape: w.split(o)}
	case *ast.SelectorExpr:
		p := w.part(x.X)
		path, _ := direct(w.unit.TypesInfo.Selections[x])
		sub, off, _ := p.shape.descend(path)
		p.shape, p.off = sub, p.off+off
		return p
	case *ast.IndexExpr:
		p := w.part(x.X)
		elem := p.shape.kids[0]
		if k := constIndex(w.unit.TypesInfo, x.Index); k >= 0 {
			p.shape, p.off = elem, p.off+k*elem.leaves
			return p
		}
		i := w.indexOf(x.Index)
		fn := "IxAdd"
		if p.at == "" {
			fn, p.at = "Ix", w.fresh("x")
			w.frame.ints = append(w.frame.ints, p.at)
		}
		p.pieces = append(p.pieces, w.replace(x.Index, fmt.Sprintf("%s.%s(&%s, %d, %s)", rt, fn, p.at, elem.leaves, i.text)))
		p.ops = merge(p.ops, i.ops)
		p.shape = elem
		return p
	}
	panic("no part of a split variable")
}

// first is the index of the first shadow of the part.
func (p *leafPath) first() string {
	if p.at == "" {
		return fmt.Sprint(p.off)
	}
	return fmt.Sprintf("%d+%s", p.off, p.at)
}

// leaf is the shadow of a part that is one leaf.
func (p *leafPath) leaf() string { return fmt.Sprintf("%s[%s]", p.base, p.first()) }

// fixedLeaf reports whether the part is one leaf, whatever runs.
func (p *leafPath) fixedLeaf() bool { return p.at == "" && p.shape == leafShape }

// leafOf gives the shadow of a part of a split variable that is one leaf, if
// naming it takes no evaluation.
func (w *funcWriter) leafOf(e ast.Expr) (ref string, ok bool) {
	if s, ok := w.splitPart(e); !ok || s != leafShape || !w.simplePath(e) {
		return "", false
	}
	constant := true
	ast.Inspect(e, func(n ast.Node) bool {
		if ix, ok := n.(*ast.IndexExpr); ok && constIndex(w.unit.TypesInfo, ix.Index) < 0 {
			constant = false
		}
		return constant
	})
	if !constant {
		return "", false
	}
	return w.part(e).leaf(), true
}

// loadPart is a part of a split variable as a value.
func (w *funcWriter) loadPart(e ast.Expr) result {
	p := w.part(e)
	text := w.splice(e.Pos(), e.End(), p.pieces...)
	if p.fixedLeaf() {
		ref := p.leaf()
		o := operand{ref: ref}
		if w.readableAgain(e) {
			src := w.text(e.Pos(), e.End())
			o = operand{ref: ref, val: src, src: src, typ: w.typeOf(e), node: e, set: !w.shared(p.o), root: p.o}
		}
		return result{text: text, ref: ref, ops: []operand{o}}
	}
	if p.shape.leaves == 0 {
		return result{text: text}
	}
	out := w.slot()
	site := w.site(siteInfo{node: e, name: oneLine(w.text(e.Pos(), e.End())), typ: w.typeOf(e), deep: isFlat(w.typeOf(e))})
	var r result
	switch {
	case p.at != "":
		r.text = fmt.Sprintf("%s.Pick(%s, &%s, %s, %s, %s[%d:], &%s, %s)", rt, tapeName, out, site, p.shape.quoted(), p.base, p.off, p.at, text)
	case p.shape == w.split(p.o):
		r.text = fmt.Sprintf("%s.Whole(%s, &%s, %s, %s, %s[:], %s)", rt, tapeName, out, site, p.shape.quoted(), p.base, text)
	default:
		r.text = fmt.Sprintf("%s.Whole(%s, &%s, %s, %s, %s[%d:%d], %s)", rt, tapeName, out, site, p.shape.quoted(), p.base, p.off, p.off+p.shape.leaves, text)
	}
	r.ref, r.ops = out, []operand{{ref: out}}
	if len(p.ops) > 0 {
		r.ref, r.ops = "", merge(r.ops, p.ops)
	}
	return r
}

// storePart notes that a part of a split variable got the value r.
func (w *funcWriter) storePart(p *leafPath, l ast.Expr, r result, e ast.Node) []string {
	text := w.text(l.Pos(), l.End())
	val := text
	if !w.simplePath(l) || strings.Contains(text, "\n") || p.at != "" && w.hasCalls(&ast.ExprStmt{X: l}) {
		val = "struct{}{}"
	}
	site := siteInfo{node: e, name: oneLine(text), typ: w.typeOf(l), deep: w.deepValue(e)}
	var after []string
	switch {
	case p.shape.leaves == 0:
		return nil
	case p.shape == leafShape:
		after = append(after, w.record(p.leaf(), r, site, val))
	default:
		ref := r.ref
		if ref == "" {
			ref = "0"
			if len(r.ops) > 0 {
				ref = w.slot()
				after = append(after, w.record(ref, r, site, val))
			}
		}
		after = append(after, fmt.Sprintf("%s.Spread(%s, %s, %s, %s[%s:][:%d])", rt, tapeName, ref, p.shape.quoted(), p.base, p.first(), p.shape.leaves))
	}
	return append(after, w.touched(p.o))
}

// touched forgets the node of the whole of a split variable.
func (w *funcWriter) touched(o types.Object) string {
	if w.shared(o) {
		return ""
	}
	return fmt.Sprintf("%s[%d] = 0", w.shadowName(o), w.split(o).leaves)
}

// opAssignPart is x op= e, or x++, of a part of a split variable.
func (w *funcWriter) opAssignPart(s ast.Stmt, l, e ast.Expr, r result) (string, []string) {
	text := w.target(l)
	p := w.parts[ast.Unparen(l)]
	var pieces []piece
	if e != nil {
		pieces = append(pieces, w.replace(e, r.text))
	}
	pieces = append(pieces, w.replace(l, text))
	if p == nil || p.shape != leafShape { // structs have no such operators
		return w.splice(s.Pos(), s.End(), pieces...), nil
	}
	old := operand{ref: p.leaf()}
	if p.at == "" && w.simplePath(l) && !strings.Contains(text, "\n") {
		src := w.text(l.Pos(), l.End())
		old = operand{ref: p.leaf(), val: src, src: src, typ: w.typeOf(l), node: l, set: !w.shared(p.o), root: p.o}
	}
	r = result{ops: merge(merge([]operand{old}, p.ops), r.ops)} // the old value is that of the index
	w.inputsBefore(r.ops)
	return w.splice(s.Pos(), s.End(), pieces...), w.storePart(p, l, r, s)
}

// intoVar wraps an expression so that a variable gets its node where no
// statement can follow.
func (w *funcWriter) intoVar(o types.Object, r result, e ast.Expr) string {
	s := w.split(o)
	if s == nil {
		return w.inPlace(w.shadowName(o), r, e)
	}
	text, ref := w.slottedResult(e, r)
	if ref == "" {
		return text
	}
	return fmt.Sprintf("%s.Assign(%s, &%s, %s, %s[:], %s)", rt, tapeName, ref, s.quoted(), w.shadowName(o), text)
}
