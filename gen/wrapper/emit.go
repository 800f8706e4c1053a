package wrapper

import (
	"go/types"
	"strconv"

	"github.com/dave/jennifer/jen"
)

// writeCall writes the description of a bundle and its wrapper.
func writeCall(f *jen.File, n *names, c *call, bundle string) error {
	w, err := newWriter(n, c, bundle)
	if err != nil {
		return err
	}
	f.Var().Id(bundle).Op("=").Op("&").Qual(runtimePath, "Bundle").Values(w.description()...)
	f.Line()
	f.Commentf("%s records a call of %s.", c.name, calleeText(c))
	f.Func().Id(c.name).Types(w.tparams...).Params(w.params...).Add(w.results()).Block(w.body()...)
	f.Line()
	return nil
}

// A writer writes one wrapper.
type writer struct {
	*call
	n      *names
	types  *typeWriter
	scope  scope
	bundle string

	tparams []jen.Code // with constraints
	params  []jen.Code
	values  []jen.Code // what the function is called with; receiver first
	nodes   []jen.Code // the inputs but for variadic ones
	spread  jen.Code   // the nodes of a variadic function's last argument, nil if there are none
	outs    []jen.Code // types of the results
	names   []string   // of the results; nil if they have none
}

func newWriter(n *names, c *call, bundle string) (*writer, error) {
	w := &writer{call: c, n: n, bundle: bundle, scope: scope{}, types: &typeWriter{pkg: n.plan.pkg.Types, params: map[*types.TypeParam]string{}}}
	// What the body refers to must not be hidden by a parameter.
	for _, name := range []string{n.imports[runtimePath], bundle, "nil", "append", "error"} {
		w.scope[name] = true
	}
	if c.recv == nil {
		w.scope[c.fn.Name()] = true
	}
	if err := w.typeParams(); err != nil {
		return nil, err
	}
	for _, v := range c.results {
		n.needs(w.scope, v.Type())
	}
	if err := w.parameters(); err != nil {
		return nil, err
	}
	for _, v := range c.results {
		t, err := w.types.code(v.Type())
		if err != nil {
			return nil, err
		}
		w.outs = append(w.outs, t)
	}
	w.resultNames()
	return w, nil
}

func (w *writer) runtime(name string) *jen.Statement { return jen.Qual(runtimePath, name) }

func (w *writer) node(t jen.Code) jen.Code { return jen.Op("*").Add(w.runtime("Node").Types(t)) }

// description is the fields of the variable that describes the bundle.
func (w *writer) description() []jen.Code {
	var fields fieldList
	fields.add("ID", jen.Lit(w.target.ID))
	fields.add("Name", jen.Lit(calleeText(w.call)))
	fields.add("Type", jen.Lit(typeText(w.types.pkg, withoutReceiver(w.sig))))
	if names := w.recordedNames(); names != nil {
		fields.add("Results", jen.Index().String().Values(names...))
	}
	if w.target.Trainable {
		fields.add("Trainable", jen.True())
	}
	if w.target.NoCatch {
		fields.add("NoCatch", jen.True())
	}
	return fields.lines()
}

// invoke is the call of the function itself.
func (w *writer) invoke() *jen.Statement {
	if w.recv != nil {
		return jen.Add(w.values[0]).Dot(w.fn.Name()).Call(w.values[1:]...)
	}
	callee := jen.Id(w.fn.Name())
	if args := w.typeArguments(); args != nil {
		callee = callee.Types(args...)
	}
	return callee.Call(w.values...)
}

// typeArguments are those of the call: nil if the arguments tell them.
func (w *writer) typeArguments() []jen.Code {
	list := make([]jen.Code, len(w.call.tparams))
	told := map[*types.TypeParam]bool{}
	for i, tp := range w.call.tparams {
		list[i] = jen.Id(w.types.params[tp])
		for v := range w.sig.Params().Variables() {
			told[tp] = told[tp] || mentions(v.Type(), tp)
		}
	}
	// [S ~[]E, E any]: who knows S knows E.
	for _, tp := range w.call.tparams {
		if core := coreOf(tp.Constraint()); core != nil && told[tp] {
			for _, other := range w.call.tparams {
				told[other] = told[other] || mentions(core, other)
			}
		}
	}
	for _, tp := range w.call.tparams {
		if !told[tp] {
			return list
		}
	}
	return nil
}

// coreOf returns the type that a constraint of a single term has, nil for
// others.
func coreOf(constraint types.Type) types.Type {
	i, ok := constraint.Underlying().(*types.Interface)
	if !ok || i.NumEmbeddeds() != 1 {
		return nil
	}
	if u, ok := i.EmbeddedType(0).(*types.Union); ok && u.Len() == 1 {
		return u.Term(0).Type()
	}
	return nil
}

// arguments are those that every recording function of the runtime takes,
// with what stands between them.
func (w *writer) arguments(between ...jen.Code) []jen.Code {
	args := append([]jen.Code{jen.Id(w.bundle)}, between...)
	switch {
	case w.spread == nil:
		return append(args, w.nodes...)
	case len(w.nodes) == 0:
		return append(args, jen.Add(w.spread).Op("..."))
	}
	fixed := jen.Index().Add(w.runtime("AnyNode")).Values(w.nodes...)
	return append(args, jen.Append(fixed, jen.Add(w.spread).Op("...")).Op("..."))
}

// body is the statements of the wrapper.
func (w *writer) body() []jen.Code {
	results := w.call.results
	if len(results) > 1 || len(results) == 1 && isContext(results[0].Type()) {
		return w.steps()
	}
	record := "CallVoid"
	if len(results) == 1 {
		record = "Call"
	}
	outs := w.outs
	if w.hasErr {
		record += "Err"
		outs = append(outs[:len(outs):len(outs)], jen.Error())
	}
	stmt := func(s *jen.Statement) jen.Code {
		if len(outs) > 0 {
			return jen.Return(s)
		}
		return s
	}
	function := jen.Func().Params().Add(resultList(outs)).Block(stmt(w.invoke()))
	return []jen.Code{stmt(w.runtime(record).Call(w.arguments(function)...))}
}

// steps is the body for several results.
func (w *writer) steps() []jen.Code {
	frame := w.scope.choose("call")
	var locals, returned []jen.Code
	for i, v := range w.call.results {
		local := jen.Id(w.scope.choose("r" + strconv.Itoa(i)))
		locals = append(locals, local)
		if isContext(v.Type()) {
			returned = append(returned, local)
		} else {
			returned = append(returned, w.runtime("Result").Call(jen.Id(frame), local))
		}
	}
	if w.hasErr {
		local := jen.Id(w.errName())
		locals = append(locals, local)
		returned = append(returned, jen.Id(frame).Dot("Err").Call(local))
	}
	return []jen.Code{
		jen.Id(frame).Op(":=").Add(w.runtime("Enter")).Call(w.arguments()...),
		jen.Defer().Id(frame).Dot("Leave").Call(),
		jen.List(locals...).Op(":=").Add(w.invoke()),
		jen.Return(returned...),
	}
}

// errName is what the error is called: as the wrapper's own result, which the
// definition of the others sets, or err.
func (w *writer) errName() string {
	if w.names != nil {
		if name := w.names[len(w.names)-1]; name != "_" {
			return name
		}
	}
	return w.scope.choose("err")
}

func resultList(results []jen.Code) jen.Code {
	switch len(results) {
	case 0:
		return jen.Empty()
	case 1:
		return results[0]
	}
	return jen.Params(results...)
}

// A fieldList is the fields of a composite literal, one on a line.
type fieldList []jen.Code

func (l *fieldList) add(name string, value jen.Code) {
	*l = append(*l, jen.Line().Id(name).Op(":").Add(value))
}

func (l fieldList) lines() []jen.Code { return append(l, jen.Line()) }

// calleeText is how a call of the bundle is written: bar, (*Agent).Act.
func calleeText(c *call) string {
	if c.recv == nil {
		return c.fn.Name()
	}
	name := typeName(c.recv.Type())
	if _, ok := types.Unalias(c.recv.Type()).(*types.Pointer); ok {
		name = "(*" + name + ")"
	}
	return name + "." + c.fn.Name()
}

// withoutReceiver returns the signature as it stands behind the name.
func withoutReceiver(sig *types.Signature) *types.Signature {
	if sig.Recv() == nil {
		return sig // with its type parameters
	}
	return types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
}
