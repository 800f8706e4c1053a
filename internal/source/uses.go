package source

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// symbolOf returns the name of an object within its package: Func, Var, Type,
// Type.Method, or the bare name of a field.
func symbolOf(obj types.Object) string {
	fn, ok := obj.(*types.Func)
	if !ok {
		return obj.Name()
	}
	recv := fn.Signature().Recv()
	if recv == nil {
		return fn.Name()
	}
	t := types.Unalias(recv.Type())
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj().Name() + "." + fn.Name()
	}
	return fn.Name()
}

// A use is one thing that a body does and the allowlist has an opinion on.
type use struct {
	pos    token.Pos
	path   string // import path; "" for a go statement
	symbol string
	write  bool // changes the package variable
	starts bool // starts a goroutine
	sync   bool // of a write: the variable is a lock, a pool or the like
}

// A useKey is what makes two uses the same.
type useKey struct {
	path, symbol  string
	write, starts bool
}

func (u use) key() useKey { return useKey{u.path, u.symbol, u.write, u.starts} }

// uses lists what a piece of syntax does, in source order, go statements and
// changes of package variables among it.
func uses(root ast.Node, info *types.Info) []use {
	var out []use
	shared := sharing(root, info)
	changes := func(e ast.Expr, v *types.Var) {
		if v != nil {
			out = append(out, use{pos: e.Pos(), path: v.Pkg().Path(), symbol: v.Name(), write: true, sync: ofSync(v.Type())})
		}
	}
	write := func(e ast.Expr) {
		v := packageVar(e, info)
		if v == nil {
			v = shared.through(e, info)
		}
		changes(e, v)
	}
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if u, ok := symbolUse(n, info.Uses[n]); ok {
				out = append(out, u)
			}
		case *ast.GoStmt:
			out = append(out, use{pos: n.Pos(), symbol: "go", starts: true})
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, e := range n.Lhs {
					write(e)
				}
			}
		case *ast.IncDecStmt:
			write(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				write(n.Key)
				if n.Value != nil {
					write(n.Value)
				}
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				write(n.X)
			}
		case *ast.SliceExpr:
			if t := info.TypeOf(n.X); t != nil {
				if _, ok := t.Underlying().(*types.Array); ok {
					write(n.X) // slicing an array takes its address
				}
			}
		case *ast.CallExpr:
			if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && len(n.Args) > 0 {
				if b, ok := info.Uses[id].(*types.Builtin); ok {
					switch b.Name() {
					case "delete", "clear", "copy":
						write(n.Args[0])
						if _, ok := ast.Unparen(n.Args[0]).(*ast.Ident); ok {
							changes(n.Args[0], shared[rootOf(n.Args[0], info)])
						}
					}
				}
			}
		case *ast.SelectorExpr:
			if takesAddress(info.Selections[n]) {
				write(n.X)
			}
		}
		return true
	})
	return out
}

// ofSync reports whether t is a type of package sync.
func ofSync(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "sync"
}

// takesAddress reports whether a method value or call needs the address of an
// operand that is no pointer.
func takesAddress(sel *types.Selection) bool {
	if sel == nil || sel.Kind() != types.MethodVal || sel.Indirect() {
		return false
	}
	recv := sel.Obj().(*types.Func).Signature().Recv()
	if recv == nil {
		return false
	}
	_, wantsPtr := types.Unalias(recv.Type()).(*types.Pointer)
	_, isPtr := sel.Recv().Underlying().(*types.Pointer)
	return wantsPtr && !isPtr
}

// packageVar returns the package variable of which e is a part.
func packageVar(e ast.Expr, info *types.Info) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return asPackageVar(info.Uses[x])
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.TypeAssertExpr:
			e = x.X
		case *ast.SelectorExpr:
			if v := asPackageVar(info.Uses[x.Sel]); v != nil {
				return v
			}
			e = x.X
		default:
			return nil
		}
	}
}

func asPackageVar(obj types.Object) *types.Var {
	v, ok := obj.(*types.Var)
	if !ok || v.IsField() || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
		return nil
	}
	return v
}

// symbolUse returns the use of an identifier, false if it can do nothing.
func symbolUse(id *ast.Ident, obj types.Object) (use, bool) {
	if obj == nil || obj.Pkg() == nil {
		return use{}, false
	}
	if scope := obj.Parent(); scope != nil && scope != obj.Pkg().Scope() {
		return use{}, false // of the body itself, whatever in the package has its name
	}
	switch obj := obj.(type) {
	case *types.PkgName, *types.Const, *types.Label, *types.Nil:
		return use{}, false
	case *types.Var:
		if _, isFunc := obj.Type().Underlying().(*types.Signature); obj.IsField() && !isFunc {
			return use{}, false
		}
	}
	u := use{pos: id.Pos(), path: obj.Pkg().Path(), symbol: symbolOf(obj)}
	u.starts = starts[u.path+"."+u.symbol]
	return u, true
}

// checkAllowed applies the allowlist to a checked text.
func (k *Checker) checkAllowed(c *typed) []finding {
	p := c.edit.param
	original := k.originalUses(p)
	var out []finding
	told := make(map[useKey]bool)
	for _, u := range uses(c.node, c.info) {
		if original[u.key()] || told[u.key()] {
			continue
		}
		if f, denied := k.denied(p, u); denied {
			told[u.key()] = true
			f.pos = c.position(u.pos)
			out = append(out, f)
		}
	}
	return out
}

// denied says why a use is not allowed.
func (k *Checker) denied(p *Param, u use) (finding, bool) {
	name := u.path + "." + u.symbol
	switch {
	case u.starts:
		if grants(p.Allow, "go", "") || u.path != "" && grants(p.Allow, u.path, u.symbol) {
			return finding{}, false
		}
		if u.path == "" {
			name = "a go statement"
		} else {
			name += ", which starts a goroutine,"
		}
		return finding{
			msg:  name + " is not allowed in a trainable body",
			hint: `do the work in sequence; only allow="go" on the directive, or -allow go, permits goroutines`,
		}, true
	case u.write:
		if grants(p.Allow, u.path, u.symbol) {
			return finding{}, false
		}
		return finding{
			msg:  fmt.Sprintf("the package variable %s is changed, or its address is taken, which the original body does not do", u.symbol),
			hint: "read package variables only; keep state in local variables (copy before you change)",
		}, true
	case k.isOwn(p, u.path):
		return k.ownDenied(p, u)
	case allows(u.path, u.symbol) || grants(p.Allow, u.path, u.symbol):
		return finding{}, false
	}
	hint := fmt.Sprintf("use something else; only the owner of the code can permit it, by allow=%q on the directive or -allow", name)
	if a, ok := Allowed[u.path]; ok && !a.All {
		hint = fmt.Sprintf("of package %s only %s are allowed; %s", u.path, strings.Join(a.Only, ", "), hint)
	}
	return finding{msg: name + " is not allowed in a trainable body", hint: hint}, true
}
