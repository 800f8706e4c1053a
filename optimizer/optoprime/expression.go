package optoprime

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"sort"
	"strings"

	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

// line shows s as a Go-like statement.
func (l *listing) line(s *statement) string {
	n := s.first
	var notes, missing []string
	expr, named := l.expression(n)
	for _, in := range n.In {
		if t := l.of(in); t != nil && !named[t.name] && in.Kind != tracefile.KindParam {
			named[t.name] = true
			missing = append(missing, t.name)
		}
	}
	if n.Src != "" && len(missing) > 0 {
		notes = append(notes, "from "+names(missing, 6))
	}
	var later []string
	for _, t := range s.later {
		if !named[t.name] && t != s {
			later = append(later, t.name)
		} else if t == s && !selfNamed(n.Src, s.name) {
			later = append(later, "its own last value")
		}
	}
	if len(later) > 0 {
		notes = append(notes, "sometimes from "+names(later, 4))
	}
	switch {
	case n.Kind == tracefile.KindException:
		notes = append(notes, "an error or a panic")
	case n.Degraded != "":
		notes = append(notes, "seen from outside only: "+oneLine(n.Degraded, 80))
	}
	if n.Count > 1 {
		notes = append(notes, fmt.Sprintf("stands for %d operations", n.Count))
	}
	if b := l.of(n.Body); b != nil {
		notes = append(notes, "its body ended in "+b.name)
	}
	if f := l.of(n.Fn); f != nil && !strings.Contains(expr, f.name[strings.LastIndexByte(f.name, '.')+1:]) {
		notes = append(notes, "calls "+f.name)
	}
	line := s.name + " = " + expr
	if len(notes) > 0 {
		line += "  // " + strings.Join(notes, "; ")
	}
	return line
}

// expression is the source of n with its operands under their names in this
// prompt. Named holds those that can be read in it.
func (l *listing) expression(n *trace.GraphNode) (text string, named map[string]bool) {
	named = make(map[string]bool)
	if n.Src == "" {
		var args []string
		for _, in := range n.In {
			if s := l.of(in); s != nil {
				args = append(args, s.name)
			} else {
				args = append(args, "_")
			}
		}
		op := oneLine(n.Op, 80)
		switch {
		case op == "":
			op = n.Kind
		case len(args) == 2 && isSymbol(op):
			return args[0] + " " + op + " " + args[1], named
		case len(args) == 1 && isSymbol(op):
			return op + args[0], named
		}
		return op + "(" + names(args, 12) + ")", named
	}
	// What an operand is called in the source, and here. A name that means
	// two operands is left as it is; "from" then tells.
	here := make(map[string]string)
	for _, in := range n.In {
		s := l.of(in)
		if s == nil {
			continue
		}
		source := plainName(in.Name)
		if source == "" {
			continue
		}
		if old, ok := here[source]; ok && old != s.name {
			here[source] = source
			continue
		}
		here[source] = s.name
	}
	text = substitute(n.Src, here, named)
	return oneLine(text, 240), named
}

// isSymbol tells a Go operator from a function's name.
func isSymbol(op string) bool {
	return strings.Trim(op, "+-*/%&|^<>=!") == ""
}

// selfNamed reports whether a loop's statement reads as one that uses its own
// last value, such as sum = sum + v.
func selfNamed(src, name string) bool {
	for _, word := range strings.FieldsFunc(src, func(r rune) bool {
		return r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		if word == name {
			return true
		}
	}
	return false
}

// substitute renames operands in a Go expression.
func substitute(src string, here map[string]string, named map[string]bool) string {
	fset := token.NewFileSet()
	x, err := parser.ParseExprFrom(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		for from, to := range here {
			if from == to && strings.Contains(src, from) {
				named[to] = true
			}
		}
		return src
	}
	type edit struct {
		from, to int
		text     string
	}
	var edits []edit
	var visit func(ast.Node) bool
	visit = func(node ast.Node) bool {
		if node == nil {
			return true
		}
		from, to := fset.Position(node.Pos()).Offset, fset.Position(node.End()).Offset
		switch v := node.(type) {
		case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr:
			if from >= 0 && to <= len(src) {
				if name, ok := here[src[from:to]]; ok {
					named[name] = true
					if name != src[from:to] {
						edits = append(edits, edit{from, to, name})
					}
					return false
				}
			}
			if sel, ok := v.(*ast.SelectorExpr); ok {
				ast.Inspect(sel.X, visit) // a field is no operand
				return false
			}
		case *ast.KeyValueExpr:
			if _, ok := v.Key.(*ast.Ident); ok {
				ast.Inspect(v.Value, visit) // nor is a field's name
				return false
			}
		case *ast.FuncLit:
			return false
		}
		return true
	}
	ast.Inspect(x, visit)
	sort.Slice(edits, func(i, j int) bool { return edits[i].from > edits[j].from })
	for _, e := range edits {
		src = src[:e.from] + e.text + src[e.to:]
	}
	return src
}
