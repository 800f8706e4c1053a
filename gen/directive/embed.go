package directive

import (
	"go/ast"
	"go/types"
	"path"
	"slices"
	"strconv"
	"strings"
)

// embedded returns the file that a variable holds, if its comment names just
// one: relative to the directory of its package, with slashes.
func embedded(groups []*ast.CommentGroup) string {
	var patterns []string
	for _, g := range groups {
		if g == nil {
			continue
		}
		for _, c := range g.List {
			if args, ok := strings.CutPrefix(c.Text, "//go:embed "); ok {
				patterns = append(patterns, strings.Fields(args)...)
			}
		}
	}
	patterns = slices.Compact(patterns)
	if len(patterns) != 1 {
		return ""
	}
	name := patterns[0]
	if unquoted, err := strconv.Unquote(name); err == nil {
		name = unquoted
	}
	if strings.ContainsAny(name, `*?[]\`) || strings.HasPrefix(name, "all:") || path.Clean(name) != name || name == "." ||
		strings.HasPrefix(name, "../") || path.IsAbs(name) {
		return ""
	}
	return name
}

// embeds reports whether a type can hold one embedded file.
func embeds(t types.Type) bool {
	if t == nil {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() == types.String
	case *types.Slice:
		b, ok := u.Elem().Underlying().(*types.Basic)
		return ok && b.Kind() == types.Byte
	}
	return false
}
