package source

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/optimizer"
)

// A typed is a proposed text within its type-checked package.
type typed struct {
	check *packageCheck
	edit  *edit
	info  *types.Info
	pkg   *types.Package
	node  ast.Node // *ast.BlockStmt, or the expression
	decl  *ast.FuncDecl
}

// position maps a position in the new file to the proposed text. The line is 0
// outside of it.
func (c *typed) position(pos token.Pos) token.Position {
	at := c.check.prog.PositionFor(pos, false)
	if at.Filename != c.edit.param.File {
		return token.Position{}
	}
	return c.edit.position(at.Offset)
}

// position maps an offset in the spliced file to the proposed text.
func (e *edit) position(offset int) token.Position {
	if offset < e.at || offset > e.at+len(e.text) {
		return token.Position{}
	}
	return linePos(e.prop.src, e.prop.from+offset-e.at)
}

// A packageCheck is one package, type-checked with the edits of a proposal.
type packageCheck struct {
	prog  *token.FileSet
	base  *packages.Package
	edits map[string][]*edit // by file
	files []*ast.File
	added []*token.File
	pkg   *types.Package
	info  *types.Info
	errs  []types.Error
}

// checkPackage parses the changed files of a package and checks all of it.
// The caller must call done.
func checkPackage(fset *token.FileSet, base *packages.Package, edits map[string][]*edit) (*packageCheck, error) {
	c := &packageCheck{prog: fset, base: base, edits: edits}
	for _, f := range base.Syntax {
		name := fset.PositionFor(f.FileStart, false).Filename
		list := edits[name]
		if len(list) == 0 {
			c.files = append(c.files, f)
			continue
		}
		t := list[0].param.text
		content, moved := t.withImports(t.splice(list, false), list)
		for _, e := range list {
			e.at, e.moved = e.at+moved, moved
		}
		parsed, err := parser.ParseFile(fset, name, content, parser.SkipObjectResolution|parser.ParseComments)
		if parsed != nil {
			c.added = append(c.added, fset.File(parsed.FileStart))
		}
		if err != nil {
			return c, err
		}
		c.files = append(c.files, parsed)
	}
	c.info = &types.Info{
		Types:      make(map[ast.Expr]types.TypeAndValue),
		Defs:       make(map[*ast.Ident]types.Object),
		Uses:       make(map[*ast.Ident]types.Object),
		Selections: make(map[*ast.SelectorExpr]*types.Selection),
		Implicits:  make(map[ast.Node]types.Object),
	}
	conf := types.Config{
		Importer: newImporter(base, edits),
		Sizes:    base.TypesSizes,
		Error: func(err error) {
			if e, ok := err.(types.Error); ok {
				c.errs = append(c.errs, e)
			}
		},
	}
	if m := base.Module; m != nil && m.GoVersion != "" {
		conf.GoVersion = "go" + m.GoVersion
	}
	// All errors go to conf.Error.
	c.pkg, _ = conf.Check(base.Types.Path(), fset, c.files, c.info)
	return c, nil
}

// done takes the parsed files out of the program's file set.
func (c *packageCheck) done() {
	for _, f := range c.added {
		if f != nil {
			c.prog.RemoveFile(f)
		}
	}
}

// An importer hands out the packages that the program has loaded.
type importer struct {
	base   *packages.Package
	index  *index // of packages that new texts import
	loaded map[string]*types.Package
}

func newImporter(base *packages.Package, edits map[string][]*edit) *importer {
	im := &importer{base: base, loaded: make(map[string]*types.Package)}
	for _, p := range base.Types.Imports() {
		im.loaded[p.Path()] = p
	}
	for _, list := range edits {
		im.index = list[0].param.text.index
	}
	return im
}

func (im *importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if dep := im.base.Imports[path]; dep != nil {
		// Vendored packages and test variants: the ID tells the path.
		id, _, _ := strings.Cut(dep.ID, " ")
		if p := im.loaded[id]; p != nil {
			return p, nil
		}
		if dep.Types != nil && dep.Types.Complete() {
			return dep.Types, nil
		}
	}
	if p := im.loaded[path]; p != nil && p.Complete() && p.Scope().Len() > 0 {
		return p, nil
	}
	return im.index.load(im.base, path)
}

// typed finds the checked syntax of an edit.
func (c *packageCheck) typed(e *edit) *typed {
	t := &typed{check: c, edit: e, info: c.info, pkg: c.pkg}
	offset := func(pos token.Pos) int { return c.prog.PositionFor(pos, false).Offset }
	for _, f := range c.files {
		if !slices.Contains(c.added, c.prog.File(f.FileStart)) || c.prog.PositionFor(f.FileStart, false).Filename != e.param.File {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if n == nil || t.node != nil || offset(n.End()) < e.at || offset(n.Pos()) > e.at {
				return false
			}
			if fn, ok := n.(*ast.FuncDecl); ok {
				t.decl = fn
			}
			if offset(n.Pos()) == e.at && offset(n.End()) == e.at+len(e.text) {
				_, block := n.(*ast.BlockStmt)
				if _, expr := n.(ast.Expr); block || expr && e.param.Kind == optimizer.Value {
					t.node = n
				}
			}
			return t.node == nil
		})
	}
	return t
}

// findings are the type errors. Those outside of all proposed texts say where
// they are.
func (c *packageCheck) findings(e *edit) []finding {
	var out []finding
	for _, err := range c.errs {
		if len(out) > 0 && strings.HasPrefix(err.Msg, "\t") {
			// go/types reports the further places of one error one by one.
			out[len(out)-1].msg += fmt.Sprintf("; %s (%s)", shorten(strings.TrimSpace(err.Msg)), c.place(e, err.Pos))
			continue
		}
		out = append(out, c.finding(e, err))
	}
	return out
}

func (c *packageCheck) finding(e *edit, err types.Error) finding {
	at := c.prog.PositionFor(err.Pos, false)
	msg := shorten(err.Msg)
	f := finding{msg: msg, hint: typeHint(e.param, msg)}
	for _, other := range c.edits[at.Filename] {
		pos := other.position(at.Offset)
		if pos.Line == 0 {
			continue
		}
		f.pos = pos
		if other != e {
			f.pos = token.Position{}
			f.msg = fmt.Sprintf("in the proposed text of %s, line %d: %s", other.param.ID, pos.Line, msg)
		}
		return f
	}
	if path, ok := strings.CutSuffix(msg, " imported and not used"); ok {
		f.msg = fmt.Sprintf("the file imports %s and nothing would use it any more, so the package would not compile", path)
		f.hint = "use the package in the body; this import cannot be taken out"
		return f
	}
	at = c.original(at)
	f.msg = fmt.Sprintf("with this text the package does not compile: %s:%d:%d: %s", e.param.rel(at.Filename), at.Line, at.Column, msg)
	return f
}

// rel names a file as people see it in their module.
func (p *Param) rel(path string) string {
	root, ok := strings.CutSuffix(filepath.ToSlash(p.File), p.Param.File)
	if !ok || root == "" {
		return filepath.Base(path)
	}
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return filepath.Base(path)
	}
	return filepath.ToSlash(rel)
}

// place says where a position is: a line of the proposed text, or of a file.
func (c *packageCheck) place(e *edit, pos token.Pos) string {
	at := c.prog.PositionFor(pos, false)
	if at.Filename == e.param.File {
		if in := e.position(at.Offset); in.Line > 0 {
			return fmt.Sprintf("line %d", in.Line)
		}
	}
	at = c.original(at)
	return fmt.Sprintf("%s:%d", e.param.rel(at.Filename), at.Line)
}

// original maps a place outside of the proposed texts to the file as it is.
func (c *packageCheck) original(at token.Position) token.Position {
	list := c.edits[at.Filename]
	offset := at.Offset
	if len(list) > 0 {
		offset -= list[0].moved
	}
	for _, e := range list {
		if e.at+len(e.text) <= at.Offset {
			offset += e.param.End - e.param.Start - len(e.text)
		}
	}
	if len(list) > 0 {
		in := linePos(string(list[0].param.text.data), offset)
		at.Line, at.Column = in.Line, in.Column
	}
	return at
}

// shorten keeps a message of go/types to a size that fits a prompt.
func shorten(msg string) string {
	if len(msg) > 400 {
		return strings.ToValidUTF8(msg[:400], "") + "…"
	}
	return msg
}

// typeHint says what to do about common errors.
func typeHint(p *Param, msg string) string {
	if p.Kind == optimizer.Value {
		return wanted(p)
	}
	if name, ok := strings.CutPrefix(msg, "undefined: "); ok && token.IsIdentifier(name) {
		if std := standardNamed(name); std != "" {
			return fmt.Sprintf("the file does not import %q; %s", std, importHint(p))
		}
		return "use only what the package declares, the parameters and your own local variables; " + importHint(p)
	}
	if strings.HasPrefix(msg, "declared and not used") {
		return "Go rejects unused variables: use it or remove it"
	}
	if msg == "missing return" {
		return "every path must end in a return statement"
	}
	return ""
}

// standardNamed returns an allowed standard package of this name.
func standardNamed(name string) string {
	best := ""
	for path := range Allowed {
		if last := path[strings.LastIndex(path, "/")+1:]; last == name && (best == "" || len(path) < len(best)) {
			best = path
		}
	}
	switch name {
	case "rand":
		return "math/rand"
	case "http", "exec", "reflect", "runtime", "unsafe", "syscall", "net", "testing":
		return name
	}
	return best
}

func importPath(spec *ast.ImportSpec) string {
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return path
}
