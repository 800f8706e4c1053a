package gen

import (
	"go/token"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opto-go/trace/runtime/tape"
)

// TestSiteTable reads what is written of sites.
func TestSiteTable(t *testing.T) {
	var table siteTable
	var want []tape.Site
	for i, s := range []struct {
		file string
		info siteInfo
		typ  string
		want tape.Site
	}{
		{"a.go", siteInfo{src: "x + 1", name: "y"}, "int", tape.Site{At: "a.go:1:2", Src: "x + 1", Name: "y", Type: "int"}},
		{"a.go", siteInfo{src: "x", name: "x"}, "", tape.Site{At: "a.go:2:2", Src: "x", Name: "x"}},
		{"b:c.go", siteInfo{src: "f(a,\n\tb)", op: "f", deep: true, args: []argInfo{{"a", false}, {"2", true}}, names: []string{"", "m[\t1]"}}, "",
			tape.Site{At: "b:c.go:3:2", Src: "f(a, b)", Op: "f", Deep: true, Args: []tape.ArgSite{{Src: "a"}, {Src: "2", Const: true}}, Names: []string{"", "m[\t1]"}}},
		{"b:c.go", siteInfo{src: "=", name: "\b\t\n", id: "p.q", degraded: "why", tb: 2}, "", tape.Site{At: "b:c.go:4:2", Src: "=", Name: "\b\t\n", ID: "p.q", Degraded: "why", TB: 2}},
		{"a.go", siteInfo{}, "T", tape.Site{At: "a.go:5:2", Type: "T"}},
	} {
		if n := table.add(token.Position{Line: i + 1, Column: 2}, s.file, &s.info, s.typ); n != i {
			t.Errorf("site %d has the number %d", i, n)
		}
		want = append(want, s.want)
	}
	got := make([]tape.Site, len(want))
	tape.Sites(got, table.text.String())
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(tape.Site{})); d != "" {
		t.Errorf("sites (-want +got):\n%s\nof %q", d, table.text.String())
	}
}

func TestUnread(t *testing.T) {
	text := "n1__a = s2__; n3__b = 0; n4__ = n1__a; rt__.Put(&s5__, 0); n6__c__d == 0"
	got := unread([]string{"n1__a", "s2__", "n3__b", "n4__", "s5__", "n6__c__d", "n7__"}, text)
	if d := cmp.Diff([]string{"n3__b", "n4__", "n7__"}, got); d != "" {
		t.Errorf("variables that nothing reads (-want +got):\n%s", d)
	}
}
