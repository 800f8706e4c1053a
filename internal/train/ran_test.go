package train

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestProblemTellsLines: a problem says which lines of what may change each case ran,
// counted in the text that it shows.
func TestProblemTellsLines(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(`
-- go.mod --
module example.com/m

go 1.24
-- m.go --
package m

// Sign is -1, 0 or 1.
//
//trace:bundle trainable
func Sign(n int) int {
	if n < 0 {
		return 1
	}
	if n == 0 {
		return 0
	}
	return 1
}

//trace:bundle trainable
func Never() int { return 1 }
-- m_test.go --
package m

import "testing"

func TestSign(t *testing.T) {
	for _, tt := range []struct {
		name    string
		n, want int
	}{{"neg", -2, -1}, {"zero", 0, 0}, {"pos", 5, 1}} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Sign(tt.n); got != tt.want {
				t.Errorf("Sign(%d) = %d, want %d", tt.n, got, tt.want)
			}
		})
	}
}
`)).Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s := openSession(t, dir, Options{Sandbox: "none"})
	p, err := s.problem(t.Context(), s.base, 1)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]map[string]string{}
	for _, c := range p.Cases {
		got[c.Name] = c.Ran
	}
	// The text begins with one line of comment: the directive and what stands between
	// are left out.
	want := map[string]map[string]string{
		"TestSign/neg":  {"example.com/m.Sign": "2-4"},
		"TestSign/zero": {"example.com/m.Sign": "2-3,6-7"},
		"TestSign/pos":  {"example.com/m.Sign": "2-3,6,9"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range p.Cases {
		rec := s.base.recs[c.Name]
		rec.cut = true
		if ran := s.base.ran(rec); ran != nil {
			t.Errorf("%s is only known in part: %v", c.Name, ran)
		}
	}
}
