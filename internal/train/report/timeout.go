package report

import (
	"time"

	"github.com/opto-go/trace/internal/train/journal"
)

// timeout fills in the time limit of a case.
func (r *Report) timeout(run *journal.Run) {
	limit, derived := run.Limit()
	r.Setup.Timeout, r.Setup.TimeoutFrom = limit.Milliseconds(), derived.Text()
}

// timeoutText is the limit, and where it comes from if nobody gave it.
func (r *Report) timeoutText(p *page) string {
	text := (time.Duration(r.Setup.Timeout) * time.Millisecond).String()
	if from := r.Setup.TimeoutFrom; from != "" {
		text += " (" + p.cell(from) + ")"
	}
	return text
}
