package gen

import (
	"go/ast"
	"go/token"
	"go/types"
)

// varInfo is what the writer knows about a local variable before it writes.
type varInfo struct {
	defs     int  // definitions and assignments
	captured bool // used in a function literal inside the one that declares it
	wild     bool // assigned in a literal that another goroutine may run
	addr     bool // its address is taken, by & or by a method call
	loop     bool // declared by a three-clause for statement
	bodyDefs int  // assignments outside the for statement's own clauses
	konst    bool // every definition is constant: it needs no shadow
	shape    *typeShape
	shaped   bool // shape is known
	lit      *ast.FuncLit
	lits     *literals
}

// single reports whether the variable keeps the value it was defined with.
func (v *varInfo) single() bool { return v.defs <= 1 && !v.addr || v.loop && v.bodyDefs == 0 }

// readable reports whether a function literal may read the variable's shadow
// when it is made, which is no use of the variable: nobody else may assign it
// then, as a goroutine might that runs another literal. The literal is made in
// the function literal where, nil for the function itself.
func (v *varInfo) readable(where *ast.FuncLit) bool {
	return v.single() || !v.wild && v.lits.within(where, v.lit)
}

// scanVars looks at every local variable of a function.
func scanVars(info *types.Info, f *funcDecl, a *analysis) map[types.Object]*varInfo {
	fd := f.decl
	s := &varScan{info: info, vars: map[types.Object]*varInfo{}, clauses: map[ast.Stmt]bool{}, a: a, lits: findLiterals(info, fd, len(f.outline.lits) > 0)}
	s.fields(fd.Recv)
	s.fields(fd.Type.Params)
	s.fields(fd.Type.Results)
	s.walk(fd.Body)
	s.constants()
	return s.vars
}

type varScan struct {
	info    *types.Info
	vars    map[types.Object]*varInfo
	lit     *ast.FuncLit
	clauses map[ast.Stmt]bool // init and post statements of for statements
	sets    []ast.Node        // what gives variables values
	a       *analysis
	lits    *literals
}

func (s *varScan) fields(fl *ast.FieldList) {
	if fl == nil {
		return
	}
	for _, f := range fl.List {
		for _, id := range f.Names {
			if o := s.info.Defs[id]; o != nil {
				s.vars[o] = &varInfo{defs: 1, lit: s.lit, lits: s.lits}
			}
		}
	}
}

func (s *varScan) walk(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			s.sets = append(s.sets, n)
			outer := s.lit
			s.lit = n
			s.fields(n.Type.Params)
			s.fields(n.Type.Results)
			s.walk(n.Body)
			s.lit = outer
			return false
		case *ast.Ident:
			if o, used := s.info.Uses[n]; used {
				if s.lit != nil {
					if v := s.vars[o]; v != nil && v.lit != s.lit {
						v.captured = true
					}
				}
			} else if o, ok := s.info.Defs[n].(*types.Var); ok && !o.IsField() {
				if s.vars[o] == nil {
					s.vars[o] = &varInfo{lit: s.lit, lits: s.lits}
				}
			}
		case *ast.CaseClause:
			if o := s.info.Implicits[n]; o != nil {
				s.sets = append(s.sets, n)
				s.vars[o] = &varInfo{defs: 1, lit: s.lit, lits: s.lits}
			}
		case *ast.ForStmt:
			if init, ok := n.Init.(*ast.AssignStmt); ok && init.Tok == token.DEFINE {
				for _, l := range init.Lhs {
					if id, ok := l.(*ast.Ident); ok && s.info.Defs[id] != nil {
						s.vars[s.info.Defs[id]] = &varInfo{lit: s.lit, loop: true, lits: s.lits}
					}
				}
			}
			s.clauses[n.Init], s.clauses[n.Post] = true, true
		case *ast.AssignStmt:
			s.sets = append(s.sets, n)
			for _, l := range n.Lhs {
				s.def(l, n)
			}
		case *ast.IncDecStmt:
			s.def(n.X, n)
		case *ast.RangeStmt:
			s.sets = append(s.sets, n)
			s.def(n.Key, n)
			s.def(n.Value, n)
		case *ast.ValueSpec:
			s.sets = append(s.sets, n)
			for _, id := range n.Names {
				s.def(id, nil)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				s.address(n.X)
			}
		case *ast.SliceExpr:
			if t := s.info.TypeOf(n.X); t != nil {
				if _, array := t.Underlying().(*types.Array); array {
					s.address(n.X)
				}
			}
		case *ast.SelectorExpr:
			// A method with a pointer receiver takes the address of x in x.m.
			if sel := s.info.Selections[n]; sel != nil && sel.Kind() != types.FieldVal {
				if f, ok := sel.Obj().(*types.Func); ok {
					if r := f.Type().(*types.Signature).Recv(); r != nil {
						_, ptr := r.Type().(*types.Pointer)
						_, have := sel.Recv().Underlying().(*types.Pointer)
						if ptr && !have {
							s.address(n.X)
						}
					}
				}
			}
		}
		return true
	})
}

// def counts a definition or assignment of a variable.
func (s *varScan) def(e ast.Expr, stmt ast.Stmt) {
	if e == nil {
		return
	}
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		// A store to a part of a local struct or array changes it too.
		id = valueRoot(s.info, e)
		if id == nil {
			return
		}
	}
	o := s.info.ObjectOf(id)
	if o == nil {
		return
	}
	v := s.vars[o]
	if v == nil {
		if lv, isVar := o.(*types.Var); !isVar || lv.IsField() || s.info.Defs[id] == nil {
			return
		}
		v = &varInfo{lit: s.lit, lits: s.lits}
		s.vars[o] = v
	}
	v.defs++
	v.wild = v.wild || !s.lits.within(s.lit, v.lit)
	if stmt == nil || !s.clauses[stmt] {
		v.bodyDefs++
	}
}

func (s *varScan) address(e ast.Expr) {
	if id := valueRoot(s.info, e); id != nil {
		if v := s.vars[s.info.ObjectOf(id)]; v != nil {
			v.addr = true
		}
	}
}

// valueRoot finds the local variable that e is, or is a field or array
// element of, without going through a pointer.
func valueRoot(info *types.Info, e ast.Expr) *ast.Ident {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			sel := info.Selections[x]
			if sel == nil || sel.Indirect() || isPointer(info.TypeOf(x.X)) {
				return nil
			}
			e = x.X
		case *ast.IndexExpr:
			if t := info.TypeOf(x.X); t == nil {
				return nil
			} else if _, ok := t.Underlying().(*types.Array); !ok {
				return nil
			}
			e = x.X
		case *ast.SliceExpr:
			if t := info.TypeOf(x.X); t == nil {
				return nil
			} else if _, ok := t.Underlying().(*types.Array); !ok {
				return nil
			}
			e = x.X
		default:
			return nil
		}
	}
}

func isPointer(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// constants finds the variables whose every definition is constant, or
// depends on such variables only: counters, flags, sizes.
func (s *varScan) constants() {
	cand := map[types.Object]bool{}
	for o, v := range s.vars {
		b, ok := o.Type().Underlying().(*types.Basic)
		if ok && b.Info()&(types.IsNumeric|types.IsBoolean|types.IsString) != 0 && v.defs > 0 && !v.addr && s.a.node(o) == nil {
			cand[o] = true
		}
	}
	drop := func(e ast.Expr) {
		if e == nil {
			return
		}
		if id, ok := ast.Unparen(e).(*ast.Ident); ok {
			delete(cand, s.info.ObjectOf(id))
		} else if id := valueRoot(s.info, e); id != nil {
			delete(cand, s.info.ObjectOf(id))
		}
	}
	dropFields := func(fl *ast.FieldList) {
		if fl == nil {
			return
		}
		for _, f := range fl.List {
			for _, id := range f.Names {
				delete(cand, s.info.Defs[id])
			}
		}
	}
	// Parameters, named results and type-switch variables are not constant.
	for o := range cand {
		if v, ok := o.(*types.Var); ok && (v.Kind() == types.ParamVar || v.Kind() == types.ResultVar || v.Kind() == types.RecvVar) {
			delete(cand, o)
		}
	}
	for len(cand) > 0 {
		before := len(cand)
		for _, n := range s.sets {
			switch n := n.(type) {
			case *ast.FuncLit:
				dropFields(n.Type.Params)
				dropFields(n.Type.Results)
			case *ast.CaseClause:
				delete(cand, s.info.Implicits[n])
			case *ast.AssignStmt:
				for i, l := range n.Lhs {
					if len(n.Lhs) != len(n.Rhs) || !s.constant(n.Rhs[i], cand) {
						drop(l)
					}
				}
			case *ast.ValueSpec:
				for i, id := range n.Names {
					if len(n.Values) > 0 && (len(n.Values) != len(n.Names) || !s.constant(n.Values[i], cand)) {
						delete(cand, s.info.Defs[id])
					}
				}
			case *ast.RangeStmt:
				drop(n.Value)
				if t := s.info.TypeOf(n.X); t != nil {
					switch t.Underlying().(type) {
					case *types.Slice, *types.Array:
						if n.Tok == token.DEFINE {
							continue // an index says nothing about the data
						}
					case *types.Basic:
						if s.constant(n.X, cand) || t.Underlying().(*types.Basic).Info()&types.IsString != 0 {
							continue
						}
					}
				}
				drop(n.Key)
			}
		}
		if len(cand) == before {
			break
		}
	}
	for o := range cand {
		s.vars[o].konst = true
	}
}

// constant reports whether e is made of constants and constant variables.
func (s *varScan) constant(e ast.Expr, cand map[types.Object]bool) bool {
	ok := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			switch o := s.info.ObjectOf(n).(type) {
			case *types.Const:
				ok = ok && !s.a.traced(o)
			case *types.Var:
				ok = ok && cand[o]
			case *types.Func:
				ok = false
			}
		case *ast.CallExpr:
			if tv := s.info.Types[n]; tv.Value == nil && !s.info.Types[n.Fun].IsType() {
				ok = false
			}
		case *ast.FuncLit, *ast.IndexExpr, *ast.StarExpr, *ast.CompositeLit, *ast.SliceExpr:
			ok = false
		case *ast.SelectorExpr:
			if tv := s.info.Types[n]; tv.Value == nil {
				ok = false
			}
			if c, isConst := s.info.Uses[n.Sel].(*types.Const); isConst && s.a.traced(c) {
				ok = false
			}
			return false
		}
		return ok
	})
	return ok
}
