package search

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// An edit is one small change of a declaration.
type edit struct {
	splices []splice
	what    string  // "changed < to <="
	at      int     // offset of the changed place
	stmt    int     // offset of the statement around it: edits there share their luck
	family  string  // the kind of edit, for the same purpose
	weight  float64 // how likely it is a repair, before anything is known
}

// Weights of first-order mutations, as measured on what people get wrong:
// operators, bounds and constants first, a look-alike function next, deletions
// late, invented conditions last.
const (
	wOperator  = 0.80
	wFlip      = 0.50
	wOffByOne  = 0.55
	wConstant  = 0.50
	wVariable  = 0.45
	wCallee    = 0.50
	wSwap      = 0.45
	wUnwrap    = 0.35
	wWrap      = 0.22
	wDelete    = 0.25
	wReorder   = 0.20
	wGuard     = 0.12
	wCondition = 0.08
)

// A mutator enumerates the first-order mutations of a typed declaration.
type mutator struct {
	d        *decl
	feedback *hints
	code     *hints
	stack    []ast.Node // from the body to the parent of the node in hand
	edits    []edit
}

// mutations returns every first-order mutation of the function, in source
// order. None is checked yet.
func mutations(d *decl, feedback, code *hints) []edit {
	m := &mutator{d: d, feedback: feedback, code: code}
	m.guards()
	ast.Inspect(d.fn.Body, func(n ast.Node) bool {
		if n == nil {
			m.stack = m.stack[:len(m.stack)-1]
			return false
		}
		down := m.visit(n)
		if down {
			m.stack = append(m.stack, n)
		}
		return down
	})
	return m.edits
}

// visit mutates one node and reports whether to go on to its children.
func (m *mutator) visit(n ast.Node) bool {
	if e, ok := n.(ast.Expr); ok {
		if tv, known := m.d.info.Types[e]; known && tv.IsType() {
			return false
		}
		m.wrap(e)
		m.offByOne(e)
	}
	switch n := n.(type) {
	case *ast.BinaryExpr:
		m.binary(n)
	case *ast.UnaryExpr:
		if (n.Op == token.SUB || n.Op == token.ADD) && m.d.constOf(n) != nil {
			if _, ok := n.X.(*ast.BasicLit); ok {
				m.constant(n)
				return false
			}
		}
		if n.Op == token.NOT || n.Op == token.SUB {
			m.replace(n, m.d.text(n.X), wFlip, "operator")
		}
	case *ast.BasicLit:
		m.constant(n)
	case *ast.Ident:
		m.ident(n)
	case *ast.SelectorExpr:
		m.selector(n)
		// The name after the dot is no variable of its own.
		m.stack = append(m.stack, n)
		m.walkInto(n.X)
		m.stack = m.stack[:len(m.stack)-1]
		return false
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && m.isField(key) {
			m.stack = append(m.stack, n)
			m.walkInto(n.Value)
			m.stack = m.stack[:len(m.stack)-1]
			return false
		}
	case *ast.CallExpr:
		m.call(n)
	case *ast.SliceExpr:
		m.slice(n)
	case *ast.Field, *ast.ImportSpec:
		return false
	case ast.Stmt:
		m.stmt(n)
	}
	return true
}

// walkInto visits a subtree below the current stack.
func (m *mutator) walkInto(root ast.Node) {
	depth := len(m.stack)
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			m.stack = m.stack[:len(m.stack)-1]
			return false
		}
		down := m.visit(n)
		if down {
			m.stack = append(m.stack, n)
		}
		return down
	})
	m.stack = m.stack[:depth]
}

func (m *mutator) isField(id *ast.Ident) bool {
	v, ok := m.d.info.Uses[id].(*types.Var)
	return ok && v.IsField()
}

func (m *mutator) parent() ast.Node {
	if len(m.stack) == 0 {
		return nil
	}
	return m.stack[len(m.stack)-1]
}

// around returns the innermost statement above the node in hand.
func (m *mutator) around(n ast.Node) ast.Node {
	if s, ok := n.(ast.Stmt); ok {
		return s
	}
	for i := len(m.stack) - 1; i >= 0; i-- {
		switch s := m.stack[i].(type) {
		case *ast.BlockStmt:
		case ast.Stmt:
			return s
		}
	}
	return m.d.fn.Body
}

// add notes an edit at a node.
func (m *mutator) add(n ast.Node, weight float64, family, what string, splices ...splice) {
	m.edits = append(m.edits, edit{
		splices: splices,
		what:    what,
		at:      m.d.off(n.Pos()),
		stmt:    m.d.off(m.around(n).Pos()),
		family:  family,
		weight:  weight,
	})
}

// replace notes the replacement of a whole node by text.
func (m *mutator) replace(n ast.Node, text string, weight float64, family string) {
	old := m.d.text(n)
	if old == text {
		return
	}
	m.add(n, weight, family, fmt.Sprintf("changed %s to %s", brief(old), brief(text)),
		splice{m.d.off(n.Pos()), m.d.off(n.End()), text})
}

// brief shortens source text for a sentence.
func brief(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 48 {
		s = string(r[:45]) + "..."
	}
	return s
}

// operators of one class and how likely each is confused with the other.
var operators = map[token.Token][]struct {
	op     token.Token
	weight float64
}{
	token.LSS:     {{token.LEQ, wOperator}, {token.GTR, .35}, {token.GEQ, .35}, {token.NEQ, .2}},
	token.LEQ:     {{token.LSS, wOperator}, {token.GEQ, .35}, {token.GTR, .35}, {token.EQL, .2}},
	token.GTR:     {{token.GEQ, wOperator}, {token.LSS, .35}, {token.LEQ, .35}, {token.NEQ, .2}},
	token.GEQ:     {{token.GTR, wOperator}, {token.LEQ, .35}, {token.LSS, .35}, {token.EQL, .2}},
	token.EQL:     {{token.NEQ, .7}, {token.LEQ, .3}, {token.GEQ, .3}, {token.LSS, .15}, {token.GTR, .15}},
	token.NEQ:     {{token.EQL, .7}, {token.LSS, .3}, {token.GTR, .3}, {token.LEQ, .15}, {token.GEQ, .15}},
	token.ADD:     {{token.SUB, .6}, {token.MUL, .3}, {token.QUO, .15}},
	token.SUB:     {{token.ADD, .6}, {token.MUL, .2}, {token.QUO, .2}},
	token.MUL:     {{token.QUO, .5}, {token.ADD, .4}, {token.SUB, .15}},
	token.QUO:     {{token.MUL, .5}, {token.REM, .5}, {token.SUB, .15}},
	token.REM:     {{token.QUO, .5}, {token.MUL, .15}, {token.SUB, .15}},
	token.LAND:    {{token.LOR, .65}},
	token.LOR:     {{token.LAND, .65}},
	token.AND:     {{token.OR, .5}, {token.XOR, .3}, {token.AND_NOT, .4}},
	token.OR:      {{token.AND, .5}, {token.XOR, .4}},
	token.XOR:     {{token.OR, .4}, {token.AND, .4}},
	token.AND_NOT: {{token.AND, .5}, {token.OR, .3}},
	token.SHL:     {{token.SHR, .6}},
	token.SHR:     {{token.SHL, .6}},
}

func (m *mutator) binary(n *ast.BinaryExpr) {
	where := m.d.off(n.OpPos)
	for _, r := range operators[n.Op] {
		m.add(n, r.weight, "operator", fmt.Sprintf("changed %s to %s in %s", n.Op, r.op, brief(m.d.text(n))),
			splice{where, where + len(n.Op.String()), r.op.String()})
	}
	x, y := m.d.text(n.X), m.d.text(n.Y)
	switch n.Op {
	case token.SUB, token.QUO, token.REM, token.ADD, token.SHL, token.SHR:
		if n.Op != token.ADD || isString(m.d.typeOf(n)) {
			m.add(n, .4, "swap", fmt.Sprintf("swapped the operands of %s", brief(m.d.text(n))),
				splice{m.d.off(n.X.Pos()), m.d.off(n.X.End()), paren(n.Y, y)},
				splice{m.d.off(n.Y.Pos()), m.d.off(n.Y.End()), paren(n.X, x)})
		}
	}
	switch n.Op {
	case token.LAND, token.LOR, token.ADD, token.SUB, token.MUL, token.QUO, token.REM:
		weight := .3
		if c := m.d.constOf(n.Y); c != nil && isInteger(m.d.typeOf(n.Y)) && c.ExactString() == "1" {
			weight = wOffByOne // one too many
		}
		m.replace(n, x, weight, "operand")
		m.replace(n, y, .3, "operand")
	}
	if n.Op == token.QUO && isInteger(m.d.typeOf(n)) && m.d.constOf(n) == nil && pure(n.Y) {
		// Integer division cuts off; people mean up, or to the nearest.
		m.replace(n, fmt.Sprintf("(%s + %s - 1) / %s", x, paren(n.Y, y), paren(n.Y, y)), wFlip, "rounding")
		m.replace(n, fmt.Sprintf("(%s + %s/2) / %s", x, paren(n.Y, y), paren(n.Y, y)), .3, "rounding")
	}
}

// paren puts an operand of lower precedence in parentheses.
func paren(e ast.Expr, text string) string {
	switch e.(type) {
	case *ast.BinaryExpr:
		return "(" + text + ")"
	}
	return text
}

// pure reports whether repeating an expression repeats no effect.
func pure(e ast.Expr) bool {
	ok := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			id, isIdent := n.Fun.(*ast.Ident)
			ok = ok && isIdent && (id.Name == "len" || id.Name == "cap")
		case *ast.FuncLit:
			ok = false
		case *ast.UnaryExpr:
			ok = ok && n.Op != token.ARROW
		}
		return ok
	})
	return ok
}

func basicInfo(t types.Type) types.BasicInfo {
	if t == nil {
		return 0
	}
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		return 0
	}
	return b.Info()
}

func isInteger(t types.Type) bool { return basicInfo(t)&types.IsInteger != 0 }
func isNumeric(t types.Type) bool { return basicInfo(t)&types.IsNumeric != 0 }
func isFloat(t types.Type) bool   { return basicInfo(t)&types.IsFloat != 0 }
func isString(t types.Type) bool  { return basicInfo(t)&types.IsString != 0 }
func isBoolean(t types.Type) bool { return basicInfo(t)&types.IsBoolean != 0 }
