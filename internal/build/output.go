package build

import (
	"bufio"
	"io"
	"strings"
	"time"
)

// marker precedes every line that package testing itself prints under
// -test.v=test2json.
const marker = '\x16'

// readOutput reads what a test process prints under -test.v=test2json and
// gives each line to the case it belongs to. Only when there is no reporter do
// the lines also decide results.
func (c *collector) readOutput(r io.Reader) {
	br := bufio.NewReaderSize(r, 64<<10)
	current := ""
	for {
		part, err := br.ReadSlice('\n')
		if len(part) > 0 {
			current = c.line(string(part), current)
		}
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}

// line takes a line, or a piece of a long one, printed while current was
// running, and returns what is running then.
func (c *collector) line(s, current string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written += int64(len(s))
	if c.maxPrint > 0 && c.written > c.maxPrint {
		c.flood = true
		return current
	}
	if s == c.ours {
		return current
	}
	before, rest, marked := strings.Cut(s, string(marker))
	if !marked {
		// A panic is printed after its test and all parents were reported, so
		// the last mark names the wrong one.
		if len(c.crash.head) > 0 || strings.HasPrefix(s, "panic: ") || strings.HasPrefix(s, "fatal error: ") {
			c.crash.Write([]byte(s))
			return current
		}
		c.print(current, s)
		return current
	}
	if len(c.crash.head) > 0 { // it only looked like it
		c.print(current, c.crash.String())
		c.crash = bounded{limit: caseOutput}
	}
	if before != "" { // printed without a newline before package testing spoke
		c.print(current, before+"\n")
	}
	rest = strings.TrimRight(rest, "\r\n")
	word, name, ok := cutMark(rest)
	if !ok {
		if rest != "PASS" && rest != "FAIL" {
			c.print(current, rest+"\n")
		}
		return current
	}
	switch word {
	case "=== RUN":
		c.ran = true
		if c.weak {
			c.start(name, "", false)
		}
	case "=== PAUSE":
		c.paused[name] = true
	case "=== CONT":
		delete(c.paused, name)
		if t := c.byName[name]; t != nil {
			t.since = time.Now()
		}
	case "--- PASS", "--- FAIL", "--- SKIP", "--- BENCH":
		if c.weak {
			c.end(name, map[string]string{"--- PASS": Pass, "--- SKIP": Skip}[word], false)
		}
	}
	return name
}

// cutMark splits "--- FAIL: TestX/sub (0.01s)" and "=== RUN   TestX".
func cutMark(s string) (word, name string, ok bool) {
	for _, w := range []string{"=== RUN", "=== PAUSE", "=== CONT", "=== NAME"} {
		if rest, found := strings.CutPrefix(s, w); found {
			return w, strings.TrimSpace(rest), true
		}
	}
	for _, w := range []string{"--- PASS", "--- FAIL", "--- SKIP", "--- BENCH"} {
		if rest, found := strings.CutPrefix(s, w+": "); found {
			if i := strings.LastIndex(rest, " ("); i >= 0 {
				rest = rest[:i]
			}
			return w, rest, true
		}
	}
	return "", "", false
}

func (c *collector) print(current, s string) {
	if current == "" || len(c.outs) >= maxTestEvents {
		c.loose.Write([]byte(s))
		return
	}
	if c.outs[current] == nil {
		c.outs[current] = &bounded{limit: caseOutput}
	}
	c.outs[current].Write([]byte(s))
}
