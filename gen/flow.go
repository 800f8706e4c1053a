package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"sort"
	"strings"

	"github.com/opto-go/trace/gen/directive"
)

// A funcDecl is a function or method of a loaded package.
type funcDecl struct {
	key     string // types.Func.FullName of the generic origin
	decl    *ast.FuncDecl
	obj     *types.Func
	unit    *unit
	file    *ast.File
	bundle  *directive.Target // nil if the function is not a bundle
	role    role
	flow    string // why it is followed, empty if it is not
	opaque  string // why it cannot be followed, empty if it can
	asFunc  bool   // used as a function value somewhere
	dynamic bool   // a method that calls through interfaces may reach
	mutates []int  // for bundles: parameters (receiver first) that the body may change
}

// twinned reports whether calls can go to a twin.
func (f *funcDecl) twinned() bool {
	return f != nil && f.opaque == "" && (f.flow != "" || f.bundle != nil)
}

// role is how the go command calls a function.
type role int

const (
	roleNone role = iota
	roleMain
	roleTest // TestXxx, BenchmarkXxx, FuzzXxx: one parameter that starts a case
	roleExample
)

func funcKey(f *types.Func) string { return f.Origin().FullName() }

// analysis is what the rewriting knows about the whole program.
type analysis struct {
	prog  *Program
	units []*unit
	funcs map[string]*funcDecl
	order []*funcDecl // by position
	nodes map[token.Pos]*directive.Target
	skips map[ast.Node]*directive.Target
	// methods lists the methods by name, for calls through interfaces.
	methods map[string][]*funcDecl
	loaded  map[string]bool // import paths of the units
}

func analyze(p *Program) *analysis {
	a := &analysis{prog: p, units: p.units(), funcs: map[string]*funcDecl{}, nodes: map[token.Pos]*directive.Target{},
		skips: map[ast.Node]*directive.Target{}, methods: map[string][]*funcDecl{}}
	a.loaded = map[string]bool{}
	for _, u := range a.units {
		a.loaded[u.path] = true
	}
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
	for _, u := range a.units {
		if strings.HasPrefix(u.path+"/", RuntimePath+"/") {
			continue // the recorder is never instrumented
		}
		for _, f := range u.Syntax {
			if u.owns[p.fileName(f)] {
				a.collect(u, f, bundles)
			}
		}
	}
	sort.Slice(a.order, func(i, j int) bool { return a.less(a.order[i], a.order[j]) })
	a.choose()
	return a
}

func (a *analysis) less(f, g *funcDecl) bool {
	p, q := a.prog.Fset.Position(f.decl.Pos()), a.prog.Fset.Position(g.decl.Pos())
	if p.Filename != q.Filename {
		return p.Filename < q.Filename
	}
	return p.Offset < q.Offset
}

func (a *analysis) collect(u *unit, file *ast.File, bundles map[token.Pos]*directive.Target) {
	test := strings.HasSuffix(a.prog.fileName(file), "_test.go")
	cgo := false
	for _, im := range file.Imports {
		cgo = cgo || im.Path.Value == `"C"`
	}
	for _, d := range file.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if !ok || fd.Name.Name == "init" && fd.Recv == nil || fd.Name.Name == "_" {
			continue
		}
		obj, ok := u.TypesInfo.Defs[fd.Name].(*types.Func)
		if !ok {
			continue
		}
		f := &funcDecl{key: funcKey(obj), decl: fd, obj: obj, unit: u, file: file, bundle: bundles[obj.Pos()]}
		f.role = roleOf(u, fd, obj, test)
		f.opaque = a.cannotFollow(f)
		if cgo {
			f.opaque = "file imports \"C\""
		}
		if t := a.skips[fd]; t != nil {
			f.opaque = "//trace:skip: " + t.Reason
		}
		a.funcs[f.key] = f
		a.order = append(a.order, f)
		if f.bundle != nil {
			f.mutates = mutatedParams(u.TypesInfo, fd)
		}
		if fd.Recv != nil {
			a.methods[obj.Name()] = append(a.methods[obj.Name()], f)
		}
	}
}

func roleOf(u *unit, fd *ast.FuncDecl, obj *types.Func, test bool) role {
	if fd.Recv != nil {
		return roleNone
	}
	sig := obj.Type().(*types.Signature)
	if fd.Name.Name == "main" && u.Name == "main" && !test {
		return roleMain
	}
	if !test {
		return roleNone
	}
	for prefix, param := range map[string]string{"Test": "T", "Benchmark": "B", "Fuzz": "F"} {
		if isTestName(fd.Name.Name, prefix) && sig.Params().Len() == 1 && isTesting(sig.Params().At(0).Type(), param) {
			return roleTest
		}
	}
	if isTestName(fd.Name.Name, "Example") && sig.Params().Len() == 0 && sig.Results().Len() == 0 {
		return roleExample
	}
	return roleNone
}

// isTestName is the go command's rule: what follows the prefix does not start
// with a lower-case letter.
func isTestName(name, prefix string) bool {
	rest, ok := strings.CutPrefix(name, prefix)
	return ok && (rest == "" || rest[0] < 'a' || rest[0] > 'z')
}

// isTesting reports whether t is *testing.<name> (testing.TB for "TB").
func isTesting(t types.Type, name string) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "testing"
}

func isTB(t types.Type) bool {
	return isTesting(t, "T") || isTesting(t, "B") || isTesting(t, "F") || isTesting(t, "TB")
}

// cannotFollow tells why a function has no twin, empty if it can have one.
func (a *analysis) cannotFollow(f *funcDecl) string {
	fd := f.decl
	if fd.Body == nil {
		return "no body in Go"
	}
	if fd.Doc != nil {
		for _, c := range fd.Doc.List {
			for _, pragma := range []string{"//go:nosplit", "//go:linkname", "//go:norace", "//go:systemstack", "//go:uintptrescapes"} {
				if strings.HasPrefix(c.Text, pragma) {
					return pragma
				}
			}
		}
	}
	if f.bundle != nil && !f.bundle.Expand {
		return "" // the body is not rewritten
	}
	why := ""
	depth := 0
	var stack []ast.Node
	ast.Inspect(fd.Body, func(n ast.Node) bool {
		if n == nil {
			if _, ok := stack[len(stack)-1].(*ast.FuncLit); ok {
				depth--
			}
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		switch n := n.(type) {
		case *ast.FuncLit:
			depth++
		case *ast.CallExpr:
			switch o := calleeObject(f.unit.TypesInfo, n).(type) {
			case *types.Builtin:
				if o.Name() == "recover" && depth == 0 {
					why = "recovers for its caller"
				}
			case *types.Func:
				if o.Pkg() != nil && o.Pkg().Path() == "runtime" && (o.Name() == "Caller" || o.Name() == "Callers") {
					why = "looks at its stack frames"
				}
			}
		}
		return true
	})
	return why
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
	fn, ok := calleeObject(info, c).(*types.Func)
	if !ok {
		return nil
	}
	if r := fn.Type().(*types.Signature).Recv(); r != nil {
		if sel, ok := unindex(c.Fun).(*ast.SelectorExpr); ok {
			s := info.Selections[sel]
			if s == nil || s.Kind() != types.MethodVal || types.IsInterface(s.Recv()) || types.IsInterface(r.Type()) {
				return nil
			}
		}
	}
	return a.funcs[funcKey(fn)]
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
		if f.bundle != nil && !f.bundle.Expand || f.flow != "" {
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
			mark(c, "reaches "+f.obj.Name())
		}
	}
	// Helpers that a followed function gives values to.
	for _, f := range a.order {
		if f.flow != "" {
			todo = append(todo, f)
		}
	}
	for len(todo) > 0 {
		f := todo[0]
		todo = todo[1:]
		if f.opaque != "" {
			continue
		}
		ast.Inspect(f.decl.Body, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			callees := []*funcDecl{a.static(f.unit.TypesInfo, c)}
			if o := calleeObject(f.unit.TypesInfo, c); o != nil && o.Pkg() != nil && a.loaded[o.Pkg().Path()] {
				callees = append(callees, a.answers(f.unit.TypesInfo, c)...)
			}
			for _, g := range callees {
				if g == nil || g.decl.Body == nil {
					continue
				}
				if why := givesValue(f.unit.TypesInfo, c); why != "" {
					mark(g, fmt.Sprintf("gets %s from %s", why, f.obj.Name()))
				}
			}
			return true
		})
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
			if f.role == roleMain {
				f.flow = "main function"
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
	info := f.unit.TypesInfo
	called := map[*ast.Ident]bool{}
	ast.Inspect(f.decl, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			switch x := unindex(c.Fun).(type) {
			case *ast.Ident:
				called[x] = true
			case *ast.SelectorExpr:
				called[x.Sel] = true
			}
		}
		return true
	})
	var ms []mention
	ast.Inspect(f.decl.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		fn, ok := info.Uses[id].(*types.Func)
		if !ok {
			return true
		}
		if g := a.funcs[funcKey(fn)]; g != nil {
			ms = append(ms, mention{g, !called[id]})
			return true
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
		return true
	})
	return ms
}

// nodeUse names a //trace:node that f uses or defines, or what it uses of the
// explicit API.
func (a *analysis) nodeUse(f *funcDecl) string {
	name := ""
	ast.Inspect(f.decl.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			switch o := f.unit.TypesInfo.ObjectOf(id); {
			case o == nil:
			case a.node(o) != nil:
				name = "node " + o.Name()
			case o.Pkg() != nil && o.Pkg().Path() == RuntimePath:
				name = "trace." + o.Name()
			}
		}
		return name == ""
	})
	return name
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

// mutatedParams finds the parameters (receiver first) that the body stores
// through. What the body hands on is not counted: a client or a context that
// every call shares would chain all calls together by edges that are false.
func mutatedParams(info *types.Info, fd *ast.FuncDecl) []int {
	if fd.Body == nil {
		return nil
	}
	index := map[types.Object]int{}
	n := 0
	for _, fl := range []*ast.FieldList{fd.Recv, fd.Type.Params} {
		if fl == nil {
			continue
		}
		for _, fld := range fl.List {
			for _, id := range fld.Names {
				if o := info.Defs[id]; o != nil && refersToMemory(o.Type()) {
					index[o] = n
				}
				n++
			}
			if len(fld.Names) == 0 {
				n++
			}
		}
	}
	hit := map[int]bool{}
	stored := func(e ast.Expr) {
		e = ast.Unparen(e)
		if _, plain := e.(*ast.Ident); plain {
			return
		}
		if id := rootIdent(e); id != nil {
			if i, ok := index[info.Uses[id]]; ok {
				hit[i] = true
			}
		}
	}
	ast.Inspect(fd.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				stored(l)
			}
		case *ast.IncDecStmt:
			stored(n.X)
		case *ast.SendStmt:
			stored(n.Chan)
		}
		return true
	})
	var is []int
	for i := range hit {
		is = append(is, i)
	}
	sort.Ints(is)
	return is
}

func refersToMemory(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map, *types.Chan:
		return true
	}
	return false
}

func rootIdent(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.UnaryExpr:
			e = x.X
		default:
			return nil
		}
	}
}
