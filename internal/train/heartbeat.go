package train

import (
	"time"

	"github.com/opto-go/trace/internal/ui"
)

// quietTime is how long nothing is printed at least before it is said what is going on.
const quietTime = 15 * time.Second

// A heartbeat says what is going on where there is no live line that shows it, when
// nothing else was printed for a while. What it has said already it says again only
// after twice as long. Its console holds the lock in all methods.
type heartbeat struct {
	// after calls f later, in a goroutine of its own, unless it is stopped before.
	after func(d time.Duration, f func()) (stop func())

	doing string // what is going on; empty: nothing
	said  string // of that, what was printed last
	quiet int    // how often that was not said again
	most  int    // how often it will not be
	stop  func() // nil: no timer runs
	turn  int    // of the timer: one that was stopped too late says nothing
}

func afterFunc(d time.Duration, f func()) (stop func()) {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// now takes in what is going on.
func (b *heartbeat) now(c *console, text string) {
	b.doing = text
	if b.stop == nil {
		b.set(c)
	}
}

// printed begins to wait anew, for there was something to read.
func (b *heartbeat) printed(c *console) {
	b.said = ""
	if b.doing != "" {
		b.set(c)
	}
}

// set has the next beat come in a while.
func (b *heartbeat) set(c *console) {
	b.halt()
	turn := b.turn
	b.stop = b.after(quietTime, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if turn == b.turn && b.doing != "" {
			b.beat(c)
			b.set(c)
		}
	})
}

func (b *heartbeat) beat(c *console) {
	switch {
	case b.doing != b.said:
		b.quiet, b.most = 0, 1
	case b.quiet < b.most:
		b.quiet++
		return
	default:
		b.quiet, b.most = 0, 2*b.most+1
	}
	b.said = b.doing
	ui.Note(c.w, Name, "%s", b.doing)
}

func (b *heartbeat) halt() {
	b.turn++
	if b.stop != nil {
		b.stop()
		b.stop = nil
	}
}

// end stops the timer.
func (b *heartbeat) end() {
	b.halt()
	b.doing, b.said = "", ""
}
