package batch

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A file is one source file with the places in which candidates may differ.
type file struct {
	name  string
	src   []byte
	ast   *ast.File
	fset  *token.FileSet
	slots []slot // in source order
}

// A slot is a function's body, or the expression that a package variable
// begins with.
type slot struct {
	start, end int           // bytes
	fn         *ast.FuncDecl // of a body
	name       string        // of a variable
	expr       ast.Expr
}

// positions matches what gives lines other numbers, and names that the linker
// or C know.
var positions = regexp.MustCompile(`(?m)^//(line |go:linkname|export )|/\*line |^import "C"`)

func parse(name string, src []byte) (*file, error) {
	f := &file{name: name, src: src, fset: token.NewFileSet()}
	if positions.Match(src) {
		return nil, fmt.Errorf("%s has //line, //go:linkname or C", filepath.Base(name))
	}
	var err error
	if f.ast, err = parser.ParseFile(f.fset, name, src, parser.ParseComments|parser.SkipObjectResolution); err != nil {
		return nil, err
	}
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				f.slots = append(f.slots, slot{start: f.offset(d.Body.Pos()), end: f.offset(d.Body.End()), fn: d})
			}
		case *ast.GenDecl:
			if d.Tok != token.VAR {
				continue
			}
			for _, spec := range d.Specs {
				s := spec.(*ast.ValueSpec)
				if len(s.Names) != len(s.Values) {
					continue
				}
				for i, v := range s.Values {
					f.slots = append(f.slots, slot{start: f.offset(v.Pos()), end: f.offset(v.End()), name: s.Names[i].Name, expr: v})
				}
			}
		}
	}
	return f, nil
}

func (f *file) offset(p token.Pos) int { return int(p - f.ast.FileStart) }

func (f *file) line(p token.Pos) int { return f.fset.PositionFor(p, false).Line }

func (f *file) at(n ast.Node) string { return string(f.src[f.offset(n.Pos()):f.offset(n.End())]) }

// A change is what a candidate has in place of a slot.
type change struct {
	slot int
	now  *file // where the text was read
	at   slot  // in now
	line int   // in the candidate, of a function
}

// text is an expression, or a declaration from func on.
func (c change) text() string {
	if c.at.fn == nil {
		return string(c.now.src[c.at.start:c.at.end])
	}
	return string(c.now.src[c.now.offset(c.at.fn.Pos()):c.at.end])
}

// changes compares f with what a candidate has in its place: what differs, and
// the lines that moved. The slots must be all that differs.
func (f *file) changes(src []byte) ([]change, []move, error) {
	if c, by, ok := f.oneBody(src); ok {
		if by == 0 {
			return []change{c}, nil, nil
		}
		return []change{c}, []move{{f.lineAt(f.slots[c.slot].end) + 1, by}}, nil
	}
	other, err := parse(f.name, src)
	if err != nil {
		return nil, nil, err
	}
	if len(f.slots) != len(other.slots) {
		return nil, nil, errors.New("other declarations")
	}
	var list []change
	a, b := 0, 0
	for i, s := range f.slots {
		o := other.slots[i]
		if !bytes.Equal(f.src[a:s.start], other.src[b:o.start]) || (s.fn == nil) != (o.fn == nil) {
			return nil, nil, errors.New("it changes more than bodies and variables")
		}
		if !bytes.Equal(f.src[s.start:s.end], other.src[o.start:o.end]) {
			c := change{slot: i, now: other, at: o}
			if o.fn != nil {
				c.line = other.line(o.fn.Pos())
			}
			list = append(list, c)
		}
		a, b = s.end, o.end
	}
	if !bytes.Equal(f.src[a:], other.src[b:]) {
		return nil, nil, errors.New("it changes more than bodies and variables")
	}
	return list, movesBetween(f, other), nil
}

// oneBody is the short way for the usual candidate, in which one body differs:
// only that is parsed. By is how far the lines after it moved.
func (f *file) oneBody(src []byte) (c change, by int, ok bool) {
	same := 0
	for same < min(len(f.src), len(src)) && f.src[same] == src[same] {
		same++
	}
	for i, s := range f.slots {
		if s.fn == nil || s.start >= same || s.end <= same {
			continue
		}
		from, end := f.offset(s.fn.Pos()), s.end+len(src)-len(f.src)
		if end <= from || !bytes.Equal(f.src[s.end:], src[end:]) {
			break
		}
		const before = "package p\n"
		one, err := parse(f.name, append([]byte(before), src[from:end]...))
		if err != nil || len(one.ast.Decls) != 1 || len(one.slots) != 1 || one.slots[0].fn == nil || one.slots[0].end != len(before)+end-from {
			break
		}
		by := bytes.Count(src[from:end], []byte("\n")) - bytes.Count(f.src[from:s.end], []byte("\n"))
		return change{slot: i, now: one, at: one.slots[0], line: f.line(s.fn.Pos())}, by, true
	}
	return change{}, 0, false
}

// canAssign reports why a variable cannot be assigned at the start in place of
// beginning with a value. What the compiler does not put into the data would be
// assigned once more.
func (f *file) canAssign(c change) error {
	old := f.slots[c.slot]
	if old.name == "_" {
		return errors.New("a variable without a name")
	}
	if !f.static(old.expr) || !c.now.static(c.at.expr) {
		return fmt.Errorf("%s begins with more than a constant", old.name)
	}
	return nil
}

// static reports whether the compiler puts the value of e into the data.
func (f *file) static(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return e.Name == "true" || e.Name == "false"
	case *ast.ParenExpr:
		return f.static(e.X)
	case *ast.UnaryExpr:
		return e.Op != token.AND && f.static(e.X)
	case *ast.BinaryExpr:
		return f.static(e.X) && f.static(e.Y)
	case *ast.SelectorExpr:
		id, ok := e.X.(*ast.Ident)
		return ok && id.Name == f.imported("time") && slices.Contains(durations, e.Sel.Name)
	case *ast.CompositeLit:
		array, ok := e.Type.(*ast.ArrayType)
		if !ok {
			return false // it could be a map
		}
		elem, ok := array.Elt.(*ast.Ident)
		return ok && slices.Contains(basics, elem.Name) && !slices.ContainsFunc(e.Elts, func(e ast.Expr) bool {
			return !f.static(e)
		})
	}
	return false
}

var (
	durations = []string{"Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour"}
	basics    = []string{"string", "int", "float64", "bool", "byte", "rune", "int64", "float32", "int32", "uint64", "uint32", "uint8", "uint16", "int8", "int16", "uint"}
)

// imported is the name by which a file knows a package, if it has its own.
func (f *file) imported(path string) string {
	for _, s := range f.ast.Imports {
		if p, err := strconv.Unquote(s.Path.Value); err == nil && p == path {
			if s.Name != nil {
				return s.Name.Name
			}
			return path[strings.LastIndex(path, "/")+1:]
		}
	}
	return ""
}
