package search

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/opto-go/trace/optimizer"
)

// TestSeededBugs trains every function of the table in a closed loop. A round
// compiles all candidates of all functions into one program.
func TestSeededBugs(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command")
	}
	const batch = 24
	runs := make([]*training, len(seededBugs))
	jobs := make([]job, len(seededBugs))
	for i, b := range seededBugs {
		jobs[i] = job{bug: &seededBugs[i], texts: []string{b.param(t).Source}}
	}
	for i, results := range evaluate(t, jobs) {
		runs[i] = newTraining([]optimizer.Param{seededBugs[i].param(t)}, results[0], 1)
		runs[i].reload = func(full map[string]string) []optimizer.Param {
			b := seededBugs[i]
			for _, text := range full {
				b.fn = text
			}
			return []optimizer.Param{b.param(t)}
		}
		if runs[i].green {
			t.Fatalf("%s: there is no bug", seededBugs[i].name)
		}
	}
	for round := 0; round < 14; round++ {
		jobs = nil
		var at []int
		var props [][]optimizer.Proposal
		for i, tr := range runs {
			if tr.green || tr.evals >= seededBugs[i].within {
				continue
			}
			p, full := tr.next(t, batch)
			if len(p) == 0 {
				continue
			}
			j := job{bug: &seededBugs[i]}
			for _, assign := range full {
				j.texts = append(j.texts, assign[tr.problem.Params[0].ID])
			}
			jobs, at, props = append(jobs, j), append(at, i), append(props, p)
		}
		if len(jobs) == 0 {
			break
		}
		for k, results := range evaluate(t, jobs) {
			runs[at[k]].learn(props[k], results)
		}
	}
	for i, tr := range runs {
		b := seededBugs[i]
		tr.log(t, b.name)
		if !tr.green || tr.evals > b.within {
			t.Errorf("%s: green %v after %d candidates, want it within %d", b.name, tr.green, tr.evals, b.within)
		}
	}
}

func (b *seeded) source() string {
	var s strings.Builder
	s.WriteString("package p\n")
	for _, imp := range b.imports {
		fmt.Fprintf(&s, "import %q\n", imp)
	}
	s.WriteString(b.decls + "\n//trace:bundle trainable\n" + b.fn + "\n")
	if len(b.imports) > 0 {
		s.WriteString(useImports(b.imports))
	}
	return s.String()
}

// useImports keeps imports in use, as the rest of a real file would.
func useImports(list []string) string {
	some := map[string]string{"strings": "ToLower", "fmt": "Sprint", "unicode": "IsSpace"}
	s := ""
	for _, imp := range list {
		s += fmt.Sprintf("var _ = %s.%s\n", imp, some[imp])
	}
	return s
}

func (b *seeded) param(t testing.TB) optimizer.Param {
	return load(t, "example.com/p", map[string]string{"p.go": b.source()})[0]
}

// A job is one function with the texts to run.
type job struct {
	bug   *seeded
	texts []string
}

const harness = `
var fuel int
var lines = map[int]bool{}

func hit(from, to int) {
	for ; from <= to; from++ {
		lines[from] = true
	}
}

var sample = []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}

// burn ends loops that do not end, and those that eat the memory.
func burn() {
	fuel--
	if fuel%8 == 0 {
		metrics.Read(sample)
		if sample[0].Value.Uint64() > 1<<28 {
			panic("out of memory")
		}
	}
	if fuel < 0 {
		panic("out of fuel")
	}
}

func run(f func() any, want any) (got string, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			got, ok = fmt.Sprint("panic: ", r), false
		}
	}()
	fuel = 1000
	v := f()
	got = fmt.Sprintf("%#v", v)
	if len(got) > 200 {
		got = got[:200]
	}
	return got, reflect.DeepEqual(v, want)
}

func report(job, text, row int, f func() any, want any) {
	clear(lines)
	got, ok := run(f, want)
	var ran []string
	for l := range lines {
		ran = append(ran, fmt.Sprint(l))
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"Job": job, "Text": text, "Row": row, "Got": got, "Want": fmt.Sprintf("%#v", want), "OK": ok, "Ran": strings.Join(ran, ",")})
}
`

// evaluate compiles every text of every job into one program and runs it.
func evaluate(t testing.TB, jobs []job) [][][]optimizer.Case {
	t.Helper()
	imports := map[string]bool{"strings": true, "fmt": true, "unicode": true}
	var decls, main strings.Builder
	for i, j := range jobs {
		for _, imp := range j.bug.imports {
			imports[imp] = true
		}
		decls.WriteString(j.bug.decls + "\n")
		for k, text := range j.texts {
			name := fmt.Sprintf("f_%d_%d", i, k)
			decls.WriteString(fueled(t, text, name) + "\n")
			for r, row := range j.bug.rows {
				fmt.Fprintf(&main, "\treport(%d, %d, %d, func() any { return %s(%s) }, %s)\n", i, k, r, name, row[0], row[1])
			}
		}
	}
	var src strings.Builder
	src.WriteString("package main\nimport (\n\"encoding/json\"\n\"os\"\n\"reflect\"\n\"runtime/metrics\"\n")
	names := make([]string, 0, len(imports))
	for imp := range imports {
		names = append(names, imp)
	}
	sort.Strings(names)
	for _, imp := range names {
		fmt.Fprintf(&src, "%q\n", imp)
	}
	src.WriteString(")\n" + useImports(names) + harness + decls.String() + "func main() {\n" + main.String() + "}\n")
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte(src.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", file)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GO111MODULE=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%.2000s", err, stderr.String())
	}
	out := make([][][]optimizer.Case, len(jobs))
	for i, j := range jobs {
		out[i] = make([][]optimizer.Case, len(j.texts))
	}
	for dec := json.NewDecoder(bytes.NewReader(stdout)); dec.More(); {
		var r struct {
			Job, Text, Row int
			Got, Want, Ran string
			OK             bool
		}
		if err := dec.Decode(&r); err != nil {
			t.Fatal(err)
		}
		row := jobs[r.Job].bug.rows[r.Row]
		c := optimizer.Case{Name: fmt.Sprintf("row%d", r.Row), Result: "pass", Score: 1, Ran: map[string]string{"example.com/p.f": r.Ran}}
		if !r.OK {
			c.Result, c.Score = "fail", 0
			c.Feedback = []string{fmt.Sprintf("f(%s) = %s, want %s", row[0], r.Got, r.Want)}
		}
		out[r.Job][r.Text] = append(out[r.Job][r.Text], c)
	}
	return out
}

// fueled renames the function, makes its loops burn fuel, and its statements tell
// their lines.
func fueled(t testing.TB, text, name string) string {
	t.Helper()
	fset := token.NewFileSet()
	const lead = "package p;"
	f, err := parser.ParseFile(fset, "", lead+text, 0)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	off := func(p token.Pos) int { return fset.Position(p).Offset - len(lead) }
	var edits []splice
	list := func(stmts []ast.Stmt) {
		for _, s := range stmts {
			from, to := fset.Position(s.Pos()).Line, fset.Position(s.End()).Line
			ast.Inspect(s, func(n ast.Node) bool {
				if b, ok := n.(*ast.BlockStmt); ok && to > fset.Position(b.Lbrace).Line {
					to = fset.Position(b.Lbrace).Line
				}
				return true
			})
			edits = append(edits, splice{off(s.Pos()), off(s.Pos()), fmt.Sprintf("hit(%d, %d);", from, to)})
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			if len(n.List) > 0 {
				if _, clause := n.List[0].(*ast.CaseClause); clause {
					break
				}
			}
			list(n.List)
		case *ast.CaseClause:
			list(n.Body)
		case *ast.ForStmt:
			edits = append(edits, splice{off(n.Body.Lbrace) + 1, off(n.Body.Lbrace) + 1, "burn();"})
		case *ast.RangeStmt:
			edits = append(edits, splice{off(n.Body.Lbrace) + 1, off(n.Body.Lbrace) + 1, "burn();"})
		case *ast.FuncDecl:
			head := fmt.Sprintf("hit(%d, %d);burn();", fset.Position(n.Pos()).Line, fset.Position(n.Body.Lbrace).Line)
			edits = append(edits, splice{off(n.Body.Lbrace) + 1, off(n.Body.Lbrace) + 1, head})
		case *ast.Ident:
			if n.Name == "f" {
				edits = append(edits, splice{off(n.Pos()), off(n.End()), name})
			}
		}
		return true
	})
	return applySplices(text, edits)
}
