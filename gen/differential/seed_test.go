package differential

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// seeded adds a //trace:node to the definitions and fields of a source file
// that end their line, without moving anything. A main program has no inputs:
// without these, its functions would go through their twins and record
// nothing.
func seeded(source string) string {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", source, parser.SkipObjectResolution)
	if err != nil {
		return source
	}
	lines := strings.SplitAfter(source, "\n")
	line := func(p token.Pos) int { return fset.PositionFor(p, false).Line - 1 }
	starts := map[int]int{} // definitions by line
	ends := map[int]int{}   // where the only one ends
	node := func(names []*ast.Ident, from, to token.Pos) {
		if len(names) != 1 || names[0].Name == "_" || line(from) != line(to) {
			return
		}
		starts[line(from)]++
		ends[line(to)] = fset.PositionFor(to, false).Column - 1
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if id, ok := n.Lhs[0].(*ast.Ident); ok && n.Tok == token.DEFINE && len(n.Lhs) == 1 {
				node([]*ast.Ident{id}, n.Pos(), n.End())
			}
		case *ast.GenDecl:
			if n.Tok == token.VAR && !n.Lparen.IsValid() {
				node(n.Specs[0].(*ast.ValueSpec).Names, n.Pos(), n.End())
			}
			if n.Tok == token.VAR && n.Lparen.IsValid() {
				for _, s := range n.Specs {
					node(s.(*ast.ValueSpec).Names, s.Pos(), s.End())
				}
			}
		case *ast.StructType:
			for _, fl := range n.Fields.List {
				node(fl.Names, fl.Pos(), fl.End())
			}
		}
		return true
	})
	for i := range lines {
		if starts[i] != 1 {
			continue
		}
		text := strings.TrimRight(lines[i], "\r\n")
		if strings.TrimSpace(text[ends[i]:]) == "" {
			lines[i] = fmt.Sprintf("%s //trace:node name=n%d%s", text, i, lines[i][len(text):])
		}
	}
	return strings.Join(lines, "")
}
