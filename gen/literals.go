package gen

import (
	"go/ast"
	"go/types"
)

// inspect is ast.Inspect for all of a tree; lits is the number of function
// literals around n.
func inspect(root ast.Node, f func(n ast.Node, lits int)) {
	var walk func(n ast.Node, lits int)
	walk = func(n ast.Node, lits int) {
		ast.Inspect(n, func(n ast.Node) bool {
			if n == nil {
				return false
			}
			f(n, lits)
			lit, ok := n.(*ast.FuncLit)
			if ok {
				walk(lit.Type, lits+1)
				walk(lit.Body, lits+1)
			}
			return !ok
		})
	}
	walk(root, 0)
}

// literals tells the function literals of a function that only the goroutine of
// the code around them runs, and only while that waits for them.
type literals struct {
	outer map[*ast.FuncLit]*ast.FuncLit // nil for those of the function itself
	tame  map[*ast.FuncLit]bool
	own   map[types.Object]bool // variables that hold nothing but these, and are only called
}

// within reports whether what lit does is done by the goroutine that runs out,
// a literal around it or nil for the function.
func (l *literals) within(lit, out *ast.FuncLit) bool {
	for lit != out {
		if lit == nil || !l.tame[lit] {
			return false
		}
		lit = l.outer[lit]
	}
	return true
}

// findLiterals looks at the literals of a function, if it has any. Tame are those that are
// called where they stand, those that a function of the standard library calls
// before it returns, and those of variables that are only called.
func findLiterals(info *types.Info, fd *ast.FuncDecl, any bool) *literals {
	l := &literals{outer: map[*ast.FuncLit]*ast.FuncLit{}, tame: map[*ast.FuncLit]bool{}, own: map[types.Object]bool{}}
	if !any {
		return l
	}
	kept := map[types.Object][]*ast.FuncLit{}  // literals of variables
	users := map[types.Object][]*ast.FuncLit{} // where those are called
	wild := map[types.Object]bool{}
	other := map[types.Object]bool{} // they begin with something else
	called := map[*ast.Ident]bool{}
	set := map[*ast.Ident]bool{}
	keep := func(left ast.Expr, right ast.Expr) {
		id, ok := left.(*ast.Ident)
		lit, isLit := ast.Unparen(right).(*ast.FuncLit)
		if o := info.ObjectOf(id); ok && isLit && o != nil {
			kept[o] = append(kept[o], lit)
			set[id] = true
		}
	}
	var stack []ast.Node
	var lit *ast.FuncLit
	ast.Inspect(fd, func(n ast.Node) bool {
		if n == nil {
			if top, ok := stack[len(stack)-1].(*ast.FuncLit); ok {
				lit = l.outer[top]
			}
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		switch n := n.(type) {
		case *ast.FuncLit:
			l.outer[n] = lit
			lit = n
		case *ast.CallExpr:
			if len(stack) > 1 {
				if g, ok := stack[len(stack)-2].(*ast.GoStmt); ok && g.Call == n {
					break
				}
			}
			switch f := ast.Unparen(n.Fun).(type) {
			case *ast.FuncLit:
				l.tame[f] = true
			case *ast.Ident:
				called[f] = true
			}
			if callsBack(info, n) {
				for _, a := range n.Args {
					if f, ok := ast.Unparen(a).(*ast.FuncLit); ok {
						l.tame[f] = true
					}
				}
			}
		case *ast.AssignStmt:
			if len(n.Lhs) == len(n.Rhs) {
				for i := range n.Lhs {
					keep(n.Lhs[i], n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i := range n.Values {
				if len(n.Values) == len(n.Names) {
					keep(n.Names[i], n.Values[i])
				}
			}
			for i, id := range n.Names {
				set[id] = true
				if len(n.Values) == 0 {
					continue
				}
				if _, isLit := ast.Unparen(n.Values[min(i, len(n.Values)-1)]).(*ast.FuncLit); !isLit {
					other[info.ObjectOf(id)] = true
				}
			}
		case *ast.Ident:
			o, ok := info.ObjectOf(n).(*types.Var)
			switch {
			case !ok || set[n]:
			case called[n]:
				users[o] = append(users[o], lit)
			default:
				wild[o] = true
			}
		}
		return true
	})
	for o, lits := range kept {
		l.own[o] = !wild[o] && !other[o] && !packageLevel(o)
		for _, f := range lits {
			l.tame[f] = l.tame[f] || !wild[o] && !packageLevel(o)
		}
	}
	// A variable that another goroutine calls has no tame literals.
	for again := true; again; {
		again = false
		for o, lits := range kept {
			for _, f := range lits {
				if !l.tame[f] {
					continue
				}
				for _, by := range users[o] {
					if !l.within(by, l.declared(o, lits)) {
						l.tame[f], again = false, true
					}
				}
			}
		}
	}
	return l
}

// declared is the literal that a variable of literals is declared in, nil for
// the function: the innermost around all of them that declares it.
func (l *literals) declared(o types.Object, lits []*ast.FuncLit) *ast.FuncLit {
	for f := l.outer[lits[0]]; f != nil; f = l.outer[f] {
		if f.Pos() <= o.Pos() && o.Pos() < f.End() {
			return f
		}
	}
	return nil
}

// callsBack reports a call of a function of the standard library that calls the
// functions that it is given, if at all, before it returns, in its goroutine.
func callsBack(info *types.Info, c *ast.CallExpr) bool {
	f, ok := calleeObject(info, c).(*types.Func)
	if !ok || f.Pkg() == nil {
		return false
	}
	switch f.Pkg().Path() {
	case "sort", "slices", "maps", "strings", "bytes", "regexp":
		// Those that return a function call what they are given later.
		sig := f.Type().(*types.Signature)
		for i := 0; i < sig.Results().Len(); i++ {
			if _, later := sig.Results().At(i).Type().Underlying().(*types.Signature); later {
				return false
			}
		}
		return true
	case "path/filepath":
		return f.Name() == "Walk" || f.Name() == "WalkDir"
	case "io/fs":
		return f.Name() == "WalkDir"
	case "go/ast":
		return f.Name() == "Inspect"
	case "sync":
		return f.FullName() == "(*sync.Once).Do"
	}
	return false
}
