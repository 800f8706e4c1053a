package wrapper

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/build"
	"go/token"
	"go/types"
	"io"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/opto-go/trace/gen/directive"
)

// A call is one wrapper to be written.
type call struct {
	target *directive.Target
	name   string // of the wrapper
	sig    *types.Signature
	recv   *types.Var // nil for a function
	fn     *types.Func
	hasErr bool
	result types.Type // nil if there is none
}

// vars are the values that become nodes: receiver first.
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

const overlayHint = "tracegen run, tracegen test and tracetrain record it without a wrapper"

type planner struct {
	pkg      *directive.Package
	problems []directive.Problem
}

func (p *planner) report(pos token.Pos, hint, format string, args ...any) {
	p.problems = append(p.problems, directive.Problem{Pos: pos, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// plan decides which wrappers to write. Targets in test files have none: the
// generated file is not a test file.
func (p *planner) plan(targets []*directive.Target) []*call {
	var calls []*call
	taken := map[string]*call{}
	for _, t := range targets {
		if t.Kind != directive.Bundle || p.inTest(t) {
			continue
		}
		c := p.call(t)
		if c == nil {
			continue
		}
		hint := "choose another name with name="
		if obj := p.pkg.Types.Scope().Lookup(c.name); obj != nil {
			p.report(t.Pos, hint, "the wrapper's name %s is taken at %s", c.name, p.where(obj.Pos()))
			continue
		}
		if other := taken[c.name]; other != nil {
			p.report(t.Pos, hint, "the wrapper's name %s is taken by the wrapper of %s", c.name, other.target.ID)
			continue
		}
		taken[c.name] = c
		calls = append(calls, c)
	}
	return calls
}

// call checks one bundle; it returns nil after a report.
func (p *planner) call(t *directive.Target) *call {
	fn, ok := t.Obj.(*types.Func)
	if !ok {
		p.report(t.Pos, "correct what the compiler reports", "the type of %s is not known", t.ID)
		return nil
	}
	sig := fn.Signature()
	c := &call{target: t, sig: sig, recv: sig.Recv(), fn: fn}
	ok = true
	refuse := func(hint, format string, args ...any) {
		ok = false
		p.report(t.Pos, hint, format, args...)
	}
	if generic(sig) {
		refuse("write a function of concrete types that calls it, and make that the bundle; "+overlayHint, "no wrapper is generated for a generic function yet")
	}
	if sig.Variadic() {
		refuse("take a slice instead; "+overlayHint, "no wrapper is generated for a variadic function yet")
	}
	results := sig.Results()
	n := results.Len()
	if n > 0 && types.Identical(results.At(n-1).Type(), types.Universe.Lookup("error").Type()) {
		c.hasErr = true
		n--
	}
	switch {
	case n > 1:
		refuse("return one struct that holds them; "+overlayHint, "no wrapper is generated for %d results besides an error yet", n)
	case n == 1:
		c.result = results.At(0).Type()
	}
	if c.recv != nil && !p.atPackageLevel(c.recv.Type()) {
		refuse("declare the type at package level; "+overlayHint, "no wrapper is generated for a method of a type without a name at package level")
	}
	if fn.Name() == "main" && c.recv == nil && p.pkg.Types.Name() == "main" {
		refuse("make the function that it calls the bundle", "no wrapper is generated for function main")
	}
	if p.constrained(t.Pos) {
		refuse("move it to a file that is always built; "+overlayHint, "no wrapper is generated for a function in a file with a build constraint")
	}
	if !ok {
		return nil
	}
	for _, v := range c.vars() {
		if _, err := typeCode(v.Type()); err != nil {
			refuse("", "no wrapper is generated: parameter %s: %v", cmp.Or(v.Name(), "_"), err)
		}
	}
	if c.result != nil {
		if _, err := typeCode(c.result); err != nil {
			refuse("", "no wrapper is generated: result: %v", err)
		}
	}
	if !ok {
		return nil
	}
	c.name = p.wrapperName(c)
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

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
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

func generic(sig *types.Signature) bool {
	if sig.TypeParams().Len() > 0 || sig.RecvTypeParams().Len() > 0 {
		return true
	}
	if sig.Recv() == nil {
		return false
	}
	n := receiverType(sig.Recv().Type()) // a method of a generic interface has none of its own
	return n != nil && n.TypeParams().Len() > 0
}

func (p *planner) inTest(t *directive.Target) bool {
	f := p.pkg.Fset.File(t.Pos)
	return f != nil && strings.HasSuffix(f.Name(), "_test.go")
}

// constrained reports whether the file is not always part of the package.
func (p *planner) constrained(pos token.Pos) bool {
	tf := p.pkg.Fset.File(pos)
	if tf == nil {
		return false
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

func (p *planner) where(pos token.Pos) string {
	q := p.pkg.Fset.Position(pos)
	return fmt.Sprintf("%s:%d:%d", filepath.Base(q.Filename), q.Line, q.Column)
}
