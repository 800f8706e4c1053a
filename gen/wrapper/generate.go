package wrapper

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/opto-go/trace/gen/directive"
)

// An Error holds the reasons why no file can be generated, with positions.
type Error struct {
	Fset     *token.FileSet
	Problems []directive.Problem // sorted
}

// Error lists the problems, one on a line, each followed by its hint.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = fmt.Sprintf("%s: %s", e.Fset.Position(p.Pos), p.Message)
		if p.Hint != "" {
			lines[i] += "\n\thint: " + p.Hint
		}
	}
	return strings.Join(lines, "\n")
}

// Generate returns what the generated file of a package should hold, nil if
// there should be none. The targets are those of [directive.Collect]. The
// error is an *Error if wrappers cannot be written for some of them.
//
// The package must have been loaded without its generated file; see
// [Overlay].
func Generate(pkg *directive.Package, targets []*directive.Target) ([]byte, error) {
	if pkg.Types == nil {
		return nil, errors.New("wrapper: package " + pkg.Path + " has no type information")
	}
	p := &planner{pkg: pkg}
	calls := p.plan(targets)
	params := p.params(targets)
	if len(p.problems) > 0 {
		return nil, &Error{pkg.Fset, p.problems}
	}
	if len(calls) == 0 && len(params) == 0 {
		return nil, nil
	}
	f := jen.NewFilePathName(pkg.Types.Path(), pkg.Types.Name())
	f.HeaderComment(Header)
	needed := map[string]*types.Package{}
	for _, c := range calls {
		vars := c.vars()
		if c.result != nil {
			vars = append(vars, c.sig.Results().At(0))
		}
		for _, v := range vars {
			packagesOf(v.Type(), func(p *types.Package) { needed[p.Path()] = p })
		}
	}
	n := imports(f, pkg.Types, needed)
	// Sorted by name, not by place, so that moving a function changes nothing.
	slices.SortFunc(calls, func(a, b *call) int { return cmp.Compare(a.name, b.name) })
	slices.SortFunc(params, func(a, b param) int { return cmp.Compare(a.target.ID, b.target.ID) })
	for _, c := range calls {
		n.used[c.name] = true
	}
	bundles := make([]string, len(calls))
	for i, c := range calls {
		bundles[i] = n.choose("bundle" + upperFirst(strings.TrimPrefix(strings.TrimPrefix(c.name, "trace"), "Trace")))
	}
	writeTable(f, params)
	for i, c := range calls {
		if err := writeCall(f, n, c, bundles[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", pkg.Fset.Position(c.target.Pos), err)
		}
	}
	var buf bytes.Buffer
	if err := f.Render(&buf); err != nil {
		return nil, fmt.Errorf("wrapper: package %s: %w", pkg.Path, err)
	}
	return buf.Bytes(), nil
}

// writeCall writes the description of a bundle and its wrapper.
func writeCall(f *jen.File, n *names, c *call, bundle string) error {
	var fields fieldList
	fields.add("ID", jen.Lit(c.target.ID))
	fields.add("Name", jen.Lit(calleeText(c)))
	fields.add("Type", jen.Lit(typeText(n.pkg, withoutReceiver(c.sig))))
	if c.target.Trainable {
		fields.add("Trainable", jen.True())
	}
	if c.target.NoCatch {
		fields.add("NoCatch", jen.True())
	}
	f.Var().Id(bundle).Op("=").Op("&").Qual(runtimePath, "Bundle").Values(fields.lines()...)
	f.Line()

	vars := c.vars()
	names := n.params(vars, func(i int) string {
		if c.recv != nil {
			i--
		}
		if i < 0 {
			return "recv"
		}
		return "p" + strconv.Itoa(i)
	})
	params := make([]jen.Code, len(vars))
	values := make([]jen.Code, len(vars))
	nodes := make([]jen.Code, len(vars))
	for i, v := range vars {
		t, err := typeCode(v.Type())
		if err != nil {
			return err
		}
		params[i] = jen.Id(names[i]).Add(nodeOf(t))
		values[i] = jen.Id(names[i]).Dot("Value").Call()
		nodes[i] = jen.Id(names[i])
	}
	callee := jen.Id(c.fn.Name())
	if c.recv != nil {
		callee = jen.Add(values[0]).Dot(c.fn.Name())
		values = values[1:]
	}
	invoke := callee.Call(values...)

	var results, node []jen.Code
	record := "Call"
	if c.result == nil {
		record = "CallVoid"
	} else {
		t, err := typeCode(c.result)
		if err != nil {
			return err
		}
		results = append(results, t)
		node = append(node, nodeOf(t))
	}
	if c.hasErr {
		record += "Err"
		results = append(results, jen.Error())
		node = append(node, jen.Error())
	}
	body := jen.Add(invoke)
	if len(results) > 0 {
		body = jen.Return(invoke)
	}
	args := append([]jen.Code{jen.Id(bundle), jen.Func().Params().Add(resultList(results)).Block(body)}, nodes...)
	stmt := jen.Qual(runtimePath, record).Call(args...)
	if len(results) > 0 {
		stmt = jen.Return(stmt)
	}
	f.Commentf("%s records a call of %s.", c.name, calleeText(c))
	f.Func().Id(c.name).Params(params...).Add(resultList(node)).Block(stmt)
	f.Line()
	return nil
}

// A fieldList is the fields of a composite literal, one on a line.
type fieldList []jen.Code

func (l *fieldList) add(name string, value jen.Code) {
	*l = append(*l, jen.Line().Id(name).Op(":").Add(value))
}

func (l fieldList) lines() []jen.Code { return append(l, jen.Line()) }

func nodeOf(t jen.Code) jen.Code {
	return jen.Op("*").Qual(runtimePath, "Node").Types(t)
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

func withoutReceiver(sig *types.Signature) *types.Signature {
	return types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
}
