package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opto-go/trace/internal/llm"
)

// A badGo is a go command that fails now and then: the real one behind a script,
// in a tree that looks like the real one.
type badGo struct{ dir string }

const badGoScript = `#!/bin/sh
if [ -f "HERE/every" ]; then
	read -r every < "HERE/every"
	echo >> "HERE/calls"
	if [ $(($(wc -l < "HERE/calls") % every)) -eq 0 ]; then
		echo >> "HERE/failed"
		echo 'go: something broke' >&2
		exit 1
	fi
fi
exec "REAL/bin/go" "$@"
`

func newBadGo(t *testing.T) *badGo {
	goroot, g := goEnv(t, "GOROOT"), &badGo{t.TempDir()}
	if err := os.Mkdir(g.root(), 0o777); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(goroot)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "bin" {
			err = errors.Join(err, os.Symlink(filepath.Join(goroot, e.Name()), filepath.Join(g.root(), e.Name())))
		}
	}
	script := strings.NewReplacer("HERE", g.dir, "REAL", goroot).Replace(badGoScript)
	err = errors.Join(err, os.Mkdir(filepath.Join(g.root(), "bin"), 0o777),
		os.WriteFile(filepath.Join(g.root(), "bin", "go"), []byte(script), 0o777))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *badGo) root() string { return filepath.Join(g.dir, "goroot") }

func (g *badGo) env() []string {
	return []string{"GOROOT=" + g.root(), "PATH=" + filepath.Join(g.root(), "bin") + string(os.PathListSeparator) + os.Getenv("PATH")}
}

// every makes each nth call fail; none with 0.
func (g *badGo) every(t *testing.T, n int) {
	t.Helper()
	name := filepath.Join(g.dir, "every")
	err := os.Remove(name)
	if n > 0 {
		err = os.WriteFile(name, fmt.Appendln(nil, n), 0o666)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

// failed counts the calls that failed, each a line.
func (g *badGo) failed() int { return int(sizeOf(filepath.Join(g.dir, "failed"))) }

// faultSummary counts over all runs.
type faultSummary struct {
	runs, starts, resumes        int
	once, twice, full, toolchain int // starts that were troubled, by what
	paid, cut, inFlight          int // answers, and those that were lost
	paidTwice                    int
	evaluations, repeated        int
	same                         int // runs with the result that there is without faults
}

func (s faultSummary) text(server *faultyServer, g *badGo) string {
	server.mu.Lock()
	defer server.mu.Unlock()
	var kinds []string
	for _, kind := range faultKinds {
		kinds = append(kinds, fmt.Sprintf("%s %d", kind, server.faults[kind]))
	}
	return fmt.Sprintf("%d runs in %d starts (%d resumes): %d calls, faults: %s; go command failed %d times in %d starts, disk full in %d, Ctrl-C once in %d and twice in %d; "+
		"answers paid for: %d, lost: %d broken off by the server, %d in flight when the run was stopped, paid twice: %d; evaluations: %d, repeated: %d; the result without faults: %d times",
		s.runs, s.starts, s.resumes, server.calls, strings.Join(kinds, ", "), g.failed(), s.toolchain, s.full, s.once, s.twice,
		s.paid, s.cut, s.inFlight, s.paidTwice, s.evaluations, s.repeated, s.same)
}

// A run whose model, toolchain and disk fail and that is interrupted, and
// resumed until it is done, ends like one without such troubles, and nothing that
// was paid for is lost but what was under way.
//
// TRACE_FAULTS says how many troubled starts there shall be, TRACE_FAULTS_SEED
// what is random.
func TestFaultRun(t *testing.T) {
	troubleOthers(t)
	want, seed := int(envNumber(t, "TRACE_FAULTS", 2)), envNumber(t, "TRACE_FAULTS_SEED", 1)
	toolchain := newBadGo(t)
	f := &faultTest{
		alone:  letAlone(t, newPayServer(t), toolchain.env()...),
		server: newFaultyServer(t), toolchain: toolchain, rng: rand.New(rand.NewPCG(seed, 0)),
	}
	troubled := 0
	for troubled < want && !t.Failed() {
		f.sum.runs++
		troubled += f.run(t, min(want-troubled, 4))
	}
	t.Logf("seed %d: %s", seed, f.sum.text(f.server, toolchain))
	if want >= 20 && (f.sum.cut == 0 || f.sum.inFlight == 0 || toolchain.failed() == 0 || f.sum.full == 0 && canMount()) {
		t.Errorf("a kind of trouble did not come: the test does not see what it is about")
	}
}

type faultTest struct {
	alone     reference
	server    *faultyServer
	toolchain *badGo
	rng       *rand.Rand
	sum       faultSummary
}

// run begins a run, troubles it so often, and lets it come to its end. It
// returns how many starts were troubled.
func (f *faultTest) run(t *testing.T, troubles int) (troubled int) {
	k := newKillTest(t, f.server.payServer)
	k.env, k.search = f.toolchain.env(), killSearches[f.sum.runs%len(killSearches)]
	if canMount() {
		mountDisk(t, k.tmp, "1g")
		if err := os.Mkdir(k.runs, 0o777); err != nil {
			t.Fatal(err)
		}
		mountDisk(t, k.runs, "64m")
	}
	tree, paid, cut := k.tree(), f.server.snapshot(), f.server.broken()
	for {
		before := k.run()
		args := slices.Concat(k.search, []string{"-llm-timeout", "5s"}, killArgs)
		if before != nil {
			args = []string{"resume", "-sandbox", "none", "-llm-timeout", "5s", filepath.Base(before.Dir)}
			f.sum.resumes++
		}
		what := "nothing"
		if troubled < troubles {
			troubled++
			what = f.trouble(k)
		}
		began, sent, journalled, evaluated := k.began(), f.server.snapshot(), answered(before), k.evaluated(before)
		f.sum.starts++
		r := k.start("none:0", 10*time.Minute, args...)
		f.calm(k)

		if got := k.tree(); got != tree {
			t.Fatalf("the module changed (%s)", what)
		}
		for key, n := range f.server.snapshot() {
			if again := n - sent[key]; journalled[key] && again > 0 {
				f.sum.paidTwice += again
				t.Errorf("%v: paid again (%s)\n%s", key, what, r.stderr)
			}
		}
		for v, n := range k.began() {
			if over := n - began[v] - max(0, f.alone.need[v]-evaluated[v]); over > 0 {
				f.sum.repeated += over
				t.Errorf("%s was evaluated %d times, of which the journal had %d: %d too often (%s)\n%s", v, n-began[v], evaluated[v], over, what, r.stderr)
			}
		}
		run := k.run()
		if r.code == 0 {
			if r.stdout != f.alone.stdout {
				t.Fatalf("another diff (%s):\n%s%s", what, r.stdout, r.stderr)
			}
			if left := k.left(); len(left) > 0 {
				t.Errorf("left in the directory for temporary files: %q", left)
			}
			if left := k.processes(); len(left) > 0 {
				t.Errorf("still running: %q", left)
			}
			for _, n := range k.evaluated(run) {
				f.sum.evaluations += n
			}
			f.account(t, answered(run), paid, cut)
			f.sum.same++
			return troubled
		}
		if what == "nothing" {
			t.Fatalf("the run did not go on: code %d\n%s%s", r.code, r.stdout, r.stderr)
		}
		if !r.killed && r.code != 1 && r.code != 2 {
			t.Errorf("code %d (%s)\n%s", r.code, what, r.stderr)
		}
	}
}

// account adds what a run paid for. Each answer that the server made is in the
// journal once, or was cut, or was on its way when the run was stopped.
func (f *faultTest) account(t *testing.T, kept map[llm.Key]bool, paid, cut map[llm.Key]int) {
	t.Helper()
	broken := f.server.broken()
	for key, n := range f.server.snapshot() {
		made, lost := n-paid[key], broken[key]-cut[key]
		f.sum.paid += made
		f.sum.cut += lost
		if kept[key] {
			made--
		} else if made > 0 {
			t.Errorf("%v: %d answers were made, and the journal has none", key, made)
		}
		f.sum.inFlight += made - lost
	}
}

// trouble chooses what befalls the next start, and says so.
func (f *faultTest) trouble(k *killTest) string {
	kinds := []string{"Ctrl-C", "Ctrl-C twice", "go command", "full disk"}
	if !canMount() {
		kinds = kinds[:3]
	}
	switch kind := kinds[(f.sum.once+f.sum.twice+f.sum.toolchain+f.sum.full+f.sum.runs)%len(kinds)]; kind {
	case "go command":
		f.sum.toolchain++
		n := 2 + f.rng.IntN(6)
		f.toolchain.every(k.T, n)
		return fmt.Sprintf("%s fails each %dth time", kind, n)
	case "full disk":
		f.sum.full++
		if f.rng.IntN(2) == 0 {
			n := f.rng.Int64N(8 << 20)
			resizeDisk(k.T, k.tmp, n)
			return fmt.Sprintf("%d bytes for temporary files", n)
		}
		n := 8<<10 + f.rng.Int64N(40<<10)
		if f.rng.IntN(2) == 0 {
			n += 4 << 20 // the reserve has room
		}
		resizeDisk(k.T, k.runs, n)
		return fmt.Sprintf("%d bytes for the run", n)
	default:
		// At some time, or while the model is asked.
		after, call := time.Duration(f.rng.Int64N(int64(f.alone.takes))), 0
		if f.rng.IntN(2) == 0 {
			after, call = 0, f.server.asked()+1+f.rng.IntN(4)
		}
		again := time.Duration(-1)
		f.sum.once++
		if kind != "Ctrl-C" {
			f.sum.once--
			f.sum.twice++
			again = time.Duration(f.rng.Int64N(int64(200 * time.Millisecond)))
		}
		k.during = func(p *os.Process, ended <-chan struct{}) {
			for f.server.asked() < call {
				select {
				case <-ended:
					return
				case <-time.After(2 * time.Millisecond):
				}
			}
			for _, wait := range []time.Duration{after, again} {
				select {
				case <-ended:
					return
				case <-time.After(max(wait, 0)):
				}
				if wait >= 0 {
					p.Signal(os.Interrupt)
				}
			}
		}
		return fmt.Sprintf("%s after %v or call %d, %v", kind, after, call, again)
	}
}

// calm takes the trouble back.
func (f *faultTest) calm(k *killTest) {
	k.during = nil
	f.toolchain.every(k.T, 0)
	if canMount() {
		resizeDisk(k.T, k.tmp, 1<<30)
		resizeDisk(k.T, k.runs, 64<<20)
	}
}
