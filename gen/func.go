package gen

import (
	"fmt"
	"go/ast"
	"go/types"
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
