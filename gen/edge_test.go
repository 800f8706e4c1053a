package gen_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/gen/internal/modtest"
)

var edgeLog = flag.Bool("edge.v", false, "print what each edge program recorded")

// obsSource is the package of the query point, and of nodes to start from. What
// an observation is called says what its value depends on (see expectation).
const obsSource = `package obs

import "fmt"

//trace:node
var A = 3

//trace:node
var B = 4

//trace:node
var C = 5

// Same equals A.
//
//trace:node
var Same = 3

//trace:node
var Zero = 0

//trace:node
var F = 2.5

//trace:node
var R = "x"

//trace:node
var S = "alpha, beta"

//trace:bundle
func T[V any](name string, v V) { fmt.Printf("%s = %v\n", name, v) }
`

// constructs are the rows of the construct table, one or more names each. At
// least two programs have to be about each.
var constructs = strings.Fields(`
	bundle exception node-field node-const skip
	alias operator declaration shadowing parallel swap op-assign inc-dec short-circuit conversion string
	if-init switch-init type-switch assertion interface-value for label goto per-iteration-variable
	range-slice range-array range-map range-string range-int range-func range-chan
	select send receive go errgroup defer panic recover runtime-error
	static-call cross-package-call method-call return named-result multi-forward variadic recursion embedding
	method-value method-expression func-value closure interface-call interface-cross-package
	generic-func generic-method generic-constraint generic-cross-package
	unknown-call weak-update unsafe reflect
	struct-local struct-value pointer field-store package-variable array array-of-arrays
	slice-element slice-of-slices element-store map-element map-of-structs map-of-maps
	append copy composite-literal address-literal len-index
	dot-import blank-import init-function exit crash`)

// An edgeProgram is a function of a package of testdata/edge, whose comment
// says which constructs it is about.
type edgeProgram struct {
	pkg, fn    string
	constructs []string
}

func (p edgeProgram) name() string { return p.pkg + "." + p.fn }

// edgePrograms writes the packages of testdata/edge to dir and lists their
// programs.
func edgePrograms(t *testing.T, dir string) []edgeProgram {
	t.Helper()
	files, err := filepath.Glob("testdata/edge/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no edge programs: %v", err)
	}
	var programs []edgeProgram
	for _, file := range files {
		pkg := strings.TrimSuffix(filepath.Base(file), ".txtar")
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			modtest.Write(t, dir, filepath.Join(pkg, f.Name), string(f.Data))
			if strings.Contains(f.Name, "/") {
				continue
			}
			tree, err := parser.ParseFile(token.NewFileSet(), pkg+"/"+f.Name, f.Data, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range tree.Decls {
				fd, ok := d.(*ast.FuncDecl)
				if !ok || fd.Doc == nil {
					continue
				}
				if list, ok := strings.CutPrefix(strings.TrimSpace(fd.Doc.Text()), "Construct: "); ok {
					programs = append(programs, edgeProgram{pkg, fd.Name.Name, strings.Split(list, ", ")})
				}
			}
		}
	}
	return programs
}

// TestEdgeConstructs checks that the programs cover the construct table.
func TestEdgeConstructs(t *testing.T) {
	programs := edgePrograms(t, t.TempDir())
	if len(programs) < 120 {
		t.Errorf("%d programs, want 120", len(programs))
	}
	count := map[string]int{}
	for _, p := range programs {
		for _, c := range p.constructs {
			if !slices.Contains(constructs, c) {
				t.Errorf("%s: unknown construct %q", p.name(), c)
			}
			count[c]++
		}
	}
	for _, c := range constructs {
		if count[c] < 2 {
			t.Errorf("%d programs are about %s, want two or more", count[c], c)
		}
	}
	t.Logf("%d programs, %d constructs", len(programs), len(constructs))
}

// TestEdge builds the programs of testdata/edge into one program, plain and
// instrumented, and compares what they print and what their observations
// depend on.
func TestEdge(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	dir := t.TempDir()
	modtest.Write(t, dir, "go.mod", "module edge\n\ngo 1.26\n")
	modtest.Write(t, dir, "obs/obs.go", obsSource)
	programs := edgePrograms(t, dir)
	var imports, cases strings.Builder
	for i, p := range programs {
		if i == 0 || programs[i-1].pkg != p.pkg {
			fmt.Fprintf(&imports, "\t%q\n", "edge/"+p.pkg)
		}
		fmt.Fprintf(&cases, "\tcase %q:\n\t\t%s()\n", p.name(), p.name())
	}
	modtest.Write(t, dir, "main.go", "package main\n\nimport (\n\t\"os\"\n\n"+imports.String()+")\n\nfunc main() {\n\tswitch os.Args[1] {\n"+cases.String()+"\t}\n}\n")

	plain := filepath.Join(dir, "plain")
	modtest.Build(t, dir, "-o", plain, ".")
	plainly := map[string]ran{}
	for _, p := range programs {
		plainly[p.name()] = runEdge(t, plain, p.name(), "")
	}
	for _, mode := range []struct {
		name string
		cfg  gen.Config
		race bool
	}{
		{name: "flow", cfg: gen.Config{}},
		{name: "all-race", cfg: gen.Config{All: true}, race: true},
	} {
		t.Run(mode.name, func(t *testing.T) {
			cfg := mode.cfg
			cfg.Dir, cfg.Patterns = dir, []string{"./..."}
			prog, out := modtest.Load(t, cfg)
			bin := filepath.Join(dir, mode.name)
			args := append(modtest.Flags(t, prog, out), "-o", bin)
			if mode.race {
				args = append(args, "-race")
			}
			modtest.Build(t, dir, append(args, ".")...)
			followed := declaredFuncs(prog)
			tally := map[string]int{}
			for _, p := range programs {
				t.Run(p.name(), func(t *testing.T) {
					defer func() {
						if t.Failed() {
							logNotes(t, out, filepath.Join(dir, p.pkg)+string(filepath.Separator))
						}
					}()
					want := plainly[p.name()]
					traces := t.TempDir()
					got := runEdge(t, bin, p.name(), traces)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("the instrumented program behaves differently (-plain +instrumented):\n%s", diff)
					}
					c := &edgeChecker{nodes: edgeNodes(prog, "edge/"+p.pkg), followed: followed, tally: tally}
					c.check(t, traces, want.Stdout)
					// In the middle of it, the case has recorded all that it may.
					for _, nodes := range []int{1, 9} {
						got := runEdge(t, bin, p.name(), t.TempDir(), fmt.Sprintf("TRACE_NODES=%d", nodes))
						if diff := cmp.Diff(want, got); diff != "" {
							t.Errorf("with %d nodes at most, it behaves differently (-plain +instrumented):\n%s", nodes, diff)
						}
					}
				})
			}
			t.Logf("%d programs, observations: %d exact, %d superset, %d with a documented gap",
				len(programs), tally["exact"], tally["superset"], tally["missing"])
		})
	}
}

// ran is what a program did, as far as an instrumented one must do the same.
type ran struct {
	Stdout, Stderr string
	Code           int
}

func runEdge(t *testing.T, bin, name, traces string, env ...string) ran {
	t.Helper()
	cmd := exec.Command(bin, name)
	cmd.Env = append(os.Environ(), "TRACE_DIR="+traces, "GOTRACEBACK=single", "GORACE=atexit_sleep_ms=0")
	cmd.Env = append(cmd.Env, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{stdout.String(), panicLines(stderr.String()), cmd.ProcessState.ExitCode()}
}

// panicLines keeps of a crash what must not change: the message, and the first
// place in the program's own files.
func panicLines(stderr string) string {
	head, stack, crashed := strings.Cut(stderr, "\ngoroutine ")
	if !crashed {
		return stderr
	}
	// The address of a fault differs from run to run.
	var lines []string
	for _, l := range strings.Split(head, "\n") {
		if !strings.HasPrefix(l, "[signal ") {
			lines = append(lines, l)
		}
	}
	for _, l := range strings.Split(stack, "\n") {
		if i := strings.Index(l, ".go:"); i >= 0 && strings.Contains(l, "TestEdge") && !strings.Contains(l, "/obs/") {
			place, _, _ := strings.Cut(strings.TrimSpace(l), " ")
			lines = append(lines, filepath.Base(place))
			break
		}
	}
	return strings.Join(lines, "\n")
}

// edgeNodes lists the names of the //trace:node declarations that a package
// may use.
func edgeNodes(prog *gen.Program, path string) map[string]bool {
	names := map[string]bool{}
	for _, t := range prog.Targets {
		if t.Kind != directive.Node {
			continue
		}
		if p := t.Obj.Pkg().Path(); p == path || p == "edge/obs" || strings.HasPrefix(p, path+"/") {
			names[t.Obj.Name()] = true
		}
	}
	return names
}

// declaredFuncs lists the names of the functions and methods of a program:
// their calls are followed.
func declaredFuncs(prog *gen.Program) map[string]bool {
	names := map[string]bool{}
	for _, p := range prog.Packages {
		for _, f := range p.Syntax {
			for _, d := range f.Decls {
				if fd, ok := d.(*ast.FuncDecl); ok {
					names[fd.Name.Name] = true
				}
			}
		}
	}
	return names
}

func keys(m map[string]bool) []string {
	l := []string{}
	for k := range m {
		l = append(l, k)
	}
	return sorted(l)
}

func sorted(l []string) []string {
	sort.Strings(l)
	return l
}
