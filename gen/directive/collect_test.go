package directive_test

import (
	"flag"
	"fmt"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/gen/directive"
)

var update = flag.Bool("update", false, "rewrite golden files")

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestCollectTargets(t *testing.T) {
	src, err := os.ReadFile("testdata/src/good/good.go")
	if err != nil {
		t.Fatal(err)
	}
	p := load(t, string(src))
	targets, problems := directive.Collect(p)
	if len(problems) > 0 {
		t.Fatalf("problems: %s", messages(p, problems))
	}
	var got []string
	for _, tg := range targets {
		s := fmt.Sprintf("%d %s %s", p.Fset.Position(tg.Pos).Line, tg.Kind, strings.TrimPrefix(tg.ID, "example.com/"))
		if tg.Obj != nil {
			s += " " + types.TypeString(tg.Obj.Type(), types.RelativeTo(p.Types))
		}
		if tg.Trainable {
			s += " trainable"
		}
		if tg.Expr != nil {
			pos := p.Fset.Position(tg.Expr.Pos())
			s += fmt.Sprintf(" @%d:%d", pos.Line, pos.Column)
		}
		if tg.Doc != "" {
			s += fmt.Sprintf(" %q", tg.Doc)
		}
		got = append(got, s)
	}
	golden(t, "testdata/good.golden", strings.Join(got, "\n")+"\n")
	i := slices.IndexFunc(targets, func(tg *directive.Target) bool { return tg.Check != "" })
	if tg := targets[i]; tg.CheckFunc == nil || tg.CheckFunc.Name() != "hasPlaceholder" {
		t.Errorf("check function is %v", tg.CheckFunc)
	}
	if diff := cmp.Diff([]string{"strings", "regexp.MustCompile", "go"}, targets[0].Allow); diff != "" {
		t.Errorf("allow (-want +got):\n%s", diff)
	}
}

// A package with type errors gives the targets and problems that do not
// depend on types, and so does one without type information.
func TestCollectBroken(t *testing.T) {
	src, err := os.ReadFile("testdata/broken.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	p := load(t, string(src))
	targets, problems := directive.Collect(p)
	var out strings.Builder
	for _, tg := range targets {
		fmt.Fprintf(&out, "%s %s\n", tg.Kind, tg.ID)
	}
	for _, m := range messages(p, problems) {
		out.WriteString(m + "\n")
	}
	golden(t, "testdata/broken.golden", out.String())

	p.Types, p.Info = nil, nil
	bare, problems := directive.Collect(p)
	if len(bare) != len(targets) {
		t.Errorf("without types: %d targets, want %d", len(bare), len(targets))
	}
	if len(problems) != 1 || !strings.HasPrefix(problems[0].Message, "unknown directive") {
		t.Errorf("without types: %q", messages(p, problems))
	}
}

func TestCollectProblems(t *testing.T) {
	tests := []struct {
		name string
		src  string // after "package p\n\n": begins on line 3
		want []string
	}{
		{"empty name", "//trace:\nfunc f() {}",
			[]string{"3:1: expected a directive after //trace: (the directives are //trace:bundle, //trace:node and //trace:skip)"}},
		{"unclosed", "//trace:bundle desc=\"a\nfunc f() {}",
			[]string{`3:21: expected a closing " for the value of desc (a value ends on the line on which it begins)`}},
		{"end of file", "func f() {}\n\n//trace:bundle",
			[]string{"5:1: //trace:bundle is detached from its declaration (put it directly above a function, a method or an interface method)"}},
		{"prose", "// trace: the path of nodes\n// trace: skip this\n// A trace:node is one.\n//  trace:node\n// trace: bundle it up\nfunc f() {}", nil},
		{"nothing but near misses", "//trace : node trainable\n//TRACE:NODE\n// trace: skip reason=\"x\"\nfunc f() {}", []string{
			`3:1: "//trace : node" is an ordinary comment, not a directive (write //trace:node, without blanks and in lower case)`,
			"3:1: //trace:node does not fit function f (//trace:node goes on a package variable, a constant, a struct field or a local definition)",
			`4:1: "//TRACE:NODE" is an ordinary comment, not a directive (write //trace:node, without blanks and in lower case)`,
			"4:1: //trace:node does not fit function f (//trace:node goes on a package variable, a constant, a struct field or a local definition)",
			`5:1: "// trace: skip" is an ordinary comment, not a directive (write //trace:skip, without blanks and in lower case)`,
		}},
		{"two on a line", "func f() {\n\ty := 1; z := 2 //trace:node\n\t_, _ = y, z\n}",
			[]string{"4:17: //trace:node is ambiguous: this line holds local variable y and local variable z (write one on a line)"}},
		{"inside a line", "//trace:node\nfunc f() { x := 1; _ = x }\n//trace:bundle\ntype I interface{ M() }\ntype T struct{ X int } //trace:node", []string{
			"3:1: //trace:node does not fit function f (//trace:node goes on a package variable, a constant, a struct field or a local definition)",
			"5:1: //trace:bundle does not fit type I (//trace:bundle goes on a function, a method or an interface method)",
			"7:24: //trace:node does not fit type T (//trace:node goes on a package variable, a constant, a struct field or a local definition)"}},
		{"end of a line in a block", "func f(n int) {\n\tswitch {\n\tcase n > 0: x := 1 //trace:node trainable\n\t\t_ = x\n\tdefault: f(0) //trace:skip reason=\"r\"\n\t}\n\tif n > 0 { x := 2 //trace:node name=y\n\t\t_ = x }\n}", nil},
		{"skip bound to nothing", "//trace:skip reason=\"a\"\ntype T struct {\n\t//trace:skip reason=\"b\"\n\tx int\n}\n//trace:skip reason=\"c\"\nvar v = 1\ntype I interface {\n\t//trace:skip reason=\"d\"\n\tM()\n}\nfunc f() {\n\tswitch v {\n\t//trace:skip reason=\"e\"\n\tcase 1:\n\t}\n\t//trace:skip reason=\"f\"\n\n\tf()\n\t//trace:skip reason=\"g\"\n}", []string{
			"3:1: //trace:skip does not fit type T (//trace:skip goes on a function or a statement)",
			"5:2: //trace:skip does not fit field x (//trace:skip goes on a function or a statement)",
			"8:1: //trace:skip does not fit variable v (//trace:skip goes on a function or a statement)",
			"11:2: //trace:skip does not fit interface method I.M (//trace:skip goes on a function or a statement)",
			"16:2: //trace:skip does not fit a case clause (//trace:skip goes on a function or a statement)",
			"19:2: //trace:skip is detached from its declaration (remove what separates it from a statement)",
			"22:2: //trace:skip does not stand above a declaration (//trace:skip goes on a function or a statement)"}},
		{"two things said", "func f() {\n\t//trace:skip reason=\"a\"\n\t//trace:skip reason=\"b\"\n\tf()\n\t//trace:node\n\tx := 1 //trace:skip reason=\"c\"\n\t_ = x\n}", []string{
			"5:2: second //trace:skip on one thing (leave one of them out)",
			"8:9: //trace:skip and //trace:node on one definition (leave one of them out)"}},
		{"bad allow", "//trace:bundle trainable allow=\"net http\"\nfunc f() {}",
			[]string{`3:32: allow= holds "net http", which is no package or symbol (entries are import paths, pkg.Symbol, or go)`}},
		{"receivers", "type G[E, F any] struct{}\n//trace:bundle\nfunc (g *G[E, F]) A() {}\n//trace:bundle\nfunc ((G[E, F])) A() {}", []string{
			"6:1: duplicate identity example.com/p.G.A, also at p.go:4:1 (give one of them another identity with name=)"}},
		{"beside", "type T struct{ X int }; type U int\n//trace:bundle\nfunc f() {}; func g() {}", []string{
			"4:1: //trace:bundle is ambiguous: this line holds function f and function g (write one on a line)"}},
		{"literal", "var a = []int{\n\t//trace:node\n\t1,\n\t2, //trace:node\n}", []string{
			"4:2: //trace:node does not stand above a declaration (//trace:node goes on a package variable, a constant, a struct field or a local definition)",
			"6:5: //trace:node trails a line that holds no declaration (put it directly above a package variable, a constant, a struct field or a local definition)"}},
		{"one message for one mistake", "//trace:skip reason=\"a\nfunc f() {}\n//trace:node trainabel min=1\nvar a = 1", []string{
			`3:21: expected a closing " for the value of reason (a value ends on the line on which it begins)`,
			"5:14: unknown option trainabel for //trace:node (did you mean trainable?)"}},
		{"first line of a function", "func f() { //trace:bundle\n}",
			[]string{"3:12: //trace:bundle trails a line that holds no declaration (put it directly above a function, a method or an interface method)"}},
		{"trailing binds to its own line", "var a = 1 //trace:node trainable min=2\nvar b = 1",
			[]string{"3:9: the initial value breaks its constraint: 1 is less than min=2 (correct the value or the directive)"}},
		{"line directives do not move lines", "//line other.go:100\n//trace:bundle\nfunc f() {}", nil},
		{"all at once", "//trace:node trainable min=x max=y step=z\nvar a = 1", []string{
			`3:24: option min: "x" is not a number`, `3:30: option max: "y" is not a number`, `3:36: option step: "z" is not a number`}},
		{"all at once, whatever is misspelt", "//trace:bundel trainble expend=x\nfunc f() {}\n//trace:nod trainable min=2 maxx=x chek=g\nvar a = 1\n// trace:node Trainable step=x min=3\nvar b = 1\n//trace:bundel\nvar c = 1", []string{
			"3:1: unknown directive //trace:bundel (did you mean //trace:bundle?)",
			"3:16: unknown option trainble for //trace:bundle (did you mean trainable?)",
			"3:25: unknown option expend for //trace:bundle (did you mean expand?)",
			"5:1: unknown directive //trace:nod (did you mean //trace:node?)",
			`5:29: option max: "x" is not a number`,
			"5:29: unknown option maxx for //trace:node (did you mean max?)",
			"5:36: check=g: no such function (declare func g(int) error in this package)",
			"5:36: unknown option chek for //trace:node (did you mean check?)",
			`7:1: "// trace:node" is an ordinary comment, not a directive (write //trace:node, without blanks and in lower case)`,
			"7:15: unknown option Trainable for //trace:node (did you mean trainable?)",
			`7:25: option step: "x" is not a number`,
			"9:1: //trace:bundle does not fit variable c (//trace:bundle goes on a function, a method or an interface method)",
			"9:1: unknown directive //trace:bundel (did you mean //trace:bundle?)"}},
		{"what is not clear is not gone on with", "//trace:foo trainble\nfunc f() {}\n//trace:node trainble=no\nvar a = 1", []string{
			"3:1: unknown directive //trace:foo (the directives are //trace:bundle, //trace:node and //trace:skip)",
			"5:14: unknown option trainble for //trace:node (did you mean trainable?)"}},
		{"import", "//trace:node\nimport \"time\"\nvar _ time.Time", []string{
			"3:1: //trace:node does not fit an import (//trace:node goes on a package variable, a constant, a struct field or a local definition)"}},
		{"only one of a group", "//trace:node\nvar (\n\ta = 1\n)", nil},
		{"pointer literal", "type T struct{ n int }\n//trace:node trainable\nvar a = &T{1}", nil},
		{"positional literals", "type T struct {\n\tn int //trace:node trainable\n}\nvar a = []*T{{1}, {2}}", []string{
			"4:21: field n is set at 2 places: p.go:6:15, p.go:6:20 (let a variable hold the value, and make that trainable)"}},
		{"embedded method set", "type I interface {\n\t//trace:bundle\n\terror\n}", []string{
			"4:2: //trace:bundle does not fit an embedded interface (//trace:bundle goes on a function, a method or an interface method)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := load(t, "package p\n\n"+tt.src+"\n")
			_, problems := directive.Collect(p)
			if diff := cmp.Diff(tt.want, messages(p, problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// Any comment at any place of a file is read without panic, with sorted
// problems that lie in the file.
func FuzzCollect(f *testing.F) {
	const src = `@
package p
@
import "time" @
@
func f(x int) (y string) { @
	@
	a := 1 @
	@
	var b, c = "x", time.Second @
	if d := a; d > 0 { @
	@
	}
	switch { @
	@
	case a > 0: @
	}
	return
	@
}
@
type T struct { @
	@
	F int @
	G, H time.Duration @
}
@
type I interface { @
	@
	M() @
}
@
var ( @
	@
	v = T{F: 1} @
	_ = missing
)
@
const k = 3 @
@
`
	for _, s := range []string{
		"//trace:bundle trainable", `//trace:node trainable min=1 max="2"`, "//trace:skip reason=`a`", "// trace:node",
		"//trace:node trainable choices=\"a,b\" check=f", "//trace:bundle", "/*trace:node*/", "//line x.go:7",
		"//trace:bundle\n", "//trace:node trainable\n\n// x\n", "// trace: bundle\n\n", "//trace:skip reason=a b\n//trace:skip reason=\"a\"", "//trace:bundle a = b",
		`//trace:node trainable choices="a", 'b c',d`, "//trace:bundle trainable allow='a b' name=x", "//trace:bundel trainble expend nmae=x",
	} {
		for i := range strings.Count(src, "@") {
			f.Add(s, uint(i))
		}
	}
	f.Fuzz(func(t *testing.T, text string, at uint) {
		at %= uint(strings.Count(src, "@"))
		parts := strings.Split(src, "@")
		text = strings.Join(parts[:at+1], "") + text + strings.Join(parts[at+1:], "")
		p := load(t, text)
		_, problems := directive.Collect(p)
		for _, pr := range problems {
			if !pr.Pos.IsValid() || pr.Message == "" {
				t.Errorf("problem %+v", pr)
			}
			if pr.Fix != nil {
				checkFix(t, p, text, problems, pr)
			}
		}
		q := *p
		q.Types, q.Info = nil, nil
		directive.Collect(&q)
	})
}

// checkFix applies a fix: nothing but comments may change, and the problem must
// be gone.
func checkFix(t *testing.T, p *directive.Package, src string, problems []directive.Problem, pr directive.Problem) {
	t.Helper()
	file := p.Fset.File(p.Files[0].FileStart)
	fixed := src
	edits := slices.Clone(pr.Fix.Edits)
	slices.SortFunc(edits, func(a, b directive.Edit) int { return int(b.Pos - a.Pos) })
	end := file.Base() + file.Size() + 1
	for _, e := range edits {
		if int(e.Pos) < file.Base() || e.End < e.Pos || int(e.End) > end {
			t.Fatalf("edit %+v of %q is out of place in\n%s", e, pr.Message, src)
		}
		end = int(e.Pos)
		fixed = fixed[:int(e.Pos)-file.Base()] + e.New + fixed[int(e.End)-file.Base():]
	}
	if diff := cmp.Diff(tokens(src), tokens(fixed)); diff != "" {
		t.Errorf("the fix of %q changes the program (-want +got):\n%s", pr.Message, diff)
	}
	count := func(list []directive.Problem) (n int) {
		for _, other := range list {
			if other.Message == pr.Message {
				n++
			}
		}
		return n
	}
	if _, left := directive.Collect(load(t, fixed)); count(left) >= count(problems) {
		t.Errorf("%q is still there after %q in\n%s", pr.Message, pr.Fix.Message, fixed)
	}
}

// tokens are those of a source text without its comments.
func tokens(src string) []string {
	fset := token.NewFileSet()
	var s scanner.Scanner
	s.Init(fset.AddFile("", -1, len(src)), []byte(src), nil, 0)
	var list []string
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			return list
		}
		if tok == token.SEMICOLON {
			lit = "" // one that a line's end stands for, or not
		}
		list = append(list, tok.String()+" "+lit)
	}
}
