package build

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// originalNames replaces, in the output of the go command run in dir, the
// names of overlay files by those that they stand for, relative to dir.
func originalNames(out, dir string, flags []string) string {
	var overlay struct{ Replace map[string]string }
	for _, f := range flags {
		path, ok := strings.CutPrefix(strings.TrimLeft(f, "-"), "overlay=")
		if !ok {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil || json.Unmarshal(data, &overlay) != nil {
			return out
		}
	}
	type pair struct{ from, to string }
	var pairs []pair
	for name, file := range overlay.Replace {
		if file == "" {
			continue
		}
		to := name
		if rel, err := filepath.Rel(dir, name); err == nil && !strings.HasPrefix(rel, "..") {
			to = rel
		}
		if rel, err := filepath.Rel(dir, file); err == nil {
			pairs = append(pairs, pair{rel, to})
		}
		pairs = append(pairs, pair{file, to})
	}
	// Longer names first, so that none is replaced inside another.
	slices.SortFunc(pairs, func(a, b pair) int {
		if d := len(b.from) - len(a.from); d != 0 {
			return d
		}
		return strings.Compare(a.from, b.from)
	})
	for _, p := range pairs {
		out = strings.ReplaceAll(out, p.from, p.to)
	}
	return out
}
