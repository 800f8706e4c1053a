package search

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// stmt mutates one statement as such.
func (m *mutator) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.IfStmt:
		m.condition(s.Cond)
		m.removable(s)
		if s.Else == nil && s.Init == nil {
			m.add(s, wDelete*.6, "delete", "did always what the if decided",
				splice{m.d.off(s.Pos()), m.d.off(s.Body.Lbrace) + 1, "{"})
		} else if s.Else != nil {
			m.add(s, wDelete*.6, "delete", "removed the else branch",
				splice{m.d.off(s.Body.End()), m.d.off(s.Else.End()), ""})
		}
	case *ast.ForStmt:
		if s.Cond != nil {
			m.condition(s.Cond)
		}
		m.removable(s)
	case *ast.RangeStmt, *ast.ExprStmt, *ast.SendStmt, *ast.SwitchStmt, *ast.DeferStmt, *ast.GoStmt:
		m.removable(s)
	case *ast.IncDecStmt:
		to := token.DEC
		if s.Tok == token.DEC {
			to = token.INC
		}
		m.add(s, .35, "operator", fmt.Sprintf("changed %s to %s", s.Tok, to),
			splice{m.d.off(s.TokPos), m.d.off(s.TokPos) + 2, to.String()})
		m.removable(s)
	case *ast.AssignStmt:
		m.assign(s)
	case *ast.BranchStmt:
		m.branch(s)
	case *ast.BlockStmt:
		m.reorder(s.List)
	case *ast.CaseClause:
		m.reorder(s.Body)
	case *ast.ReturnStmt:
		if len(m.stack) > 1 && len(s.Results) == 0 {
			m.removable(s)
		}
		if len(s.Results) == 1 && isBoolean(m.d.typeOf(s.Results[0])) {
			m.condition(s.Results[0])
		}
	}
}

// removable deletes a statement, unless it is a clause of another one.
func (m *mutator) removable(s ast.Stmt) {
	switch p := m.parent().(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
	case *ast.ForStmt:
		if p.Init != s && p.Post != s {
			return
		}
	default:
		return
	}
	m.add(s, wDelete, "delete", fmt.Sprintf("removed %s", brief(m.d.text(s))),
		splice{m.d.off(s.Pos()), m.d.off(s.End()), ""})
}

// condition negates a condition and ties it to a further one.
func (m *mutator) condition(c ast.Expr) {
	text := m.d.text(c)
	switch e := ast.Unparen(c).(type) {
	case *ast.BinaryExpr:
		if e.Op == token.LAND || e.Op == token.LOR {
			m.replace(c, "!("+text+")", .3, "negate")
		}
	case *ast.UnaryExpr: // dropping ! is an operator mutation
	default:
		if m.d.constOf(c) == nil {
			m.replace(c, "!"+paren(c, text), wFlip, "negate")
		}
	}
	for _, atom := range m.atoms(c.Pos()) {
		m.replace(c, paren(c, text)+" && "+atom, wCondition, "condition")
		m.replace(c, paren(c, text)+" || "+atom, wCondition, "condition")
	}
}

// atoms are small conditions on the variables in scope.
func (m *mutator) atoms(at token.Pos) []string {
	var list []string
	seen := map[string]bool{}
	for scope := m.d.innermost(at); scope != nil && scope != m.d.env.pkg.Scope() && scope != types.Universe; scope = scope.Parent() {
		for _, name := range scope.Names() {
			_, obj := scope.LookupParent(name, at)
			v, ok := obj.(*types.Var)
			if !ok || seen[name] || name == "_" || v.Parent() != scope {
				continue
			}
			seen[name] = true
			switch t := v.Type().Underlying().(type) {
			case *types.Basic:
				switch {
				case t.Info()&types.IsBoolean != 0:
					list = append(list, name, "!"+name)
				case t.Info()&types.IsNumeric != 0:
					list = append(list, name+" > 0", name+" == 0", name+" != 0", name+" < 0")
				case t.Info()&types.IsString != 0:
					list = append(list, name+` != ""`, name+` == ""`)
				}
			case *types.Slice, *types.Map:
				list = append(list, "len("+name+") > 0", "len("+name+") == 0")
			case *types.Pointer, *types.Interface, *types.Signature:
				list = append(list, name+" != nil", name+" == nil")
			}
		}
	}
	return list
}

// assignments that are confused with each other.
var assignments = map[token.Token][]token.Token{
	token.ADD_ASSIGN: {token.SUB_ASSIGN, token.ASSIGN, token.MUL_ASSIGN},
	token.SUB_ASSIGN: {token.ADD_ASSIGN, token.ASSIGN},
	token.MUL_ASSIGN: {token.QUO_ASSIGN, token.ADD_ASSIGN, token.ASSIGN},
	token.QUO_ASSIGN: {token.MUL_ASSIGN, token.REM_ASSIGN},
	token.REM_ASSIGN: {token.QUO_ASSIGN},
	token.AND_ASSIGN: {token.OR_ASSIGN, token.AND_NOT_ASSIGN},
	token.OR_ASSIGN:  {token.AND_ASSIGN, token.XOR_ASSIGN},
	token.XOR_ASSIGN: {token.OR_ASSIGN, token.AND_ASSIGN},
	token.SHL_ASSIGN: {token.SHR_ASSIGN},
	token.SHR_ASSIGN: {token.SHL_ASSIGN},
	token.ASSIGN:     {token.ADD_ASSIGN, token.SUB_ASSIGN, token.MUL_ASSIGN},
}

func (m *mutator) assign(s *ast.AssignStmt) {
	m.removable(s)
	at := m.d.off(s.TokPos)
	change := func(to token.Token, weight float64) {
		m.add(s, weight, "operator", fmt.Sprintf("changed %s to %s", s.Tok, to),
			splice{at, at + len(s.Tok.String()), to.String()})
	}
	if len(s.Lhs) == 1 {
		for _, to := range assignments[s.Tok] {
			change(to, .4)
		}
		// s += x, where x + s is meant.
		if s.Tok == token.ADD_ASSIGN && isString(m.d.typeOf(s.Lhs[0])) {
			l, r := m.d.text(s.Lhs[0]), m.d.text(s.Rhs[0])
			m.add(s, .4, "swap", fmt.Sprintf("put %s in front of %s", brief(r), l),
				splice{m.d.off(s.Pos()), m.d.off(s.End()), l + " = " + r + " + " + l})
		}
	}
	if s.Tok == token.DEFINE && m.shadows(s) {
		change(token.ASSIGN, .6)
	}
	if s.Tok == token.ASSIGN && len(s.Lhs) == 2 && len(s.Rhs) == 2 {
		m.add(s, .3, "swap", "swapped the assigned values",
			splice{m.d.off(s.Rhs[0].Pos()), m.d.off(s.Rhs[0].End()), m.d.text(s.Rhs[1])},
			splice{m.d.off(s.Rhs[1].Pos()), m.d.off(s.Rhs[1].End()), m.d.text(s.Rhs[0])})
	}
}

// shadows reports whether every variable that a definition makes hides one of
// the function: the usual accident with :=.
func (m *mutator) shadows(s *ast.AssignStmt) bool {
	for _, l := range s.Lhs {
		id, ok := l.(*ast.Ident)
		if !ok || id.Name == "_" {
			continue
		}
		def := m.d.info.Defs[id]
		if def == nil || def.Parent() == nil {
			continue
		}
		_, outer := def.Parent().Parent().LookupParent(id.Name, s.Pos())
		if v, ok := outer.(*types.Var); !ok || !types.Identical(v.Type(), def.Type()) {
			return false
		}
	}
	return true
}

func (m *mutator) branch(s *ast.BranchStmt) {
	other := map[token.Token]token.Token{token.BREAK: token.CONTINUE, token.CONTINUE: token.BREAK}[s.Tok]
	if other == token.ILLEGAL {
		return
	}
	m.add(s, .5, "branch", fmt.Sprintf("changed %s to %s", s.Tok, other),
		splice{m.d.off(s.TokPos), m.d.off(s.TokPos) + len(s.Tok.String()), other.String()})
	m.removable(s)
}

// reorder swaps neighbouring simple statements.
func (m *mutator) reorder(list []ast.Stmt) {
	for i := 0; i+1 < len(list); i++ {
		a, b := list[i], list[i+1]
		if !movable(a) || !movable(b) {
			continue
		}
		m.add(a, wReorder, "reorder", fmt.Sprintf("put %s before %s", brief(m.d.text(b)), brief(m.d.text(a))),
			splice{m.d.off(a.Pos()), m.d.off(a.End()), m.d.text(b)},
			splice{m.d.off(b.Pos()), m.d.off(b.End()), m.d.text(a)})
	}
}

func movable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.AssignStmt:
		return s.Tok != token.DEFINE
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.IfStmt, *ast.RangeStmt, *ast.ForStmt:
		return true
	}
	return false
}

// guards puts an early return of zero values in front of the body.
func (m *mutator) guards() {
	results, ok := zeroResults(m.d)
	if !ok {
		return
	}
	at := m.d.off(m.d.fn.Body.Lbrace) + 1
	for _, cond := range m.atoms(m.d.fn.Body.Lbrace + 1) {
		m.add(m.d.fn.Body, wGuard, "guard", fmt.Sprintf("added an early return if %s", cond),
			splice{at, at, "\nif " + cond + " {\nreturn " + results + "\n}\n"})
	}
}

// zeroResults is the operand list of a return of zero values.
func zeroResults(d *decl) (string, bool) {
	list := d.fn.Type.Results
	if list == nil {
		return "", true
	}
	text := ""
	for _, f := range list.List {
		zero, ok := zeroOf(d, f.Type)
		if !ok {
			return "", false
		}
		for range max(1, len(f.Names)) {
			if text != "" {
				text += ", "
			}
			text += zero
		}
	}
	return text, true
}

func zeroOf(d *decl, e ast.Expr) (string, bool) {
	t := d.typeOf(e)
	switch u := under(t).(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			return `""`, true
		case u.Info()&types.IsBoolean != 0:
			return "false", true
		case u.Info()&types.IsNumeric != 0:
			return "0", true
		}
	case *types.Struct, *types.Array:
		return d.text(e) + "{}", true
	case *types.Slice, *types.Map, *types.Pointer, *types.Chan, *types.Signature:
		return "nil", true
	case *types.Interface:
		if _, isParam := types.Unalias(t).(*types.TypeParam); !isParam {
			return "nil", true
		}
	}
	return "", false
}
