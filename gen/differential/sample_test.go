package differential

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"sort"
)

// Bounds of the sample, so that it takes seconds.
const (
	sampleSize   = 16
	sampleSource = 6 << 10 // bytes of one program
)

// sample chooses programs that together have as many different constructs as
// possible: again and again the one with most that are new, the first of
// several. It is the same sample until the Go installation changes.
func sample(all []program, list map[string]reason) []program {
	type candidate struct {
		program
		features map[string]bool
	}
	var cs []candidate
	for _, p := range all {
		if _, ok := list[p.name]; ok || len(p.source) > sampleSource {
			continue
		}
		if f := features(p); f != nil {
			cs = append(cs, candidate{p, f})
		}
	}
	covered := map[string]bool{}
	var chosen []program
	for len(chosen) < sampleSize {
		best, most := -1, 0
		for i, c := range cs {
			n := 0
			for f := range c.features {
				if !covered[f] {
					n++
				}
			}
			if n > most {
				best, most = i, n
			}
		}
		if best < 0 {
			break
		}
		for f := range cs[best].features {
			covered[f] = true
		}
		chosen = append(chosen, cs[best].program)
		cs = append(cs[:best], cs[best+1:]...)
	}
	sort.Slice(chosen, func(i, j int) bool { return chosen[i].name < chosen[j].name })
	return chosen
}

// slow are imports of programs that wait, or that start others.
var slow = map[string]bool{`"time"`: true, `"os/exec"`: true}

// features lists what a program has: its folder, and every construct together
// with the one around it. nil: it is none for the sample.
func features(p program) map[string]bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", p.source, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	for _, im := range f.Imports {
		if slow[im.Path.Value] {
			return nil
		}
	}
	fs := map[string]bool{"folder " + path.Dir(p.name): true}
	var stack []ast.Node
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		kind := construct(n)
		if len(stack) > 0 {
			fs[construct(stack[len(stack)-1])+" > "+kind] = true
		}
		stack = append(stack, n)
		return true
	})
	return fs
}

// construct names the kind of a node of the syntax.
func construct(n ast.Node) string {
	s := fmt.Sprintf("%T", n)
	switch n := n.(type) {
	case *ast.BinaryExpr:
		s += n.Op.String()
	case *ast.UnaryExpr:
		s += n.Op.String()
	case *ast.AssignStmt:
		s += n.Tok.String()
	case *ast.BranchStmt:
		s += n.Tok.String()
	}
	return s
}
