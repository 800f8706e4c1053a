package train

import (
	"encoding/json"

	"github.com/opto-go/trace/internal/train/journal"
)

// keepDiffs stores what candidates change of the original, for people: what they are
// assigned is relative to their parents, and the journal does not have the source.
// All are one blob, which costs little beside running them.
func (s *session) keepDiffs(step int, cands []*candidate) error {
	diffs := map[journal.Hash]string{}
	for _, c := range cands {
		if c.files == nil || c.skipped {
			continue
		}
		diff, err := s.diff(c.files)
		if err != nil {
			return err
		}
		diffs[c.hash] = diff
	}
	if len(diffs) == 0 {
		return nil
	}
	data, err := json.Marshal(diffs)
	if err != nil {
		return err
	}
	h, err := s.log.Blob(data)
	if err != nil {
		return err
	}
	return s.log.Append(journal.Record{Proposed: &journal.Proposed{Step: step, Diffs: h}})
}
