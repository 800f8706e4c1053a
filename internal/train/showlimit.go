package train

import (
	"time"

	"github.com/opto-go/trace/internal/train/journal"
)

// limit prints the time limit of a case.
func (p *printer) limit(run *journal.Run) {
	f := run.Settings().Flags
	limit, derived := run.Limit()
	given := time.Duration(f.TimeoutMS) * time.Millisecond
	switch {
	case derived != nil && limit < given:
		p.line("limit      %v a case in the first run of a candidate, else %v: %s", limit, given, derived.Text())
	case derived != nil:
		p.line("limit      %v a case: %s", limit, derived.Text())
	case !f.NoTimeout || run.Baseline != nil:
		p.line("limit      %v a case", limit)
	}
}
