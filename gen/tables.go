package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
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
	entries   []string
}

// tables lists the tables of a file that are not empty.
func (w *fileWriter) tables() []table {
	var ts []table
	for _, t := range []table{{"sites", "Site", w.sites}, {"bundles", "Bundle", w.bundles}} {
		if len(t.entries) > 0 {
			ts = append(ts, table{t.name + "__" + w.id(), fmt.Sprintf("[%d]%s.%s", len(t.entries), rt, t.typ), t.entries})
		}
	}
	if len(w.path.blocks) > 0 {
		ts = append(ts, table{w.pathName(), rt + ".Path", w.path.fields()})
	}
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
		fmt.Fprintf(&b, "%s = %s{%s}; ", t.name, t.typ, strings.Join(t.entries, ", "))
	}
	if w.parameters() {
		sites, bundles := "nil", "nil"
		if len(w.sites) > 0 {
			sites = ts[0].name + "[:]"
		}
		if len(w.bundles) > 0 {
			bundles = fmt.Sprintf("bundles__%s[:]", w.id())
		}
		fmt.Fprintf(&b, "return %s.Parameters(%s) }\n", rt, strings.Join(append([]string{sites, bundles}, w.params...), ", "))
		return b.String()
	}
	b.WriteString("return 0 }\n")
	return b.String()
}

// parameters reports whether the file has parameters to tell the recorder of.
func (w *fileWriter) parameters() bool {
	return len(w.params) > 0 || slices.ContainsFunc(w.bundles, func(b string) bool { return !strings.Contains(b, `ID: ""`) })
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
