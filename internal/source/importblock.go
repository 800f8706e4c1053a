package source

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// apply makes the change in the content, nil if that is not possible without
// moving what others wrote.
func (c *importChange) apply(content []byte) []byte {
	eol := c.text.native("\n")
	var cuts []span
	block := c.block()
	left := map[*ast.GenDecl]int{}
	for _, d := range c.decls() {
		left[d] = len(d.Specs)
		for _, s := range d.Specs {
			spec := s.(*ast.ImportSpec)
			if !c.drop[c.name(spec)] {
				continue
			}
			cut, ok := c.lines(content, spec)
			if d.Lparen.IsValid() && !ok {
				return nil // several on one line
			}
			left[d]--
			if d.Lparen.IsValid() {
				cuts = append(cuts, cut)
			}
		}
		if left[d] > 0 || d == block && len(c.add) > 0 && d.Lparen.IsValid() {
			continue
		}
		// Nothing is left of it: the declaration goes, with the blank line behind.
		cuts = slices.DeleteFunc(cuts, func(s span) bool { return s.from >= c.at(d.Pos()) && s.to <= c.at(d.End()) })
		cut, ok := c.lines(content, d)
		if !ok {
			return nil
		}
		if rest := content[cut.to:]; bytes.HasPrefix(rest, []byte(eol)) {
			cut.to += len(eol)
		}
		cuts = append(cuts, cut)
		if d == block {
			block = nil
		}
	}
	switch {
	case len(c.add) == 0:
	case block == nil:
		cuts = append(cuts, c.newBlock(content, eol))
	case block.Lparen.IsValid():
		cuts = append(cuts, c.intoBlock(content, block, eol)...)
	default:
		cuts = append(cuts, c.openBlock(content, block, eol))
	}
	slices.SortStableFunc(cuts, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var out bytes.Buffer
	last := 0
	for _, s := range cuts {
		if s.from < last {
			return nil
		}
		out.Write(content[last:s.from])
		out.WriteString(s.text)
		last = s.to
	}
	out.Write(content[last:])
	return c.formatted(out.Bytes())
}

// A span is replaced by a text.
type span struct {
	from, to int
	text     string
}

// decls are the import declarations that may change.
func (c *importChange) decls() []*ast.GenDecl {
	var list []*ast.GenDecl
	for _, d := range c.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			if len(g.Specs) == 1 && importPath(g.Specs[0].(*ast.ImportSpec)) == "C" {
				continue
			}
			list = append(list, g)
		}
	}
	return list
}

func (c *importChange) name(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	return c.text.index.nameOf(importPath(spec))
}

// block is the declaration that new imports join: the first with parentheses,
// else the first.
func (c *importChange) block() *ast.GenDecl {
	list := c.decls()
	for _, d := range list {
		if d.Lparen.IsValid() {
			return d
		}
	}
	if len(list) > 0 {
		return list[0]
	}
	return nil
}

// lines are the whole lines of a declaration or an import with its comments,
// false if something else stands on them.
func (c *importChange) lines(content []byte, n ast.Node) (span, bool) {
	from, to := c.at(n.Pos()), c.at(n.End())
	doc, comment := (*ast.CommentGroup)(nil), (*ast.CommentGroup)(nil)
	switch n := n.(type) {
	case *ast.ImportSpec:
		doc, comment = n.Doc, n.Comment
	case *ast.GenDecl:
		doc = n.Doc
		if len(n.Specs) == 1 && !n.Lparen.IsValid() {
			comment = n.Specs[0].(*ast.ImportSpec).Comment
		}
	}
	if doc != nil {
		from = c.at(doc.Pos())
	}
	if comment != nil {
		to = c.at(comment.End())
	}
	start := bytes.LastIndexByte(content[:from], '\n') + 1
	end := len(content)
	if i := bytes.IndexByte(content[to:], '\n'); i >= 0 {
		end = to + i + 1
	}
	blank := func(b []byte) bool { return len(bytes.TrimSpace(b)) == 0 }
	return span{start, end, ""}, blank(content[start:from]) && blank(content[to:end])
}

// newBlock puts the imports behind the package clause.
func (c *importChange) newBlock(content []byte, eol string) span {
	at := len(content)
	if i := bytes.IndexByte(content[c.at(c.file.Name.End()):], '\n'); i >= 0 {
		at = c.at(c.file.Name.End()) + i + 1
	}
	text := eol + "import " + strconv.Quote(c.add[0]) + eol
	if len(c.add) > 1 {
		text = eol + "import (" + eol + c.specs(c.add, eol) + ")" + eol
	}
	if at > 0 && content[at-1] != '\n' {
		text = eol + text
	}
	return span{at, at, text}
}

// openBlock makes a block of an import that stands alone.
func (c *importChange) openBlock(content []byte, d *ast.GenDecl, eol string) span {
	spec := d.Specs[0].(*ast.ImportSpec)
	from, to := c.at(spec.Pos()), c.at(spec.End())
	if spec.Comment != nil {
		to = c.at(spec.Comment.End())
	}
	own := "\t" + string(content[from:to]) + eol
	var b strings.Builder
	b.WriteString("(" + eol)
	for _, p := range c.add {
		if own != "" && group(importPath(spec)) == group(p) && importPath(spec) < p {
			b.WriteString(own)
			own = ""
		}
		b.WriteString("\t" + strconv.Quote(p) + eol)
	}
	if own != "" && group(importPath(spec)) != group(c.add[len(c.add)-1]) {
		b.WriteString(eol)
	}
	b.WriteString(own + ")")
	return span{from, to, b.String()}
}

func (c *importChange) specs(paths []string, eol string) string {
	var b strings.Builder
	for _, p := range paths {
		b.WriteString("\t" + strconv.Quote(p) + eol)
	}
	return b.String()
}

// group tells the standard library from the rest, which people keep apart.
func group(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return strings.Contains(first, ".")
}

// intoBlock puts every import among its like, in order.
func (c *importChange) intoBlock(content []byte, d *ast.GenDecl, eol string) []span {
	var out []span
	for _, p := range c.add {
		var before, after *ast.ImportSpec // of its like
		for _, s := range d.Specs {
			spec := s.(*ast.ImportSpec)
			if group(importPath(spec)) != group(p) {
				continue
			}
			if importPath(spec) < p {
				before = spec
			} else if after == nil {
				after = spec
			}
		}
		line := "\t" + strconv.Quote(p) + eol
		at := c.at(d.Rparen)
		switch {
		case before != nil:
			cut, _ := c.lines(content, before)
			at = cut.to
		case after != nil:
			cut, _ := c.lines(content, after)
			at = cut.from
		case len(d.Specs) > 0 && !group(p): // the standard library comes first
			cut, _ := c.lines(content, d.Specs[0])
			at, line = cut.from, line+eol
		case len(d.Specs) > 0:
			cut, _ := c.lines(content, d.Specs[len(d.Specs)-1])
			at, line = cut.to, eol+line
		}
		out = append(out, span{at, at, line})
	}
	return out
}

// formatted gives the import declarations the form that gofmt gives them, and
// leaves all else.
func (c *importChange) formatted(content []byte) []byte {
	clean, err := format.Source(content)
	if err != nil {
		return nil
	}
	from, ok := importSpans(content)
	to, ok2 := importSpans(clean)
	if !ok || !ok2 || len(from) != len(to) {
		return content
	}
	var out bytes.Buffer
	last := 0
	for i, s := range from {
		out.Write(content[last:s.from])
		out.WriteString(c.text.native(unixLines(string(clean[to[i].from:to[i].to]))))
		last = s.to
	}
	out.Write(content[last:])
	return out.Bytes()
}

// importSpans are the places of the import declarations.
func importSpans(content []byte) ([]span, bool) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", content, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return nil, false
	}
	var list []span
	for _, d := range file.Decls {
		list = append(list, span{from: fset.PositionFor(d.Pos(), false).Offset, to: fset.PositionFor(d.End(), false).Offset})
	}
	return list, true
}
