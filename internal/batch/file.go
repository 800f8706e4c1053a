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

// text is what a slot holds: an expression, or a declaration from func on.
func (f *file) text(s slot) string {
	if s.fn == nil {
		return string(f.src[s.start:s.end])
	}
	return string(f.src[f.offset(s.fn.Pos()):s.end])
}

// compare returns the slots in which other differs from f. They must be all
// that differs.
func (f *file) compare(other *file) ([]int, error) {
	if len(f.slots) != len(other.slots) {
		return nil, errors.New("other declarations")
	}
	var changed []int
	a, b := 0, 0
	for i, s := range f.slots {
		o := other.slots[i]
		if !bytes.Equal(f.src[a:s.start], other.src[b:o.start]) || (s.fn == nil) != (o.fn == nil) {
			return nil, errors.New("it changes more than bodies and variables")
		}
		if !bytes.Equal(f.src[s.start:s.end], other.src[o.start:o.end]) {
			changed = append(changed, i)
		}
		a, b = s.end, o.end
	}
	if !bytes.Equal(f.src[a:], other.src[b:]) {
		return nil, errors.New("it changes more than bodies and variables")
	}
	return changed, nil
}

// canAssign reports why a variable cannot be assigned at the start in place of
// beginning with a value. What the compiler does not put into the data would be
// assigned once more.
func (f *file) canAssign(old slot, other *file, now slot) error {
	if old.name == "_" {
		return errors.New("a variable without a name")
	}
	if !f.static(old.expr) || !other.static(now.expr) {
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
