package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// What runs once is the program's: later cases use it, too. So does what
// sync.Once.Do calls, and what the functions that sync.OnceFunc and its like
// make call.

// onceCall writes once.Do(f).
func (w *funcWriter) onceCall(c *ast.CallExpr, o *types.Func) (string, bool) {
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok || w.fullName(o) != "(*sync.Once).Do" || len(c.Args) != 1 || w.later {
		return "", false
	}
	twin, _, ok := w.onceTwin(c.Args[0])
	if !ok {
		return "", false
	}
	recv := w.place(sel.X)
	return w.splice(c.Pos(), c.End(), w.replace(sel.X, recv.text),
		w.replace(c.Args[0], fmt.Sprintf("%s.Once(%s, %s)", rt, tapeName, twin))), true
}

// onceFunc writes sync.OnceFunc(f), sync.OnceValue(f) or sync.OnceValues(f).
func (w *funcWriter) onceFunc(c *ast.CallExpr) (result, bool) {
	o, ok := calleeObject(w.unit.TypesInfo, c).(*types.Func)
	if !ok || len(c.Args) != 1 || w.later {
		return result{}, false
	}
	n, ok := onceResults[o.FullName()]
	if !ok {
		return result{}, false
	}
	var typs []string
	for i := 0; i < n; i++ {
		sig := w.typeOf(c.Args[0]).Underlying().(*types.Signature)
		name := w.typeName(sig.Results().At(i).Type(), c.Pos())
		if name == "" {
			w.degrade(c, "the function returns a type that has no name here")
			return result{}, false
		}
		typs = append(typs, name)
	}
	twin, ops, ok := w.onceTwin(c.Args[0])
	if !ok {
		return result{}, false
	}
	if n == 0 {
		return result{text: w.splice(c.Pos(), c.End(), w.replace(c.Args[0], fmt.Sprintf("%s.Once(%s, %s)", rt, tapeName, twin))), ops: ops}, true
	}
	fun := unindex(c.Fun)
	return result{text: w.splice(c.Pos(), c.End(),
		piece{c.Pos(), c.Pos(), fmt.Sprintf("%s.Once%d(%s, ", rt, n, tapeName)},
		w.gap(fun.End(), c.Lparen+1, "["+strings.Join(typs, ", ")+"], "),
		w.replace(c.Args[0], twin)), ops: ops}, true
}

// onceResults gives the number of results of what runs once.
var onceResults = map[string]int{"sync.OnceFunc": 0, "sync.OnceValue": 1, "sync.OnceValues": 2}

// onceTwin writes the twin of a literal or declared function that runs once.
func (w *funcWriter) onceTwin(e ast.Expr) (twin string, ops []operand, ok bool) {
	var fn *types.Func
	switch f := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		if recovers(w.unit.TypesInfo, f) {
			return "", nil, false
		}
		twin, ops = w.twinLit(f)
		return twin, ops, true
	case *ast.Ident:
		fn, _ = w.obj(f).(*types.Func)
	case *ast.SelectorExpr:
		fn, _ = w.obj(f.Sel).(*types.Func)
	}
	twin, _, ok = w.twinElsewhere(fn)
	return twin, nil, ok
}

// twinElsewhere names the twin of a function that is no method and not generic,
// as this file does; false if it has none or cannot be named.
func (w *fileWriter) twinElsewhere(fn *types.Func) (string, *funcDecl, bool) {
	if fn == nil || fn.Pkg() == nil || fn.Type().(*types.Signature).Recv() != nil || fn.Type().(*types.Signature).TypeParams() != nil {
		return "", nil, false
	}
	f := w.lookup(fn)
	if !f.twinned() || f.role != roleNone {
		return "", nil, false
	}
	if fn.Pkg().Path() == w.unit.Types.Path() {
		return twinName(fn), f, true
	}
	if f.unit.Name == "main" || !importable(w.unit.path, f.unit.path) {
		return "", nil, false
	}
	return w.alias(f.unit.path) + "." + twinName(fn), f, true
}

// A onceVar is a variable of a package that holds a function which runs another
// one once: a declared function, or a literal, which then is followed like a
// function of the variable's name.
type onceVar struct {
	call *ast.CallExpr
	fn   *types.Func // what runs once
}

// collectOnce finds the variables of a file that hold such functions.
func (a *analysis) collectOnce(u *unit, file *ast.File) {
	packageVariables(file, func(_ *ast.GenDecl, _ *ast.ValueSpec, names []*ast.Ident, e ast.Expr) {
		c, ok := ast.Unparen(e).(*ast.CallExpr)
		if !ok || len(names) != 1 || len(c.Args) != 1 || names[0].Name == "_" {
			return
		}
		once, ok := calleeObject(u.TypesInfo, c).(*types.Func)
		if !ok {
			return
		}
		if _, ok := onceResults[once.FullName()]; !ok {
			return
		}
		id := names[0]
		v := onceVar{call: c}
		switch f := ast.Unparen(c.Args[0]).(type) {
		case *ast.FuncLit:
			v.fn = types.NewFunc(id.Pos(), u.Types, id.Name, u.TypesInfo.TypeOf(f).(*types.Signature))
			fd := &ast.FuncDecl{Name: id, Type: f.Type, Body: f.Body}
			a.add(u, file, fd, v.fn, newOutline(u.TypesInfo, fd, &outline{}))
		case *ast.Ident:
			v.fn, _ = u.TypesInfo.Uses[f].(*types.Func)
		case *ast.SelectorExpr:
			v.fn, _ = u.TypesInfo.Uses[f.Sel].(*types.Func)
		}
		if v.fn != nil {
			a.onceVars[id.Pos()] = v
		}
	})
}

// onceVariables has the functions that the variables of the file hold run twins,
// and writes those of literals.
func (w *fileWriter) onceVariables() {
	for _, pos := range sortedPositions(w.onceVars) {
		if pos < w.file.FileStart || pos >= w.file.FileEnd {
			continue
		}
		c := w.onceVars[pos].call
		twin, f, ok := w.twinElsewhere(w.onceVars[pos].fn)
		if !ok {
			continue
		}
		sig := f.obj.Type().(*types.Signature)
		var typs []string
		for i := 0; i < sig.Results().Len(); i++ {
			ok = ok && w.names(sig.Results().At(i).Type())
			typs = append(typs, types.TypeString(sig.Results().At(i).Type(), w.qualifier))
		}
		if !ok {
			w.notes = append(w.notes, Note{Pos: w.prog.Fset.Position(c.Pos()), Kind: NoteDegraded, Func: shortName(f.obj),
				Reason: "the function returns a type that has no name here"})
			continue
		}
		if _, lit := ast.Unparen(c.Args[0]).(*ast.FuncLit); lit {
			text, err := w.onceLiteral(f)
			if err != nil {
				w.refused[f] = err.Error()
				continue
			}
			w.twins = append(w.twins, twinText{text, f, f.start()})
		}
		fun := unindex(c.Fun)
		arg := c.Args[0]
		if len(typs) == 0 {
			w.heads = append(w.heads, piece{arg.Pos(), arg.Pos(), rt + ".OnceVar0("}, piece{arg.End(), arg.End(), ", " + twin + ")"})
		} else {
			w.heads = append(w.heads, piece{c.Pos(), c.Pos(), fmt.Sprintf("%s.OnceVar%d(", rt, len(typs))},
				w.gap(fun.End(), c.Lparen+1, "["+strings.Join(typs, ", ")+"], "), piece{arg.End(), arg.End(), ", " + twin})
		}
		w.edited = append(w.edited, f)
	}
}

func (w *fileWriter) onceLiteral(f *funcDecl) (text string, err error) {
	defer recovered(&err)
	return w.flowTwin(f, twinName(f.obj), w.signature(f), ""), nil
}

func sortedPositions[V any](m map[token.Pos]V) []token.Pos {
	var list []token.Pos
	for pos := range m {
		list = append(list, pos)
	}
	slices.Sort(list)
	return list
}
