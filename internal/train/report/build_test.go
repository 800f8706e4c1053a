package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opto-go/trace/internal/train/journal"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// The kept run, which an earlier version wrote.
func TestKeptRun(t *testing.T) {
	run, err := journal.Open(filepath.Join("..", "..", "..", "testdata", "path"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(run)
	if err != nil {
		t.Fatal(err)
	}
	var md, js bytes.Buffer
	if err := r.WriteMarkdown(&md); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteJSON(&js); err != nil {
		t.Fatal(err)
	}
	golden(t, "path.md", md.String())
	golden(t, "path.json", js.String())
	golden(t, "path.commit", r.CommitMessage())
	var back Report
	if err := json.Unmarshal(js.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(r, &back, cmpopts.IgnoreUnexported(Spent{})); d != "" {
		t.Errorf("the document reads back differently:\n%s", d)
	}
}

// lines makes a run of records.
func lines(t *testing.T, records ...string) *journal.Run {
	t.Helper()
	head := `{"header":{"version":2,"module":"m","packages":["m"],"flags":{"steps":3,"seed":7,"timeout_ms":10000},"optimizer":"search","model":"none","sandbox":"embedded","params":["m.F"]}}`
	if len(records) > 0 && strings.HasPrefix(records[0], `{"header"`) {
		head, records = records[0], records[1:]
	}
	run, err := journal.Read(strings.NewReader(head + "\n" + strings.Join(records, "\n") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	run.Dir = "runs/id"
	return run
}

const (
	baseline = `{"baseline":{"candidate":"0","total":{"failed":2,"scored":3},"cases":[{"name":"A","result":"fail"},{"name":"B","result":"fail"},{"name":"C","result":"pass"}]}}`
	first    = `{"candidate":{"hash":"1","base":"0","step":1,"index":0,"assign":{"m.F":"b"},"reasoning":"one","total":{"failed":1,"scored":3},"cases":[{"name":"A","result":"pass"},{"name":"B","result":"fail"},{"name":"C","result":"pass"}]}}`
	second   = `{"candidate":{"hash":"2","base":"1","step":2,"index":0,"assign":{"m.G":"b"},"reasoning":"two","total":{"failed":0,"scored":3},"cases":[{"name":"A","result":"pass"},{"name":"B","result":"pass"},{"name":"C","result":"pass"},{"name":"D","result":"pass","new":true}]}}`
	second0  = `{"candidate":{"hash":"2","base":"0","step":1,"index":2,"assign":{"m.G":"b"},"reasoning":"two","total":{"failed":0,"scored":3},"cases":[]}}`
	other    = `{"candidate":{"hash":"3","base":"0","step":1,"index":1,"assign":{"m.F":"c"},"reasoning":"worse","total":{"failed":2,"scored":3},"cases":[]}}`
	again    = `{"candidate":{"hash":"3","base":"1","step":2,"index":1,"assign":{"m.F":"c"},"total":{"failed":2,"scored":3},"cases":[]}}`
	refused  = `{"candidate":{"base":"0","step":1,"index":2,"assign":{},"rejected":"types: line 3: undefined: x"}}`
	taken1   = `{"accepted":{"hash":"1","step":1}}`
	taken2   = `{"accepted":{"hash":"2","step":2}}`
)

func TestNew(t *testing.T) {
	end := func(reason, best, diff string) string {
		return `{"end":{"reason":"` + reason + `","best":"` + best + `","total":{"failed":1,"scored":3}` + diff + `}}`
	}
	for _, c := range []struct {
		name    string
		records []string
		check   func(*Report) any
		want    any
	}{
		{"nothing measured", nil, func(r *Report) any { return []string{r.Status, r.Reason, r.Summary} },
			[]string{Stopped, "it was killed", "tracetrain: stopped before its baseline was measured"}},
		{"killed before it found anything", []string{baseline, other}, func(r *Report) any { return []any{r.Status, r.After, len(r.Changes)} },
			[]any{Stopped, (*Standing)(nil), 0}},
		{"killed after a step", []string{baseline, first, taken1}, func(r *Report) any { return []any{r.Status, r.After, r.Changes} },
			[]any{Stopped, &Standing{1, 3, 0}, []Change{{1, []string{"m.F"}, "one", nil}}}},
		{"interrupted", []string{baseline, first, taken1, end("interrupted", "1", "")}, func(r *Report) any { return []any{r.Status, r.Reason} },
			[]any{Stopped, "interrupted"}},
		{"failed", []string{baseline, first, taken1, end("failed: no answer", "1", "")}, func(r *Report) any { return r.Status }, Stopped},
		{"nothing better", []string{baseline, other, end("done", "0", "")}, func(r *Report) any { return []any{r.Status, r.After, r.Rejected} },
			[]any{Unchanged, (*Standing)(nil), []Rejected{{"not better than what was there", 1, "worse"}}}},
		{"resumed", []string{baseline, end("interrupted", "0", ""), `{"resumed":{"flags":{}}}`, end("done", "0", "")}, func(r *Report) any { return []any{r.Status, r.Resumed} },
			[]any{Unchanged, 1}},
		{"a chain", []string{baseline, first, other, refused, taken1, second, again, taken2, end("done", "2", "")}, func(r *Report) any { return []any{r.Changes, r.Tried, r.Rejected} },
			[]any{
				[]Change{{1, []string{"m.F"}, "one", nil}, {2, []string{"m.G"}, "two", nil}}, Tried{5, 3, 2},
				[]Rejected{{"not better than what was there", 1, "worse"}, {"does not pass the type checker", 1, "types: line 3: undefined: x"}, {"the same as an earlier one", 1, ""}},
			}},
		{"the last step did not hold", []string{baseline, first, taken1, second, taken2, end("done", "1", "")}, func(r *Report) any { return []any{r.Changes, r.Rejected} },
			[]any{[]Change{{1, []string{"m.F"}, "one", nil}}, []Rejected{{"accepted at first, but not part of the result", 1, "two"}}}},
		{"the second best", []string{baseline, second0, first, `{"accepted":{"hash":"2","step":1}}`, end("done", "2", "")}, func(r *Report) any { return r.Rejected },
			[]Rejected{{"better than what was there, but not the best of its step", 1, "one"}}},
		{"new cases", []string{baseline, first, taken1, second, taken2, end("done", "2", "")}, func(r *Report) any { return r.Cases[3] },
			Case{Name: "D", After: &Outcome{Result: "pass"}, New: true}},
		{"refused answers and warnings", []string{baseline, `{"refused":{"key":{"step":1,"slot":0,"repair":0},"reason":"no block\n> the answer is cut off"}}`, `{"warning":{"text":"w"}}`, `{"warning":{"text":"w"}}`},
			func(r *Report) any { return []any{r.Rejected, r.Warnings} },
			[]any{[]Rejected{{"an answer that cannot be used", 1, "the answer is cut off"}}, []string{"w"}}},
		{"verified", []string{baseline, first, taken1, `{"verified":{"hash":"1","total":{"failed":1,"scored":3}}}`, end("done", "1", "")}, func(r *Report) any { return r.Verified }, &Standing{1, 3, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := New(lines(t, c.records...))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, c.check(r)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			var md bytes.Buffer
			if err := r.WriteMarkdown(&md); err != nil || md.Len() == 0 {
				t.Errorf("%v\n%s", err, md.String())
			}
			if stopped := strings.Contains(md.String(), "was stopped"); stopped != (r.Status == Stopped) {
				t.Errorf("status %s, and the report says:\n%s", r.Status, md.String())
			}
		})
	}
	if _, err := New(lines(t, baseline, end("done", "1", `,"diff":"`+strings.Repeat("0", 64)+`"`))); err == nil {
		t.Error("a diff that is lost was not noticed")
	}
}

func TestBenchmarkTable(t *testing.T) {
	run := lines(t,
		`{"header":{"version":2,"module":"m","packages":["m"],"flags":{"bench":".","unit":"ns/op","better":"lower","tolerance":0.05,"steps":1,"timeout_ms":1500},"optimizer":"search","model":"none","sandbox":"embedded","params":["m.F"]}}`,
		baseline,
		`{"measured":{"for":"baseline","hash":"0","unit":"ns/op","better":"lower","benchmarks":[{"name":"BenchmarkF","values":[100,110,90]}]}}`,
		first, taken1,
		`{"measured":{"for":"step","step":1,"base":"0","hash":"1","unit":"ns/op","better":"lower","benchmarks":[{"name":"BenchmarkF","base":[1],"values":[1]}],"accepted":true}}`,
		`{"measured":{"for":"verify","step":1,"base":"0","hash":"1","unit":"ns/op","better":"lower","ratio":{"value":0.5,"low":0.48,"high":0.53},"accepted":true,"benchmarks":[{"name":"BenchmarkF","base":[100,110,90],"values":[50,50,51],"ratio":{"value":0.5,"low":0.48,"high":0.53}}]}}`,
		`{"end":{"reason":"done","best":"1","total":{"failed":1,"scored":3},"ratio":{"value":0.5}}}`)
	r, err := New(run)
	if err != nil {
		t.Fatal(err)
	}
	var md bytes.Buffer
	if err := r.WriteMarkdown(&md); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| `BenchmarkF` | 100 ± 10 % | 50 ± 2 % | -50.0 % (-52.0 % to -47.0 %) |",
		"Medians of 3 rounds, each beside the original",
		"tracetrain -bench . -minimize ns/op -tolerance 5% -timeout 1.5s -optimizer search -steps 1 -seed 0 m",
	} {
		if !strings.Contains(md.String(), want) {
			t.Errorf("no %q in\n%s", want, md.String())
		}
	}
	if want := "tracetrain: ns/op -50.0 %"; r.Summary != want {
		t.Errorf("title %q", r.Summary)
	}
}

// Long lists are counted, not shown.
func TestFolded(t *testing.T) {
	r := &Report{Status: Improved, Before: &Standing{}, After: &Standing{}}
	for i := range 400 {
		c := Case{Name: strings.Repeat("n", i), Before: &Outcome{Result: "pass"}, After: &Outcome{Result: "pass"}}
		if i%2 == 0 {
			c.After = &Outcome{Result: "fail"}
		}
		r.Cases = append(r.Cases, c)
	}
	r.Diff = strings.Repeat("+a line of a diff\n", 10_000)
	var md bytes.Buffer
	if err := r.WriteMarkdown(&md); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"And 175 more.", "<summary>200 cases are as before (200 pass)</summary>", "is left out here"} {
		if !strings.Contains(md.String(), want) {
			t.Errorf("no %q", want)
		}
	}
	if md.Len() > 65_536 {
		t.Errorf("%d bytes", md.Len())
	}
}

// docs/report.md names every field of the document.
func TestDocumented(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var walk func(typ reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			if !f.IsExported() {
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !strings.Contains(string(data), "`"+name+"`") && !strings.Contains(string(data), `"`+name+`"`) {
				t.Errorf("%s.%s: %s is not described", typ.Name(), f.Name, name)
			}
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[Report]())
}

// Of a benchmark objective the gain stands first, each change has its own, and
// so has what the proposals for the original alone came to.
func TestMeasuredRun(t *testing.T) {
	records := []string{
		`{"header":{"version":2,"module":"m","packages":["m"],"flags":{"bench":".","unit":"ns/op","better":"lower","steps":3,"seed":0,"timeout_ms":10000},"optimizer":"optoprime","model":"openai:x","sandbox":"none","params":["m.F"]}}`,
		`{"baseline":{"candidate":"aa","total":{"failed":0,"scored":1,"score":1},"cases":[{"name":"TestF","result":"pass"}]}}`,
		`{"measured":{"for":"baseline","hash":"aa","unit":"ns/op","better":"lower","benchmarks":[{"name":"BenchmarkF","values":[100,101]}]}}`,
		`{"candidate":{"hash":"bb","base":"aa","step":1,"index":0,"assign":{"m.F":"00"},"reasoning":"Less work.","total":{"failed":0,"scored":1,"score":1}}}`,
		`{"measured":{"for":"step","step":1,"base":"aa","hash":"bb","unit":"ns/op","better":"lower","accepted":true,"ratio":{"value":0.5,"low":0.4,"high":0.6},"benchmarks":[{"name":"BenchmarkF","base":[100],"values":[50]}]}}`,
		`{"accepted":{"hash":"bb","step":1}}`,
		`{"candidate":{"hash":"cc","base":"bb","step":2,"index":0,"assign":{"m.F":"00"},"reasoning":"Even less.","total":{"failed":0,"scored":1,"score":1}}}`,
		`{"measured":{"for":"step","step":2,"base":"bb","hash":"cc","unit":"ns/op","better":"lower","why":"1.0 % lower after 40 rounds, which shows no gain","ratio":{"value":0.99},"benchmarks":[{"name":"BenchmarkF","base":[100],"values":[99]}]}}`,
		`{"measured":{"for":"verify","base":"aa","hash":"bb","unit":"ns/op","better":"lower","accepted":true,"ratio":{"value":0.55,"low":0.5,"high":0.6},"benchmarks":[{"name":"BenchmarkF","base":[100,102,104],"values":[55,56,57],"ratio":{"value":0.55,"low":0.5,"high":0.6}}]}}`,
	}
	single := `"single":{"proposals":1,"ran":1,"best":"bb","total":{"failed":0,"scored":1,"score":1},"ratio":{"value":0.5,"low":0.4,"high":0.6}}`
	end := `{"end":{"reason":"3 steps are done","best":"bb","total":{"failed":0,"scored":1,"score":1},` + single + `}}`
	for _, tt := range []struct {
		end  string
		want []string
	}{
		{end, []string{
			"| `ns/op` | 102 | 56, -45.0 % (-50.0 % to -40.0 %) |\n| failing cases | 0 of 1 | 0 of 1 |\n",
			"Step 1, `m.F`: `ns/op` -50.0 % (-60.0 % to -40.0 %). The optimizer says:\n",
			"| measured, and not shown to be better | 1 | `1.0 % lower after 40 rounds, which shows no gain: Even less.` |\n",
			"had 0 of 1 failing, `ns/op` -50.0 % (-60.0 % to -40.0 %).\n",
		}},
		{strings.Replace(end, single, `"single":{"proposals":2,"ran":1,"total":{"failed":0,"scored":1,"score":1}}`, 1), []string{
			"Of the 2 proposals for the original program alone, of which 1 ran, none was measured to be better than it.\n",
		}},
	} {
		r, err := New(lines(t, append(records[:len(records):len(records)], tt.end)...))
		if err != nil {
			t.Fatal(err)
		}
		var md bytes.Buffer
		if err := r.WriteMarkdown(&md); err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if !strings.Contains(md.String(), want) {
				t.Errorf("missing: %s\nin\n%s", want, md.String())
			}
		}
	}
}

// The report says in which order the tests ran, if the run does.
func TestOrderOfTests(t *testing.T) {
	const verified = `{"verified":{"hash":"1","total":{"failed":1,"scored":3,"score":0}}}`
	end := `{"end":{"reason":"done","best":"1","total":{"failed":1,"scored":3}}}`
	for _, tt := range []struct {
		order, row string
		again      string
	}{
		{``, "", "Run once more in fresh processes, the result"},
		{`{"shuffled":true,"seed":"7"}`, "another one in each evaluation, drawn with the seed", "Run once more in fresh processes and in another order of the tests, the result"},
		{`{"fixed":"<b>"}`, "the same in all evaluations, as -test.shuffle says", "Run once more in fresh processes, the result"},
		{`{"why":"off"}`, "that of the source, as -test.shuffle=off says", "Run once more in fresh processes, the result"},
		{`{"why":"single"}`, "that of the source, for there are no two top-level tests to change places", ""},
		{`{"why":"<b>"}`, "that of the source", ""},
		{`{"depend":["<b>"],"seed":"7"}`, "that of the source, because a case depends on it", "Run once more in fresh processes, the result"},
		{`{"depend":["A","B"],"seed":"7"}`, "that of the source, because 2 cases depend on it", ""},
	} {
		base := baseline
		if tt.order != "" {
			base = strings.Replace(base, `"cases"`, `"order":`+tt.order+`,"cases"`, 1)
		}
		r, err := New(lines(t, base, first, taken1, verified, end))
		if err != nil {
			t.Fatal(err)
		}
		var md bytes.Buffer
		if err := r.WriteMarkdown(&md); err != nil {
			t.Fatal(err)
		}
		row := "| order of the tests | " + tt.row + " |\n"
		if got := strings.Contains(md.String(), "| order of the tests |"); got != (tt.row != "") || got && !strings.Contains(md.String(), row) {
			t.Errorf("order %s: no row %q in\n%s", tt.order, row, md.String())
		}
		if !strings.Contains(md.String(), tt.again) {
			t.Errorf("order %s: no %q in\n%s", tt.order, tt.again, md.String())
		}
	}
	r, err := New(lines(t, `{"header":{"version":2,"module":"m","packages":["m"],"args":["-x"],"flags":{"shuffle":"off","steps":1,"seed":0,"timeout_ms":10000},"optimizer":"search","model":"none","sandbox":"embedded","params":["m.F"]}}`, baseline))
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Replay[1]; !strings.HasSuffix(got, " m -- -test.shuffle=off -x") {
		t.Errorf("how to begin it anew: %s", got)
	}
}

// The time limit of a case is in a report, with where it comes from, and only one
// that was given is in the command line.
func TestTimeLimit(t *testing.T) {
	head := func(more string) string {
		return `{"header":{"version":2,"module":"m","packages":["m"],"flags":{"steps":3,"seed":7` + more + `},"optimizer":"search","model":"none","sandbox":"embedded","params":["m.F"]}}`
	}
	derived := func(limit string) string {
		return strings.Replace(baseline, `"cases"`, `"limit":`+limit+`,"cases"`, 1)
	}
	for _, tt := range []struct{ what, head, baseline, row, again string }{
		{"an old journal", head(""), baseline, "10s", ""},
		{"given", head(`,"timeout_ms":3000`), baseline, "3s", " -timeout 3s "},
		{"derived", head(`,"timeout_ms":10000,"no_timeout":true`), derived(`{"ms":1000,"slowest_ms":8}`),
			"1s (`the slowest of the original took 8ms`)", ""},
		{"not derived", head(`,"timeout_ms":10000,"no_timeout":true`), derived(`{"ms":10000,"slowest_ms":8,"why":"a | model"}`),
			"10s (`a \\| model`)", ""},
	} {
		r, err := New(lines(t, tt.head, tt.baseline))
		if err != nil {
			t.Fatal(err)
		}
		var md strings.Builder
		if err := r.WriteMarkdown(&md); err != nil {
			t.Fatal(err)
		}
		if row := "| time limit of a case | " + tt.row + " |\n"; !strings.Contains(md.String(), row) {
			t.Errorf("%s: no row %q in\n%s", tt.what, row, md.String())
		}
		if again := r.Replay[1]; tt.again == "" && strings.Contains(again, "-timeout") || !strings.Contains(again, tt.again) {
			t.Errorf("%s: how to begin it anew: %s", tt.what, again)
		}
	}
}
