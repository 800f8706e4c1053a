package train

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"

	"github.com/opto-go/trace/internal/ui"
)

// A console writes what a run says on stderr. On a terminal the last line is
// live and shows what is going on; elsewhere there are plain lines only, and what is
// going on becomes one when nothing was printed for a while.
type console struct {
	mu    sync.Mutex
	w     io.Writer
	width int    // of the terminal; 0: not a terminal
	live  string // the live line as it stands
	beat  heartbeat

	warned []string
	heed   func(text string) // told of every warning; may be nil
}

func newConsole(w io.Writer) *console {
	c := &console{w: w, beat: heartbeat{after: afterFunc}}
	if f, ok := w.(*os.File); ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd())) {
		c.width = 80
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			c.width = width
		}
	}
	return c
}

// say prints a line that stays.
func (c *console) say(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
	ui.Note(c.w, Name, format, args...)
	c.draw()
	c.beat.printed(c)
}

func (c *console) warn(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
	ui.Warn(c.w, Name, format, args...)
	c.draw()
	c.beat.printed(c)
	text := fmt.Sprintf(format, args...)
	c.warned = append(c.warned, text)
	if c.heed != nil {
		c.heed(text)
	}
}

func (c *console) hint(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
	ui.Hint(c.w, Name, format, args...)
	c.draw()
	c.beat.printed(c)
}

// now replaces the live line. Without a terminal it is printed only if it lasts.
func (c *console) now(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " ")
	if c.width == 0 {
		c.beat.now(c, text)
		return
	}
	c.erase()
	line := []rune(text)
	if len(line) >= c.width {
		line = append(line[:max(0, c.width-2)], '…')
	}
	c.live = string(line)
	c.draw()
}

// done removes the live line: nothing is going on any more.
func (c *console) done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
	c.live = ""
	c.beat.end()
}

func (c *console) erase() {
	if c.live != "" {
		io.WriteString(c.w, "\r\x1b[K")
	}
}

func (c *console) draw() {
	if c.live != "" {
		io.WriteString(c.w, c.live)
	}
}
