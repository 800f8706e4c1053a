package gen

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"strings"
)

// Recording allocates, keeps what it saw alive, and puts frames of its own on
// the stack. A function that looks at such things is left as it is, and while
// it runs nothing is recorded: what it calls is the plain program.

// Reasons of functions that look at what a recording changes.
const (
	seesFrames     = "looks at its stack frames"
	seesAllocation = "observes allocation"
	seesCollection = "observes garbage collection"
	seesCode       = "looks at the code of a function value"
)

// observers are the functions that show what a recording changes.
var observers = map[string]string{
	"runtime.Caller":                        seesFrames,
	"runtime.Callers":                       seesFrames,
	"runtime.ReadMemStats":                  seesAllocation,
	"runtime.MemProfile":                    seesAllocation,
	"runtime/metrics.Read":                  seesAllocation,
	"testing.AllocsPerRun":                  seesAllocation,
	"(testing.BenchmarkResult).AllocsPerOp": seesAllocation,
	"runtime/debug.ReadGCStats":             seesCollection,

	// It looks up by the name of its caller what to return.
	"(*github.com/stretchr/testify/mock.Mock).Called": seesFrames,
}

// namers give frames the names of their functions. A twin has another than its
// original; file and line are the same.
var namers = map[string]bool{"runtime.FuncForPC": true, "runtime.CallersFrames": true}

// collectors run the garbage collector. That shows what is alive only where
// something waits for an object's end.
var (
	collectors = map[string]bool{"runtime.GC": true, "runtime/debug.FreeOSMemory": true}
	awaitEnd   = map[string]bool{"runtime.SetFinalizer": true, "runtime.AddCleanup": true, "weak.Make": true}
)

// observe finds the functions that look at what a recording changes, and those
// that hand them functions to look at.
func (a *analysis) observe() {
	awaits := map[*unit]bool{}
	for _, u := range a.units {
		for _, p := range u.Types.Imports() {
			if p.Path() != "runtime" && p.Path() != "weak" {
				continue
			}
			for _, o := range u.TypesInfo.Uses {
				if f, ok := o.(*types.Func); ok && f.Pkg() == p && awaitEnd[a.fullName(f)] {
					awaits[u] = true
				}
			}
		}
	}
	for _, f := range a.order {
		if f.decl.Body != nil && f.bundle == nil {
			a.looksAt(f, awaits[f.unit])
		}
	}
	a.askForOthers()
	for _, f := range a.order {
		if f.decl.Body != nil && f.bundle == nil && f.opaque == "" {
			if g := a.named(f); g != nil {
				f.opaque = fmt.Sprintf("calls %s, which looks at the name of its caller", g.obj.Name())
			} else if g := a.showsLiterals(f); g != nil {
				f.opaque = fmt.Sprintf("calls %s, which %s", g.obj.Name(), seesCode)
			}
		}
	}
	// What an observer is given runs under its eyes.
	for again := true; again; {
		again = false
		for _, f := range a.order {
			if f.decl.Body == nil || f.bundle != nil || f.paused {
				continue
			}
			if g := a.feeds(f); g != nil {
				again = true
				f.paused = true
				if f.opaque == "" {
					f.opaque = fmt.Sprintf("calls %s, which %s", g.obj.Name(), g.seen)
					f.seen = g.seen
				}
			}
		}
	}
}

// askForOthers finds the functions that ask for the names of those above them by
// another one, to which they hand on how many frames to skip.
func (a *analysis) askForOthers() {
	for again := true; again; {
		again = false
		for _, f := range a.order {
			if f.decl.Body == nil || f.names && f.above {
				continue
			}
			for _, c := range f.outline.calls {
				g := a.staticCallee(f.unit.TypesInfo, c.CallExpr, c.callee)
				if g != nil && g.names && g.above && handsOnNumber(f, c.CallExpr) {
					f.names, f.above, again = true, true, true
				}
			}
		}
	}
}

// handsOnNumber reports whether f makes an argument of a call from an integer that it
// was given.
func handsOnNumber(f *funcDecl, c *ast.CallExpr) (does bool) {
	info := f.unit.TypesInfo
	for _, arg := range c.Args {
		if b, ok := info.TypeOf(arg).Underlying().(*types.Basic); !ok || b.Info()&types.IsInteger == 0 {
			continue
		}
		ast.Inspect(arg, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				does = does || isParam(f, info.Uses[id])
			}
			return true
		})
	}
	return does
}

// showsLiterals finds a function that f, which has function literals, calls and that
// looks at the code of function values: the literals of a twin have other names.
func (a *analysis) showsLiterals(f *funcDecl) (observer *funcDecl) {
	if len(f.outline.lits) == 0 {
		return nil
	}
	for _, c := range f.outline.calls {
		if g := a.staticCallee(f.unit.TypesInfo, c.CallExpr, c.callee); g != nil && g.seen == seesCode {
			return g
		}
	}
	return nil
}

// literalsSeen reports whether code of the package that u tests, or is, looks at the
// code of function values. The values that the recorder makes of literals have theirs
// in common, so literals keep their own there.
func (a *analysis) literalsSeen(u *unit) bool {
	return a.codeSeen[strings.TrimSuffix(u.path, "_test")]
}

// codePointer reports whether a call gives the address of the code of a function
// value. Those that the recorder made from literals have theirs in common.
func codePointer(info *types.Info, c *ast.CallExpr, callee string) bool {
	pointer := c
	if callee == "runtime.FuncForPC" {
		var ok bool
		if pointer, ok = ast.Unparen(c.Args[0]).(*ast.CallExpr); !ok {
			return false
		}
	}
	f, ok := calleeObject(info, pointer).(*types.Func)
	if !ok || f.Name() != "Pointer" && f.Name() != "UnsafePointer" ||
		f.FullName() != "(reflect.Value).Pointer" && f.FullName() != "(reflect.Value).UnsafePointer" {
		return false
	}
	if pointer != c {
		return true
	}
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	v, ok := ast.Unparen(sel.X).(*ast.CallExpr)
	if !ok || len(v.Args) != 1 {
		return false
	}
	t := info.TypeOf(v.Args[0])
	if t == nil {
		return false
	}
	_, ok = t.Underlying().(*types.Signature)
	return ok
}

// above reports whether a call asks for frames that begin with the caller of
// the function that it stands in.
func above(info *types.Info, c *ast.CallExpr, callee string) bool {
	first := map[string]int64{"runtime.Caller": 1, "runtime.Callers": 2}[callee]
	if first == 0 {
		return false
	}
	if v := info.Types[c.Args[0]].Value; v != nil {
		skip, ok := constant.Int64Val(v)
		return !ok || skip >= first
	}
	return true
}

// named finds a function that f calls and that asks for the names of the
// functions that led to it.
func (a *analysis) named(f *funcDecl) (observer *funcDecl) {
	for _, c := range f.outline.calls {
		if g := a.staticCallee(f.unit.TypesInfo, c.CallExpr, c.callee); g != nil && g.names && g.above {
			return g
		}
	}
	return nil
}

// looksAt notes what f itself looks at. awaits: the package learns of the end
// of objects.
func (a *analysis) looksAt(f *funcDecl, awaits bool) {
	info := f.unit.TypesInfo
	for _, c := range f.outline.calls {
		fn, ok := c.callee.(*types.Func)
		if !ok || c.deferred {
			continue
		}
		name := a.fullName(fn)
		if name == "runtime.Caller" && ownPlace(info, f.decl.Body)[c.CallExpr] {
			continue
		}
		f.names = f.names || namers[name]
		f.above = f.above || above(info, c.CallExpr, name)
		why := observers[name]
		if codePointer(info, c.CallExpr, name) {
			why = seesCode
			a.codeSeen[strings.TrimSuffix(f.unit.path, "_test")] = true
		}
		if why == "" && awaits && collectors[name] {
			why = seesCollection
		}
		if why == "" {
			continue
		}
		// Its own frame and its callers' are what it is asked for; a
		// literal may run while others are on the stack.
		f.paused = f.paused || why != seesFrames || c.lits > 0
		if f.seen == "" {
			f.seen = why
		}
	}
	if f.seen != "" && f.opaque == "" {
		f.opaque = f.seen
	}
}

// ownPlace lists the calls _, file, line, ok := runtime.Caller(0), which a twin
// answers as the original does.
func ownPlace(info *types.Info, body *ast.BlockStmt) map[*ast.CallExpr]bool {
	calls := map[*ast.CallExpr]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		s, ok := n.(*ast.AssignStmt)
		if !ok || len(s.Lhs) != 4 || len(s.Rhs) != 1 {
			return true
		}
		pc, ok := s.Lhs[0].(*ast.Ident)
		c, isCall := s.Rhs[0].(*ast.CallExpr)
		if ok && isCall && pc.Name == "_" && len(c.Args) == 1 {
			if v := info.Types[c.Args[0]].Value; v != nil && v.String() == "0" {
				calls[c] = true
			}
		}
		return true
	})
	return calls
}

// feeds finds an observer that f gives a function to, or that f defers: what f
// calls may be on the stack then. To those who wait for the end of an object,
// the values of their callers matter too.
func (a *analysis) feeds(f *funcDecl) (observer *funcDecl) {
	info := f.unit.TypesInfo
	for _, c := range f.outline.calls {
		g := a.staticCallee(info, c.CallExpr, c.callee)
		switch {
		case g == nil:
			continue
		case c.deferred:
			if g.seen != "" {
				return g
			}
			continue
		case !g.paused:
			continue
		}
		if g.seen == seesCollection && g.unit == f.unit {
			return g // what f holds on to is not collected
		}
		for _, arg := range c.Args {
			if t := info.TypeOf(arg); t != nil {
				if _, ok := t.Underlying().(*types.Signature); ok {
					return g
				}
			}
		}
	}
	return nil
}

// opaqueEntry is what stands at the head of a function that is not followed:
// a main function or test still begins what is recorded of the functions that
// it calls.
func (w *fileWriter) opaqueEntry(f *funcDecl) string {
	if f.decl.Body == nil || f.flow == "" || f.bundle != nil || f.untouched {
		return ""
	}
	text := lastWrite(f)
	switch f.role {
	case roleMain:
		text = fmt.Sprintf(" defer %s.Main().Close();", rt)
	case roleTest:
		if ids := f.decl.Type.Params.List[0].Names; len(ids) == 1 && ids[0].Name != "_" {
			text = fmt.Sprintf(" %s.Test(%s);", rt, ids[0].Name)
		}
	}
	if f.paused {
		text += fmt.Sprintf(" defer %s.Pause()();", rt)
	}
	return text
}

// madePointer reports a conversion unsafe.Pointer(n) of a number that does not
// come from a pointer in the same expression. Whoever does that relies on when
// memory moves: on how far the stack has grown.
func madePointer(info *types.Info, c *ast.CallExpr) bool {
	if len(c.Args) != 1 || !info.Types[c.Fun].IsType() || !isKind(info.TypeOf(c), types.UnsafePointer) || !isKind(info.TypeOf(c.Args[0]), types.Uintptr) {
		return false
	}
	fromPointer := false
	ast.Inspect(c.Args[0], func(n ast.Node) bool {
		if in, ok := n.(*ast.CallExpr); ok {
			isType := info.Types[in.Fun].IsType()
			fromPointer = fromPointer || !isType || len(in.Args) == 1 && isKind(info.TypeOf(in.Args[0]), types.UnsafePointer)
		}
		return !fromPointer
	})
	return !fromPointer
}

func isKind(t types.Type, k types.BasicKind) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == k
}
