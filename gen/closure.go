package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"
	"strings"
)

// closure writes a function literal that is used as a value: the literal
// becomes its own twin, and the recorder makes the plain function from it.
func (w *funcWriter) closure(lit *ast.FuncLit) result {
	var r result
	if !w.hasTwin(lit) {
		r.text, r.ops = w.inlineLit(lit)
	} else {
		r.text, r.ops = w.twinLit(lit)
		r.text = w.plainOf(lit, r.text)
	}
	return w.withReads(lit, r, w.reads(w.unit.TypesInfo, lit))
}

// hasTwin reports whether a literal that is used as a value can be its own
// twin.
func (w *funcWriter) hasTwin(lit *ast.FuncLit) bool {
	sig, ok := w.typeOf(lit).Underlying().(*types.Signature)
	return ok && smallShape(sig) && !recovers(w.unit.TypesInfo, lit) && !w.later && !w.literalsSeen(w.unit)
}

// plainOf makes the plain function of a literal's twin.
func (w *funcWriter) plainOf(lit *ast.FuncLit, twin string) string {
	sig := w.typeOf(lit).Underlying().(*types.Signature)
	return fmt.Sprintf("%s.Fn%d_%d(%s, %s)", rt, sig.Params().Len(), sig.Results().Len(), tapeName, twin)
}

// defineLit writes f := func(…) {…} where f keeps that value: the twin gets a
// variable of its own, so that calls of f go straight to it. No frame of the
// recorder stands between them then, which t.Helper would not skip.
func (w *funcWriter) defineLit(s *ast.AssignStmt) (string, []string, bool) {
	id, isIdent := s.Lhs[0].(*ast.Ident)
	lit, isLit := s.Rhs[0].(*ast.FuncLit)
	if !isIdent || !isLit || s.Tok != token.DEFINE || !w.canPrefix() || !w.hasTwin(lit) {
		return "", nil, false
	}
	o := w.unit.TypesInfo.Defs[id]
	if v := w.vars[o]; v == nil || !v.single() || w.node(o) != nil {
		return "", nil, false
	}
	text, ops := w.twinLit(lit)
	r := w.withReads(lit, result{text: text, ops: ops}, w.reads(w.unit.TypesInfo, lit))
	twin := w.fresh("f")
	if w.litTwins == nil {
		w.litTwins = map[types.Object]string{}
	}
	w.litTwins[o] = twin
	after := w.store(id, r, lit)
	return fmt.Sprintf("%s := %s; %s := %s; _ = %s", twin, text, id.Name, w.plainOf(lit, twin), id.Name), after, true
}

// definedLitCall calls the twin of a literal that a variable keeps.
func (w *funcWriter) definedLitCall(c *ast.CallExpr) (string, []string, bool) {
	id, ok := ast.Unparen(c.Fun).(*ast.Ident)
	if !ok || w.litTwins[w.obj(id)] == "" {
		return "", nil, false
	}
	sig := w.typeOf(id).Underlying().(*types.Signature)
	outs := w.outSlots(sig.Results().Len())
	return w.literalCall(c, c.Fun, w.litTwins[w.obj(id)], sig, pointers(outs)), outs, true
}

// literalCall writes the call of a literal's twin, which stands for fun.
func (w *funcWriter) literalCall(c *ast.CallExpr, fun ast.Expr, twin string, sig *types.Signature, results []string) string {
	pieces, ptrs := w.arguments(c, sig)
	given := strings.Join(slices.Concat([]string{tapeName}, results, ptrs), ", ")
	if len(c.Args) > 0 {
		given += ", "
	}
	return w.splice(c.Pos(), c.End(), append(pieces, w.replace(fun, twin), piece{c.Lparen + 1, c.Lparen + 1, given})...)
}

func pointers(refs []string) []string {
	ptrs := make([]string, len(refs))
	for i, r := range refs {
		ptrs[i] = "&" + r
	}
	return ptrs
}

// laterLit writes go func(…) {…}(…) and its like with defer: the literal is
// called as its own twin, with shadows that belong to this call.
func (w *funcWriter) laterLit(c *ast.CallExpr, lit *ast.FuncLit) string {
	sig, ok := w.typeOf(lit).Underlying().(*types.Signature)
	if !ok || sig.Variadic() || w.multiArg(c) || len(c.Args) == 0 {
		text, _ := w.inlineLit(lit)
		pieces := []piece{w.replace(lit, text)}
		for _, a := range c.Args {
			pieces = append(pieces, w.replace(a, w.expr(a)))
		}
		return w.splice(c.Pos(), c.End(), pieces...)
	}
	text, _ := w.twinLit(lit)
	results := make([]string, sig.Results().Len())
	for i := range results {
		results[i] = "nil"
	}
	w.later = true
	defer func() { w.later = false }()
	return w.literalCall(c, lit, text, sig, results)
}

// litCall writes a literal that is called where it stands.
func (w *funcWriter) litCall(c *ast.CallExpr, lit *ast.FuncLit) (string, []string, bool) {
	sig, ok := w.typeOf(lit).Underlying().(*types.Signature)
	if !ok || sig.Variadic() || w.multiArg(c) {
		return "", nil, false
	}
	outs := w.outSlots(sig.Results().Len())
	text, _ := w.twinLit(lit)
	return w.literalCall(c, lit, text, sig, pointers(outs)), outs, true
}

// recovers reports whether a literal calls recover itself: then it has to be
// the deferred function and cannot be wrapped.
func recovers(info *types.Info, lit *ast.FuncLit) bool {
	found := false
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if b, ok := calleeObject(info, n).(*types.Builtin); ok && b.Name() == "recover" {
				found = true
			}
		}
		return !found
	})
	return found
}

// twinLit writes a literal with the parameters of a twin: the tape, the
// result shadows and the parameter shadows come first.
func (w *funcWriter) twinLit(lit *ast.FuncLit) (string, []operand) {
	capture, ops := w.capture(lit)
	var prolog, head strings.Builder
	fmt.Fprintf(&head, "%s *%s.Tape", tapeName, rt)
	fr := &frame{outer: w.frame, lit: lit}
	outer := w.enter(fr)
	defer w.leave(outer)
	w.bind(capture, &prolog)

	nres := 0
	var resultEdits []piece
	var puts []string
	var outs strings.Builder
	if r := lit.Type.Results; r != nil {
		for _, fl := range r.List {
			if len(fl.Names) == 0 {
				w.serial++
				name := fmt.Sprintf("r%d__", w.serial)
				resultEdits = append(resultEdits, piece{fl.Type.Pos(), fl.Type.Pos(), name + " "})
				fr.resultVars, fr.resultObjs = append(fr.resultVars, name), append(fr.resultObjs, nil)
				nres++
				continue
			}
			fr.named = true
			for _, id := range fl.Names {
				name := id.Name
				if name == "_" {
					w.serial++
					name = fmt.Sprintf("r%d__", w.serial)
					resultEdits = append(resultEdits, piece{id.Pos(), id.End(), name})
				}
				fr.resultVars, fr.resultObjs = append(fr.resultVars, name), append(fr.resultObjs, w.unit.TypesInfo.Defs[id])
				nres++
			}
		}
		if !r.Opening.IsValid() {
			resultEdits[0].text = "(" + resultEdits[0].text
			resultEdits = append(resultEdits, piece{r.End(), r.End(), ")"})
		}
	}
	for i := 0; i < nres; i++ {
		o := w.fresh("o")
		fmt.Fprintf(&outs, ", %s *%s.Ref", o, rt)
		fr.results = append(fr.results, o)
		fmt.Fprintf(&prolog, "%s.Put(%s, 0); ", rt, o)
		if obj := fr.resultObjs[i]; obj != nil {
			if w.declare(obj) != "" {
				puts = append(puts, fmt.Sprintf("%s.Put(%s, %s)", rt, o, w.own(obj, lit.Type)))
			}
		}
	}
	head.WriteString(outs.String())

	var paramEdits []piece
	var gets strings.Builder
	for _, fl := range lit.Type.Params.List {
		names := fl.Names
		if len(names) == 0 {
			p := w.fresh("p")
			fmt.Fprintf(&head, ", %s *%s.Ref", p, rt)
			paramEdits = append(paramEdits, piece{fl.Type.Pos(), fl.Type.Pos(), w.fresh("a") + " "})
			continue
		}
		for _, id := range names {
			p := w.fresh("p")
			fmt.Fprintf(&head, ", %s *%s.Ref", p, rt)
			if o := w.unit.TypesInfo.Defs[id]; w.declare(o) != "" {
				gets.WriteString(w.put(o, fmt.Sprintf("%s.Get(%s)", rt, p)) + "; ")
			}
		}
	}
	if len(puts) > 0 {
		fmt.Fprintf(&prolog, "defer func() { %s }(); ", strings.Join(puts, "; "))
	}
	body := w.list(lit.Body.List, lit.Body.Lbrace+1, lit.Body.Rbrace)
	if len(lit.Type.Params.List) > 0 {
		head.WriteString(", ")
	}
	pieces := []piece{{lit.Type.Params.Opening + 1, lit.Type.Params.Opening + 1, head.String()}}
	pieces = append(append(pieces, paramEdits...), resultEdits...)
	body = gets.String() + prolog.String() + body
	pieces = append(pieces, piece{lit.Body.Lbrace + 1, lit.Body.Rbrace, " " + fr.declarations(body) + body})
	return w.splice(lit.Pos(), lit.End(), pieces...), ops
}

func (w *funcWriter) fresh(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s%d__", prefix, w.serial)
}

// inlineLit writes a literal that keeps its signature: its parameters and
// results are not followed, what it captures is.
func (w *funcWriter) inlineLit(lit *ast.FuncLit) (string, []operand) { return w.prefixedLit(lit, "") }

// prefixedLit is inlineLit with statements at the head of the body, and edits of the
// parameters.
func (w *funcWriter) prefixedLit(lit *ast.FuncLit, head string, edits ...piece) (string, []operand) {
	capture, ops := w.capture(lit)
	fr := &frame{outer: w.frame, lit: lit}
	outer := w.enter(fr)
	defer w.leave(outer)
	var prolog strings.Builder
	w.bind(capture, &prolog)
	for _, fl := range []*ast.FieldList{lit.Type.Params, lit.Type.Results} {
		if fl == nil {
			continue
		}
		for _, f := range fl.List {
			for _, id := range f.Names {
				w.declare(w.unit.TypesInfo.Defs[id])
			}
		}
	}
	body := w.list(lit.Body.List, lit.Body.Lbrace+1, lit.Body.Rbrace)
	return w.splice(lit.Pos(), lit.End(), append(edits,
		piece{lit.Body.Lbrace + 1, lit.Body.Rbrace, head + " " + fr.declarations(body) + prolog.String() + body})...), ops
}

type writerState struct {
	frame *frame
	stmt  *stmtContext
	maybe int
	lens  bool
	later bool
}

func (w *funcWriter) enter(fr *frame) writerState {
	old := writerState{w.frame, w.stmt, w.maybe, w.lens, w.later}
	w.frame, w.stmt, w.maybe, w.lens, w.later = fr, nil, 0, false, false
	return old
}

func (w *funcWriter) leave(old writerState) {
	w.frame, w.stmt, w.maybe, w.lens, w.later = old.frame, old.stmt, old.maybe, old.lens, old.later
}

// A captured variable that never changes gives the literal a copy of its
// shadow, made when the literal is: goroutines that run the literal then
// share nothing that the program does not share.
type captured struct {
	obj types.Object
	ref string // read at the head of the literal
}

func (w *funcWriter) capture(lit *ast.FuncLit) (caps []captured, ops []operand) {
	seen := map[types.Object]bool{}
	var objs []types.Object
	ast.Inspect(lit, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			o := w.unit.TypesInfo.Uses[id]
			if o != nil && !seen[o] && w.vars[o] != nil && w.shadowName(o) != "" && (o.Pos() < lit.Pos() || o.Pos() >= lit.End()) {
				seen[o] = true
				objs = append(objs, o)
			}
		}
		return true
	})
	sort.Slice(objs, func(i, j int) bool { return objs[i].Pos() < objs[j].Pos() })
	for _, o := range objs {
		sh := w.shadowName(o)
		if !w.vars[o].readable(w.frame.lit) {
			w.degrade(lit, o.Name()+" is no input of the function literal, which shares it with others")
			continue
		}
		if s := w.split(o); s != nil {
			for i := 0; i < s.leaves; i++ {
				ops = append(ops, operand{ref: fmt.Sprintf("%s[%d]", sh, i)})
			}
		} else {
			ops = append(ops, operand{ref: sh})
		}
		if !w.vars[o].single() {
			continue
		}
		ref := sh
		if w.canPrefix() {
			ref = w.fresh("c")
			w.before(fmt.Sprintf("%s := %s; _ = %s", ref, sh, ref))
		}
		caps = append(caps, captured{o, ref})
	}
	return caps, ops
}

// bind gives the current frame its own shadows of captured variables.
func (w *funcWriter) bind(caps []captured, prolog *strings.Builder) {
	for _, c := range caps {
		sh := fmt.Sprintf("%s%s", w.fresh("n"), c.obj.Name())
		if w.split(c.obj) != nil {
			w.frame.splits = append(w.frame.splits, w.leafVar(c.obj, sh))
		} else {
			w.frame.refs = append(w.frame.refs, sh)
		}
		w.frame.setShadow(c.obj, sh)
		fmt.Fprintf(prolog, "%s = %s; ", sh, c.ref)
	}
}

// liveValues names a function that lists the shadows of the function around
// the literal that recovers, "nil" if there is none.
func (w *funcWriter) liveValues() string {
	f := w.frame.outer
	if f == nil {
		return "nil"
	}
	if f.live == "" {
		f.live = w.fresh("live")
	}
	return f.live
}
