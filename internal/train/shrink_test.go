package train

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opto-go/trace/optimizer"
)

// scripted proposes what it was given, one proposal a step.
type scripted struct{ proposals []optimizer.Proposal }

func (*scripted) Name() string { return "scripted" }

func (o *scripted) Propose(_ context.Context, p *optimizer.Problem, _ int) ([]optimizer.Proposal, error) {
	if p.Step > len(o.proposals) {
		return nil, nil
	}
	return o.proposals[p.Step-1 : p.Step], nil
}

// TestShrink: an edit that an accepted candidate carries along without need is
// taken back, and one that is needed stays.
func TestShrink(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles programs")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.24\n",
		"m.go": `package m

// Sum adds the numbers up.
//
//trace:bundle trainable
func Sum(list []int) int {
	sum := 1
	for i := 0; i < len(list); i++ {
		sum += list[i]
	}
	limit := 100
	if sum > limit {
		return limit
	}
	return sum
}
`,
		"m_test.go": `package m

import "testing"

func TestSum(t *testing.T) {
	if got := Sum([]int{1, 2}); got != 3 {
		t.Errorf("Sum() = %d, want 3", got)
	}
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr strings.Builder
	err := Train(context.Background(), Options{
		Dir: dir, Runs: filepath.Join(t.TempDir(), "runs"), Stdout: &stdout, Stderr: &stderr,
		opter: &scripted{[]optimizer.Proposal{{Assign: map[string]string{"example.com/m.Sum": `func Sum(list []int) int {
	sum := 0
	for i := 0; i < len(list); i++ {
		sum += list[i]
	}
	limit := 70
	if sum > limit {
		return limit
	}
	return sum
}`}}}},
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	if got := stdout.String(); !strings.Contains(got, "+\tsum := 0\n") || strings.Contains(got, "limit := 70") {
		t.Errorf("diff:\n%s\n%s", got, &stderr)
	}
	if !strings.Contains(stderr.String(), "took back an edit that the result does not need") {
		t.Errorf("said:\n%s", &stderr)
	}
}
