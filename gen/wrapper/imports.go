package wrapper

import (
	"go/types"
	"path"
	"slices"
	"strconv"

	"github.com/dave/jennifer/jen"
)

const runtimePath = "github.com/opto-go/trace/runtime"

// names keeps the identifiers of the generated file apart: imports must not
// be called like something of the package, and parameters must hide nothing
// that the wrapper uses.
type names struct {
	pkg  *types.Package
	used map[string]bool // names of imports
}

// imports chooses the names of imports and tells the file. The runtime comes
// first: it is called trace unless the package has such a name itself.
func imports(f *jen.File, pkg *types.Package, needed map[string]*types.Package) *names {
	n := &names{pkg: pkg, used: map[string]bool{}}
	f.ImportAlias(runtimePath, n.choose("trace"))
	for _, p := range sortedKeys(needed) {
		if p == pkg.Path() || p == runtimePath {
			continue
		}
		name := needed[p].Name()
		if chosen := n.choose(name); chosen != name || path.Base(p) != name {
			f.ImportAlias(p, chosen)
		} else {
			f.ImportName(p, name)
		}
	}
	return n
}

func (n *names) choose(name string) string {
	chosen := name
	for i := 2; n.taken(chosen); i++ {
		chosen = name + strconv.Itoa(i)
	}
	n.used[chosen] = true
	return chosen
}

func (n *names) taken(name string) bool {
	return n.used[name] || n.pkg.Scope().Lookup(name) != nil || types.Universe.Lookup(name) != nil || jen.IsReservedWord(name)
}

// params gives each parameter of a wrapper a name: its own if it has one that
// hides nothing.
func (n *names) params(vars []*types.Var, fallback func(int) string) []string {
	list := make([]string, len(vars))
	for i, v := range vars {
		name := v.Name()
		if name == "" || name == "_" {
			name = fallback(i)
		}
		for n.taken(name) || slices.Contains(list[:i], name) {
			name += "_"
		}
		list[i] = name
	}
	return list
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
