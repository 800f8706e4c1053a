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

// A bundle on a method of an interface: every call of that method, whatever
// answers it, is one operator of that name. A call is one of that method if the
// interface of its operand declares or embeds it; a call on a type that
// implements the interface goes to the type's own method, which is a bundle if
// it says so itself. The bundle has a twin like any other, written where the
// interface is declared, whose receiver is the interface value.

// interfaceBundles finds the interface methods that are bundles.
func (a *analysis) interfaceBundles(targets []*directive.Target) {
	for _, t := range targets {
		field, ok := t.Decl.(*ast.Field)
		fn, isFunc := t.Obj.(*types.Func)
		if t.Kind != directive.Bundle || !ok || !isFunc {
			continue
		}
		typ, ok := field.Type.(*ast.FuncType)
		if !ok {
			continue
		}
		u, file := a.home(fn)
		if u == nil || strings.HasPrefix(u.path+"/", RuntimePath+"/") {
			continue
		}
		f := &funcDecl{key: a.fullName(fn), obj: fn, unit: u, file: file, bundle: t, iface: true}
		f.decl = &ast.FuncDecl{Name: field.Names[0], Type: typ}
		if spec := declaredBy(file, field); spec == nil {
			f.opaque = "the interface has no name in its package"
		} else {
			f.decl.Recv = &ast.FieldList{List: []*ast.Field{{Type: receiverType(spec)}}}
		}
		a.interfaces = append(a.interfaces, f)
		a.funcs[f.key] = f
	}
	sort.Slice(a.interfaces, func(i, j int) bool { return a.less(a.interfaces[i], a.interfaces[j]) })
}

// home finds the unit and file that declare an object.
func (a *analysis) home(o types.Object) (*unit, *ast.File) {
	for _, u := range a.units {
		for _, f := range u.Syntax {
			if f.FileStart <= o.Pos() && o.Pos() < f.FileEnd && u.owns[a.prog.fileName(f)] {
				return u, f
			}
		}
	}
	return nil, nil
}

// declaredBy finds the type declaration of the file whose interface has the
// method, nil if it stands inside another type or a function.
func declaredBy(file *ast.File, method *ast.Field) *ast.TypeSpec {
	for _, d := range file.Decls {
		gd, ok := d.(*ast.GenDecl)
		if !ok || gd.Tok != token.TYPE {
			continue
		}
		for _, s := range gd.Specs {
			ts := s.(*ast.TypeSpec)
			it, ok := ast.Unparen(ts.Type).(*ast.InterfaceType)
			if !ok || ts.Assign.IsValid() {
				continue
			}
			for _, m := range it.Methods.List {
				if m == method {
					return ts
				}
			}
		}
	}
	return nil
}

// receiverType is how a method of the type would name its receiver's type.
func receiverType(ts *ast.TypeSpec) ast.Expr {
	name := ast.NewIdent(ts.Name.Name)
	if ts.TypeParams == nil {
		return name
	}
	var args []ast.Expr
	for _, fl := range ts.TypeParams.List {
		for _, id := range fl.Names {
			args = append(args, ast.NewIdent(id.Name))
		}
	}
	return &ast.IndexListExpr{X: name, Indices: args}
}

// answering lists the methods that may answer a call of an interface bundle.
func (a *analysis) answering(f *funcDecl) []*funcDecl {
	recv := f.obj.Type().(*types.Signature).Recv().Type()
	iface, ok := recv.Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	return a.implementing(f.obj.Name(), iface)
}

// interfaceMutates are the parameters that some answering method changes.
func (a *analysis) interfaceMutates(f *funcDecl) []int {
	hit := map[int]bool{}
	for _, g := range a.answering(f) {
		for _, i := range mutatedParams(g.unit.TypesInfo, g.decl) {
			hit[i] = true
		}
	}
	var is []int
	for i := range hit {
		is = append(is, i)
	}
	sort.Ints(is)
	return is
}

// interfaceTwins writes the twins of the interface bundles of the file.
func (w *fileWriter) interfaceTwins() []twinText {
	var twins []twinText
	for _, f := range w.interfaces {
		if f.file != w.file || f.opaque != "" {
			continue
		}
		text, err := w.interfaceTwin(f)
		if err != nil {
			w.refused[f] = err.Error()
			continue
		}
		twins = append(twins, twinText{text, f, f.start()})
	}
	return twins
}

func (w *fileWriter) interfaceTwin(f *funcDecl) (text string, err error) {
	defer recovered(&err)
	sig := w.signature(f)
	decl, _ := w.typeParams(f)
	text = w.bundleTwin(f, sig, decl)
	w.registerFunc(f, decl)
	return text, nil
}

// heldCall is the call of the interface method inside its twin: of the twin of
// the method that answers, if that has to be followed, else as it is.
func (w *fileWriter) heldCall(f *funcDecl, s *signature, assign, plain, made string) string {
	return fmt.Sprintf("if m__, ok__ := %s.Held(%s, %s).(%s); ok__ { %sm__(%s); %s} else { f__.Alone(); %s%s }; ",
		rt, s.params[0].name, w.methodID(f.obj.Name()), dispatchType(s), assign, insideArgs(s, "nil"), made, assign, plain)
}

// dispatchType is the type of what the recorder keeps for a method of a dynamic
// type.
func dispatchType(s *signature) string {
	types := []string{"*" + rt + ".Tape", "*" + rt + ".Site"}
	for i := 0; i < len(s.results)+len(s.params); i++ {
		types = append(types, "*"+rt+".Ref")
	}
	types = append(types, "interface{}")
	for _, p := range s.params[1:] {
		types = append(types, p.typ)
	}
	var results []string
	for _, r := range s.results {
		results = append(results, r.typ)
	}
	return fmt.Sprintf("func(%s) (%s)", strings.Join(types, ", "), strings.Join(results, ", "))
}
