package checker

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/optimizer"
)

// roleEnv makes this test binary something else than a test: a child that
// misbehaves, or the parent of one.
const roleEnv = "CHECKER_TEST_ROLE"

func TestMain(m *testing.M) {
	switch role, dir, _ := strings.Cut(os.Getenv(roleEnv), ":"); role {
	case "child":
		out := os.Stdout
		os.Stdout = os.Stderr
		Serve(os.Stdin, out, func(text string) { misbehave(text, out) })
	case "parent":
		beParent(dir)
	}
	os.Exit(m.Run())
}

// misbehave does what a text asks for in a comment.
func misbehave(text string, out *os.File) {
	_, what, _ := strings.Cut(text, "// please ")
	what, _, _ = strings.Cut(what, "\n")
	switch what {
	case "":
	case "loop":
		for n := 0; ; n++ {
		}
	case "wait":
		time.Sleep(time.Hour)
	case "grow":
		var all [][]byte
		for {
			b := make([]byte, 1<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			all = append(all, b)
			if len(all) > 64<<10 {
				return // nobody stopped it
			}
		}
	case "grow at once":
		b := make([]byte, 1<<38)
		b[len(b)-1] = 1
	case "recurse":
		fmt.Fprintln(os.Stderr, recurse(1))
	case "panic":
		panic("it was asked to")
	case "panic once":
		name := filepath.Join(os.Getenv("TMPDIR"), "once")
		if _, err := os.Stat(name); err != nil {
			os.WriteFile(name, nil, 0o666)
			panic("this once")
		}
	case "exit":
		os.Exit(0)
	case "garbage":
		fmt.Fprintln(out, "some words that are no message")
	case "garbage without end":
		for {
			out.Write(make([]byte, 64<<10))
		}
	case "a message that is cut off":
		out.Write([]byte(mark + "\x00\x00\x10\x00{"))
		os.Exit(0)
	case "something else":
		writeMessage(out, &reply{})
	case "children":
		exec.Command("sleep", "600").Start()
		for n := 0; ; n++ {
		}
	default:
		panic("nobody knows how to " + what)
	}
}

func recurse(n int) int {
	if n < 0 {
		return 0
	}
	return recurse(n+1) + 1
}

// faulty is the command of a child that misbehaves when it is asked to.
func faulty() *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return &exec.Cmd{Path: self, Args: []string{"child"}, Env: []string{roleEnv + "=child"}}
}

// beParent has a child loop, and says which it is.
func beParent(dir string) {
	prog, params, err := loadModule(dir)
	if err != nil {
		panic(err)
	}
	c := newTestChecker(dir, nil)
	if err := c.ready(context.Background()); err != nil {
		panic(err)
	}
	fmt.Println(c.child.helper.PID())
	c.Check(context.Background(), prog, asking(params, "loop"))
	panic("it came to an end")
}

// testModule has a parameter of each kind.
var testModule = map[string]string{
	"go.mod": "module example.com/m\n\ngo 1.24\n",
	"m.go": `package m

import (
	_ "embed"
	"strings"
)

// Clean cleans.
//
//trace:bundle trainable
func Clean(s string) string {
	return strings.TrimSpace(s)
}

//trace:node trainable min=1 max=9
var size = 5

//go:embed prompt.txt
//trace:node trainable
var prompt string

func Both() (int, string) { return size, prompt }
`,
	"prompt.txt": "Be brief.\n",
	"m_test.go": `package m

import "testing"

func TestClean(t *testing.T) {
	if Clean(" a ") != "b" {
		t.Error("no")
	}
}
`,
}

func writeModule(t testing.TB) (dir string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range testModule {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func environ() []string {
	return append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOPROXY=off", "GOTOOLCHAIN=local")
}

func loadModule(dir string) (Program, []*source.Param, error) {
	prog, err := gen.Load(context.Background(), gen.Config{Dir: dir, Env: environ(), Tests: true})
	if err != nil {
		return Program{}, nil, err
	}
	params, err := source.Params(prog)
	return Program{Name: "base", Params: params}, params, err
}

func newTestChecker(dir string, change func(*Options)) *Checker {
	opt := Options{Dir: dir, Environ: environ(), Command: faulty,
		Limits: Limits{CPU: time.Second, Wall: 10 * time.Minute, Heap: 256 << 20}}
	if change != nil {
		change(&opt)
	}
	return New(opt)
}

// a tested checker is one for the module in dir.
type tested struct {
	*Checker
	dir    string
	base   Program
	params []*source.Param
}

func open(t testing.TB, change func(*Options)) *tested {
	t.Helper()
	dir := writeModule(t)
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	base, params, err := loadModule(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := newTestChecker(dir, func(o *Options) {
		o.Folder = folder
		if change != nil {
			change(o)
		}
	})
	t.Cleanup(c.Close)
	return &tested{c, dir, base, params}
}

// asking is a proposal that is a candidate, unless something happens.
func asking(params []*source.Param, what string) optimizer.Proposal {
	for _, p := range params {
		if p.Name == "Clean" {
			body := "\treturn s + \"b\"\n"
			if what != "" {
				body = "\t// please " + what + "\n" + body
			}
			return optimizer.Proposal{Assign: map[string]string{p.ID: "func Clean(s string) string {\n" + body + "}"}}
		}
	}
	panic("no Clean")
}

// answering is the same as a model writes it.
func answering(what string) string {
	return "Better.\n\n```go Clean\nfunc Clean(s string) string {\n\t// please " + what + "\n\treturn s + \"b\"\n}\n```\n"
}
