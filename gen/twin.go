package gen

import (
	"fmt"
	"go/token"
	"strings"
)

func tokenPos(n int) token.Pos { return token.Pos(n) }

// internalError begins the reason of a function that the writer failed on.
// Tests look for it.
const internalError = "internal error of the rewriting"

// cannot is the panic value of a writer that meets something it cannot
// express; twin turns it into a reason.
type cannot string

// twin writes the twin of f and the entry in f itself that goes there.
func (w *fileWriter) twin(f *funcDecl) (text string, edits []piece, err error) {
	defer recovered(&err)
	sig := w.signature(f)
	decl, inst := w.typeParams(f)
	if f.bundle != nil {
		text = w.bundleTwin(f, sig, decl)
		if f.inside != "" {
			// The body comes first, where the //line puts it.
			text = w.flowTwin(f, bodyName(f.obj), sig, decl) + "; " + text
		} else if f.marked {
			text = w.markedBody(f, sig, decl) + "; " + text
		}
	} else {
		name, _ := w.namedTwin(f)
		text = w.flowTwin(f, name, sig, decl)
	}
	w.registerFunc(f, decl)
	w.registerMethod(f, sig)
	if f.entered() || len(w.sharedTypes(f)) > 0 {
		entry := w.entry(f, sig, inst)
		at := f.decl.Body.Lbrace + 1
		edits = append(sig.edits, piece{at, at, entry})
	}
	return text, edits, nil
}

// namedTwin names the twin of f as its declaration does and as a call does. That of a
// test or an example is a method, so that it has the name of the function in a stack:
// assertion libraries look for that to know where a test begins.
func (w *fileWriter) namedTwin(f *funcDecl) (decl, call string) {
	if f.role != roleTest && f.role != roleExample {
		name := twinName(f.obj)
		return name, name
	}
	w.tests = "Trace__tests_" + w.id()
	return "(" + w.tests + ") " + f.obj.Name(), w.tests + "{}." + f.obj.Name()
}

// recovered makes an error of what a writer panics with; it is deferred.
func recovered(err *error) {
	switch r := recover().(type) {
	case nil:
	case cannot:
		*err = fmt.Errorf("%s", string(r))
	case error:
		// A mistake of ours must not keep people from their program: the
		// function is left alone, and -v says so.
		*err = fmt.Errorf("%s: %v; please report it", internalError, r)
	default:
		panic(r)
	}
}

// flowTwin writes a twin whose body follows values.
func (w *fileWriter) flowTwin(f *funcDecl, name string, s *signature, decl string) string {
	fw := &funcWriter{fileWriter: w, fn: f, vars: scanVars(w.unit.TypesInfo, f, w.analysis), locals: w.sharedTypes(f)}
	fr := &frame{results: make([]string, len(s.results)), named: s.named}
	fw.frame = fr
	fw.unfollow()
	var prolog strings.Builder
	for i, p := range s.params {
		if p.obj == nil {
			continue
		}
		if fw.declare(p.obj) != "" {
			ref := fmt.Sprintf("%s.Get(p%d__)", rt, i)
			if strings.HasPrefix(p.typ, "...") {
				ref = fmt.Sprintf("%s.Elements(%s, %s, %s)", rt, tapeName, ref, p.name)
			}
			prolog.WriteString(fw.put(p.obj, ref) + "; ")
		}
	}
	var puts []string
	for i, r := range s.results {
		fr.results[i] = fmt.Sprintf("o%d__", i)
		fr.resultVars = append(fr.resultVars, r.name)
		fr.resultObjs = append(fr.resultObjs, r.obj)
		fmt.Fprintf(&prolog, "%s.Put(o%d__, 0); ", rt, i)
		if r.obj != nil {
			if fw.declare(r.obj) != "" {
				puts = append(puts, fmt.Sprintf("%s.Put(o%d__, %s)", rt, i, fw.own(r.obj, f.decl.Name)))
			}
		}
	}
	if len(puts) > 0 {
		fmt.Fprintf(&prolog, "defer func() { %s }(); ", strings.Join(puts, "; "))
	}
	w.path.function()
	w.lits = len(f.outline.lits) > 0
	body := fw.list(f.decl.Body.List, f.decl.Body.Lbrace+1, f.decl.Body.Rbrace, extent{f.decl.Pos(), f.decl.Body.Lbrace})
	start := w.whenSpent(f, s)
	if len(fw.locals) > 0 {
		start = "" // it goes on in the other body
	}
	begin := head(name, decl, "", s, s.results) + " { " + start
	body = prolog.String() + body
	if len(fw.locals) > 0 {
		return begin + fw.bothBodies(s, fr.declarations(body)+body)
	}
	return begin + fr.declarations(body) + body + "}"
}
