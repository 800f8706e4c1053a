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

	doing string        // what is going on; empty: nothing
	said  string        // of that, what was printed last
	wait  time.Duration // that the timer was set to
	stop  func()        // nil: no timer runs
	turn  int           // of the timer: one that was stopped too late says nothing
}

func afterFunc(d time.Duration, f func()) (stop func()) {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// now takes in what is going on.
func (b *heartbeat) now(c *console, text string) {
	b.doing = text
	if b.stop == nil || b.wait > quietTime && text != b.said {
		b.set(c, quietTime)
	}
}

// printed begins to wait anew, for there was something to read.
func (b *heartbeat) printed(c *console) {
	if b.doing != "" {
		b.set(c, quietTime)
	}
}

func (b *heartbeat) set(c *console, d time.Duration) {
	b.halt()
	b.wait = d
	turn := b.turn
	b.stop = b.after(d, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if turn == b.turn && b.doing != "" {
			ui.Note(c.w, Name, "%s", b.doing)
			b.said = b.doing
			b.set(c, 2*b.wait)
		}
	})
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
