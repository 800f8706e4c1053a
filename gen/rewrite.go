package gen

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"hash/fnv"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// Names that the generated code uses. Each ends in two underscores or begins
// with Trace__, so that no ordinary program has them.
const (
	rt       = "rt__" // the recorder package
	tapeName = "t__"
)

// yes is true, whatever the program calls so.
const yes = "0 == 0"

// Instrument rewrites the flow functions and bundles of the program. The
// program on disk is not touched.
//
// The rewritten packages are type-checked in memory. A function whose twin
// does not type-check is left alone and noted, so the result always compiles
// if the program does.
func (p *Program) Instrument(ctx context.Context) (*Output, error) {
	a := analyze(p)
	c, err := a.newChecker()
	if err != nil {
		return nil, err
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out, files, err := a.rewrite()
		if err != nil {
			return nil, err
		}
		bad, err := c.check(files)
		if err != nil {
			return nil, err
		}
		if len(bad) == 0 {
			return out, nil
		}
		// Every round leaves more of at least one function alone, so this
		// ends.
		for f, why := range bad {
			switch {
			case f.opaque == "":
				f.giveUp(why)
			case !f.untouched:
				f.untouched = true
			default:
				return nil, fmt.Errorf("%s: %s: %s", p.Fset.Position(f.decl.Pos()), shortName(f.obj), why)
			}
		}
	}
}

// rewrittenFile is a file's new text with the functions that it came from.
type rewrittenFile struct {
	File
	unit  *unit
	file  *ast.File // as it was loaded
	spans []span    // of the twins, by line of the new text
}

// span tells which function the lines of a rewritten file belong to.
type span struct {
	from, to int // offsets in Content
	fn       *funcDecl
}

// rewrite writes every file anew. Files are written at the same time, so what
// a writer finds out about a function is told to the others in a second round.
func (a *analysis) rewrite() (*Output, []*rewrittenFile, error) {
	writers, err := a.writers()
	if err != nil {
		return nil, nil, err
	}
	write := func(w *fileWriter) bool { return true }
	for write != nil { // ends, as every round leaves less to be followed
		var todo []func()
		for _, ws := range writers {
			for i, w := range ws {
				if write(w) {
					ws[i] = w.again()
					todo = append(todo, ws[i].functions)
				}
			}
		}
		together(todo)
		var refused []*funcDecl
		for _, ws := range writers {
			for _, w := range ws {
				for f, why := range w.refused {
					f.giveUp(why)
					refused = append(refused, f)
				}
				w.refused = nil
			}
		}
		write = a.concerned(refused)
	}

	out := &Output{}
	var todo []func()
	for _, ws := range writers {
		for _, w := range ws {
			todo = append(todo, func() { w.tables() })
		}
	}
	together(todo)
	todo = nil
	for _, ws := range writers {
		declareTables(ws)
		for _, w := range ws {
			todo = append(todo, func() { w.assembled = w.assemble() })
		}
	}
	together(todo)
	var files []*rewrittenFile
	for _, ws := range writers {
		for _, w := range ws {
			if rf := w.assembled; rf != nil {
				files = append(files, rf)
				out.Files = append(out.Files, rf.File)
			}
			out.Notes = append(out.Notes, w.notes...)
		}
	}
	for _, f := range append(a.order[:len(a.order):len(a.order)], a.interfaces...) {
		if n, ok := a.note(f); ok {
			out.Notes = append(out.Notes, n)
		}
	}
	out.Notes = append(out.Notes, a.unreachedSkips()...)
	out.Notes = append(out.Notes, a.cgoFiles()...)
	sort.Slice(out.Files, func(i, j int) bool { return out.Files[i].Path < out.Files[j].Path })
	sort.SliceStable(out.Notes, func(i, j int) bool {
		p, q := out.Notes[i].Pos, out.Notes[j].Pos
		if p.Filename != q.Filename {
			return p.Filename < q.Filename
		}
		return p.Offset < q.Offset
	})
	return out, files, nil
}

// together runs functions at the same time, as many as there are processors.
func together(todo []func()) {
	var running sync.WaitGroup
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, f := range todo {
		limit <- struct{}{}
		running.Go(func() {
			f()
			<-limit
		})
	}
	running.Wait()
}

// writers makes a writer for each file that is ours to rewrite, by package.
func (a *analysis) writers() ([][]*fileWriter, error) {
	var all [][]*fileWriter
	for _, u := range a.units {
		var ws []*fileWriter
		for _, f := range u.Syntax {
			name := a.prog.fileName(f)
			if !u.owns[name] || strings.HasPrefix(u.path+"/", RuntimePath+"/") {
				continue
			}
			src, err := a.prog.source(name)
			if err != nil {
				return nil, err
			}
			ws = append(ws, &fileWriter{analysis: a, unit: u, file: f, name: name,
				sourceText: sourceText{src, f.FileStart}, pos: a.prog.Fset.File(f.FileStart)})
		}
		all = append(all, ws)
	}
	return all, nil
}

// again is a writer of the same file that has written nothing.
func (w *fileWriter) again() *fileWriter {
	return &fileWriter{analysis: w.analysis, unit: w.unit, file: w.file, name: w.name, sourceText: w.sourceText, pos: w.pos,
		imports: map[string]string{}, refused: map[*funcDecl]string{}}
}

// concerned tells which files may have to be written otherwise now that some
// functions are not followed: those that declare them, or use a name that is
// theirs. It is nil if there are none.
func (a *analysis) concerned(refused []*funcDecl) func(*fileWriter) bool {
	if len(refused) == 0 {
		return nil
	}
	if len(a.interfaces) > 0 { // their twins name methods that the source does not
		return func(*fileWriter) bool { return true }
	}
	names := map[string]bool{}
	for _, f := range refused {
		names[f.obj.Name()] = true
	}
	files := map[*ast.File]bool{}
	for _, f := range a.order {
		if files[f.file] {
			continue
		}
		for _, n := range f.outline.names { // with its own
			if names[n.id.Name] {
				files[f.file] = true
				break
			}
		}
	}
	return func(w *fileWriter) bool { return files[w.file] }
}

func (a *analysis) note(f *funcDecl) (Note, bool) {
	n := Note{Pos: a.prog.Fset.Position(f.pos()), Func: shortName(f.obj)}
	switch {
	case f.opaque != "" && (f.flow != "" || f.bundle != nil):
		n.Kind, n.Reason = NoteOpaque, f.opaque
	case f.bundle != nil:
		n.Kind, n.Reason = NoteFlow, "bundle"
		switch {
		case f.iface && f.holds:
			n.Reason = "bundle, whatever answers; methods that hold parameters are followed inside"
			if f.bundle.Expand {
				n.Reason = "bundle, whatever answers; methods are followed inside: expand"
			}
		case f.iface:
			n.Reason = "bundle, whatever answers"
		case f.inside != "":
			n.Reason += ", followed inside: " + f.inside
		case f.closed != "":
			n.Kind, n.Reason = NoteDegraded, "the body of the bundle cannot be followed: "+f.closed
		case f.hides != "":
			n.Reason += ", one operator with bundle " + f.hides + " inside it (expand follows the body)"
		}
	case f.flow != "":
		n.Kind, n.Reason = NoteFlow, f.flow
	default:
		return n, false
	}
	return n, true
}

// shortName is f, T.m or (*T).m without the package.
func shortName(f *types.Func) string {
	sig := f.Type().(*types.Signature)
	if r := sig.Recv(); r != nil {
		t, star := r.Type(), ""
		if p, ok := t.(*types.Pointer); ok {
			t, star = p.Elem(), "*"
		}
		if n, ok := types.Unalias(t).(*types.Named); ok {
			if star != "" {
				return "(*" + n.Obj().Name() + ")." + f.Name()
			}
			return n.Obj().Name() + "." + f.Name()
		}
	}
	return f.Name()
}

// twinName is the name of a function's twin. It is exported, so that other
// packages of the module can call it, and never begins with Test, Benchmark,
// Fuzz or Example.
func twinName(f *types.Func) string {
	if r := f.Type().(*types.Signature).Recv(); r != nil {
		t := r.Type()
		if p, ok := t.(*types.Pointer); ok {
			t = p.Elem()
		}
		if n, ok := types.Unalias(t).(*types.Named); ok {
			return "Trace__" + n.Obj().Name() + "__" + f.Name()
		}
	}
	return "Trace__" + f.Name()
}

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
		h := fnv.New32a()
		h.Write([]byte(filepath.Base(w.name)))
		w.ident = strconv.FormatUint(uint64(h.Sum32()), 36)
	}
	return w.ident
}

// functions writes the twins of the file's functions.
func (w *fileWriter) functions() {
	for _, d := range w.file.Decls {
		fd, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		obj, ok := w.unit.TypesInfo.Defs[fd.Name].(*types.Func)
		if !ok {
			continue
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

// typeString is the type as people write it, empty if it is not known before
// the program runs.
func (w *fileWriter) typeString(t types.Type) string {
	if t == nil {
		return ""
	}
	s, ok := w.typeTexts[t]
	if !ok {
		s = typeString(t)
		if w.typeTexts == nil {
			w.typeTexts = map[types.Type]string{}
		}
		w.typeTexts[t] = s
	}
	return s
}

func typeString(t types.Type) string {
	if hasTypeParam(t) {
		return ""
	}
	if b, ok := t.(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		t = types.Default(t)
	}
	s := types.TypeString(t, func(p *types.Package) string { return p.Name() })
	return oneLine(s)
}

func hasTypeParam(t types.Type) bool {
	seen := map[types.Type]bool{}
	var has func(types.Type) bool
	has = func(t types.Type) bool {
		if t == nil || seen[t] {
			return false
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.TypeParam:
			return true
		case *types.Alias:
			return has(types.Unalias(t))
		case *types.Named:
			for i := 0; i < t.TypeArgs().Len(); i++ {
				if has(t.TypeArgs().At(i)) {
					return true
				}
			}
		case *types.Pointer:
			return has(t.Elem())
		case *types.Slice:
			return has(t.Elem())
		case *types.Array:
			return has(t.Elem())
		case *types.Chan:
			return has(t.Elem())
		case *types.Map:
			return has(t.Key()) || has(t.Elem())
		case *types.Signature:
			return has(t.Params()) || has(t.Results())
		case *types.Tuple:
			for i := 0; i < t.Len(); i++ {
				if has(t.At(i).Type()) {
					return true
				}
			}
		case *types.Struct:
			for i := 0; i < t.NumFields(); i++ {
				if has(t.Field(i).Type()) {
					return true
				}
			}
		}
		return false
	}
	return has(t)
}
