package source

import (
	"bytes"
	"context"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/optimizer"
)

const placed = `
-- p.go --
package p

import "fmt"

//trace:bundle trainable
func One(a, b int) int { return a }

//trace:bundle trainable
func Two(s string) string {
	return fmt.Sprint(s) // result
} // end of Two

var (
	//trace:node trainable
	short = 1
	//trace:node trainable
	list = []string{"a"} // trailing
)

func use() {
	if true {
		//trace:node trainable
		m := map[string][]int{
			"a": {1},
		}
		_ = m
	}
}
`

func TestApply(t *testing.T) {
	_, list := params(t, placed)
	orig := string(list[0].text.data)
	tests := []struct {
		name, param, src string
		old, new         string // the one replacement expected
	}{
		{"body in one line", "One", "func One(a, b int) int {return   b}", "{ return a }", "{ return b }"},
		{"body in several lines", "One", "func One(a, b int) int {\nif a>b {\n return a\n}\n  return b}", "{ return a }", "{\n\tif a > b {\n\t\treturn a\n\t}\n\treturn b\n}"},
		{"spaces for tabs, comments", "Two", "// Doc.\nfunc Two(s string) string {\n    // c\n    x:=s   // d\n    long := s // e\n    return fmt.Sprint(x,long)\n}\n// after", "{\n\treturn fmt.Sprint(s) // result\n}", "{\n\t// c\n\tx := s    // d\n\tlong := s // e\n\treturn fmt.Sprint(x, long)\n}"},
		{"value", "short", " 2*3 // six", "= 1\n", "= 2 * 3\n"},
		{"parentheses", "short", "(2)", "= 1\n", "= (2)\n"},
		{"raw string with newline", "list", "[]string{`x\n  y`,\n\"z\"}", `[]string{"a"}`, "[]string{`x\n  y`,\n\t\t\"z\"}"},
		{"nested literal in a local", "m", "map[string][]int{\n\"a\": {1,2},\n\"long\": {\n3,\n},\n}", "map[string][]int{\n\t\t\t\"a\": {1},\n\t\t}", "map[string][]int{\n\t\t\t\"a\": {1, 2},\n\t\t\t\"long\": {\n\t\t\t\t3,\n\t\t\t},\n\t\t}"},
		{"identical function", "Two", "func Two(s string) string {\n\treturn fmt.Sprint(s) // result\n}", "", ""},
		{"identical value", "list", `[]string{"a"}`, "", ""},
	}
	for name, change := range variants {
		dir := module(t, placed)
		path := filepath.Join(dir, "p.go")
		if err := os.WriteFile(path, []byte(change(orig)), 0o666); err != nil {
			t.Fatal(err)
		}
		varied, err := Params(load(t, dir, nil))
		if err != nil {
			t.Fatal(err)
		}
		own := make(map[string]string)
		for i, p := range varied {
			own[p.ID] = p.Source
			if p.Source != list[i].Source {
				t.Errorf("%s: the source of %s is %q, want %q", name, p.ID, p.Source, list[i].Source)
			}
		}
		if files, err := Apply(varied, own); err != nil || len(files) != 0 {
			t.Errorf("%s: the own sources change %d files, %v", name, len(files), err)
		}
		for _, tt := range tests {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				if n := strings.Count(orig, tt.old); tt.old != "" && n != 1 {
					t.Fatalf("%q is in the file %d times", tt.old, n)
				}
				files, err := Apply(varied, map[string]string{param(t, varied, tt.param).ID: tt.src})
				if err != nil {
					t.Fatal(err)
				}
				if tt.old == "" {
					if len(files) != 0 {
						t.Errorf("an identical source changes %d files", len(files))
					}
					return
				}
				want := change(strings.Replace(orig, tt.old, tt.new, 1))
				if diff := cmp.Diff(want, string(files[path])); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// variants are files with other line ends, a mark at the beginning, and no
// newline at the end.
var variants = map[string]func(string) string{
	"plain":            func(s string) string { return s },
	"CRLF":             func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"BOM":              func(s string) string { return "\ufeff" + s },
	"no final newline": func(s string) string { return strings.TrimRight(s, "\n") },
}

func TestApplySeveral(t *testing.T) {
	_, list := params(t, placed)
	orig := string(list[0].text.data)
	src := map[string]string{
		param(t, list, "One").ID:   "func One(a, b int) int { return b }",
		param(t, list, "short").ID: "12345",
		param(t, list, "m").ID:     "map[string][]int{}",
	}
	files, err := Apply(list, src)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("{ return a }", "{ return b }", "= 1\n", "= 12345\n", "map[string][]int{\n\t\t\t\"a\": {1},\n\t\t}", "map[string][]int{}").Replace(orig)
	if diff := cmp.Diff(want, string(files[list[0].File])); diff != "" {
		t.Error(diff)
	}
}

func TestApplyErrors(t *testing.T) {
	_, list := params(t, checked)
	tests := []struct {
		name   string
		assign map[string]string
		want   string
	}{
		{"unknown", map[string]string{"x.Y": "1"}, `no parameter "x.Y": the parameters are example.com/m/c.Clean,`},
		{"syntax", map[string]string{"example.com/m/c.rate": "1 +"}, "parse: example.com/m/c.rate: line 1:4: syntax error"},
		{"overlap", map[string]string{"example.com/m/c.Kept.x": "2", "example.com/m/c.Kept": "func Kept() int {\n//trace:node trainable\nx := 3\nreturn x\n}"}, "c.go: parameter example.com/m/c.Kept.x lies within the body of example.com/m/c.Kept: assign only one of them"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Apply(list, tt.assign)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestApplyFloat(t *testing.T) {
	prog, list := params(t, checked)
	p := param(t, list, "rate")
	for src, want := range map[string]string{"1": "1.0", "-1": "-1.0", "0x10": "16.0", "1_000": "1_000.0", "0.5 ": "0.5", "1e3": "1e3"} {
		q, findings := parse(p, src)
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		if got := newEdit(p, q).text; got != want {
			t.Errorf("%s becomes %s, want %s", src, got, want)
		}
	}
	if err := NewChecker(prog, list).Check(context.Background(), assign(p.ID, "0x1")); err != nil {
		t.Error(err)
	}
}

// TestApplyRealFiles moves bodies and initialisers of real files around.
func TestApplyRealFiles(t *testing.T) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip(err)
	}
	var files []string
	for _, dir := range []string{"strings", "net/url", "text/template", "time", "sort", "go/scanner"} {
		list, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(goroot)), "src", dir, "*.go"))
		if err != nil || len(list) == 0 {
			t.Skipf("no sources in GOROOT: %v", err)
		}
		files = append(files, list...)
	}
	rapid.Check(t, func(rt *rapid.T) {
		path := rapid.SampledFrom(files).Draw(rt, "file")
		data, err := os.ReadFile(path)
		if err != nil {
			rt.Fatal(err)
		}
		if clean, err := format.Source(data); err != nil || !bytes.Equal(clean, data) {
			rt.Skip("the file is not formatted")
		}
		change := variants[rapid.SampledFrom([]string{"plain", "CRLF", "BOM", "no final newline"}).Draw(rt, "variant")]
		list := fileParams(rt, path, []byte(change(string(data))))
		if len(list) < 2 {
			return
		}
		assign := make(map[string]string)
		for range rapid.IntRange(1, 4).Draw(rt, "edits") {
			p := rapid.SampledFrom(list).Draw(rt, "to")
			from := rapid.SampledFrom(list).Draw(rt, "from")
			if p.Kind != from.Kind {
				continue
			}
			text := unixLines(string(from.text.data[from.Start:from.End]))
			if rapid.Bool().Draw(rt, "mangle") {
				text = mangle(text)
			}
			if p.Kind == optimizer.FuncBody {
				text = strings.TrimSuffix(p.Source, unixLines(string(p.text.data[p.Start:p.End]))) + text
			}
			assign[p.ID] = text
		}
		out, err := Apply(list, assign)
		if err != nil {
			if strings.Contains(err.Error(), "is a directive") {
				return
			}
			rt.Fatal(err)
		}
		content, ok := out[path]
		if !ok {
			content = list[0].text.data
		}
		checkOutside(rt, list, assign, content)
		checkFormatted(rt, content, assign)
	})
}

// mangle takes the indentation away.
func mangle(s string) string {
	if strings.Contains(s, "`") || strings.Contains(s, "/*") {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}

// checkOutside checks that all bytes between the assigned ranges are there, but
// for those of the import declarations if other packages are imported.
func checkOutside(t *rapid.T, list []*Param, assign map[string]string, content []byte) {
	rest := string(content)
	last := 0
	first := true
	if was, now := importsOf(t, list[0].text.data), importsOf(t, content); !cmp.Equal(was.paths, now.paths) {
		if was.before != now.before {
			t.Fatalf("bytes before the imports changed:\n%s\nto\n%s", was.before, now.before)
		}
		checkImportBlock(t, content)
		rest, last = now.after, len(list[0].text.data)-len(was.after)
	}
	for _, p := range list { // in the order of the file
		if _, ok := assign[p.ID]; !ok {
			continue
		}
		before := string(p.text.data[last:p.Start])
		_, after, ok := strings.Cut(rest, before)
		if !ok || first && !strings.HasPrefix(rest, before) {
			t.Fatalf("bytes before %s changed", p.ID)
		}
		rest, last, first = after, p.End, false
	}
	if !strings.HasSuffix(rest, string(list[0].text.data[last:])) {
		t.Fatal("bytes after the last edit changed")
	}
}

// checkFormatted checks that gofmt would leave the replaced parts alone.
func checkFormatted(t *rapid.T, content []byte, assign map[string]string) {
	formatted, err := format.Source(content)
	if err != nil {
		t.Fatal(err)
	}
	got, want := fileParams(t, "x.go", content), fileParams(t, "x.go", formatted)
	if len(got) != len(want) {
		t.Fatalf("%d parameters became %d", len(want), len(got))
	}
	for i, p := range got {
		if _, ok := assign[p.ID]; !ok {
			continue
		}
		a, b := unixLines(string(content[p.Start:p.End])), string(formatted[want[i].Start:want[i].End])
		if a != b {
			t.Fatalf("%s is not formatted:\n%s\nwant\n%s", p.ID, a, b)
		}
	}
}

// fileParams makes parameters of all functions and initialisers of a file, in
// source order, without loading its package.
func fileParams(t *rapid.T, path string, data []byte) []*Param {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, data, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	text := newText(path, data)
	pkg := types.NewPackage("p", "p")
	offset := func(pos token.Pos) int { return fset.PositionFor(pos, false).Offset }
	var list []*Param
	add := func(kind optimizer.Kind, obj types.Object, from, start, end token.Pos) *Param {
		p := &Param{File: path, Start: offset(start), End: offset(end), text: text, target: &directive.Target{Obj: obj}}
		p.ID = string(rune('0'+len(list)/1000)) + "-" + obj.Name() + "-" + strings.Repeat("i", len(list)%1000)
		p.Kind = kind
		p.Source = unixLines(string(data[offset(from):p.End]))
		list = append(list, p)
		return p
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				p := add(optimizer.FuncBody, types.NewFunc(0, pkg, d.Name.Name, types.NewSignatureType(nil, nil, nil, nil, nil, false)), d.Pos(), d.Body.Lbrace, d.Body.End())
				p.Syntax = &optimizer.Syntax{Fset: fset, File: f, Func: d}
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if vs, ok := spec.(*ast.ValueSpec); ok {
					for i, v := range vs.Values {
						add(optimizer.Value, types.NewVar(0, pkg, vs.Names[min(i, len(vs.Names)-1)].Name, types.Typ[types.Int]), v.Pos(), v.Pos(), v.End())
					}
				}
			}
		}
	}
	return list
}
