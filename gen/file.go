package gen

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"hash/fnv"
	"path/filepath"
	"strconv"
	"strings"
)

// fileWriter rewrites one file.
type fileWriter struct {
	*analysis
	sourceText
	unit *unit
	file *ast.File
	pos  *token.File
	name string

	ident        string // see id
	relOf, relIs string // see rel
	typeTexts    map[types.Type]string

	sites   siteTable
	tests   string   // the type whose methods are the twins of tests, empty if there are none
	bundles []string // composite literals of type rt.Bundle
	inits   []string // statements of the init function
	types   []string // texts of types that have a name of ours
	path    pathTable
	imports map[string]string // packages that twins need → alias
	notes   []Note
	serial  int

	lits  bool        // the function at work has literals
	heads []piece     // what changes in the text as it is written
	twins []twinText  // what comes after it
	left  []*funcDecl // functions that are not followed
	// edited are functions elsewhere whose twins what is written here needs.
	edited []*funcDecl

	refused map[*funcDecl]string // functions that cannot be followed as they should be, and why

	filled   []table  // see tables
	declared []table  // the tables of the package, in its first file
	fills    []string // calls that fill them

	assembled *rewrittenFile
}

type twinText struct {
	text string
	fn   *funcDecl
	at   token.Pos // where it stands
}

// id makes names of the file's own, of its name.
func (w *fileWriter) id() string {
	if w.ident == "" {
		w.ident = fileID(w.name)
	}
	return w.ident
}

// fileID tells the files of a package apart.
func fileID(name string) string {
	h := fnv.New32a()
	h.Write([]byte(filepath.Base(name)))
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// functions writes the twins of the file's functions.
func (w *fileWriter) functions() {
	inits := 0
	for _, d := range w.file.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		obj, ok := w.unit.TypesInfo.Defs[fd.Name].(*types.Func)
		if !ok {
			continue
		}
		if fd.Name.Name == "init" && fd.Recv == nil {
			obj = w.initFunc(w.file, obj, inits)
			inits++
		}
		f := w.lookup(obj)
		if f == nil || f.decl != fd {
			continue
		}
		if !f.twinned() {
			w.left = append(w.left, f)
			continue
		}
		text, edits, err := w.twin(f)
		if err != nil {
			w.refused[f] = err.Error()
			continue
		}
		w.heads = append(w.heads, edits...)
		w.twins = append(w.twins, twinText{text, f, f.start()})
	}
	w.twins = append(w.twins, w.interfaceTwins()...)
	w.promotions()
	w.onceVariables()
	w.initialVariables()
}

// assemble gives the new text of the file, nil if nothing in it changes.
func (w *fileWriter) assemble() *rewrittenFile {
	rf := &rewrittenFile{unit: w.unit, file: w.file}
	heads := w.heads
	for _, f := range w.left {
		if text := w.opaqueEntry(f); text != "" {
			at := f.decl.Body.Lbrace + 1
			heads = append(heads, piece{at, at, text})
			rf.spans = append(rf.spans, span{fn: f})
		}
	}
	for _, f := range w.edited {
		rf.spans = append(rf.spans, span{fn: f})
	}
	if len(heads)+len(w.twins)+len(w.declared) > 0 {
		imp := fmt.Sprintf("; import %s %q", rt, TapePath)
		for _, path := range sortedKeys(w.imports) {
			if w.uses(w.imports[path] + ".") {
				imp += fmt.Sprintf("; import %s %q", w.imports[path], path)
			}
		}
		heads = append(heads, piece{w.file.Name.End(), w.file.Name.End(), imp})
	}
	if len(w.declared) > 0 {
		heads = append(heads, w.firstVariables())
	}
	if len(heads) == 0 {
		return nil
	}

	end := w.base + tokenPos(len(w.src))
	// A byte order mark is allowed at the very beginning only.
	start := w.base
	if bytes.HasPrefix(w.src, []byte("\ufeff")) {
		start += 3
	}
	text := w.splice(start, end, heads...)
	fill := w.fill()
	size := len(text) + len(fill) + 1<<10
	for _, t := range w.twins {
		size += len(t.text) + len(w.name) + 32
	}
	b := bytes.NewBuffer(make([]byte, 0, size))
	fmt.Fprintf(b, "//line %s:1:%d\n", w.name, start-w.base+1)
	b.WriteString(text)
	for _, t := range w.twins {
		b.WriteString(w.lineComment(t.at))
		from := b.Len()
		b.WriteString(t.text)
		b.WriteString("\n")
		rf.spans = append(rf.spans, span{from, b.Len(), t.fn})
	}
	fmt.Fprintf(b, "\n//line %s:1:1\n", w.name)
	if w.tests != "" {
		fmt.Fprintf(b, "type %s struct{}\n", w.tests)
	}
	for i, t := range w.types {
		fmt.Fprintf(b, "type %s = %s\n", w.typeAlias(i), t)
	}
	b.WriteString(fill)
	if len(w.inits) > 0 {
		fmt.Fprintf(b, "func init() { %s }\n", strings.Join(w.inits, "; "))
	}
	rf.File = File{Path: w.name, Content: b.Bytes()}
	return rf
}

// lineComment says that what follows stands on the line of pos.
func (w *fileWriter) lineComment(pos token.Pos) string {
	return fmt.Sprintf("\n//line %s:%d:1\n", w.name, w.prog.Fset.PositionFor(pos, false).Line)
}

// onLineOf says that what follows stands at pos though it is written on another line,
// that of from; nothing if both have one line. A call is on the line of its
// parenthesis, for stack traces and for who asks for its caller.
func (w *fileWriter) onLineOf(pos, from token.Pos) string {
	p := w.prog.Fset.PositionFor(pos, false)
	if p.Line == w.prog.Fset.PositionFor(from, false).Line || p != w.prog.Fset.Position(pos) {
		return "" // or the file has such comments of its own
	}
	return fmt.Sprintf("/*line :%d:%d*/", p.Line, p.Column)
}

// uses reports whether the new text has a package's name. What was named may
// not have been written in the end.
func (w *fileWriter) uses(name string) bool {
	for _, p := range w.heads {
		if strings.Contains(p.text, name) {
			return true
		}
	}
	for _, t := range w.twins {
		if strings.Contains(t.text, name) {
			return true
		}
	}
	for _, list := range [][]string{w.inits, w.types} {
		for _, s := range list {
			if strings.Contains(s, name) {
				return true
			}
		}
	}
	return false
}

// alias imports a package under a name of our own.
func (w *fileWriter) alias(path string) string {
	if a, ok := w.imports[path]; ok {
		return a
	}
	h := fnv.New32a()
	h.Write([]byte(path))
	a := "p" + strconv.FormatUint(uint64(h.Sum32()), 36) + "__"
	w.imports[path] = a
	return a
}
