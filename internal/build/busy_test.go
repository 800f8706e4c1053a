package build

import (
	"testing"
	"time"
)

// TestBusy has a process that is busy for a while with each of the things that the
// time limit of a case bounds. No time passes.
func TestBusy(t *testing.T) {
	ago := func(c *collector, name string, d time.Duration) { c.byName[name].since = time.Now().Add(-d) }
	for _, tt := range []struct {
		what string
		do   func(c *collector)
		want time.Duration // at least
	}{
		{"nothing", func(c *collector) {}, 0},
		{"before all cases", func(c *collector) {
			c.changed = time.Now().Add(-3 * time.Minute)
			c.overdue(0)
			c.start("TestA", "", true)
			c.end("TestA", Pass, false)
		}, 3 * time.Minute},
		{"a case", func(c *collector) {
			c.start("TestA", "", true)
			ago(c, "TestA", 2*time.Minute)
			c.end("TestA", Fail, true)
			c.start("TestB", "", true)
			c.end("TestB", Pass, false)
		}, 2 * time.Minute},
		{"a case that does not end", func(c *collector) {
			c.start("TestA", "", true)
			ago(c, "TestA", 2*time.Minute)
			c.overdue(0)
		}, 2 * time.Minute},
		{"a test before its sub-tests", func(c *collector) {
			c.start("TestA", "", true)
			ago(c, "TestA", 4*time.Minute)
			c.overdue(0)
			c.start("TestA/b", "TestA", true)
			c.end("TestA/b", Pass, false)
			c.end("TestA", Pass, false)
		}, 4 * time.Minute},
		{"a test whose sub-tests take their time", func(c *collector) {
			c.start("TestA", "", true)
			c.start("TestA/b", "TestA", true)
			ago(c, "TestA", 5*time.Minute)
			c.overdue(0)
			c.end("TestA/b", Pass, false)
			c.end("TestA", Pass, false)
		}, 0},
		{"a test that waits for others", func(c *collector) {
			c.start("TestA", "", true)
			c.paused["TestA"] = true
			ago(c, "TestA", 5*time.Minute)
			c.overdue(0)
			c.end("TestA", Pass, false)
		}, 0},
	} {
		c := newCollector(false, 0)
		tt.do(c)
		if got := c.busiest(); got < tt.want || got > tt.want+time.Minute {
			t.Errorf("%s: busy for %v, want %v", tt.what, got, tt.want)
		}
	}
}

// TestOverdue checks what the limit is about.
func TestOverdue(t *testing.T) {
	c := newCollector(false, 0)
	c.start("TestA", "", true)
	c.byName["TestA"].since = time.Now().Add(-time.Hour)
	if why, over := c.overdue(2 * time.Hour); over {
		t.Errorf("within the limit: %s", why)
	}
	if why, over := c.overdue(time.Minute); !over || why != "took longer than 1m0s" {
		t.Errorf("%v, %q", over, why)
	}
	if why, over := c.overdue(0); over {
		t.Errorf("without a limit: %s", why)
	}
}
