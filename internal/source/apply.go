package source

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// Apply returns the new content of every file that assign changes. Exactly the
// bytes Start..End of each assigned parameter are replaced, by text as gofmt
// would have it at that place; a source equal to the parameter's own changes
// nothing.
//
// Apply takes what it is given: whether the result compiles, and whether the
// signatures agree, is for [Checker.Check] to say.
func Apply(params []*Param, assign map[string]string) (map[string][]byte, error) {
	edits, err := plan(params, assign)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]byte)
	for path, list := range edits {
		t := list[0].param.text
		content, err := t.applied(list)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if !bytes.Equal(content, t.data) {
			out[path] = content
		}
	}
	return out, nil
}

// An edit replaces the bytes of one parameter.
type edit struct {
	param *Param
	text  string // as proposed; lines end in \n
	prop  *proposed
	at    int // where text begins in the spliced content
	moved int // by how much changes of imports moved that
}

// plan parses the assigned texts and sorts them by file and position. Texts
// that change nothing are left out.
func plan(params []*Param, assign map[string]string) (map[string][]*edit, error) {
	byID := make(map[string]*Param, len(params))
	for _, p := range params {
		byID[p.ID] = p
	}
	edits := make(map[string][]*edit)
	for _, id := range slices.Sorted(maps.Keys(assign)) {
		p := byID[id]
		if p == nil {
			return nil, unknownParam(params, id)
		}
		if unixLines(assign[id]) == p.Source {
			continue
		}
		q, findings := parse(p, assign[id])
		if len(findings) > 0 {
			return nil, reject(StageParse, p, unixLines(assign[id]), findings...)
		}
		edits[p.File] = append(edits[p.File], newEdit(p, q))
	}
	for path, list := range edits {
		slices.SortFunc(list, func(a, b *edit) int { return cmp.Compare(a.param.Start, b.param.Start) })
		for i, e := range list[1:] {
			if last := list[i]; e.param.Start < last.param.End {
				return nil, &overlapError{path, last.param, e.param}
			}
		}
	}
	return edits, nil
}

func newEdit(p *Param, q *proposed) *edit {
	if p.embed {
		return &edit{param: p, prop: q, text: p.fileText(q.expr)}
	}
	e := &edit{param: p, prop: q, text: q.src[q.from:q.to]}
	if p.float && isInt(q.expr) {
		// x := 1 would make an int of a variable that was a float64.
		e.text = floatText(e.text)
	}
	return e
}

// isInt reports whether an expression is an integer literal with an optional
// sign.
func isInt(expr ast.Expr) bool {
	if u, ok := expr.(*ast.UnaryExpr); ok && (u.Op == token.SUB || u.Op == token.ADD) {
		expr = u.X
	}
	lit, ok := expr.(*ast.BasicLit)
	return ok && lit.Kind == token.INT
}

// floatText makes an integer literal a floating-point one of the same value.
func floatText(text string) string {
	digits := strings.TrimLeft(text, "+- \t")
	if v := constant.MakeFromLiteral(digits, token.INT, 0); v.Kind() == constant.Int && len(digits) > 1 && digits[0] == '0' {
		return strings.TrimSuffix(text, digits) + v.ExactString() + ".0" // 0x10, 0b1, 0o7
	}
	return text + ".0"
}

// An overlapError tells that one assigned parameter lies within another.
type overlapError struct {
	path         string
	outer, inner *Param
}

func (e *overlapError) Error() string { return e.path + ": " + e.msg() }

func (e *overlapError) msg() string {
	return fmt.Sprintf("parameter %s lies within the body of %s: assign only one of them", e.inner.ID, e.outer.ID)
}

func unknownParam(params []*Param, id string) error {
	var ids []string
	for _, p := range params {
		ids = append(ids, p.ID)
	}
	if len(ids) == 0 {
		return fmt.Errorf("no parameter %q: there are no trainable parameters", id)
	}
	return fmt.Errorf("no parameter %q: the parameters are %s", id, strings.Join(ids, ", "))
}

// splice replaces the ranges of edits by their texts.
func (t *text) splice(edits []*edit, native bool) []byte {
	var b bytes.Buffer
	last := 0
	for _, e := range edits {
		b.Write(t.data[last:e.param.Start])
		e.at = b.Len()
		if native {
			b.WriteString(t.native(e.text))
		} else {
			b.WriteString(e.text)
		}
		last = e.param.End
	}
	b.Write(t.data[last:])
	return b.Bytes()
}

// applied returns the file with the formatted texts of edits.
func (t *text) applied(edits []*edit) ([]byte, error) {
	if e := edits[0]; e.param.embed {
		return []byte(t.native(e.text)), nil
	}
	// gofmt is not always stable the first time, comments in odd places move.
	for range 3 {
		changed, err := t.format(edits)
		if err != nil {
			return nil, err
		}
		if !changed {
			break
		}
	}
	content, _ := t.withImports(t.splice(edits, true), edits)
	if _, err := parser.ParseFile(token.NewFileSet(), "", content, parser.SkipObjectResolution); err != nil {
		return nil, fmt.Errorf("the result does not parse: %w", err)
	}
	return content, nil
}

// format replaces the texts of edits by what gofmt makes of them where they
// stand. The whole file is formatted, and the formatted texts are cut out: only
// so are indentation and alignment right.
func (t *text) format(edits []*edit) (changed bool, err error) {
	content := t.splice(edits, false)
	formatted, err := format.Source(content)
	if err != nil {
		return false, fmt.Errorf("the new text does not parse at its place: %w", err)
	}
	before, err := number(content)
	if err != nil {
		return false, err
	}
	after, err := number(formatted)
	if err != nil {
		return false, err
	}
	if len(before.nodes) != len(after.nodes) {
		return false, errors.New("formatting changed the structure of the file: run gofmt on it first")
	}
	for _, e := range edits {
		i := before.find(e.at, e.at+len(e.text), e.param.Kind)
		if i < 0 || before.nodes[i].kind != after.nodes[i].kind {
			return false, fmt.Errorf("the new text of %s is not one expression at its place: put it in parentheses", e.param.ID)
		}
		text := string(formatted[after.nodes[i].start:after.nodes[i].end])
		changed = changed || text != e.text
		e.text = text
	}
	return changed, nil
}

// A numbering lists the nodes of a file in source order.
type numbering struct{ nodes []place }

type place struct {
	kind       reflect.Type
	start, end int // with the parentheses around it
}

// number lists what formatting keeps. gofmt drops parentheses and empty
// statements, merges imports and rewrites comments.
func number(content []byte) (*numbering, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", content, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	offset := func(pos token.Pos) int { return fset.PositionFor(pos, false).Offset }
	n := &numbering{}
	var outer ast.Node // the outermost of the parentheses right around the next node
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case nil:
			return false
		case *ast.CommentGroup, *ast.EmptyStmt:
			return false
		case *ast.GenDecl:
			if node.Tok == token.IMPORT {
				return false
			}
		case *ast.ParenExpr:
			if outer == nil {
				outer = node
			}
			return true
		}
		whole := node
		if outer != nil {
			whole, outer = outer, nil
		}
		n.nodes = append(n.nodes, place{reflect.TypeOf(node), offset(whole.Pos()), offset(whole.End())})
		return true
	})
	return n, nil
}

// find returns the first node with exactly this extent, -1 if there is none.
func (n *numbering) find(start, end int, kind optimizer.Kind) int {
	return slices.IndexFunc(n.nodes, func(p place) bool {
		return p.start == start && p.end == end && (kind == optimizer.Value || p.kind == reflect.TypeFor[*ast.BlockStmt]())
	})
}
