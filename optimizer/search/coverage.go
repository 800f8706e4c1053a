package search

import (
	"go/ast"
	"math"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// A coverage tells how many cases ran each line of a function.
type coverage struct {
	failing        int // cases that fail, of those that are known
	failed, passed map[int]int
}

// coverageOf is nil if it is not known of any failing case what it ran.
func coverageOf(p *optimizer.Param, cases []optimizer.Case) *coverage {
	c := &coverage{failed: map[int]int{}, passed: map[int]int{}}
	for _, k := range cases {
		lines := optimizer.ParseLines(k.Ran[p.ID])
		if len(lines) == 0 {
			continue
		}
		ran := c.passed
		if failing(k) {
			ran = c.failed
			c.failing++
		}
		for _, n := range lines {
			ran[n]++
		}
	}
	if c.failing == 0 {
		return nil
	}
	return c
}

// suspicion is how likely the fault is on a line, from 0 to 1: what Ochiai's
// coefficient says (Abreu, Zoeteweij, van Gemund: On the Accuracy of
// Spectrum-based Fault Localization, 2007, section 2.3). It is 0 for a line that no
// failing case ran.
func (c *coverage) suspicion(line int) float64 {
	f := float64(c.failed[line])
	if f == 0 {
		return 0
	}
	return f / math.Sqrt(float64(c.failing)*(f+float64(c.passed[line])))
}

// factor is what the weight of a change on a line is multiplied by. What no failing
// case ran cannot mend one by itself.
func (c *coverage) factor(line int) float64 {
	s := c.suspicion(line)
	if s == 0 {
		return .1
	}
	return .5 + s/2
}

// evaluated gives the line of the source on which what stands at an offset counts as
// run: the expressions of a case are evaluated where the case is not chosen, too.
func (d *decl) evaluated(off int) int {
	line := 1 + strings.Count(d.src[:off], "\n")
	if d.fn == nil {
		return line
	}
	var clauses []ast.Node
	ast.Inspect(d.fn, func(n ast.Node) bool {
		if n == nil || d.off(n.Pos()) > off || off >= d.off(n.End()) {
			return n == nil
		}
		switch n := n.(type) {
		case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			clauses = append(clauses, n)
		case *ast.CaseClause:
			if off <= d.off(n.Colon) {
				line = 1 + strings.Count(d.src[:d.off(clauses[len(clauses)-1].Pos())], "\n")
			}
		case *ast.CommClause:
			if off <= d.off(n.Colon) {
				line = 1 + strings.Count(d.src[:d.off(clauses[len(clauses)-1].Pos())], "\n")
			}
		}
		return true
	})
	return line
}
