package search

import (
	"go/ast"
	"go/types"
	"math/bits"
)

// Bounds of the synthesis. Sizes count names, constants, calls and operators.
const (
	maxSize     = 6
	maxPerLevel = 300 // expressions kept of one size and one type
	maxGrown    = 20000
	maxSynth    = 3000
	wSynth      = 0.9

	// synthesized begins the reasoning of whole bodies. It also tells in the
	// history that an accepted body was synthesized.
	synthesized = "returned "
	wResynth    = 0.05
)

// A term is a synthesized expression.
type term struct {
	text   string
	t      types.Type
	size   int
	uses   uint64 // parameters in it
	fields uint64 // fields of parameters in it
	consts int
	bias   float64 // of its operators
	op     string  // outermost operator or builtin
	atom   bool    // needs no parentheses as an operand
	order  int     // when it was made
}

// cost orders terms: small ones first, but rather one that uses every
// parameter than one that ignores some.
func (t *term) cost(params int) float64 {
	return float64(t.size) + .8*float64(params-bits.OnesCount64(t.uses)) + .5*float64(t.consts) + t.bias -
		.2*float64(bits.OnesCount64(t.fields))
}

// blank reports a body that only stands in for one: it returns constants or
// panics.
func blank(d *decl) bool {
	switch len(d.fn.Body.List) {
	case 0:
		return true
	case 1:
	default:
		return false
	}
	switch s := d.fn.Body.List[0].(type) {
	case *ast.ReturnStmt:
		for _, r := range s.Results {
			tv := d.info.Types[r]
			lit, isComposite := ast.Unparen(r).(*ast.CompositeLit)
			if tv.Value == nil && !tv.IsNil() && !(isComposite && len(lit.Elts) == 0) {
				return false
			}
		}
		return true
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		id, ok := call.Fun.(*ast.Ident)
		return ok && id.Name == "panic"
	}
	return false
}

// synthesize writes whole bodies of the form return E for a function that had
// none at first; for one whose body is a single return they come last.
func synthesize(d *decl, wasBlank bool, feedback, code *hints) []edit {
	sig, rest, ok := resultShape(d)
	if !ok {
		return nil
	}
	weight := wSynth
	if !wasBlank {
		if len(d.fn.Body.List) != 1 {
			return nil
		}
		if _, ok := d.fn.Body.List[0].(*ast.ReturnStmt); !ok {
			return nil
		}
		weight = wResynth
	}
	y := newSynth(d, feedback, code)
	terms := y.of(sig)
	var list []edit
	body := splice{start: d.off(d.fn.Body.Lbrace), end: d.off(d.fn.Body.Rbrace) + 1}
	for i, t := range terms {
		b := body
		b.text = "{\n\treturn " + t.text + rest + "\n}"
		list = append(list, edit{
			splices: []splice{b},
			what:    synthesized + brief(t.text),
			at:      body.start,
			stmt:    body.start,
			family:  "synthesis",
			weight:  weight * (1 - .5*float64(i)/float64(maxSynth)),
		})
	}
	return list
}

// resultShape returns the type to synthesize and what follows it in the
// return statement: one result, or one and an error or a bool.
func resultShape(d *decl) (types.Type, string, bool) {
	def := d.info.Defs[d.fn.Name]
	f, ok := def.(*types.Func)
	if !ok {
		return nil, "", false
	}
	results := f.Type().(*types.Signature).Results()
	switch results.Len() {
	case 1:
		return results.At(0).Type(), "", true
	case 2:
		second := results.At(1).Type()
		switch {
		case types.Identical(second, types.Universe.Lookup("error").Type()):
			return results.At(0).Type(), ", nil", true
		case isBoolean(second):
			return results.At(0).Type(), ", true", true
		}
	}
	return nil, "", false
}
