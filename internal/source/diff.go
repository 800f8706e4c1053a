package source

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Diff returns the differences between old and new as a unified diff that
// git apply and patch -p1 take in the directory root. The maps go from absolute
// names to contents; a file that is in one of them only is created or deleted.
//
// There are no "diff --git" lines: with them git would look for the names in
// the top directory of the repository, which root need not be.
func Diff(root string, old, new map[string][]byte) string {
	names := slices.Collect(maps.Keys(old))
	for name := range new {
		if _, ok := old[name]; !ok {
			names = append(names, name)
		}
	}
	rel := make(map[string]string, len(names))
	for _, name := range names {
		rel[name] = filepath.ToSlash(name)
		if r, err := filepath.Rel(root, name); err == nil {
			rel[name] = filepath.ToSlash(r)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(rel[a], rel[b]) })
	var b strings.Builder
	for _, name := range names {
		from, to := diffName("a/"+rel[name]), diffName("b/"+rel[name])
		if _, ok := old[name]; !ok {
			from = "/dev/null"
		}
		if _, ok := new[name]; !ok {
			to = "/dev/null"
		}
		b.WriteString(udiff.Unified(from, to, string(old[name]), string(new[name])))
	}
	return b.String()
}

// diffName writes a file name as git does: quoted if it has unusual bytes, and
// ended by a tab if it has blanks, where a date might follow.
func diffName(name string) string {
	plain := true
	for i := range len(name) {
		if c := name[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			plain = false
		}
	}
	switch {
	case plain && strings.Contains(name, " "):
		return name + "\t"
	case plain:
		return name
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(name) {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			b.WriteByte('\\')
			o := strconv.FormatUint(uint64(c), 8)
			b.WriteString(strings.Repeat("0", 3-len(o)) + o)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
