package gen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

type patternSet struct {
	all   []string        // import paths (or the patterns, for files) to load from source
	named map[string]bool // import paths that the caller's patterns name
	cgo   bool            // a package that they need has C code, the standard library apart
}

// A listed package is what go list tells about it.
type listed struct {
	ImportPath string
	Name       string
	ForTest    string
	DepOnly    bool
	Standard   bool
	Module     *struct{ Main bool }
	CgoFiles   []string
}

// mainPackages lists the packages that the patterns name and those that they
// import, directly or not, from the main modules.
func mainPackages(pc packages.Config, patterns []string) (patternSet, error) {
	set := patternSet{named: map[string]bool{}}
	files := false // they make a package of their own that no import path names
	for _, s := range patterns {
		files = files || strings.HasSuffix(s, ".go")
	}
	if files {
		set.all = patterns
	}
	list, err := goList(pc, patterns)
	if err != nil {
		return set, err
	}
	seen := map[string]bool{}
	for _, q := range list {
		set.cgo = set.cgo || !q.Standard && len(q.CgoFiles) > 0
		path := plainPath(q.ImportPath, q.Name, q.ForTest)
		if files || path == "" {
			continue
		}
		if !q.DepOnly {
			set.named[path] = true
		}
		if !seen[path] && (!q.DepOnly || q.Module != nil && q.Module.Main) {
			seen[path] = true
			set.all = append(set.all, path)
		}
	}
	return set, nil
}

// goList asks the go command which packages the patterns name and need.
func goList(pc packages.Config, patterns []string) ([]listed, error) {
	args := []string{"list", "-e", "-deps", "-test=" + strconv.FormatBool(pc.Tests),
		"-json=ImportPath,Name,ForTest,DepOnly,Standard,Module,CgoFiles"}
	args = append(append(args, pc.BuildFlags...), "-buildvcs=false", "-pgo=off", "--")
	cmd := exec.CommandContext(pc.Context, "go", append(args, patterns...)...)
	cmd.Dir, cmd.Env = pc.Dir, pc.Env
	out, err := cmd.Output()
	if err != nil {
		if err := pc.Context.Err(); err != nil {
			return nil, err
		}
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && len(bytes.TrimSpace(exit.Stderr)) > 0 {
			return nil, &LoadError{Lines: strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")}
		}
		return nil, &LoadError{Lines: []string{"go list failed: " + err.Error()}}
	}
	var list []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var q listed
		if err := dec.Decode(&q); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		list = append(list, q)
	}
}

// plainPath is the import path of the package that the one with this id is a
// variant of, empty for the generated main package of a test binary.
func plainPath(id, name, forTest string) string {
	if strings.HasSuffix(id, ".test") && name == "main" {
		return ""
	}
	path, _, _ := strings.Cut(id, " ")
	if forTest != "" && path == forTest+"_test" {
		return forTest
	}
	return path
}

// replaceFiles has the go command and the parser see contents in place of files.
// Package packages has an overlay of its own, with which it reads the standard
// library, too, from source; it is needed for files that are not there without.
func replaceFiles(pc *packages.Config, contents map[string][]byte) (remove func(), err error) {
	real := map[string][]byte{}
	for name, content := range contents {
		resolved, err := filepath.EvalSymlinks(name)
		if err != nil {
			pc.Overlay = contents
			return func() {}, nil
		}
		real[resolved] = content
	}
	dir, err := os.MkdirTemp("", "trace-load-")
	if err != nil {
		return nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	replace := map[string]string{}
	for i, name := range sortedKeys(contents) {
		to := filepath.Join(dir, strconv.Itoa(i)+"-"+filepath.Base(name))
		if err := os.WriteFile(to, contents[name], 0o600); err != nil {
			remove()
			return nil, err
		}
		replace[name] = to
	}
	data, err := json.Marshal(struct{ Replace map[string]string }{replace})
	file := filepath.Join(dir, "overlay.json")
	if err == nil {
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		remove()
		return nil, err
	}
	pc.BuildFlags = append(pc.BuildFlags, "-overlay="+file)
	pc.ParseFile = func(fset *token.FileSet, name string, src []byte) (*ast.File, error) {
		if resolved, err := filepath.EvalSymlinks(name); err == nil {
			if content, ok := real[resolved]; ok {
				src = content
			}
		}
		return parser.ParseFile(fset, name, src, parserMode)
	}
	return remove, nil
}

// parserMode is how package packages parses.
const parserMode = parser.AllErrors | parser.ParseComments
