package optimizer

import (
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"unicode/utf8"
)

// readValue reads the text of a block that sets the value p. Plain reports
// that it was taken as plain text and quoted.
func readValue(p Param, text string) (source string, plain bool, err error) {
	trimmed := strings.TrimSpace(text)
	if isString(p) {
		return readString(p, text, trimmed)
	}
	if trimmed == "" {
		return "", false, errors.New("the block is empty; give a Go literal of type " + p.Type)
	}
	if expr, ok := assigned(p, trimmed); ok {
		trimmed = expr
	}
	expr, err := parseExpr(trimmed)
	if err != nil {
		return "", false, fmt.Errorf("%s is not a Go literal of type %s: %v", strconv.Quote(clip(trimmed, 80)), p.Type, err)
	}
	return expr, false, nil
}

// readString reads a string: a Go literal if that is what it is, otherwise
// the text itself.
func readString(p Param, text, trimmed string) (string, bool, error) {
	if expr, ok := assigned(p, trimmed); ok && isStringLiteral(expr, p.Type) {
		trimmed = expr
	}
	if isStringLiteral(trimmed, p.Type) {
		expr, err := parseExpr(trimmed)
		return expr, false, err
	}
	if q := trimmed; q != "" && (q[0] == '"' || q[0] == '`') {
		// Almost a literal. Adopting it with its quotes would be wrong more
		// often than right.
		if last := q[len(q)-1]; last == q[0] || strings.Count(q, q[:1]) == 1 {
			return "", false, errors.New("the text starts like a Go string literal and is none; escape it properly, or give the plain text without quotes")
		}
	}
	return quoteText(text), true, nil
}

// parseExpr returns the formatted text of exactly one expression, comments
// after it left out.
func parseExpr(text string) (string, error) {
	fset := token.NewFileSet()
	x, err := parser.ParseExprFrom(fset, "", text, parser.SkipObjectResolution)
	if err != nil {
		if list := syntaxError(err, 1); list != nil {
			return "", errors.New(strings.TrimPrefix(list.Error(), "not valid Go: "))
		}
		return "", err
	}
	var bad error
	ast.Inspect(x, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			bad = errors.New("a function literal is not a value here")
		case *ast.BadExpr:
			bad = errors.New("broken expression")
		}
		return bad == nil
	})
	if bad != nil {
		return "", bad
	}
	text = text[fset.Position(x.Pos()).Offset:fset.Position(x.End()).Offset]
	if out, err := format.Source([]byte(text)); err == nil {
		text = strings.TrimSpace(string(out))
	}
	return text, nil
}

// assigned returns the right side of "name = x", "name := x" or "var name = x"
// when name is the parameter's own: models like to repeat it.
func assigned(p Param, text string) (string, bool) {
	const open, end = "package p; func _() {", "\n}"
	src := open + text + end
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil || len(file.Decls) != 1 {
		return "", false
	}
	fn, ok := file.Decls[0].(*ast.FuncDecl)
	if !ok || len(fn.Body.List) != 1 {
		return "", false
	}
	var name, value ast.Expr
	switch s := fn.Body.List[0].(type) {
	case *ast.AssignStmt:
		if len(s.Lhs) == 1 && len(s.Rhs) == 1 && (s.Tok == token.ASSIGN || s.Tok == token.DEFINE) {
			name, value = s.Lhs[0], s.Rhs[0]
		}
	case *ast.DeclStmt:
		if g, ok := s.Decl.(*ast.GenDecl); ok && len(g.Specs) == 1 {
			if v, ok := g.Specs[0].(*ast.ValueSpec); ok && len(v.Names) == 1 && len(v.Values) == 1 {
				name, value = v.Names[0], v.Values[0]
			}
		}
	}
	if name == nil || !hasSuffixName(p.ID, types.ExprString(name)) {
		return "", false
	}
	return src[fset.Position(value.Pos()).Offset:fset.Position(value.End()).Offset], true
}

// isString reports whether p holds text.
func isString(p Param) bool {
	if p.Type == "string" {
		return true
	}
	if p.Syntax != nil && p.Syntax.Expr != nil && p.Syntax.Info != nil {
		if t := p.Syntax.Info.TypeOf(p.Syntax.Expr); t != nil {
			b, ok := t.Underlying().(*types.Basic)
			return ok && b.Info()&types.IsString != 0
		}
	}
	return isStringLiteral(p.Source, p.Type)
}

// isStringLiteral reports whether text is one string literal, a
// concatenation of them, or a conversion of one to typ.
func isStringLiteral(text, typ string) bool {
	x, err := parser.ParseExpr(text)
	if err != nil {
		return false
	}
	var is func(ast.Expr) bool
	is = func(x ast.Expr) bool {
		switch x := x.(type) {
		case *ast.BasicLit:
			return x.Kind == token.STRING
		case *ast.ParenExpr:
			return is(x.X)
		case *ast.BinaryExpr:
			return x.Op == token.ADD && is(x.X) && is(x.Y)
		case *ast.CallExpr:
			return len(x.Args) == 1 && typ != "" && types.ExprString(x.Fun) == typ && is(x.Args[0])
		}
		return false
	}
	return is(x)
}

// quoteText writes text as a Go literal, on several lines if it has them.
func quoteText(text string) string {
	raw := strings.Contains(text, "\n") && utf8.ValidString(text)
	for _, r := range text {
		if r == '`' || r == '\r' || r == '\ufeff' || (r < ' ' && r != '\n' && r != '\t') || r == 0x7f {
			raw = false
		}
	}
	if raw {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}

// sameSource reports whether source says what p already says.
func sameSource(p Param, source string) bool {
	if p.Kind == FuncBody {
		f, err := parseFunc(p.Source, 1)
		return err == nil && withoutDoc(f.source) == withoutDoc(source)
	}
	if current, err := parseExpr(p.Source); err == nil && current == source {
		return true
	}
	a, errA := stringValue(p.Source)
	b, errB := stringValue(source)
	return errA == nil && errB == nil && a == b
}

// withoutDoc cuts the doc comment off the formatted text of a function.
func withoutDoc(source string) string {
	fset := token.NewFileSet()
	const open = "package p; "
	file, err := parser.ParseFile(fset, "", open+source, parser.SkipObjectResolution)
	if err != nil || len(file.Decls) == 0 {
		return source
	}
	d := file.Decls[0]
	return source[fset.Position(d.Pos()).Offset-len(open):]
}

// stringValue evaluates a literal or a concatenation of literals.
func stringValue(source string) (string, error) {
	x, err := parser.ParseExpr(source)
	if err != nil {
		return "", err
	}
	var eval func(ast.Expr) (string, error)
	eval = func(x ast.Expr) (string, error) {
		switch x := x.(type) {
		case *ast.BasicLit:
			if x.Kind == token.STRING {
				return strconv.Unquote(x.Value)
			}
		case *ast.ParenExpr:
			return eval(x.X)
		case *ast.BinaryExpr:
			if x.Op == token.ADD {
				a, err := eval(x.X)
				if err != nil {
					return "", err
				}
				b, err := eval(x.Y)
				return a + b, err
			}
		}
		return "", errors.New("not a string literal")
	}
	return eval(x)
}
