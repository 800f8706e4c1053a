package gen

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/opto-go/trace/gen/directive"
)

// A funcDecl is a function or method of a loaded package.
type funcDecl struct {
	key      string // types.Func.FullName of the generic origin
	decl     *ast.FuncDecl
	obj      *types.Func
	unit     *unit
	file     *ast.File
	bundle   *directive.Target // nil if the function is not a bundle
	inside   string            // of a bundle: why its body is followed too, empty if it is not
	closed   string            // of a bundle: why its body cannot be followed though it should
	marked   bool              // of a bundle that is not followed: a copy of its body notes its path
	unmarked string            // why there is none
	hides    string            // of a bundle that is not followed: a bundle that it may call
	iface    bool              // a method of an interface; only bundles are
	holds    bool              // of a method: a call through an interface must follow it; of a bundle on an interface: some such method answers
	role     role
	flow     string // why it is followed, empty if it is not
	opaque   string // why it cannot be followed, empty if it can
	seen     string // what it looks at that a recording changes, empty if nothing
	names    bool   // it gives frames the names of their functions
	above    bool   // it asks for the frames above its own
	paused   bool   // nothing is recorded while it runs, because of what it sees
	// untouched: not even its head may change.
	untouched bool
	asFunc    bool // used as a function value somewhere
	dynamic   bool // a method that calls through interfaces may reach
	helper    bool // only ever called by its name, and leads to no bundle or node
	callers   []*funcDecl
	mutates   []int // for bundles: parameters (receiver first) that the body may change

	outline   *outline // nil for methods of interfaces
	mentioned []mention
}

// twinned reports whether calls can go to a twin.
func (f *funcDecl) twinned() bool {
	return f != nil && f.opaque == "" && (f.flow != "" || f.bundle != nil)
}

// pos is where the function is declared.
func (f *funcDecl) pos() token.Pos {
	if f.iface {
		return f.obj.Pos()
	}
	return f.decl.Pos()
}

// start is where its twin begins.
func (f *funcDecl) start() token.Pos {
	if f.iface {
		return f.obj.Pos()
	}
	return f.decl.Body.Lbrace
}

// giveUp makes a function that cannot be rewritten opaque. A bundle that is
// followed inside becomes one that is not.
func (f *funcDecl) giveUp(why string) {
	if f.marked {
		f.marked, f.unmarked = false, why
		return
	}
	if f.inside != "" {
		f.inside, f.closed = "", why
		return
	}
	f.opaque = why
}

// role is how the go command calls a function.
type role int

func (a *analysis) less(f, g *funcDecl) bool {
	p, q := a.prog.Fset.Position(f.pos()), a.prog.Fset.Position(g.pos())
	if p.Filename != q.Filename {
		return p.Filename < q.Filename
	}
	return p.Offset < q.Offset
}

func (a *analysis) collect(u *unit, file *ast.File, bundles map[token.Pos]*directive.Target, outlines map[*ast.FuncDecl]*outline) {
	test := strings.HasSuffix(a.prog.fileName(file), "_test.go")
	cgo := false
	for _, im := range file.Imports {
		cgo = cgo || im.Path.Value == `"C"`
	}
	inits := 0
	for _, d := range file.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if !ok || fd.Name.Name == "_" {
			continue
		}
		obj, ok := u.TypesInfo.Defs[fd.Name].(*types.Func)
		if !ok {
			continue
		}
		if fd.Name.Name == "init" && fd.Recv == nil {
			obj = a.initFunc(file, obj, inits)
			inits++
		}
		f := a.add(u, file, fd, obj, outlines[fd])
		f.bundle = bundles[obj.Pos()]
		f.role = roleOf(u, fd, obj, test)
		a.examples = a.examples || f.role == roleExample
		if cgo {
			f.opaque, f.untouched = "file imports \"C\"", true
		}
		if t := a.skips[fd]; t != nil {
			f.opaque = "//trace:skip: " + t.Reason
		}
		if f.bundle != nil {
			f.mutates = mutatedParams(u.TypesInfo, fd)
		}
		if fd.Recv != nil {
			a.methods[obj.Name()] = append(a.methods[obj.Name()], f)
		}
	}
	if !cgo {
		a.collectOnce(u, file)
	}
}

// add notes a function of a file.
func (a *analysis) add(u *unit, file *ast.File, fd *ast.FuncDecl, obj *types.Func, o *outline) *funcDecl {
	f := &funcDecl{key: a.fullName(obj), decl: fd, obj: obj, unit: u, file: file, outline: o}
	f.opaque = a.cannotFollow(f)
	a.funcs[f.key] = f
	a.order = append(a.order, f)
	return f
}

func roleOf(u *unit, fd *ast.FuncDecl, obj *types.Func, test bool) role {
	if fd.Recv != nil {
		return roleNone
	}
	if fd.Name.Name == "init" {
		return roleInit
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

// testMain reports whether f is the TestMain of a test binary.
func (f *funcDecl) testMain() bool {
	sig := f.obj.Type().(*types.Signature)
	return f.decl.Recv == nil && f.decl.Name.Name == "TestMain" && sig.Params().Len() == 1 && isTesting(sig.Params().At(0).Type(), "M")
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
					f.untouched = true
					return pragma
				}
			}
		}
	}
	if name := redeclared(f); name != "" {
		return "another " + name + " is declared"
	}
	why := ""
	for _, c := range f.outline.calls {
		builtin, ok := c.callee.(*types.Builtin)
		recovers := ok && builtin.Name() == "recover"
		switch {
		case c.deferred:
			if recovers {
				why = "defers recover itself" // what that stops hangs on how the compiler wraps it
			}
		case recovers && c.lits == 0:
			why = "recovers for its caller"
		case madePointer(f.unit.TypesInfo, c.CallExpr):
			why = "makes a pointer of a number"
		}
	}
	return why
}

// predeclared are the names that generated code takes for granted.
var predeclared = []string{"nil", "int", "string"}

// redeclared finds the predeclared name that means something else in a
// function, empty if there is none.
func redeclared(f *funcDecl) string {
	for _, name := range predeclared {
		if f.unit.Types.Scope().Lookup(name) != nil {
			return name
		}
	}
	for _, n := range f.outline.names {
		for _, name := range predeclared {
			if n.id.Name == name && f.unit.TypesInfo.Defs[n.id] != nil {
				if o, isVar := n.obj.(*types.Var); !isVar || !o.IsField() {
					return name
				}
			}
		}
	}
	return ""
}
