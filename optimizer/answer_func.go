package optimizer

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// parsedFunc is what a go block declares. Name is set whenever the block holds
// exactly one function, even if something else is wrong with it.
type parsedFunc struct {
	name   string // Func or Type.Method
	source string // formatted, with its doc comment, without directives
}

// readFunc reads the text of a block that sets the function p.
func readFunc(p Param, text string, line int) (string, error) {
	f, err := parseFunc(text, line)
	if err != nil {
		return "", err
	}
	if want := funcName(p); f.name != want {
		return "", fmt.Errorf("the block declares %s, but %s is the function %s; keep its name and receiver", f.name, p.display(), want)
	}
	return f.source, nil
}

// parseFunc parses a whole function declaration. The position of a syntax
// error is its line in the answer; line is that of the text's first line.
func parseFunc(text string, line int) (parsedFunc, error) {
	if strings.TrimSpace(text) == "" {
		return parsedFunc{}, errors.New("the block is empty; give the whole function declaration")
	}
	src := text
	if !startsWithPackage(src) {
		// On a line of its own: a doc comment on the same line would be lost.
		src = "package p\n" + src
		line--
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return parsedFunc{}, syntaxError(err, line)
	}
	var funcs []*ast.FuncDecl
	var others []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			funcs = append(funcs, d)
		case *ast.GenDecl:
			if d.Tok != token.IMPORT {
				others = append(others, d.Tok.String())
			}
		}
	}
	var f parsedFunc
	if len(funcs) == 1 {
		f.name = declName(funcs[0])
	}
	switch {
	case slices.ContainsFunc(file.Imports, func(s *ast.ImportSpec) bool { return s.Name != nil }):
		// Those under their own names are found again by whoever applies this.
		return f, errors.New("the block imports a package under another name: use its own name, and leave the import declaration out")
	case len(funcs) > 1:
		names := make([]string, len(funcs))
		for i, d := range funcs {
			names[i] = declName(d)
		}
		return f, fmt.Errorf("the block declares %d functions (%s): give one function per block; a helper has to be a function literal inside it", len(funcs), strings.Join(names, ", "))
	case len(funcs) == 0:
		return f, errors.New("the block holds no function declaration; give the whole function from func to its closing brace")
	case len(others) > 0:
		return f, fmt.Errorf("the block has a package-level %s declaration besides the function: move it into the function", others[0])
	case funcs[0].Body == nil:
		return f, fmt.Errorf("the function %s has no body", f.name)
	}
	f.source, err = declSource(fset, src, funcs[0])
	return f, err
}

// declSource is the formatted text of a declaration with its doc comment.
// Directives are dropped: they are not the model's to set.
func declSource(fset *token.FileSet, src string, d *ast.FuncDecl) (string, error) {
	offset := func(p token.Pos) int { return fset.Position(p).Offset }
	var b bytes.Buffer
	if d.Doc != nil {
		for _, c := range d.Doc.List {
			if !isDirective(c.Text) {
				b.WriteString(c.Text)
				b.WriteByte('\n')
			}
		}
	}
	b.WriteString(src[offset(d.Pos()):offset(d.End())])
	out, err := format.Source(b.Bytes())
	if err != nil {
		return "", fmt.Errorf("the function cannot be formatted: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// isDirective follows go/ast: //word:word or //line, //export, //extern.
func isDirective(comment string) bool {
	c, ok := strings.CutPrefix(comment, "//")
	if !ok {
		return false
	}
	for _, w := range []string{"line ", "extern ", "export "} {
		if strings.HasPrefix(c, w) {
			return true
		}
	}
	tool, rest, ok := strings.Cut(c, ":")
	return ok && tool != "" && rest != "" && isWord(tool) && isWord(rest[:1])
}

func isWord(s string) bool {
	for i := range len(s) {
		if (s[i] < 'a' || s[i] > 'z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

func startsWithPackage(src string) bool {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(src)), []byte(src), nil, 0)
	_, tok, _ := s.Scan()
	return tok == token.PACKAGE
}

// syntaxError words the first syntax errors with lines of the answer.
func syntaxError(err error, line int) error {
	var list scanner.ErrorList
	if !errors.As(err, &list) || len(list) == 0 {
		return fmt.Errorf("not valid Go: %w", err)
	}
	const most = 3
	var parts []string
	for _, e := range list {
		if len(parts) == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(list)-most))
			break
		}
		parts = append(parts, fmt.Sprintf("line %d: %s", line+e.Pos.Line-1, e.Msg))
	}
	return fmt.Errorf("not valid Go: %s", strings.Join(parts, "; "))
}

// declName is Func or Type.Method.
func declName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	for {
		switch u := t.(type) {
		case *ast.StarExpr:
			t = u.X
		case *ast.ParenExpr:
			t = u.X
		case *ast.IndexExpr:
			t = u.X
		case *ast.IndexListExpr:
			t = u.X
		case *ast.Ident:
			return u.Name + "." + d.Name.Name
		default:
			return d.Name.Name
		}
	}
}

// funcName is the name that the declaration of p has; name= may have given
// the parameter another one.
func funcName(p Param) string {
	if p.Syntax != nil && p.Syntax.Func != nil {
		return declName(p.Syntax.Func)
	}
	if f, _ := parseFunc(p.Source, 1); f.name != "" {
		return f.name
	}
	id := p.ID[strings.LastIndexByte(p.ID, '/')+1:]
	if _, name, ok := strings.Cut(id, "."); ok {
		return name
	}
	return id
}

// resolveFunc finds the parameter whose function is called name.
func resolveFunc(name string, params []Param) (*Param, error) {
	var found []*Param
	for i := range params {
		if params[i].Kind == FuncBody && funcName(params[i]) == name {
			found = append(found, &params[i])
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("the block declares the function %s, which is not among the parameters; known names: %s", name, knownNames(params))
	}
	names := make([]string, len(found))
	for i, p := range found {
		names[i] = p.display()
	}
	return nil, fmt.Errorf("several parameters are functions called %s: write ```go and one of %s", name, strings.Join(names, ", "))
}
