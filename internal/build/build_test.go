package build

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRunTests(t *testing.T) {
	dir := module(t, "cases.txtar")
	b := newBuilder(t, dir)
	bin := compile(t, b, dir, true, nil)
	if bin.Weak != "" {
		t.Fatalf("the reporter does not fit this release: %s", bin.Weak)
	}
	weakBin, err := b.compile(t.Context(), Spec{Dir: dir, Pkg: "example.com/m", Test: true, Overlay: plainOverlay}, false)
	if err != nil {
		t.Fatal(err)
	}
	weakBin.Weak = "asked for"
	tests := []struct {
		name string
		run  string
		all  []string
		want map[string]string
		weak map[string]string // where it differs without the reporter
	}{
		{
			name: "plain",
			run:  "^(TestPass|TestFail|TestSkip)$",
			want: map[string]string{"TestPass": Pass, "TestFail": Fail, "TestSkip": Skip},
		},
		{
			name: "leaf tests are cases",
			run:  "^TestSubs$",
			want: map[string]string{"TestSubs/a": Pass, "TestSubs/b": Fail, "TestSubs/c/d/e": Pass},
		},
		{
			name: "a parent that fails by itself",
			run:  "^TestOwn$",
			want: map[string]string{"TestOwn": Fail, "TestOwn/a": Pass},
		},
		{
			name: "a parent that fails beside its child",
			run:  "^TestBoth$",
			want: map[string]string{"TestBoth": Fail, "TestBoth/a": Fail},
			weak: map[string]string{"TestBoth/a": Fail},
		},
		{
			name: "parallel",
			run:  "^TestParallel$",
			want: map[string]string{"TestParallel/a": Pass, "TestParallel/b": Fail, "TestParallel/c": Pass},
		},
		{
			name: "panic in the middle of a table",
			run:  "^(TestPanicSub|TestAfter)$",
			all:  []string{"TestPanicSub", "TestAfter"},
			want: map[string]string{"TestPanicSub/a": Pass, "TestPanicSub/b": Fail, "TestPanicSub/c": Pass, "TestAfter": Pass},
		},
		{
			name: "exits",
			run:  "^(TestExit0|TestExit3|TestSyscallExit|TestAfter)$",
			all:  []string{"TestExit0", "TestExit3", "TestSyscallExit", "TestAfter"},
			want: map[string]string{"TestExit0": Fail, "TestExit3": Fail, "TestSyscallExit": Fail, "TestAfter": Pass},
		},
		{
			name: "exit beside parallel tests",
			run:  "^TestParallelExit$",
			all:  []string{"TestParallelExit"},
			want: map[string]string{"TestParallelExit/a": Pass, "TestParallelExit/b": Fail, "TestParallelExit/c": Pass},
		},
		{
			name: "hang",
			run:  "^(TestHang|TestAfter)$",
			all:  []string{"TestHang", "TestAfter"},
			want: map[string]string{"TestHang/a": Pass, "TestHang/b": Killed, "TestHang/c": Pass, "TestAfter": Pass},
		},
		{
			name: "forged output",
			run:  "^TestForge$",
			want: map[string]string{"TestForge": Fail},
			weak: map[string]string{"TestForge": Fail, "TestMadeUp": Pass},
		},
		{
			name: "examples",
			run:  "^Example",
			want: map[string]string{"Example_good": Pass, "Example_bad": Fail},
		},
		{
			name: "fuzz seeds",
			run:  "^FuzzSeeds$",
			want: map[string]string{"FuzzSeeds/seed#0": Pass, "FuzzSeeds/seed#1": Fail},
		},
		{
			name: "synctest",
			run:  "^TestBubble",
			want: map[string]string{"TestBubblePass": Pass, "TestBubbleFail": Fail},
		},
		{
			name: "starts itself again",
			run:  "^TestAgain$",
			want: map[string]string{"TestAgain": Pass},
		},
		{
			name: "same name twice",
			run:  "^TestTwice$",
			want: map[string]string{"TestTwice/a": Pass, "TestTwice/a#01": Fail},
		},
	}
	for _, weak := range []bool{false, true} {
		for _, tt := range tests {
			name := tt.name
			if weak {
				name += " (weak)"
			}
			t.Run(name, func(t *testing.T) {
				bin := bin
				if weak {
					bin = weakBin
				}
				res, err := bin.RunTests(t.Context(), RunOptions{Dir: dir, Run: tt.run, Tests: tt.all, Timeout: 2 * time.Second})
				if err != nil {
					t.Fatal(err)
				}
				want := tt.want
				if weak && tt.weak != nil {
					want = tt.weak
				}
				if diff := cmp.Diff(want, results(res)); diff != "" {
					t.Errorf("results (-want +got):\n%s\n%+v", diff, res)
				}
			})
		}
	}
}

func TestFeedbackAndScore(t *testing.T) {
	dir := module(t, "cases.txtar")
	b := newBuilder(t, dir)
	bin := compile(t, b, dir, true, nil)
	res, err := bin.RunTests(t.Context(), RunOptions{Dir: dir, Run: "^(TestScore|TestFail|TestPanicSub|TestFlood|Example_bad|TestEnv)$",
		Tests: []string{"TestScore", "TestFail", "TestPanicSub", "TestFlood", "TestEnv", "Example_bad"}, MaxPrint: 1 << 20, Timeout: 20 * time.Second, Pass: []string{"WANTED=yes"}})
	if err != nil {
		t.Fatal(err)
	}
	if c := res.Case("TestScore/good"); c == nil || c.Score == nil || *c.Score != 0.5 || c.Result != Pass {
		t.Errorf("TestScore/good = %+v; want the last score 0.5", c)
	} else if diff := cmp.Diff([]string{"more of it"}, c.Feedback); diff != "" {
		t.Errorf("feedback (-want +got):\n%s", diff)
	}
	for _, name := range []string{"TestScore/nan", "TestScore/text"} {
		if c := res.Case(name); c == nil || c.Score != nil || c.Result != Fail {
			t.Errorf("%s = %+v; want a failure without a score", name, c)
		}
	}
	if c := res.Case("TestFail"); c == nil || !strings.Contains(c.Output, "m_test.go:") || !strings.Contains(c.Output, "got 1, want 2") || strings.Contains(c.Output, "---") {
		t.Errorf("TestFail = %+v; want the message and no marks", c)
	}
	if c := res.Case("TestPanicSub/b"); c == nil || !strings.Contains(c.Output, "panic: boom") {
		t.Errorf("TestPanicSub/b = %+v; want the panic in its output", c)
	}
	if c := res.Case("Example_bad"); c == nil || !strings.Contains(c.Output, "want:\nright") {
		t.Errorf("Example_bad = %+v; want what was expected", c)
	}
	if c := res.Case("TestFlood"); c == nil || c.Result != Killed || len(c.Output) > 2*caseOutput {
		t.Errorf("TestFlood: want it killed and cut")
	}
	if c := res.Case("TestEnv"); c == nil || c.Result != Pass {
		t.Errorf("TestEnv = %+v", c)
	}
}

func TestUserEnv(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "secret")
	dir := module(t, "cases.txtar")
	b := newBuilder(t, dir)
	bin := compile(t, b, dir, true, nil)
	key := []string{"OPENAI_API_KEY"}
	for _, tt := range []struct {
		user bool
		pass []string
		want string
	}{
		{false, nil, Pass},
		{true, nil, Pass}, // the key stays here
		{true, key, Fail},
		{false, key, Fail},
	} {
		res, err := bin.RunTests(t.Context(), RunOptions{Dir: dir, Run: "^TestKey$", UserEnv: tt.user, Pass: tt.pass})
		if err != nil {
			t.Fatal(err)
		}
		if got := results(res)["TestKey"]; got != tt.want {
			t.Errorf("user environment %v, passed %v: TestKey = %s, want %s", tt.user, tt.pass, got, tt.want)
		}
	}
	if got := userEnv([]string{"A=1", "OPENAI_API_KEY=secret", "B=2"}, []string{"B=3"}); strings.Join(got, " ") != "A=1 B=2" {
		t.Errorf("user environment: got %v", got)
	}
}

func TestCandidate(t *testing.T) {
	dir := module(t, "cases.txtar")
	b := newBuilder(t, dir)
	file := filepath.Join(dir, "m.go")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bin := compile(t, b, dir, true, map[string][]byte{file: []byte("package m\n\nfunc One() int { return 2 }\n")})
	res, err := bin.RunTests(t.Context(), RunOptions{Dir: dir, Run: "^TestFail$"})
	if err != nil {
		t.Fatal(err)
	}
	if got := results(res)["TestFail"]; got != Pass {
		t.Errorf("TestFail = %s with the candidate, want pass", got)
	}
	if after, _ := os.ReadFile(file); string(after) != string(before) {
		t.Errorf("the user's file changed")
	}

	_, err = b.Compile(t.Context(), Spec{Dir: dir, Pkg: "example.com/m", Test: true, Overlay: plainOverlay,
		Files: map[string][]byte{file: []byte("package m\n\nfunc One() int { return \"\" }\n")}})
	var failed *Error
	if !errors.As(err, &failed) || !strings.Contains(failed.Output, "m.go:3:") {
		t.Errorf("err = %v; want a compile error at m.go:3", err)
	}
	if b.Weak() != "" {
		t.Errorf("a candidate's compile error weakened the builder: %s", b.Weak())
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Compile(ctx, Spec{Dir: dir, Pkg: "example.com/m", Test: true, Overlay: plainOverlay}); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v after cancel", err)
	}
}

func TestProgram(t *testing.T) {
	dir := module(t, "program.txtar")
	b := newBuilder(t, dir)
	bin := compile(t, b, dir, false, nil)
	tests := []struct {
		arg    string
		result string
		score  float64
	}{
		{"ok", Pass, 0},
		{"fail", Fail, 0},
		{"score", Pass, 0.25},
		{"hang", Killed, 0},
		{"group", Killed, 0},
		{"panic", Fail, 0},
	}
	for _, tt := range tests {
		t.Run(tt.arg, func(t *testing.T) {
			res, err := bin.RunProgram(t.Context(), RunOptions{Dir: dir, Args: []string{tt.arg}, Timeout: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			c := res.Case(MainCase)
			if c == nil || c.Result != tt.result {
				t.Fatalf("got %+v, want %s", res, tt.result)
			}
			var score float64
			if c.Score != nil {
				score = *c.Score
			}
			if score != tt.score {
				t.Errorf("score = %v, want %v", score, tt.score)
			}
			if !strings.Contains(c.Output, "hello from "+tt.arg) {
				t.Errorf("output = %q", c.Output)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := bin.RunProgram(ctx, RunOptions{Dir: dir, Args: []string{"group"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v after cancel", err)
	}
}

// A toolchain in the module cache cannot be overlaid; links stand in for it.
func TestShadowGoroot(t *testing.T) {
	dir := module(t, "cases.txtar")
	b := newBuilder(t, dir)
	if b.shadow == "" {
		b.shadow = t.TempDir()
		files, err := Reporter(filepath.Join(b.goroot, "src", "testing"))
		if err != nil {
			t.Fatal(err)
		}
		if err := shadowGoroot(b.shadow, b.goroot, files); err != nil {
			t.Skip("no symbolic links here:", err)
		}
		b.reporter = nil
	}
	bin := compile(t, b, dir, true, nil)
	res, err := bin.RunTests(t.Context(), RunOptions{Dir: dir, Run: "^(TestForge|TestSyscallExit|TestPass)$", Tests: []string{"TestForge", "TestSyscallExit", "TestPass"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"TestForge": Fail, "TestSyscallExit": Fail, "TestPass": Pass}
	if diff := cmp.Diff(want, results(res)); diff != "" || bin.Weak != "" {
		t.Errorf("weak: %q, results (-want +got):\n%s", bin.Weak, diff)
	}
}

func TestGOFLAGS(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"-mod=mod -tags=x", "-mod=readonly -tags=x"},
		{"-mod=vendor --race", "-mod=vendor --race"},
		{"-v -json -overlay=x.json -buildvcs=false", "-buildvcs=false"},
	} {
		if got := buildFlags(tt.in); got != tt.want {
			t.Errorf("buildFlags(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	if !HasFlag([]string{"GOFLAGS=-race"}, "race") || HasFlag([]string{"GOFLAGS=-race=false"}, "race") || HasFlag([]string{"GOFLAGS=-race", "GOFLAGS="}, "race") {
		t.Errorf("HasFlag misreads -race")
	}
}
