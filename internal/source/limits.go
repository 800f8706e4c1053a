package source

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// Bounds on a proposal. They are far above what people write and far below
// what keeps the parser, go/types or the compiler busy. A declaration that
// is large already may grow to twice its size.
const (
	maxBytes      = 64 << 10
	maxNodes      = 20_000
	maxDepth      = 300     // nested syntax nodes
	maxNumber     = 200     // characters of a numeric literal
	maxConst      = 1 << 20 // bytes of a constant string
	maxTypeWeight = 50_000  // types that a type is built from, repetitions counted
	maxTypeBytes  = 64 << 20
)

// checkBytes bounds what the parser is given.
func checkBytes(p *Param, src string) []finding {
	if most := max(maxBytes, 2*len(p.Source)); len(src) > most {
		return []finding{{msg: fmt.Sprintf("the proposed text has %d bytes; at most %d are accepted", len(src), most), hint: "write less"}}
	}
	return nil
}

// checkSyntax bounds what the type checker is given. It sees only syntax: sizes
// are estimated by name, from the definitions in source order, and always too
// high rather than too low.
func (q *proposed) checkSyntax(p *Param) []finding {
	var root ast.Node = q.expr
	if q.fn != nil {
		root = q.fn.Body
	}
	nodes, depth, deepest := 0, 0, 0
	var out []finding
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			depth--
			return false
		}
		nodes++
		depth++
		deepest = max(deepest, depth)
		switch n := n.(type) {
		case *ast.BasicLit:
			if n.Kind != token.STRING && len(n.Value) > maxNumber {
				out = append(out, finding{q.position(n.Pos()), fmt.Sprintf("a numeric literal has %d characters; at most %d are accepted", len(n.Value), maxNumber), ""})
			}
		case *ast.TypeSpec:
			if n.TypeParams != nil {
				out = append(out, finding{q.position(n.Pos()), fmt.Sprintf("type %s has type parameters inside a function", n.Name.Name), "declare an ordinary type"})
			}
		}
		return true
	})
	mostNodes := maxNodes
	if p.Syntax != nil && p.Syntax.Func != nil {
		mostNodes = max(mostNodes, 2*countNodes(p.Syntax.Func.Body))
	}
	if nodes > mostNodes {
		out = append(out, finding{msg: fmt.Sprintf("the proposed text has %d syntax nodes; at most %d are accepted", nodes, mostNodes), hint: "write less, or loop over data"})
	}
	if deepest > maxDepth {
		out = append(out, finding{msg: fmt.Sprintf("the proposed text is nested %d levels deep; at most %d are accepted", deepest, maxDepth), hint: "split long expressions with local variables"})
	}
	if len(out) > 0 {
		return out
	}
	return q.checkGrowth(p, root)
}

func countNodes(root ast.Node) int {
	n := 0
	ast.Inspect(root, func(node ast.Node) bool {
		if node != nil {
			n++
		}
		return true
	})
	return n
}

// checkGrowth bounds what grows exponentially in the number of definitions:
// const b = a + a; const c = b + b, and the same with types.
func (q *proposed) checkGrowth(p *Param, root ast.Node) []finding {
	w := &weigher{
		consts:  make(map[string]int),
		numbers: make(map[string]int),
		types:   make(map[string]int),
		memo:    make(map[ast.Expr]int),
		lookup:  func(string, string) types.Object { return nil },
	}
	if p.Syntax != nil {
		w.lookup = fileLookup(p.Syntax)
	}
	if q.fn != nil {
		// Instantiations inside a generic function repeat its own type
		// parameters, which weigh one each.
		w.fields(q.fn.Type.Params)
		w.fields(q.fn.Type.Results)
	}
	var out []finding
	ast.Inspect(root, func(n ast.Node) bool {
		if len(out) > 0 {
			return false
		}
		switch n := n.(type) {
		case *ast.GenDecl:
			w.declare(n)
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				w.define(n.Lhs, n.Rhs)
			}
		case *ast.RangeStmt:
			w.define([]ast.Expr{n.Key, n.Value}, []ast.Expr{n.X})
		case *ast.TypeSwitchStmt:
			w.typeSwitch(n)
		case *ast.FuncLit:
			w.fields(n.Type.Params)
			w.fields(n.Type.Results)
		case ast.Expr:
			msg := ""
			if w.weight(n) > maxTypeWeight {
				msg = "a type here is built from too many other types"
			}
			if w.length(n) > maxConst {
				msg = fmt.Sprintf("a constant string here may be longer than %d bytes", maxConst)
			}
			if w.digits(n) > maxDigits {
				msg = fmt.Sprintf("a constant number here is computed from more than %d digits", maxDigits)
			}
			if msg != "" {
				out = append(out, finding{q.position(n.Pos()), msg, "write it without repeated doubling"})
			}
		}
		return true
	})
	return out
}

// fileLookup finds package-level names: of the package itself if qualifier is
// empty, else of the package that the file imports by that name.
func fileLookup(s *optimizer.Syntax) func(qualifier, name string) types.Object {
	imports := make(map[string]*types.Package)
	for _, spec := range s.File.Imports {
		if pn := s.Info.PkgNameOf(spec); pn != nil {
			imports[pn.Name()] = pn.Imported()
		}
	}
	return func(qualifier, name string) types.Object {
		if qualifier == "" {
			if obj := s.Pkg.Scope().Lookup(name); obj != nil {
				return obj
			}
			for n, pkg := range imports {
				if n == "." {
					return pkg.Scope().Lookup(name)
				}
			}
			return nil
		}
		if pkg := imports[qualifier]; pkg != nil {
			return pkg.Scope().Lookup(name)
		}
		return nil
	}
}

// typeBytes estimates the size of a value of type t, without the exponential
// cost that types.Sizes has on nested structs, and without overflow.
func typeBytes(t types.Type, memo map[types.Type]float64) float64 {
	if size, ok := memo[t]; ok {
		return size
	}
	memo[t] = 8 // a recursive type is invalid unless it goes through a pointer
	size := 8.0
	switch u := t.Underlying().(type) {
	case *types.Array:
		size = float64(u.Len()) * typeBytes(u.Elem(), memo)
	case *types.Struct:
		size = 0
		for f := range u.Fields() {
			size += typeBytes(f.Type(), memo)
		}
	case *types.Basic:
		if u.Kind() == types.Int8 || u.Kind() == types.Uint8 || u.Kind() == types.Bool {
			size = 1
		}
	}
	memo[t] = size
	return size
}

// stringBytes is the length of a constant string, 0 for other constants.
func stringBytes(v constant.Value) int {
	if v == nil || v.Kind() != constant.String {
		return 0
	}
	return len(constant.StringVal(v))
}

// checkSizes bounds what the compiler is given, by the types of the checked
// text.
func (q *proposed) checkSizes(c *typed) []finding {
	memo := make(map[types.Type]float64)
	literals := 0.0
	var out []finding
	ast.Inspect(c.node, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok || len(out) >= maxFindings {
			return len(out) < maxFindings
		}
		if lit, ok := e.(*ast.CompositeLit); ok {
			if literals += literalBytes(lit, c.info, memo); literals > maxTypeBytes {
				out = append(out, finding{c.position(e.Pos()), fmt.Sprintf("the literals up to here take %.0f bytes; at most %d are accepted", literals, maxTypeBytes), "use make, and fill it at run time"})
				return false
			}
		}
		tv, ok := c.info.Types[e]
		if !ok || tv.Type == nil || tv.IsVoid() || tv.IsBuiltin() {
			return true
		}
		if size := typeBytes(tv.Type, memo); size > maxTypeBytes {
			out = append(out, finding{c.position(e.Pos()), fmt.Sprintf("a value of type %s takes %.0f bytes; at most %d are accepted", shortType(tv.Type), size, maxTypeBytes), "use a slice made at run time"})
			return false
		}
		if stringBytes(tv.Value) > maxConst {
			out = append(out, finding{c.position(e.Pos()), "a constant string is too long", ""})
			return false
		}
		return true
	})
	return out
}

func shortType(t types.Type) string {
	s := types.TypeString(t, func(p *types.Package) string { return p.Name() })
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
