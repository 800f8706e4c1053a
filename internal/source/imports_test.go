package source

import (
	"bytes"
	"context"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// An importArea is a file around its import declarations.
type importArea struct {
	before, after string
	paths         []string
}

func importsOf(t *rapid.T, content []byte) importArea {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", content, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	offset := func(pos token.Pos) int { return fset.PositionFor(pos, false).Offset }
	a := importArea{}
	end := offset(f.Name.End())
	a.before = string(content[:end])
	for _, d := range f.Decls {
		end = offset(d.End())
	}
	for _, s := range f.Imports {
		a.paths = append(a.paths, importPath(s))
	}
	if i := bytes.IndexByte(content[end:], '\n'); i >= 0 {
		end += i
	}
	a.after = strings.TrimLeft(string(content[end:]), "\r\n")
	return a
}

// checkImportBlock checks that gofmt would leave the imports alone.
func checkImportBlock(t *rapid.T, content []byte) {
	clean, err := format.Source(content)
	if err != nil {
		t.Fatal(err)
	}
	from, _ := importSpans(content)
	to, _ := importSpans(clean)
	if len(from) != len(to) {
		t.Fatalf("%d import declarations become %d", len(from), len(to))
	}
	for i := range from {
		got, want := unixLines(string(content[from[i].from:from[i].to])), string(clean[to[i].from:to[i].to])
		if got != want {
			t.Fatalf("the imports are not formatted:\n%s\nwant\n%s", got, want)
		}
	}
}

func TestImports(t *testing.T) {
	for _, c := range []struct {
		name, before, body, after string
	}{
		{"none, and one comes", "package p\n\n// F is f.\n", "return strconv.Itoa(1)", "package p\n\nimport \"strconv\"\n\n// F is f.\n"},
		{"none, and two come", "package p // c\n\n", "return strconv.Itoa(1) + strings.ToUpper(\"a\")", "package p // c\n\nimport (\n\t\"strconv\"\n\t\"strings\"\n)\n\n"},
		{"one, and one more", "package p\n\nimport \"os\"\n\nvar _ = os.Args\n\n", "return strconv.Itoa(1)", "package p\n\nimport (\n\t\"os\"\n\t\"strconv\"\n)\n\nvar _ = os.Args\n\n"},
		{"one with a comment", "package p\n\nimport \"os\" // for x\n\nvar _ = os.Args\n\n", "return fmt.Sprint(1)", "package p\n\nimport (\n\t\"fmt\"\n\t\"os\" // for x\n)\n\nvar _ = os.Args\n\n"},
		{"one instead of another", "package p\n\nimport \"fmt\"\n\nvar x = 1\n\n", "return strconv.Itoa(x)", "package p\n\nimport \"strconv\"\n\nvar x = 1\n\n"},
		{"one goes", "package p\n\nimport \"fmt\"\n\nvar x = 1\n\n", "return \"\"", "package p\n\nvar x = 1\n\n"},
		{"into a block, sorted", "package p\n\nimport (\n\t\"os\"\n\t\"time\"\n)\n\nvar _, _ = os.Args, time.Now\n\n", "return strconv.Itoa(1)", "package p\n\nimport (\n\t\"os\"\n\t\"strconv\"\n\t\"time\"\n)\n\nvar _, _ = os.Args, time.Now\n\n"},
		{"out of a block", "package p\n\nimport (\n\t\"fmt\" // text\n\t// for time\n\t\"time\"\n)\n\nvar _ = time.Now\n\n", "return \"\"", "package p\n\nimport (\n\t// for time\n\t\"time\"\n)\n\nvar _ = time.Now\n\n"},
		{"all of a block", "package p\n\nimport (\n\t\"fmt\"\n)\n\nvar x = 1\n\n", "return \"\"", "package p\n\nvar x = 1\n\n"},
		{"a renamed one goes", "package p\n\nimport (\n\tf \"fmt\"\n\t\"os\"\n)\n\nvar _ = os.Args\n\n", "return \"\"", "package p\n\nimport (\n\t\"os\"\n)\n\nvar _ = os.Args\n\n"},
		{"those for their effect stay", "package p\n\nimport (\n\t\"fmt\"\n\t_ \"time/tzdata\"\n)\n\n", "return \"\"", "package p\n\nimport (\n\t_ \"time/tzdata\"\n)\n\n"},
		{"comments are aligned", "package p\n\nimport (\n\t\"os\"   // a\n\t\"time\" // b\n)\n\nvar _, _ = os.Args, time.Now\n\n", "return strconv.Itoa(1)", "package p\n\nimport (\n\t\"os\" // a\n\t\"strconv\"\n\t\"time\" // b\n)\n\nvar _, _ = os.Args, time.Now\n\n"},
		{"a build tag stays in its place", "//go:build !nothing\n\npackage p\n\n", "return strconv.Itoa(1)", "//go:build !nothing\n\npackage p\n\nimport \"strconv\"\n\n"},
		{"the newer rand", "package p\n\n", "return string(rune(rand.IntN(3)))", "package p\n\nimport \"math/rand/v2\"\n\n"},
		{"a variable of the same name", "package p\n\nvar path struct{ s string }\n\n", "return path.s", "package p\n\nvar path struct{ s string }\n\n"},
		{"a local variable of the same name", "package p\n\n", "var path struct{ s string }\n\treturn path.s", "package p\n\n"},
		{"one that another file imports", "package p\n\n", "return exec.ErrDot.Error()", "package p\n\nimport \"os/exec\"\n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			was := "\"\""
			if strings.Contains(c.before, "f \"fmt\"") {
				was = "f.Sprint()"
			} else if strings.Contains(c.before, "fmt") {
				was = "fmt.Sprint()"
			}
			const head = "//trace:bundle trainable allow=\"os/exec\"\nfunc F() string {\n\t"
			for name, change := range variants {
				file := func(before, body string) string { return change(before + head + body + "\n}\n") }
				dir := module(t, "-- other.go --\npackage p\n\nimport \"os/exec\"\n\nvar _ = exec.ErrDot\n")
				path := filepath.Join(dir, "p.go")
				if err := os.WriteFile(path, []byte(file(c.before, "return "+was)), 0o666); err != nil {
					t.Fatal(err)
				}
				prog := load(t, dir, nil)
				list, err := Params(prog)
				if err != nil {
					t.Fatal(err)
				}
				a := map[string]string{list[0].ID: "func F() string {\n" + c.body + "\n}"}
				files, err := Apply(list, a)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(file(c.after, c.body), string(files[path])); d != "" {
					t.Errorf("%s (-want +got):\n%s", name, d)
				}
				if name != "plain" {
					continue
				}
				if err := NewChecker(prog, list).Check(context.Background(), assign(list[0].ID, a[list[0].ID])); err != nil {
					t.Error(err)
				}
				if err := os.WriteFile(path, files[path], 0o666); err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command("go", "vet", ".")
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			}
		})
	}
}

// Where an error stands is told as if no import had moved it.
func TestImportsMovePositions(t *testing.T) {
	prog, list := params(t, "-- p.go --\npackage p\n\n//trace:bundle trainable\nfunc F() int { return 1 }\n\nvar _ [one]int\n\n//trace:node trainable\nconst one = 1\n")
	k := NewChecker(prog, list)
	prop := assign("example.com/m.F", "func F() int { return len(strconv.Itoa(1)) }")
	prop.Assign["example.com/m.one"] = "-1"
	err := k.Check(context.Background(), prop)
	if err == nil || !strings.Contains(err.Error(), "p.go:6:8") {
		t.Error(err)
	}
}

func TestImportsOnOneLine(t *testing.T) {
	prog, list := params(t, "-- p.go --\npackage p\n\nimport ( \"fmt\"; \"os\" )\n\nvar _ = os.Args\n\n//trace:bundle trainable\nfunc F() string { return fmt.Sprint() }\n")
	err := NewChecker(prog, list).Check(context.Background(), assign(list[0].ID, "func F() string { return \"\" }"))
	if err == nil || !strings.Contains(err.Error(), `the file imports "fmt" and nothing would use it`) || !strings.Contains(err.Error(), "cannot be taken out") {
		t.Error(err)
	}
}
