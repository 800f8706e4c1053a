package optoprime

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/opto-go/trace/optimizer"
	trace "github.com/opto-go/trace/runtime"
)

// numeric is the tiny program of the Trace article.
func numeric() *optimizer.Problem {
	const m = "example.com/hello."
	x := &trace.GraphNode{Statement: &trace.Statement{Kind: "param", ID: m + "x", Name: "x", At: "main.go:12:5", Type: "float64"}, N: 1, Value: "-1.0"}
	bar := &trace.GraphNode{Statement: &trace.Statement{Kind: "param", ID: m + "bar", Name: "bar", At: "main.go:17:6"}, N: 2}
	a := &trace.GraphNode{Statement: &trace.Statement{Kind: "op", Op: "bar", Name: "a", At: "main.go:30:7", Src: "bar(x)", Type: "float64"}, N: 3, Value: "2.0", In: []*trace.GraphNode{x}, Fn: bar}
	b := &trace.GraphNode{Statement: &trace.Statement{Kind: "input", Name: "b", At: "main.go:31:7", Type: "float64"}, N: 4, Value: "1.0"}
	y := &trace.GraphNode{Statement: &trace.Statement{Kind: "op", Name: "y", At: "main.go:32:7", Src: "a + b", Type: "float64"}, N: 5, Value: "3.0", In: []*trace.GraphNode{a, b}}
	z := &trace.GraphNode{Statement: &trace.Statement{Kind: "op", Name: "z", At: "main.go:33:7", Src: "a * y", Type: "float64"}, N: 6, Value: "6.0", In: []*trace.GraphNode{a, y}}
	return &optimizer.Problem{
		Objective: "Make the mean score as high as possible.",
		Step:      2,
		Params: []optimizer.Param{
			{ID: m + "x", Name: "x", Type: "float64", Source: "-1.0", Doc: "x is where the search starts.", Min: "-10", Max: "10", Step: "0.5"},
			{ID: m + "bar", Name: "bar", Kind: optimizer.FuncBody, Type: "func(x float64) float64",
				Source: "// bar does negative scaling.\nfunc bar(x float64) float64 {\n\treturn -2 * x\n}", Doc: "bar does negative scaling.", Constraint: "stay linear"},
		},
		Cases: []optimizer.Case{{
			Name: "main", Result: "pass", Score: 6, Feedback: []string{"Output should be larger."},
			Graph: &trace.Graph{Nodes: []*trace.GraphNode{x, bar, a, b, y, z}, Outputs: []trace.Output{{Node: z, Text: "Output should be larger."}}},
		}},
		History: []optimizer.Attempt{
			{Step: 1, Proposal: optimizer.Proposal{Assign: map[string]string{m + "x": "1.0"}}, Total: 1, Score: 2, Feedback: "Output should be larger."},
		},
	}
}

const slugSource = `package text

import (
	"strings"
	"unicode"
)

type Style struct {
	Lower bool
	marks []rune
}

func (s Style) Keeps(r rune) bool { return true }

// Slug makes a title fit for a URL.
func Slug(title string, st Style) string {
	return strings.ReplaceAll(title, " ", sep)
}

var sep = "_"

var replaced = map[rune]string{}

const MaxLen = 80

func fold(r rune) rune { return unicode.ToLower(r) }
`

// slugs is a table test of twelve sub-tests, of which four fail.
func slugs(t testing.TB) *optimizer.Problem {
	const m = "example.com/web/text."
	syntaxOf := syntax(t, m[:len(m)-1], slugSource)
	p := &optimizer.Problem{
		Objective: "Make the failing cases pass.",
		Step:      3,
		Params: []optimizer.Param{
			{ID: m + "Slug", Name: "Slug", Kind: optimizer.FuncBody, Type: "func(title string, st Style) string", Doc: "Slug makes a title fit for a URL.",
				Source: "// Slug makes a title fit for a URL.\nfunc Slug(title string, st Style) string {\n\treturn strings.ReplaceAll(title, \" \", sep)\n}", Syntax: syntaxOf("Slug")},
			{ID: m + "sep", Name: "sep", Type: "string", Source: `"_"`, Choices: []string{`"_"`, `"-"`}, Syntax: syntaxOf("sep")},
		},
		Code: []optimizer.Snippet{{Name: "trim", File: "text/text.go", Line: 40, Lines: "1-3", Doc: "trim cuts a slug to MaxLen.",
			Source: "func trim(s string) string {\n\tif len(s) > MaxLen {\n\t\ts = s[:MaxLen]\n\t}\n\treturn s\n}"}},
		History: []optimizer.Attempt{
			{Step: 0, Failed: 4, Total: 12, Score: 8.0 / 12},
			{Step: 1, Rejected: "types: Slug: line 2:9: undefined: regexp", Proposal: optimizer.Proposal{Assign: map[string]string{m + "Slug": "func Slug(title string, st Style) string {\n\treturn regexp.MustCompile(`\\W+`).ReplaceAllString(title, sep)\n}"}}},
			{Step: 2, Failed: 12, Total: 12, Feedback: "slug_test.go:31: Slug(\"word 0\") = \"word-0\", want \"word_0\"", Proposal: optimizer.Proposal{Assign: map[string]string{m + "sep": `"-"`}}},
		},
	}
	for i := range 12 {
		title := fmt.Sprintf("word %d", i)
		want, result := fmt.Sprintf("word_%d", i), "pass"
		if i%5 == 1 || i > 9 {
			title = strings.ToUpper(title)
			result = "fail"
		}
		got := strings.ReplaceAll(title, " ", "_")
		node := func(n int, kind, op, name, at, src, value string, in ...*trace.GraphNode) *trace.GraphNode {
			return &trace.GraphNode{Statement: &trace.Statement{Kind: kind, Op: op, Name: name, At: at, Src: src, Type: "string"}, N: n, Value: value, In: in}
		}
		fn := &trace.GraphNode{Statement: &trace.Statement{Kind: "param", ID: m + "Slug", Name: "Slug"}, N: 1}
		st := node(2, "input", "", "st", "text/slug_test.go:20:3", "", "text.Style{Lower: true, marks: nil}")
		in := node(3, "input", "", "tt.title", "text/slug_test.go:25:16", "", fmt.Sprintf("%q", title))
		s := node(4, "op", "Slug", "s", "text/slug_test.go:25:11", "Slug(tt.title, st)", fmt.Sprintf("%q", got), in, st)
		s.Fn = fn
		out := node(5, "op", "trim", "", "text/slug_test.go:26:10", "trim(s)", fmt.Sprintf("%q", got), s)
		g := &trace.Graph{Nodes: []*trace.GraphNode{fn, st, in, s, out}}
		c := optimizer.Case{Name: fmt.Sprintf("TestSlug/%02d", i), Result: result, Score: 1, Graph: g}
		if result == "fail" {
			c.Score = 0
			c.Feedback = []string{fmt.Sprintf("slug_test.go:31: Slug(%q) = %q, want %q", title, got, want)}
			g.Outputs = []trace.Output{{Node: out, Case: c.Name, Text: c.Feedback[0]}}
		} else {
			g.Outputs = []trace.Output{{Node: out, Case: c.Name}}
		}
		p.Cases = append(p.Cases, c)
	}
	return p
}

// syntax type-checks a package whose imports are empty shells.
func syntax(t testing.TB, path, src string) func(name string) *optimizer.Syntax {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "text.go", src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
	conf := types.Config{Importer: shells{}, Error: func(error) {}}
	pkg, _ := conf.Check(path, fset, []*ast.File{file}, info)
	return func(name string) *optimizer.Syntax {
		s := &optimizer.Syntax{Fset: fset, File: file, Info: info, Pkg: pkg}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.Name == name {
					s.Func = d
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && v.Names[0].Name == name {
						s.Expr = v.Values[0]
					}
				}
			}
		}
		return s
	}
}

type shells struct{}

func (shells) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, path[strings.LastIndexByte(path, '/')+1:])
	p.MarkComplete()
	return p, nil
}
