package train

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/journal"
)

func raw(u *unit, cases ...outcome) *evaluation {
	for i := range cases {
		cases[i].unit, cases[i].local = u, cases[i].name
	}
	return &evaluation{cases: cases}
}

func score(v float64) *float64 { return &v }

func TestJudge(t *testing.T) {
	u := &unit{pkg: "m", test: true, top: []string{"TestA", "TestB", "TestC", "TestSkip", "TestEarly", "TestGone"}}
	s := &session{units: []*unit{u}}
	base := raw(u,
		outcome{name: "TestA/x", result: build.Pass},
		outcome{name: "TestA/y", result: build.Fail},
		outcome{name: "TestB", result: build.Pass, score: score(0.5)},
		outcome{name: "TestC", result: build.Killed},
		outcome{name: "TestSkip", result: build.Skip},
		outcome{name: "TestEarly", result: build.Fail}, // before its sub-tests
	)
	obj := s.newObjective(base, nil)
	want := []string{"TestA/x", "TestA/y", "TestB", "TestC", "TestEarly", "TestGone"}
	if diff := cmp.Diff(want, obj.names); diff != "" {
		t.Fatalf("known cases (-want +got):\n%s", diff)
	}
	tests := []struct {
		name  string
		cases []outcome
		total journal.Total
		want  map[string]string
	}{
		{
			"the baseline itself", base.cases,
			journal.Total{Failed: 4, Scored: 6, Score: 1.5 / 6},
			map[string]string{"TestGone": missing},
		},
		{
			"all well, with new cases that do not count",
			[]outcome{
				{name: "TestA/x", result: build.Pass}, {name: "TestA/y", result: build.Pass}, {name: "TestA/z", result: build.Fail},
				{name: "TestB", result: build.Pass, score: score(0.75)}, {name: "TestC", result: build.Pass},
				{name: "TestSkip", result: build.Fail}, {name: "TestEarly", result: build.Pass}, {name: "TestGone", result: build.Pass},
			},
			journal.Total{Failed: 0, Scored: 6, Score: 5.75 / 6},
			map[string]string{"TestA/y": build.Pass},
		},
		{
			"known cases that skip or vanish fail",
			[]outcome{
				{name: "TestA/x", result: build.Skip}, {name: "TestB", result: build.Pass, score: score(1)},
				{name: "TestC", result: build.Pass}, {name: "TestEarly", result: build.Pass}, {name: "TestGone", result: build.Pass},
			},
			journal.Total{Failed: 2, Scored: 6, Score: 4.0 / 6},
			map[string]string{"TestA/x": build.Fail, "TestA/y": missing},
		},
		{
			"sub-tests that run now speak for their parent",
			[]outcome{
				{name: "TestA/x", result: build.Pass}, {name: "TestA/y", result: build.Pass}, {name: "TestB", result: build.Pass},
				{name: "TestC", result: build.Pass}, {name: "TestGone", result: build.Pass},
				{name: "TestEarly/one", result: build.Pass}, {name: "TestEarly/two", result: build.Fail},
			},
			journal.Total{Failed: 1, Scored: 6, Score: 5.0 / 6},
			map[string]string{"TestEarly": build.Fail},
		},
		{
			"a process that fails outside of all cases",
			[]outcome{
				{name: "TestA/x", result: build.Pass}, {name: "TestA/y", result: build.Pass}, {name: "TestB", result: build.Pass},
				{name: "TestC", result: build.Pass}, {name: "TestGone", result: build.Pass}, {name: "TestEarly", result: build.Pass},
				{name: outsideCase, result: build.Fail},
			},
			journal.Total{Failed: 1, Scored: 6, Score: 1},
			map[string]string{outsideCase: build.Fail},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ev := obj.judge(raw(u, tt.cases...))
			if ev.total.Failed != tt.total.Failed || ev.total.Scored != tt.total.Scored || math.Abs(ev.total.Score-tt.total.Score) > 1e-9 {
				t.Errorf("total = %+v, want %+v", ev.total, tt.total)
			}
			got := map[string]string{}
			for _, o := range ev.cases {
				got[o.name] = o.result
			}
			for name, result := range tt.want {
				if got[name] != result {
					t.Errorf("%s = %q, want %q", name, got[name], result)
				}
			}
		})
	}
}

// Better is a strict order: nothing beats itself, and no two beat each other.
func TestBetter(t *testing.T) {
	gen := rapid.Custom(func(t *rapid.T) journal.Total {
		return journal.Total{Failed: rapid.IntRange(0, 2).Draw(t, "failed"), Score: rapid.SampledFrom([]float64{-1, 0, 0.5, 1}).Draw(t, "score")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := gen.Draw(t, "a"), gen.Draw(t, "b"), gen.Draw(t, "c")
		if better(a, a) || better(a, b) && better(b, a) {
			t.Fatalf("%v and %v beat each other", a, b)
		}
		if better(a, b) && better(b, c) && !better(a, c) {
			t.Fatalf("%v > %v > %v and not the first the last", a, b, c)
		}
		if a.Failed < b.Failed && !better(a, b) {
			t.Fatalf("a higher score beats fewer failures: %v, %v", a, b)
		}
	})
}

func TestReadable(t *testing.T) {
	s := &session{root: "/home/me/m", privateDir: regexp.MustCompile(`/tmp/w/home-[0-9]+`)}
	got := s.readable(`    m_test.go:12: open /tmp/w/home-42/x: got 0xc000012345 in /home/me/m/data
panic: boom [recovered]
	panic: boom

goroutine 7 [running]:
testing.tRunner.func1.2({0x5, 0x6})
	/usr/local/go/src/testing/testing.go:1734 +0x3eb
example.com/m.F(0x1)
	/home/me/m/sub/f.go:9 +0x1d
example.com/m.TestF.func1(0xc000003a40)
	m_test.go:11 +0x25

goroutine 1 [chan receive]:
example.com/m.Other(...)
	/home/me/m/o.go:3
`)
	want := `m_test.go:12: open $HOME/x: got 0x… in data
panic: boom [recovered]
	panic: boom
	at sub/f.go:9 in example.com/m.F
	at m_test.go:11 in example.com/m.TestF.func1`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWithin(t *testing.T) {
	for _, tt := range []struct {
		ranges      string
		first, last int
		want        string
	}{
		{"28-31,35", 29, 40, "29-31,35"},
		{"28-31,35", 31, 34, "31"},
		{"1-3,9", 4, 8, ""},
		{"", 1, 9, ""},
		{"x,3-y,4", 1, 9, "4"},
	} {
		if got := within(tt.ranges, tt.first, tt.last, 0); got != tt.want {
			t.Errorf("within(%q, %d, %d) = %q, want %q", tt.ranges, tt.first, tt.last, got, tt.want)
		}
	}
}

func TestWithChecks(t *testing.T) {
	files := map[string][]byte{"/m/a.go": []byte("package m\n")}
	got := withChecks(files, []source.RunCheck{{Func: "ok", Expr: "3", File: "/m/a.go"}, {Func: "ok", Expr: "3", File: "/m/unchanged.go"}})
	if !strings.Contains(string(got["/m/a.go"]), "if err := ok(3); err != nil") || len(got) != 1 {
		t.Errorf("got %q", got)
	}
	if string(files["/m/a.go"]) != "package m\n" {
		t.Errorf("the candidate itself changed")
	}
	res := &build.Result{Output: "panic: " + checkMark + "ok: too low\n\ngoroutine 1 [running]:\n"}
	if got := brokenCheck(res); got != "ok: too low" {
		t.Errorf("brokenCheck = %q", got)
	}
	if got := brokenCheck(&build.Result{Output: "panic: other"}); got != "" {
		t.Errorf("brokenCheck = %q", got)
	}
}

func TestReasonText(t *testing.T) {
	got := reasonText("Your answer could not be used:\n\n> line 1:2: undefined: c\n> 1 | c\n\nSend it again.\n")
	if want := "line 1:2: undefined: c\n1 | c"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := reasonText("no connection"); got != "no connection" {
		t.Errorf("got %q", got)
	}
}
