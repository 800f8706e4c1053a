package gen

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// The executed path. The statements of a flow function are cut into blocks:
// runs of statements of one list where every statement but the last is sure to
// be followed by the next one. At the start of each block the twin tells the
// tape. A statement that may panic, block or leave the function ends its
// block, so that no line is claimed that was not reached.

// pathTable collects the blocks of a file.
type pathTable struct {
	blocks []string          // lines, as tape.Path has them
	starts []int             // first block of each function
	ids    map[token.Pos]int // by first statement
	files  []string
}

// id gives the number of the block that starts at pos. Lists are sometimes
// written twice, when a first attempt is dropped.
func (t *pathTable) id(pos token.Pos) int {
	if id, ok := t.ids[pos]; ok {
		return id
	}
	if t.ids == nil {
		t.ids = map[token.Pos]int{}
	}
	t.ids[pos] = len(t.blocks)
	t.blocks = append(t.blocks, "")
	return t.ids[pos]
}

func (t *pathTable) file(name string) int {
	for i, f := range t.files {
		if f == name {
			return i
		}
	}
	t.files = append(t.files, name)
	return len(t.files) - 1
}

// fields are those of the tape.Path.
func (t *pathTable) fields() []string {
	var b strings.Builder
	starts := t.starts
	for i, lines := range t.blocks {
		sep := ";"
		for len(starts) > 0 && starts[0] == i {
			sep, starts = "|", starts[1:]
		}
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(lines)
	}
	return []string{"Base: " + rt + ".Unplaced", fmt.Sprintf("Files: %#v", t.files), fmt.Sprintf("Blocks: %q", b.String())}
}

// function starts the blocks of a function.
func (t *pathTable) function() { t.starts = append(t.starts, len(t.blocks)) }

func (w *fileWriter) pathName() string { return "path__" + w.id() }

// ran writes the statement that notes a block.
func (w *fileWriter) ran(id int) string {
	return tapeName + ".Ran(&path__" + w.id() + ", " + strconv.Itoa(id) + "); "
}

// ranOnce writes the mark of a block where it is noted once in a call, though a
// loop repeats it: most of the time that a program spends, it spends there.
func (w *funcWriter) ranOnce(mark string) string {
	f := w.frame
	if f.loops == 0 || f.seqs > 0 || f.ranCount == 64 {
		return mark
	}
	if f.ran == "" {
		f.ran = w.fresh("ran")
		f.others = append(f.others, "var "+f.ran+" uint64")
	}
	bit := uint64(1) << f.ranCount
	f.ranCount++
	return onceMark(f.ran, bit, mark)
}

// onceMark is a mark that is made once, as a bit of a variable says.
func onceMark(name string, bit uint64, mark string) string {
	return fmt.Sprintf("if %s&%#x == 0 { %s |= %#x; %s }; ", name, bit, name, bit, strings.TrimSuffix(mark, "; "))
}

// extent is a part of the source whose lines belong to a block.
type extent struct{ from, to token.Pos }

// blocks cuts a statement list. It gives the statement that notes a block for
// the first statement of each block, by index; what stands at -1 goes to the
// head of an empty list. The extents of head belong to the first block.
func (w *fileWriter) blocks(stmts []ast.Stmt, from token.Pos, head ...extent) map[int]string {
	marks := map[int]string{}
	if len(stmts) == 0 {
		if len(head) > 0 {
			id := w.path.id(from)
			w.path.blocks[id] = w.lines(head)
			marks[-1] = w.ran(id)
		}
		return marks
	}
	if len(head) == 0 && w.line(stmts[len(stmts)-1].End()-1) == w.line(from) {
		return marks // all of it stands on the line that led here
	}
	for i := 0; i < len(stmts); {
		first, dead := i, i > 0 && leaves(stmts[i-1])
		parts := head
		head = nil
		for {
			s := stmts[i]
			parts = w.ownExtents(parts, s)
			i++
			if i == len(stmts) || w.mayLeave(s) {
				break
			}
			if _, label := stmts[i].(*ast.LabeledStmt); label {
				break
			}
		}
		id := w.path.id(stmts[first].Pos())
		w.path.blocks[id] = w.lines(parts)
		if _, label := stmts[first].(*ast.LabeledStmt); !dead || label {
			marks[first] = w.ran(id)
		}
	}
	return marks
}

// leaves reports whether what follows s in its list is never reached from s.
func leaves(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}

// gotoMark notes, before a goto, the block that it goes to: what stands before
// a label is not executed by the jump.
func (w *fileWriter) gotoMark(s *ast.BranchStmt) string {
	if s.Tok != token.GOTO || s.Label == nil {
		return ""
	}
	l, ok := w.unit.TypesInfo.Uses[s.Label].(*types.Label)
	if !ok {
		return ""
	}
	return w.ran(w.path.id(l.Pos()))
}

// clauses reports whether b is the body of a switch or select.
func clauses(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	switch b.List[0].(type) {
	case *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// ownExtents adds the parts of a statement that run when the statement does:
// all of it but the bodies of control statements and function literals.
func (w *fileWriter) ownExtents(es []extent, s ast.Stmt) []extent {
	switch s := s.(type) {
	case *ast.LabeledStmt:
		return w.ownExtents(append(es, extent{s.Pos(), s.Colon}), s.Stmt)
	case *ast.BlockStmt:
		return append(es, extent{s.Lbrace, s.Lbrace})
	case *ast.IfStmt:
		return w.withoutBodies(es, s, s.Body.Lbrace)
	case *ast.ForStmt:
		return w.withoutBodies(es, s, s.Body.Lbrace)
	case *ast.RangeStmt:
		return w.withoutBodies(es, s, s.Body.Lbrace)
	case *ast.SwitchStmt:
		return w.withoutBodies(es, s, s.Body.Lbrace)
	case *ast.TypeSwitchStmt:
		return w.withoutBodies(es, s, s.Body.Lbrace)
	case *ast.SelectStmt:
		return w.withoutBodies(es, s, s.Body.Lbrace)
	}
	return w.withoutBodies(es, s, s.End()-1)
}

// withoutBodies adds the part of n up to to, without the bodies of function
// literals.
func (w *fileWriter) withoutBodies(es []extent, n ast.Node, to token.Pos) []extent {
	from := n.Pos()
	if !w.lits {
		return append(es, extent{from, to})
	}
	ast.Inspect(n, func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		if !ok {
			return n == nil || n.Pos() <= to
		}
		if lit.Body.Rbrace <= to {
			es = append(es, extent{from, lit.Body.Lbrace})
			from = lit.Body.Rbrace
		}
		return false
	})
	return append(es, extent{from, to})
}

// lines writes the lines of extents as tape.Path has them. A line with nothing
// but brackets belongs to nobody. Lines are those that positions show:
// a file with //line comments of its own is many files.
func (w *fileWriter) lines(es []extent) string {
	var few [32]byte
	b := few[:0]
	var file, from, to int // the range that is open; to 0: none
	flush := func() {
		if to == 0 {
			return
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		if file > 0 {
			b = append(strconv.AppendInt(b, int64(file), 10), '/')
		}
		b = strconv.AppendInt(b, int64(from), 10)
		if to > from {
			b = strconv.AppendInt(append(b, '-'), int64(to), 10)
		}
	}
	done := 0
	for _, e := range es {
		last := w.line(e.to)
		for l := w.line(e.from); l <= last; l++ {
			if l <= done {
				continue
			}
			start := w.pos.LineStart(l)
			if w.onlyBrackets(start) {
				continue
			}
			done = l
			at := w.position(start)
			n := w.path.file(w.rel(at.Filename))
			if to != 0 && n == file && at.Line == to+1 {
				to = at.Line
				continue
			}
			flush()
			file, from, to = n, at.Line, at.Line
		}
	}
	flush()
	return string(b)
}

// line is the line of a position in the file on disk.
func (w *fileWriter) line(p token.Pos) int { return w.pos.PositionFor(p, false).Line }

// onlyBrackets reports whether a line holds nothing but brackets.
func (w *fileWriter) onlyBrackets(start token.Pos) bool {
	line := w.src[start-w.base:]
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	return len(bytes.Trim(line, "()[]{},; \t\r")) == 0
}

// mayLeave reports whether the statement after s in its list is not sure to
// run once s began: s is a control statement, or it may panic, block or end
// the goroutine.
func (w *fileWriter) mayLeave(s ast.Stmt) bool {
	info := w.unit.TypesInfo
	switch s := s.(type) {
	case *ast.EmptyStmt:
		return false
	case *ast.AssignStmt, *ast.IncDecStmt, *ast.ExprStmt:
	case *ast.DeclStmt:
		if gd, ok := s.Decl.(*ast.GenDecl); ok && gd.Tok != token.VAR {
			return false
		}
	default:
		return true
	}
	may := false
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.Field:
			return false
		case *ast.CallExpr:
			may = may || !harmlessCall(info, n)
		case *ast.IndexExpr, *ast.SliceExpr, *ast.StarExpr, *ast.TypeAssertExpr:
			may = may || !info.Types[n.(ast.Expr)].IsType()
		case *ast.SelectorExpr:
			if sel := info.Selections[n]; sel != nil {
				may = may || sel.Indirect() || isPointer(info.TypeOf(n.X)) || types.IsInterface(sel.Recv())
			}
		case *ast.UnaryExpr:
			may = may || n.Op == token.ARROW
		case *ast.BinaryExpr:
			may = may || mayPanic(n.Op, info.TypeOf(n.X))
		case *ast.AssignStmt:
			may = may || n.Tok != token.DEFINE && n.Tok != token.ASSIGN && mayPanic(n.Tok+(token.ADD-token.ADD_ASSIGN), info.TypeOf(n.Lhs[0]))
		case *ast.CompositeLit:
			_, isMap := info.TypeOf(n).Underlying().(*types.Map)
			may = may || isMap // a key may be an interface that holds a slice
		}
		return !may
	})
	return may
}

// mayPanic reports whether a binary operator may panic on operands of type t.
func mayPanic(op token.Token, t types.Type) bool {
	switch op {
	case token.QUO, token.REM, token.SHL, token.SHR:
		b, ok := t.Underlying().(*types.Basic)
		return !ok || b.Info()&types.IsInteger != 0
	case token.EQL, token.NEQ: // of interfaces, or of what holds some
		_, basic := t.Underlying().(*types.Basic)
		return !basic && !isPointer(t)
	}
	return false
}

// harmlessCall reports whether c cannot panic: conversions between basic
// types and some builtins.
func harmlessCall(info *types.Info, c *ast.CallExpr) bool {
	if tv := info.Types[c.Fun]; tv.IsType() {
		_, basic := tv.Type.Underlying().(*types.Basic)
		return basic || types.IsInterface(tv.Type)
	}
	if b, ok := calleeObject(info, c).(*types.Builtin); ok {
		switch b.Name() {
		case "append", "cap", "complex", "copy", "imag", "len", "max", "min", "new", "real":
			return true
		}
	}
	return false
}
