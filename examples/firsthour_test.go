package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFirstHour does what docs/first-hour.md says, in a module of its own: it writes
// the files of the go blocks that name one, runs the commands of sh and console
// blocks, and compares what the latter print to standard output.
func TestFirstHour(t *testing.T) {
	root, env := environment(t)
	bin, module, runs := t.TempDir(), t.TempDir(), t.TempDir()
	build := exec.Command("go", "build", "-o", bin+string(filepath.Separator), "./cmd/...")
	build.Dir, build.Env = root, env
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	env = append(env, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "TRACE_RUNS="+runs, "GOWORK=off", "GOFLAGS=")
	write(t, module, "go.mod", "module example.com/wrap\n\ngo 1.24\n")

	name := filepath.Join(root, "docs", "first-hour.md")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	compared := 0
	for rest := string(text); ; {
		head, tail, ok := strings.Cut(rest, "```")
		got.WriteString(head)
		if !ok {
			break
		}
		info, tail, _ := strings.Cut(tail, "\n")
		block, tail, ok := strings.Cut(tail, "```\n")
		if !ok {
			t.Fatalf("%s: the block after %q does not end", name, info)
		}
		rest = tail
		got.WriteString("```" + info + "\n")
		kind, file, _ := strings.Cut(info, " ")
		switch {
		case kind == "go" && file != "":
			write(t, module, file, block)
		case kind == "sh":
			// The first of these commands fails, as the test does.
			for _, command := range strings.Split(strings.TrimSpace(block), "\n") {
				cmd := exec.Command("sh", "-c", strings.ReplaceAll(command, "RUN", newest(t, runs)))
				cmd.Dir, cmd.Env = module, env
				out, err := cmd.CombinedOutput()
				if failed := err != nil; failed != strings.HasPrefix(command, "tracegen test") {
					t.Errorf("%s: %v\n%s", command, err, out)
				}
			}
		case kind == "console":
			compared++
			block = console(block, func(command string) string { return shell(t, module, env, command) })
		}
		got.WriteString(block + "```\n")
	}
	if compared == 0 {
		t.Errorf("%s has no console blocks", name)
	}
	compare(t, name, string(text), got.String())
}

// console returns a console block with what its commands print now.
func console(block string, run func(command string) string) string {
	var b strings.Builder
	for _, line := range strings.Split(block, "\n") {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			b.WriteString(line + "\n" + run(command))
		}
	}
	return b.String()
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// newest is the id of the run that was begun last; an id begins with the time.
func newest(t *testing.T, runs string) string {
	t.Helper()
	list, err := os.ReadDir(runs)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1].Name()
}
