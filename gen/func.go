package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// funcWriter rewrites the body of one function.
type funcWriter struct {
	*fileWriter
	fn    *funcDecl
	vars  map[types.Object]*varInfo
	frame *frame
	stmt  *stmtContext
	lens  bool                    // inside an index: len and cap are no inputs
	maybe int                     // inside the right side of && or ||
	later bool                    // inside the call of a go or defer statement
	keys  map[ast.Expr]string     // targets of assignments → shadow of the key
	kept  map[ast.Expr]keptTarget // targets of assignments that cannot be named again
	into  []string                // shadows that the next call sets, instead of slots
	parts map[ast.Expr]*leafPath  // targets of assignments that are parts of split variables
	jumps map[types.Object]jump   // labels; nil: not yet looked at
	// litTwins are the twins of function literals that variables keep.
	litTwins map[types.Object]string
	givenTo  map[ast.Expr]string // what calls are given → what it was, behind the call
	insides  map[ast.Expr]string // what calls are given → shadow of what it holds
	locals   []localType         // types that the twin shares with the original body
}

// frame is the function or function literal whose statements are written.
// Its shadows and slots are declared at its head, so that nothing has to be
// declared in the middle of a statement.
type frame struct {
	outer      *frame
	lit        *ast.FuncLit
	refs       []string                // Ref variables to declare
	iters      []string                // Iter variables to declare
	ints       []string                // int variables to declare
	chans      []string                // Chan variables to declare
	others     []string                // other declarations
	shared     []string                // shadows that goroutines may share
	live       string                  // names a function that lists all shadows, for recover
	splits     []leafDecl              // shadows of split variables to declare
	shadows    map[types.Object]string // of variables declared or captured here
	results    []string                // *Ref expressions for the results; nil: not recorded
	resultVars []string
	resultObjs []types.Object
	named      bool

	loops    int    // for and range statements around what is written
	seqs     int    // of these, how many an iterator function drives: their bodies are functions of their own
	ran      string // variable that has a bit for each block in a loop that ran
	ranCount int    // its bits
}

// declarations declares what body, the rest of the frame's text, may use.
func (f *frame) declarations(body string) string {
	var b strings.Builder
	if len(f.refs) > 0 {
		fmt.Fprintf(&b, "var %s %s.Ref; ", strings.Join(f.refs, ", "), rt)
		if idle := unread(f.refs, body); len(idle) > 0 {
			fmt.Fprintf(&b, "%s = %s; ", strings.TrimSuffix(strings.Repeat("_, ", len(idle)), ", "), strings.Join(idle, ", "))
		}
	}
	if len(f.iters) > 0 {
		fmt.Fprintf(&b, "var %s %s.Iter; ", strings.Join(f.iters, ", "), rt)
	}
	if len(f.ints) > 0 {
		fmt.Fprintf(&b, "var %s int; ", strings.Join(f.ints, ", "))
	}
	for _, d := range f.others {
		b.WriteString(d + "; ")
	}
	if len(f.chans) > 0 { // nothing is kept of an element without a value
		names := strings.Join(f.chans, ", ")
		fmt.Fprintf(&b, "var %s %s.Chan; %s = %s; ", names, rt, strings.TrimSuffix(strings.Repeat("_, ", len(f.chans)), ", "), names)
	}
	for _, d := range f.splits {
		b.WriteString(d.text + "; ")
	}
	if f.live != "" {
		var all []string
		for _, r := range f.refs {
			if !slices.Contains(f.shared, r) {
				all = append(all, r)
			}
		}
		for _, d := range f.splits {
			if slices.Contains(f.shared, d.name) {
				continue
			}
			for i := 0; i < d.leaves; i++ {
				all = append(all, fmt.Sprintf("%s[%d]", d.name, i))
			}
		}
		fmt.Fprintf(&b, "%s := func() []%s.Ref { return []%s.Ref{%s} }; ", f.live, rt, rt, strings.Join(all, ", "))
	}
	return b.String()
}

// unread lists the variables that text does not use, or only assigns: an error
// in Go.
func unread(names []string, text string) []string {
	left := make(map[string]bool, len(names))
	for _, n := range names {
		left[n] = true
	}
	for at := 0; len(left) > 0; {
		i := strings.Index(text[at:], "__")
		if i < 0 {
			break
		}
		i += at
		for at = i + 2; at < len(text) && identByte(text[at]); at++ {
		}
		from := i
		for from > 0 && text[from-1] >= '0' && text[from-1] <= '9' {
			from--
		}
		if from--; from >= 0 && from < i-1 && identByte(text[from]) && !strings.HasPrefix(text[at:], " = ") {
			delete(left, text[from:at])
		}
	}
	var idle []string
	for _, n := range names {
		if left[n] {
			idle = append(idle, n)
		}
	}
	return idle
}

func identByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

// stmtContext collects what goes before the statement of a list that is being
// written.
type stmtContext struct {
	pre     []string
	fixed   bool                  // nothing may go before: a header or a clause
	assign  map[types.Object]bool // variables that the statement assigns, whole or in part
	rebound map[types.Object]bool // variables that it assigns whole
	targets []ast.Expr            // what it assigns
	calls   bool                  // the statement calls functions
	outer   *stmtContext          // of a header or a clause: that of the statement it belongs to
}

// slot makes a Ref variable for an intermediate value.
func (w *funcWriter) slot() string {
	w.serial++
	s := "s" + strconv.Itoa(w.serial) + "__"
	w.frame.refs = append(w.frame.refs, s)
	return s
}

// slotNumber gives the serial number of a slot; ok is false for other shadows.
func slotNumber(s string) (n int, ok bool) {
	digits, ok := strings.CutPrefix(strings.TrimSuffix(s, "__"), "s")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

// declare makes the shadow of a local variable, or those of its leaves; "" if
// it needs none.
func (w *funcWriter) declare(o types.Object) string {
	if o == nil || o.Name() == "_" {
		return ""
	}
	v := w.vars[o]
	if v == nil || v.konst {
		return ""
	}
	if sh := w.shadowName(o); sh != "" {
		return sh
	}
	w.serial++
	sh := fmt.Sprintf("n%d__%s", w.serial, o.Name())
	w.frame.setShadow(o, sh)
	if v.captured && !v.single() && w.stmt != nil && !w.stmt.fixed {
		// A shadow that closures share is as much per iteration as the
		// variable itself.
		if w.split(o) != nil {
			w.before(w.leafVar(o, sh).text)
		} else {
			w.before(fmt.Sprintf("var %s %s.Ref; _ = %s", sh, rt, sh))
		}
	} else if w.split(o) != nil {
		w.frame.splits = append(w.frame.splits, w.leafVar(o, sh))
	} else {
		w.frame.refs = append(w.frame.refs, sh)
	}
	if w.shared(o) {
		w.frame.shared = append(w.frame.shared, sh)
	}
	return sh
}

func (f *frame) setShadow(o types.Object, sh string) {
	if f.shadows == nil {
		f.shadows = map[types.Object]string{}
	}
	f.shadows[o] = sh
}

// shadow finds the shadow of a local variable, "" if it has none or is split.
func (w *funcWriter) shadow(o types.Object) string {
	if w.split(o) != nil {
		return ""
	}
	return w.shadowName(o)
}

// shadowName finds the name of a local variable's shadow, or of those of its
// leaves.
func (w *funcWriter) shadowName(o types.Object) string {
	for f := w.frame; f != nil; f = f.outer {
		if sh, ok := f.shadows[o]; ok {
			return sh
		}
	}
	return ""
}

// shared reports whether several goroutines may use the variable's shadow:
// then only the assignments of the program itself may set it.
func (w *funcWriter) shared(o types.Object) bool {
	v := w.vars[o]
	return v != nil && v.captured && !v.single()
}

// before adds a statement before the one that is being written.
func (w *funcWriter) before(s string) { w.stmt.pre = append(w.stmt.pre, s) }

func (w *funcWriter) canPrefix() bool { return w.stmt != nil && !w.stmt.fixed }

// beforeConst adds a statement that reads constants: it may stand before all that
// a header or a clause belongs to. It reports whether there is a place for it.
func (w *funcWriter) beforeConst(s string) bool {
	c := w.stmt
	for c != nil && c.fixed {
		c = c.outer
	}
	if c == nil || w.later && c != w.stmt {
		return false
	}
	c.pre = append(c.pre, s)
	return true
}

// fixed runs f where nothing can be put before the statement.
func (w *funcWriter) fixed(f func()) {
	old := w.stmt
	w.stmt = &stmtContext{fixed: true, outer: old}
	if old != nil {
		w.stmt.assign, w.stmt.rebound, w.stmt.targets, w.stmt.calls = old.assign, old.rebound, old.targets, old.calls
	}
	f()
	w.stmt = old
}

func (w *funcWriter) degrade(n ast.Node, why string) {
	w.notes = append(w.notes, Note{Pos: w.prog.Fset.Position(n.Pos()), Kind: NoteDegraded, Func: shortName(w.fn.obj), Reason: why})
}

func (w *funcWriter) obj(id *ast.Ident) types.Object { return w.unit.TypesInfo.ObjectOf(id) }

func (w *funcWriter) typeOf(e ast.Expr) types.Type { return w.unit.TypesInfo.TypeOf(e) }

// constant reports whether e is a constant, nil or a type: nothing to follow.
func (w *funcWriter) constant(e ast.Expr) bool {
	tv := w.unit.TypesInfo.Types[e]
	return tv.Value != nil || tv.IsNil() || tv.IsType() || tv.IsBuiltin()
}

// operand is an input of a node.
type operand struct {
	ref string // a Ref variable
	// val and src describe the value that becomes an input node when ref is
	// empty; val is "" if there is none. set: ref is the shadow of exactly
	// that value, and may be filled in.
	val, src string
	typ      types.Type
	node     ast.Node
	set      bool
	root     types.Object // the variable that val reads
}

// result is an expression that was written.
type result struct {
	text string
	ref  string    // the Ref variable that holds exactly its node; "" if it is computed
	ops  []operand // what it is computed from; the one operand if ref is set
}

func (r result) tracked() bool { return len(r.ops) > 0 }

// merge adds operands, once each.
func merge(a, b []operand) []operand {
	out := a[:len(a):len(a)]
next:
	for _, o := range b {
		for i, p := range out {
			if p.ref == o.ref && p.val == o.val {
				continue next
			}
			if p.ref == o.ref && (p.val == "" || o.val == "") {
				if p.val == "" {
					out[i] = o
				}
				continue next
			}
		}
		out = append(out, o)
	}
	return out
}

func refsOf(ops []operand) []string {
	var refs []string
	seen := map[string]bool{}
	for _, o := range ops {
		if !seen[o.ref] {
			seen[o.ref] = true
			refs = append(refs, o.ref)
		}
	}
	return refs
}

// record writes the statement that sets dst to the node of a value: an alias,
// nothing, or a node on the operands.
func (w *funcWriter) record(dst string, r result, s siteInfo, val string) string {
	if r.ref != "" {
		return dst + " = " + r.ref
	}
	if len(r.ops) == 0 {
		return dst + " = 0"
	}
	refs := refsOf(r.ops)
	var b strings.Builder
	fmt.Fprintf(&b, "if %s != 0 { ", strings.Join(refs, "|"))
	var in []string
	seen := map[string]bool{}
	for _, o := range r.ops {
		if o.val != "" && len(refs) > 1 && !w.assigned(o) {
			if o.set {
				fmt.Fprintf(&b, "if %s == 0 { %s = %s }; ", o.ref, o.ref, w.input(o))
			} else {
				w.serial++
				tmp := fmt.Sprintf("i%d__", w.serial)
				fmt.Fprintf(&b, "%s := %s; if %s == 0 { %s = %s }; ", tmp, o.ref, tmp, tmp, w.input(o))
				in = append(in, tmp)
				seen[o.ref] = true
				continue
			}
		}
		if !seen[o.ref] {
			seen[o.ref] = true
			in = append(in, o.ref)
		}
	}
	fmt.Fprintf(&b, "%s = %s.Rec(%s, %s, %s, %s) } else { %s = 0 }", dst, rt, tapeName, w.site(s), val, strings.Join(in, ", "), dst)
	return b.String()
}

// assigned reports whether the statement changes the variable that an operand
// would be read from again.
func (w *funcWriter) assigned(o operand) bool {
	return w.stmt != nil && o.root != nil && w.stmt.assign[o.root]
}

// input writes the expression that makes an operand's input node.
func (w *funcWriter) input(o operand) string {
	return fmt.Sprintf("%s.In(%s, %s, %s)", rt, tapeName, w.site(siteInfo{node: o.node, src: o.src, name: o.src, typ: o.typ}), o.val)
}

// inputsBefore records, before the statement, the operands that the statement
// itself overwrites.
func (w *funcWriter) inputsBefore(ops []operand) {
	if !w.canPrefix() {
		return
	}
	refs := refsOf(ops)
	for _, o := range ops {
		if o.val == "" || !o.set || !w.assigned(o) || len(refs) < 2 {
			continue
		}
		var others []string
		for _, p := range ops {
			if p.ref != o.ref && p.root != nil {
				others = append(others, p.ref)
			}
		}
		if len(others) > 0 {
			w.before(fmt.Sprintf("if %s == 0 && %s != 0 { %s = %s }", o.ref, strings.Join(others, "|"), o.ref, w.input(o)))
		}
	}
}

// inPlace wraps an expression so that its node is in dst once it is
// evaluated.
func (w *funcWriter) inPlace(dst string, r result, e ast.Expr) string {
	if len(r.ops) == 0 {
		return r.text
	}
	if r.ref != "" {
		if r.ref == dst {
			return r.text
		}
		return fmt.Sprintf("%s.Set(&%s, &%s, %s)", rt, dst, r.ref, r.text)
	}
	var refs, values []string
	n := 0 // of values, up to the last that there is
	count := len(refsOf(r.ops))
	seen := map[string]bool{}
	for _, o := range r.ops {
		switch {
		case o.val != "" && count > 1 && !w.assigned(o):
			p := "&" + o.ref
			if !o.set {
				p = fmt.Sprintf("%s.New(%s)", rt, o.ref)
			}
			refs, values = append(refs, p), append(values, w.value(o))
			n = len(values)
			seen[o.ref] = true
		case !seen[o.ref]:
			seen[o.ref] = true
			refs, values = append(refs, "&"+o.ref), append(values, rt+".Operand{}")
		}
	}
	args := append([]string{fmt.Sprintf("[]*%s.Ref{%s}", rt, strings.Join(refs, ", "))}, values[:n]...)
	return fmt.Sprintf("%s.Op(%s, &%s, %s, %s, %s)", rt, tapeName, dst, w.site(siteInfo{node: e, typ: w.typeOf(e), deep: w.deepValue(e)}), r.text, strings.Join(args, ", "))
}

// slotted writes e and names the Ref variable that holds its node, "" if it
// has none.
func (w *funcWriter) slotted(e ast.Expr) (text, ref string) { return w.slottedResult(e, w.eval(e)) }

func (w *funcWriter) slottedResult(e ast.Expr, r result) (text, ref string) {
	if r.ref != "" || len(r.ops) == 0 {
		return r.text, r.ref
	}
	if _, tuple := w.typeOf(e).(*types.Tuple); tuple {
		return r.text, ""
	}
	dst := w.slot()
	return w.inPlace(dst, r, e), dst
}

// value writes what keeps the value of an operand.
func (w *funcWriter) value(o operand) string {
	site := w.site(siteInfo{node: o.node, src: o.src, name: o.src, typ: o.typ})
	fn, first := "I", fmt.Sprintf("&%s, ", o.ref)
	if _, isParam := types.Unalias(o.typ).(*types.TypeParam); !isParam && o.typ != nil {
		b, _ := o.typ.Underlying().(*types.Basic)
		switch {
		case b == nil || b.Info()&types.IsUntyped != 0:
		case b.Info()&types.IsString != 0:
			fn, first = "IS", ""
		case b.Info()&(types.IsInteger|types.IsFloat|types.IsBoolean) != 0:
			fn, first = "IN", ""
		}
	}
	return fmt.Sprintf("%s.%s(%s%s, %s)", rt, fn, first, site, o.val)
}

// container writes the base of a load and gives the pointer to its shadow.
func (w *funcWriter) container(e ast.Expr) (text, ptr string) {
	text, ref := w.slotted(e)
	if ref == "" {
		return text, "nil"
	}
	return text, "&" + ref
}
