package train

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/train/journal"
)

// The live line is replaced, makes room for lines that stay, and is never
// written where there is no terminal.
func TestConsole(t *testing.T) {
	var buf bytes.Buffer
	c := newConsole(&buf)
	c.now("working")
	c.say("done %d", 1)
	c.done()
	if got, want := buf.String(), "tracetrain: done 1\n"; got != want {
		t.Errorf("without a terminal: %q, want %q", got, want)
	}

	buf.Reset()
	c = newConsole(&buf)
	c.width = 10
	c.now("working hard\nand long")
	c.say("done")
	c.done()
	c.done()
	const erase = "\r\x1b[K"
	if got, want := buf.String(), "working …"+erase+"tracetrain: done\nworking …"+erase; got != want {
		t.Errorf("on a terminal: %q, want %q", got, want)
	}
}

// A handClock is a clock that goes on when it is told to.
type handClock struct {
	now    time.Duration
	timers []*handTimer
}

type handTimer struct {
	at time.Duration
	f  func() // nil: stopped, or over
}

func (h *handClock) after(d time.Duration, f func()) (stop func()) {
	t := &handTimer{h.now + d, f}
	h.timers = append(h.timers, t)
	return func() { t.f = nil }
}

func (h *handClock) pass(d time.Duration) {
	for end := h.now + d; h.now < end; {
		h.now += time.Second
		for _, t := range h.timers {
			if f := t.f; f != nil && t.at <= h.now {
				t.f = nil
				f()
			}
		}
	}
}

func (h *handClock) running() (n int) {
	for _, t := range h.timers {
		if t.f != nil {
			n++
		}
	}
	return n
}

// Without a terminal it is said what is going on, once nothing was printed for a while.
func TestHeartbeat(t *testing.T) {
	for _, tt := range []struct {
		what string
		do   func(c *console, h *handClock)
		want []string
	}{
		{"short", func(c *console, h *handClock) {
			c.now("a")
			h.pass(14 * time.Second)
		}, nil},
		{"long", func(c *console, h *handClock) {
			c.now("a")
			h.pass(10 * time.Second)
			c.now("b")
			h.pass(5 * time.Second)
		}, []string{"b"}},
		{"not more often than that", func(c *console, h *handClock) {
			for _, text := range strings.Split("abcdefghijklmnopqrstuvwxyzABCDEF", "") {
				c.now("%s", text)
				h.pass(time.Second)
			}
		}, []string{"o", "D"}},
		{"something else was printed", func(c *console, h *handClock) {
			c.now("a")
			h.pass(14 * time.Second)
			c.say("step")
			h.pass(14 * time.Second)
			c.warn("odd")
			h.pass(14 * time.Second)
			c.hint("do")
			h.pass(14 * time.Second)
			h.pass(time.Second)
		}, []string{"step", "warning: odd", "hint: do", "a"}},
		{"the same takes twice as long each time", func(c *console, h *handClock) {
			c.now("a")
			h.pass(15*time.Second + 30*time.Second + 59*time.Second)
			c.say("now")
			h.pass(15 * time.Second)
			c.now("b")
			h.pass(15 * time.Second)
		}, []string{"a", "a", "now", "a", "b"}},
		{"what is new is not kept for longer", func(c *console, h *handClock) {
			c.now("a")
			h.pass(15 * time.Second)
			h.pass(8 * time.Second)
			c.now("b")
			h.pass(7 * time.Second)
		}, []string{"a", "b"}},
		{"nothing is going on any more", func(c *console, h *handClock) {
			c.now("a")
			c.done()
			h.pass(time.Hour)
			c.say("end")
			h.pass(time.Hour)
		}, []string{"end"}},
		{"a terminal shows it anyway", func(c *console, h *handClock) {
			c.width = 80
			c.now("a")
			h.pass(time.Hour)
		}, nil},
	} {
		var buf bytes.Buffer
		h := &handClock{}
		c := newConsole(&buf)
		c.beat.after = h.after
		tt.do(c, h)
		c.done()
		var got []string
		for line := range strings.Lines(buf.String()) {
			if text, ok := strings.CutPrefix(strings.TrimSpace(line), "tracetrain: "); ok {
				got = append(got, text)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.what, diff)
		}
		if n := h.running(); n > 0 {
			t.Errorf("%s: %d timers are left", tt.what, n)
		}
	}
}

func TestStepCount(t *testing.T) {
	total := func(failed int) *evaluation { return &evaluation{total: journal.Total{Failed: failed, Scored: 18}} }
	s := &session{pool: &pool{best: []*state{{eval: total(5)}}}}
	n := s.countStep(1, 300)
	check := func(want string) {
		t.Helper()
		if got := n.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	check("step 1: 0 of 300 candidates, best 5 of 18 failing")
	n.add(total(7))
	n.add(nil)
	n.add(&evaluation{rejected: "it does not compile"})
	check("step 1: 3 of 300 candidates, best 5 of 18 failing")
	n.add(total(3))
	n.add(total(4))
	check("step 1: 5 of 300 candidates, best 3 of 18 failing")

	s.gauge = &gauge{}
	n = s.countStep(2, 1)
	n.add(total(3))
	check("step 2: 1 of 1 candidate")
}
