package source

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An importChange is what edits make of the imports of a file: packages that a
// new text uses come, those that nothing uses any more go.
type importChange struct {
	add  []string        // paths, sorted
	drop map[string]bool // names by which the file knew them
	text *text           // of the file
	file *ast.File       // as spliced
	fset *token.FileSet  // of file
	at   func(token.Pos) int
}

// withImports returns the spliced content of a file with its imports as the
// edits need them, and how many bytes that moved what stands behind them.
func (t *text) withImports(content []byte, edits []*edit) ([]byte, int) {
	c := t.importChange(content, edits)
	if c == nil {
		return content, 0
	}
	out := c.apply(content)
	if out == nil {
		return content, 0
	}
	return out, len(out) - len(content)
}

// importChange compares what the file and the spliced content use. It is nil if
// nothing changes, or nothing is known.
func (t *text) importChange(content []byte, edits []*edit) *importChange {
	was := t.bases()
	fset, file, now := parseBases(content)
	if was == nil || now == nil {
		return nil
	}
	c := &importChange{drop: map[string]bool{}, text: t, file: file, fset: fset}
	c.at = func(pos token.Pos) int { return fset.PositionFor(pos, false).Offset }
	known := map[string]bool{}
	for _, spec := range file.Imports {
		name := localName(edits[0].param, spec)
		known[name] = true
		// A name that the file did not use was guessed wrongly.
		if name != "_" && name != "." && was[name] != nil && now[name] == nil {
			c.drop[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if known[name] || was[name] != nil || declared(edits[0].param, name) {
			continue
		}
		if p := t.packageNamed(edits, name, now[name]); p != "" {
			c.add = append(c.add, p)
		}
	}
	slices.Sort(c.add)
	if len(c.add) == 0 && len(c.drop) == 0 {
		return nil
	}
	return c
}

// bases are the names in the file that may stand for packages.
func (t *text) bases() map[string]map[string]bool {
	t.once.Do(func() { _, _, t.used = parseBases(t.data) })
	return t.used
}

// parseBases lists the selectors of every name that the file itself does not
// declare: of strings.ToUpper and strings.Fields that is ToUpper and Fields
// under strings.
func parseBases(content []byte) (*token.FileSet, *ast.File, map[string]map[string]bool) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", content, parser.ParseComments)
	if err != nil {
		return nil, nil, nil
	}
	open := map[*ast.Ident]bool{}
	for _, id := range file.Unresolved {
		open[id] = true
	}
	bases := map[string]map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := sel.X.(*ast.Ident); ok && open[id] {
			if bases[id.Name] == nil {
				bases[id.Name] = map[string]bool{}
			}
			bases[id.Name][sel.Sel.Name] = true
		}
		return true
	})
	return fset, file, bases
}

// localName is the name by which a file knows a package that it imports.
func localName(p *Param, spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	imported := importPath(spec)
	if len(p.pkgs) > 0 {
		if dep := p.pkgs[0].Imports[imported]; dep != nil && dep.Name != "" {
			return dep.Name
		}
	}
	return guessedName(imported)
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// guessedName is the name that a package of this path has, usually.
func guessedName(imported string) string {
	dir, last := path.Split(imported)
	if majorVersion.MatchString(last) && dir != "" {
		last = path.Base(dir)
	}
	return last
}

// declared reports whether a name means something in the package or everywhere.
func declared(p *Param, name string) bool {
	if types.Universe.Lookup(name) != nil {
		return true
	}
	return p.Syntax != nil && p.Syntax.Pkg != nil && p.Syntax.Pkg.Scope().Lookup(name) != nil
}

// packageNamed finds the package that a new text means by a name: one that the
// package of the file imports elsewhere, else one of the standard library that
// a body may use, else one that the module imports elsewhere. Nothing that the
// module does not require already is taken.
func (t *text) packageNamed(edits []*edit, name string, symbols map[string]bool) string {
	p := edits[0].param
	if len(p.pkgs) > 0 {
		for _, f := range p.pkgs[0].Syntax {
			for _, spec := range f.Imports {
				if spec.Name == nil && localName(p, spec) == name {
					return importPath(spec)
				}
			}
		}
	}
	if std := standardWith(name, symbols); std != "" {
		return std
	}
	for _, e := range edits {
		for _, entry := range e.param.Allow {
			if guessedName(entry) == name {
				return entry // a package of allow=; an entry for a symbol has another end
			}
		}
	}
	return t.index.elsewhere(name)
}

// Of the two packages rand the newer one is meant by what only it has.
var randV2 = []string{"ChaCha8", "Int32N", "Int64N", "IntN", "N", "NewChaCha8", "NewPCG", "PCG", "Uint32N", "Uint64N", "UintN"}

// standardWith returns the standard package of this name that a body may use.
func standardWith(name string, symbols map[string]bool) string {
	if name == "rand" {
		if slices.ContainsFunc(randV2, func(s string) bool { return symbols[s] }) {
			return "math/rand/v2"
		}
		return "math/rand"
	}
	best := ""
	for p := range Allowed {
		if guessedName(p) == name && (best == "" || len(p) < len(best) || len(p) == len(best) && p < best) {
			best = p
		}
	}
	return best
}

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
