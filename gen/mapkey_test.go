package gen_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
)

// TestOldMaps builds maps whose keys are interfaces in a module of a language in
// which these were not comparable: their elements are followed as the map.
func TestOldMaps(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	dir := t.TempDir()
	modtest.Write(t, dir, "go.mod", "module old\n\ngo 1.19\n")
	modtest.Write(t, dir, "main.go", `package main

import "fmt"

type key struct{ any }

func count(m map[any]int, word string) int {
	m[word] = len(word)
	m[word] += m[len(word)]
	n, ok := m[word]
	if !ok {
		n = -1
	}
	for k, v := range m {
		if k == word {
			n += v
		}
	}
	return n
}

func main() {
	//trace:node
	word := "four"
	m := map[any]int{4: 1}
	seen := map[key]string{{1}: word}
	fmt.Println(count(m, word), m[word], seen[key{1}])
}
`)
	plain, recorded := filepath.Join(dir, "plain"), filepath.Join(dir, "recorded")
	modtest.Build(t, dir, "-o", plain, ".")
	prog, out := modtest.Load(t, gen.Config{Dir: dir, Patterns: []string{"."}, All: true})
	modtest.Build(t, dir, append(modtest.Flags(t, prog, out), "-o", recorded, ".")...)
	traces := t.TempDir()
	if diff := cmp.Diff(runEdge(t, plain, "", ""), runEdge(t, recorded, "", traces)); diff != "" {
		t.Errorf("the instrumented program behaves differently (-plain +instrumented):\n%s", diff)
	}
	for _, n := range out.Notes {
		if n.Kind == gen.NoteOpaque {
			t.Errorf("%s: %s is opaque: %s", n.Pos, n.Func, n.Reason)
		}
	}
	found := false
	for _, p := range readTraces(t, traces).Programs {
		for _, n := range p.Nodes {
			found = found || n.Src == "m[word]"
		}
	}
	if !found {
		t.Error("the elements of the map are not followed")
	}
}
