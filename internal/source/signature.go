package source

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
)

// checkNames compares the names in the proposed signature with the original
// ones: the body refers to them, and only the body is taken.
func (q *proposed) checkNames(p *Param) []finding {
	old, got := p.Syntax.Func, q.fn
	mismatch := func(at ast.Node, format string, args ...any) []finding {
		return []finding{q.signatureFinding(p, at, fmt.Sprintf(format, args...))}
	}
	if (old.Recv == nil) != (got.Recv == nil) {
		if old.Recv == nil {
			return mismatch(got, "a function is expected, not a method")
		}
		return mismatch(got, "a method is expected: the receiver is missing")
	}
	parts := []struct {
		what     string
		old, got *ast.FieldList
	}{
		{"receiver", old.Recv, got.Recv},
		{"type parameter", old.Type.TypeParams, got.Type.TypeParams},
		{"parameter", old.Type.Params, got.Type.Params},
		{"result", old.Type.Results, got.Type.Results},
	}
	for _, part := range parts {
		want, have := fieldNames(part.old), fieldNames(part.got)
		if len(want) != len(have) {
			return mismatch(got, "there are %d %ss instead of %d", len(have), part.what, len(want))
		}
		for i, name := range want {
			if have[i] != name {
				return mismatch(got, "%s %d is called %s instead of %s", part.what, i+1, show(have[i]), show(name))
			}
		}
	}
	want, have := receiverParams(old.Recv), receiverParams(got.Recv)
	if strings.Join(want, ",") != strings.Join(have, ",") {
		return mismatch(got, "the type parameters of the receiver are called [%s] instead of [%s]", strings.Join(have, ", "), strings.Join(want, ", "))
	}
	return nil
}

func (q *proposed) signatureFinding(p *Param, at ast.Node, msg string) finding {
	return finding{
		pos:  q.position(at.Pos()),
		msg:  msg,
		hint: fmt.Sprintf("only the body may change; keep the signature exactly: %s", header(p)),
	}
}

// fieldNames returns one name for each field, "" for those without.
func fieldNames(list *ast.FieldList) []string {
	var out []string
	if list == nil {
		return nil
	}
	for _, f := range list.List {
		if len(f.Names) == 0 {
			out = append(out, "")
		}
		for _, name := range f.Names {
			out = append(out, name.Name)
		}
	}
	return out
}

func show(name string) string {
	if name == "" {
		return "nothing"
	}
	return name
}

// receiverParams returns the type parameters that a receiver names.
func receiverParams(recv *ast.FieldList) []string {
	if recv == nil || len(recv.List) != 1 {
		return nil
	}
	t := ast.Unparen(recv.List[0].Type)
	if star, ok := t.(*ast.StarExpr); ok {
		t = ast.Unparen(star.X)
	}
	var args []ast.Expr
	switch t := t.(type) {
	case *ast.IndexExpr:
		args = []ast.Expr{t.Index}
	case *ast.IndexListExpr:
		args = t.Indices
	}
	var out []string
	for _, a := range args {
		if id, ok := a.(*ast.Ident); ok {
			out = append(out, id.Name)
		}
	}
	return out
}

// header returns the signature of a function as its source has it.
func header(p *Param) string {
	from := p.Syntax.Fset.PositionFor(p.Syntax.Func.Pos(), false).Offset
	return strings.Join(strings.Fields(string(p.text.data[from:p.Start])), " ")
}

// checkSignature compares the types of the proposed signature with the
// original ones, both in the scope of the original. The names are equal.
func (k *Checker) checkSignature(p *Param, q *proposed) []finding {
	if q.header() == normalHeader(p) {
		return nil // the common case
	}
	got, err := k.signatureIn(p, q)
	if err != nil {
		return []finding{q.signatureFinding(p, q.fn, shorten(message(err)))}
	}
	want := p.target.Obj.(*types.Func).Signature()
	if !sameSignature(want, got) {
		return []finding{q.signatureFinding(p, q.fn, "the types in the signature differ")}
	}
	return nil
}

// message drops the position that an error of go/types has.
func message(err error) string {
	var te types.Error
	if errors.As(err, &te) {
		return te.Msg
	}
	return err.Error()
}

// header formats the proposed header without its body.
func (q *proposed) header() string {
	from := q.fset.PositionFor(q.fn.Pos(), false).Offset - q.base
	return formatHeader(q.src[from:q.from])
}

func normalHeader(p *Param) string {
	from := p.Syntax.Fset.PositionFor(p.Syntax.Func.Pos(), false).Offset
	return formatHeader(unixLines(string(p.text.data[from:p.Start])))
}

func formatHeader(src string) string {
	out, err := format.Source([]byte(packageClause + src + "{}"))
	if err != nil {
		return src
	}
	return strings.Join(strings.Fields(string(bytes.TrimPrefix(out, []byte(packageClause)))), " ")
}

// signatureIn resolves the proposed header where the original stands: at the
// beginning of its body, where type parameters, those of the receiver too, are
// known by name, so that types come out identical.
func (k *Checker) signatureIn(p *Param, q *proposed) (*types.Signature, error) {
	if err := q.sameText(p); err != nil {
		return nil, err
	}
	part := func(list *ast.FieldList) string {
		if list == nil {
			return ""
		}
		from := q.fset.PositionFor(list.Pos(), false).Offset - q.base
		to := q.fset.PositionFor(list.End(), false).Offset - q.base
		return q.src[from:to]
	}
	sig := part(q.fn.Type.Params) + " " + part(q.fn.Type.Results)
	expr, err := parser.ParseExprFrom(token.NewFileSet(), "", "func"+sig, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	info := &types.Info{Types: make(map[ast.Expr]types.TypeAndValue)}
	// CheckExpr adds a scope for the new type to the function's own.
	k.scopes.Lock()
	defer k.scopes.Unlock()
	if err := types.CheckExpr(p.Syntax.Fset, p.Syntax.Pkg, p.Syntax.Func.Body.Lbrace, expr, info); err != nil {
		return nil, err
	}
	got, ok := info.Types[expr].Type.(*types.Signature)
	if !ok {
		return nil, fmt.Errorf("%s is no function type", sig)
	}
	return got, nil
}

// sameText compares what CheckExpr cannot resolve apart from a declaration: the
// receiver and the constraints of type parameters. Here the text counts.
func (q *proposed) sameText(p *Param) error {
	old := p.Syntax.Func
	text := func(list *ast.FieldList) string {
		var b strings.Builder
		if list != nil {
			for _, f := range list.List {
				for range max(1, len(f.Names)) {
					b.WriteString(types.ExprString(f.Type) + ";")
				}
			}
		}
		return b.String()
	}
	if text(old.Recv) != text(q.fn.Recv) {
		return errors.New("the receiver has another type")
	}
	if text(old.Type.TypeParams) != text(q.fn.Type.TypeParams) {
		return errors.New("a type parameter has another constraint")
	}
	return nil
}

func sameSignature(want, got *types.Signature) bool {
	return want.Variadic() == got.Variadic() &&
		types.Identical(want.Params(), got.Params()) &&
		types.Identical(want.Results(), got.Results())
}
