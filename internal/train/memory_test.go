package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/opto-go/trace/internal/train/journal"
)

// A journal with 10,000 candidates is shown, resumed and replayed in less than
// 200 MB.
func TestMemory(t *testing.T) {
	const candidates, cases, most = 10_000, 50, 200 << 20
	dir := filepath.Join(t.TempDir(), "run")
	log, err := journal.Create(dir, journal.Header{Module: "example.com/m", Files: map[string]journal.Hash{}})
	if err != nil {
		t.Fatal(err)
	}
	list := func(i int) []journal.Case {
		var list []journal.Case
		for j := range cases {
			c := journal.Case{Name: fmt.Sprintf("TestOfSomething/case_%d", j), Result: "pass"}
			if j%5 == 0 {
				c.Result, c.Feedback = "fail", fmt.Sprintf("m_test.go:%d: candidate %d got %s", j, i, strings.Repeat("x", 300))
			}
			list = append(list, c)
		}
		return list
	}
	if err := log.Append(journal.Record{Baseline: &journal.Baseline{Candidate: "b", Cases: list(-1)}}); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	// The writer would sync each of the lines to disk.
	f, err := os.OpenFile(filepath.Join(dir, journal.File), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range candidates {
		line, err := json.Marshal(journal.Record{Candidate: &journal.Candidate{
			Hash: journal.Sum([]byte(fmt.Sprint(i))), Step: 1 + i/32, Index: i % 32,
			Assign:    map[string]journal.Hash{"example.com/m.F": journal.Sum([]byte(fmt.Sprint("source", i)))},
			Reasoning: strings.Repeat("why ", 50), Total: &journal.Total{Failed: 10, Scored: cases}, Cases: list(i),
			Results: journal.Sum([]byte(fmt.Sprint("results", i))),
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(append(line, '\n')); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		use  func(*journal.Run) error
	}{
		{"show", func(run *journal.Run) error { return Show(io.Discard, run, true) }},
		{"resume", func(run *journal.Run) error { newRecall(run); return nil }},
		{"replay", func(run *journal.Run) error { // compares two journals
			run.KeepCasesOf(journal.Sum([]byte("9")))
			again, err := journal.Open(dir)
			if err == nil && differentCases("", run.CasesOf(journal.Sum([]byte("9"))), again.CasesOf(journal.Sum([]byte("9")))) != "" {
				err = errors.New("they differ")
			}
			return err
		}},
	} {
		peak := peakMemory(func() {
			run, err := journal.Open(dir)
			if err == nil && len(run.Candidates) != candidates {
				err = fmt.Errorf("%d candidates", len(run.Candidates))
			}
			if err == nil {
				err = tt.use(run)
			}
			if err != nil {
				t.Error(err)
			}
		})
		t.Logf("%s: %d MB", tt.name, peak>>20)
		if peak > most {
			t.Errorf("%s takes %d MB", tt.name, peak>>20)
		}
	}
}

// peakMemory is the most memory in use while f runs.
func peakMemory(f func()) (peak uint64) {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	done, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for {
			metrics.Read(sample)
			peak = max(peak, sample[0].Value.Uint64()-sample[1].Value.Uint64()-sample[2].Value.Uint64())
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	f()
	close(done)
	<-stopped
	return peak
}
