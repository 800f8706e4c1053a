package train

import (
	"io"

	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/report"
	"github.com/opto-go/trace/internal/ui"
)

// Formats of a report.
const (
	formatMarkdown = "markdown"
	formatJSON     = "json"
)

// Report writes what a run did for people who decide about its result.
func Report(w io.Writer, run *journal.Run, format string) error {
	r, err := report.New(run)
	if err != nil {
		return ui.Errorf("%w", err)
	}
	switch format {
	case "", formatMarkdown:
		return r.WriteMarkdown(w)
	case formatJSON:
		return r.WriteJSON(w)
	}
	return ui.Errorf("-format %s: no such format", format).WithHint("there are %s and %s", formatMarkdown, formatJSON)
}
