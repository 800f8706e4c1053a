package optoprime

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"go/types"
	"sort"
	"strings"
	"unicode"

	"github.com/opto-go/trace/optimizer"
)

// Bounds of what is told about a package.
const (
	maxTypes   = 12
	maxMembers = 24
	maxScope   = 30
	maxDepth   = 3 // how far types are followed from a parameter
)

// declared lists the module's types that the parameters' signatures and values
// are made of: without them a model cannot know the fields of an argument.
func declared(params []optimizer.Param) []string {
	d := declarer{seen: make(map[*types.TypeName]bool)}
	for _, p := range params {
		if p.Syntax == nil || p.Syntax.Pkg == nil || p.Syntax.Info == nil {
			continue
		}
		d.home = p.Syntax.Pkg
		switch {
		case p.Syntax.Func != nil:
			if obj := p.Syntax.Info.Defs[p.Syntax.Func.Name]; obj != nil {
				sig, ok := obj.Type().(*types.Signature)
				if ok && sig.Recv() != nil {
					d.follow(sig.Recv().Type(), 0)
				}
				d.follow(obj.Type(), 0)
			}
		case p.Syntax.Expr != nil:
			if t := p.Syntax.Info.TypeOf(p.Syntax.Expr); t != nil {
				d.follow(t, 0)
			}
		}
	}
	return d.texts
}

type declarer struct {
	home  *types.Package
	seen  map[*types.TypeName]bool
	texts []string
}

// follow shows the named types of the module that t is made of.
func (d *declarer) follow(t types.Type, depth int) {
	if depth > maxDepth || len(d.texts) >= maxTypes {
		return
	}
	switch t := t.(type) {
	case *types.Alias:
		d.follow(types.Unalias(t), depth)
	case *types.Named:
		for i := range t.TypeArgs().Len() {
			d.follow(t.TypeArgs().At(i), depth)
		}
		obj := t.Origin().Obj()
		if obj.Pkg() == nil || d.seen[obj] || !d.ours(obj.Pkg()) {
			return
		}
		d.seen[obj] = true
		d.texts = append(d.texts, d.show(t.Origin()))
		d.follow(t.Origin().Underlying(), depth+1)
	case *types.Pointer:
		d.follow(t.Elem(), depth)
	case *types.Slice:
		d.follow(t.Elem(), depth)
	case *types.Array:
		d.follow(t.Elem(), depth)
	case *types.Chan:
		d.follow(t.Elem(), depth)
	case *types.Map:
		d.follow(t.Key(), depth)
		d.follow(t.Elem(), depth)
	case *types.Signature:
		for _, tuple := range []*types.Tuple{t.Params(), t.Results()} {
			for i := range tuple.Len() {
				d.follow(tuple.At(i).Type(), depth)
			}
		}
	case *types.Struct:
		for i := range t.NumFields() {
			if f := t.Field(i); f.Exported() || f.Pkg() == d.home {
				d.follow(f.Type(), depth)
			}
		}
	}
}

// ours reports whether pkg can be taken for one of the module: its own
// package, or one below the same first element that looks like a domain.
func (d *declarer) ours(pkg *types.Package) bool {
	if pkg == d.home || pkg.Path() == d.home.Path() {
		return true
	}
	first, _, _ := strings.Cut(pkg.Path(), "/")
	home, _, _ := strings.Cut(d.home.Path(), "/")
	return first == home && strings.Contains(first, ".")
}

func (d *declarer) qualifier(p *types.Package) string {
	if p == d.home || p.Path() == d.home.Path() {
		return ""
	}
	return p.Name()
}

// show writes the declaration of a type and its methods' signatures.
func (d *declarer) show(t *types.Named) string {
	var b strings.Builder
	b.WriteString("type " + types.TypeString(t, d.qualifier) + " ")
	switch u := t.Underlying().(type) {
	case *types.Struct:
		b.WriteString("struct {\n")
		for i := range u.NumFields() {
			f := u.Field(i)
			switch {
			case i == maxMembers:
				fmt.Fprintf(&b, "\t// and %d more fields\n", u.NumFields()-i)
			case i < maxMembers && (f.Exported() || f.Pkg() == d.home):
				name := f.Name() + " "
				if f.Embedded() {
					name = ""
				}
				fmt.Fprintf(&b, "\t%s%s\n", name, clip(types.TypeString(f.Type(), d.qualifier), 200))
			}
		}
		b.WriteString("}\n")
	case *types.Interface:
		b.WriteString("interface {\n")
		for i := range min(u.NumMethods(), maxMembers) {
			b.WriteString("\t" + d.signature("", u.Method(i)) + "\n")
		}
		b.WriteString("}\n")
		return b.String()
	default:
		b.WriteString(clip(types.TypeString(u, d.qualifier), 300) + "\n")
	}
	n := 0
	for i := range t.NumMethods() {
		m := t.Method(i)
		if !m.Exported() && m.Pkg() != d.home {
			continue
		}
		if n++; n > maxMembers {
			b.WriteString("// and more methods\n")
			break
		}
		recv := types.TypeString(t, d.qualifier)
		if _, ok := m.Signature().Recv().Type().(*types.Pointer); ok {
			recv = "*" + recv
		}
		b.WriteString(d.signature("func ("+recv+") ", m) + "\n")
	}
	return b.String()
}

func (d *declarer) signature(prefix string, f *types.Func) string {
	return prefix + f.Name() + clip(strings.TrimPrefix(types.TypeString(f.Type(), d.qualifier), "func"), 300)
}

// inScope lists the other package-level functions, variables and constants
// that a trainable function could use: those first that one does, or the code that is
// shown beside it.
func inScope(params []optimizer.Param, snippets []optimizer.Snippet) []string {
	known := make(map[string]bool)
	for _, s := range snippets {
		known[s.Name] = true
	}
	var out []string
	done := make(map[*types.Package]bool)
	for _, p := range params {
		if p.Kind != optimizer.FuncBody || p.Syntax == nil || p.Syntax.Pkg == nil || p.Syntax.Fset == nil || p.Syntax.Func == nil || done[p.Syntax.Pkg] {
			continue
		}
		pkg := p.Syntax.Pkg
		done[pkg] = true
		d := declarer{home: pkg}
		// A declaration that is itself a parameter stands under Variables.
		own := make(map[token.Pos]bool)
		for _, q := range params {
			if q.Syntax != nil && q.Syntax.Func != nil {
				own[q.Syntax.Func.Name.Pos()] = true
			}
			known[q.ID[strings.LastIndexByte(q.ID, '.')+1:]] = true
		}
		used := usedBy(params, pkg)
		shown := wordsOf(snippets)
		begins := initials(p, used)
		var lines, funcs, rest []string
		for _, name := range pkg.Scope().Names() {
			obj := pkg.Scope().Lookup(name)
			if own[obj.Pos()] || known[name] || isTest(name) {
				continue
			}
			// A plain build does not have what test files declare.
			if fset := p.Syntax.Fset; inTestFile(fset, obj.Pos()) && !inTestFile(fset, p.Syntax.Func.Pos()) {
				continue
			}
			text := ""
			switch obj := obj.(type) {
			case *types.Func:
				text = d.signature("func ", obj)
			case *types.Var:
				text = "var " + name + " " + clip(types.TypeString(obj.Type(), d.qualifier), 200)
				if initial := begins[obj]; initial != "" {
					text = "var " + name + " " + initial
				}
			case *types.Const:
				text = "const " + name + " = " + oneLine(obj.Val().String(), 80)
			default:
				continue
			}
			switch _, isFunc := obj.(*types.Func); {
			case used[obj] || shown[name]:
				lines = append(lines, text)
			case isFunc:
				funcs = append(funcs, text)
			default:
				rest = append(rest, text)
			}
		}
		sort.Strings(lines)
		sort.Strings(funcs)
		sort.Strings(rest)
		lines = append(append(lines, funcs...), rest...)
		if len(lines) > maxScope {
			lines = append(lines[:maxScope], fmt.Sprintf("// and %d more", len(lines)-maxScope))
		}
		if len(lines) > 0 {
			out = append(out, "Also in package "+pkg.Name()+":\n"+fenced("go", strings.Join(lines, "\n")))
		}
	}
	return out
}

// maxInitial is how many bytes of what a variable begins with are shown.
const maxInitial = 400

// wordsOf are the identifiers, and other words, in the code of snippets.
func wordsOf(snippets []optimizer.Snippet) map[string]bool {
	words := make(map[string]bool)
	for _, s := range snippets {
		for _, w := range strings.FieldsFunc(s.Source, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			words[w] = true
		}
	}
	return words
}

// usedBy are the objects that the functions of a package among params name.
func usedBy(params []optimizer.Param, pkg *types.Package) map[types.Object]bool {
	used := make(map[types.Object]bool)
	for _, p := range params {
		if p.Syntax == nil || p.Syntax.Pkg != pkg || p.Syntax.Func == nil || p.Syntax.Info == nil {
			continue
		}
		ast.Inspect(p.Syntax.Func, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				used[p.Syntax.Info.Uses[id]] = true
			}
			return true
		})
	}
	return used
}

// initials are the texts of what used variables begin with, as far as they stand in
// the file of p and are short: a table says more than its type.
func initials(p optimizer.Param, used map[types.Object]bool) map[types.Object]string {
	texts := make(map[types.Object]string)
	if p.Syntax.File == nil || p.Syntax.Info == nil {
		return texts
	}
	for _, d := range p.Syntax.File.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			spec, ok := s.(*ast.ValueSpec)
			if !ok || len(spec.Values) != len(spec.Names) {
				continue
			}
			for i, id := range spec.Names {
				obj := p.Syntax.Info.Defs[id]
				if obj == nil || !used[obj] {
					continue
				}
				var b strings.Builder
				if format.Node(&b, p.Syntax.Fset, spec.Values[i]) != nil || b.Len() > maxInitial {
					continue
				}
				texts[obj] = "= " + b.String()
				if spec.Type != nil {
					texts[obj] = types.ExprString(spec.Type) + " = " + b.String()
				}
			}
		}
	}
	return texts
}

func inTestFile(fset *token.FileSet, pos token.Pos) bool {
	return strings.HasSuffix(fset.Position(pos).Filename, "_test.go")
}

func isTest(name string) bool {
	for _, prefix := range []string{"Test", "Benchmark", "Example", "Fuzz"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return name == "main" || name == "init" || name == "_"
}
