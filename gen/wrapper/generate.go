package wrapper

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/opto-go/trace/gen/directive"
)

// An Error holds the reasons why no file can be generated, with positions.
type Error struct {
	Fset     *token.FileSet
	Problems []directive.Problem // sorted
}

// Error lists the problems, one on a line, each followed by its hint.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = fmt.Sprintf("%s: %s", e.Fset.Position(p.Pos), p.Message)
		if p.Hint != "" {
			lines[i] += "\n\thint: " + p.Hint
		}
	}
	return strings.Join(lines, "\n")
}

// Generate returns what the generated file of a package should hold, nil if
// there should be none. The targets are those of [directive.Collect]; taken are
// the package-level names of files that belong to the package only sometimes:
// tests, and those that build constraints leave out now. The error is an *Error
// if wrappers cannot be written for some of the targets.
//
// The package must have been loaded without its generated file; see
// [Overlay].
func Generate(pkg *directive.Package, targets []*directive.Target, taken map[string]token.Position) ([]byte, error) {
	if pkg.Types == nil {
		return nil, errors.New("wrapper: package " + pkg.Path + " has no type information")
	}
	p := &planner{pkg: pkg, taken: taken}
	calls := p.plan(targets)
	params := p.params(targets)
	if len(p.problems) > 0 {
		slices.SortStableFunc(p.problems, func(a, b directive.Problem) int {
			p, q := pkg.Fset.Position(a.Pos), pkg.Fset.Position(b.Pos)
			return cmp.Or(cmp.Compare(p.Filename, q.Filename), cmp.Compare(p.Offset, q.Offset))
		})
		return nil, &Error{pkg.Fset, p.problems}
	}
	if len(calls) == 0 && len(params) == 0 {
		return nil, nil
	}
	f := jen.NewFilePathName(pkg.Types.Path(), pkg.Types.Name())
	f.HeaderComment(Header)
	n := newNames(f, p, calls)
	// Sorted by name, not by place, so that moving a function changes nothing.
	slices.SortFunc(calls, func(a, b *call) int { return cmp.Compare(a.name, b.name) })
	slices.SortFunc(params, func(a, b param) int { return cmp.Compare(a.target.ID, b.target.ID) })
	writeTable(f, params)
	for _, c := range calls {
		bundle := n.variable("bundle" + upperFirst(strings.TrimPrefix(strings.TrimPrefix(c.name, "trace"), "Trace")))
		if err := writeCall(f, n, c, bundle); err != nil {
			return nil, fmt.Errorf("%s: %w", pkg.Fset.Position(c.target.Pos), err)
		}
	}
	var buf bytes.Buffer
	if err := f.Render(&buf); err != nil {
		return nil, fmt.Errorf("wrapper: package %s: %w", pkg.Path, err)
	}
	return buf.Bytes(), nil
}

// neededPackages are those that the wrappers name, by path.
func neededPackages(calls []*call) map[string]*types.Package {
	needed := map[string]*types.Package{}
	add := func(pkg *types.Package, _ string) {
		if pkg != nil {
			needed[pkg.Path()] = pkg
		}
	}
	for _, c := range calls {
		for _, tp := range c.tparams {
			eachName(tp.Constraint(), add)
		}
		for _, v := range slices.Concat(c.vars(), c.results) {
			eachName(v.Type(), add)
		}
	}
	return needed
}
