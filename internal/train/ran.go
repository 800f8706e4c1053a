package train

import (
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// ran tells which lines of the functions that may change a recorded case executed,
// as [optimizer.Case.Ran] has them. Of a case that recorded as much as it may, only
// the first are known.
func (st *state) ran(r recorded) map[string]string {
	if r.cut {
		return nil
	}
	all := map[string]string{}
	for _, p := range st.params {
		if text := ranOf(p.Param, st.prog.ModRoot, r.lines); text != "" {
			all[p.ID] = text
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// ranOf is what of lines, by file, belongs to p, counted from the first line of its
// source.
func ranOf(p optimizer.Param, root string, lines map[string]string) string {
	if p.Kind != optimizer.FuncBody || p.Syntax == nil || p.Syntax.Func == nil {
		return ""
	}
	from, to := p.Syntax.Fset.Position(p.Syntax.Func.Pos()), p.Syntax.Fset.Position(p.Syntax.Func.End())
	// The source begins with a comment, without its directives.
	comment := strings.Count(p.Source, "\n") - (to.Line - from.Line)
	if comment < 0 || from.Filename != to.Filename {
		return "" // it has //line comments of its own
	}
	return within(lines[relName(root, from.Filename)], from.Line, to.Line, comment+1-from.Line)
}
