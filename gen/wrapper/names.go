package wrapper

import (
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"
)

const runtimePath = "github.com/opto-go/trace/runtime"

// names keeps the identifiers of the generated file apart: imports and
// variables must not be called like something of the package, and parameters
// must hide nothing that the wrapper uses.
type names struct {
	plan    *planner
	used    map[string]bool   // at package or file level
	imports map[string]string // by path
}

// newNames chooses the names of imports and tells the file. The runtime comes
// first: it is called trace unless the package has such a name itself.
func newNames(f *jen.File, p *planner, calls []*call) *names {
	n := &names{plan: p, used: map[string]bool{}, imports: map[string]string{}}
	for _, c := range calls {
		n.used[c.name] = true
	}
	needed := neededPackages(calls)
	n.imports[runtimePath] = n.choose("trace")
	f.ImportAlias(runtimePath, n.imports[runtimePath])
	for _, path_ := range sortedKeys(needed) {
		if path_ == p.pkg.Types.Path() || path_ == runtimePath {
			continue
		}
		name := needed[path_].Name()
		chosen := n.choose(name)
		n.imports[path_] = chosen
		if chosen != name || path.Base(path_) != name {
			f.ImportAlias(path_, chosen)
		} else {
			f.ImportName(path_, name)
		}
	}
	return n
}

// choose takes a name that neither the package nor this file has.
func (n *names) choose(name string, more ...func(string) bool) string {
	chosen := free(name, func(s string) bool {
		for _, taken := range more {
			if taken(s) {
				return true
			}
		}
		return n.used[s] || n.plan.atTop(s) != "" || types.Universe.Lookup(s) != nil
	})
	n.used[chosen] = true
	return chosen
}

// variable takes a name for a variable of the package.
func (n *names) variable(name string) string {
	return n.choose(name, func(s string) bool { return n.plan.imported(s) != "" })
}

// free returns the name, with a number if it is taken.
func free(name string, taken func(string) bool) string {
	if last := name[len(name)-1]; taken(name) && '0' <= last && last <= '9' {
		name += "_"
	}
	chosen := name
	for i := 2; taken(chosen) || token.IsKeyword(chosen); i++ {
		chosen = name + strconv.Itoa(i)
	}
	return chosen
}

// A scope is the names inside one wrapper.
type scope map[string]bool

// choose takes a name that hides nothing.
func (s scope) choose(name string) string {
	name = free(name, func(name string) bool { return s[name] })
	s[name] = true
	return name
}

// vars names variables: after themselves if that hides nothing, or else by the
// fallback. Those that have a name choose first.
func (s scope) vars(vars []*types.Var, fallback func(int) string) []string {
	list := make([]string, len(vars))
	for i, v := range vars {
		if named(v) {
			list[i] = s.choose(v.Name())
		}
	}
	for i := range vars {
		if list[i] == "" {
			list[i] = s.choose(fallback(i))
		}
	}
	return list
}

func named(v *types.Var) bool { return v.Name() != "" && v.Name() != "_" }

// needs notes what the rendered form of a type begins with.
func (n *names) needs(s scope, t types.Type) {
	eachName(t, func(pkg *types.Package, name string) {
		if pkg != nil && pkg != n.plan.pkg.Types {
			name = n.imports[pkg.Path()]
		}
		s[name] = true
	})
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
