package search

import (
	"context"
	"go/build"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opto-go/trace/optimizer"
)

// BenchmarkPropose measures one call on a function of the standard library
// with a long history.
func BenchmarkPropose(b *testing.B) {
	text, err := os.ReadFile(filepath.Join(build.Default.GOROOT, "src/path/path.go"))
	if err != nil {
		b.Skip(err)
	}
	src := strings.Replace(string(text), "func Clean(", "//\n//trace:bundle trainable\nfunc Clean(", 1)
	params := load(b, "path", map[string]string{"path.go": src})
	p := &optimizer.Problem{Params: params}
	for len(p.History) < 200 {
		props, err := New().Propose(context.Background(), p, 50)
		if err != nil {
			b.Fatal(err)
		}
		for _, prop := range props {
			p.History = append(p.History, optimizer.Attempt{Proposal: prop, Cases: map[string]float64{"a": 0, "b": 1}})
		}
	}
	b.ResetTimer()
	for b.Loop() {
		if _, err := New().Propose(context.Background(), p, 8); err != nil {
			b.Fatal(err)
		}
	}
}
