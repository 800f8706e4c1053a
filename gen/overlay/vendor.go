package overlay

import (
	"errors"
	"go/version"
	"io/fs"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// vendoredModule is a module of vendor/modules.txt.
type vendoredModule struct {
	path, version string
	goLine        string // as modules.txt tells it; may be empty
	used          bool   // a package of it is vendored
	dir           string // its directory under vendor
}

// goMod is the go.mod that go mod vendor left out.
func (m *vendoredModule) goMod() []byte {
	text := "module " + modfile.AutoQuote(m.path) + "\n"
	if m.goLine != "" {
		text += "\ngo " + m.goLine + "\n"
	}
	return []byte(text)
}

// vendored returns the modules vendored below root if the go command would use
// them: it was told so, or was told nothing and the go line of go.mod or
// go.work is at least since. Nil means that it would not.
func (w *writer) vendored(root, line, since string) ([]vendoredModule, error) {
	switch w.opt.Mod {
	case "vendor":
	case "":
		if version.Compare("go"+line, "go"+since) < 0 {
			return nil, nil
		}
	default:
		return nil, nil
	}
	dir := filepath.Join(root, "vendor")
	data, err := w.read(filepath.Join(dir, "modules.txt"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	mods := parseModulesTxt(string(data))
	for i := range mods {
		mods[i].dir = filepath.Join(dir, filepath.FromSlash(mods[i].path))
	}
	return mods, nil
}

// parseModulesTxt reads vendor/modules.txt:
//
//	# path version [=> path [version]]
//	## explicit; go 1.21
//	path/of/a/package
//
// Lines it does not know are left out, as the go command does.
func parseModulesTxt(text string) []vendoredModule {
	mods := []vendoredModule{}
	var cur *vendoredModule
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		switch {
		case strings.HasPrefix(line, "## "):
			if cur == nil {
				continue
			}
			for _, note := range strings.Split(strings.TrimPrefix(line, "## "), ";") {
				if v, ok := strings.CutPrefix(strings.TrimSpace(note), "go "); ok && version.IsValid("go"+v) {
					cur.goLine = v
				}
			}
		case strings.HasPrefix(line, "# "):
			cur = nil
			f := strings.Fields(line)
			// "# path => …" only records a replace line for all versions.
			if len(f) >= 3 && f[2] != "=>" {
				mods = append(mods, vendoredModule{path: f[1], version: f[2]})
				cur = &mods[len(mods)-1]
			}
		case cur != nil && line != "":
			cur.used = true
		}
	}
	return mods
}
