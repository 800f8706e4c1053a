package optimizer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/optimizer"
)

func TestParseLines(t *testing.T) {
	if d := cmp.Diff([]int{28, 29, 30, 31, 35}, optimizer.ParseLines("28-31,35")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for _, bad := range []string{"", "a-b", "3-x", "-"} {
		if got := optimizer.ParseLines(bad); got != nil {
			t.Errorf("%q: got %v", bad, got)
		}
	}
}
