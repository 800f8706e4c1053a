package gen

import (
	"go/ast"
	"go/token"
	"go/types"
)

// verbatimMarks are the marks inside a statement that is not rewritten. In a
// frame, those that a loop repeats are made once in a call.
func (w *fileWriter) verbatimMarks(s ast.Node, fr *markedFrame) []piece {
	v := &verbatim{fileWriter: w, elses: map[*ast.BlockStmt]bool{}, frame: fr}
	v.inspect(s)
	return v.pieces
}

// verbatim puts marks in what stays as it is otherwise.
type verbatim struct {
	*fileWriter
	pieces []piece
	elses  map[*ast.BlockStmt]bool
	frame  *markedFrame // nil: a mark is made whenever its block runs
	loops  int          // around it, in the frame
	seqs   int          // of these, how many an iterator function drives: their bodies are functions of their own
}

func (v *verbatim) add(at token.Pos, text string) { v.pieces = append(v.pieces, piece{at, at, text}) }

// list puts the marks in a list of statements.
func (v *verbatim) list(stmts []ast.Stmt, from token.Pos, head ...extent) {
	marks := v.blocks(stmts, from, head...)
	if m, ok := marks[-1]; ok {
		v.add(from, " "+v.mark(m))
	}
	for i, s := range stmts {
		if m := marks[i]; m != "" {
			v.add(s.Pos(), v.mark(m))
		}
	}
}

func (v *verbatim) mark(m string) string {
	if v.frame == nil || v.loops == 0 || v.seqs > 0 {
		return m
	}
	return v.frame.repeated(m)
}

func (v *verbatim) inspect(n ast.Node) {
	if n == nil {
		return
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			v.literal(n)
			return false
		case *ast.ForStmt:
			if n.Init != nil {
				v.inspect(n.Init)
			}
			v.loop(n.Body, false, n.Cond, n.Post)
			return false
		case *ast.RangeStmt:
			v.inspect(n.X)
			_, seq := v.unit.TypesInfo.TypeOf(n.X).Underlying().(*types.Signature)
			v.loop(n.Body, seq, n.Key, n.Value)
			return false
		case *ast.BranchStmt:
			if m := v.gotoMark(n); m != "" {
				v.add(n.Pos(), m)
			}
		case *ast.IfStmt:
			switch e := n.Else.(type) {
			case *ast.BlockStmt:
				v.elses[e] = true
			case *ast.IfStmt: // its condition is evaluated in a block of its own
				v.add(e.Pos(), "{ "+v.mark(v.blocks([]ast.Stmt{e}, e.Pos(), extent{e.Pos(), e.Pos()})[0]))
				v.add(e.End(), " }")
			}
		case *ast.BlockStmt:
			if v.elses[n] {
				v.list(n.List, n.Lbrace+1, extent{n.Lbrace, n.Lbrace})
			} else if !clauses(n) {
				v.list(n.List, n.Lbrace+1)
			}
		case *ast.CaseClause:
			v.list(n.Body, n.Colon+1, extent{n.Pos(), n.Colon})
		case *ast.CommClause:
			v.list(n.Body, n.Colon+1, extent{n.Pos(), n.Colon})
		}
		return true
	})
}

// loop puts the marks in the body of a loop, and in what it evaluates besides.
func (v *verbatim) loop(body *ast.BlockStmt, seq bool, parts ...ast.Node) {
	v.loops++
	if seq {
		v.seqs++
	}
	for _, p := range parts {
		v.inspect(p)
	}
	v.inspect(body)
	if seq {
		v.seqs--
	}
	v.loops--
}

// literal puts the marks in a function literal, which is a frame of its own.
func (v *verbatim) literal(lit *ast.FuncLit) {
	in := &verbatim{fileWriter: v.fileWriter, elses: v.elses}
	if v.frame != nil {
		in.frame = &markedFrame{w: v.fileWriter}
	}
	in.inspect(lit.Type)
	in.inspect(lit.Body)
	if in.frame != nil {
		v.pieces = append(v.pieces, in.frame.declaration(lit.Body.Lbrace+1)...)
	}
	v.pieces = append(v.pieces, in.pieces...)
}
