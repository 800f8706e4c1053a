package overlay

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"go/version"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// LangVersion returns the language version that rewritten files have in a module
// with the given go line (empty: none): that of the line, unless Write lifts
// them. The result has the form that go/types wants: "go1.21".
func LangVersion(goLine string) string {
	if goLine == "" || version.Compare("go"+goLine, "go1.18") < 0 {
		return "go1.21" // what the compiler takes a lower version in a //go:build line for
	}
	return version.Lang("go" + goLine)
}

// liftAll returns files with the language version of those lifted whose
// module's go line is older than type parameters.
func liftAll(files map[string][]byte) (map[string][]byte, error) {
	out := make(map[string][]byte, len(files))
	old := map[string]bool{} // directory → its module is that old
	for name, content := range files {
		out[name] = content
		dir := filepath.Dir(name)
		isOld, ok := old[dir]
		if !ok {
			isOld = oldModule(dir)
			old[dir] = isOld
		}
		if !isOld || filepath.Ext(name) != ".go" {
			continue
		}
		lifted, err := lift(name, content)
		if err != nil {
			return nil, err
		}
		out[name] = lifted
	}
	return out, nil
}

// oldModule reports whether the module that dir belongs to has a go line below
// 1.18. Without a readable go.mod it has none that matters here.
func oldModule(dir string) bool {
	for {
		data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil {
			mod, err := modfile.ParseLax("go.mod", data, nil)
			return err == nil && version.Compare("go"+goLine(mod), "go1.18") < 0
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir = parent
	}
}

// lift lets a file use type parameters whatever its module's go line says: a
// //go:build line with a release raises the language version of its file.
// Positions stay as they are. Everything from go1.22 on would change loop
// variables; the compiler takes go1.18 here for go1.21.
func lift(name string, content []byte) ([]byte, error) {
	fset := token.NewFileSet()
	mode := parser.ParseComments | parser.PackageClauseOnly | parser.SkipObjectResolution
	f, err := parser.ParseFile(fset, name, content, mode)
	if err != nil {
		return nil, err
	}
	goBuild, plusBuild := constraints(f)
	offset := func(p token.Pos) int { return fset.File(f.Pos()).Offset(p) }

	// The older lines must go: beside a //go:build line that says something
	// else, vet reports them. Comments keep their places in the file.
	text := string(content)
	var x constraint.Expr
	for i := len(plusBuild) - 1; i >= 0; i-- { // from the back: offsets stay good
		c := plusBuild[i]
		y, err := constraint.Parse(c.Text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fset.Position(c.Pos()), err)
		}
		if x == nil {
			x = y
		} else {
			x = &constraint.AndExpr{X: y, Y: x}
		}
		text = text[:offset(c.Pos())] + "//" + strings.Repeat(" ", len(c.Text)-2) + text[offset(c.End()):]
	}

	if goBuild != nil {
		x, err := constraint.Parse(goBuild.Text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fset.Position(goBuild.Pos()), err)
		}
		return []byte(text[:offset(goBuild.Pos())] + goBuildLine(x) + text[offset(goBuild.End()):]), nil
	}
	text = strings.TrimPrefix(text, "\ufeff") // a byte order mark is one at the start only
	head := goBuildLine(x) + "\n"
	if !strings.HasPrefix(text, "//line ") {
		head += "//line " + name + ":1:1\n"
	}
	return []byte(head + text), nil
}

// constraints returns the build constraints of a file: the //go:build line and
// the older // +build lines.
func constraints(f *ast.File) (goBuild *ast.Comment, plusBuild []*ast.Comment) {
	for _, group := range f.Comments {
		for _, c := range group.List {
			switch {
			case c.Pos() > f.Package:
			case constraint.IsGoBuild(c.Text):
				goBuild = c
			case constraint.IsPlusBuild(c.Text) && group != f.Doc: // a doc comment is prose
				plusBuild = append(plusBuild, c)
			}
		}
	}
	return goBuild, plusBuild
}

// goBuildLine returns the line for a constraint (nil: none) and the language
// version.
func goBuildLine(x constraint.Expr) string {
	var lang constraint.Expr = &constraint.TagExpr{Tag: "go1.18"}
	if x != nil {
		lang = &constraint.AndExpr{X: x, Y: lang}
	}
	return "//go:build " + lang.String()
}
