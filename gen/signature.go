package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// param is a parameter (or receiver) of a twin.
type param struct {
	name string       // as the twin names it
	typ  string       // text of its type, "..." included
	obj  types.Object // nil if the source does not name it
	arg  string       // how the entry passes it on
}

// signature is the text of a function's parts.
type signature struct {
	params  []param // receiver first
	results []param
	named   bool // the source names the results
	// edits give names to what the source leaves unnamed, so that the entry
	// can pass it on.
	edits []piece
}

// typeText is the text of a type expression on one line.
func typeText(e ast.Expr) string { return types.ExprString(tagged(e)) }

// tagged gives a type expression whose text has the tags of fields, which
// [types.ExprString] leaves out.
func tagged(e ast.Expr) ast.Expr {
	fields := func(list *ast.FieldList) *ast.FieldList {
		if list == nil {
			return nil
		}
		l := *list
		l.List = nil
		for _, f := range list.List {
			g := *f
			g.Type = tagged(f.Type)
			if f.Tag != nil {
				g.Type = ast.NewIdent(types.ExprString(g.Type) + " " + f.Tag.Value)
			}
			l.List = append(l.List, &g)
		}
		return &l
	}
	switch x := e.(type) {
	case *ast.StructType:
		return &ast.StructType{Fields: fields(x.Fields)}
	case *ast.FuncType:
		return &ast.FuncType{Params: fields(x.Params), Results: fields(x.Results)}
	case *ast.ArrayType:
		return &ast.ArrayType{Len: x.Len, Elt: tagged(x.Elt)}
	case *ast.MapType:
		return &ast.MapType{Key: tagged(x.Key), Value: tagged(x.Value)}
	case *ast.ChanType:
		return &ast.ChanType{Dir: x.Dir, Value: tagged(x.Value)}
	case *ast.StarExpr:
		return &ast.StarExpr{X: tagged(x.X)}
	case *ast.ParenExpr:
		return &ast.ParenExpr{X: tagged(x.X)}
	case *ast.Ellipsis:
		return &ast.Ellipsis{Elt: tagged(x.Elt)}
	}
	return e
}

func (w *fileWriter) signature(f *funcDecl) *signature {
	s := &signature{}
	n := 0
	field := func(fl *ast.Field, prefix string, named bool) []param {
		typ := typeText(fl.Type)
		if strings.Contains(typ, "\n") {
			panic(cannot("a parameter type takes several lines"))
		}
		arg := func(name string) string {
			if _, ok := fl.Type.(*ast.Ellipsis); ok {
				return name + "..."
			}
			return name
		}
		if len(fl.Names) == 0 {
			name := fmt.Sprintf("%s%d__", prefix, n)
			n++
			s.edits = append(s.edits, piece{fl.Type.Pos(), fl.Type.Pos(), name + " "})
			return []param{{name: name, typ: typ, arg: arg(name)}}
		}
		var ps []param
		for _, id := range fl.Names {
			if id.Name == "_" {
				name := fmt.Sprintf("%s%d__", prefix, n)
				s.edits = append(s.edits, piece{id.Pos(), id.End(), name})
				ps = append(ps, param{name: name, typ: typ, arg: arg(name)})
			} else {
				ps = append(ps, param{name: id.Name, typ: typ, obj: w.unit.TypesInfo.Defs[id], arg: arg(id.Name)})
			}
			n++
		}
		return ps
	}
	if f.decl.Recv != nil {
		for _, fl := range f.decl.Recv.List {
			named := *fl
			named.Type = namedBlanks(fl.Type)
			s.params = append(s.params, field(&named, "a", true)...)
		}
	}
	s.edits = append(s.edits, blankTypeParams(f.decl)...)
	for _, fl := range f.decl.Type.Params.List {
		s.params = append(s.params, field(fl, "a", true)...)
	}
	n = 0
	if r := f.decl.Type.Results; r != nil {
		edits := s.edits
		for _, fl := range r.List {
			s.named = s.named || len(fl.Names) > 0
			for _, p := range field(fl, "r", true) {
				p.arg = p.name
				s.results = append(s.results, p)
			}
		}
		s.edits = edits // the original keeps its results as they are
	}
	return s
}

// qualifier names packages as this file does; a package that the file does
// not import gets an import of our own.
func (w *fileWriter) qualifier(p *types.Package) string {
	if p == w.unit.Types {
		return ""
	}
	for _, im := range w.file.Imports {
		if pn := w.unit.TypesInfo.PkgNameOf(im); pn != nil && pn.Imported() == p && pn.Name() != "_" && pn.Name() != "." {
			return pn.Name()
		}
	}
	return w.alias(p.Path())
}

// head is the twin's declaration up to the opening brace: the tape, result
// shadows, parameter shadows, then the original parameters.
func head(name, decl, extra string, s *signature, results []param) string {
	var b strings.Builder
	fmt.Fprintf(&b, "func %s%s(%s *%s.Tape", name, decl, tapeName, rt)
	b.WriteString(extra)
	for i := range s.results {
		fmt.Fprintf(&b, ", o%d__ *%s.Ref", i, rt)
	}
	for i := range s.params {
		fmt.Fprintf(&b, ", p%d__ *%s.Ref", i, rt)
	}
	for _, p := range s.params {
		fmt.Fprintf(&b, ", %s %s", p.name, p.typ)
	}
	b.WriteString(")")
	if len(results) > 0 {
		b.WriteString(" (")
		for i, r := range results {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%s %s", r.name, r.typ)
		}
		b.WriteString(")")
	}
	return b.String()
}
