package directive

import (
	"go/ast"
	"go/token"
)

// A place is something that a directive may be meant for.
type place struct {
	node  ast.Node // what Target.Decl becomes
	what  string   // for messages
	start token.Pos
	end   token.Pos

	bundle, value, skip bool // which directives fit

	names  []*ast.Ident
	values []ast.Expr
	within string // identity of what contains it, without the import path
	docs   []*ast.CommentGroup
	fn     *ast.FuncDecl // set for a function
	tok    token.Token   // VAR or CONST for a value specification
}

func (p *place) fits(k Kind) bool {
	switch k {
	case Bundle:
		return p.bundle
	case Node:
		return p.value
	default:
		return p.skip
	}
}

// valueWhat describes variables and constants for messages.
func valueWhat(tok token.Token, names []*ast.Ident, local bool) string {
	what := "variable"
	switch {
	case tok == token.CONST:
		what = "constant"
	case local:
		what = "local variable"
	}
	for i, n := range names {
		if i > 0 {
			what += ","
		}
		what += " " + n.Name
	}
	return what
}

func stmtWhat(s ast.Stmt) string {
	switch s.(type) {
	case *ast.IfStmt:
		return "an if statement"
	case *ast.ForStmt, *ast.RangeStmt:
		return "a for statement"
	case *ast.SwitchStmt, *ast.TypeSwitchStmt:
		return "a switch statement"
	case *ast.ReturnStmt:
		return "a return statement"
	}
	return "a statement"
}

// join appends a name to the identity of what contains it.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// receiverName returns the name of a method's type, without pointer and type
// parameters.
func receiverName(recv *ast.FieldList) string {
	if len(recv.List) > 0 {
		if id := typeIdent(recv.List[0].Type); id != nil {
			return id.Name
		}
	}
	return "_"
}

// typeIdent returns the identifier that names a type as a receiver or an
// embedded field, nil if there is none.
func typeIdent(e ast.Expr) *ast.Ident {
	for {
		switch t := e.(type) {
		case *ast.Ident:
			return t
		case *ast.StarExpr:
			e = t.X
		case *ast.ParenExpr:
			e = t.X
		case *ast.IndexExpr:
			e = t.X
		case *ast.IndexListExpr:
			e = t.X
		case *ast.SelectorExpr:
			return t.Sel
		default:
			return nil
		}
	}
}
