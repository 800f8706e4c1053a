package directive

import (
	"go/ast"
	"go/token"
	"strings"
)

// An index finds the places of a file by line. Lines are those of the file
// itself: //line directives do not move them.
type index struct {
	file     *ast.File
	tfile    *token.File
	places   []*place // outermost first
	starting map[int][]*place
	ending   map[int][]*place
	code     map[int]token.Pos // first code that begins or ends on a line
	trailing map[*ast.CommentGroup]bool
	leading  map[int]*ast.CommentGroup // by the line after its end
}

func newIndex(fset *token.FileSet, file *ast.File) *index {
	x := &index{
		file:     file,
		tfile:    fset.File(file.FileStart),
		starting: map[int][]*place{},
		ending:   map[int][]*place{},
		code:     map[int]token.Pos{},
		trailing: map[*ast.CommentGroup]bool{},
		leading:  map[int]*ast.CommentGroup{},
	}
	if x.tfile == nil {
		return nil
	}
	x.code[x.line(file.Package)] = file.Package
	for _, d := range file.Decls {
		x.markCode(d)
		x.decl(d)
	}
	for _, g := range file.Comments {
		if pos, ok := x.code[x.line(g.Pos())]; ok && pos < g.Pos() {
			x.trailing[g] = true
		} else {
			x.leading[x.line(g.End())+1] = g
		}
	}
	return x
}

// line is nil-safe for positions that broken syntax left out.
func (x *index) line(pos token.Pos) int {
	if !pos.IsValid() || pos < token.Pos(x.tfile.Base()) || pos > token.Pos(x.tfile.Base()+x.tfile.Size()) {
		return 0
	}
	return x.tfile.PositionFor(pos, false).Line
}

// markCode notes the lines on which code begins or ends.
func (x *index) markCode(root ast.Node) {
	mark := func(pos token.Pos) {
		l := x.line(pos)
		if old, ok := x.code[l]; !ok || pos < old {
			x.code[l] = pos
		}
	}
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil, *ast.Comment, *ast.CommentGroup:
			return false
		case *ast.FuncDecl:
			mark(n.Type.Pos())
			mark(n.End() - 1)
		case *ast.Field:
			// Its Pos may be that of its names only; they are visited.
		default:
			if n.Pos().IsValid() {
				mark(n.Pos())
				mark(n.End() - 1)
			}
		}
		return true
	})
}

func (x *index) add(p *place) {
	x.places = append(x.places, p)
	s, e := x.line(p.start), x.line(p.end-1)
	x.starting[s] = append(x.starting[s], p)
	x.ending[e] = append(x.ending[e], p)
}

func (x *index) other(n ast.Node, what string) {
	x.add(&place{node: n, what: what, start: n.Pos(), end: n.End()})
}

func (x *index) decl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		within := ""
		what := "function " + d.Name.Name
		if d.Recv != nil {
			within = receiverName(d.Recv)
			what = "method " + join(within, d.Name.Name)
		}
		x.add(&place{
			node: d, what: what, start: d.Type.Pos(), end: d.End(),
			bundle: true, skip: true,
			names: []*ast.Ident{d.Name}, within: within, docs: []*ast.CommentGroup{d.Doc}, fn: d,
		})
		path := join(within, d.Name.Name)
		x.walk(d.Type, path)
		if d.Body != nil {
			x.walk(d.Body, path)
		}
	case *ast.GenDecl:
		x.genDecl(d, "", false)
	}
}

// genDecl adds the specifications of a declaration. A directive above a
// parenthesised declaration is about its only specification.
func (x *index) genDecl(d *ast.GenDecl, path string, local bool) {
	for _, spec := range d.Specs {
		p := &place{node: spec, start: spec.Pos(), end: spec.End(), docs: []*ast.CommentGroup{d.Doc}}
		if !d.Lparen.IsValid() || len(d.Specs) == 1 {
			p.start, p.end = d.Pos(), d.End()
		}
		switch spec := spec.(type) {
		case *ast.ValueSpec:
			p.what = valueWhat(d.Tok, spec.Names, local)
			p.value = true
			p.names, p.values, p.within, p.tok = spec.Names, spec.Values, path, d.Tok
			p.docs = append(p.docs, spec.Doc, spec.Comment)
			x.add(p)
			if d.Lparen.IsValid() && len(d.Specs) == 1 {
				inner := *p
				inner.start, inner.end = spec.Pos(), spec.End()
				x.add(&inner)
			}
			name := path
			if len(spec.Names) > 0 && path == "" {
				name = spec.Names[0].Name
			}
			if spec.Type != nil {
				x.walk(spec.Type, name)
			}
			for _, v := range spec.Values {
				x.walk(v, name)
			}
		case *ast.TypeSpec:
			p.what = "type " + spec.Name.Name
			x.add(p)
			x.walk(spec.Type, join(path, spec.Name.Name))
		default:
			p.what = "an import"
			x.add(p)
		}
	}
	if d.Lparen.IsValid() && len(d.Specs) != 1 {
		x.add(&place{node: d, what: "a group of declarations", start: d.Pos(), end: d.End()})
	}
}

func (x *index) walk(root ast.Node, path string) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CommentGroup:
			return false
		case *ast.StructType:
			x.fields(n, path)
			return false
		case *ast.InterfaceType:
			x.methods(n, path)
			return false
		case *ast.FuncType:
			for _, l := range []*ast.FieldList{n.TypeParams, n.Params, n.Results} {
				if l != nil {
					for _, f := range l.List {
						x.other(f, "a parameter")
					}
				}
			}
		case *ast.BlockStmt:
			x.stmts(n.List, path)
		case *ast.CaseClause:
			x.other(n, "a case clause")
			x.stmts(n.Body, path)
		case *ast.CommClause:
			x.other(n, "a case clause")
			x.stmts(n.Body, path)
		case *ast.LabeledStmt:
			x.stmts([]ast.Stmt{n.Stmt}, path)
		case *ast.GenDecl:
			x.genDecl(n, path, true)
			return false
		}
		return true
	})
}

func (x *index) stmts(list []ast.Stmt, path string) {
	for _, s := range list {
		switch s := s.(type) {
		case nil, *ast.EmptyStmt, *ast.CaseClause, *ast.CommClause, *ast.BadStmt:
		case *ast.AssignStmt:
			p := &place{node: s, what: "an assignment", start: s.Pos(), end: s.End(), skip: true}
			if s.Tok == token.DEFINE {
				p.value, p.values, p.within = true, s.Rhs, path
				for _, l := range s.Lhs {
					if id, ok := l.(*ast.Ident); ok {
						p.names = append(p.names, id)
					}
				}
				p.what = valueWhat(token.VAR, p.names, true)
			}
			x.add(p)
		default:
			x.add(&place{node: s, what: stmtWhat(s), start: s.Pos(), end: s.End(), skip: true})
		}
	}
}

func (x *index) fields(st *ast.StructType, path string) {
	for _, f := range st.Fields.List {
		names := f.Names
		if len(names) == 0 {
			if id := typeIdent(f.Type); id != nil {
				names = []*ast.Ident{id}
			}
		}
		p := &place{
			node: f, what: "field", start: f.Pos(), end: f.End(),
			value: len(names) > 0, names: names, within: path,
			docs: []*ast.CommentGroup{f.Doc, f.Comment},
		}
		inner := path
		for i, n := range names {
			if i > 0 {
				p.what += ","
			} else {
				inner = join(path, n.Name)
			}
			p.what += " " + n.Name
		}
		x.add(p)
		x.walk(f.Type, inner)
	}
}

func (x *index) methods(it *ast.InterfaceType, path string) {
	for _, f := range it.Methods.List {
		p := &place{node: f, what: "an embedded interface", start: f.Pos(), end: f.End()}
		if len(f.Names) > 0 {
			p.what = "interface method " + join(path, f.Names[0].Name)
			p.bundle, p.names, p.within = true, f.Names, path
			p.docs = []*ast.CommentGroup{f.Doc, f.Comment}
		}
		x.add(p)
		x.walk(f.Type, path)
	}
}

// doc returns the text of the comments of a place without directives.
func (x *index) doc(p *place) string {
	groups := append([]*ast.CommentGroup{x.leading[x.line(p.start)]}, p.docs...)
	for _, g := range groups {
		if g == nil || g == x.file.Doc {
			continue
		}
		if text := strings.TrimSpace(g.Text()); text != "" {
			return text
		}
	}
	return ""
}
