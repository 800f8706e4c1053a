package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/train/journal"
)

// killableEnv makes the test binary be tracetrain. Its value is a failpoint of
// the journal and which time it is reached, as in "torn:3": there the process
// kills itself. "none:0" is no such point.
const killableEnv = "TRACE_TEST_KILL_AT"

func killable() {
	point, n, _ := strings.Cut(os.Getenv(killableEnv), ":")
	left, err := strconv.Atoi(n)
	if err != nil {
		panic(err)
	}
	var mu sync.Mutex
	journal.SetFailpoint(func(p string) {
		mu.Lock()
		defer mu.Unlock()
		if p != point {
			return
		}
		if left--; left == 0 {
			self, _ := os.FindProcess(os.Getpid())
			self.Kill()
			time.Sleep(time.Minute) // it does not come to the end of this
		}
	})
	main()
}

// The module that is trained. Its value tells the candidates apart, and every
// process that is not a recording says that it began, and has a child that
// would outlive it.
var killModule = map[string]string{
	"go.mod": "module example.com/kill\n\ngo 1.24\n",
	"m.go": `package kill

// Value is to be large.
//
//trace:bundle trainable
func Value() int { return 1000 }
`,
	"m_test.go": `package kill

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv("TRACE_DIR") == "" {
		f, err := os.OpenFile(os.Getenv("KILL_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(f, Value())
		f.Close()
	}
	exec.Command("sleep", "600").Start()
	time.Sleep(100 * time.Millisecond)
	os.Exit(m.Run())
}

func TestValue(t *testing.T) {
	for want := 1001; want <= 1006; want++ {
		t.Run(fmt.Sprint(want), func(t *testing.T) {
			if got := Value(); got < want {
				t.Errorf("Value() = %d, want at least %d", got, want)
			}
		})
	}
}
`,
}

// killAnswers are what the model says in each step, first and after a reply.
var killAnswers = [][]string{
	{value(1002)},
	{"I do not know.", value(1001)}, // worse
	{value(1003)},
	{"```go Value\nfunc Value() int { return nothing }\n```", value(1005)},
	{value(1004)}, // worse
	{value(1006)},
}

func value(n int) string {
	return fmt.Sprintf("A larger one.\n\n```go Value\nfunc Value() int { return %d }\n```\n", n)
}

var returned = regexp.MustCompile(`return (10\d\d)`)

// A payServer is a model that knows from the prompt where the run stands, and
// counts what it sent.
type payServer struct {
	*httptest.Server
	mu   sync.Mutex
	sent map[llm.Key]int // answers, whether anyone was left to read them or not
}

func newPayServer(t *testing.T) *payServer {
	s := &payServer{sent: map[llm.Key]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req struct{ Messages []llm.Message }
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		key := llm.Key{Step: 1}
		seen := map[string]bool{}
		for _, m := range req.Messages {
			if m.Role == "assistant" {
				key.Repair++
				continue
			}
			for _, v := range returned.FindAllStringSubmatch(m.Content, -1) {
				seen[v[1]] = true
			}
		}
		delete(seen, "1000")
		key.Step += len(seen)
		if key.Step > len(killAnswers) || key.Repair >= len(killAnswers[key.Step-1]) {
			http.Error(w, fmt.Sprintf("nobody asks that: %v", key), http.StatusBadRequest)
			return
		}
		time.Sleep(30 * time.Millisecond)
		s.mu.Lock()
		s.sent[key]++
		s.mu.Unlock()
		json.NewEncoder(w).Encode(map[string]any{
			"model":   "scripted",
			"choices": []any{map[string]any{"finish_reason": "stop", "message": llm.Message{Role: "assistant", Content: killAnswers[key.Step-1][key.Repair]}}},
			"usage":   map[string]int{"prompt_tokens": 100, "completion_tokens": 10},
		})
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *payServer) snapshot() map[llm.Key]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.sent)
}

// A killTest is one run that is killed again and again.
type killTest struct {
	*testing.T
	server                    *payServer
	search                    []string // flags
	env                       []string // more of it for the processes
	during                    func(p *os.Process, ended <-chan struct{})
	module, tmp, runs, starts string
}

func newKillTest(t *testing.T, server *payServer) *killTest {
	dir := t.TempDir()
	k := &killTest{T: t, server: server,
		module: filepath.Join(dir, "module"), tmp: filepath.Join(dir, "tmp"), runs: filepath.Join(dir, "runs"), starts: filepath.Join(dir, "starts")}
	for _, d := range []string{k.module, k.tmp} {
		if err := os.Mkdir(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range killModule {
		if err := os.WriteFile(filepath.Join(k.module, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// result is what became of one process.
type result struct {
	stdout, stderr string
	killed         bool
	code           int
}

// start runs tracetrain until it ends, reaches the failpoint, or the time is
// over. The point "program:N" is reached when the Nth program under training
// runs.
func (k *killTest) start(failpoint string, after time.Duration, args ...string) result {
	k.Helper()
	exe, err := os.Executable()
	if err != nil {
		k.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Dir = k.module
	cmd.Env = append(os.Environ(), killableEnv+"="+failpoint, "TMPDIR="+k.tmp, "KILL_LOG="+k.starts,
		"TRACE_RUNS="+k.runs, "OPENAI_BASE_URL="+k.server.URL+"/v1", "OPENAI_API_KEY=none", "GOPROXY=off", "GOWORK=off", "TRACE_LLM=")
	cmd.Env = append(cmd.Env, k.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		k.Fatal(err)
	}
	kill := time.AfterFunc(after, func() { cmd.Process.Kill() })
	defer kill.Stop()
	ended := make(chan struct{})
	if n, ok := strings.CutPrefix(failpoint, "program:"); ok {
		programs, err := strconv.Atoi(n)
		if err != nil {
			k.Fatal(err)
		}
		killed := make(chan struct{})
		defer func() { <-killed }()
		go func() {
			defer close(killed)
			k.waitForPrograms(sizeOf(k.starts)+int64(programs*len("1000\n")), ended)
			cmd.Process.Kill()
		}()
	}
	var meanwhile sync.WaitGroup
	if k.during != nil {
		meanwhile.Go(func() { k.during(cmd.Process, ended) })
	}
	err = cmd.Wait()
	close(ended)
	meanwhile.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		k.Fatal(err)
	}
	r := result{stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode()}
	r.killed = r.code == -1
	return r
}

// waitForPrograms waits until the file that the programs write is so long.
func (k *killTest) waitForPrograms(size int64, ended <-chan struct{}) {
	for sizeOf(k.starts) < size {
		select {
		case <-ended:
			return
		case <-time.After(2 * time.Millisecond):
		}
	}
	time.Sleep(10 * time.Millisecond) // it starts another one
}

func sizeOf(name string) int64 {
	if st, err := os.Stat(name); err == nil {
		return st.Size()
	}
	return 0
}

var killArgs = []string{"-llm", "openai:scripted", "-sandbox", "none", "-steps", "8", "-env", "KILL_LOG", "."}

// killSearches are flags with which a run gives the same: every answer is for
// the program that is best, because that does all that the others do.
var killSearches = [][]string{{"-search", "sequential"}, {"-search", "pareto", "-parents", "1"}}

// run is the journal, nil if the process was killed before there was one.
func (k *killTest) run() *journal.Run {
	k.Helper()
	dirs, err := filepath.Glob(filepath.Join(k.runs, "*", journal.File))
	if err != nil || len(dirs) > 1 {
		k.Fatalf("journals: %q, %v", dirs, err)
	}
	if len(dirs) == 0 {
		return nil
	}
	run, err := journal.Open(filepath.Dir(dirs[0]))
	if err != nil {
		k.Fatalf("the journal does not open: %v", err)
	}
	return run
}

// began counts the processes of the program under training, by value.
func (k *killTest) began() map[string]int {
	k.Helper()
	data, err := os.ReadFile(k.starts)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		k.Fatal(err)
	}
	n := map[string]int{}
	for _, v := range strings.Fields(string(data)) {
		n[v]++
	}
	return n
}

// evaluated counts the evaluations that the journal holds, by value.
func (k *killTest) evaluated(run *journal.Run) map[string]int {
	k.Helper()
	n := map[string]int{}
	if run == nil {
		return n
	}
	for range run.Originals {
		n["1000"]++
	}
	if run.Compared != nil {
		n["1000"]++
	}
	value := map[journal.Hash]string{}
	for _, c := range run.Candidates {
		for _, h := range c.Assign {
			src, err := run.Blob(h)
			if err != nil {
				k.Fatal(err)
			}
			value[c.Hash] = string(returned.FindSubmatch(src)[1])
		}
		if c.Results != "" {
			n[value[c.Hash]]++
		}
	}
	for _, v := range run.Verified {
		n[value[v.Hash]]++
	}
	return n
}

// answered holds the keys whose answers the journal has.
func answered(run *journal.Run) map[llm.Key]bool {
	keys := map[llm.Key]bool{}
	if run != nil {
		for _, c := range run.Calls {
			if c.Answer != "" {
				keys[c.Key] = true
			}
		}
	}
	return keys
}

// left lists what is in the directory for temporary files.
func (k *killTest) left() []string {
	k.Helper()
	entries, err := os.ReadDir(k.tmp)
	if err != nil {
		k.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// processes lists what runs in the name of this test.
func (k *killTest) processes() []string {
	var list []string
	for end := time.Now().Add(2 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		list = nil
		names, _ := filepath.Glob("/proc/[0-9]*/environ")
		for _, name := range names {
			environ, err := os.ReadFile(name)
			if err != nil || !bytes.Contains(environ, []byte("KILL_LOG="+k.starts)) {
				continue
			}
			cmdline, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline"))
			list = append(list, strings.ReplaceAll(string(cmdline), "\x00", " "))
		}
		// A process that was killed needs a moment to go.
		if len(list) == 0 || time.Now().After(end) {
			return list
		}
	}
}

// tree is the sum of everything in the module.
func (k *killTest) tree() string {
	k.Helper()
	h := sha256.New()
	err := filepath.WalkDir(k.module, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n%s", path[len(k.module):], len(data), data)
		return err
	})
	if err != nil {
		k.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// tear does to the journal what a kill in the middle of a write does.
func (k *killTest) tear(run *journal.Run, rng *rand.Rand) {
	k.Helper()
	name := filepath.Join(run.Dir, journal.File)
	data, err := os.ReadFile(name)
	if err != nil {
		k.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	line := lines[rng.IntN(len(lines)-1)]
	torn := bytes.Clone(line[:rng.IntN(len(line))])
	if rng.IntN(2) == 0 { // as a loss of power may: the end is there, the beginning is not
		torn = append(make([]byte, len(torn)), '\n')
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		k.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(torn); err != nil {
		k.Fatal(err)
	}
}

var failpoints = []string{"header", "line", "torn", "written", "synced", "blob", "named", "truncated"}

var processesLeft = regexp.MustCompile(`removed what killed runs had left: .*, (\d+) process`)

// killSummary counts over all runs.
type killSummary struct {
	kills, resumes, runs, atPoints, early, torn int
	processes                                   int // that killed runs had left
	paidTwice, inFlight, repeated               int
}

func (s killSummary) String() string {
	return fmt.Sprintf("%d kills (%d at chosen points, %d before a run began), %d resumes, %d runs, %d journals torn, %d processes left and ended by the next start; answers paid twice: %d (in flight when the kill came: %d), evaluations repeated: %d",
		s.kills, s.atPoints, s.early, s.resumes, s.runs, s.torn, s.processes, s.paidTwice, s.inFlight, s.repeated)
}

// envNumber is a number that the environment may set.
func envNumber(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// A run that is killed at any point, and resumed until it is done, ends like
// one that was let alone, and nothing is paid for or evaluated twice.
// TRACE_KILLS says how often to kill, TRACE_KILLS_SEED what is random.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles many programs")
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells about other processes")
	}
	want, seed := int(envNumber(t, "TRACE_KILLS", 6)), envNumber(t, "TRACE_KILLS_SEED", 1)
	server := newPayServer(t)

	alone := newKillTest(t, server)
	begin := time.Now()
	ref := alone.start("none:0", 5*time.Minute, killArgs...)
	takes := time.Since(begin)
	if ref.code != 0 || !strings.Contains(ref.stdout, "+func Value() int { return 1006 }") {
		t.Fatalf("the run that is let alone: code %d\n%s%s", ref.code, ref.stdout, ref.stderr)
	}
	need := alone.began()
	if got := alone.evaluated(alone.run()); !maps.Equal(got, need) {
		t.Fatalf("evaluations in the journal %v, processes %v", got, need)
	}
	calls := 0
	for _, a := range killAnswers {
		calls += len(a)
	}
	if sent := server.snapshot(); len(sent) != calls {
		t.Fatalf("answers: %v, want %d", sent, calls)
	}

	var sum killSummary
	rng := rand.New(rand.NewPCG(seed, 0))
	for sum.kills < want {
		sum.runs++
		k := newKillTest(t, server)
		k.search = killSearches[sum.runs%len(killSearches)]
		k.killAndResume(rng, &sum, min(want-sum.kills, (want+1)/2, 3+rng.IntN(8)), takes, need, ref.stdout)
		if t.Failed() {
			break
		}
		if want > 20 && sum.runs%5 == 0 {
			t.Log(sum)
		}
	}
	t.Logf("seed %d: %v", seed, sum)
	if want >= 20 && sum.processes == 0 {
		t.Errorf("no killed run left a process: the test does not see what it is about")
	}
	if sum.paidTwice != 0 || sum.repeated != 0 {
		t.Errorf("paid twice: %d, repeated: %d", sum.paidTwice, sum.repeated)
	}
}

// killAndResume kills one run a number of times and lets it come to its end.
func (k *killTest) killAndResume(rng *rand.Rand, sum *killSummary, kills int, takes time.Duration, need map[string]int, diff string) {
	k.Helper()
	tree := k.tree()
	for {
		before := k.run()
		args := slices.Concat(k.search, killArgs)
		if before != nil {
			args = []string{"resume", "-sandbox", "none", filepath.Base(before.Dir)}
			sum.resumes++
		}
		point, after := "none:0", 5*time.Minute
		if kills > 0 {
			switch rng.IntN(3) {
			case 0:
				point = failpoints[rng.IntN(len(failpoints))]
				n := 1 + rng.IntN(5)
				if point == "header" || point == "truncated" {
					n = 1 // there is no second one
				}
				point = fmt.Sprintf("%s:%d", point, n)
			case 1:
				point = fmt.Sprintf("program:%d", 1+rng.IntN(2))
			case 2:
				after = time.Duration(rng.Int64N(int64(takes)))
				if before != nil {
					after /= 2 // a part is done
				}
			}
		}
		folders, began, sent := k.left(), k.began(), k.server.snapshot()
		journalled, evaluated := answered(before), k.evaluated(before)

		r := k.start(point, after, args...)

		if m := processesLeft.FindStringSubmatch(r.stderr); m != nil {
			n, _ := strconv.Atoi(m[1])
			sum.processes += n
		}
		if got := k.tree(); got != tree {
			k.Fatalf("the module changed (%s, %v)", point, after)
		}
		for key, n := range k.server.snapshot() {
			again := n - sent[key]
			if journalled[key] && again > 0 {
				sum.paidTwice += again
				k.Errorf("%v: paid again (%s, %v)\n%s", key, point, after, r.stderr)
			}
		}
		for v, n := range k.began() {
			if over := n - began[v] - max(0, need[v]-evaluated[v]); over > 0 {
				sum.repeated += over
				k.Errorf("%s was evaluated %d times, of which the journal had %d: %d too often (%s, %v)\n%s", v, n-began[v], evaluated[v], over, point, after, r.stderr)
			}
		}
		run := k.run()
		if run != nil && before != nil && len(run.Resumed) > len(before.Resumed) {
			for _, f := range folders {
				if slices.Contains(k.left(), f) {
					k.Errorf("%s was left by the next start (%s, %v)", f, point, after)
				}
			}
		}
		if !r.killed {
			if r.code != 0 || r.stdout != diff {
				k.Fatalf("code %d, another diff (%s, %v):\n%s%s", r.code, point, after, r.stdout, r.stderr)
			}
			if run == nil || run.End == nil {
				k.Fatalf("a run without an end:\n%s", r.stderr)
			}
			if left := k.left(); len(left) > 0 {
				k.Errorf("left in the directory for temporary files: %q", left)
			}
			if left := k.processes(); len(left) > 0 {
				k.Errorf("still running: %q", left)
			}
			break
		}
		kills--
		sum.kills++
		if point != "none:0" {
			sum.atPoints++
		}
		if run == nil {
			sum.early++
			continue
		}
		for key, n := range k.server.snapshot() {
			if n > sent[key] && !answered(run)[key] {
				sum.inFlight += n - sent[key]
			}
		}
		if !run.Cut && rng.IntN(3) == 0 {
			k.tear(run, rng)
			sum.torn++
		}
	}
	// Once more: it is finished, and says the same.
	if r := k.start("none:0", time.Minute, "resume", "-sandbox", "none", filepath.Base(k.run().Dir)); r.code != 0 || r.stdout != diff || !strings.Contains(r.stderr, "is finished") {
		k.Errorf("resumed after its end: code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}
