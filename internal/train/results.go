package train

import (
	"encoding/json"
	"fmt"

	"github.com/opto-go/trace/internal/train/journal"
)

// A keptCase is an outcome as the journal keeps it: unabridged, and by the
// name in its unit, so that an objective can be made of it again.
type keptCase struct {
	Unit     string   `json:"unit"` // import path
	Case     string   `json:"case"`
	Result   string   `json:"result"`
	Score    *float64 `json:"score,omitempty"`
	Feedback []string `json:"feedback,omitempty"`
}

// keepResults stores what the cases gave.
func (s *session) keepResults(ev *evaluation) (err error) {
	if s.log == nil {
		return nil // nothing is trained
	}
	list := make([]keptCase, 0, len(ev.cases))
	for _, o := range ev.cases {
		list = append(list, keptCase{Unit: o.unit.pkg, Case: o.local, Result: o.result, Score: o.score, Feedback: o.feedback})
	}
	data, err := json.Marshal(list)
	if err != nil {
		return err
	}
	ev.results, err = s.log.Blob(data)
	return err
}

func readKept(blob func(journal.Hash) ([]byte, error), h journal.Hash) ([]keptCase, error) {
	data, err := blob(h)
	if err != nil {
		return nil, err
	}
	var list []keptCase
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("blob %s: %w", h.Short(), err)
	}
	return list, nil
}

// readResults is the inverse of keepResults.
func (s *session) readResults(blob func(journal.Hash) ([]byte, error), h journal.Hash) (*evaluation, error) {
	list, err := readKept(blob, h)
	if err != nil {
		return nil, err
	}
	units := map[string]*unit{}
	for _, u := range s.units {
		units[u.pkg] = u
	}
	if s.score != nil {
		units[s.score.unit.pkg] = s.score.unit
	}
	ev := &evaluation{results: h}
	for _, c := range list {
		u := units[c.Unit]
		if u == nil {
			return nil, fmt.Errorf("blob %s: package %s is not in the run", h.Short(), c.Unit)
		}
		ev.cases = append(ev.cases, outcome{
			name: s.caseName(u, c.Case), unit: u, local: c.Case, result: c.Result, score: c.Score, feedback: c.Feedback,
		})
	}
	return ev, nil
}
