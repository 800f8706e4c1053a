package train

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/train/journal"
)

// Every flag that the journal keeps is given back to a run that is repeated or
// goes on. A new one must be added to settle and to flags.
func TestSettingsKept(t *testing.T) {
	var f journal.Flags
	v := reflect.ValueOf(&f).Elem()
	for i := range v.NumField() {
		switch field := v.Field(i); field.Kind() {
		case reflect.Int, reflect.Int64:
			field.SetInt(int64(i + 2))
		case reflect.String:
			field.SetString("-" + v.Type().Field(i).Name)
		case reflect.Float64:
			field.SetFloat(float64(i) + 0.5)
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Slice:
			if field.Type().Elem().Kind() == reflect.String {
				field.Set(reflect.ValueOf([]string{"A", "B"}).Convert(field.Type()))
			}
		default:
			t.Fatalf("field %s: %v", v.Type().Field(i).Name, field.Kind())
		}
	}
	f.Better = "higher"
	var o Options
	o.settle(journal.Header{Flags: f})
	// What the callers of settle do themselves.
	o.Env, o.Parallel, o.Environ = f.Env, f.Parallel, []string{"GOFLAGS=" + f.BuildFlags}
	if diff := cmp.Diff(f, o.flags()); diff != "" {
		t.Errorf("(-journal +options):\n%s", diff)
	}
}

// The journal keeps all of an outcome but what follows from the rest.
func TestResultsKept(t *testing.T) {
	kept := []string{"unit", "local", "result", "score", "feedback"}
	// What benchmarks measured has records of its own.
	follows := []string{"name", "unknown", "units", "measured"}
	typ := reflect.TypeFor[outcome]()
	for i := range typ.NumField() {
		if name := typ.Field(i).Name; !slices.Contains(append(kept, follows...), name) {
			t.Errorf("outcome.%s: does the journal keep it? see keptCase", name)
		}
	}

	log, err := journal.Create(filepath.Join(t.TempDir(), "run"), journal.Header{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	a, b := &unit{pkg: "m/a", rel: "a"}, &unit{pkg: "m/b", rel: "b"}
	s := &session{log: log, units: []*unit{a, b}}
	cases := []outcome{
		{name: "a.TestX/y", unit: a, local: "TestX/y", result: build.Fail, feedback: []string{"one\ntwo", strings.Repeat("long ", 5000)}},
		{name: "b.TestX", unit: b, local: "TestX", result: build.Pass, score: score(0.1 + 0.2)},
		{name: "b.TestMain", unit: b, local: outsideCase, result: build.Skip},
	}
	ev := &evaluation{cases: cases}
	if err := s.keepResults(ev); err != nil {
		t.Fatal(err)
	}
	got, err := s.readResults((&journal.Run{Dir: log.Dir()}).Blob, ev.results)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.cases, cases) {
		t.Errorf("got %+v, want %+v", got.cases, cases)
	}
	if _, err := (&session{units: []*unit{a}}).readResults((&journal.Run{Dir: log.Dir()}).Blob, ev.results); err == nil || !strings.Contains(err.Error(), "package m/b is not in the run") {
		t.Errorf("a package less: %v", err)
	}
}

// Which calls count as made, as lost, and as part of what happened.
func TestRecall(t *testing.T) {
	key := func(step, slot, repair int) llm.Key { return llm.Key{Step: step, Slot: slot, Repair: repair} }
	h := journal.Sum([]byte("c"))
	run := &journal.Run{
		Asked: []journal.Asked{{Key: key(1, 0, 0)}, {Key: key(1, 1, 0)}, {Key: key(2, 0, 0)}, {Key: key(2, 0, 0)}, {Key: key(2, 1, 0), Worst: llm.Spent{Calls: 1, Tokens: 70, Cost: 5}}},
		Calls: []journal.Call{
			{Key: key(1, 0, 0), Answer: h, Spent: &llm.Spent{Calls: 3, Tokens: 10, Cost: 2}},
			{Key: key(1, 1, 0), Error: "busy"}, // the other slot went on
			{Key: key(2, 0, 0), Error: "down"}, // nothing came after it
		},
		Candidates: []journal.Candidate{
			{Hash: h, Step: 1, Results: h}, {Step: 1, Index: 1, Rejected: "no hash"}, {Hash: h, Step: 1, Index: 2, Rejected: "later"},
			{Hash: journal.Sum(nil), Step: 1, Rejected: "does not compile"}, {Hash: "old", Step: 1},
		},
		Verified: []journal.Verified{{Hash: h, Results: h}},
	}
	r := newRecall(run)
	if want := (llm.Spent{Calls: 7, Tokens: 80, Cost: 7, Guess: true}); r.lost != 2 || r.answers() != 1 || r.spent() != want {
		t.Errorf("lost %d, answers %d, spent %+v, want %+v", r.lost, r.answers(), r.spent(), want)
	}
	if !r.wentOn(key(1, 1, 0)) || r.wentOn(key(2, 0, 0)) {
		t.Errorf("wentOn: %v, %v", r.wentOn(key(1, 1, 0)), r.wentOn(key(2, 0, 0)))
	}
	want := map[journal.Hash]keptEvaluation{h: {results: h}, journal.Sum(nil): {rejected: "does not compile"}}
	if !reflect.DeepEqual(r.evaluated, want) || len(r.verified) != 1 {
		t.Errorf("evaluated %v", r.evaluated)
	}
	if !r.has(key(1, 0, 0)) || !r.has(key(1, 1, 0)) || r.has(key(2, 0, 0)) || r.has(key(3, 0, 0)) {
		t.Errorf("calls that need not be made: %v, %v, %v, %v", r.has(key(1, 0, 0)), r.has(key(1, 1, 0)), r.has(key(2, 0, 0)), r.has(key(3, 0, 0)))
	}
	if none := (*recall)(nil); none.spent() != (llm.Spent{}) || none.has(key(1, 0, 0)) {
		t.Errorf("a run that is not resumed has spent something")
	}
}

func TestSourcesDiffer(t *testing.T) {
	was := map[string]journal.Hash{"a.go": "1", "b.go": "2"}
	for _, tt := range []struct {
		now  map[string]journal.Hash
		want string
	}{
		{map[string]journal.Hash{"a.go": "1", "b.go": "2"}, ""},
		{map[string]journal.Hash{"a.go": "1", "b.go": "3"}, "b.go changed"},
		{map[string]journal.Hash{"a.go": "1"}, "b.go does not exist"},
		{map[string]journal.Hash{"a.go": "1", "b.go": "2", "c.go": "3"}, "c.go is new"},
	} {
		err := sourcesDiffer(was, tt.now)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %q", tt.now, err, tt.want)
		}
	}
}

func TestResumeRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "old")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(journal.Record{Header: &journal.Header{Version: 1, Module: "m"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, journal.File), append(line, '\n'), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := Resume(t.Context(), Options{}, dir); err == nil || !strings.Contains(err.Error(), "recorded by an earlier tracetrain") {
		t.Errorf("a run of version 1: %v", err)
	}
}

// A module is found from where its run began, also from above, and a run goes
// on in the directory that it began in.
func TestFindRoot(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(top, "sub", "m")
	if err := os.MkdirAll(filepath.Join(root, "cmd"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("module m\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	above := journal.Header{Module: "m", Dir: "../..", Root: "sub/m"}
	below := journal.Header{Module: "m", Dir: "cmd", Root: ".."}
	old := journal.Header{Module: "m"}
	for _, tt := range []struct {
		dir         string
		h           journal.Header
		root, start string
	}{
		{top, above, root, top},
		{root, above, root, top},
		{filepath.Join(root, "cmd"), below, root, filepath.Join(root, "cmd")},
		{root, below, root, filepath.Join(root, "cmd")},
		{root, old, root, root},
		{top, old, "", ""},
		{top, journal.Header{Module: "other", Root: "sub/m"}, "", ""},
	} {
		got, err := findRoot(tt.dir, tt.h)
		if got != tt.root || (err == nil) != (tt.root != "") {
			t.Errorf("findRoot(%s, %+v) = %q, %v", tt.dir, tt.h, got, err)
		}
		if err == nil && startDir(got, tt.h) != tt.start {
			t.Errorf("startDir(%s, %+v) = %q", got, tt.h, startDir(got, tt.h))
		}
	}
	// Elsewhere, without what was around it.
	if got := startDir(root, journal.Header{Dir: "../..", Root: "x/m"}); got != root {
		t.Errorf("startDir = %q", got)
	}
}
