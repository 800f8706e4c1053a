package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"sort"
	"strings"
	"sync"

	"github.com/opto-go/trace/gen/directive"
)

const (
	roleNone role = iota
	roleMain
	roleInit // one of the package's init functions
	roleTest // TestXxx, BenchmarkXxx, FuzzXxx: one parameter that starts a case
	roleExample
)

// analysis is what the rewriting knows about the whole program.
type analysis struct {
	prog  *Program
	units []*unit
	funcs map[string]*funcDecl
	order []*funcDecl // by position
	nodes map[token.Pos]*directive.Target
	skips map[ast.Node]*directive.Target
	// methods lists the methods by name, for calls through interfaces.
	methods  map[string][]*funcDecl
	consts   map[token.Pos]constDef
	onceVars map[token.Pos]onceVar // by the variable
	// promoted lists the methods that structs have by embedding, by name.
	promoted map[string][]*promotion
	answered sync.Map // what implementing found out
	// readBy are the nodes that functions reach by name, fixed those of them that
	// are variables and never change.
	readBy   map[*funcDecl][]types.Object
	fixed    map[types.Object]bool
	readOnce sync.Once
	// initialOf are the variables of packages that begin with nodes, see initials.
	initialOf   map[token.Pos]initial
	initialOnce sync.Once
	// instances are the types that generic types are instantiated to.
	instances map[string][]*types.Named
	// interfaces are the interface methods that are bundles.
	interfaces []*funcDecl
	loaded     map[string]bool // import paths of the units
	examples   bool            // there are examples, whose output is looked at
	codeSeen   map[string]bool // import paths of packages that look at the code of function values
	fullNames  sync.Map        // see fullName
	methodIDs  sync.Map        // number → name, see methodID
}

func analyze(p *Program) *analysis {
	a := &analysis{prog: p, units: p.units(), funcs: map[string]*funcDecl{}, nodes: map[token.Pos]*directive.Target{},
		skips: map[ast.Node]*directive.Target{}, methods: map[string][]*funcDecl{}, consts: map[token.Pos]constDef{}, onceVars: map[token.Pos]onceVar{}, codeSeen: map[string]bool{}}
	a.loaded = map[string]bool{}
	for _, u := range a.units {
		a.loaded[u.path] = true
	}
	a.instances = a.instantiations()
	bundles := map[token.Pos]*directive.Target{}
	for _, t := range p.Targets {
		switch t.Kind {
		case directive.Bundle:
			if t.Obj != nil {
				bundles[t.Obj.Pos()] = t
			}
		case directive.Node:
			if t.Obj != nil {
				a.nodes[t.Obj.Pos()] = t
			}
		case directive.Skip:
			a.skips[t.Decl] = t
		}
	}
	outlines := a.outlines()
	for _, u := range a.units {
		if strings.HasPrefix(u.path+"/", RuntimePath+"/") {
			continue // the recorder is never instrumented
		}
		for _, f := range u.Syntax {
			if u.owns[p.fileName(f)] {
				a.collect(u, f, bundles, outlines[f])
				a.collectConsts(u, f)
			}
		}
	}
	sort.Slice(a.order, func(i, j int) bool { return a.less(a.order[i], a.order[j]) })
	a.promote()
	a.interfaceBundles(p.Targets)
	a.observe()
	a.choose()
	return a
}

// calleeObject finds what a call names: a *types.Func (methods and interface
// methods too), a *types.Builtin, a variable, or nil.
func calleeObject(info *types.Info, c *ast.CallExpr) types.Object {
	fun := ast.Unparen(c.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = ast.Unparen(x.X)
	case *ast.IndexListExpr:
		fun = ast.Unparen(x.X)
	}
	switch x := fun.(type) {
	case *ast.Ident:
		return info.Uses[x]
	case *ast.SelectorExpr:
		if s := info.Selections[x]; s != nil {
			return s.Obj()
		}
		return info.Uses[x.Sel]
	}
	return nil
}

// static finds the declared function that a call goes to, nil for calls
// through interfaces and function values.
func (a *analysis) static(info *types.Info, c *ast.CallExpr) *funcDecl {
	return a.staticCallee(info, c, calleeObject(info, c))
}

// staticCallee is static for a call of callee.
func (a *analysis) staticCallee(info *types.Info, c *ast.CallExpr, callee types.Object) *funcDecl {
	fn, ok := callee.(*types.Func)
	if !ok {
		return nil
	}
	if r := fn.Type().(*types.Signature).Recv(); r != nil {
		if sel, ok := unindex(c.Fun).(*ast.SelectorExpr); ok {
			s := info.Selections[sel]
			if s == nil || s.Kind() != types.MethodVal {
				return nil
			}
			if types.IsInterface(s.Recv()) || types.IsInterface(r.Type()) {
				if f := a.lookup(fn); f != nil && f.iface {
					return f
				}
				return nil
			}
		}
	}
	return a.lookup(fn)
}

func unindex(e ast.Expr) ast.Expr {
	e = ast.Unparen(e)
	switch x := e.(type) {
	case *ast.IndexExpr:
		return ast.Unparen(x.X)
	case *ast.IndexListExpr:
		return ast.Unparen(x.X)
	}
	return e
}

// choose decides which functions are followed (DESIGN section 4).
func (a *analysis) choose() {
	callers := map[*funcDecl][]*funcDecl{}
	direct := map[*funcDecl]string{}
	for _, f := range a.order {
		if f.decl.Body == nil {
			continue
		}
		for _, m := range a.mentions(f) {
			callers[m.fn] = append(callers[m.fn], f)
			if m.value {
				m.fn.asFunc = true
			}
			if m.fn.bundle != nil && direct[f] == "" {
				direct[f] = "calls bundle " + m.fn.obj.Name()
			}
		}
		if n := a.nodeUse(f); n != "" && direct[f] == "" {
			direct[f] = "uses " + n
		}
	}
	begun := a.begun(callers, direct)
	for _, f := range a.order {
		if v := f.useOf(begun); v != "" && direct[f] == "" && f.role != roleInit {
			direct[f] = "uses variable " + v + ", which begins with a node"
		}
	}
	a.followBundles()
	a.chooseEntries(callers, direct)
	if a.prog.Config.All {
		named := map[string]bool{}
		for _, r := range a.prog.Roots {
			named[r.Types.Path()] = true
		}
		for _, f := range a.order {
			if named[f.unit.path] && f.bundle == nil {
				f.flow = "-all"
			}
		}
	}
	var todo []*funcDecl
	mark := func(f *funcDecl, why string) {
		if f.bundle != nil || f.flow != "" {
			return
		}
		f.flow = why
		todo = append(todo, f)
	}
	for _, f := range a.order {
		if why := direct[f]; why != "" {
			mark(f, why)
		}
	}
	if a.prog.Config.Level == LevelBundle {
		a.boundary(callers, direct)
		return
	}
	for len(todo) > 0 {
		f := todo[0]
		todo = todo[1:]
		for _, c := range callers[f] {
			mark(c, "reaches "+sourceName(f.obj))
		}
	}
	// Helpers that a followed function gives values to, or that may hand on what
	// others stored.
	var globals map[*funcDecl]string
	for _, f := range a.order {
		if f.flow != "" || f.inside != "" {
			todo = append(todo, f)
		}
	}
	if len(todo) > 0 {
		globals = a.globals(callers)
	}
	for len(todo) > 0 {
		f := todo[0]
		todo = todo[1:]
		if f.opaque != "" {
			continue
		}
		for _, m := range a.mentions(f) {
			if m.value && m.fn.decl.Body != nil {
				mark(m.fn, "used as a value in "+sourceName(f.obj))
			}
		}
		info := f.unit.TypesInfo
		for _, c := range f.outline.calls {
			if c.deferred {
				continue
			}
			callees := []*funcDecl{a.staticCallee(info, c.CallExpr, c.callee)}
			if o := c.callee; o != nil && o.Pkg() != nil && a.loaded[o.Pkg().Path()] {
				callees = append(callees, a.answers(info, c.CallExpr)...)
			}
			for _, g := range callees {
				if g == nil || g.decl.Body == nil || g.bundle != nil || g.flow != "" {
					continue
				}
				if why := givesValue(info, c.CallExpr); why != "" {
					mark(g, fmt.Sprintf("gets %s from %s", why, sourceName(f.obj)))
				} else if v := globals[g]; v != "" {
					mark(g, fmt.Sprintf("uses variable %s, called by %s", v, sourceName(f.obj)))
				}
			}
		}
	}
}

// boundary keeps, at LevelBundle, the direct callers and the tests that
// reach a bundle.
func (a *analysis) boundary(callers map[*funcDecl][]*funcDecl, direct map[*funcDecl]string) {
	var reach func(f *funcDecl)
	seen := map[*funcDecl]bool{}
	reach = func(f *funcDecl) {
		if seen[f] {
			return
		}
		seen[f] = true
		if f.flow == "" && f.bundle == nil && f.role != roleNone {
			f.flow = "test of a bundle"
			switch f.role {
			case roleMain:
				f.flow = "main function"
			case roleInit:
				f.flow = "init function"
			}
		}
		for _, c := range callers[f] {
			reach(c)
		}
	}
	for _, f := range a.order {
		if direct[f] != "" || f.bundle != nil {
			reach(f)
		}
	}
}

// givesValue tells what a call gives, or gets, that is worth following: a
// testing.TB, an argument that is not constant, a function.
func givesValue(info *types.Info, c *ast.CallExpr) string {
	if sel, ok := unindex(c.Fun).(*ast.SelectorExpr); ok {
		if s := info.Selections[sel]; s != nil {
			return "a receiver"
		}
	}
	for _, arg := range c.Args {
		tv := info.Types[arg]
		if tv.Type != nil && isTB(tv.Type) {
			return "the test"
		}
	}
	for _, arg := range c.Args {
		if tv := info.Types[arg]; tv.Value == nil && !tv.IsNil() {
			return "values"
		}
	}
	if t := info.TypeOf(c); t != nil {
		// What a function literal that comes back is given later.
		if _, ok := t.Underlying().(*types.Signature); ok {
			return "a function"
		}
	}
	return ""
}

type mention struct {
	fn    *funcDecl
	value bool // as a function value, not called
}

// mentions lists the declared functions that f names; for a call through an
// interface, the bundles that may answer it.
func (a *analysis) mentions(f *funcDecl) []mention {
	if f.mentioned != nil {
		return f.mentioned
	}
	ms := []mention{}
	for _, n := range f.outline.names[f.outline.body:] {
		if v, ok := n.obj.(*types.Var); ok && packageLevel(v) {
			if once, ok := a.onceVars[v.Pos()]; ok {
				if g := a.lookup(once.fn); g != nil {
					ms = append(ms, mention{g, false})
				}
			}
		}
		fn, ok := n.obj.(*types.Func)
		if !ok {
			continue
		}
		if g := a.lookup(fn); g != nil {
			ms = append(ms, mention{g, !n.called})
			if !g.iface {
				continue
			}
		}
		if r := fn.Type().(*types.Signature).Recv(); r != nil {
			if iface, ok := r.Type().Underlying().(*types.Interface); ok {
				for _, b := range a.implementing(fn.Name(), iface) {
					b.dynamic = true
					if b.bundle != nil || fn.Pkg() != nil && a.loaded[fn.Pkg().Path()] {
						ms = append(ms, mention{b, false})
					}
				}
			}
		}
	}
	f.mentioned = ms
	return ms
}

// nodeUse names a //trace:node that f uses or defines, or what it uses of the
// explicit API.
func (a *analysis) nodeUse(f *funcDecl) string {
	for _, n := range f.outline.names[f.outline.body:] {
		switch o := n.obj; {
		case a.node(o) != nil:
			return "node " + o.Name()
		case isConst(o) && a.traced(o.(*types.Const)):
			return "constant " + o.Name()
		case o.Pkg() != nil && o.Pkg().Path() == RuntimePath:
			return "trace." + o.Name()
		}
	}
	return ""
}

// node finds the //trace:node of an object.
func (a *analysis) node(o types.Object) *directive.Target {
	if v, ok := o.(*types.Var); ok {
		o = v.Origin()
	}
	if !o.Pos().IsValid() {
		return nil
	}
	return a.nodes[o.Pos()]
}
