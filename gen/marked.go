package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// A bundle that is not followed inside is one operator to the graph. Which of its
// lines ran is still what tells most about how to change it, so it has a copy of
// its body that notes its path and does nothing else. A call of the bundle while
// one runs, such as one of itself, goes there by the entry.

// markedName is the name of the function that notes the path of a bundle.
func markedName(f *types.Func) string { return twinName(f) + "__ran" }

// unmarkable tells why the bundle f cannot have a copy that notes its path, empty if
// it can.
func unmarkable(f *funcDecl) (why string) {
	if f.role != roleNone {
		return "the go command calls it"
	}
	ast.Inspect(f.decl.Body, func(n ast.Node) bool {
		if ts, ok := n.(*ast.TypeSpec); ok && !ts.Assign.IsValid() {
			why = "it defines type " + ts.Name.Name + ", which would be another one in a copy"
		}
		return why == ""
	})
	return why
}

// markedBody writes the copy of the body of f.
func (w *fileWriter) markedBody(f *funcDecl, s *signature, decl string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "func %s%s(%s *%s.Tape", markedName(f.obj), decl, tapeName, rt)
	for _, p := range s.params {
		fmt.Fprintf(&b, ", %s %s", p.name, p.typ)
	}
	b.WriteString(")")
	if len(s.results) > 0 {
		list := make([]string, len(s.results))
		for i, r := range s.results {
			list[i] = r.typ
			if s.named {
				list[i] = r.name + " " + r.typ
			}
		}
		fmt.Fprintf(&b, " (%s)", strings.Join(list, ", "))
	}
	body := f.decl.Body
	w.path.function()
	w.lits = len(f.outline.lits) > 0
	from, to := body.Lbrace+1, body.Rbrace
	marks := w.blocks(body.List, from, extent{f.decl.Pos(), body.Lbrace})
	var pieces []piece
	if m := marks[-1]; m != "" {
		pieces = append(pieces, piece{from, from, " " + m})
	}
	fr := &markedFrame{w: w}
	for i, st := range body.List {
		if m := marks[i]; m != "" {
			pieces = append(pieces, piece{st.Pos(), st.Pos(), m})
		}
		pieces = append(pieces, w.verbatimMarks(st, fr)...)
	}
	pieces = append(fr.declaration(from), pieces...)
	pieces = append(pieces, w.ownCalls(f)...)
	b.WriteString(" {" + w.splice(from, to, pieces...) + "}")
	return b.String()
}

// markedCall is the call of the copy, with the parameters of the twin.
func (w *fileWriter) markedCall(f *funcDecl, s *signature) string {
	_, inst := w.typeParams(f)
	args := []string{tapeName}
	for _, p := range s.params {
		args = append(args, p.arg)
	}
	return fmt.Sprintf("%s%s(%s)", markedName(f.obj), inst, strings.Join(args, ", "))
}

// ownCalls makes the calls of f in its own body ones of the copy: the entry cannot
// know the tape if several cases run.
func (w *fileWriter) ownCalls(f *funcDecl) (pieces []piece) {
	for _, c := range f.outline.calls {
		id, ok := ast.Unparen(c.Fun).(*ast.Ident)
		if !ok || c.deferred || w.unit.TypesInfo.Uses[id] != f.obj || f.decl.Type.TypeParams != nil {
			continue
		}
		tape := tapeName
		if len(c.Args) > 0 {
			tape += ", "
		}
		pieces = append(pieces, piece{id.Pos(), id.End(), markedName(f.obj)}, piece{c.Lparen + 1, c.Lparen + 1, tape})
	}
	return pieces
}

// A markedFrame is a function or a literal in which marks are put. What a loop
// repeats is noted once in a call, with a bit for each block.
type markedFrame struct {
	w     *fileWriter
	name  string // of the bits, empty as long as there are none
	count int
}

// repeated is the mark of a block that a loop repeats.
func (f *markedFrame) repeated(mark string) string {
	if f.count == 64 {
		return mark
	}
	if f.name == "" {
		f.w.serial++
		f.name = fmt.Sprintf("ran%d__", f.w.serial)
	}
	bit := uint64(1) << f.count
	f.count++
	return onceMark(f.name, bit, mark)
}

// declaration declares the bits at the head of the body.
func (f *markedFrame) declaration(at token.Pos) []piece {
	if f.name == "" {
		return nil
	}
	return []piece{{at, at, " var " + f.name + " uint64; "}}
}
