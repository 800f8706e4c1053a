package train

import (
	"slices"

	"github.com/opto-go/trace/internal/train/journal"
)

// maxKeptWarning bounds what the journal keeps of a warning, which may quote
// whole prompts.
const maxKeptWarning = 2000

// keepWarnings writes what the run warned of, and will, to the journal: a
// report has to tell it. Where that fails, the next record fails too.
func (s *session) keepWarnings() {
	s.ui.onWarning(func(text string) {
		s.log.Append(journal.Record{Warning: &journal.Warning{Text: clip(text, maxKeptWarning)}})
	})
}

// onWarning calls f for every warning, also for those before.
func (c *console) onWarning(f func(text string)) {
	c.mu.Lock()
	earlier := slices.Clone(c.warned)
	c.heed = f
	c.mu.Unlock()
	for _, text := range earlier {
		f(text)
	}
}
