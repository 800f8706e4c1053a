package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opto-go/trace/internal/checker"
	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/sandbox"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// misbehaveEnv makes this test binary a process that checks proposals, and does what
// their comments ask for first.
const misbehaveEnv = "TRACE_TEST_MISBEHAVE"

func TestMain(m *testing.M) {
	if os.Getenv(misbehaveEnv) != "" {
		out := os.Stdout
		os.Stdout = os.Stderr
		checker.Serve(os.Stdin, out, misbehave)
	}
	os.Exit(m.Run())
}

func misbehave(text string) {
	switch {
	case strings.Contains(text, "please loop"):
		for n := 0; ; n++ {
		}
	case strings.Contains(text, "please grow"):
		var all [][]byte
		for {
			all = append(all, make([]byte, 1<<20))
			all[len(all)-1][0] = 1
		}
	case strings.Contains(text, "please panic"):
		panic("it was asked to")
	}
}

func misbehaving(o *checker.Options) {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	o.Command = func() *exec.Cmd {
		return &exec.Cmd{Path: self, Args: []string{"checks"}, Env: []string{misbehaveEnv + "=1"}}
	}
	o.Limits = checker.Limits{CPU: 2 * time.Second, Wall: 5 * time.Minute, Heap: 256 << 20}
}

// A badAuthor is a model whose code is hard to check, until it is asked for the last
// time.
type badAuthor struct {
	*httptest.Server
	answers []string
	asked   func(n int) // before the answer

	mu      sync.Mutex
	prompts []string // the last message of each
}

func newBadAuthor(t *testing.T, answers ...string) *badAuthor {
	a := &badAuthor{answers: answers}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req struct{ Messages []llm.Message }
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a.mu.Lock()
		n := len(a.prompts)
		a.prompts = append(a.prompts, req.Messages[len(req.Messages)-1].Content)
		a.mu.Unlock()
		if a.asked != nil {
			a.asked(n)
		}
		json.NewEncoder(w).Encode(map[string]any{
			"model":   "bad",
			"choices": []any{map[string]any{"finish_reason": "stop", "message": llm.Message{Role: "assistant", Content: a.answers[min(n, len(a.answers)-1)]}}},
			"usage":   map[string]int{"prompt_tokens": 100, "completion_tokens": 10},
		})
	}))
	t.Cleanup(a.Close)
	return a
}

// larger is an answer whose check does something first.
func larger(what string) string {
	return "A larger one.\n\n```go Value\nfunc Value() int {\n\t// please " + what + "\n\treturn 2\n}\n```\n"
}

func (a *badAuthor) options(t *testing.T) (Options, *bytes.Buffer) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("looks at processes")
	}
	t.Setenv("TMPDIR", t.TempDir()) // the run's processes are known by it
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/m\n\ngo 1.24\n")
	write(t, filepath.Join(dir, "m.go"), "package m\n\n//trace:bundle trainable\nfunc Value() int { return 1 }\n")
	write(t, filepath.Join(dir, "m_test.go"), "package m\n\nimport \"testing\"\n\nfunc TestValue(t *testing.T) {\n\tif n := Value(); n != 2 {\n\t\tt.Error(n)\n\t}\n}\n")
	var stderr bytes.Buffer
	return Options{
		Dir: dir, Runs: t.TempDir(), Model: "openai:bad", Steps: 4, Proposals: 1, Baseline: 1, Sandbox: sandbox.None,
		Environ: append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOPROXY=off", "TRACE_LLM=", "OPENAI_BASE_URL="+a.URL+"/v1", "OPENAI_API_KEY=none"),
		Stderr:  &stderr, checking: misbehaving,
	}, &stderr
}

func onlyRun(t *testing.T, opt Options) *journal.Run {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(opt.Runs, "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("runs %q: %v", dirs, err)
	}
	run, err := journal.Open(dirs[0])
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// A run whose model writes what cannot be checked goes on, says so to the model and
// in the journal, and is repeated alike.
func TestGuard(t *testing.T) {
	a := newBadAuthor(t, larger("loop"), larger("grow"), larger("panic"), larger("thank nobody"))
	opt, stderr := a.options(t)
	var stdout bytes.Buffer
	opt.Stdout = &stdout
	if err := Train(t.Context(), opt); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if !strings.Contains(stdout.String(), "+\treturn 2") {
		t.Errorf("the diff is:\n%s\n%s", stdout.String(), stderr)
	}
	refused := func(run *journal.Run) (list []string) {
		for _, r := range run.Refused {
			list = append(list, r.Reason)
		}
		return list
	}
	run := onlyRun(t, opt)
	want := []string{"more than 2s of processor time", "more than 256 MB of memory", "the type checker crashed on this code: panic: it was asked to"}
	got := refused(run)
	for i, w := range want {
		if len(got) != len(want) || !strings.Contains(got[i], w) {
			t.Fatalf("the journal has %q, want %q", got, want)
		}
		if !strings.Contains(stderr.String(), w) {
			t.Errorf("nobody was told of %q:\n%s", w, stderr)
		}
	}
	// An answer is read first, and is sent back once.
	for i, w := range []string{"", want[0], "", want[2]} {
		if !strings.Contains(a.prompts[i], w) || !strings.Contains(a.prompts[i], "make it smaller") && i == 1 {
			t.Errorf("prompt %d does not say %q:\n%s", i, w, a.prompts[i])
		}
	}
	if left := checkersOf(t); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}

	again := opt
	again.Runs, again.Model = t.TempDir(), ""
	stderr.Reset()
	if err := Replay(t.Context(), again, run); err != nil {
		t.Errorf("replay: %v\n%s", err, stderr)
	}
	if got2 := refused(onlyRun(t, again)); !slices.Equal(got, got2) {
		t.Errorf("replay refused %q, the run %q", got2, got)
	}
	if strings.Contains(stderr.String(), "prompt differs") {
		t.Errorf("the replay asked something else:\n%s", stderr)
	}
}

// A run that is interrupted while a proposal is checked ends at once, leaves nobody
// behind, and goes on with the answer that it had.
func TestGuardInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	a := newBadAuthor(t, larger("loop"), larger("thank nobody"))
	var soon sync.WaitGroup
	a.asked = func(int) {
		soon.Go(func() {
			for end := time.Now().Add(time.Minute); len(checkersOf(t)) == 0; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(end) {
					t.Error("nobody checks anything")
					break
				}
			}
			time.Sleep(3 * time.Second) // most likely it has loaded the program
			interrupt()
		})
	}
	opt, stderr := a.options(t)
	opt.checking = func(o *checker.Options) {
		misbehaving(o)
		o.Limits.CPU, o.Limits.Wall = time.Hour, time.Hour
	}
	began := time.Now()
	err := Train(ctx, opt)
	soon.Wait()
	var e *ui.Error
	if !errors.As(err, &e) || e.Code != ui.Failed || time.Since(began) > 4*time.Minute {
		t.Fatalf("%v after %v\n%s", err, time.Since(began), stderr)
	}
	if left := checkersOf(t); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
	run := onlyRun(t, opt)
	a.asked = nil
	goOn := Options{Dir: opt.Dir, Runs: opt.Runs, Environ: opt.Environ, Sandbox: sandbox.None, Stderr: stderr, checking: misbehaving}
	if err := Resume(t.Context(), goOn, run.Dir); err != nil {
		t.Fatalf("resume: %v\n%s", err, stderr)
	}
	run = onlyRun(t, opt)
	if len(a.prompts) != 2 || run.End == nil || run.End.Diff == "" || len(run.Refused) != 1 || !strings.Contains(run.Refused[0].Reason, "more than 2s of processor time") {
		t.Errorf("%d prompts, refused %+v\n%s", len(a.prompts), run.Refused, stderr)
	}
}

// A run that cannot check proposals says so, and blames no proposal.
func TestGuardBroken(t *testing.T) {
	a := newBadAuthor(t, larger("thank nobody"))
	opt, stderr := a.options(t)
	opt.checking = func(o *checker.Options) {
		o.Command = func() *exec.Cmd { return exec.Command(filepath.Join(opt.Dir, "nothing")) }
	}
	err := Train(t.Context(), opt)
	if err == nil || !strings.Contains(err.Error(), "the process that checks proposals does not start") {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if run := onlyRun(t, opt); len(run.Refused) > 0 || len(run.Candidates) > 0 {
		t.Errorf("refused %v, candidates %v", run.Refused, run.Candidates)
	}
}

// checkersOf lists the processes that check proposals in the folder of a run.
func checkersOf(t *testing.T) (list []string) {
	out, err := exec.Command("ps", "-A", "-o", "args").Output()
	if err != nil {
		t.Error(err)
	}
	for line := range strings.SplitSeq(string(out), "\n") {
		if strings.HasPrefix(line, "checks "+os.TempDir()) {
			list = append(list, line)
		}
	}
	return list
}
