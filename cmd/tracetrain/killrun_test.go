package main

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

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
	os.Exit(start()) // started once, with the variables of this test
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

// reference is the run that nothing happens to.
type reference struct {
	*killTest
	takes  time.Duration
	need   map[string]int // processes of each value
	stdout string
}

// troubleOthers skips a test where nothing can be done to other processes.
func troubleOthers(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles many programs")
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells about other processes")
	}
}

// letAlone does that run with an environment of its own.
func letAlone(t *testing.T, server *payServer, env ...string) reference {
	t.Helper()
	k := newKillTest(t, server)
	k.env = env
	begin := time.Now()
	r := k.start("none:0", 10*time.Minute, killArgs...)
	takes := time.Since(begin)
	if r.code != 0 || !strings.Contains(r.stdout, "+func Value() int { return 1006 }") {
		t.Fatalf("the run that is let alone: code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	return reference{k, takes, k.began(), r.stdout}
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
