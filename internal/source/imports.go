package source

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"regexp"
	"slices"
)

// An importChange is what edits make of the imports of a file: packages that a
// new text uses come, those that nothing uses any more go.
type importChange struct {
	add  []string        // paths, sorted
	drop map[string]bool // names by which the file knew them
	text *text           // of the file
	file *ast.File       // as spliced
	fset *token.FileSet  // of file
	at   func(token.Pos) int
}

// withImports returns the spliced content of a file with its imports as the
// edits need them, and how many bytes that moved what stands behind them.
func (t *text) withImports(content []byte, edits []*edit) ([]byte, int) {
	c := t.importChange(content, edits)
	if c == nil {
		return content, 0
	}
	out := c.apply(content)
	if out == nil {
		return content, 0
	}
	return out, len(out) - len(content)
}

// importChange compares what the file and the spliced content use. It is nil if
// nothing changes, or nothing is known.
func (t *text) importChange(content []byte, edits []*edit) *importChange {
	was := t.bases()
	fset, file, now := parseBases(content)
	if was == nil || now == nil {
		return nil
	}
	c := &importChange{drop: map[string]bool{}, text: t, file: file, fset: fset}
	c.at = func(pos token.Pos) int { return fset.PositionFor(pos, false).Offset }
	known := map[string]bool{}
	for _, spec := range file.Imports {
		name := localName(edits[0].param, spec)
		known[name] = true
		// A name that the file did not use was guessed wrongly.
		if name != "_" && name != "." && was[name] != nil && now[name] == nil {
			c.drop[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if known[name] || was[name] != nil || declared(edits[0].param, name) {
			continue
		}
		if p := t.packageNamed(edits, name, now[name]); p != "" {
			c.add = append(c.add, p)
		}
	}
	slices.Sort(c.add)
	if len(c.add) == 0 && len(c.drop) == 0 {
		return nil
	}
	return c
}

// bases are the names in the file that may stand for packages.
func (t *text) bases() map[string]map[string]bool {
	t.once.Do(func() { _, _, t.used = parseBases(t.data) })
	return t.used
}

// parseBases lists the selectors of every name that the file itself does not
// declare: of strings.ToUpper and strings.Fields that is ToUpper and Fields
// under strings.
func parseBases(content []byte) (*token.FileSet, *ast.File, map[string]map[string]bool) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", content, parser.ParseComments)
	if err != nil {
		return nil, nil, nil
	}
	open := map[*ast.Ident]bool{}
	for _, id := range file.Unresolved {
		open[id] = true
	}
	bases := map[string]map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := sel.X.(*ast.Ident); ok && open[id] {
			if bases[id.Name] == nil {
				bases[id.Name] = map[string]bool{}
			}
			bases[id.Name][sel.Sel.Name] = true
		}
		return true
	})
	return fset, file, bases
}

// localName is the name by which a file knows a package that it imports.
func localName(p *Param, spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	imported := importPath(spec)
	if len(p.pkgs) > 0 {
		if dep := p.pkgs[0].Imports[imported]; dep != nil && dep.Name != "" {
			return dep.Name
		}
	}
	return guessedName(imported)
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// guessedName is the name that a package of this path has, usually.
func guessedName(imported string) string {
	dir, last := path.Split(imported)
	if majorVersion.MatchString(last) && dir != "" {
		last = path.Base(dir)
	}
	return last
}

// declared reports whether a name means something in the package or everywhere.
func declared(p *Param, name string) bool {
	if types.Universe.Lookup(name) != nil {
		return true
	}
	return p.Syntax != nil && p.Syntax.Pkg != nil && p.Syntax.Pkg.Scope().Lookup(name) != nil
}

// packageNamed finds the package that a new text means by a name: one that the
// package of the file imports elsewhere, else one of the standard library that
// a body may use, else one that the module imports elsewhere. Nothing that the
// module does not require already is taken.
func (t *text) packageNamed(edits []*edit, name string, symbols map[string]bool) string {
	p := edits[0].param
	if len(p.pkgs) > 0 {
		for _, f := range p.pkgs[0].Syntax {
			for _, spec := range f.Imports {
				if spec.Name == nil && localName(p, spec) == name && importPath(spec) != "C" {
					return importPath(spec)
				}
			}
		}
	}
	if std := standardWith(name, symbols); std != "" {
		return std
	}
	for _, e := range edits {
		for _, entry := range e.param.Allow {
			if guessedName(entry) == name {
				return entry // a package of allow=; an entry for a symbol has another end
			}
		}
	}
	return t.index.elsewhere(name)
}

// Of the two packages rand the newer one is meant by what only it has.
var randV2 = []string{"ChaCha8", "Int32N", "Int64N", "IntN", "N", "NewChaCha8", "NewPCG", "PCG", "Uint32N", "Uint64N", "UintN"}

// standardWith returns the standard package of this name that a body may use.
func standardWith(name string, symbols map[string]bool) string {
	if name == "rand" {
		if slices.ContainsFunc(randV2, func(s string) bool { return symbols[s] }) {
			return "math/rand/v2"
		}
		return "math/rand"
	}
	best := ""
	for p := range Allowed {
		if guessedName(p) == name && (best == "" || len(p) < len(best) || len(p) == len(best) && p < best) {
			best = p
		}
	}
	return best
}
