package source

import (
	"bytes"
	"cmp"
	"fmt"
	"go/types"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen"
)

// An index knows the packages that the modules of a program import, and reads
// further ones of the standard library. Nil knows none.
type index struct {
	prog   *gen.Program
	names  map[string]string   // path → name
	byName map[string][]string // name → paths that the modules import, of other modules

	mu     sync.Mutex
	loaded map[string]*types.Package // what is known of packages behind others
	read   map[string]*types.Package // those that were asked for and are whole
}

func newIndex(prog *gen.Program) *index {
	x := &index{prog: prog, names: map[string]string{}, byName: map[string][]string{}}
	own := map[string]bool{}
	for _, pkg := range prog.Packages {
		own[pkg.PkgPath] = true
	}
	for _, pkg := range prog.Packages {
		for p, dep := range pkg.Imports {
			if x.names[p] != "" || dep.Name == "" {
				continue
			}
			x.names[p] = dep.Name
			internal := strings.Contains("/"+p+"/", "/internal/")
			if group(p) && !own[p] && !internal && dep.Name != "main" {
				x.byName[dep.Name] = append(x.byName[dep.Name], p)
			}
		}
	}
	return x
}

// nameOf is the name of a package.
func (x *index) nameOf(p string) string {
	if x != nil && x.names[p] != "" {
		return x.names[p]
	}
	return guessedName(p)
}

// elsewhere is the only package of this name that the modules import, empty if
// there is none or more.
func (x *index) elsewhere(name string) string {
	if x == nil || len(x.byName[name]) != 1 {
		return ""
	}
	return x.byName[name][0]
}

// load returns a package that base does not import. What the program has
// loaded already is used for the packages behind it, so that their types are
// the same.
func (x *index) load(base *packages.Package, p string) (*types.Package, error) {
	if x == nil {
		return nil, fmt.Errorf("package %s is not loaded", p)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if pkg := x.read[p]; pkg != nil {
		return pkg, nil
	}
	if x.loaded == nil {
		x.loaded, x.read = map[string]*types.Package{}, map[string]*types.Package{}
		for _, pkg := range x.prog.Packages {
			if pkg.Types != nil {
				reachable(x.loaded, pkg.Types.Imports())
			}
		}
	}
	if pkg := x.direct(base, p); pkg != nil {
		return pkg, nil
	}
	cmd := exec.Command("go", "list", "-export", "-f", "{{.Export}}", "--", p)
	cmd.Dir, cmd.Env = cmp.Or(x.prog.ModRoot, x.prog.Config.Dir), x.prog.Config.Env
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("package %s cannot be loaded: %s", p, strings.TrimSpace(stderr.String()))
	}
	f, err := os.Open(strings.TrimSpace(string(out)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	//lint:ignore SA1019 until Go 1.28 the file is an archive, and the reader takes both (go.dev/issue/68898)
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, err
	}
	pkg, err := gcexportdata.Read(r, x.prog.Fset, x.loaded, p)
	if err == nil {
		x.read[p] = pkg
	}
	return pkg, err
}

// direct finds a package that some package of the program imports itself, and
// that is loaded whole therefore.
func (x *index) direct(base *packages.Package, p string) *types.Package {
	for _, pkg := range slices.Concat([]*packages.Package{base}, x.prog.Packages) {
		if dep := pkg.Imports[p]; dep != nil && dep.Types != nil && dep.Types.Complete() && dep.Types.Scope().Len() > 0 {
			return dep.Types
		}
	}
	return nil
}

func reachable(m map[string]*types.Package, list []*types.Package) {
	for _, p := range list {
		if m[p.Path()] == nil {
			m[p.Path()] = p
			reachable(m, p.Imports())
		}
	}
}
