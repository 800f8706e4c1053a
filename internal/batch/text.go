package batch

import (
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	inDispatcher = regexp.MustCompile(`(?m)^[^\n]*\n\t[^\n]*trace~~[^\n]*(\n|$)`)
	variantFunc  = regexp.MustCompile(`trace__\d+__`)
	variantFile  = regexp.MustCompile(`trace~(\d*)~`)
	goPosition   = regexp.MustCompile(`([^\s:()"'\[\]]*\.go):(\d+)`)
)

// Text turns what candidate i printed in the program into what it would have
// printed alone.
func (p *Program) Text(i int, text string) string {
	text = inDispatcher.ReplaceAllString(text, "")
	if len(p.moved[i]) > 0 {
		text = goPosition.ReplaceAllStringFunc(text, func(s string) string {
			m := goPosition.FindStringSubmatch(s)
			line, err := strconv.Atoi(m[2])
			if err != nil || strings.Contains(m[1], "trace~") {
				return s
			}
			return m[1] + ":" + strconv.Itoa(p.line(i, m[1], line))
		})
	}
	text = variantFile.ReplaceAllString(text, "")
	return variantFunc.ReplaceAllString(text, "")
}

// Blame returns the candidates whose texts an output of the compiler names.
func (p *Program) Blame(output string) []int {
	found := map[int]bool{}
	for _, m := range variantFile.FindAllStringSubmatch(output, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil || n < 1 {
			continue
		}
		found[n-1] = true
		for _, i := range p.shares[n-1] {
			found[i] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// moves are the lines of a candidate's files that stand elsewhere than in the
// base.
type moves map[string][]move

// A move says that the lines from a line of the base on stand further down, or
// up.
type move struct{ from, by int }

func movesBetween(base, other *file) []move {
	var list []move
	for i, s := range base.slots {
		a, b := base.lineAt(s.end), other.lineAt(other.slots[i].end)
		if n := len(list); b-a != 0 && n == 0 || n > 0 && list[n-1].by != b-a {
			list = append(list, move{a + 1, b - a})
		}
	}
	return list
}

func (f *file) lineAt(offset int) int { return f.line(f.ast.FileStart + token.Pos(offset)) }

// line is where a line of the base stands in candidate i.
func (p *Program) line(i int, name string, line int) int {
	for path, list := range p.moved[i] {
		if name != path && (name != filepath.Base(path) || !p.bare[name]) {
			continue
		}
		by := 0
		for _, m := range list {
			if line >= m.from {
				by = m.by
			}
		}
		return line + by
	}
	return line
}
