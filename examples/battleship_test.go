package examples_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLearnedAgents: the learned agents that the table compares are those of the
// kept runs.
func TestLearnedAgents(t *testing.T) {
	root, env := environment(t)
	const agent = "examples/battleship/agent.go"
	for _, boards := range []string{"small", "full"} {
		t.Run(boards, func(t *testing.T) {
			diff := shell(t, root, env, "go run ./cmd/tracetrain diff examples/battleship/kept/"+boards)
			dir := t.TempDir()
			blank, err := os.ReadFile(filepath.Join(root, agent))
			if err != nil {
				t.Fatal(err)
			}
			copied := filepath.Join(dir, filepath.FromSlash(agent))
			if err := os.MkdirAll(filepath.Dir(copied), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(copied, blank, 0o666); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("git", "apply", "-")
			cmd.Dir, cmd.Stdin, cmd.Env = dir, strings.NewReader(diff), append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("git apply: %v\n%s", err, out)
			}
			learned, err := os.ReadFile(copied)
			if err != nil {
				t.Fatal(err)
			}
			_, rest, ok := strings.Cut(string(learned), "\npackage battleship\n")
			if !ok {
				t.Fatal("the agent has no package clause")
			}
			rest = directives.ReplaceAllString(rest, "")
			name := filepath.Join(root, "examples", "battleship", "learned", boards, "agent.go")
			shown, err := os.ReadFile(name)
			if err != nil && !*update {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				t.Fatal(err)
			}
			compare(t, name, string(shown), fmt.Sprintf("// Package %s has the agent that the run in ../../kept/%[1]s ended with.\npackage %[1]s\n%s", boards, rest))
		})
	}
}

// TestReplayBattleship: the kept runs give what they gave. That takes minutes, because
// the agents that were learned think for seconds, so it runs when asked for, with
// TRACE_DIFFERENTIAL=all.
func TestReplayBattleship(t *testing.T) {
	if os.Getenv("TRACE_DIFFERENTIAL") != "all" {
		t.Skip("takes minutes; TRACE_DIFFERENTIAL=all runs it")
	}
	root, env := environment(t)
	for _, boards := range []string{"small", "full"} {
		t.Run(boards, func(t *testing.T) {
			kept := "examples/battleship/kept/" + boards
			want := shell(t, root, env, "go run ./cmd/tracetrain diff "+kept)
			got := shell(t, root, env, "go run ./cmd/tracetrain replay -sandbox none -runs "+t.TempDir()+" "+kept)
			if got != want {
				t.Errorf("the replay gives\n%s", got)
			}
		})
	}
}

// directives are the comments that say what may be changed, with the empty line of
// a comment before them.
var directives = regexp.MustCompile(`(?m)^(//\n)?//trace:.*\n`)
