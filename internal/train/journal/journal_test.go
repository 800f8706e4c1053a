package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/llm"
)

// write makes a run with one record of each kind.
func write(t *testing.T, dir string) {
	t.Helper()
	w, err := Create(dir, Header{Tool: "devel", Go: "go1.26", Module: "example.com/m", Packages: []string{"example.com/m"}, Files: map[string]Hash{"m.go": Sum([]byte("x"))}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	blob := func(s string) Hash {
		h, err := w.Blob([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	half := 0.5
	for _, r := range []Record{
		{Baseline: &Baseline{Candidate: Sum(nil), Total: Total{Failed: 1, Scored: 2, Score: 0.5}, Cases: []Case{{Name: "TestA", Result: "fail", Feedback: "<no>"}, {Name: "TestB", Result: "pass", Score: &half}}}},
		{Call: &Call{Key: llm.Key{Step: 1}, Prompt: blob(`[{"role":"user","content":"do it"}]`), Error: "busy"}},
		{Call: &Call{Key: llm.Key{Step: 1}, Prompt: blob(`[{"role":"user","content":"do it"}]`), Answer: blob("done"), Finish: "stop"}},
		{Candidate: &Candidate{Hash: Sum([]byte("c")), Base: Sum(nil), Step: 1, Assign: map[string]Hash{"example.com/m.F": blob("func F() {}")}, Total: &Total{Scored: 2, Score: 1}}},
		{Accepted: &Accepted{Hash: Sum([]byte("c")), Step: 1}},
		{End: &End{Reason: "done", Best: Sum([]byte("c")), Diff: blob("--- a\n+++ b\n")}},
	} {
		if err := w.Append(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs", "one")
	write(t, dir)
	run, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if run.Cut || run.Header.Version != Version || run.Baseline == nil || len(run.Calls) != 2 || len(run.Candidates) != 1 || len(run.Accepted) != 1 || run.End == nil {
		t.Errorf("read %+v", run)
	}
	req, resp, ok := run.Answer(llm.Key{Step: 1})
	if !ok || resp.Text != "done" || resp.Finish != "stop" {
		t.Errorf("Answer = %+v, %v", resp, ok)
	}
	if diff := cmp.Diff([]llm.Message{{Role: "user", Content: "do it"}}, req.Messages); diff != "" {
		t.Errorf("prompt (-want +got):\n%s", diff)
	}
	if _, _, ok := run.Answer(llm.Key{Step: 2}); ok {
		t.Errorf("an answer that was never given")
	}
	if _, err := Create(dir, Header{}); err == nil {
		t.Errorf("Create over an existing run succeeded")
	}
}

// A run killed at any byte can be read up to its last whole line.
func TestKilledAnywhere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "one")
	write(t, dir)
	data, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.IndexByte(data, '\n') + 1
	for n := 0; n <= len(data); n++ {
		run, err := Read(bytes.NewReader(data[:n]))
		if n < first {
			if err == nil {
				t.Fatalf("%d bytes: no error without a header", n)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		whole := data[n-1] == '\n'
		if run.Cut == whole {
			t.Fatalf("%d bytes: cut = %v", n, run.Cut)
		}
		if got, want := len(run.Calls) > 0, bytes.Contains(data[:n], []byte(`"error":"busy"}}`+"\n")); got != want {
			t.Fatalf("%d bytes: has call: %v, want %v", n, got, want)
		}
	}
}

func TestReadErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", "no header"},
		{`{"baseline":{}}` + "\n", "line 1: no journal of a run"},
		{`{"header":{"version":3}}` + "\n", "format version 3 is newer than this program's 2"},
		{`{"header":{}}` + "\n", "format version 0"},
		{`{"header":{"version":1}}` + "\n{]\n{}\n", "line 2: invalid"},
		{"{]\n", "line 1: invalid"},
	} {
		_, err := Read(strings.NewReader(tt.in))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Read(%q) = %v, want %q", tt.in, err, tt.want)
		}
	}
}

func TestBlobs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "one")
	write(t, dir)
	run, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	h := run.Calls[1].Answer
	if err := os.WriteFile(filepath.Join(dir, blobDir, string(h)), []byte("changed"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Blob(h); err == nil || !strings.Contains(err.Error(), "not what its name says") {
		t.Errorf("a changed blob: %v", err)
	}
	for _, h := range []Hash{"", "../../etc/passwd", Hash(strings.Repeat("A", 64))} {
		if _, err := run.Blob(h); err == nil {
			t.Errorf("Blob(%q) succeeded", h)
		}
	}
}

func TestFind(t *testing.T) {
	runs := t.TempDir()
	for _, id := range []string{"20260102-a", "20260102-b", "20260103-c"} {
		write(t, filepath.Join(runs, id))
	}
	for _, tt := range []struct{ word, want, err string }{
		{"20260102-a", filepath.Join(runs, "20260102-a"), ""},
		{"20260103", filepath.Join(runs, "20260103-c"), ""},
		{filepath.Join(runs, "20260102-b"), filepath.Join(runs, "20260102-b"), ""},
		{"20260102", "", "several runs: 20260102-a, 20260102-b"},
		{"2025", "", `no run "2025"`},
		{"./none", "", "no run there"},
		{"", "", "no run there"},
	} {
		got, err := Find(runs, tt.word)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("Find(%q) = %q, %v", tt.word, got, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "one")
	w, err := Create(dir, Header{Module: "m"})
	if err != nil {
		f.Fatal(err)
	}
	w.Append(Record{Call: &Call{Key: llm.Key{Step: 1}, Prompt: Sum(nil), Answer: Sum(nil)}})
	w.Close()
	data, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("{\"header\":{\"version\":1}}\n{\"call\":{\"prompt\":\"../x\"}}\n{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		run.Dir = dir
		for _, c := range run.Calls {
			run.Answer(c.Key)
		}
		// What was read is never more than what a longer file holds.
		longer, err := Read(bytes.NewReader(append(data[:len(data):len(data)], "\n{}\n"...)))
		if err == nil && len(longer.Calls) < len(run.Calls) {
			t.Errorf("lost calls: %d of %d", len(longer.Calls), len(run.Calls))
		}
	})
}
