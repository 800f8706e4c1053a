package wrapper_test

import (
	"fmt"
	"go/format"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/gen/wrapper"
)

// A random program declares functions of every shape. Each notes its arguments
// and returns fixed values, returns an error or panics; main calls each and its
// wrapper in all three ways and compares.
type randomProgram struct {
	t     *rapid.T
	decls strings.Builder
	main  strings.Builder
	n     int
}

// A randomType is a type as a declaration writes it, the same with type
// parameters replaced, and a value of it.
type randomType struct{ text, inst, value string }

var randomTypes = []randomType{
	{"int", "", "7"},
	{"string", "", `"text"`},
	{"float64", "", "1.5"},
	{"error", "", "errOther"},
	{"any", "", "any(3)"},
	{"time.Duration", "", "time.Second"},
	{"*template.Template", "", "templates"},
	{"lower", "", "lower(3)"},
	{"*Point", "", "points"},
	{"box[string]", "", `box[string]{"x"}`},
	{"alias", "", "alias{errOther}"},
	{"func(int, ...string) (string, error)", "", "function"},
	{"chan int", "", "channel"},
	{"<-chan int", "", "channel"},
	{"chan (<-chan int)", "", "channels"},
	{"struct {\n\tA int `json:\"a\"`\n\tlower\n}", "", "structure"},
	{"interface {\n\terror\n}", "", "errOther"},
	{"iter.Seq2[int, *Point]", "", "sequence"},
	{"[2]bool", "", "[2]bool{true}"},
	{"unsafe.Pointer", "", "unsafe.Pointer(&lowest)"},
	{"context.Context", "", "ctx"},
}

const randomPrelude = `package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	tmpl "text/template"
	. "time"
	"unsafe"

	trace "github.com/opto-go/trace/runtime"
)

type lower int

type Point struct{ X, Y int }

type box[E any] struct{ e E }

type alias = []error

var (
	lowest    lower
	errFault  = errors.New("fault")
	errPanic  = errors.New("panic")
	errOther  = errors.New("other")
	ctx       = context.WithValue(context.Background(), lower(0), 1)
	points    = &Point{1, 2}
	templates = tmpl.New("x")
	channel   = make(chan int)
	channels  = make(chan (<-chan int))
	structure struct {
		A int ` + "`json:\"a\"`" + `
		lower
	}
)

func function(int, ...string) (string, error) { return "", nil }

func sequence(func(int, *Point) bool) {}

var (
	mode int   // 0: return, 1: return an error, 2: panic
	seen []any // arguments of the last call
)

func got(args ...any) {
	seen = args
	if mode == 2 {
		panic(errPanic)
	}
}

func fault() error {
	if mode == 1 {
		return errFault
	}
	return nil
}

func as[T any](x any) T { return x.(T) }

// raised is an error or panic of a wrapper as the function had it, if it has a
// node as it should.
func raised(v any, node bool) any {
	switch r, ok := v.(*trace.Raised); {
	case v == nil:
		return nil
	case ok != node || ok && trace.Exception(r) == nil:
		return "not recorded"
	case ok:
		return r.Value
	}
	return v
}

// fail is raised for an error that a wrapper returned.
func fail(err error) any { return raised(err, true) }

// run makes a call and describes all that can be seen of it.
func run(call func() []any, panics bool) (text string) {
	seen = nil
	defer func() {
		text = fmt.Sprintf("%#v %#v %v", seen, text, raised(recover(), panics))
	}()
	return fmt.Sprintf("%#v", call())
}

func compare(name string, catch bool, plain, wrapped func() []any) {
	for mode = 0; mode < 3; mode++ {
		if want, got := run(plain, false), run(wrapped, catch); got != want {
			fmt.Printf("%s in mode %d:\nwant %s\ngot  %s\n", name, mode, want, got)
			os.Exit(1)
		}
	}
}

var _ iter.Seq[Duration]
var _ unsafe.Pointer
var _ tmpl.Template
`

func (p *randomProgram) intn(n int, label string) int {
	return rapid.IntRange(0, n-1).Draw(p.t, label)
}

func (p *randomProgram) typ(depth int, params []randomType) randomType {
	kinds := 1
	if depth > 0 {
		kinds = 6
	}
	switch k := p.intn(kinds+1, "kind"); {
	case k == 0 && len(params) > 0:
		return params[p.intn(len(params), "type parameter")]
	case k < 3:
		t := randomTypes[p.intn(len(randomTypes), "type")]
		// As the file imports them: by another name, and with a dot.
		t.text = strings.NewReplacer("template.", "tmpl.", "time.", "").Replace(t.text)
		t.value = strings.NewReplacer("template.", "tmpl.", "time.", "").Replace(t.value)
		t.inst = t.text
		return t
	}
	e := p.typ(depth-1, params)
	wrap := func(prefix string) randomType {
		return randomType{prefix + e.text, prefix + e.inst, prefix + e.inst + "{" + e.value + "}"}
	}
	switch p.intn(4, "composite") {
	case 0:
		return wrap("[]")
	case 1:
		return randomType{"map[string]" + e.text, "map[string]" + e.inst, "map[string]" + e.inst + `{"k": ` + e.value + "}"}
	case 2:
		return randomType{"box[" + e.text + "]", "box[" + e.inst + "]", "box[" + e.inst + "]{" + e.value + "}"}
	}
	return randomType{"func(" + e.text + ")", "func(" + e.inst + ")", "(func(" + e.inst + "))(nil)"}
}

// names of parameters that a wrapper may stumble over.
var randomNames = strings.Fields("a b c trace t err ctx call r0 r1 recv p0 p1 bundleF0 bundleF1 f1 context time tmpl append nil error run string int")

// add declares one bundle and its comparison.
func (p *randomProgram) add() {
	i := p.n
	p.n++
	name := fmt.Sprintf("f%d", i)
	if p.intn(3, "exported") == 0 {
		name = strings.ToUpper(name)
	}
	// Type parameters and what they stand for.
	var tparams []randomType
	var declared, instances []string
	for j := range p.intn(3, "type parameters") {
		t := p.typ(1, nil)
		constraint := "any"
		if p.intn(3, "constraint") == 0 {
			t, constraint = randomType{inst: "int", value: "4"}, "~int | ~string"
		}
		t.text = fmt.Sprintf("T%d", j)
		tparams = append(tparams, t)
		declared = append(declared, t.text+" "+constraint)
		instances = append(instances, t.inst)
	}
	// A method of a generic type has the type's parameters.
	receiver, value, recvType := "", "", ""
	method := p.intn(3, "method") == 0
	list := func(open string, l []string) string {
		if len(l) == 0 {
			return ""
		}
		return open + strings.Join(l, ", ") + "]"
	}
	inst := list("[", instances)
	if method {
		typ := fmt.Sprintf("type%d", i)
		fmt.Fprintf(&p.decls, "\ntype %s%s struct{ n int }\n", typ, list("[", declared))
		var names []string
		for _, t := range tparams {
			names = append(names, t.text)
		}
		star, and := "", ""
		if p.intn(2, "pointer") == 0 {
			star, and = "*", "&"
		}
		receiver = fmt.Sprintf("(t %s%s%s) ", star, typ, list("[", names))
		value, recvType = and+typ+inst+"{5}", star+typ+inst
		declared = nil
	}
	// Parameters. What generic bodies name must not be hidden.
	var params, args, nodes, notes []string
	unnamed := p.intn(4, "unnamed") == 0
	taken := map[string]bool{"t": method}
	count := p.intn(5, "parameters")
	variadic := count > 0 && p.intn(3, "variadic") == 0
	for j := range count {
		t := p.typ(2, tparams)
		n := randomNames[p.intn(len(randomNames), "name")]
		if len(tparams) > 0 || taken[n] || n == "int" || n == "string" || n == "error" || n == "nil" {
			n = fmt.Sprintf("x%d", j)
		}
		taken[n] = true
		note := n
		if p.intn(6, "blank") == 0 {
			n, note = "_", ""
		}
		text, node := t.text, fmt.Sprintf("trace.Const[%s](\"\", %s)", t.inst, t.value)
		if t.text == "context.Context" {
			node = t.value
		}
		if variadic && j == count-1 {
			text = "..." + text
			node = fmt.Sprintf("trace.Const[%s](\"\", %s)", t.inst, t.value)
			for range p.intn(3, "more") {
				args, nodes = append(args, t.value), append(nodes, node)
			}
		}
		if unnamed {
			params = append(params, text)
		} else {
			params = append(params, n+" "+text)
			if note != "" {
				notes = append(notes, note)
			}
		}
		args, nodes = append(args, t.value), append(nodes, node)
	}
	// Results: of package variables, since names may be hidden in the body.
	var results, returned, locals, plain, wrapped []string
	for j := range p.intn(4, "results") {
		t := p.typ(2, tparams)
		if t.text == "error" { // a last one has no node
			t = randomTypes[0]
			t.inst = t.text
		}
		v := fmt.Sprintf("result%d_%d", i, j)
		fmt.Fprintf(&p.decls, "\nvar %s %s = %s\n", v, t.inst, t.value)
		if len(tparams) > 0 {
			v = fmt.Sprintf("as[%s](%s)", t.text, v)
		}
		results, returned = append(results, t.text), append(returned, v)
		local := fmt.Sprintf("v%d", j)
		locals, plain = append(locals, local), append(plain, local)
		if t.text != "context.Context" {
			local += ".Value()"
		}
		wrapped = append(wrapped, local)
	}
	if p.intn(2, "error") == 0 {
		results, returned = append(results, "error"), append(returned, "fault()")
		locals, plain, wrapped = append(locals, "err"), append(plain, "err"), append(wrapped, "fail(err)")
	}
	if len(results) > 0 && p.intn(3, "named results") == 0 {
		for j, n := range []string{"quo", "_", "err0", "ok"}[:len(results)] {
			results[j] = n + " " + results[j]
		}
	}
	option := []string{"", " nocatch", " name=Other" + fmt.Sprint(i)}[p.intn(3, "option")]
	fmt.Fprintf(&p.decls, "\n//trace:bundle%s\nfunc %s%s%s(%s) (%s) {\n\tgot(%s)\n\treturn %s\n}\n", option,
		receiver, name, list("[", declared), strings.Join(params, ", "), strings.Join(results, ", "), strings.Join(notes, ", "), strings.Join(returned, ", "))

	last := name
	if strings.HasPrefix(option, " name") {
		last = fmt.Sprint("Other", i)
	}
	prefix := "trace"
	if name[0] == 'F' && !method {
		prefix = "Trace"
	}
	callee, wrapper := name+inst, prefix+strings.ToUpper(last[:1])+last[1:]+inst
	if method {
		callee = "(" + value + ")." + name
		wrapper = fmt.Sprintf("%sType%d%s%s", prefix, i, strings.ToUpper(last[:1])+last[1:], inst)
		nodes = append([]string{fmt.Sprintf("trace.Const[%s](\"\", %s)", recvType, value)}, nodes...)
	}
	assign := ""
	if len(locals) > 0 {
		assign = strings.Join(locals, ", ") + " := "
	}
	fmt.Fprintf(&p.main, "\tcompare(%q, %t, func() []any {\n\t\t%s%s(%s)\n\t\treturn []any{%s}\n\t}, func() []any {\n\t\t%s%s(%s)\n\t\treturn []any{%s}\n\t})\n",
		name, option != " nocatch", assign, callee, strings.Join(args, ", "), strings.Join(plain, ", "),
		assign, wrapper, strings.Join(nodes, ", "), strings.Join(wrapped, ", "))
}

func (p *randomProgram) source() string {
	return randomPrelude + p.decls.String() + "\nfunc main() {\n" + p.main.String() + "}\n"
}

// generated is the file for the program, compiled.
func (p *randomProgram) generated(t *testing.T) []byte {
	pkg := check(t, &txtar.Archive{Files: []txtar.File{{Name: "main.go", Data: []byte(p.source())}}})
	targets, problems := directive.Collect(pkg)
	for _, pr := range problems {
		t.Errorf("%s: %s", pkg.Fset.Position(pr.Pos), pr.Message)
	}
	got, err := wrapper.Generate(pkg, targets, nil)
	if err != nil {
		t.Errorf("%v", err)
	}
	compile(t, pkg, got)
	if formatted, err := format.Source(got); err != nil || string(formatted) != string(got) {
		t.Errorf("not as gofmt would have it: %v", err)
	}
	if t.Failed() {
		t.Fatalf("%s\n%s", p.source(), got)
	}
	return got
}

// TestRandomSignatures: what is generated compiles.
func TestRandomSignatures(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := &randomProgram{t: rt}
		for range 6 {
			p.add()
		}
		p.generated(t)
	})
}

// TestRandomCalls: the wrappers hand on the same arguments, results, errors and
// panics as the functions.
func TestRandomCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	p := &randomProgram{}
	rapid.Custom(func(rt *rapid.T) int {
		*p = randomProgram{t: rt}
		for range 80 {
			p.add()
		}
		return 0
	}).Example(1)
	dir := module(t, "")
	write(t, dir, "main.go", p.source())
	write(t, dir, wrapper.FileName, string(p.generated(t)))
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s\n%s", err, out, readFile(t, filepath.Join(dir), wrapper.FileName))
	}
}
