package directive

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// A setter is a place that gives a field its value.
type setter struct {
	pos   token.Pos
	value ast.Expr // nil: one of several results of a call
	test  bool     // in a test file
}

// sourceExpr finds the only constant or composite literal that sets a
// trainable node, or reports why there is none.
func (c *collector) sourceExpr(t *Target, pl *place) ast.Expr {
	const needs = "a trainable node needs exactly one constant or composite literal that sets it"
	if f, ok := pl.node.(*ast.Field); ok {
		return c.fieldExpr(t, f, pl)
	}
	if len(pl.values) != 1 {
		switch {
		case slices.ContainsFunc(pl.docs, isEmbed):
			if t.Embed = embedded(pl.docs); t.Embed == "" || !embeds(t.typ()) {
				c.report(t.ArgPos["trainable"], "let a string or []byte hold one file, named without a pattern, or drop trainable", "%s does not hold just one file", pl.what)
			}
		case pl.tok == token.CONST && len(pl.values) == 0:
			c.report(t.ArgPos["trainable"], "write its own value", "%s repeats the expression above it: %s", pl.what, needs)
		default:
			c.report(t.ArgPos["trainable"], "give it an initial value where it is declared", "%s has no initial value: %s", pl.what, needs)
		}
		return nil
	}
	return c.accept(t, pl.values[0], pl.what)
}

func (c *collector) fieldExpr(t *Target, f *ast.Field, pl *place) ast.Expr {
	v, ok := t.Obj.(*types.Var)
	if !ok || c.pkg.Info == nil {
		return nil // type errors: nothing is known
	}
	if c.setters == nil {
		c.findSetters()
	}
	test := c.isTest(f.Pos())
	var found []setter
	for _, s := range c.setters[v.Origin()] {
		if test || !s.test {
			found = append(found, s)
		}
	}
	pos := t.ArgPos["trainable"]
	switch len(found) {
	case 0:
		c.report(pos, "set it in one composite literal or assignment of this package", "%s is set nowhere in the package", pl.what)
		return nil
	case 1:
		if found[0].value == nil {
			c.report(found[0].pos, "set it to a constant or composite literal", "%s is trainable but set from a call", pl.what)
			return nil
		}
		return c.accept(t, found[0].value, pl.what)
	}
	places := make([]string, len(found))
	slices.SortFunc(found, func(a, b setter) int { return comparePos(c.pkg.Fset, a.pos, b.pos) })
	for i, s := range found {
		places[i] = c.where(s.pos)
	}
	c.report(pos, "let a variable hold the value, and make that trainable", "%s is set at %d places: %s", pl.what, len(places), strings.Join(places, ", "))
	return nil
}

// accept returns the expression if it is a constant or a composite literal.
func (c *collector) accept(t *Target, e ast.Expr, what string) ast.Expr {
	if isComposite(e) || c.constant(e) != nil {
		return e
	}
	if info := c.pkg.Info; info == nil || !known(info.TypeOf(e)) {
		return nil // type errors: nothing is known
	}
	c.report(e.Pos(), "name the constant part, and make that trainable", "%s is trainable, but this is neither a constant nor a composite literal", what)
	return nil
}

// constant returns the value of a constant expression, nil for others.
func (c *collector) constant(e ast.Expr) constant.Value {
	if c.pkg.Info == nil {
		return nil
	}
	return c.pkg.Info.Types[e].Value
}

func isComposite(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		_, ok := ast.Unparen(e.X).(*ast.CompositeLit)
		return ok && e.Op == token.AND
	}
	return false
}

func isEmbed(g *ast.CommentGroup) bool {
	return g != nil && slices.ContainsFunc(g.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, "//go:embed ")
	})
}

func known(t types.Type) bool { return t != nil && t != types.Typ[types.Invalid] }

func (c *collector) isTest(pos token.Pos) bool {
	f := c.pkg.Fset.File(pos)
	return f != nil && strings.HasSuffix(f.Name(), "_test.go")
}

// findSetters notes every literal key and assignment that sets a field.
// Assignments with an operator change a value, and set none.
func (c *collector) findSetters() {
	c.setters = map[*types.Var][]setter{}
	for _, f := range c.pkg.Files {
		if f == nil {
			continue
		}
		test := c.isTest(f.FileStart)
		set := func(v *types.Var, pos token.Pos, value ast.Expr) {
			if v != nil && v.IsField() {
				v = v.Origin()
				c.setters[v] = append(c.setters[v], setter{pos, value, test})
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				c.literalSetters(n, set)
			case *ast.AssignStmt:
				if n.Tok != token.ASSIGN {
					break
				}
				for i, l := range n.Lhs {
					sel, ok := ast.Unparen(l).(*ast.SelectorExpr)
					if !ok {
						continue
					}
					v, _ := c.pkg.Info.Uses[sel.Sel].(*types.Var)
					if len(n.Rhs) == len(n.Lhs) {
						set(v, n.Rhs[i].Pos(), n.Rhs[i])
					} else {
						set(v, l.Pos(), nil)
					}
				}
			}
			return true
		})
	}
}

func (c *collector) literalSetters(lit *ast.CompositeLit, set func(*types.Var, token.Pos, ast.Expr)) {
	t := c.pkg.Info.TypeOf(lit)
	if !known(t) {
		return
	}
	u := t.Underlying()
	if p, ok := u.(*types.Pointer); ok { // an element written without &T
		u = p.Elem().Underlying()
	}
	st, ok := u.(*types.Struct)
	if !ok {
		return
	}
	for i, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				v, _ := c.pkg.Info.Uses[id].(*types.Var)
				set(v, kv.Value.Pos(), kv.Value)
			}
		} else if i < st.NumFields() {
			set(st.Field(i), e.Pos(), e)
		}
	}
}
