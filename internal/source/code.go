package source

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"io"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/opto-go/trace/optimizer"
)

// A Code says what a proposal compiles to.
type Code struct {
	// Sum names the program. Programs with equal names behave alike: they
	// differ at most in comments, layout, parentheses, and the names of
	// variables, constants and labels inside of functions. (The names of local
	// types count, because a program can print them.) Names of different
	// checkers of one run compare, too, as long as they have the same parameters.
	Sum string
	// Order names the order in which package variables are initialised.
	Order string
}

// Code checks a proposal like [Checker.Check] and says what it compiles to.
func (k *Checker) Code(ctx context.Context, prop optimizer.Proposal) (Code, error) {
	changed := newSums()
	if err := k.check(ctx, prop, changed); err != nil {
		return Code{}, err
	}
	k.code.once.Do(k.sumLoaded)
	sum, order := sha256.New(), sha256.New()
	for _, path := range slices.Sorted(maps.Keys(k.code.loaded.files)) {
		fmt.Fprintf(sum, "%s\x00%s\n", k.code.names[path], cmp.Or(changed.files[path], k.code.loaded.files[path]))
	}
	for _, path := range slices.Sorted(maps.Keys(k.code.loaded.orders)) {
		fmt.Fprintf(order, "%s\x00%s\n", path, cmp.Or(changed.orders[path], k.code.loaded.orders[path]))
	}
	return Code{Sum: hex.EncodeToString(sum.Sum(nil)), Order: hex.EncodeToString(order.Sum(nil))}, nil
}

// sums are what is compiled of files, by absolute name, and the orders in which
// packages initialise their variables, by import path.
type sums struct{ files, orders map[string]string }

func newSums() *sums {
	return &sums{files: make(map[string]string), orders: make(map[string]string)}
}

// loadedSums are those of the program as it was loaded, where parameters are.
type loadedSums struct {
	once   sync.Once
	loaded *sums
	names  map[string]string // of files, relative
}

func (k *Checker) sumLoaded() {
	k.code.loaded, k.code.names = newSums(), make(map[string]string)
	for _, p := range k.params {
		if p.embed {
			k.code.loaded.files[p.File] = sumText(string(p.text.data))
			k.code.names[p.File] = p.Param.File
		}
		if k.code.loaded.files[p.File] == "" && p.Syntax != nil && p.Syntax.File != nil {
			k.code.loaded.files[p.File] = sumFile(p.Syntax.File, p.Syntax.Info, p.Syntax.Pkg)
			k.code.loaded.orders[p.Syntax.Pkg.Path()] = orderOf(p.Syntax.Info)
			k.code.names[p.File] = p.Param.File
		}
	}
}

// sumText sums a file that is embedded.
func sumText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// orderOf lists the variables in the order of their initialisation. It is not
// empty.
func orderOf(info *types.Info) string {
	order := "order"
	for _, init := range info.InitOrder {
		for _, v := range init.Lhs {
			order += " " + v.Name()
		}
	}
	return order
}

// sumInto adds the sums of what was changed.
func (c *packageCheck) sumInto(to *sums) {
	for _, f := range c.files {
		if !slices.Contains(c.added, c.prog.File(f.FileStart)) {
			continue
		}
		path := c.prog.PositionFor(f.FileStart, false).Filename
		// Of several packages with the file, the one that declares counts.
		list := c.edits[path]
		declares := len(list) > 0 && list[0].param.pkgs[0] == c.base
		if to.files[path] == "" || declares {
			to.files[path] = sumFile(f, c.info, c.pkg)
		}
		if declares {
			to.orders[c.pkg.Path()] = orderOf(c.info)
		}
	}
}

// sumFile sums what of a file is compiled: its syntax tree without positions
// and comments, in which a number stands for whatever is named inside of a
// function. The number is that of the place where the name first occurs; as
// every definition is such a place, two trees have one sum only if their names
// mean the same.
func sumFile(f *ast.File, info *types.Info, pkg *types.Package) string {
	h := sha256.New()
	s := &summer{w: h, info: info, pkg: pkg, number: make(map[types.Object]int)}
	s.value(reflect.ValueOf(f.Decls))
	return hex.EncodeToString(h.Sum(nil))
}

type summer struct {
	w      io.Writer
	info   *types.Info
	pkg    *types.Package
	number map[types.Object]int
}

var (
	posType     = reflect.TypeFor[token.Pos]()
	commentType = reflect.TypeFor[*ast.CommentGroup]()
)

func (s *summer) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			io.WriteString(s.w, "~")
			return
		}
		switch n := v.Interface().(type) {
		case *ast.ParenExpr:
			s.value(reflect.ValueOf(n.X)) // the tree says what binds to what
		case *ast.Ident:
			s.ident(n)
		case *ast.CaseClause:
			if obj := s.info.Implicits[n]; obj != nil {
				s.number[obj] = len(s.number) // the x of switch x := y.(type)
			}
			s.fields(reflect.ValueOf(n).Elem())
		default:
			s.value(v.Elem())
		}
	case reflect.Slice:
		fmt.Fprintf(s.w, "[%d", v.Len())
		for i := range v.Len() {
			s.value(v.Index(i))
		}
	case reflect.Struct:
		s.fields(v)
	default:
		fmt.Fprintf(s.w, "%q ", fmt.Sprint(v.Interface()))
	}
}

func (s *summer) fields(v reflect.Value) {
	t := v.Type()
	fmt.Fprintf(s.w, "(%s ", t.Name())
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case f.Type == posType:
			// Of the positions these say something by being there.
			if f.Name == "Ellipsis" || f.Name == "Assign" {
				fmt.Fprintf(s.w, "%t ", v.Field(i).Interface().(token.Pos).IsValid())
			}
		case f.Type == commentType:
		default:
			s.value(v.Field(i))
		}
	}
	io.WriteString(s.w, ")")
}

func (s *summer) ident(id *ast.Ident) {
	obj, defines := s.info.Defs[id]
	if !defines {
		obj = s.info.Uses[id]
	}
	switch {
	case defines && obj == nil: // the x of switch x := y.(type): its clauses have the objects
		io.WriteString(s.w, "? ")
		return
	case !s.local(obj):
		fmt.Fprintf(s.w, "%q ", id.Name)
		return
	}
	n, ok := s.number[obj]
	if !ok {
		n = len(s.number)
		s.number[obj] = n
	}
	fmt.Fprintf(s.w, "#%d ", n)
}

// local reports whether obj is named inside of a function and its name cannot
// be seen by the program.
func (s *summer) local(obj types.Object) bool {
	switch obj := obj.(type) {
	case *types.Label:
		return true
	case *types.Var:
		return !obj.IsField() && obj.Name() != "_" && obj.Pkg() == s.pkg && obj.Parent() != s.pkg.Scope()
	case *types.Const:
		return obj.Name() != "_" && obj.Pkg() == s.pkg && obj.Parent() != s.pkg.Scope()
	}
	return false
}
