package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

func tokenPos(n int) token.Pos { return token.Pos(n) }

// internalError begins the reason of a function that the writer failed on.
// Tests look for it.
const internalError = "internal error of the rewriting"

// cannot is the panic value of a writer that meets something it cannot
// express; twin turns it into a reason.
type cannot string

// param is a parameter (or receiver) of a twin.
type param struct {
	name string       // as the twin names it
	typ  string       // text of its type, "..." included
	obj  types.Object // nil if the source does not name it
	arg  string       // how the entry passes it on
}

// signature is the text of a function's parts.
type signature struct {
	params  []param // receiver first
	results []param
	named   bool // the source names the results
	// edits give names to what the source leaves unnamed, so that the entry
	// can pass it on.
	edits []piece
}

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
		}
	} else {
		name, _ := w.testTwin(f)
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

// typeText is the text of a type expression on one line.
func typeText(e ast.Expr) string { return types.ExprString(e) }

func (w *fileWriter) signature(f *funcDecl) *signature {
	s := &signature{}
	n := 0
	field := func(fl *ast.Field, prefix string, named bool) []param {
		typ := typeText(fl.Type)
		if strings.Contains(typ, "\n") {
			panic(cannot("a parameter type takes several lines"))
		}
		arg := func(name string) string {
			if _, ok := fl.Type.(*ast.Ellipsis); ok {
				return name + "..."
			}
			return name
		}
		if len(fl.Names) == 0 {
			name := fmt.Sprintf("%s%d__", prefix, n)
			n++
			s.edits = append(s.edits, piece{fl.Type.Pos(), fl.Type.Pos(), name + " "})
			return []param{{name: name, typ: typ, arg: arg(name)}}
		}
		var ps []param
		for _, id := range fl.Names {
			if id.Name == "_" {
				name := fmt.Sprintf("%s%d__", prefix, n)
				s.edits = append(s.edits, piece{id.Pos(), id.End(), name})
				ps = append(ps, param{name: name, typ: typ, arg: arg(name)})
			} else {
				ps = append(ps, param{name: id.Name, typ: typ, obj: w.unit.TypesInfo.Defs[id], arg: arg(id.Name)})
			}
			n++
		}
		return ps
	}
	if f.decl.Recv != nil {
		for _, fl := range f.decl.Recv.List {
			named := *fl
			named.Type = namedBlanks(fl.Type)
			s.params = append(s.params, field(&named, "a", true)...)
		}
	}
	s.edits = append(s.edits, blankTypeParams(f.decl)...)
	for _, fl := range f.decl.Type.Params.List {
		s.params = append(s.params, field(fl, "a", true)...)
	}
	n = 0
	if r := f.decl.Type.Results; r != nil {
		edits := s.edits
		for _, fl := range r.List {
			s.named = s.named || len(fl.Names) > 0
			for _, p := range field(fl, "r", true) {
				p.arg = p.name
				s.results = append(s.results, p)
			}
		}
		s.edits = edits // the original keeps its results as they are
	}
	return s
}

// qualifier names packages as this file does; a package that the file does
// not import gets an import of our own.
func (w *fileWriter) qualifier(p *types.Package) string {
	if p == w.unit.Types {
		return ""
	}
	for _, im := range w.file.Imports {
		if pn := w.unit.TypesInfo.PkgNameOf(im); pn != nil && pn.Imported() == p && pn.Name() != "_" && pn.Name() != "." {
			return pn.Name()
		}
	}
	return w.alias(p.Path())
}

// head is the twin's declaration up to the opening brace: the tape, result
// shadows, parameter shadows, then the original parameters.
func head(name, decl, extra string, s *signature, results []param) string {
	var b strings.Builder
	fmt.Fprintf(&b, "func %s%s(%s *%s.Tape", name, decl, tapeName, rt)
	b.WriteString(extra)
	for i := range s.results {
		fmt.Fprintf(&b, ", o%d__ *%s.Ref", i, rt)
	}
	for i := range s.params {
		fmt.Fprintf(&b, ", p%d__ *%s.Ref", i, rt)
	}
	for _, p := range s.params {
		fmt.Fprintf(&b, ", %s %s", p.name, p.typ)
	}
	b.WriteString(")")
	if len(results) > 0 {
		b.WriteString(" (")
		for i, r := range results {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%s %s", r.name, r.typ)
		}
		b.WriteString(")")
	}
	return b.String()
}

// entry is what stands at the head of the original function: if a recording
// is active, go to the twin. It has the original body too if types have to be
// shared.
func (w *fileWriter) entry(f *funcDecl, s *signature, inst string) string {
	_, twin := w.testTwin(f)
	args := []string{tapeName}
	for range s.results {
		args = append(args, "nil")
	}
	for range s.params {
		args = append(args, "nil")
	}
	for _, p := range s.params {
		args = append(args, p.arg)
	}
	passed := fmt.Sprintf("%s(%s)", inst, strings.Join(args, ", "))
	call := twin + passed
	switch f.role {
	case roleMain:
		return fmt.Sprintf(" if %s := %s.Main(); %s != nil { func() { defer %s.Close(); %s }(); return };", tapeName, rt, tapeName, tapeName, call)
	case roleInit:
		return fmt.Sprintf(" if %s := %s.Init(); %s != nil { %s; return };", tapeName, rt, tapeName, call)
	case roleTest:
		return fmt.Sprintf(" if %s := %s.Test(%s); %s != nil { %s; return };", tapeName, rt, s.params[0].name, tapeName, call)
	case roleExample:
		return fmt.Sprintf(" if %s := %s.Example(%q); %s != nil { defer %s.Finish(); %s; return };", tapeName, rt, f.decl.Name.Name, tapeName, tapeName, call)
	}
	helper := ""
	if tb := w.helped(f); tb != "" {
		// The twin says that it is a helper; so is this way to it.
		helper = tb + ".Helper(); "
	}
	goTo := func(name string) string {
		if len(s.results) > 0 {
			return helper + "return " + name + passed
		}
		return helper + name + passed + "; return"
	}
	active, plain := tapeName+" != nil", ""
	if len(w.sharedTypes(f)) > 0 {
		if f.bundle == nil {
			active += fmt.Sprintf(" || %s.Records()", rt)
		} else {
			plain = fmt.Sprintf(" else if %s.Records() { %s }", rt, goTo(bodyName(f.obj)))
		}
	}
	return fmt.Sprintf("%s if %s := %s.Active(); %s { %s }%s;", lastWrite(f), tapeName, rt, active, goTo(twin), plain)
}

// lastWrite is what stands at the head of TestMain: a test binary may end when
// that returns, and what it records after its tests, or instead of them, was not
// written by the end of a test.
func lastWrite(f *funcDecl) string {
	if !f.testMain() {
		return ""
	}
	return fmt.Sprintf(" defer %s.Sync();", rt)
}

// helped names the parameter of f that is a test which f calls Helper of, ""
// if there is none.
func (w *fileWriter) helped(f *funcDecl) (name string) {
	if f.iface {
		return ""
	}
	info := w.unit.TypesInfo
	for _, c := range f.outline.calls {
		sel, ok := c.Fun.(*ast.SelectorExpr)
		if !ok || c.lits > 0 || sel.Sel.Name != "Helper" {
			continue
		}
		if id, ok := sel.X.(*ast.Ident); ok && isTB(info.TypeOf(id)) && isParam(f, info.Uses[id]) {
			return id.Name
		}
	}
	return ""
}

// isParam reports whether o is a parameter of f.
func isParam(f *funcDecl, o types.Object) bool {
	sig := f.obj.Type().(*types.Signature)
	for i := 0; i < sig.Params().Len(); i++ {
		if sig.Params().At(i) == o {
			return true
		}
	}
	return false
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

// plainCall is the call of the function itself, with the parameters of its twin.
func (w *fileWriter) plainCall(f *funcDecl, s *signature) string {
	call, args := f.decl.Name.Name, s.params
	if f.decl.Recv != nil {
		call = s.params[0].name + "." + call
		args = args[1:]
	} else if f.decl.Type.TypeParams != nil {
		_, inst := w.typeParams(f)
		call += inst
	}
	var passed []string
	for _, a := range args {
		passed = append(passed, a.arg)
	}
	return call + "(" + strings.Join(passed, ", ") + ")"
}

// whenSpent is what a twin begins with: in a case that records nothing any more,
// the function itself goes on. The results come from anything then, and so may
// what the parameters refer to.
func (w *fileWriter) whenSpent(f *funcDecl, s *signature) string {
	if _, declared := w.unit.TypesInfo.Defs[f.decl.Name].(*types.Func); !declared && !f.iface || f.role != roleNone {
		return "" // runs once in the program, or begins a case
	}
	var outs []string
	for i := range s.results {
		outs = append(outs, fmt.Sprintf("o%d__", i))
	}
	for _, p := range append(s.params[:len(s.params):len(s.params)], s.results...) {
		if f.decl.Recv == nil && p.name == f.decl.Name.Name {
			return "" // the function has no name here
		}
	}
	then := ""
	if tb := w.helped(f); tb != "" {
		then = tb + ".Helper(); "
	}
	if len(outs) > 0 {
		then += fmt.Sprintf("%s.Unfollowed(%s); return %s", tapeName, strings.Join(outs, ", "), w.plainCall(f, s))
	} else {
		then += w.plainCall(f, s) + "; return"
	}
	return fmt.Sprintf("if %s.Spent() { %s }; ", tapeName, then)
}

// bodyName is the name of the function that follows the body of a bundle.
func bodyName(f *types.Func) string { return twinName(f) + "__body" }

// bundleTwin writes the twin of a bundle, which makes one node of a call. It
// calls the original, whose entry finds no tape while such a bundle runs, or
// the function that follows the body. A second function carries the
// description of the call as a caller wrote it.
func (w *fileWriter) bundleTwin(f *funcDecl, s *signature, decl string) string {
	sigType := f.obj.Type().(*types.Signature)
	results := append([]param(nil), s.results...)
	used := map[string]bool{}
	for _, p := range s.params {
		used[p.name] = true
	}
	for i := range results {
		results[i].name = fmt.Sprintf("r%d__", i)
	}
	var formal []string
	for _, p := range s.params {
		formal = append(formal, fmt.Sprintf("{Src: %q}", p.name))
	}
	id := ""
	if f.bundle.Trainable {
		id = f.bundle.ID
	}
	flags := ""
	if f.bundle.NoCatch {
		flags += ", NoCatch: " + yes
	}
	w.bundles = append(w.bundles, fmt.Sprintf("{Name: %q, ID: %q, At: %q, Sig: %q, Args: []%s.ArgSite{%s}%s}",
		shortName(f.obj), id, w.at(f.pos()), bundleText(f), rt, strings.Join(formal, ", "), flags))
	bundle := fmt.Sprintf("&bundles__%s[%d]", w.id(), len(w.bundles)-1)

	var b strings.Builder
	name := twinName(f.obj)
	b.WriteString(head(name+"__at", decl, ", s__ *"+rt+".Site", s, results))
	b.WriteString(" { " + w.whenSpent(f, s))
	fmt.Fprintf(&b, "f__ := %s.Enter(%s, %s, s__); ", rt, tapeName, bundle)
	for i, p := range s.params {
		fmt.Fprintf(&b, "%s.Arg(f__, %d, p%d__, %s); ", rt, i, i, p.name)
	}
	for i, p := range s.params {
		b.WriteString(w.fieldInputs(f, p, i))
	}
	b.WriteString("defer f__.Leave(); ")
	call := w.plainCall(f, s)
	var names []string
	for _, r := range results {
		names = append(names, r.name)
	}
	assign, made := "", ""
	if len(results) > 0 {
		assign = strings.Join(names, ", ") + " = "
		made = fmt.Sprintf("f__.Made(%s); ", strings.Join(bodyRefNames(results), ", "))
	}
	switch {
	case f.iface && f.holds:
		b.WriteString(bodyRefs(results) + w.heldCall(f, s, assign, call, made))
	case f.inside != "":
		b.WriteString(bodyRefs(results) + assign + w.bodyCall(f, s) + "; " + made)
	default:
		b.WriteString("f__.Alone(); " + assign + call + "; ")
	}
	b.WriteString("f__.Done(); ")
	last := len(results) - 1
	hasErr := last >= 0 && types.Identical(sigType.Results().At(last).Type(), types.Universe.Lookup("error").Type())
	if hasErr {
		var outs []string
		for i := 0; i < last; i++ {
			outs = append(outs, fmt.Sprintf(", o%d__", i))
		}
		fmt.Fprintf(&b, "if r%d__ != nil { %s.Err(f__, r%d__, o%d__%s)", last, rt, last, last, strings.Join(outs, ""))
		fmt.Fprintf(&b, " } else { ")
	}
	for i := range results {
		if hasErr && i == last {
			fmt.Fprintf(&b, "%s.Err(f__, nil, o%d__) }; ", rt, i)
		} else {
			fmt.Fprintf(&b, "%s.Result(f__, %d, o%d__, r%d__); ", rt, i, i, i)
		}
	}
	if len(results) == 0 {
		b.WriteString(rt + ".Effect(f__); ")
	}
	for _, i := range f.mutates {
		fmt.Fprintf(&b, "%s.Mutated(f__, %d, %s); ", rt, i, s.params[i].name)
	}
	b.WriteString("return }; ")

	// The twin proper, for callers that have no description.
	b.WriteString(head(name, decl, "", s, results))
	b.WriteString(" { ")
	if len(results) > 0 {
		b.WriteString("return ")
	}
	_, inst := w.typeParams(f)
	fmt.Fprintf(&b, "%s__at%s(%s, nil", name, inst, tapeName)
	for i := range s.results {
		fmt.Fprintf(&b, ", o%d__", i)
	}
	for i := range s.params {
		fmt.Fprintf(&b, ", p%d__", i)
	}
	for _, p := range s.params {
		b.WriteString(", " + p.arg)
	}
	b.WriteString(") }")
	return b.String()
}

// bodyCall is the call of the function that follows the body of a bundle.
func (w *fileWriter) bodyCall(f *funcDecl, s *signature) string {
	_, inst := w.typeParams(f)
	args := []string{"f__.Inside()"}
	for _, ref := range bodyRefNames(s.results) {
		args = append(args, "&"+ref)
	}
	for i := range s.params {
		args = append(args, fmt.Sprintf("f__.Own(%d)", i))
	}
	for _, p := range s.params {
		args = append(args, p.arg)
	}
	return fmt.Sprintf("%s%s(%s)", bodyName(f.obj), inst, strings.Join(args, ", "))
}

// bodyRefNames names the shadows of the results that the body makes.
func bodyRefNames(results []param) []string {
	var names []string
	for i := range results {
		names = append(names, fmt.Sprintf("b%d__", i))
	}
	return names
}

func bodyRefs(results []param) string {
	if len(results) == 0 {
		return ""
	}
	return fmt.Sprintf("var %s %s.Ref; ", strings.Join(bodyRefNames(results), ", "), rt)
}

// fieldInputs notes the //trace:node fields that a bundle reaches through a
// parameter that is a struct or a pointer to one.
func (w *fileWriter) fieldInputs(f *funcDecl, p param, i int) string {
	if p.obj == nil {
		return ""
	}
	t := p.obj.Type()
	ptr, isPtr := t.Underlying().(*types.Pointer)
	if isPtr {
		t = ptr.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return ""
	}
	var b strings.Builder
	for k := 0; k < st.NumFields(); k++ {
		fld := st.Field(k)
		n := w.node(fld)
		if n == nil || fld.Pkg() != w.unit.Types && !fld.Exported() {
			continue
		}
		s := siteInfo{node: f.decl, src: p.name + "." + fld.Name(), name: p.name + "." + fld.Name(), typ: fld.Type(), deep: true}
		if n.Trainable {
			s.id, s.decl = n.ID, fld.Pos()
		}
		fmt.Fprintf(&b, "%s.Field(f__, %s, &%s.%s); ", rt, w.site(s), p.name, fld.Name())
	}
	if b.Len() > 0 && isPtr {
		return fmt.Sprintf("if %s != nil { %s}; ", p.name, b.String())
	}
	return b.String()
}
