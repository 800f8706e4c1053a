package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// seen sorts out what a program shall read: absolute, what exists, and nothing
// that lies in something else of the list.
func seen(list []string) []string {
	var out []string
	list = slices.Clone(list)
	slices.Sort(list)
	for _, path := range list {
		if path == "" || !filepath.IsAbs(path) {
			continue
		}
		path = filepath.Clean(path)
		if path == "/" || within(path, out) {
			continue
		}
		if _, err := os.Stat(path); err == nil {
			out = append(out, path)
		}
	}
	return out
}

// within reports whether path is one of dirs, or below it.
func within(path string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool {
		return path == dir || strings.HasPrefix(path, dir+"/")
	})
}
