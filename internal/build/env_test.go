package build

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// The go command gets what it reads, and nothing that a candidate which runs beside
// it might be after.
func TestToolEnv(t *testing.T) {
	user := []string{
		"PATH=/bin", "HOME=/home/u", "GOCACHE=/c", "GOFLAGS=-tags=x", "CGO_CFLAGS=-O1", "LC_ALL=C", "GOEXPERIMENT=x", "CC=clang",
		"OPENAI_API_KEY=k", "AWS_SECRET_ACCESS_KEY=k", "GOPROXY=https://u:k@proxy", "GOAUTH=k", "GITHUB_TOKEN=k", "GOOGLE_API_KEY=k", "TRACE_LLM=openai:m", "SSH_AUTH_SOCK=/s",
	}
	env := buildEnv(user, false)
	for _, e := range env {
		if strings.HasSuffix(e, "k") || strings.Contains(e, ":k@") || strings.HasPrefix(e, "TRACE_") || strings.HasPrefix(e, "SSH_") {
			t.Errorf("the go command gets %s", e)
		}
	}
	for _, want := range []string{"PATH=/bin", "HOME=/home/u", "GOCACHE=/c", "CGO_CFLAGS=-O1", "LC_ALL=C", "GOEXPERIMENT=x", "CC=clang", "GOPROXY=off", "GOTOOLCHAIN=local", "GOFLAGS=-tags=x", "CGO_ENABLED=0"} {
		if !slices.Contains(env, want) {
			t.Errorf("the go command does not get %s: %q", want, env)
		}
	}
}

// What failed is told apart: the compiler, go vet, or a limit.
func TestFailure(t *testing.T) {
	dir := module(t, "cases.txtar")
	b := newBuilder(t, dir)
	for _, tt := range []struct{ name, src, want string }{
		{"compiler", "package m\n\nfunc One() int { return true }\n", NotCompiled + ": "},
		{"vet", "package m\n\nimport \"fmt\"\n\nfunc One() int { fmt.Printf(\"%d\", \"x\"); return 1 }\n", NotVetted + ": "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := b.Compile(t.Context(), Spec{Dir: dir, Pkg: "example.com/m", Test: true, Overlay: plainOverlay,
				Files: map[string][]byte{dir + "/m.go": []byte(tt.src)}})
			if text, ok := Failure(err); !ok || !strings.HasPrefix(text, tt.want) || !strings.Contains(text, "m.go:") {
				t.Errorf("got %q, want %q …", text, tt.want)
			}
		})
	}
	if text, ok := Failure(&Error{Exit: Exit{Killed: "took longer than 1s"}}); !ok || text != Stopped+": the go command was stopped: killed: took longer than 1s" {
		t.Errorf("got %q", text)
	}
	if _, ok := Failure(errors.New("no room")); ok {
		t.Error("what is no failed build is one")
	}
}
