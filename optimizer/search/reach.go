package search

import (
	"strconv"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// executed returns the lines of a parameter's declaration that nodes of the
// failing cases stand on, nil when nothing is known.
func executed(p *optimizer.Param, cases []optimizer.Case, end int) map[int]bool {
	lines := map[int]bool{}
	note := func(n int) {
		if n > p.Line && n <= end {
			lines[n] = true
		}
	}
	for _, c := range cases {
		if !failing(c) || c.Graph == nil {
			continue
		}
		for _, n := range c.Graph.Nodes {
			if file, line, ok := splitAt(n.At); ok && file == p.File {
				note(line)
			}
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return lines
}

// splitAt reads file:line:col.
func splitAt(at string) (file string, line int, ok bool) {
	parts := strings.Split(at, ":")
	if len(parts) < 2 {
		return "", 0, false
	}
	line, err := strconv.Atoi(parts[1])
	return parts[0], line, err == nil
}

// reached reports whether the graph of a failing case holds the parameter,
// and whether any graph tells at all.
func reached(p *optimizer.Param, cases []optimizer.Case) (yes, known bool) {
	for _, c := range cases {
		if !failing(c) || c.Graph == nil || len(c.Graph.Nodes) == 0 {
			continue
		}
		known = true
		for _, n := range c.Graph.Nodes {
			if n.ID == p.ID || n.Fn != nil && n.Fn.ID == p.ID {
				return true, true
			}
		}
	}
	return false, known
}
