package gen

import (
	"fmt"
	"go/token"
	"go/types"
	"strings"
)

// typeName gives the text that means t at a position of the file, "" if there
// is none: the type is of another package and not exported, or its name means
// something else there.
func (w *funcWriter) typeName(t types.Type, pos token.Pos) string {
	n := &typeNamer{w: w, scope: w.unit.Types.Scope().Innermost(pos), pos: pos, ok: true}
	s := n.name(t)
	if !n.ok {
		return ""
	}
	return s
}

// interfaceName is typeName for an interface that stands in an expression: one
// that the source writes out gets a name of ours, because go vet's printf check
// fails on a method expression of a type literal.
func (w *funcWriter) interfaceName(t types.Type, pos token.Pos) string {
	if _, literal := t.(*types.Interface); !literal {
		return w.typeName(t, pos)
	}
	n := &typeNamer{w: w, scope: w.unit.TypesInfo.Scopes[w.file], ok: true}
	text := n.name(t)
	if !n.ok {
		return ""
	}
	for i, known := range w.types {
		if known == text {
			return w.typeAlias(i)
		}
	}
	w.types = append(w.types, text)
	return w.typeAlias(len(w.types) - 1)
}

func (w *fileWriter) typeAlias(i int) string { return fmt.Sprintf("type%d__%s", i, w.id()) }

type typeNamer struct {
	w     *funcWriter
	scope *types.Scope
	pos   token.Pos
	ok    bool
}

func (n *typeNamer) fail() string {
	n.ok = false
	return ""
}

// visible reports whether a name means o where it will stand.
func (n *typeNamer) visible(o types.Object) bool {
	if n.scope == nil {
		return false
	}
	_, found := n.scope.LookupParent(o.Name(), n.pos)
	return found == o && !n.w.hides(o)
}

func (n *typeNamer) name(t types.Type) string {
	switch t := t.(type) {
	case *types.Basic:
		if t.Info()&types.IsUntyped != 0 || t.Kind() == types.UnsafePointer || !n.visible(types.Universe.Lookup(t.Name())) {
			return n.fail()
		}
		return t.Name()
	case *types.TypeParam:
		if !n.visible(t.Obj()) {
			return n.fail()
		}
		return t.Obj().Name()
	case *types.Alias:
		if s, ok := n.object(t.Obj(), t.TypeArgs()); ok {
			return s
		}
		return n.name(types.Unalias(t))
	case *types.Named:
		s, ok := n.object(t.Obj(), t.TypeArgs())
		if !ok {
			return n.fail()
		}
		return s
	case *types.Pointer:
		return "*" + n.name(t.Elem())
	case *types.Slice:
		return "[]" + n.name(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), n.name(t.Elem()))
	case *types.Map:
		return "map[" + n.name(t.Key()) + "]" + n.name(t.Elem())
	case *types.Chan:
		switch t.Dir() {
		case types.SendOnly:
			return "chan<- " + n.name(t.Elem())
		case types.RecvOnly:
			return "<-chan " + n.name(t.Elem())
		}
		return "chan (" + n.name(t.Elem()) + ")"
	case *types.Signature:
		return "func" + n.signature(t)
	case *types.Interface:
		return n.iface(t)
	case *types.Struct:
		if t.NumFields() == 0 {
			return "struct{}"
		}
	}
	return n.fail()
}

// object names a declared type.
func (n *typeNamer) object(o *types.TypeName, args *types.TypeList) (string, bool) {
	s := o.Name()
	switch {
	case o.Pkg() == nil, o.Pkg() == n.w.unit.Types:
		if !n.visible(o) {
			return "", false
		}
	case !o.Exported() || o.Parent() != o.Pkg().Scope() || !importable(n.w.unit.path, o.Pkg().Path()):
		return "", false
	default:
		s = n.w.pkgName(o.Pkg()) + "." + s
	}
	for i := 0; i < args.Len(); i++ {
		sep := ", "
		if i == 0 {
			sep = "["
		}
		s += sep + n.name(args.At(i))
	}
	if args.Len() > 0 {
		s += "]"
	}
	return s, true
}

func (n *typeNamer) signature(t *types.Signature) string {
	list := func(tuple *types.Tuple, variadic bool) string {
		var l []string
		for i := 0; i < tuple.Len(); i++ {
			typ := tuple.At(i).Type()
			if s, ok := typ.(*types.Slice); ok && variadic && i == tuple.Len()-1 {
				l = append(l, "..."+n.name(s.Elem()))
				continue
			}
			l = append(l, n.name(typ))
		}
		return "(" + strings.Join(l, ", ") + ")"
	}
	return list(t.Params(), t.Variadic()) + " " + list(t.Results(), false)
}

func (n *typeNamer) iface(t *types.Interface) string {
	if !t.IsMethodSet() {
		return n.fail()
	}
	var l []string
	for i := 0; i < t.NumMethods(); i++ {
		m := t.Method(i)
		if !m.Exported() && m.Pkg() != n.w.unit.Types {
			return n.fail()
		}
		l = append(l, m.Name()+n.signature(m.Type().(*types.Signature)))
	}
	return "interface{ " + strings.Join(l, "; ") + " }"
}

// typeArgs gives the explicit type arguments for the twin of a method of a
// generic type, "" if the type is not generic or they have no name here.
func (w *funcWriter) typeArgs(recv types.Type, pos token.Pos) string {
	if p, ok := types.Unalias(recv).(*types.Pointer); ok {
		recv = p.Elem()
	}
	named, ok := types.Unalias(recv).(*types.Named)
	if !ok || named.TypeArgs().Len() == 0 {
		return ""
	}
	var l []string
	for i := 0; i < named.TypeArgs().Len(); i++ {
		s := w.typeName(named.TypeArgs().At(i), pos)
		if s == "" {
			return ""
		}
		l = append(l, s)
	}
	return "[" + strings.Join(l, ", ") + "]"
}

// typeString is the type as people write it, empty if it is not known before
// the program runs.
func (w *fileWriter) typeString(t types.Type) string {
	if t == nil {
		return ""
	}
	s, ok := w.typeTexts[t]
	if !ok {
		s = typeString(t)
		if w.typeTexts == nil {
			w.typeTexts = map[types.Type]string{}
		}
		w.typeTexts[t] = s
	}
	return s
}

func typeString(t types.Type) string {
	if hasTypeParam(t) {
		return ""
	}
	if b, ok := t.(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		t = types.Default(t)
	}
	s := types.TypeString(t, func(p *types.Package) string { return p.Name() })
	return oneLine(s)
}
