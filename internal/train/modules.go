package train

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// A run trains one module, or several of a workspace. All names of files that it
// keeps or prints are relative to one directory: the root of the module, or the
// directory of go.work if parameters lie in several modules. There git apply takes
// the diff.

// mainModules are the directories of the modules that a program is made of, by
// path.
func mainModules(prog *gen.Program) map[string]string {
	dirs := map[string]string{prog.ModPath: prog.ModRoot}
	for _, p := range prog.Packages {
		if m := p.Module; m != nil && m.Main && dirs[m.Path] == "" {
			dirs[m.Path] = m.Dir
			if d, err := filepath.EvalSymlinks(m.Dir); err == nil {
				dirs[m.Path] = d
			}
		}
	}
	return dirs
}

// findNames sets the directory that names are relative to, and, if there are
// several, the modules that are trained, by their directories from there.
func (s *session) findNames(st *state) error {
	prog := st.prog
	s.root = prog.ModRoot
	first := slices.IndexFunc(st.params, func(p *source.Param) bool { return !liesIn(s.root, p.File) })
	if first < 0 {
		return nil
	}
	s.root = filepath.Dir(prog.GoWork)
	if r, err := filepath.EvalSymlinks(s.root); err == nil {
		s.root = r
	}
	dirs := mainModules(prog)
	s.modules = map[string]string{prog.ModPath: relName(s.root, prog.ModRoot)}
	for _, p := range st.params {
		// The innermost one, for a module may lie in another.
		path := ""
		for _, m := range sortedKeys(dirs) {
			if liesIn(dirs[m], p.File) && (path == "" || len(dirs[m]) > len(dirs[path])) {
				path = m
			}
		}
		if path != "" {
			s.modules[path] = relName(s.root, dirs[path])
		}
		if !liesIn(s.root, p.File) || !liesIn(s.root, prog.ModRoot) {
			return ui.Errorf("%s:%d: parameter %s is in another module than %s, and they have no directory of a go.work in common, which the diff could be relative to", p.File, p.Line, p.ID, prog.ModPath).
				WithHint("put go.work in a directory above both, or train the packages of one module at a time")
		}
	}
	return nil
}

// liesIn reports whether a file or directory is in dir.
func liesIn(dir, name string) bool {
	rel, err := filepath.Rel(dir, name)
	return err == nil && filepath.IsLocal(rel)
}

// moduleDirs are the directories of the modules of a run in root.
func moduleDirs(root string, modules map[string]string) []string {
	if len(modules) == 0 {
		return []string{root}
	}
	var dirs []string
	for _, path := range sortedKeys(modules) {
		dirs = append(dirs, filepath.Join(root, filepath.FromSlash(modules[path])))
	}
	return dirs
}

// namesRootAt finds the directory at or above dir that names of a run are
// relative to.
func namesRootAt(dir string, h journal.Header) (string, error) {
	if len(h.Modules) == 0 {
		return moduleRoot(dir, h.Module)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", ui.Errorf("%w", err)
	}
	for d := abs; ; d = filepath.Dir(d) {
		if hasModules(d, h.Modules) {
			return filepath.EvalSymlinks(d)
		}
		if d == filepath.Dir(d) {
			return "", ui.Errorf("%s is not in a workspace with the modules %s, which the run trained", abs, strings.Join(sortedKeys(h.Modules), " and ")).
				WithHint("run it there, or name the directory with -C")
		}
	}
}

func hasModules(root string, modules map[string]string) bool {
	for path, rel := range modules {
		if !filepath.IsLocal(filepath.FromSlash(rel)) {
			return false
		}
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(rel), "go.mod"))
		if err != nil || modfile.ModulePath(data) != path {
			return false
		}
	}
	return true
}
