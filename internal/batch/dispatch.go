package batch

import (
	"bytes"
	"fmt"
	"go/ast"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	// choice is the variable that holds the mark and, behind it, the number of
	// the chosen candidate, counted from 1. 0 is the base.
	choice  = "trace__choice"
	markLen = 16
)

func prefix(n int) string { return "trace__" + strconv.Itoa(n) + "__" }

// variantName is the name of the file for the lines of candidate n.
func (f *file) variantName(n int) string {
	return filepath.Join(filepath.Dir(f.name), fmt.Sprintf("trace~%d~%s", n, filepath.Base(f.name)))
}

// dispatcherName is the name of the file for lines that nobody wrote.
func (f *file) dispatcherName() string {
	return filepath.Join(filepath.Dir(f.name), "trace~~"+filepath.Base(f.name))
}

// dispatch writes the variants of a function and the function that calls one
// of them.
func (f *file) dispatch(b *bytes.Buffer, fn *ast.FuncDecl, variants []variant) {
	name := fn.Name.Name
	after := f.offset(fn.Name.Pos()) - f.offset(fn.Pos())
	var cases strings.Builder
	call := f.callOf(fn)
	for _, v := range variants {
		n := v.cands[0] + 1
		fmt.Fprintf(b, "\n//line %s:%d\n", f.variantName(n), v.line)
		// All candidates have the same text up to the body.
		b.WriteString(v.text[:after] + prefix(n) + v.text[after:])
		var list []string
		for _, c := range v.cands {
			list = append(list, strconv.Itoa(int(number(c))))
		}
		fmt.Fprintf(&cases, "\tcase %s:\n\t\t%s", strings.Join(list, ", "), call.text(prefix(n)+name))
	}
	fmt.Fprintf(b, "\n//line %s:1\nfunc %s%s%s(%s) %s {\n\tswitch %s[%d] {\n%s\t}\n\t%s}\n",
		f.dispatcherName(), call.recv, name, call.typeParams, call.params, call.results, choice, markLen, cases.String(), call.text(prefix(0)+name))
}

// A call is how a function hands on its arguments.
type call struct {
	recv, typeParams, params, results string // of the declaration
	self, typeArgs, args              string // of the call
	returns                           bool
}

func (c *call) text(name string) string {
	s := c.self + name + c.typeArgs + "(" + c.args + ")\n"
	if c.returns {
		return "return " + s
	}
	return s + "\t\treturn\n"
}

// callOf gives names to parameters that have none.
func (f *file) callOf(fn *ast.FuncDecl) *call {
	c := &call{}
	if fn.Recv != nil {
		field := fn.Recv.List[0]
		self := "trace__self"
		if len(field.Names) > 0 && field.Names[0].Name != "_" {
			self = field.Names[0].Name
		}
		c.recv, c.self = "("+self+" "+f.at(field.Type)+") ", self+"."
	}
	if list := fn.Type.TypeParams; list != nil {
		c.typeParams = f.at(list)
		var names []string
		for _, field := range list.List {
			for _, id := range field.Names {
				names = append(names, id.Name)
			}
		}
		c.typeArgs = "[" + strings.Join(names, ", ") + "]"
	}
	var params, args []string
	for _, field := range fn.Type.Params.List {
		names := field.Names
		if len(names) == 0 {
			names = []*ast.Ident{ast.NewIdent("_")}
		}
		for _, id := range names {
			name := id.Name
			if name == "_" {
				name = fmt.Sprintf("trace__p%d", len(params))
			}
			params = append(params, name+" "+f.at(field.Type))
			if _, ok := field.Type.(*ast.Ellipsis); ok {
				name += "..."
			}
			args = append(args, name)
		}
	}
	c.params, c.args = strings.Join(params, ", "), strings.Join(args, ", ")
	if res := fn.Type.Results; res != nil && len(res.List) > 0 {
		c.results, c.returns = f.at(res), true
	}
	return c
}

// assign writes the function that gives variables the values of the chosen
// candidate.
func (f *merged) assign(b *bytes.Buffer, n int) {
	fmt.Fprintf(b, "\nfunc trace__assign%d() {\n", n)
	for _, at := range slices.Sorted(maps.Keys(f.values)) {
		fmt.Fprintf(b, "\tswitch %s[%d] {\n", choice, markLen)
		for _, v := range f.values[at] {
			var list []string
			for _, c := range v.cands {
				list = append(list, strconv.Itoa(int(number(c))))
			}
			fmt.Fprintf(b, "\tcase %s:\n\t\t%s = %s\n", strings.Join(list, ", "), f.slots[at].name, v.text)
		}
		b.WriteString("\t}\n")
	}
	b.WriteString("}\n")
}
