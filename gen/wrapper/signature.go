package wrapper

import (
	"go/types"
	"strconv"

	"github.com/dave/jennifer/jen"
)

// typeParams declares the type parameters. They must not hide what the
// signature of the wrapper names, and a blank one needs a name to be passed on.
func (w *writer) typeParams() error {
	used := scope{w.n.imports[runtimePath]: true, "error": true, w.fn.Name(): w.recv == nil}
	if w.recv != nil {
		used[typeName(w.recv.Type())] = true
	}
	for _, tp := range w.call.tparams {
		for path, name := range w.n.imports { // packages of other type parameters' constraints
			if path != "" {
				used[name] = true
			}
		}
		name := tp.Obj().Name()
		if name == "_" {
			name = "T" + strconv.Itoa(tp.Index()+1)
		}
		w.types.params[tp] = used.choose(name)
		w.scope[w.types.params[tp]] = true
	}
	list := w.call.tparams
	for i := 0; i < len(list); {
		constraint := list[i].Constraint()
		group := []jen.Code{jen.Id(w.types.params[list[i]])}
		for i++; i < len(list) && sameText(constraint, list[i].Constraint()); i++ {
			group = append(group, jen.Id(w.types.params[list[i]]))
		}
		code, err := w.types.code(constraint)
		if err != nil {
			return err
		}
		w.tparams = append(w.tparams, jen.List(group...).Add(code))
	}
	return nil
}

// parameters declares the parameters: nodes, but for contexts. Neighbours of
// one type share it, as one would write them.
func (w *writer) parameters() error {
	vars := w.vars()
	names := w.scope.vars(vars, func(i int) string {
		if w.recv != nil {
			i--
		}
		if i < 0 {
			return "recv"
		}
		return "p" + strconv.Itoa(i)
	})
	for i, v := range vars {
		id := jen.Id(names[i])
		switch {
		case isContext(v.Type()):
			w.values, w.nodes = append(w.values, id), append(w.nodes, jen.Nil())
		case w.variadic(v):
			w.values = append(w.values, w.runtime("Values").Call(id).Op("..."))
			w.spread = w.runtime("Nodes").Call(id)
		default:
			w.values, w.nodes = append(w.values, jen.Add(id).Dot("Value").Call()), append(w.nodes, id)
		}
	}
	for i := 0; i < len(vars); {
		t := vars[i].Type()
		group := []jen.Code{jen.Id(names[i])}
		for i++; i < len(vars) && sameText(t, vars[i].Type()) && !w.variadic(vars[i]); i++ {
			group = append(group, jen.Id(names[i]))
		}
		plain, prefix := isContext(t), jen.Empty()
		if w.variadic(vars[i-1]) {
			prefix, t = jen.Op("..."), t.(*types.Slice).Elem()
		}
		code, err := w.types.code(t)
		if err != nil {
			return err
		}
		if !plain {
			code = prefix.Add(w.node(code))
		}
		w.params = append(w.params, jen.List(group...).Add(code))
	}
	return nil
}

// sameText reports whether two types are written alike.
func sameText(a, b types.Type) bool {
	return types.TypeString(a, nil) == types.TypeString(b, nil)
}

// isContext reports whether values of a type are handed through: a context
// belongs to the call, nothing is computed from it.
func isContext(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == "Context" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context"
}

// resultNames keeps the names of the function's results, if there are several.
func (w *writer) resultNames() {
	all := w.sig.Results()
	if all.Len() < 2 || all.At(0).Name() == "" {
		return
	}
	for v := range all.Variables() {
		name := "_"
		if named(v) {
			name = w.scope.choose(v.Name())
		}
		w.names = append(w.names, name)
	}
}

// recordedNames are the names of the results that become nodes, nil if there
// is no use for them.
func (w *writer) recordedNames() []jen.Code {
	var list []jen.Code
	any := false
	for _, v := range w.call.results {
		if isContext(v.Type()) {
			continue
		}
		name := ""
		if named(v) {
			name, any = v.Name(), true
		}
		list = append(list, jen.Lit(name))
	}
	if !any || len(list) < 2 {
		return nil
	}
	return list
}

// results is the wrapper's result list.
func (w *writer) results() jen.Code {
	var list []jen.Code
	for i, t := range w.outs {
		if !isContext(w.call.results[i].Type()) {
			t = w.node(t)
		}
		list = append(list, t)
	}
	if w.hasErr {
		list = append(list, jen.Error())
	}
	if w.names == nil {
		return resultList(list)
	}
	var named []jen.Code
	for i := 0; i < len(list); {
		t, group := list[i], []jen.Code{jen.Id(w.names[i])}
		for i++; i < len(w.outs) && sameText(w.call.results[i-1].Type(), w.call.results[i].Type()); i++ {
			group = append(group, jen.Id(w.names[i]))
		}
		named = append(named, jen.List(group...).Add(t))
	}
	return jen.Params(named...)
}
