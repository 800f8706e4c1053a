package differential

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/opto-go/trace/gen"
)

// outcome is how a comparison ended.
type outcome string

const (
	same      outcome = "same"
	different outcome = "different"
	varies    outcome = "differs from run to run without us"
	listed    outcome = "listed" // followed by ": " and the reason
)

// A summary counts what a suite found. It is printed when the suite ends; -v
// shows it.
type summary struct {
	what string // what the suite runs: programs, packages

	mu       sync.Mutex
	ends     map[outcome]int
	names    map[outcome][]string
	followed int
	opaque   map[string]int // functions that are not followed, by reason
	degraded map[string]int // constructs, by reason
	nodes    int
}

// newSummary begins a summary that t prints when its subtests are over.
func newSummary(t *testing.T, what string) *summary {
	s := &summary{what: what, ends: map[outcome]int{}, names: map[outcome][]string{}, opaque: map[string]int{}, degraded: map[string]int{}}
	t.Cleanup(func() { t.Log(s.String()) })
	return s
}

// end notes how one comparison ended.
func (s *summary) end(name string, o outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends[o]++
	s.names[o] = append(s.names[o], name)
}

// reasonDetail is what a reason says about one function only.
var reasonDetail = []struct {
	re *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`^calls \w+, which (.*)$`), "calls one that $1"},
	{regexp.MustCompile(`^\w+ is no input of the function literal, (.*)$`), "a variable is no input of the function literal, $1"},
	{regexp.MustCompile(`^\w+, which the function uses, (.*)$`), "a variable, which the function uses, $1"},
	{regexp.MustCompile(`^another \w+ is declared$`), "redeclares nil, int or string"},
	{regexp.MustCompile(`^(the rewritten body does not (?:type-check|parse)): .*$`), "$1"},
}

// add counts what the rewriting decided, and how many nodes were recorded.
func (s *summary) add(notes []gen.Note, nodes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes += nodes
	for _, n := range notes {
		why := n.Reason
		for _, d := range reasonDetail {
			why = d.re.ReplaceAllString(why, d.as)
		}
		switch n.Kind {
		case gen.NoteFlow:
			s.followed++
		case gen.NoteOpaque:
			s.opaque[why]++
		case gen.NoteDegraded:
			s.degraded[why]++
		}
	}
}

func (s *summary) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	total, opaque, degraded := 0, 0, 0
	for _, n := range s.ends {
		total += n
	}
	for _, n := range s.opaque {
		opaque += n
	}
	for _, n := range s.degraded {
		degraded += n
	}
	fmt.Fprintf(&b, "%s run: %d\n", s.what, total)
	ends := map[string]int{}
	for o, n := range s.ends {
		ends[string(o)] = n
	}
	counts(&b, ends)
	for _, o := range []outcome{different, varies} {
		sort.Strings(s.names[o])
		for _, name := range s.names[o] {
			fmt.Fprintf(&b, "        %s: %s\n", o, name)
		}
	}
	fmt.Fprintf(&b, "nodes recorded: %d\nfunctions followed: %d\nfunctions not followed: %d\n", s.nodes, s.followed, opaque)
	counts(&b, s.opaque)
	fmt.Fprintf(&b, "constructs degraded: %d\n", degraded)
	counts(&b, s.degraded)
	return b.String()
}

// counts prints what there is most of first.
func counts(w io.Writer, m map[string]int) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		if m[keys[i]] != m[keys[j]] {
			return m[keys[i]] > m[keys[j]]
		}
		return keys[i] < keys[j]
	})
	for _, k := range keys {
		fmt.Fprintf(w, "%6d  %s\n", m[k], k)
	}
}

// recordedNodes counts the nodes in the trace files of a folder. Every process
// that runs rewritten code leaves one; if it is not empty, it begins with a
// header.
func recordedNodes(t testing.TB, dir string) (nodes, files int) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		n, err := countNodes(name)
		if err != nil {
			t.Error(err)
		}
		nodes += n
	}
	return nodes, len(names)
}

func countNodes(name string) (n int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		switch {
		case first && len(line) > 0 && !bytes.HasPrefix(line, []byte(`{"trace":`)):
			return 0, fmt.Errorf("%s: no header", filepath.Base(name))
		case bytes.HasPrefix(line, []byte(`{"n":`)):
			n++
		}
		for err == bufio.ErrBufferFull { // the rest of a long line
			_, err = r.ReadSlice('\n')
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
