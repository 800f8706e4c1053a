package search

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// An env type-checks new texts of one parameter in the surroundings of its
// declaration: the same package scope and the same imports of the same file.
// The current source of a parameter need not be the one that was loaded, and
// a mutation of a mutation was never loaded at all.
type env struct {
	param   *optimizer.Param
	pkg     *types.Package // a copy of the package scope; checks leave it as it is
	home    *types.Package // the package itself
	imports map[string]*types.Package
	header  string          // package clause and imports of the file
	needed  map[string]bool // names of imports that nothing else in the file uses
	line    int             // line of the func keyword or the expression in the file
	valType string          // type of a value as written in the env
}

func newEnv(p *optimizer.Param) (*env, error) {
	syn := p.Syntax
	if syn == nil && p.Kind == optimizer.Value {
		return bareEnv(p), nil
	}
	if syn == nil || syn.Pkg == nil || syn.Info == nil || syn.File == nil {
		return nil, fmt.Errorf("%s: no typed syntax", p.ID)
	}
	e := &env{param: p, home: syn.Pkg, imports: map[string]*types.Package{}, needed: map[string]bool{}}
	e.pkg = types.NewPackage(syn.Pkg.Path(), syn.Pkg.Name())
	for _, name := range syn.Pkg.Scope().Names() {
		e.pkg.Scope().Insert(syn.Pkg.Scope().Lookup(name))
	}

	var node ast.Node = syn.Expr
	if p.Kind == optimizer.FuncBody {
		if syn.Func == nil {
			return nil, fmt.Errorf("%s: no declaration", p.ID)
		}
		node = syn.Func
		e.line = syn.Fset.Position(syn.Func.Type.Func).Line
	} else if syn.Expr != nil {
		e.line = syn.Fset.Position(syn.Expr.Pos()).Line
	}
	e.writeHeader(syn, node)
	if p.Kind == optimizer.Value && syn.Expr != nil {
		e.valType = e.typeText(syn)
	}
	return e, nil
}

// bareEnv is the env of a value without syntax: its type must be one of the
// language's own, else the current source will not check and the parameter
// gets no proposals.
func bareEnv(p *optimizer.Param) *env {
	pkg := types.NewPackage("p", "p")
	e := &env{param: p, home: pkg, pkg: pkg, header: "package p;", line: p.Line}
	if _, ok := types.Universe.Lookup(p.Type).(*types.TypeName); ok {
		e.valType = p.Type
	}
	return e
}

// writeHeader collects the imports of the file, and which of them the
// declaration alone keeps in use.
func (e *env) writeHeader(syn *optimizer.Syntax, node ast.Node) {
	elsewhere := map[types.Object]bool{}
	ast.Inspect(syn.File, func(n ast.Node) bool {
		if n == node && n != nil {
			return false
		}
		if id, ok := n.(*ast.Ident); ok {
			if name, ok := syn.Info.Uses[id].(*types.PkgName); ok {
				elsewhere[name] = true
			}
		}
		return true
	})
	var b strings.Builder
	fmt.Fprintf(&b, "package %s;", syn.Pkg.Name())
	for _, spec := range syn.File.Imports {
		var obj types.Object
		if spec.Name != nil {
			obj = syn.Info.Defs[spec.Name]
		} else {
			obj = syn.Info.Implicits[spec]
		}
		name, ok := obj.(*types.PkgName)
		if !ok || name.Imported() == nil {
			continue // blank and dot imports, import "C"
		}
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		e.imports[path] = name.Imported()
		fmt.Fprintf(&b, "import %s %q;", name.Name(), path)
		if !elsewhere[name] {
			e.needed[name.Name()] = true
		}
	}
	e.header = b.String()
}

// typeText writes the type of the value so that it reads right in the env.
func (e *env) typeText(syn *optimizer.Syntax) string {
	t := syn.Info.TypeOf(syn.Expr)
	if t == nil {
		return ""
	}
	names := map[*types.Package]string{}
	ok := true
	text := types.TypeString(t, func(p *types.Package) string {
		if p == syn.Pkg {
			return ""
		}
		if len(names) == 0 {
			for _, obj := range pkgNames(syn) {
				names[obj.Imported()] = obj.Name()
			}
		}
		if names[p] == "" {
			ok = false
		}
		return names[p]
	})
	if b, isBasic := t.(*types.Basic); !ok || isBasic && b.Info()&types.IsUntyped != 0 {
		return ""
	}
	return text
}

func pkgNames(syn *optimizer.Syntax) []*types.PkgName {
	var list []*types.PkgName
	for _, spec := range syn.File.Imports {
		var obj types.Object = syn.Info.Implicits[spec]
		if spec.Name != nil {
			obj = syn.Info.Defs[spec.Name]
		}
		if n, ok := obj.(*types.PkgName); ok && n.Imported() != nil {
			list = append(list, n)
		}
	}
	return list
}

// Import implements types.Importer over the packages that the file imports.
func (e *env) Import(path string) (*types.Package, error) {
	if p := e.imports[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s is not imported", path)
}

var _ types.Importer = (*env)(nil)

// A decl is one typed text of a parameter. Offsets into src are token.Pos
// minus base.
type decl struct {
	env  *env
	src  string
	base token.Pos // position of src[0]
	fset *token.FileSet
	file *ast.File
	fn   *ast.FuncDecl // nil for a value
	expr ast.Expr      // nil for a function
	info *types.Info
}

func (d *decl) off(p token.Pos) int          { return int(p - d.base) }
func (d *decl) text(n ast.Node) string       { return d.src[d.off(n.Pos()):d.off(n.End())] }
func (d *decl) typeOf(e ast.Expr) types.Type { return d.info.TypeOf(e) }

// lineAt returns the line of an offset in the file as it was loaded, as far
// as that is known.
func (d *decl) lineAt(off int) int {
	if d.fn == nil {
		return d.env.line
	}
	start := d.off(d.fn.Type.Func)
	if off < start {
		return d.env.line
	}
	return d.env.line + strings.Count(d.src[start:off], "\n")
}

// check parses and type-checks a text of the parameter. The error is the
// first finding.
func (e *env) check(src string) (*decl, error) {
	text := e.header + "\n" + src
	at := len(e.header) + 1
	if e.param.Kind == optimizer.Value {
		lead := "var _ " + e.valType + " = "
		text = e.header + "\n" + lead + src + "\n"
		at += len(lead)
	}
	d := &decl{env: e, src: src, fset: token.NewFileSet()}
	file, err := parser.ParseFile(d.fset, "", text, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return nil, err
	}
	d.file = file
	d.base = d.fset.File(file.Pos()).Pos(at)
	if err := d.locate(); err != nil {
		return nil, err
	}

	d.info = &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Uses:       map[*ast.Ident]types.Object{},
		Defs:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes:     map[ast.Node]*types.Scope{},
	}
	var first error
	conf := types.Config{
		Importer:  e,
		GoVersion: e.home.GoVersion(),
		Error: func(err error) {
			te, ok := err.(types.Error)
			if !ok || te.Pos < d.base || d.inReceiver(te.Pos) {
				return // an import that this declaration does not use; a receiver of the real package
			}
			if first == nil {
				first = err
			}
		},
	}
	// The error is the first one; all that matter went through conf.Error.
	_ = types.NewChecker(&conf, d.fset, e.pkg, d.info).Files([]*ast.File{file})
	if first != nil {
		return nil, first
	}
	return d, d.keepsImports()
}

// locate finds the one declaration of the file that is not an import.
func (d *decl) locate() error {
	var found []ast.Decl
	for _, decl := range d.file.Decls {
		if g, ok := decl.(*ast.GenDecl); !ok || g.Tok != token.IMPORT {
			found = append(found, decl)
		}
	}
	if len(found) != 1 {
		return fmt.Errorf("want one declaration, found %d", len(found))
	}
	switch decl := found[0].(type) {
	case *ast.FuncDecl:
		if d.env.param.Kind != optimizer.FuncBody || decl.Body == nil {
			return fmt.Errorf("want a value, found a function")
		}
		d.fn = decl
		// The blank name leaves the package scope as it is.
		decl.Name.Name = "_"
	case *ast.GenDecl:
		spec, ok := decl.Specs[0].(*ast.ValueSpec)
		if d.env.param.Kind != optimizer.Value || !ok || len(spec.Values) != 1 {
			return fmt.Errorf("want a function, found a value")
		}
		d.expr = spec.Values[0]
	}
	return nil
}

func (d *decl) inReceiver(p token.Pos) bool {
	return d.fn != nil && d.fn.Recv != nil && d.fn.Recv.Pos() <= p && p <= d.fn.Recv.End()
}

// keepsImports reports an import of the file that would be left unused.
func (d *decl) keepsImports() error {
	if len(d.env.needed) == 0 {
		return nil
	}
	used := map[string]bool{}
	for _, obj := range d.info.Uses {
		if n, ok := obj.(*types.PkgName); ok {
			used[n.Name()] = true
		}
	}
	for name := range d.env.needed {
		if !used[name] {
			return fmt.Errorf("the import of %s would be unused", name)
		}
	}
	return nil
}

// constOf returns the constant value of an expression, nil if it has none.
func (d *decl) constOf(e ast.Expr) constant.Value { return d.info.Types[e].Value }

// wordy counts operations that do nothing (x + 0, x * 1): an edit that makes
// one says what a shorter edit says better.
func wordy(d *decl) int {
	var root ast.Node = d.expr
	if d.fn != nil {
		root = d.fn.Body
	}
	n := 0
	ast.Inspect(root, func(node ast.Node) bool {
		b, ok := node.(*ast.BinaryExpr)
		if !ok {
			return true
		}
		is := func(e ast.Expr, text string) bool {
			lit, ok := ast.Unparen(e).(*ast.BasicLit)
			return ok && lit.Value == text
		}
		switch b.Op {
		case token.ADD:
			if is(b.X, "0") || is(b.Y, "0") {
				n++
			}
		case token.SUB:
			if is(b.Y, "0") {
				n++
			}
		case token.MUL:
			if is(b.X, "1") || is(b.Y, "1") {
				n++
			}
		case token.QUO:
			if is(b.Y, "1") {
				n++
			}
		}
		return true
	})
	return n
}
