package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// entry is what stands at the head of the original function: if a recording
// is active, go to the twin. It has the original body too if types have to be
// shared.
func (w *fileWriter) entry(f *funcDecl, s *signature, inst string) string {
	_, twin := w.namedTwin(f)
	args := []string{tapeName}
	for range s.results {
		args = append(args, "nil")
	}
	for range s.params {
		args = append(args, "nil")
	}
	for _, p := range s.params {
		args = append(args, p.arg)
	}
	passed := fmt.Sprintf("%s(%s)", inst, strings.Join(args, ", "))
	call := twin + passed
	switch f.role {
	case roleMain:
		return fmt.Sprintf(" if %s := %s.Main(); %s != nil { func() { defer %s.Close(); %s }(); return };", tapeName, rt, tapeName, tapeName, call)
	case roleInit:
		return fmt.Sprintf(" if %s := %s.Init(); %s != nil { %s; return };", tapeName, rt, tapeName, call)
	case roleTest:
		return fmt.Sprintf(" if %s := %s.Test(%s); %s != nil { %s; return };", tapeName, rt, s.params[0].name, tapeName, call)
	case roleExample:
		return fmt.Sprintf(" if %s := %s.Example(%q); %s != nil { defer %s.Finish(); %s; return };", tapeName, rt, f.decl.Name.Name, tapeName, tapeName, call)
	}
	helper := ""
	if tb := w.helped(f); tb != "" {
		// The twin says that it is a helper; so is this way to it.
		helper = tb + ".Helper(); "
	}
	goTo := func(name string) string {
		if len(s.results) > 0 {
			return helper + "return " + name + passed
		}
		return helper + name + passed + "; return"
	}
	active, plain := tapeName+" != nil", ""
	if len(w.sharedTypes(f)) > 0 {
		if f.bundle == nil {
			active += fmt.Sprintf(" || %s.Records()", rt)
		} else {
			plain = fmt.Sprintf(" else if %s.Records() { %s }", rt, goTo(bodyName(f.obj)))
		}
	}
	if f.marked {
		call := w.markedCall(f, s) + "; return"
		if len(s.results) > 0 {
			call = "return " + w.markedCall(f, s)
		}
		plain = fmt.Sprintf(" else if %s := %s.Marking(); %s != nil { %s }", tapeName, rt, tapeName, call)
	}
	return fmt.Sprintf("%s if %s := %s.Active(); %s { %s }%s;", lastWrite(f), tapeName, rt, active, goTo(twin), plain)
}

// lastWrite is what stands at the head of TestMain: a test binary may end when
// that returns, and what it records after its tests, or instead of them, was not
// written by the end of a test.
func lastWrite(f *funcDecl) string {
	if !f.testMain() {
		return ""
	}
	return fmt.Sprintf(" defer %s.Sync();", rt)
}

// helped names the parameter of f that is a test which f calls Helper of, ""
// if there is none.
func (w *fileWriter) helped(f *funcDecl) (name string) {
	if f.iface {
		return ""
	}
	info := w.unit.TypesInfo
	for _, c := range f.outline.calls {
		sel, ok := c.Fun.(*ast.SelectorExpr)
		if !ok || c.lits > 0 || sel.Sel.Name != "Helper" {
			continue
		}
		if id, ok := sel.X.(*ast.Ident); ok && isTB(info.TypeOf(id)) && isParam(f, info.Uses[id]) {
			return id.Name
		}
	}
	return ""
}

// isParam reports whether o is a parameter of f.
func isParam(f *funcDecl, o types.Object) bool {
	sig := f.obj.Type().(*types.Signature)
	for i := 0; i < sig.Params().Len(); i++ {
		if sig.Params().At(i) == o {
			return true
		}
	}
	return false
}

// plainCall is the call of the function itself, with the parameters of its twin.
func (w *fileWriter) plainCall(f *funcDecl, s *signature) string {
	call, args := f.decl.Name.Name, s.params
	if f.decl.Recv != nil {
		call = s.params[0].name + "." + call
		args = args[1:]
	} else if f.decl.Type.TypeParams != nil {
		_, inst := w.typeParams(f)
		call += inst
	}
	var passed []string
	for _, a := range args {
		passed = append(passed, a.arg)
	}
	return call + "(" + strings.Join(passed, ", ") + ")"
}

// whenSpent is what a twin begins with: in a case that records nothing any more,
// the function itself goes on. The results come from anything then, and so may
// what the parameters refer to.
func (w *fileWriter) whenSpent(f *funcDecl, s *signature) string {
	if _, declared := w.unit.TypesInfo.Defs[f.decl.Name].(*types.Func); !declared && !f.iface || f.role != roleNone {
		return "" // runs once in the program, or begins a case
	}
	var outs []string
	for i := range s.results {
		outs = append(outs, fmt.Sprintf("o%d__", i))
	}
	for _, p := range append(s.params[:len(s.params):len(s.params)], s.results...) {
		if f.decl.Recv == nil && p.name == f.decl.Name.Name {
			return "" // the function has no name here
		}
	}
	then := ""
	if tb := w.helped(f); tb != "" {
		then = tb + ".Helper(); "
	}
	if len(outs) > 0 {
		then += fmt.Sprintf("%s.Unfollowed(%s); return %s", tapeName, strings.Join(outs, ", "), w.plainCall(f, s))
	} else {
		then += w.plainCall(f, s) + "; return"
	}
	return fmt.Sprintf("if %s.Spent() { %s }; ", tapeName, then)
}
