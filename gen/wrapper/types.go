package wrapper

import (
	"fmt"
	"go/types"
	"strings"

	"github.com/dave/jennifer/jen"
)

// typeCode renders a type as generated code names it. Imports are left to
// jennifer, which knows the aliases that were chosen before.
func typeCode(t types.Type) (jen.Code, error) {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.Invalid {
			return nil, fmt.Errorf("its type is not known")
		}
		if t.Kind() == types.UnsafePointer {
			return jen.Qual("unsafe", "Pointer"), nil
		}
		return jen.Id(t.Name()), nil
	case *types.Alias:
		return named(t.Obj(), t.TypeArgs())
	case *types.Named:
		return named(t.Obj(), t.TypeArgs())
	case *types.Pointer:
		return wrap(jen.Op("*"), t.Elem())
	case *types.Slice:
		return wrap(jen.Index(), t.Elem())
	case *types.Array:
		return wrap(jen.Index(jen.Lit(int(t.Len()))), t.Elem())
	case *types.Map:
		key, err := typeCode(t.Key())
		if err != nil {
			return nil, err
		}
		return wrap(jen.Map(key), t.Elem())
	case *types.Chan:
		return chanCode(t)
	case *types.Signature:
		return signatureCode(jen.Func(), t)
	case *types.Struct:
		return structCode(t)
	case *types.Interface:
		return interfaceCode(t)
	}
	return nil, fmt.Errorf("type %s cannot be written here", t)
}

func wrap(prefix *jen.Statement, elem types.Type) (jen.Code, error) {
	code, err := typeCode(elem)
	if err != nil {
		return nil, err
	}
	return prefix.Add(code), nil
}

func named(obj *types.TypeName, args *types.TypeList) (jen.Code, error) {
	var s *jen.Statement
	switch {
	case obj.Pkg() == nil: // error, any, comparable
		s = jen.Id(obj.Name())
	case obj.Parent() != obj.Pkg().Scope():
		return nil, fmt.Errorf("type %s is declared inside a function", obj.Name())
	default:
		s = jen.Qual(obj.Pkg().Path(), obj.Name())
	}
	if args.Len() == 0 {
		return s, nil
	}
	list := make([]jen.Code, args.Len())
	for i := range list {
		code, err := typeCode(args.At(i))
		if err != nil {
			return nil, err
		}
		list[i] = code
	}
	return s.Types(list...), nil
}

func chanCode(t *types.Chan) (jen.Code, error) {
	elem, err := typeCode(t.Elem())
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

func signatureCode(s *jen.Statement, sig *types.Signature) (jen.Code, error) {
	params := make([]jen.Code, sig.Params().Len())
	for i := range params {
		t := sig.Params().At(i).Type()
		prefix := jen.Empty()
		if sl, ok := t.(*types.Slice); ok && sig.Variadic() && i == len(params)-1 {
			prefix, t = jen.Op("..."), sl.Elem()
		}
		code, err := wrap(prefix, t)
		if err != nil {
			return nil, err
		}
		params[i] = code
	}
	results := make([]jen.Code, sig.Results().Len())
	for i := range results {
		code, err := typeCode(sig.Results().At(i).Type())
		if err != nil {
			return nil, err
		}
		results[i] = code
	}
	s = s.Params(params...)
	switch len(results) {
	case 0:
		return s, nil
	case 1:
		return s.Add(results[0]), nil
	}
	return s.Params(results...), nil
}

func structCode(t *types.Struct) (jen.Code, error) {
	fields := make([]jen.Code, t.NumFields())
	for i := range fields {
		f := t.Field(i)
		s := jen.Empty()
		if !f.Embedded() {
			s = jen.Id(f.Name())
		}
		code, err := wrap(s, f.Type())
		if err != nil {
			return nil, err
		}
		if tag := t.Tag(i); tag != "" {
			code = jen.Add(code).Lit(tag)
		}
		fields[i] = code
	}
	return jen.Struct(fields...), nil
}

func interfaceCode(t *types.Interface) (jen.Code, error) {
	var members []jen.Code
	for f := range t.ExplicitMethods() {
		code, err := signatureCode(jen.Id(f.Name()), f.Signature())
		if err != nil {
			return nil, err
		}
		members = append(members, code)
	}
	for e := range t.EmbeddedTypes() {
		code, err := typeCode(e)
		if err != nil {
			return nil, err
		}
		members = append(members, code)
	}
	return jen.Interface(members...), nil
}

// packagesOf adds the packages that the rendered form of a type names.
func packagesOf(t types.Type, add func(*types.Package)) {
	obj := func(o *types.TypeName, args *types.TypeList) {
		if o.Pkg() != nil {
			add(o.Pkg())
		}
		for a := range args.Types() {
			packagesOf(a, add)
		}
	}
	tuple := func(t *types.Tuple) {
		for v := range t.Variables() {
			packagesOf(v.Type(), add)
		}
	}
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			add(types.Unsafe)
		}
	case *types.Alias:
		obj(t.Obj(), t.TypeArgs())
	case *types.Named:
		obj(t.Obj(), t.TypeArgs())
	case interface{ Elem() types.Type }: // pointer, slice, array, map, channel
		if m, ok := t.(*types.Map); ok {
			packagesOf(m.Key(), add)
		}
		packagesOf(t.Elem(), add)
	case *types.Signature:
		tuple(t.Params())
		tuple(t.Results())
	case *types.Struct:
		for f := range t.Fields() {
			packagesOf(f.Type(), add)
		}
	case *types.Interface:
		for f := range t.ExplicitMethods() {
			packagesOf(f.Type(), add)
		}
		for e := range t.EmbeddedTypes() {
			packagesOf(e, add)
		}
	}
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
