package optoprime

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/optimizer"
)

func TestExecuted(t *testing.T) {
	const (
		source = "// f says.\nfunc f(n int) string {\n\tif n < 0 {\n\t\tn = -n\n\n\t\t// All of it.\n\t\tn++\n\t}\n\tif n == 3 {\n\t\treturn `three`\n\t} else {\n\t\tn--\n\t}\n\treturn \"\"\n}"
		all    = "2-15"
	)
	type lines []string // of each case, empty: nobody knows
	for _, tt := range []struct {
		name       string
		fail, pass lines
		want       []string
	}{
		{"nobody knows", lines{"", ""}, lines{""}, nil},
		{"all alike", lines{all, "", all}, lines{all}, nil},
		{"one case", lines{"2-3,9,11-15"}, nil, []string{
			"Lines of it that the failing case did not run, which may have ended early; no case that passes is known to run the function (line 1 is the first below):",
			"lines 4-7, `n = -n …`",
			"line 10, return `three`",
		}},
		{"failing ones differ", lines{"2-3,9-10", all, "2-3,9,11-15"}, nil, []string{
			"Which failing cases ran which of its lines, where that differs or none did; no case that passes is known to run the function (line 1 is the first below):",
			"line 10, return `three`: every failing case but Fail2",
			"lines 11-14, `} else { …`: every failing case but Fail0",
			"lines 4-7, `n = -n …`: of the failing cases only Fail1",
		}},
		{"most did", lines{all, all, all, all, all, "2-3,9-15", "2-3,9-15", "2-3,9-15", "2-3,9-15"}, nil, []string{
			"Which failing cases ran which of its lines, where that differs or none did; no case that passes is known to run the function (line 1 is the first below):",
			"lines 4-7, `n = -n …`: every failing case but Fail5, Fail6, Fail7 and 1 more",
		}},
		{"suspicious first", lines{"2-3,9-10", "2-3,9-10"}, lines{all, "2-3,9,11-15", "2-3,9,11-15", "2-9,11-15"}, []string{
			"Which cases ran which of its lines, where that differs (line 1 is the first below):",
			"line 10, return `three`: every failing case, 1 of 4 that pass (Pass0)",
			"lines 4-7, `n = -n …`: no failing case, 2 of 4 that pass (Pass0, Pass3)",
			"lines 11-14, `} else { …`: no failing case, 4 of 4 that pass",
		}},
		{"nothing fails", nil, lines{"2-9,11-15", all}, []string{
			"Which cases ran which of its lines, where that differs (line 1 is the first below):",
			"line 10, return `three`: 1 of 2 that pass (Pass1)",
		}},
		{"beyond the source", lines{"1-99"}, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := optimizer.Param{ID: "p.f", Kind: optimizer.FuncBody, Source: source}
			var cases []optimizer.Case
			for i, l := range tt.fail {
				cases = append(cases, optimizer.Case{Name: fmt.Sprint("Fail", i), Result: "fail", Ran: map[string]string{"p.f": l}})
			}
			for i, l := range tt.pass {
				cases = append(cases, optimizer.Case{Name: fmt.Sprint("Pass", i), Result: "pass", Ran: map[string]string{"p.f": l}})
			}
			want := ""
			if tt.want != nil {
				want = strings.Join(tt.want, "\n") + "\n"
			}
			if diff := cmp.Diff(want, executed(p, cases)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			p.Kind = optimizer.Value
			if got := executed(p, cases); got != "" {
				t.Errorf("of a value: %s", got)
			}
		})
	}
}

func TestExecutedBounds(t *testing.T) {
	p := optimizer.Param{ID: "p.f", Name: "f", Kind: optimizer.FuncBody}
	var cases []optimizer.Case
	for i := 1; i <= 40; i++ {
		p.Source += fmt.Sprintf("f%d(%s)\n", i, strings.Repeat("x", 100))
		cases = append(cases, optimizer.Case{Name: strings.Repeat("n", 200), Result: "fail", Ran: map[string]string{"p.f": fmt.Sprint(i)}})
	}
	lines := executed(p, cases)
	got := about(p, lines, 1)
	if len(got) > maxLinesText+300 || !strings.Contains(lines, "(30 more places are left out)") {
		t.Errorf("%d bytes: %s", len(got), got)
	}
	if short := about(p, lines, 10); len(short) > len(got)/4 {
		t.Errorf("%d bytes: %s", len(short), short)
	}
}
