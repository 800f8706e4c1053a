package source

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/optimizer"
)

// checkValue enforces what a directive says of a value.
func (c *typed) checkValue() []finding {
	p := c.edit.param
	expr, ok := c.node.(ast.Expr)
	if p.Kind != optimizer.Value || !ok {
		return nil
	}
	tv := c.info.Types[expr]
	want := p.target.Obj.Type()
	if infersType(p.target.Decl) && tv.Type != nil && typeName(tv.Type) != typeName(want) {
		return []finding{{
			pos:  c.position(expr.Pos()),
			msg:  fmt.Sprintf("the expression has type %s, which would change the type of %s from %s", shortType(tv.Type), p.Name, p.Type),
			hint: wanted(p),
		}}
	}
	if bad := notConstant(expr, c.info); bad != nil {
		return []finding{{
			pos:  c.position(bad.Pos()),
			msg:  "the value must be a constant or a composite literal of constants",
			hint: "write the value itself, without calls, variables and functions",
		}}
	}
	if tv.Value == nil {
		return nil
	}
	if err := p.target.CheckValue(tv.Value); err != nil {
		f := finding{pos: c.position(expr.Pos()), msg: err.Error()}
		if p.Constraint != "" {
			f.hint = p.Constraint
		}
		return []finding{f}
	}
	return nil
}

func typeName(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return directive.PackagePath(p.Path()) })
}

// notConstant returns the first part of a value that is neither a constant nor
// a composite literal of constants, nil if there is none.
func notConstant(e ast.Expr, info *types.Info) ast.Expr {
	tv := info.Types[e]
	if tv.Value != nil || tv.IsNil() {
		return nil
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return notConstant(e.X, info)
	case *ast.UnaryExpr:
		if _, ok := ast.Unparen(e.X).(*ast.CompositeLit); ok {
			return notConstant(e.X, info)
		}
	case *ast.CallExpr:
		// A conversion such as []byte("text").
		if info.Types[e.Fun].IsType() && len(e.Args) == 1 {
			return notConstant(e.Args[0], info)
		}
	case *ast.CompositeLit:
		_, isStruct := structOf(tv.Type)
		for _, elt := range e.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				if !isStruct {
					if bad := notConstant(kv.Key, info); bad != nil {
						return bad
					}
				}
				elt = kv.Value
			}
			if bad := notConstant(elt, info); bad != nil {
				return bad
			}
		}
		return nil
	}
	return e
}

// structOf looks through the pointer that elided element types have.
func structOf(t types.Type) (*types.Struct, bool) {
	if t == nil {
		return nil, false
	}
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	return s, ok
}

// A RunCheck is a call that only the candidate's own process can make: the
// function that check= names must accept the proposed value.
type RunCheck struct {
	Param string // ID
	Pkg   string // import path of the package of both
	Func  string // func(T) error
	Type  string // T, as the package writes it
	File  string // absolute; Expr is Go of this file, its imports are in scope
	Expr  string // the proposed value

	// Content is that of File if the value stands in another one.
	Content []byte
}

// NeedsRun returns the calls that a proposal still has to pass, sorted by
// parameter. Whoever builds the candidate adds to each File something like
//
//	func init() {
//		if err := Func(Expr); err != nil { … }
//	}
//
// and takes an error as a broken constraint. The package's own use of the value
// does not run the check.
func (k *Checker) NeedsRun(prop optimizer.Proposal) []RunCheck {
	var out []RunCheck
	for _, id := range slices.Sorted(maps.Keys(prop.Assign)) {
		p := k.byID[id]
		if p == nil || p.Check == "" {
			continue
		}
		q, findings := parse(p, prop.Assign[id])
		if len(findings) > 0 {
			continue
		}
		if p.embed {
			out = append(out, p.runCheck(newEdit(p, q).text))
			continue
		}
		out = append(out, RunCheck{
			Param: id,
			Pkg:   p.target.Obj.Pkg().Path(),
			Func:  p.Check,
			Type:  p.Type,
			File:  p.File,
			Expr:  newEdit(p, q).text,
		})
	}
	return out
}
