package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// The descriptions that twins refer to are variables of the package. The
// program's own variables must be initialised in the order that they would be
// without them, but those whose initialisers call twins have to wait for what
// the twins refer to. So the tables are declared before any other variable,
// and filled at once.

// A table is a package variable that holds descriptions.
type table struct {
	name, typ string
	fill      string // the statement that fills it
}

// tables lists the tables of a file that are not empty, once all is written.
func (w *fileWriter) tables() []table {
	if w.filled != nil {
		return w.filled
	}
	ts := []table{}
	if n := w.sites.n; n > 0 {
		name := "sites__" + w.id()
		ts = append(ts, table{name, fmt.Sprintf("[%d]%s.Site", n, rt), fmt.Sprintf("%s.Sites(%s[:], %s)", rt, name, strconv.Quote(w.sites.text.String()))})
	}
	literal := func(name, typ string, entries []string) {
		ts = append(ts, table{name, typ, fmt.Sprintf("%s = %s{%s}", name, typ, strings.Join(entries, ", "))})
	}
	if n := len(w.bundles); n > 0 {
		literal("bundles__"+w.id(), fmt.Sprintf("[%d]%s.Bundle", n, rt), w.bundles)
	}
	if len(w.path.blocks) > 0 {
		literal(w.pathName(), rt+".Path", w.path.fields())
	}
	w.filled = ts
	return ts
}

// filler is the name of the function that fills the tables of the file.
func (w *fileWriter) filler() string { return "fill__" + w.id() }

// fill writes the function that fills the tables of the file, if there is
// anything to fill.
func (w *fileWriter) fill() string {
	ts := w.tables()
	if len(ts) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "func %s() int { ", w.filler())
	for _, t := range ts {
		b.WriteString(t.fill + "; ")
	}
	if len(w.bundles) > 0 {
		fmt.Fprintf(&b, "%s.Bundles(bundles__%s[:]); ", rt, w.id())
	}
	b.WriteString("return 0 }\n")
	return b.String()
}

// declareTables has the first file of a package declare and fill the tables of
// all of them. The files of a test, which the package is also built without,
// have a first file of their own.
func declareTables(files []*fileWriter) {
	var first, firstTest *fileWriter
	for _, w := range files {
		at := &first
		if strings.HasSuffix(w.name, "_test.go") {
			at = &firstTest
		}
		if *at == nil {
			*at = w
		}
		ts := w.tables()
		if len(ts) == 0 {
			continue
		}
		(*at).declared = append((*at).declared, ts...)
		(*at).fills = append((*at).fills, w.filler()+"()")
	}
}

// firstVariables gives the piece that declares and fills tables before any
// variable of the file.
func (w *fileWriter) firstVariables() piece {
	at := w.file.Name.End()
	for _, d := range w.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			at = g.End()
		}
	}
	var b strings.Builder
	for _, t := range w.declared {
		fmt.Fprintf(&b, "; var %s %s", t.name, t.typ)
	}
	fmt.Fprintf(&b, "; var _ = %s", strings.Join(w.fills, " + "))
	return piece{at, at, b.String()}
}
