package gen

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// jump says what leads to a label.
type jump struct {
	byGoto  bool // the statement begins again, with all that goes before it
	byName  bool // break or continue: the label has to stand on its statement
	renamed bool // break and continue use another name, because both hold
}

// inner is the name of a label on its statement, when the label itself stands
// before what goes before the statement.
func inner(label *ast.Ident) string { return label.Name + "__" }

// jump finds what leads to a label of the function.
func (w *funcWriter) jump(label *ast.Ident) jump {
	if w.jumps == nil {
		w.jumps = map[types.Object]jump{}
		ast.Inspect(w.fn.decl, func(n ast.Node) bool {
			if b, ok := n.(*ast.BranchStmt); ok && b.Label != nil {
				l := w.obj(b.Label)
				j := w.jumps[l]
				if b.Tok == token.GOTO {
					j.byGoto = true
				} else {
					j.byName = true
				}
				j.renamed = j.byGoto && j.byName
				w.jumps[l] = j
			}
			return true
		})
	}
	return w.jumps[w.obj(label)]
}

// branch writes a break, continue, goto or fallthrough statement.
func (w *funcWriter) branch(s *ast.BranchStmt) string {
	if s.Label == nil || s.Tok == token.GOTO || !w.jump(s.Label).renamed {
		return w.text(s.Pos(), s.End())
	}
	return w.splice(s.Pos(), s.End(), piece{s.Label.Pos(), s.Label.End(), inner(s.Label)})
}

// labeled writes a statement with its label. What goes before the statement, a
// block that is opened for an init statement too, stands before the label when
// break and continue use it, and behind it when goto does, which has to execute
// it again.
func (w *funcWriter) labeled(s *ast.LabeledStmt) (string, []string) {
	var text string
	var after []string
	if t := w.skips[s]; t != nil {
		text, after = w.skipped(s.Stmt, t)
	} else if t := w.skips[s.Stmt]; t != nil {
		text, after = w.skipped(s.Stmt, t)
	} else {
		text, after = w.unlabeled(s.Stmt)
	}
	before, rest, hoisted := strings.Cut(text, labelMark)
	if !hoisted {
		before, rest = "", text
	}
	label := w.text(s.Pos(), s.Colon+1)
	gap := w.text(s.Colon+1, s.Stmt.Pos())
	j := w.jump(s.Label)
	if !j.byGoto {
		if !hoisted {
			return label + gap + rest, after
		}
		return strings.Repeat("\n", strings.Count(gap, "\n")) + before + label + " " + rest, after
	}
	for i := len(w.stmt.pre) - 1; i >= 0; i-- {
		before = w.stmt.pre[i] + "; " + before
	}
	w.stmt.pre = nil
	if j.renamed {
		before += inner(s.Label) + ": "
	}
	return label + gap + before + rest, after
}

// unlabeled writes the statement that a label is on.
func (w *funcWriter) unlabeled(s ast.Stmt) (string, []string) {
	switch s := s.(type) {
	case *ast.IfStmt:
		return w.ifStmt(s, false), nil
	case *ast.SwitchStmt:
		return w.switchStmt(s), nil
	case *ast.TypeSwitchStmt:
		return w.typeSwitch(s), nil
	}
	return w.statement(s)
}

// labelMark stands where a label goes in a statement whose init statement
// was moved into a block.
const labelMark = "\x00label\x00"
