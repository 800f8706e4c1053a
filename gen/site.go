package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// siteInfo describes a recording place before it is written.
type siteInfo struct {
	node     ast.Node
	decl     token.Pos // of a parameter: where it is declared, instead of node
	src      string    // default: the node's text
	name     string
	op       string
	typ      types.Type
	id       string
	args     []argInfo
	names    []string
	degraded string
	deep     bool
	tb       int // number of the argument that is a test, from 1
}

type argInfo struct {
	src   string
	konst bool
}

// A siteTable is the text of the sites of a file, as tape.Sites reads it. One
// long string is nothing to a parser or a compiler; as many composite literals
// are much.
type siteTable struct {
	text strings.Builder
	n    int
	file string // of the last position, with its colon
}

// add adds a line and gives its number.
func (t *siteTable) add(p token.Position, file string, s *siteInfo, typ string) int {
	b := &t.text
	if t.n > 0 {
		b.WriteByte('\n')
	}
	if t.n == 0 || file != t.file {
		t.file = file
		b.WriteString(escapeField(file) + ":")
	}
	b.WriteString(strconv.Itoa(p.Line))
	b.WriteByte(':')
	b.WriteString(strconv.Itoa(p.Column))
	tabs := 0 // not yet written
	field := func(kind, v string) {
		for ; tabs > 0; tabs-- {
			b.WriteByte('\t')
		}
		b.WriteString(kind)
		b.WriteString(escapeField(v))
	}
	src, name := oneLine(s.src), s.name
	if name == src && name != "" {
		name = "="
	}
	for _, v := range [...]string{src, name, typ} {
		tabs++
		if v != "" {
			field("", v)
		}
	}
	rare := func(kind, v string) {
		tabs++
		field(kind, v)
	}
	if s.op != "" || s.id != "" || s.degraded != "" || s.deep || s.tb > 0 || len(s.args) > 0 || len(s.names) > 0 {
		for _, f := range [...]struct{ kind, v string }{{"o", s.op}, {"i", s.id}, {"d", s.degraded}} {
			if f.v != "" {
				rare(f.kind, f.v)
			}
		}
		if s.deep {
			rare("D", "")
		}
		if s.tb > 0 {
			rare("t", strconv.Itoa(s.tb))
		}
		for _, a := range s.args {
			kind := "a"
			if a.konst {
				kind = "c"
			}
			rare(kind, oneLine(a.src))
		}
		for _, n := range s.names {
			rare("n", n)
		}
	}
	t.n++
	return t.n - 1
}

var fieldEscapes = strings.NewReplacer("\t", "\bt", "\n", "\bn", "\b", "\bb")

func escapeField(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '\t' || c == '\n' || c == '\b' {
			return fieldEscapes.Replace(s)
		}
	}
	return s
}

// site adds a site to the file's table and gives a pointer to it.
func (w *fileWriter) site(s siteInfo) string {
	if s.src == "" {
		s.src = w.text(s.node.Pos(), s.node.End())
	}
	pos := s.node.Pos()
	if s.id != "" && s.decl.IsValid() {
		pos = s.decl
	}
	p := w.position(pos)
	n := w.sites.add(p, w.rel(p.Filename), &s, w.typeString(s.typ))
	return "&sites__" + w.id() + "[" + strconv.Itoa(n) + "]"
}

func (w *fileWriter) at(pos token.Pos) string {
	p := w.position(pos)
	return fmt.Sprintf("%s:%d:%d", w.rel(p.Filename), p.Line, p.Column)
}

// position is that of the file set, mostly of something in this file.
func (w *fileWriter) position(pos token.Pos) token.Position {
	if w.file.FileStart <= pos && pos <= w.file.FileEnd {
		return w.pos.Position(pos)
	}
	return w.prog.Fset.Position(pos)
}

// rel is [Program.Rel] of the file that positions in this one are in, nearly
// always the same.
func (w *fileWriter) rel(name string) string {
	if name != w.relOf {
		w.relOf, w.relIs = name, w.prog.Rel(name)
	}
	return w.relIs
}
