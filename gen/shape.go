package gen

import (
	"go/ast"
	"go/types"
	"strconv"
	"strings"
)

// A typeShape tells how a struct or array is followed leaf by leaf: see package
// tape, which reads its text.
type typeShape struct {
	text   string
	leaves int
	kids   []*typeShape // fields or elements; nil for a leaf
}

const (
	// maxSplit bounds the leaves of a variable that have shadows of their own.
	maxSplit = 32
	// maxShape bounds those of a value that remembers its parts.
	maxShape = 128
	maxKids  = 0xFE
)

var (
	leafShape = &typeShape{text: "\x00", leaves: 1}
	noShape   = &typeShape{text: "\xff"}
)

func (s *typeShape) quoted() string { return strconv.Quote(s.text) }

// composed reports whether values of the type have parts that are followed.
func (s *typeShape) composed() bool { return s.kids != nil && s.leaves > 0 }

// before counts the leaves before field or element k.
func (s *typeShape) before(k int) int {
	n := 0
	for _, kid := range s.kids[:k] {
		n += kid.leaves
	}
	return n
}

// shapeOf is the shape of a type. Structs of other modules are leaves: nobody
// here takes them apart.
func (a *analysis) shapeOf(t types.Type) *typeShape {
	if t == nil {
		return leafShape
	}
	t = types.Unalias(t)
	if _, ok := t.(*types.TypeParam); ok {
		return leafShape
	}
	named, _ := t.(*types.Named)
	foreign := named != nil && named.Obj().Pkg() != nil && !a.loaded[named.Obj().Pkg().Path()]
	switch u := t.Underlying().(type) {
	case *types.Struct:
		if foreign {
			if p := named.Obj().Pkg().Path(); p == "sync" || p == "sync/atomic" {
				return noShape
			}
			return leafShape
		}
		if u.NumFields() == 0 {
			return noShape
		}
		var kids []*typeShape
		for i := 0; i < u.NumFields(); i++ {
			kids = append(kids, a.shapeOf(u.Field(i).Type()))
		}
		return compose(kids)
	case *types.Array:
		n := u.Len()
		if n == 0 {
			return noShape
		}
		elem := a.shapeOf(u.Elem())
		if n > maxShape || int(n)*elem.leaves > maxShape {
			return leafShape
		}
		kids := make([]*typeShape, n)
		for i := range kids {
			kids[i] = elem
		}
		return compose(kids)
	}
	return leafShape
}

func compose(kids []*typeShape) *typeShape {
	if len(kids) > maxKids {
		return leafShape
	}
	s := &typeShape{kids: kids}
	var b strings.Builder
	b.WriteByte(byte(len(kids)))
	for _, k := range kids {
		b.WriteString(k.text)
		s.leaves += k.leaves
	}
	if s.leaves > maxShape {
		return leafShape
	}
	s.text = b.String()
	return s
}

// descend follows field numbers into a type; ok if no pointer is on the way.
func (s *typeShape) descend(path []int) (sub *typeShape, off int, ok bool) {
	for _, k := range path {
		if k >= len(s.kids) {
			return nil, 0, false
		}
		off += s.before(k)
		s = s.kids[k]
	}
	return s, off, true
}

// pathText is a path of field numbers as package tape reads it, "" if it has
// no place in it.
func pathText(path []int) string {
	b := make([]byte, 0, len(path))
	for _, k := range path {
		if k > maxKids {
			return `""`
		}
		b = append(b, byte(k))
	}
	return strconv.Quote(string(b))
}

// direct gives the field numbers of a selection up to the first pointer.
func direct(sel *types.Selection) (path []int, pointer bool) {
	t := sel.Recv()
	for _, k := range sel.Index() {
		if isPointer(t) {
			return path, true
		}
		st, ok := t.Underlying().(*types.Struct)
		if !ok {
			return path, true
		}
		path = append(path, k)
		t = st.Field(k).Type()
	}
	return path, false
}

// constIndex is the value of an index that is constant, -1 if it is not.
func constIndex(info *types.Info, e ast.Expr) int {
	if v := info.Types[e].Value; v != nil {
		if n, err := strconv.Atoi(v.ExactString()); err == nil {
			return n
		}
	}
	return -1
}
