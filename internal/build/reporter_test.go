package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A source of package testing that is not what we know is refused, not spliced
// somewhere.
func TestReporterUnknownShape(t *testing.T) {
	goroot, err := goEnv(t.Context(), "", os.Environ(), "GOROOT")
	if err != nil {
		t.Fatal(err)
	}
	src := filepath.Join(goroot[0], "src", "testing")
	for _, tt := range []struct{ file, old, new, want string }{
		{"testing.go", "c.parent.Fail()", "c.parent.fail()", "Fail does not call c.parent.Fail"},
		{"testing.go", "func tRunner(t *T", "func tRunner2(t *T", "no function tRunner"},
		{"testing.go", "type common struct", "type commons struct", "no struct common"},
		{"testing.go", `"sync/atomic"`, `atomic "sync/atomic"`, `no import of "sync/atomic"`},
		{"fuzz.go", "func fRunner(f *F", "func fRunner(_ *F", "fRunner has an unnamed parameter"},
		{"example.go", "(passed bool)", "bool", "no named result"},
		{"benchmark.go", "func (b *B) run1(", "func (b *B) runOnce(", "no function run1"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(src)); err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(dir, tt.file)
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(strings.Replace(string(data), tt.old, tt.new, 1)), 0o666); err != nil {
				t.Fatal(err)
			}
			_, err = Reporter(dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &bounded{limit: 16}
		var all string
		for _, s := range rapid.SliceOf(rapid.StringMatching(`[a-z]{0,20}`)).Draw(t, "parts") {
			b.Write([]byte(s))
			all += s
		}
		got := b.String()
		switch {
		case len(all) <= 16 && got != all:
			t.Fatalf("%q became %q", all, got)
		case len(all) > 16 && (!strings.HasPrefix(got, all[:8]) || !strings.HasSuffix(got, all[len(all)-8:])):
			t.Fatalf("%q became %q: beginning or end is lost", all, got)
		}
	})
}

func TestSelectTop(t *testing.T) {
	names := []string{"TestA", "TestAB", "TestB", "ExampleA"}
	for _, tt := range []struct {
		run  string
		want []string
	}{
		{"", names},
		{"A$", []string{"TestA", "ExampleA"}},
		{"^TestA$/sub", []string{"TestA"}},
		{"Test[/A]B", []string{"TestAB"}},
		{"^TestA$/x|^TestB$/y", names},
	} {
		got, err := SelectTop(names, tt.run)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("SelectTop(%q): %v (-want +got):\n%s", tt.run, err, diff)
		}
	}
	if got, want := onlyTop([]string{"TestA", "TestB"}, "Test/sub$"), "^(TestA|TestB)$/sub$"; got != want {
		t.Errorf("onlyTop = %q, want %q", got, want)
	}
	if got, want := Exactly([]string{"TestA/x.y", "TestB", "TestA/z"}), `^TestA$/^(x\.y|z)$|^(TestB)$`; got != want {
		t.Errorf("Exactly = %q, want %q", got, want)
	}
}

func FuzzReaders(f *testing.F) {
	f.Add("{\"start\":\"TestA\",\"parent\":\"\"}\n{\"case\":\"TestA\",\"result\":\"pass\"}\n", "\x16=== RUN   TestA\nx\n\x16--- PASS: TestA (0.00s)\n")
	f.Add("{\"score\":null,\"name\":\"\"}\n{\"case\":\"A/b\"}\n{\"start\":\"A/b\",\"parent\":\"A/b\"}", "panic: x\n\x16=== PAUSE A/b\n\x16--- FAIL: ")
	f.Fuzz(func(t *testing.T, pipe, out string) {
		for _, weak := range []bool{false, true} {
			c := newCollector(weak, 1<<20)
			c.readResults(strings.NewReader(c.key + " " + strings.ReplaceAll(pipe, "\n", "\n"+c.key+" ")))
			c.readOutput(strings.NewReader(out))
			c.overdue(time.Second)
			c.finish(Exit{Code: len(pipe) % 3}, len(out)%2 == 0)
			res := &Result{}
			c.addTo(res)
			seen := map[string]bool{}
			for _, r := range res.Cases {
				if seen[r.Name] {
					t.Errorf("case %q twice", r.Name)
				}
				seen[r.Name] = true
				if r.Result != Pass && r.Result != Fail && r.Result != Skip && r.Result != Killed {
					t.Errorf("case %q: result %q", r.Name, r.Result)
				}
			}
		}
	})
}
