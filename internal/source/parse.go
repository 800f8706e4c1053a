package source

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// A proposed is the syntax of a proposed text. Its file set is its own.
type proposed struct {
	src  string // lines end in \n
	fset *token.FileSet
	base int           // bytes before src in the parsed file
	fn   *ast.FuncDecl // for a function
	expr ast.Expr      // for a value

	from, to int // the bytes of src that replace Start..End
}

// packageClause stands before a proposed declaration, which has none.
const packageClause = "package p\n"

// position returns the place of pos in the proposed text.
func (q *proposed) position(pos token.Pos) token.Position {
	at := q.fset.PositionFor(pos, false)
	return linePos(q.src, at.Offset-q.base)
}

// linePos returns the line and column of an offset in src.
func linePos(src string, offset int) token.Position {
	offset = max(0, min(offset, len(src)))
	before := src[:offset]
	return token.Position{
		Offset: offset,
		Line:   1 + strings.Count(before, "\n"),
		Column: offset - strings.LastIndexByte(before, '\n'),
	}
}

// parse reads the proposed text of p. The findings say why it is no text for p.
func parse(p *Param, src string) (*proposed, []finding) {
	q := &proposed{src: unixLines(src), fset: token.NewFileSet()}
	if strings.TrimSpace(q.src) == "" {
		return nil, []finding{{msg: "the proposed text is empty", hint: wanted(p)}}
	}
	if p.Kind == optimizer.FuncBody {
		return q, q.parseFunc(p)
	}
	return q, q.parseExpr(p)
}

func wanted(p *Param) string {
	if p.Kind == optimizer.FuncBody {
		return fmt.Sprintf("give the whole declaration of %s, from func to the closing brace", p.target.Obj.Name())
	}
	msg := fmt.Sprintf("give one Go expression of type %s", strings.TrimPrefix(p.Type, "untyped "))
	if len(p.Source) < 60 && !strings.Contains(p.Source, "\n") {
		msg += ", such as " + p.Source
	}
	return msg
}

func (q *proposed) parseFunc(p *Param) []finding {
	q.base = len(packageClause)
	file, err := parser.ParseFile(q.fset, "", packageClause+q.src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return q.syntaxErrors(p, err)
	}
	name := p.target.Obj.Name()
	var funcs []*ast.FuncDecl
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			what := d.(*ast.GenDecl).Tok.String() + " declaration"
			hint := "give the function alone; what it needs must be declared inside its body"
			if d.(*ast.GenDecl).Tok == token.IMPORT {
				hint = "give the function alone, imports are added and dropped as it needs; " + importHint(p)
			}
			return []finding{{q.position(d.Pos()), "unexpected " + what + " beside the function", hint}}
		}
		funcs = append(funcs, fn)
	}
	switch {
	case len(funcs) == 0:
		return []finding{{msg: "there is no function declaration in the proposed text", hint: wanted(p)}}
	case len(funcs) > 1:
		return []finding{{q.position(funcs[1].Pos()), fmt.Sprintf("%d functions are declared, where %s alone is expected", len(funcs), name),
			"put helper code into function literals inside the body"}}
	case funcs[0].Name.Name != name:
		return []finding{{q.position(funcs[0].Name.Pos()), fmt.Sprintf("the function is called %s, not %s", funcs[0].Name.Name, name), wanted(p)}}
	case funcs[0].Body == nil:
		return []finding{{q.position(funcs[0].Pos()), "the function has no body", wanted(p)}}
	}
	q.fn = funcs[0]
	q.from = q.fset.PositionFor(q.fn.Body.Lbrace, false).Offset - q.base
	q.to = q.fset.PositionFor(q.fn.Body.Rbrace, false).Offset + 1 - q.base
	var comments []*ast.Comment
	for _, g := range file.Comments {
		comments = append(comments, g.List...)
	}
	return q.directives(p, comments)
}

func (q *proposed) parseExpr(p *Param) []finding {
	expr, err := parser.ParseExprFrom(q.fset, "", q.src, parser.SkipObjectResolution)
	if err != nil {
		return q.syntaxErrors(p, err)
	}
	q.expr = expr
	if _, ok := literalText(expr); p.embed && !ok {
		return []finding{{q.position(expr.Pos()), "the value of an embedded file is its text", "give the text itself, or one Go string literal"}}
	}
	// Comments around an expression cannot stand everywhere it can.
	q.from = q.fset.PositionFor(expr.Pos(), false).Offset
	q.to = q.fset.PositionFor(expr.End(), false).Offset
	comments := q.scanComments()
	return q.directives(p, comments)
}

// scanComments returns the comments of an expression, which the parser drops.
func (q *proposed) scanComments() []*ast.Comment {
	var list []*ast.Comment
	file := q.fset.AddFile("", -1, len(q.src))
	var s scanner.Scanner
	s.Init(file, []byte(q.src), func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return list
		}
		if tok == token.COMMENT {
			list = append(list, &ast.Comment{Slash: pos, Text: lit})
		}
	}
}

func (q *proposed) syntaxErrors(p *Param, err error) []finding {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		return []finding{{msg: err.Error(), hint: wanted(p)}}
	}
	list.RemoveMultiples()
	var out []finding
	for i, e := range list {
		f := finding{pos: linePos(q.src, e.Pos.Offset-q.base), msg: "syntax error: " + e.Msg}
		if i == 0 {
			f.hint = wanted(p)
			if strings.Contains(e.Msg, "found 'EOF'") || strings.Contains(e.Msg, "not terminated") {
				f.hint = "the text seems to be cut off: " + f.hint
			}
			if strings.HasPrefix(strings.TrimSpace(q.src), "package ") {
				f.hint = "leave the package clause and the imports out: " + f.hint
			}
		}
		out = append(out, f)
	}
	return out
}

// isDirective reports whether a comment is Go's directive form, which belongs
// to a tool.
func isDirective(text string) bool { return directiveForm.MatchString(text) }

var directiveForm = regexp.MustCompile(`^//([a-z0-9]+:[a-z0-9]|line |extern |export )`)

// forbidden matches comments that steer the go command, the compiler or us,
// and what our vet takes for a mistyped directive.
var forbidden = regexp.MustCompile(`^(//go:|//\s*(?i:trace)\s*:|/\*\s*(?i:trace)\s*:|//line |/\*line |//export |//extern |//\s*\+build|//cgo|#cgo)`)

// directives rejects directives in a proposal, save those of the original body.
// Of these the //trace: ones must all be kept.
func (q *proposed) directives(p *Param, comments []*ast.Comment) []finding {
	known := bodyDirectives(p)
	var out []finding
	for _, c := range comments {
		if !forbidden.MatchString(c.Text) {
			continue
		}
		if i := slices.Index(known, c.Text); i >= 0 && q.fn != nil && c.Pos() > q.fn.Body.Lbrace {
			known = slices.Delete(known, i, i+1)
			continue
		}
		out = append(out, finding{q.position(c.Pos()), fmt.Sprintf("the comment %q is a directive", excerpt(c.Text)), "directives are not allowed in a proposal: leave it out"})
	}
	if len(out) > 0 {
		return out
	}
	for _, text := range known {
		if strings.HasPrefix(text, "//trace:") {
			out = append(out, finding{msg: fmt.Sprintf("the comment %q of the original body is missing", text), hint: "keep it, on the statement that it belongs to"})
		}
	}
	return out
}

// bodyDirectives returns the directives in the original body.
func bodyDirectives(p *Param) []string {
	if p.Kind != optimizer.FuncBody || p.Syntax == nil || p.Syntax.File == nil {
		return nil
	}
	body := p.Syntax.Func.Body
	var out []string
	for _, g := range p.Syntax.File.Comments {
		for _, c := range g.List {
			if body.Lbrace < c.Pos() && c.Pos() < body.Rbrace && forbidden.MatchString(c.Text) {
				out = append(out, c.Text)
			}
		}
	}
	return out
}

const harmless = "packages of the standard library can be used that reach nothing outside of the function; their imports are added"

// importHint says which packages a body of p may use.
func importHint(p *Param) string {
	var paths []string
	if p.Syntax != nil && p.Syntax.File != nil {
		for _, spec := range p.Syntax.File.Imports {
			paths = append(paths, importPath(spec))
		}
	}
	if len(paths) == 0 {
		return harmless
	}
	slices.Sort(paths)
	return "the file imports " + strings.Join(paths, ", ") + "; besides, " + harmless
}
