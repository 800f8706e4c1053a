package source

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"
)

// A body may call a function of its own module if the original reached it, at
// whatever depth, or if everything that function does, and everything it calls, the
// body might do by itself. So a helper that only computes can be called by
// everyone, and one that removes files by those who removed them before.
//
// Code of the owner may use locks, pools, reflect and unsafe where a body may not.
//
// What is followed are names: calls, method values, mentions, functions that package
// variables begin with, and of a method of an interface all implementations in the
// module. Not seen are function values in parameters, fields and maps, and methods
// that are called through interfaces of other packages.

// reach knows the functions of the main module as they were loaded.
type reach struct {
	once  sync.Once
	mu    sync.Mutex
	decls map[string]declaration
	named map[string]*types.TypeName // by path and name
	uses  map[string][]use           // of declarations, when they are asked for
	from  map[*Param]map[useKey]bool // keys of all uses that the original reaches
}

// declaration is what a name of the module stands for: a body or an initial value.
type declaration struct {
	node ast.Node
	info *types.Info
}

func (k *Checker) loadReach() *reach {
	r := &k.reach
	r.once.Do(func() {
		r.decls, r.named = map[string]declaration{}, map[string]*types.TypeName{}
		r.uses, r.from = map[string][]use{}, map[*Param]map[useKey]bool{}
		for _, list := range [][]*packages.Package{k.prog.Packages, k.prog.Roots} {
			for _, pkg := range list {
				if pkg.TypesInfo != nil && pkg.Types != nil {
					r.add(pkg)
				}
			}
		}
	})
	return r
}

func (r *reach) add(pkg *packages.Package) {
	path := pkg.Types.Path()
	scope := pkg.Types.Scope()
	for _, name := range scope.Names() {
		if tn, ok := scope.Lookup(name).(*types.TypeName); ok && !tn.IsAlias() {
			r.named[path+"."+name] = tn
		}
	}
	for _, f := range pkg.Syntax {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if obj := pkg.TypesInfo.Defs[d.Name]; obj != nil && d.Body != nil {
					r.decls[path+"."+symbolOf(obj)] = declaration{d.Body, pkg.TypesInfo}
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					vs, ok := spec.(*ast.ValueSpec)
					if !ok || d.Tok != token.VAR {
						continue
					}
					for i, name := range vs.Names {
						v := pkg.TypesInfo.Defs[name]
						if v == nil || !holdsCode(v.Type()) || len(vs.Values) == 0 {
							continue
						}
						r.decls[path+"."+v.Name()] = declaration{vs.Values[min(i, len(vs.Values)-1)], pkg.TypesInfo}
					}
				}
			}
		}
	}
}

// holdsCode reports whether calling through a value of type t is likely to run what
// the value was made of.
func holdsCode(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Signature, *types.Interface:
		return true
	case *types.Map:
		return holdsCode(u.Elem())
	case *types.Slice:
		return holdsCode(u.Elem())
	}
	return false
}

// next are the names that a use of the module's own stands for: itself, or what
// implements it.
func (r *reach) next(u use) []string {
	typ, method, ok := strings.Cut(u.symbol, ".")
	tn := r.named[u.path+"."+typ]
	if !ok || tn == nil {
		return []string{u.path + "." + u.symbol}
	}
	iface, ok := tn.Type().Underlying().(*types.Interface)
	if !ok {
		return []string{u.path + "." + u.symbol}
	}
	var out []string
	for _, impl := range r.named {
		if named, ok := impl.Type().(*types.Named); ok && named.TypeParams().Len() > 0 {
			continue
		}
		ptr := types.NewPointer(impl.Type())
		if types.IsInterface(impl.Type()) || !types.Implements(ptr, iface) {
			continue
		}
		if obj, _, _ := types.LookupFieldOrMethod(ptr, true, impl.Pkg(), method); obj != nil && obj.Pkg() != nil {
			out = append(out, obj.Pkg().Path()+"."+symbolOf(obj))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// reached are the keys of everything that the original body of p uses, directly or
// through functions of the module.
func (k *Checker) reached(p *Param) map[useKey]bool {
	r := k.loadReach()
	r.mu.Lock()
	defer r.mu.Unlock()
	if set := r.from[p]; set != nil {
		return set
	}
	set := map[useKey]bool{}
	r.from[p] = set
	seen := map[string]bool{}
	var follow func(node ast.Node, info *types.Info)
	follow = func(node ast.Node, info *types.Info) {
		for _, u := range uses(node, info) {
			set[u.key()] = true
			if u.path == "" || u.write {
				continue
			}
			for _, name := range r.next(u) {
				if d, ok := r.decls[name]; ok && !seen[name] {
					seen[name] = true
					set[use{path: name[:max(0, lastPath(name))], symbol: name[lastPath(name)+1:]}.key()] = true
					follow(d.node, d.info)
				}
			}
		}
	}
	if p.Syntax.Func != nil {
		follow(p.Syntax.Func.Body, p.Syntax.Info)
	} else {
		follow(p.Syntax.Expr, p.Syntax.Info)
	}
	return set
}

// lastPath is where the import path of a whole name ends.
func lastPath(name string) int {
	slash := strings.LastIndexByte(name, '/') + 1
	return slash + strings.IndexByte(name[slash:], '.')
}

// ownDenied says why a body of p may not use a function of its own module.
func (k *Checker) ownDenied(p *Param, u use) (finding, bool) {
	if k.reached(p)[u.key()] || grants(p.Allow, u.path, u.symbol) {
		return finding{}, false
	}
	why, bad := k.doesMore(p, u, map[string]bool{})
	if !bad {
		return finding{}, false
	}
	return finding{
		msg:  fmt.Sprintf("%s is not reached by the original, and %s", u.symbol, why),
		hint: fmt.Sprintf("call only what the original leads to, or what just computes; the owner of the code can permit it, by allow=%q on the directive or -allow", u.path+"."+u.symbol),
	}, true
}

// doesMore finds something that a function of the module does, and a body of p could
// not.
func (k *Checker) doesMore(p *Param, from use, seen map[string]bool) (string, bool) {
	r, reached, original := k.loadReach(), k.reached(p), k.originalUses(p)
	for _, name := range r.next(from) {
		d, ok := r.decls[name]
		if !ok || seen[name] {
			continue
		}
		seen[name] = true
		for _, u := range r.usesOf(name, d) {
			if trusted(u) {
				continue
			}
			if k.isOwn(p, u.path) && !u.write && !u.starts {
				if reached[u.key()] || grants(p.Allow, u.path, u.symbol) {
					continue
				}
				if why, bad := k.doesMore(p, u, seen); bad {
					return fmt.Sprintf("calls %s, which %s", u.symbol, strings.TrimPrefix(why, "it ")), true
				}
				continue
			}
			if reached[u.key()] && u.write {
				continue
			}
			if original[u.key()] {
				continue
			}
			if f, denied := k.denied(p, u); denied {
				return "it may lead to this: " + f.msg, true
			}
		}
	}
	return "", false
}

// trusted are uses that may stand in code of the owner, though not in a proposal:
// they reach nothing outside of the process.
func trusted(u use) bool { return u.write && u.sync || !u.write && trustedPackages[u.path] }

// trustedPackages are what is not in [Allowed] because of what a text could do with it
// that nobody has read, or because bodies have no need of it.
var trustedPackages = map[string]bool{
	"crypto/aes": true, "crypto/cipher": true, "crypto/ed25519": true, "crypto/rand": true,
	"encoding/asn1": true, "encoding/gob": true, "go/doc/comment": true, "go/types": true,
	"html/template": true, "mime": true, "net/mail": true, "reflect": true, "text/template": true, "unsafe": true,
}

// usesOf is what a declaration uses, found once.
func (r *reach) usesOf(name string, d declaration) []use {
	r.mu.Lock()
	defer r.mu.Unlock()
	list, ok := r.uses[name]
	if !ok {
		list = uses(d.node, d.info)
		r.uses[name] = list
	}
	return list
}

func (k *Checker) isOwn(p *Param, path string) bool {
	return path != "" && (k.own[path] || path == p.target.Obj.Pkg().Path())
}

// originalUses are the keys of what the original itself does.
func (k *Checker) originalUses(p *Param) map[useKey]bool {
	var old ast.Node = p.Syntax.Expr
	if p.Syntax.Func != nil {
		old = p.Syntax.Func.Body
	}
	set := make(map[useKey]bool)
	for _, u := range uses(old, p.Syntax.Info) {
		set[u.key()] = true
	}
	return set
}
