package train

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/journal"
)

// A journal is repeated with the orders that it was written with.
func TestDrawnOrders(t *testing.T) {
	s := &session{
		opt:   &Options{Seed: 3},
		units: []*unit{{test: true, top: []string{"TestA", "TestB", "TestC", "TestD"}, tests: []string{"TestA", "TestB", "TestC", "TestD"}}},
		order: &journal.Order{Shuffled: true},
	}
	h := journal.Sum([]byte("a candidate"))
	for _, tt := range []struct {
		how  running
		want string
	}{
		{running{}, "1258511792"},
		{running{testsOnly: true}, "1258511792"},
		{running{everything: true}, "1630228013"},
		{running{round: 1}, "1318803471"},
		{running{round: 1, everything: true}, "1318803471"},
		{running{shuffle: "7", everything: true}, "7"},
		{running{outside: true}, ""},
		{running{outside: true, userEnv: true}, ""},
	} {
		if got := s.shuffleFor(h, tt.how); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.how, got, tt.want)
		}
	}
	other := journal.Sum([]byte("another"))
	if s.shuffleFor(other, running{}) == s.shuffleFor(h, running{}) {
		t.Errorf("two candidates have the same order")
	}
	if s.shuffleFor(other, running{round: 2}) != s.shuffleFor(h, running{round: 2}) {
		t.Errorf("the programs of a round have different orders")
	}
	s.opt.Seed++
	if s.shuffleFor(h, running{}) == "1258511792" {
		t.Errorf("the seed does not matter")
	}
	// Runs of earlier versions, and those whose tests do not allow it.
	for _, order := range []*journal.Order{nil, {Depend: []string{"TestA"}}, {Why: journal.OrderOff}} {
		s.order = order
		if got := s.shuffleFor(h, running{}) + s.shuffleFor(h, running{everything: true, round: 3}); got != "" {
			t.Errorf("order %+v: %q", order, got)
		}
	}
	s.opt.Shuffle = "12"
	if got := s.shuffleFor(h, running{}); got != "12" {
		t.Errorf("the user's own order: %q", got)
	}
}

// A far order is another one than that which it is drawn for: of two tests the
// other one comes first, and no draw is nearer.
func TestFarOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		held := &holdout{skip: map[*unit][]string{}}
		s := &session{opt: &Options{Seed: rapid.Int64().Draw(t, "seed")}, held: held}
		for range rapid.IntRange(1, 3).Draw(t, "units") {
			u := &unit{test: true}
			for i := range rapid.IntRange(2, 8).Draw(t, "tests") {
				name := fmt.Sprint("Test", i)
				u.tests = append(u.tests, name)
				if i < 2 || rapid.Bool().Draw(t, "selected") {
					u.top = append(u.top, name)
				}
			}
			if n := len(u.top) - 2; n > 0 {
				held.skip[u] = u.top[len(u.top)-rapid.IntRange(0, n).Draw(t, "held out"):]
			}
			u.top = append(u.top, "ExampleX")
			s.units = append(s.units, u)
		}
		from := rapid.SampledFrom([]int64{0, 1, 99}).Draw(t, "from")
		far := s.farOrder("what", from)
		if far != s.farOrder("what", from) {
			t.Fatalf("it is another one each time")
		}
		same := true
		for _, u := range s.units {
			a, b := u.places(from, u.moved(held.skip[u])), u.places(far, u.moved(held.skip[u]))
			sorted := slices.Sorted(slices.Values(b))
			for i := range sorted {
				if sorted[i] != i {
					t.Fatalf("places %v", b)
				}
			}
			same = same && slices.Equal(a, b)
		}
		if same {
			t.Fatalf("the order %d is the order %d", far, from)
		}
	})
}

func TestOrderDependent(t *testing.T) {
	u, prog := &unit{pkg: "m", test: true}, &unit{pkg: "m/cmd"}
	run := func(results ...string) *evaluation {
		ev := &evaluation{}
		for i, r := range results {
			if r == "" {
				continue
			}
			o := outcome{name: fmt.Sprint("Test", i), unit: u, local: fmt.Sprint("Test", i), result: r}
			if v, ok := map[string]float64{"low": 0.25, "high": 0.75}[r]; ok {
				o.result, o.score = build.Pass, &v
			}
			ev.cases = append(ev.cases, o)
		}
		ev.cases = append(ev.cases, outcome{name: "main", unit: prog, result: results[0]})
		return ev
	}
	p, f, k, skip := build.Pass, build.Fail, build.Killed, build.Skip
	noisy := &session{opt: &Options{}, noise: &noise{}}
	for _, tt := range []struct {
		name            string
		s               *session
		plain, shuffled []*evaluation
		want            []string
	}{
		{"all the same", nil, []*evaluation{run(p, f, skip, "low")}, []*evaluation{run(p, f, skip, "low")}, nil},
		{"killed is failed", nil, []*evaluation{run(p, f)}, []*evaluation{run(p, k)}, nil},
		{"one fails, one is mended", nil, []*evaluation{run(p, f, p)}, []*evaluation{run(p, p, f)}, []string{"Test1", "Test2"}},
		{"one is not there", nil, []*evaluation{run(p, p)}, []*evaluation{run(p, "")}, []string{"Test1"}},
		{"one is new", nil, []*evaluation{run(p, "")}, []*evaluation{run(p, p)}, nil},
		{"one skips itself", nil, []*evaluation{run(p, p)}, []*evaluation{run(p, skip)}, []string{"Test1"}},
		{"a score", nil, []*evaluation{run(p, "low")}, []*evaluation{run(p, "high")}, []string{"Test1"}},
		{"a score that varies anyway", nil, []*evaluation{run(p, "low"), run(p, "high")}, []*evaluation{run(p, "high")}, nil},
		{"scores vary", noisy, []*evaluation{run(p, "low", p)}, []*evaluation{run(p, "high", f)}, []string{"Test2"}},
		{"flaky in the order of the source", nil, []*evaluation{run(p, p), run(p, f)}, []*evaluation{run(p, f), run(p, f)}, nil},
		{"flaky in another", nil, []*evaluation{run(p, p), run(p, p)}, []*evaluation{run(p, f), run(p, p)}, nil},
		{"each time", nil, []*evaluation{run(p, p), run(p, p)}, []*evaluation{run(p, f), run(p, f)}, []string{"Test1"}},
		{"a program is no test", nil, []*evaluation{run(p)}, []*evaluation{run(f)}, []string{"Test0"}},
	} {
		s := tt.s
		if s == nil {
			s = &session{opt: &Options{}}
		}
		if diff := cmp.Diff(tt.want, s.orderDependent(tt.plain, tt.shuffled)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// The runs of the original are as many as -baseline says, unless a case has to be
// told from a flaky one.
func TestMoreRuns(t *testing.T) {
	u := &unit{pkg: "m", test: true, top: []string{"TestA", "TestB"}, tests: []string{"TestA", "TestB"}}
	for _, tt := range []struct {
		name     string
		baseline int
		plain    string // what TestB does in the order of the source, run by run
		shuffled string // and in another one
		runs     int    // that count, the first among them
		depend   []string
		made     string // o: in the order of the source, x: in another one
	}{
		{"nothing differs", 3, "pp", "p", 3, nil, "ox"},
		{"depends on the order", 3, "ppp", "ff", 3, []string{"TestB"}, "oxox"},
		{"flaky at last", 3, "ppp", "fp", 5, nil, "oxox"},
		{"flaky at once", 3, "pf", "f", 3, nil, "ox"},
		{"two runs", 2, "p", "p", 2, nil, "x"},
		{"two runs that differ", 2, "pp", "ff", 2, []string{"TestB"}, "xox"},
		{"two runs that differ, flaky", 2, "pf", "fp", 4, nil, "xox"},
		{"one run", 1, "p", "p", 1, nil, "x"},
		{"one run, depends", 1, "p", "ff", 1, []string{"TestB"}, "xx"},
		{"one run, flaky", 1, "p", "fp", 1, nil, "xx"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &session{opt: &Options{Baseline: tt.baseline}, units: []*unit{u}}
			plain, shuffled, made := tt.plain, tt.shuffled, ""
			seen := map[int]bool{0: true}
			next := func(list *string) *evaluation {
				if *list == "" {
					t.Fatalf("too many runs: %s", made)
				}
				result := build.Pass
				if (*list)[0] == 'f' {
					result = build.Fail
				}
				*list = (*list)[1:]
				return &evaluation{cases: []outcome{{name: "TestB", unit: u, result: result}}}
			}
			runs, err := s.moreRuns([]*evaluation{next(&plain)}, func(n int, shuffle string) (*evaluation, error) {
				if seen[n] {
					t.Errorf("two runs are number %d", n)
				}
				seen[n] = true
				if shuffle == "" {
					made += "o"
					return next(&plain), nil
				}
				made += "x"
				return next(&shuffled), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(runs) != tt.runs || made != tt.made || plain+shuffled != "" {
				t.Errorf("%d runs count, want %d; made %s, want %s; left %q %q", len(runs), tt.runs, made, tt.made, plain, shuffled)
			}
			if s.order == nil || s.order.Shuffled == (len(tt.depend) > 0) || !slices.Equal(s.order.Depend, tt.depend) {
				t.Errorf("order %+v, want that %v depend", s.order, tt.depend)
			}
		})
	}
}

// Nothing is found out where there is nothing to change places, or the user says how
// it shall be.
func TestGivenOrder(t *testing.T) {
	single := &unit{test: true, top: []string{"TestA", "ExampleB", "FuzzC"}}
	several := &unit{test: true, top: []string{"TestA", "TestB"}}
	for _, tt := range []struct {
		name    string
		units   []*unit
		shuffle string
		want    *journal.Order
		given   bool
	}{
		{"programs", []*unit{{}}, "", nil, true},
		{"benchmarks alone", []*unit{{test: true}}, "off", nil, true},
		{"a test each", []*unit{single, single}, "", &journal.Order{Why: journal.OrderSingle}, true},
		{"several", []*unit{{}, single, several}, "", nil, false},
		{"off", []*unit{several}, "off", &journal.Order{Why: journal.OrderOff}, true},
		{"a number", []*unit{several}, "0", &journal.Order{Fixed: "0"}, true},
	} {
		got, given := (&session{opt: &Options{Shuffle: tt.shuffle}, units: tt.units}).givenOrder()
		if diff := cmp.Diff(tt.want, got); diff != "" || given != tt.given {
			t.Errorf("%s: %v\n%s", tt.name, given, diff)
		}
	}
}

func TestChooseOrder(t *testing.T) {
	for _, tt := range []struct {
		opt  Options
		want string
		args string
		err  string
	}{
		{Options{Args: []string{"-x"}}, "", "-x", ""},
		{Options{Args: []string{"-x", "-test.shuffle=off"}}, "off", "-x", ""},
		{Options{Args: []string{"-test.shuffle", "-4", "y"}}, "-4", "y", ""},
		{Options{Args: []string{"-test.shuffle=on"}}, "", "", ""},
		{Options{Environ: []string{"GOFLAGS=-v -shuffle=off"}}, "off", "", ""},
		{Options{Environ: []string{"GOFLAGS=-shuffle=on"}}, "", "", ""},
		{Options{Environ: []string{"GOFLAGS=-shuffle=off"}, Args: []string{"-test.shuffle=on"}}, "", "", ""},
		{Options{Environ: []string{"GOFLAGS=-shuffle=off"}, replay: &journal.Run{}}, "", "", ""},
		{Options{Shuffle: "off", Environ: []string{"GOFLAGS=-shuffle=3"}}, "off", "", ""},
		{Options{Args: []string{"-test.shuffle=maybe"}}, "", "", "-test.shuffle=maybe: the value is off, on, or a whole number"},
		{Options{Args: []string{"-test.shuffle="}}, "", "", "-test.shuffle=: the value is"},
		{Options{Environ: []string{"GOFLAGS=-shuffle=maybe"}}, "", "", "GOFLAGS has -shuffle=maybe: the value is"},
	} {
		o := tt.opt
		err := o.chooseOrder()
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%+v: %v, want %q", tt.opt, err, tt.err)
		}
		if got := strings.Join(o.Args, " "); o.Shuffle != tt.want || got != tt.args {
			t.Errorf("%v %v: %q with %q, want %q with %q", tt.opt.Args, tt.opt.Environ, o.Shuffle, got, tt.want, tt.args)
		}
	}
}

// Equal results are equal, in whichever order they came.
func TestAsInSource(t *testing.T) {
	u := &unit{tests: []string{"TestB", "TestA", "TestC"}}
	var list []outcome
	for _, name := range []string{"TestC/2", "TestC/1", "TestC", "TestB", "TestA/x", "FuzzY/1", "ExampleX", outsideCase} {
		list = append(list, outcome{local: name})
	}
	u.asInSource(list)
	var got []string
	for _, o := range list {
		got = append(got, o.local)
	}
	want := []string{"TestB", "TestA/x", "TestC/2", "TestC/1", "TestC", "FuzzY/1", "ExampleX", outsideCase}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
