package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var failpoints = []string{"header", "line", "torn", "written", "synced", "blob", "named", "truncated"}

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
	troubleOthers(t)
	want, seed := int(envNumber(t, "TRACE_KILLS", 4)), envNumber(t, "TRACE_KILLS_SEED", 1)
	server := newPayServer(t)
	alone := letAlone(t, server)
	if got := alone.evaluated(alone.run()); !maps.Equal(got, alone.need) {
		t.Fatalf("evaluations in the journal %v, processes %v", got, alone.need)
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
		k.killAndResume(rng, &sum, min(want-sum.kills, (want+1)/2, 3+rng.IntN(8)), alone)
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
func (k *killTest) killAndResume(rng *rand.Rand, sum *killSummary, kills int, alone reference) {
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
				after = time.Duration(rng.Int64N(int64(alone.takes)))
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
			if over := n - began[v] - max(0, alone.need[v]-evaluated[v]); over > 0 {
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
			if r.code != 0 || r.stdout != alone.stdout {
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
	if r := k.start("none:0", time.Minute, "resume", "-sandbox", "none", filepath.Base(k.run().Dir)); r.code != 0 || r.stdout != alone.stdout || !strings.Contains(r.stderr, "is finished") {
		k.Errorf("resumed after its end: code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}
