package source

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// maxDigits bounds what a constant number is computed from. Quotients are kept
// exactly by go/constant: a chain of forty products and quotients of complex
// constants, 1400 bytes of source, took 1850 times an ordinary check.
const maxDigits = 2000

// digits estimates the length of a constant number written out as a quotient:
// every operation adds up what its operands have.
func (w *weigher) digits(e ast.Expr) int {
	switch e := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return len(e.Value)
		}
	case *ast.Ident:
		return max(w.numbers[e.Name], constDigits(w.object(e)))
	case *ast.SelectorExpr:
		return constDigits(w.object(e))
	case *ast.UnaryExpr:
		return w.digits(e.X)
	case *ast.BinaryExpr:
		return plus(w.digits(e.X), w.digits(e.Y))
	case *ast.CallExpr: // a conversion, or complex, real and imag
		n := 0
		for _, arg := range e.Args {
			n = plus(n, w.digits(arg))
		}
		return n
	}
	return 0
}

func constDigits(obj types.Object) int {
	if c, ok := obj.(*types.Const); ok && c.Val() != nil && c.Val().Kind() != constant.String {
		return len(c.Val().String()) // of a bounded length
	}
	return 0
}

// literalBytes estimates what a composite literal takes, also one of a slice, whose
// length its indices say.
func literalBytes(lit *ast.CompositeLit, info *types.Info, memo map[types.Type]float64) float64 {
	t := info.TypeOf(lit)
	if t == nil {
		return 0
	}
	slice, ok := t.Underlying().(*types.Slice)
	if !ok {
		return typeBytes(t, memo)
	}
	next, most := 0.0, 0.0
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if v := info.Types[kv.Key].Value; v != nil {
				next, _ = constant.Float64Val(constant.ToFloat(v))
			}
		}
		next++
		most = max(most, next)
	}
	return most * typeBytes(slice.Elem(), memo)
}
