package source

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/opto-go/trace/optimizer"
)

// maxEmbedded bounds a file that is trained: it stands in every prompt.
const maxEmbedded = 64 << 10

// bom may begin a text file, and stays.
const bom = "\ufeff"

// embedded makes a parameter of the file that a //go:embed variable holds. Its
// source is the text of the file as a Go literal, so that it is a value like
// any other to an optimizer; applying replaces the whole file.
func (l *lister) embedded(p *Param) error {
	home := p.text
	name := filepath.Join(filepath.Dir(home.path), filepath.FromSlash(p.target.Embed))
	if !slices.Contains(p.pkgs[0].EmbedFiles, name) {
		return fmt.Errorf("%s is not among the files that its package embeds", p.target.Embed)
	}
	root := l.prog.ModRoot
	if m := p.pkgs[0].Module; m != nil && m.Dir != "" && m.Path != l.prog.ModPath {
		root = m.Dir // another one of the workspace
	}
	if rel, err := filepath.Rel(root, name); err != nil || !filepath.IsLocal(rel) {
		return fmt.Errorf("%s lies outside of the module", p.target.Embed)
	}
	if st, err := os.Lstat(name); err != nil {
		return err
	} else if !st.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", p.target.Embed)
	}
	text, err := l.texts.read(name, nil)
	if err != nil {
		return err
	}
	if err := trainableText(text.data); err != nil {
		return fmt.Errorf("%s %w", p.target.Embed, err)
	}
	p.Kind, p.Type, p.embed, p.home = optimizer.Value, "string", true, home
	p.File, p.Line = name, 1
	if rel, err := filepath.Rel(l.prog.ModRoot, name); err == nil {
		p.Param.File = filepath.ToSlash(rel)
	}
	p.text, p.Sum = text, text.sum
	p.Start, p.End = 0, len(text.data)
	p.Source = literal(strings.TrimPrefix(unixLines(string(text.data)), bom))
	p.Syntax = nil // its text stands in no Go file
	return nil
}

// trainableText says why a file is no text that can be trained.
func trainableText(data []byte) error {
	switch {
	case len(data) > maxEmbedded:
		return fmt.Errorf("has %d bytes, and at most %d can be trained", len(data), maxEmbedded)
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		return fmt.Errorf("is not text in UTF-8")
	}
	return nil
}

// literal writes a text as a Go literal, on several lines if it has them.
func literal(text string) string {
	if strings.Contains(text, "\n") && strconv.CanBackquote(strings.ReplaceAll(text, "\n", "")) {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}

// literalText is the text of a string literal, or of several with + between
// them.
func literalText(expr ast.Expr) (string, bool) {
	switch e := expr.(type) {
	case *ast.ParenExpr:
		return literalText(e.X)
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		v := constant.MakeFromLiteral(e.Value, token.STRING, 0)
		return constant.StringVal(v), v.Kind() == constant.String
	case *ast.BinaryExpr:
		x, ok := literalText(e.X)
		y, ok2 := literalText(e.Y)
		return x + y, ok && ok2 && e.Op == token.ADD
	}
	return "", false
}

// fileText is what the file is to hold: it begins and ends as the file did.
func (p *Param) fileText(expr ast.Expr) string {
	text, _ := literalText(expr)
	text = unixLines(text)
	was := string(p.text.data)
	if strings.HasSuffix(was, "\n") && text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if strings.HasPrefix(was, bom) {
		text = bom + strings.TrimPrefix(text, bom)
	}
	return text
}

// checkEmbedded enforces what holds for the text of a file.
func (e *edit) checkEmbedded() []finding {
	p := e.param
	if !p.embed {
		return nil
	}
	if err := trainableText([]byte(e.text)); err != nil {
		return []finding{{msg: "the text " + err.Error(), hint: "write less, and plain text only"}}
	}
	if len(p.Choices) == 0 {
		return nil
	}
	if err := p.target.CheckValue(constant.MakeString(strings.TrimSuffix(e.text, "\n"))); err != nil {
		return []finding{{msg: err.Error(), hint: p.Constraint}}
	}
	return nil
}

// runCheck is the call of check= for a file's text: it stands in the Go file of
// the variable.
func (p *Param) runCheck(text string) RunCheck {
	typ := types.TypeString(p.target.Obj.Type(), types.RelativeTo(p.target.Obj.Pkg()))
	return RunCheck{
		Param: p.ID, Pkg: p.target.Obj.Pkg().Path(), Func: p.Check, Type: typ,
		File: p.home.path, Expr: typ + "(" + strconv.Quote(p.text.native(text)) + ")", Content: p.home.data,
	}
}
