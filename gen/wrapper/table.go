package wrapper

import (
	"go/types"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/opto-go/trace/gen/directive"
)

// A param is one row of the parameter table.
type param struct {
	target *directive.Target
	typ    string
	quote  bool // choices are strings
}

// params lists the trainable targets of a package, by position.
func (p *planner) params(targets []*directive.Target) []param {
	var list []param
	for _, t := range targets {
		// The table is the same on every system and under every build tag.
		if !t.Trainable || t.Kind == directive.Skip || p.inTest(t) || p.constrained(t.Pos) {
			continue
		}
		if t.Obj == nil || t.Obj.Type() == types.Typ[types.Invalid] {
			if t.Kind == directive.Node { // of bundles plan says it
				p.report(t.Pos, "correct what the compiler reports", "the type of %s is not known", t.ID)
			}
			continue
		}
		row := param{target: t}
		typ := t.Obj.Type()
		if sig, ok := typ.(*types.Signature); ok && t.Kind == directive.Bundle {
			typ = withoutReceiver(sig)
		}
		row.typ = typeText(p.pkg.Types, typ)
		if b, ok := typ.Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 {
			row.quote = true
		}
		list = append(list, row)
	}
	return list
}

// LeftOut says which parameters of a package the table does not have, because
// they exist only under some systems or build tags.
func LeftOut(pkg *directive.Package, targets []*directive.Target) []directive.Problem {
	p := &planner{pkg: pkg}
	for _, t := range targets {
		if t.Trainable && t.Kind == directive.Node && !p.inTest(t) && p.constrained(t.Pos) {
			p.report(t.Pos, "move it to a file that is always built; training and recording do not need the table",
				"note: %s is not in the table of parameters: its file has a build constraint", t.ID)
		}
	}
	return p.problems
}

func writeTable(f *jen.File, params []param) {
	if len(params) == 0 {
		return
	}
	rows := make([]jen.Code, len(params))
	for i, p := range params {
		t := p.target
		var row fieldList
		text := func(field, v string) {
			if v != "" {
				row.add(field, jen.Lit(v))
			}
		}
		text("ID", t.ID)
		text("Type", p.typ)
		text("Desc", t.Doc)
		text("Constraint", t.Constraint)
		text("Min", t.Min)
		text("Max", t.Max)
		text("Step", t.Step)
		if len(t.Choices) > 0 {
			choices := make([]jen.Code, len(t.Choices))
			for j, c := range t.Choices {
				if p.quote {
					c = strconv.Quote(c)
				}
				choices[j] = jen.Lit(c)
			}
			row.add("Choices", jen.Index().String().Values(choices...))
		}
		text("Check", t.Check)
		rows[i] = jen.Line().Qual(runtimePath, "ParamInfo").Values(row.lines()...)
	}
	rows = append(rows, jen.Line())
	f.Func().Id("init").Params().Block(
		jen.Qual(runtimePath, "Register").Call(rows...),
	)
	f.Line()
}
