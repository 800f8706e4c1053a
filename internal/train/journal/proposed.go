package journal

import (
	"encoding/json"
	"fmt"
)

// Proposed is what candidates of a step change of the original. It is written before
// they run.
type Proposed struct {
	Step  int  `json:"step"`
	Diffs Hash `json:"diffs"` // blob: map of candidate → unified diff as JSON
}

// DiffOf returns the unified diff from the original to a candidate; false if the run
// has none, because it is of an earlier version or the candidate was never applied.
func (r *Run) DiffOf(h Hash) (diff string, ok bool, err error) {
	if r.Baseline != nil && h == r.Baseline.Candidate {
		return "", true, nil
	}
	for _, p := range r.Proposed {
		data, err := r.Blob(p.Diffs)
		if err != nil {
			return "", false, err
		}
		var diffs map[Hash]string
		if err := json.Unmarshal(data, &diffs); err != nil {
			return "", false, fmt.Errorf("blob %s: %w", p.Diffs.Short(), err)
		}
		if diff, ok := diffs[h]; ok {
			return diff, true, nil
		}
	}
	if r.End != nil && r.End.Best == h && r.End.Diff != "" {
		data, err := r.Blob(r.End.Diff)
		return string(data), err == nil, err
	}
	return "", false, nil
}
