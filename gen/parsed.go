package gen

import (
	"bytes"
	"go/ast"
	"go/parser"
	"slices"
	"sync"
)

// parsedFile is a file with the text that was parsed, nil if the syntax is as
// it was loaded.
type parsedFile struct {
	name   string
	text   []byte
	syntax *ast.File
	err    error // of the parser
}

// parse gives the syntax of a file as it will be built; old is that of the
// round before. The variants of a package share the syntax of their files.
// Bodies, or what of them the rewriting left alone, are known to be right.
func (r *round) parse(name string, loaded *ast.File, old parsedFile) (parsedFile, error) {
	rf := r.files[name]
	if rf == nil && loaded != nil {
		once, _ := r.hollow.LoadOrStore(loaded, sync.OnceValue(func() *ast.File { return hollow(loaded) }))
		return parsedFile{name: name, syntax: once.(func() *ast.File)()}, nil
	}
	if rf == nil {
		text, err := r.prog.source(name)
		if err != nil {
			return parsedFile{}, err
		}
		if old.is(text) {
			return old, nil
		}
		f := parsedFile{name: name, text: text}
		f.syntax, err = parser.ParseFile(r.prog.Fset, name, text, parser.SkipObjectResolution)
		return f, err
	}
	if old.is(rf.Content) {
		return old, nil
	}
	once, _ := r.parsed.LoadOrStore(name, sync.OnceValue(func() parsedFile {
		f := parsedFile{name: name, text: rf.Content}
		// If the text of some twin is broken, the error alone does not tell
		// which.
		f.syntax, f.err = parser.ParseFile(r.prog.Fset, name, rf.Content, parser.SkipObjectResolution)
		if f.err == nil {
			rf.strip(f.syntax)
		}
		return f
	}))
	return once.(func() parsedFile)(), nil
}

// is reports whether the file was parsed from text.
func (f *parsedFile) is(text []byte) bool {
	return f.syntax != nil && f.err == nil && f.text != nil && bytes.Equal(f.text, text)
}

// strip leaves of bodies what was put in front of them: the rest is the user's
// own, and the twin, if there is one, has it once more.
func (rf *rewrittenFile) strip(syntax *ast.File) {
	whole := map[*ast.FuncDecl]bool{}
	for _, s := range rf.spans {
		whole[s.fn.decl] = s.from == s.to // what was put in front does not leave
	}
	i := 0
	for _, d := range rf.file.Decls {
		old, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		for ; i < len(syntax.Decls); i++ {
			if _, ok := syntax.Decls[i].(*ast.FuncDecl); ok {
				break
			}
		}
		now := syntax.Decls[i].(*ast.FuncDecl)
		i++
		if now.Body == nil || whole[old] {
			continue
		}
		front := now.Body.List[:len(now.Body.List)-len(old.Body.List)]
		now.Body.List = append(slices.Clip(front), forever(now.Body))
	}
}

// hollow is a file as it was loaded, without its bodies.
func hollow(f *ast.File) *ast.File {
	h := *f
	h.Decls = slices.Clone(f.Decls)
	for i, d := range h.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok && fd.Body != nil {
			c := *fd
			c.Body = &ast.BlockStmt{Lbrace: fd.Body.Lbrace, List: []ast.Stmt{forever(fd.Body)}, Rbrace: fd.Body.Rbrace}
			h.Decls[i] = &c
		}
	}
	return &h
}

// forever stands for the rest of a body, whatever it has to return.
func forever(body *ast.BlockStmt) ast.Stmt {
	return &ast.ForStmt{For: body.Rbrace, Body: &ast.BlockStmt{Lbrace: body.Rbrace, Rbrace: body.Rbrace}}
}
