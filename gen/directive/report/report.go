// Package report prints findings about source text the way the go command
// does: "file:line:col: message", sorted by position, each one once, with a
// line for the hint.
package report

import (
	"cmp"
	"fmt"
	"go/token"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen/directive"
)

// A Finding is a message about a position.
type Finding struct {
	Pos     token.Position // the zero Position: about no place
	Message string
	Hint    string
}

// Problems turns problems of directives into findings.
func Problems(fset *token.FileSet, problems []directive.Problem) []Finding {
	list := make([]Finding, len(problems))
	for i, p := range problems {
		list[i] = Finding{fset.Position(p.Pos), p.Message, p.Hint}
	}
	return list
}

// LoadErrors lists what was wrong with packages as they were loaded.
func LoadErrors(pkgs []*packages.Package) []Finding {
	var list []Finding
	for _, pkg := range pkgs {
		placed := slices.ContainsFunc(pkg.Errors, func(e packages.Error) bool { return ParsePosition(e.Pos).Line > 0 })
		for _, e := range pkg.Errors {
			// The go command's list repeats the compiler's output as one
			// text, below a line with the package.
			if placed && strings.HasPrefix(e.Msg, "# ") {
				continue
			}
			f := Finding{Pos: ParsePosition(e.Pos), Message: e.Msg}
			if filepath.Base(f.Pos.Filename) == "trace_gen.go" {
				f.Hint = "tracegen writes this file; run it again"
			}
			if strings.HasPrefix(e.Msg, "pattern ") && strings.Contains(e.Msg, ": directory prefix ") {
				f.Hint = "the directory is not part of this module or workspace: cd to its module, or join both with go work use"
			}
			list = append(list, f)
		}
	}
	return list
}

// ParsePosition reads "file:line:col", "file:line" or "file"; "-" and "" are
// no position.
func ParsePosition(s string) token.Position {
	if s == "" || s == "-" {
		return token.Position{}
	}
	var nums []int
	for len(nums) < 2 {
		i := strings.LastIndexByte(s, ':')
		if i < 0 {
			break
		}
		n, err := strconv.Atoi(s[i+1:])
		if err != nil {
			break
		}
		nums = append(nums, n)
		s = s[:i]
	}
	pos := token.Position{Filename: s}
	switch len(nums) {
	case 1:
		pos.Line = nums[0]
	case 2:
		pos.Column, pos.Line = nums[0], nums[1]
	}
	return pos
}

// Sort orders findings by position and removes repeated ones, which come
// from the test variants of a package.
func Sort(list []Finding) []Finding {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Filename, b.Pos.Filename),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.CompactFunc(list, func(a, b Finding) bool {
		a.Pos.Offset, b.Pos.Offset = 0, 0
		return a.Pos == b.Pos && a.Message == b.Message
	})
}

// Print writes findings with file names relative to dir where that is
// shorter.
func Print(w io.Writer, dir string, list []Finding) {
	for _, f := range list {
		if f.Pos.Filename != "" {
			f.Pos.Filename = ShortPath(dir, f.Pos.Filename)
			fmt.Fprintf(w, "%s: ", f.Pos)
		}
		fmt.Fprintln(w, strings.ReplaceAll(strings.TrimSpace(f.Message), "\n", "\n\t"))
		if f.Hint != "" {
			fmt.Fprintf(w, "\thint: %s\n", f.Hint)
		}
	}
}

// Text is what Print writes, for an error: without the last line break.
func Text(dir string, list []Finding) string {
	var b strings.Builder
	Print(&b, dir, list)
	return strings.TrimRight(b.String(), "\n")
}

// ShortPath returns path relative to dir if that is shorter.
func ShortPath(dir, path string) string {
	if dir, err := filepath.Abs(dir); err == nil {
		if rel, err := filepath.Rel(dir, path); err == nil && len(rel) < len(path) {
			return rel
		}
	}
	return path
}
