package train

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/journal"
)

func TestDerivedTimeout(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		slowest  time.Duration
		parallel int
		want     time.Duration
	}{
		{7 * ms, 2, time.Second},
		{50 * ms, 2, time.Second},
		{50*ms + 1, 2, 2 * time.Second},
		{100 * ms, 1, 2 * time.Second},
		{101 * ms, 1, 5 * time.Second},
		{250 * ms, 1, 5 * time.Second},
		{251 * ms, 1, 10 * time.Second},
		{time.Hour, 1, 10 * time.Second}, // it hangs
		{50 * ms, 10, time.Second},
		{50 * ms, 11, 2 * time.Second}, // which may be that much slower, beside each other
		{50 * ms, 64, 10 * time.Second},
		{0, 1, 10 * time.Second}, // nobody knows
	} {
		if got := derivedTimeout(tt.slowest, tt.parallel); got != tt.want {
			t.Errorf("%v, %d at a time: %v, want %v", tt.slowest, tt.parallel, got, tt.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		slowest := time.Duration(rapid.Int64Range(1, int64(time.Minute)).Draw(t, "slowest"))
		parallel := rapid.IntRange(1, 256).Draw(t, "parallel")
		got := derivedTimeout(slowest, parallel)
		if got < defaultTimeout && got < leastMargin*slowest {
			t.Fatalf("%v leaves no room for %v", got, slowest)
		}
		if more := derivedTimeout(slowest+time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "more")), parallel); more < got {
			t.Fatalf("a slower original has less: %v, %v", got, more)
		}
	})
}

func TestFixTimeout(t *testing.T) {
	short := &journal.Limit{MS: 2000, SlowestMS: 60}
	replayed := func(b *journal.Baseline) *model { return &model{replay: &journal.Run{Baseline: b}} }
	for _, tt := range []struct {
		what  string
		s     *session
		want  *journal.Limit
		first time.Duration
	}{
		{"derived", &session{opt: &Options{autoTimeout: true, Parallel: 2}, slowest: 7*time.Millisecond - 1},
			&journal.Limit{MS: 1000, SlowestMS: 7}, time.Second},
		{"given", &session{opt: &Options{Timeout: 3 * time.Second}, slowest: time.Millisecond}, nil, 3 * time.Second},
		{"a proxy", &session{opt: &Options{autoTimeout: true, Proxy: true}, slowest: time.Millisecond},
			&journal.Limit{MS: 10000, SlowestMS: 1, Why: "the program may ask a model, which takes its time"}, defaultTimeout},
		{"resumed", &session{opt: &Options{autoTimeout: true}, past: &recall{run: &journal.Run{Baseline: &journal.Baseline{Limit: short}}}},
			short, 2 * time.Second},
		{"replayed", &session{opt: &Options{autoTimeout: true, replay: &journal.Run{Baseline: &journal.Baseline{Limit: short}}}, slowest: time.Minute},
			short, 2 * time.Second},
		{"an old journal", &session{opt: &Options{replay: &journal.Run{Baseline: &journal.Baseline{}}}, slowest: time.Millisecond}, nil, defaultTimeout},
		{"answers of an old run", &session{opt: &Options{autoTimeout: true}, model: replayed(&journal.Baseline{}), slowest: time.Millisecond},
			&journal.Limit{MS: 10000, SlowestMS: 1, Why: "that of the run whose answers are given again"}, defaultTimeout},
		{"answers of a run without a baseline", &session{opt: &Options{autoTimeout: true}, model: replayed(nil), slowest: time.Millisecond},
			&journal.Limit{MS: 1000, SlowestMS: 1}, time.Second},
	} {
		s := tt.s
		if s.opt.Timeout == 0 {
			s.opt.Timeout = defaultTimeout
		}
		s.base = &state{prog: &gen.Program{}}
		if diff := cmp.Diff(tt.want, s.fixTimeout()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.what, diff)
		}
		if got := s.caseTimeout(running{first: true}); got != tt.first {
			t.Errorf("%s: a first run has %v, want %v", tt.what, got, tt.first)
		}
		// What was seen to pass is not refused because the machine is busy.
		for _, how := range []running{{}, {everything: true}, {round: 2}, {everything: true, round: 3}, {userEnv: true, outside: true}, {shuffle: "7"}} {
			if got := s.caseTimeout(how); got != s.opt.Timeout {
				t.Errorf("%s: a run %+v has %v, want %v", tt.what, how, got, s.opt.Timeout)
			}
		}
	}
}

func TestStoppedInFailing(t *testing.T) {
	base := raw(nil, outcome{name: "A", result: build.Fail}, outcome{name: "B", result: build.Pass})
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{build.Killed, build.Pass, true},
		{build.Fail, build.Pass, false},
		{build.Killed, build.Killed, false}, // it broke what passed: no limit is to blame
		{build.Pass, build.Killed, false},
		{build.Pass, build.Pass, false},
	} {
		if got := stoppedInFailing(base, raw(nil, outcome{name: "A", result: tt.a}, outcome{name: "B", result: tt.b})); got != tt.want {
			t.Errorf("%s and %s: %v", tt.a, tt.b, got)
		}
	}
}

// Prompts name the limit that holds, and a command has its own.
func TestLimitInObjective(t *testing.T) {
	for _, tt := range []struct {
		timeout time.Duration
		score   *scoreCmd
		want    string
	}{
		{defaultTimeout, nil, "Make every case pass. Cases that pass must go on passing. A case that takes longer than 10s fails."},
		{time.Second, nil, "Make every case pass. Cases that pass must go on passing. A case that takes longer than 1s fails."},
		{defaultTimeout, &scoreCmd{}, "A case that takes longer than 10s fails."},
		{time.Second, &scoreCmd{}, "A case that takes longer than 1s fails. The command itself may take 10s."},
	} {
		s := &session{opt: &Options{Timeout: defaultTimeout}, timeout: tt.timeout, score: tt.score, obj: &objective{}}
		got := s.objectiveText(&state{eval: &evaluation{}})
		if tt.score == nil && got != tt.want || !strings.HasSuffix(got, tt.want) {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// A run of the original that was not timed leaves nothing to derive from.
func TestNoteBusy(t *testing.T) {
	s := &session{}
	s.noteBusy(7 * time.Millisecond)
	s.noteBusy(3 * time.Millisecond)
	if s.slowest != 7*time.Millisecond {
		t.Errorf("the slowest of 7 and 3 ms: %v", s.slowest)
	}
	s.noteBusy(0)
	if got := derivedTimeout(s.slowest, 1); got != defaultTimeout {
		t.Errorf("with one that was not timed: %v", got)
	}
}
