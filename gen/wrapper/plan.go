package wrapper

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/token"
	"go/types"
	"go/version"
	"io"
	"path/filepath"
	"strings"

	"github.com/opto-go/trace/gen/directive"
)

// A call is one wrapper to be written.
type call struct {
	target  *directive.Target
	name    string // of the wrapper
	sig     *types.Signature
	recv    *types.Var // nil for a function
	fn      *types.Func
	tparams []*types.TypeParam // of the function, or of the receiver's type
	results []*types.Var       // without an error that stands last
	hasErr  bool
}

// vars are what the wrapper takes: receiver first.
func (c *call) vars() []*types.Var {
	var list []*types.Var
	if c.recv != nil {
		list = append(list, c.recv)
	}
	for v := range c.sig.Params().Variables() {
		list = append(list, v)
	}
	return list
}

// variadic tells whether v is the last parameter of a variadic function.
func (c *call) variadic(v *types.Var) bool {
	return c.sig.Variadic() && v == c.sig.Params().At(c.sig.Params().Len()-1)
}

const overlayHint = "tracegen run, tracegen test and tracetrain record it without a wrapper"

type planner struct {
	pkg      *directive.Package
	taken    map[string]token.Position // names of files that are not in pkg
	problems []directive.Problem
}

func (p *planner) report(pos token.Pos, hint, format string, args ...any) {
	p.problems = append(p.problems, directive.Problem{Pos: pos, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// plan decides which wrappers to write. Targets in test files have none: the
// generated file is not a test file.
func (p *planner) plan(targets []*directive.Target) []*call {
	var all []*call
	wanted := map[string]int{}
	for _, t := range targets {
		if t.Kind != directive.Bundle || p.inTest(t) {
			continue
		}
		if c := p.call(t); c != nil {
			wanted[c.name]++
			all = append(all, c)
		}
	}
	var calls []*call
	wrappers := map[string]*call{}
	for _, c := range all {
		if wanted[c.name] > 1 && c.target.Name == "" {
			c.name = spelled(c)
		}
		t := c.target
		const hint = "choose another name with name="
		if where := p.declared(c.name); where != "" {
			p.report(t.Pos, hint, "the wrapper's name %s is taken %s", c.name, where)
			continue
		}
		if other := wrappers[c.name]; other != nil {
			p.report(t.Pos, hint, "the wrapper's name %s is taken by the wrapper of %s", c.name, other.target.ID)
			continue
		}
		wrappers[c.name] = c
		calls = append(calls, c)
	}
	return calls
}

// spelled is the wrapper's name of a bundle that would have that of another one,
// because their names differ by capitals only: as the source has it. None of
// them keeps the short name, so that it never comes to mean another function.
func spelled(c *call) string {
	name := c.fn.Name()
	if c.recv != nil {
		name = typeName(c.recv.Type()) + "_" + name
	}
	prefix := "trace_"
	if strings.HasPrefix(c.name, "Trace") {
		prefix = "Trace_"
	}
	return prefix + name
}

// call checks one bundle; it returns nil after a report.
func (p *planner) call(t *directive.Target) *call {
	fn, ok := t.Obj.(*types.Func)
	if !ok {
		p.report(t.Pos, "correct what the compiler reports", "the type of %s is not known", t.ID)
		return nil
	}
	c := newCall(t, fn)
	ok = true
	refuse := func(hint, format string, args ...any) {
		ok = false
		p.report(t.Pos, hint, "no wrapper is generated for "+format, args...)
	}
	if c.recv != nil && !p.atPackageLevel(c.recv.Type()) {
		refuse("declare the type at package level; "+overlayHint, "a method of a type without a name at package level")
	}
	if fn.Name() == "main" && c.recv == nil && p.pkg.Types.Name() == "main" {
		refuse("make the function that it calls the bundle", "function main")
	}
	if p.cgo(t.Pos) {
		refuse("let a function in a file that is always built call it, and make that the bundle; "+overlayHint, "a function in a file that imports C, which is not built without cgo")
	} else if p.constrained(t.Pos) {
		refuse("let a function in a file that is always built call it, and make that the bundle; "+overlayHint, "a function in a file with a build constraint")
	}
	if v := p.pkg.Types.GoVersion(); v != "" && version.Compare(v, "go1.18") < 0 {
		refuse("raise the go line of go.mod to 1.18 or later; "+overlayHint, "a package of %s: nodes have type parameters", v)
	}
	if !ok {
		return nil
	}
	w := &typeWriter{pkg: p.pkg.Types}
	check := func(what string, t types.Type) {
		if _, err := w.code(t); err != nil {
			refuse(typeHint(err), "%s: %s: %v", calleeText(c), what, err)
		}
	}
	for _, tp := range c.tparams {
		check("type parameter "+tp.Obj().Name(), tp.Constraint())
	}
	for _, v := range c.vars() {
		check("parameter "+cmp.Or(v.Name(), "_"), v.Type())
	}
	for _, v := range c.results {
		check(strings.TrimSpace("result "+v.Name()), v.Type())
	}
	if !ok {
		return nil
	}
	c.name = p.wrapperName(c)
	return c
}

func typeHint(err error) string {
	if errors.Is(err, errUnknown) {
		return "correct what the compiler reports"
	}
	return "let a function with types that other files can name call it, and make that the bundle; " + overlayHint
}

func newCall(t *directive.Target, fn *types.Func) *call {
	sig := fn.Signature()
	c := &call{target: t, sig: sig, recv: sig.Recv(), fn: fn}
	for v := range sig.Results().Variables() {
		c.results = append(c.results, v)
	}
	if n := len(c.results) - 1; n >= 0 && types.Identical(c.results[n].Type(), types.Universe.Lookup("error").Type()) {
		c.hasErr, c.results = true, c.results[:n]
	}
	tparams := sig.TypeParams()
	if c.recv != nil {
		if tparams = sig.RecvTypeParams(); tparams.Len() == 0 {
			// A method of a generic interface has those of the type.
			if n := receiverType(c.recv.Type()); n != nil {
				tparams = n.TypeParams()
			}
		}
	}
	for tp := range tparams.TypeParams() {
		c.tparams = append(c.tparams, tp)
	}
	return c
}

// wrapperName is traceBar for bar, TraceBar for Bar, TraceTypeMethod for
// Type.Method.
func (p *planner) wrapperName(c *call) string {
	name := c.fn.Name()
	exported := token.IsExported(name)
	if c.target.Name != "" {
		name = c.target.Name
	}
	name = upperFirst(name)
	if c.recv != nil {
		typ := typeName(c.recv.Type())
		exported = exported && token.IsExported(typ)
		name = upperFirst(typ) + name
	}
	if exported {
		return "Trace" + name
	}
	return "trace" + name
}

// receiverType strips a receiver's pointer.
func receiverType(t types.Type) *types.Named {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, _ := types.Unalias(t).(*types.Named)
	return n
}

func typeName(t types.Type) string {
	if n := receiverType(t); n != nil {
		return n.Obj().Name()
	}
	return ""
}

func (p *planner) atPackageLevel(t types.Type) bool {
	n := receiverType(t)
	return n != nil && n.Obj().Pkg() == p.pkg.Types && n.Obj().Parent() == p.pkg.Types.Scope()
}

func (p *planner) inTest(t *directive.Target) bool {
	f := p.pkg.Fset.File(t.Pos)
	return f != nil && strings.HasSuffix(f.Name(), "_test.go")
}

// cgo reports whether cgo has made the file of one of the user's. The go command
// caches it under a name that is no Go file's.
func (p *planner) cgo(pos token.Pos) bool {
	f := p.pkg.Fset.File(pos)
	return f != nil && (filepath.Ext(f.Name()) != ".go" || strings.HasSuffix(f.Name(), ".cgo1.go"))
}

// constrained reports whether the file is not always part of the package.
func (p *planner) constrained(pos token.Pos) bool {
	tf := p.pkg.Fset.File(pos)
	if tf == nil {
		return false
	}
	if p.cgo(pos) {
		return true
	}
	// With a system that does not exist, only an unconstrained name matches.
	ctx := build.Context{GOOS: "none", GOARCH: "none", Compiler: "gc", OpenFile: func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("package p\n")), nil
	}}
	if ok, err := ctx.MatchFile(filepath.Split(tf.Name())); err == nil && !ok {
		return true
	}
	for _, f := range p.pkg.Files {
		if f.FileStart <= pos && pos <= f.FileEnd {
			return hasConstraint(f)
		}
	}
	return false
}

func hasConstraint(f *ast.File) bool {
	for _, g := range f.Comments {
		if g.Pos() > f.Package {
			break
		}
		for _, c := range g.List {
			if strings.HasPrefix(c.Text, "//go:build ") {
				return true
			}
		}
	}
	return false
}

// declared says where a name is taken that is to be declared at package level;
// "" if it is free.
func (p *planner) declared(name string) string {
	return cmp.Or(p.atTop(name), p.imported(name))
}

// atTop says where a name is declared at package level, also in files that
// belong to the package only sometimes.
func (p *planner) atTop(name string) string {
	if obj := p.pkg.Types.Scope().Lookup(name); obj != nil {
		return "at " + p.where(obj.Pos())
	}
	if pos, ok := p.taken[name]; ok {
		return "at " + whereIs(pos)
	}
	return ""
}

// imported says which file has a name as that of an import, or by a dot
// import: what is declared at package level must not be called so.
func (p *planner) imported(name string) string {
	scope := p.pkg.Types.Scope()
	for i := range scope.NumChildren() {
		obj := scope.Child(i).Lookup(name)
		switch {
		case obj == nil:
		case obj.Pkg() != nil && obj.Pkg() != p.pkg.Types:
			return "by the dot import of " + obj.Pkg().Path()
		default:
			return "at " + p.where(obj.Pos())
		}
	}
	return ""
}

func (p *planner) where(pos token.Pos) string { return whereIs(p.pkg.Fset.Position(pos)) }

func whereIs(pos token.Position) string {
	return fmt.Sprintf("%s:%d:%d", filepath.Base(pos.Filename), pos.Line, pos.Column)
}
