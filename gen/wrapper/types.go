package wrapper

import (
	"errors"
	"fmt"
	"go/types"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"
)

var errUnknown = errors.New("its type is not known")

// A typeWriter renders types as generated code names them. Imports are left to
// jennifer, which knows the aliases that were chosen before.
type typeWriter struct {
	pkg    *types.Package
	params map[*types.TypeParam]string // names of type parameters, where not their own
}

func (w *typeWriter) code(t types.Type) (jen.Code, error) {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.Invalid {
			return nil, errUnknown
		}
		if t.Kind() == types.UnsafePointer {
			return jen.Qual("unsafe", "Pointer"), nil
		}
		return jen.Id(t.Name()), nil
	case *types.TypeParam:
		return jen.Id(w.paramName(t)), nil
	case *types.Alias:
		return w.named(t.Obj(), typeList(t.TypeArgs()))
	case *types.Named:
		return w.named(t.Obj(), typeArgs(t))
	case *types.Pointer:
		return w.wrap(jen.Op("*"), t.Elem())
	case *types.Slice:
		return w.wrap(jen.Index(), t.Elem())
	case *types.Array:
		return w.wrap(jen.Index(jen.Lit(int(t.Len()))), t.Elem())
	case *types.Map:
		key, err := w.code(t.Key())
		if err != nil {
			return nil, err
		}
		return w.wrap(jen.Map(key), t.Elem())
	case *types.Chan:
		return w.channel(t)
	case *types.Signature:
		return w.signature(jen.Func(), t)
	case *types.Struct:
		return w.structure(t)
	case *types.Interface:
		return w.iface(t)
	case *types.Union:
		return w.union(t)
	}
	return nil, fmt.Errorf("type %s cannot be written here", t)
}

func (w *typeWriter) paramName(t *types.TypeParam) string {
	if name, ok := w.params[t]; ok {
		return name
	}
	return t.Obj().Name()
}

func (w *typeWriter) wrap(prefix *jen.Statement, elem types.Type) (jen.Code, error) {
	code, err := w.code(elem)
	if err != nil {
		return nil, err
	}
	return prefix.Add(code), nil
}

func (w *typeWriter) named(obj *types.TypeName, args []types.Type) (jen.Code, error) {
	var s *jen.Statement
	switch {
	case obj.Pkg() == nil: // error, any, comparable
		s = jen.Id(obj.Name())
	case strings.HasPrefix(obj.Name(), "_Ctype_"):
		return nil, fmt.Errorf("type C.%s has a meaning only in the file that imports C", strings.TrimPrefix(obj.Name(), "_Ctype_"))
	default:
		s = jen.Qual(obj.Pkg().Path(), obj.Name())
	}
	if len(args) == 0 {
		return s, nil
	}
	list := make([]jen.Code, len(args))
	for i, arg := range args {
		code, err := w.code(arg)
		if err != nil {
			return nil, err
		}
		list[i] = code
	}
	return s.Types(list...), nil
}

// typeArgs are the type arguments of a type as it is written. The type of a
// method's receiver may be the generic type itself, which stands for its
// instance with its own type parameters.
func typeArgs(t *types.Named) []types.Type {
	if t.TypeArgs().Len() > 0 {
		return typeList(t.TypeArgs())
	}
	var list []types.Type
	for p := range t.TypeParams().TypeParams() {
		list = append(list, p)
	}
	return list
}

func typeList(l *types.TypeList) []types.Type {
	var list []types.Type
	for t := range l.Types() {
		list = append(list, t)
	}
	return list
}

func (w *typeWriter) channel(t *types.Chan) (jen.Code, error) {
	elem, err := w.code(t.Elem())
	if err != nil {
		return nil, err
	}
	switch t.Dir() {
	case types.RecvOnly:
		return jen.Op("<-").Chan().Add(elem), nil
	case types.SendOnly:
		return jen.Chan().Op("<-").Add(elem), nil
	}
	if e, ok := t.Elem().(*types.Chan); ok && e.Dir() == types.RecvOnly {
		return jen.Chan().Parens(elem), nil // chan<- (chan T) without them
	}
	return jen.Chan().Add(elem), nil
}

// signature writes the type of a function or of a method of an interface, with
// the names that its parameters and results have.
func (w *typeWriter) signature(s *jen.Statement, sig *types.Signature) (jen.Code, error) {
	params, err := w.tuple(sig.Params(), sig.Variadic())
	if err != nil {
		return nil, err
	}
	results, err := w.tuple(sig.Results(), false)
	if err != nil {
		return nil, err
	}
	s = s.Params(params...)
	if len(results) == 1 && sig.Results().At(0).Name() == "" {
		return s.Add(results[0]), nil
	}
	if len(results) > 0 {
		s.Params(results...)
	}
	return s, nil
}

func (w *typeWriter) tuple(vars *types.Tuple, variadic bool) ([]jen.Code, error) {
	list := make([]jen.Code, vars.Len())
	for i := range list {
		v := vars.At(i)
		t, prefix := v.Type(), jen.Empty()
		if v.Name() != "" {
			prefix = jen.Id(v.Name())
		}
		if sl, ok := t.(*types.Slice); ok && variadic && i == len(list)-1 {
			prefix, t = prefix.Op("..."), sl.Elem()
		}
		code, err := w.wrap(prefix, t)
		if err != nil {
			return nil, err
		}
		list[i] = code
	}
	return list, nil
}

func (w *typeWriter) structure(t *types.Struct) (jen.Code, error) {
	fields := make([]jen.Code, t.NumFields())
	for i := range fields {
		f := t.Field(i)
		s := jen.Empty()
		if !f.Embedded() {
			s = jen.Id(f.Name())
		}
		code, err := w.wrap(s, f.Type())
		if err != nil {
			return nil, err
		}
		if tag := t.Tag(i); tag != "" {
			code = jen.Add(code).Add(tagCode(tag))
		}
		fields[i] = code
	}
	return jen.Struct(fields...), nil
}

func tagCode(tag string) jen.Code {
	if strconv.CanBackquote(tag) {
		return jen.Op("`" + tag + "`")
	}
	return jen.Lit(tag)
}

func (w *typeWriter) iface(t *types.Interface) (jen.Code, error) {
	if t.IsImplicit() && t.NumEmbeddeds() == 1 { // a constraint like [S ~[]E]
		return w.code(t.EmbeddedType(0))
	}
	var members []jen.Code
	for f := range t.ExplicitMethods() {
		code, err := w.signature(jen.Id(f.Name()), f.Signature())
		if err != nil {
			return nil, err
		}
		members = append(members, code)
	}
	for e := range t.EmbeddedTypes() {
		code, err := w.code(e)
		if err != nil {
			return nil, err
		}
		members = append(members, code)
	}
	return jen.Interface(members...), nil
}

func (w *typeWriter) union(t *types.Union) (jen.Code, error) {
	s := jen.Empty()
	for i := range t.Len() {
		if i > 0 {
			s.Op("|")
		}
		if t.Term(i).Tilde() {
			s.Op("~")
		}
		code, err := w.code(t.Term(i).Type())
		if err != nil {
			return nil, err
		}
		s.Add(code)
	}
	return s, nil
}

// eachName calls f for the names that the rendered form of a type begins with:
// type names, and nil packages for type parameters and predeclared types.
func eachName(t types.Type, f func(pkg *types.Package, name string)) {
	obj := func(o *types.TypeName, args []types.Type) {
		f(o.Pkg(), o.Name())
		for _, a := range args {
			eachName(a, f)
		}
	}
	tuple := func(t *types.Tuple) {
		for v := range t.Variables() {
			eachName(v.Type(), f)
		}
	}
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			f(types.Unsafe, "Pointer")
			return
		}
		f(nil, t.Name())
	case *types.TypeParam:
		f(nil, t.Obj().Name())
	case *types.Alias:
		obj(t.Obj(), typeList(t.TypeArgs()))
	case *types.Named:
		obj(t.Obj(), typeArgs(t))
	case interface{ Elem() types.Type }: // pointer, slice, array, map, channel
		if m, ok := t.(*types.Map); ok {
			eachName(m.Key(), f)
		}
		eachName(t.Elem(), f)
	case *types.Signature:
		tuple(t.Params())
		tuple(t.Results())
	case *types.Struct:
		for v := range t.Fields() {
			eachName(v.Type(), f)
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			eachName(m.Type(), f)
		}
		for e := range t.EmbeddedTypes() {
			eachName(e, f)
		}
	case *types.Union:
		for term := range t.Terms() {
			eachName(term.Type(), f)
		}
	}
}

// mentions reports whether a type parameter can be inferred from a value of
// the type.
func mentions(t types.Type, p *types.TypeParam) bool {
	found := false
	list := func(l []types.Type) {
		for _, t := range l {
			found = found || mentions(t, p)
		}
	}
	tuple := func(t *types.Tuple) {
		for v := range t.Variables() {
			found = found || mentions(v.Type(), p)
		}
	}
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return t == p
	case *types.Named:
		list(typeList(t.TypeArgs()))
	case interface{ Elem() types.Type }:
		if m, ok := t.(*types.Map); ok {
			found = mentions(m.Key(), p)
		}
		found = found || mentions(t.Elem(), p)
	case *types.Signature:
		tuple(t.Params())
		tuple(t.Results())
	case *types.Struct:
		for f := range t.Fields() {
			found = found || mentions(f.Type(), p)
		}
	}
	return found
}

// typeText renders a type for people, in the parameter table.
func typeText(pkg *types.Package, t types.Type) string {
	text := types.TypeString(types.Default(t), func(p *types.Package) string {
		if p == pkg {
			return ""
		}
		return p.Name()
	})
	return strings.Join(strings.Fields(text), " ")
}
