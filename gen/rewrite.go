package gen

import (
	"context"
	"fmt"
	"go/ast"
	"go/types"
	"runtime"
	"sort"
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
	out.Unseen = a.unseen()
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
		if f.unmarked != "" {
			n.Reason += "; which of its lines run is not kept: " + f.unmarked
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
	return sourceName(f)
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
