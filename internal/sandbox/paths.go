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

// anyoneReaches reports whether the directories above all paths let everyone pass.
// Where they do not, a program of root's stays root's, without its powers.
func anyoneReaches(paths []string) bool {
	for _, path := range paths {
		for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
			st, err := os.Stat(dir)
			if err != nil || st.Mode().Perm()&0o001 == 0 {
				return false
			}
			if dir == "/" {
				break
			}
		}
	}
	return true
}

// apart splits what may be read so that nothing hidden lies in it, for where
// nothing can be hidden: a directory with something hidden in it is replaced by
// what else it has. Such directories can be listed, no more.
func apart(read, hide []string) (whole, listed []string) {
	for _, path := range read {
		if !slices.ContainsFunc(hide, func(h string) bool { return within(h, []string{path}) }) {
			whole = append(whole, path)
			continue
		}
		if slices.Contains(hide, path) {
			continue
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			continue
		}
		listed = append(listed, path)
		var below []string
		for _, e := range entries {
			if e.Type()&os.ModeSymlink == 0 { // what it points to is there if it was asked for
				below = append(below, filepath.Join(path, e.Name()))
			}
		}
		w, l := apart(below, hide)
		whole, listed = append(whole, w...), append(listed, l...)
	}
	return whole, listed
}
