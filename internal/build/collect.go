package build

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"sync"
	"time"
)

// Results of a case.
const (
	Pass   = "pass"
	Fail   = "fail"
	Skip   = "skip"
	Killed = "killed" // it hung, or printed too much, and was stopped
)

// A collector follows the cases of one test process, or the one case of a
// program, while events and output come in.
type collector struct {
	key      string // begins the lines of the result pipe
	mu       sync.Mutex
	done     bool // package testing has run everything
	reporter bool // the reporter is alive; output then decides nothing
	weak     bool // there is no reporter: output decides
	ran      bool // the output says that a test ran
	order    []*testCase
	byName   map[string]*testCase
	changed  time.Time     // when a case last started or ended
	longest  time.Duration // that it was busy with one case, or with none

	loose    bounded // output of no case
	ours     string  // a line of it that comes of how the process was started; empty: there is none
	crash    bounded // what the runtime prints when it dies, or looks like it
	written  int64   // bytes printed
	maxPrint int64
	flood    bool // more than maxPrint were printed

	// By name, because the pipe and the output are not in step with each other.
	said   map[string]*said
	outs   map[string]*bounded
	paused map[string]bool // waits in t.Parallel
	ends   []*testCase     // in the order of their ends
}

// A testCase is a test or sub-test of one process.
type testCase struct {
	name    string
	parent  *testCase
	running int  // children that have started and not ended
	subs    bool // it has children
	ended   bool
	result  string
	own     bool // failed by itself
	since   time.Time
	elapsed time.Duration
}

// said is what trace.Score and trace.Feedback told about a case.
type said struct {
	score    *float64
	bad      bool // a score that is no number
	feedback []string
	units    map[string]float64 // of a benchmark
}

const (
	caseOutput    = 16 << 10 // kept of each case
	looseOutput   = 32 << 10 // kept of what belongs to none
	maxFeedback   = 50       // entries kept of each case
	maxEvent      = 1 << 20  // bytes of one line on the pipe
	maxTestEvents = 100_000  // cases followed in one process
)

func newCollector(weak bool, maxPrint int64) *collector {
	return &collector{
		key:      newKey(),
		weak:     weak,
		byName:   map[string]*testCase{},
		said:     map[string]*said{},
		outs:     map[string]*bounded{},
		paused:   map[string]bool{},
		changed:  time.Now(),
		maxPrint: maxPrint,
		loose:    bounded{limit: looseOutput},
		crash:    bounded{limit: caseOutput},
	}
}

// An event is a line of the result pipe.
type event struct {
	Reporter int             `json:"reporter"`
	Done     bool            `json:"done"`
	Start    string          `json:"start"`
	Parent   string          `json:"parent"`
	Case     string          `json:"case"`
	Result   string          `json:"result"`
	Own      bool            `json:"own"`
	Score    json.RawMessage `json:"score"`
	Feedback *string         `json:"feedback"`
	Name     string          `json:"name"`

	Units  map[string]quantity `json:"units"`  // of a benchmark
	Output string              `json:"output"` // of a benchmark that failed
}

// readResults reads the result pipe. Lines that it cannot read are skipped.
func (c *collector) readResults(r io.Reader) {
	br := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(br, maxEvent)
		var e event
		line, ok := c.keyed(line)
		if ok && json.Unmarshal(line, &e) == nil {
			c.event(e)
		}
		if err != nil {
			return
		}
	}
}

// readLine returns the next line without its end. A line longer than limit is
// cut.
func readLine(br *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		if free := limit - len(line); free > 0 {
			line = append(line, part[:min(free, len(part))]...)
		}
		if err == nil {
			return []byte(strings.TrimSuffix(string(line), "\n")), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

func (c *collector) event(e event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case e.Reporter > 0:
		c.reporter = true
	case e.Done:
		c.done = true
	case e.Start != "":
		c.start(e.Start, e.Parent, true)
	case e.Case != "":
		c.end(e.Case, e.Result, e.Own)
		c.measured(e.Case, e.Units, e.Output)
	case e.Score != nil:
		s := c.saidOf(e.Name)
		s.score, s.bad = nil, false
		var v float64
		if string(e.Score) == "null" || json.Unmarshal(e.Score, &v) != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			s.bad = true
		} else {
			s.score = &v
		}
	case e.Feedback != nil:
		if s := c.saidOf(e.Name); len(s.feedback) < maxFeedback {
			s.feedback = append(s.feedback, *e.Feedback)
		}
	}
}

func (c *collector) saidOf(name string) *said {
	if c.said[name] == nil {
		c.said[name] = &said{}
	}
	return c.said[name]
}

// start opens a case. Its parent is known from the reporter, else it is the
// longest name before a slash that has started.
func (c *collector) start(name, parent string, known bool) {
	if c.byName[name] != nil || len(c.order) >= maxTestEvents {
		return
	}
	if !known {
		for p := name; ; {
			i := strings.LastIndexByte(p, '/')
			if i < 0 {
				break
			}
			p = p[:i]
			if c.byName[p] != nil {
				parent = p
				break
			}
		}
	}
	c.done = false // package testing can be run more than once
	t := &testCase{name: name, parent: c.byName[parent], since: time.Now()}
	if t.parent != nil {
		t.parent.subs = true
		t.parent.running++
	}
	c.byName[name] = t
	c.order = append(c.order, t)
	c.changed = t.since
}

func (c *collector) end(name, result string, own bool) {
	t := c.byName[name]
	if t == nil {
		c.start(name, "", false)
		if t = c.byName[name]; t == nil {
			return
		}
	}
	if result != Pass && result != Skip {
		result = Fail
	}
	if t.ended {
		if result == Fail { // a name that ended twice: the worse one counts
			t.result = Fail
			t.own = t.own || own
		}
		return
	}
	now := time.Now()
	t.ended, t.result, t.own = true, result, own
	t.elapsed = now.Sub(t.since)
	if t.running == 0 && !c.paused[name] {
		c.longest = max(c.longest, t.elapsed)
	}
	c.ends = append(c.ends, t)
	c.changed = now
	if t.parent != nil {
		t.parent.running--
		if t.parent.running == 0 {
			t.parent.since = now // its own time begins again
		}
	}
}

// open returns the cases that have started, not ended, and wait for no child:
// what the process is busy with. The parents of paused tests are busy too.
func (c *collector) open() []*testCase {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.busyWith()
}

// busyWith is open for those who hold mu.
func (c *collector) busyWith() []*testCase {
	var open []*testCase
	for _, t := range c.order {
		if !t.ended && !c.paused[t.name] && t.running == 0 {
			open = append(open, t)
		}
	}
	return open
}

// overdue reports whether a case, or the process outside of all cases, has
// been busy for longer than limit, or has printed too much. It keeps how long that
// is, so that a limit can be told from runs without one.
func (c *collector) overdue(limit time.Duration) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flood {
		return "printed too much", true
	}
	now := time.Now()
	open := c.busyWith()
	busy := time.Duration(0)
	for _, t := range open {
		busy = max(busy, now.Sub(t.since))
	}
	if len(open) == 0 {
		busy = now.Sub(c.changed)
	}
	c.longest = max(c.longest, busy)
	if limit > 0 && busy > limit {
		return "took longer than " + limit.String(), true
	}
	return "", false
}

// busiest is the longest that the process was busy with one case, or with none.
func (c *collector) busiest() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.longest
}
