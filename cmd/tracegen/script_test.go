package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/opto-go/trace/gen"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tracegen": main,
		// The go command around a rewriting that changes nothing: what is
		// tested is the command, not the recorder.
		"tracegen-plain": func() {
			rewrite = plain
			main()
		},
	})
}

// plain hands the named packages back as they are, with a line directive as
// the real rewriting makes.
func plain(ctx context.Context, p *gen.Program) (*gen.Output, error) {
	out := &gen.Output{}
	seen := map[string]bool{}
	for _, pkg := range p.Roots {
		for _, f := range pkg.Syntax {
			name := p.Fset.Position(f.FileStart).Filename
			if seen[name] || strings.Contains(name, "go-build") {
				continue
			}
			seen[name] = true
			content, ok := p.Config.Overlay[name]
			if !ok {
				var err error
				if content, err = os.ReadFile(name); err != nil {
					return nil, err
				}
			}
			content = append([]byte("//line "+name+":1:1\n"), content...)
			out.Files = append(out.Files, gen.File{Path: name, Content: content})
			pos := p.Fset.Position(f.Name.Pos())
			out.Notes = append(out.Notes,
				gen.Note{Pos: pos, Kind: gen.NoteFlow, Func: "f", Reason: "calls a bundle"},
				gen.Note{Pos: pos, Kind: gen.NoteOpaque, Func: "g", Reason: "goto"},
				gen.Note{Pos: pos, Kind: gen.NoteDegraded, Func: "h", Reason: "select"})
		}
	}
	return out, nil
}

func TestScript(t *testing.T) {
	cache, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	dirs := strings.Fields(string(cache))
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			env.Setenv("GOCACHE", dirs[0])
			env.Setenv("GOMODCACHE", dirs[1])
			env.Setenv("GOPROXY", "off")
			env.Setenv("GOFLAGS", "-buildvcs=false")
			env.Setenv("GOTOOLCHAIN", "local")
			env.Setenv("GOENV", "off")
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exitcode":  exitCode,
			"interrupt": interrupt,
			"cmpfiles":  sameTree,
			"same":      sameAsGo,
		},
	})
}

// exitCode runs a command and wants its exit code: exitcode N command args.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N command [args]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		if _, err := fmt.Sscanf(err.Error(), "exit status %d", &got); err != nil {
			ts.Fatalf("%v", err)
		}
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// interrupt runs a command, sends it SIGINT once the file exists, and wants it
// to fail: interrupt file command args.
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: interrupt file command [args]")
	}
	name, err := exec.LookPath(args[1])
	if err != nil {
		name = filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], args[1])
	}
	cmd := exec.Command(name, args[2:]...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.Env = environ(ts)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	ts.Check(cmd.Start())
	file := ts.MkAbs(args[0])
	deadline := time.Now().Add(60 * time.Second)
	for {
		if _, err := os.Stat(file); err == nil {
			break
		}
		if time.Now().After(deadline) {
			cmd.Process.Kill()
			ts.Fatalf("%s did not appear\n%s", args[0], out.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Check(cmd.Process.Signal(syscall.SIGINT))
	err = cmd.Wait()
	ts.Logf("%s", out.String())
	if err == nil {
		ts.Fatalf("interrupted, and exit code 0")
	}
}

func environ(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{
		"PATH", "HOME", "XDG_CACHE_HOME", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN", "GOENV", "TMPDIR", "WORK",
		"TESTSCRIPT_COMMAND",
	} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}

// sameTree wants the files below two directories to be equal.
func sameTree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cmpfiles dir dir")
	}
	ts.Check(ts.Exec("diff", "-r", args[0], args[1]))
}

func TestMinGo(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "\ngo " + strings.TrimPrefix(minGo, "go"); !strings.Contains(string(data), want+".") && !strings.Contains(string(data), want+"\n") {
		t.Errorf("minGo is %s, go.mod says otherwise", minGo)
	}
}

// TestManual checks that the manual names every command and flag.
func TestManual(t *testing.T) {
	text := help("")
	for _, word := range append(commandNames(), "-C dir", "-tags t", "-d ", "-v ", "-o DIR", "-record FILE", "-all", "-level L", "-format F", "-case C", "-full", "-fix ", "-diff ") {
		if !strings.Contains(text, word) {
			t.Errorf("the manual does not mention %q", word)
		}
	}
}
