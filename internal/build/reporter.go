package build

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
)

//go:embed reporter
var reporterFiles embed.FS

// Reporter returns the files that make package testing report its results, for
// the source directory dir of that package. It fails when the source has a
// shape that it does not know.
func Reporter(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, f := range []struct {
		name   string
		splice func(*splicer)
	}{
		{"testing.go", spliceTesting},
		{"fuzz.go", spliceFuzz},
		{"benchmark.go", spliceBenchmark},
		{"example.go", spliceExample},
		{"run_example.go", spliceRunExample},
	} {
		path := filepath.Join(dir, f.name)
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading package testing: %w", err)
		}
		if files[path], err = splice(path, src, f.splice); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"report", "bench", "unix", "other"} {
		src, err := reporterFiles.ReadFile("reporter/" + name + ".go.txt")
		if err != nil {
			return nil, err
		}
		files[filepath.Join(dir, "zz_trace_"+name+".go")] = src
	}
	return files, nil
}

// storeReporter writes the files once for all that is compiled, and tells which
// stands for which.
func storeReporter(dir string, files map[string][]byte) (map[string]string, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	stored := map[string]string{}
	for name, src := range files {
		stored[name] = filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(stored[name], src, 0o600); err != nil {
			return nil, err
		}
	}
	return stored, nil
}

func spliceTesting(s *splicer) {
	s.need(`"sync/atomic"`)
	if st := s.structType("common"); st != nil {
		s.insert(st.Fields.Closing, "traceOwn, traceRuns atomic.Int64; traceDone atomic.Bool; ")
	}
	if fn := s.fun("", "tRunner"); fn != nil {
		s.enter(fn, "traceStart(&%s.common)", s.param(fn, 0))
	}
	if fn := s.fun("M", "Run"); fn != nil {
		s.insert(fn.Body.Lbrace+1, " defer traceAllDone(); ")
	}
	if fn := s.fun("common", "flushToParent"); fn != nil {
		s.enter(fn, "traceEnd(%s)", s.receiver(fn))
	}
	if fn := s.fun("common", "Fail"); fn != nil {
		// A failure runs up to the parents. What is left of the count when
		// the children's calls are taken away are the test's own failures.
		c := s.receiver(fn)
		s.enter(fn, "%s.traceOwn.Add(1)", c)
		if call := s.call(fn, c, "parent", "Fail"); call != nil {
			s.insert(call.Pos(), c+".parent.traceOwn.Add(-1); ")
		}
	}
}

func spliceFuzz(s *splicer) {
	if fn := s.fun("", "fRunner"); fn != nil {
		s.enter(fn, "traceStart(&%s.common)", s.param(fn, 0))
	}
}

func spliceBenchmark(s *splicer) {
	if fn := s.fun("B", "run1"); fn != nil {
		b := s.receiver(fn)
		s.enter(fn, "traceBenchStart(%s); defer traceBenchRan("+b+")", b)
	}
	if fn := s.fun("B", "runN"); fn != nil {
		// What is not counted down did not return.
		b := s.receiver(fn)
		s.enter(fn, "%s.traceRuns.Add(1)", b)
		s.insert(fn.Body.Rbrace, b+".traceRuns.Add(-1) ")
	}
	if fn := s.fun("B", "doBench"); fn != nil {
		s.enter(fn, "defer traceBenchEnd(%s, true)", s.receiver(fn))
	}
}

func spliceExample(s *splicer) {
	fn := s.fun("InternalExample", "processRunResult")
	if fn == nil {
		return
	}
	res := fn.Type.Results
	if res == nil || len(res.List) != 1 || len(res.List[0].Names) != 1 {
		s.fail("processRunResult has no named result")
		return
	}
	s.enter(fn, "defer traceExample(%s.Name, &"+res.List[0].Names[0].Name+")", s.receiver(fn))
}

func spliceRunExample(s *splicer) {
	if fn := s.fun("", "runExample"); fn != nil {
		s.enter(fn, "traceExample(%s.Name, nil)", s.param(fn, 0))
	}
}

// A splicer inserts text into a file without moving a line.
type splicer struct {
	file  *ast.File
	base  token.Pos
	edits []edit
	err   error
}

type edit struct {
	off  int
	text string
}

func splice(path string, src []byte, do func(*splicer)) ([]byte, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	s := &splicer{file: f, base: f.FileStart}
	do(s)
	if s.err != nil {
		return nil, fmt.Errorf("%s: unknown shape: %w", path, s.err)
	}
	slices.SortStableFunc(s.edits, func(a, b edit) int { return a.off - b.off })
	var out []byte
	last := 0
	for _, e := range s.edits {
		out = append(out, src[last:e.off]...)
		out = append(out, e.text...)
		last = e.off
	}
	return append(out, src[last:]...), nil
}

func (s *splicer) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
}

func (s *splicer) insert(pos token.Pos, text string) {
	s.edits = append(s.edits, edit{int(pos - s.base), text})
}

// enter makes stmt the first statement of fn; arg replaces its %s.
func (s *splicer) enter(fn *ast.FuncDecl, stmt, arg string) {
	if arg == "" || arg == "_" {
		s.fail("%s has an unnamed parameter", fn.Name.Name)
		return
	}
	s.insert(fn.Body.Lbrace+1, " "+fmt.Sprintf(stmt, arg)+"; ")
}

func (s *splicer) need(path string) {
	for _, imp := range s.file.Imports {
		if imp.Path.Value == path && imp.Name == nil {
			return
		}
	}
	s.fail("no import of %s", path)
}

func (s *splicer) structType(name string) *ast.StructType {
	for _, d := range s.file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.Name == name {
				if st, ok := ts.Type.(*ast.StructType); ok {
					return st
				}
			}
		}
	}
	s.fail("no struct %s", name)
	return nil
}

// fun finds a function, or a method by its receiver's type name.
func (s *splicer) fun(recv, name string) *ast.FuncDecl {
	for _, d := range s.file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if ok && fn.Name.Name == name && fn.Body != nil && receiverType(fn) == recv {
			return fn
		}
	}
	s.fail("no function %s", name)
	return nil
}

func receiverType(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) != 1 {
		return ""
	}
	t := fn.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func (s *splicer) receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List[0].Names) != 1 {
		return ""
	}
	return fn.Recv.List[0].Names[0].Name
}

func (s *splicer) param(fn *ast.FuncDecl, i int) string {
	if l := fn.Type.Params.List; i < len(l) && len(l[i].Names) > 0 {
		return l[i].Names[0].Name
	}
	return ""
}

// call finds the statement x.field.method() in fn.
func (s *splicer) call(fn *ast.FuncDecl, x, field, method string) ast.Node {
	var found ast.Node
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		st, ok := n.(*ast.ExprStmt)
		if !ok || found != nil {
			return found == nil
		}
		call, ok := st.X.(*ast.CallExpr)
		if !ok {
			return true
		}
		m, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || m.Sel.Name != method {
			return true
		}
		f, ok := m.X.(*ast.SelectorExpr)
		if !ok || f.Sel.Name != field {
			return true
		}
		if id, ok := f.X.(*ast.Ident); ok && id.Name == x {
			found = st
		}
		return true
	})
	if found == nil {
		s.fail("%s does not call %s.%s.%s", fn.Name.Name, x, field, method)
	}
	return found
}
