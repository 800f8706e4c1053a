package report

import (
	"fmt"
	"slices"

	"github.com/opto-go/trace/internal/train/journal"
)

// Scores is what rounds told where scores vary from run to run: of the result
// beside the original, or, until that is done, beside what was accepted before
// it.
type Scores struct {
	Vary       []Varying         `json:"vary"`             // none where only the result's did
	Beside     string            `json:"beside,omitempty"` // original or base; empty: there was no comparison
	Before     float64           `json:"before"`           // mean of all rounds, or of all runs of the original
	After      float64           `json:"after"`
	Difference *journal.Estimate `json:"difference,omitempty"`
	Rounds     int               `json:"rounds"`
	Mends      bool              `json:"mends,omitempty"`   // it is better because fewer cases fail in every round
	Outcome    string            `json:"outcome,omitempty"` // why it does not count as better
}

// Varying is a case whose score differed between runs of the original.
type Varying struct {
	Name string  `json:"name"`
	Runs int     `json:"runs"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// scores takes the last comparison of the result, as benchmarks does.
func (r *Report) scores(run *journal.Run, best journal.Hash) {
	if run.Baseline == nil {
		return
	}
	s := &Scores{Vary: []Varying{}, Before: run.Baseline.Total.Score}
	for _, v := range run.Baseline.Vary {
		if len(v.Values) > 0 {
			s.Vary = append(s.Vary, Varying{v.Case, len(v.Values), slices.Min(v.Values), slices.Max(v.Values)})
		}
	}
	m := lastMeasured(run, best)
	if m != nil && (m.Unit != journal.Scores || m.Base == "" || len(m.Benchmarks) != 1) {
		m = nil
	}
	if m == nil && len(s.Vary) == 0 {
		return
	}
	if m != nil {
		b := m.Benchmarks[0]
		s.Before, s.After, s.Rounds = mean(b.Base), mean(b.Values), len(b.Values)
		s.Difference, s.Mends, s.Outcome = m.Difference, m.Mends, m.Why
		s.Beside = "base"
		if m.Base == run.Baseline.Candidate {
			s.Beside = "original"
		}
	}
	r.Scores = s
}

// lastMeasured is the last comparison of the result with the original, else with
// what it was accepted beside, else the measurement of the original.
func lastMeasured(run *journal.Run, best journal.Hash) *journal.Measured {
	var found *journal.Measured
	for i := range run.Measured {
		m := &run.Measured[i]
		switch {
		case m.Base == "" && found == nil:
			found = m
		case m.Base != "" && m.Hash == best && m.Failed == "":
			found = m
		}
	}
	return found
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v / float64(len(values))
	}
	return sum
}

func (r *Report) writeScores(p *page) {
	s := r.Scores
	if s == nil {
		return
	}
	p.heading("Scores that vary")
	if s.Beside != "" {
		p.table([][]string{
			{"", "before", "after", "difference (95 % interval)"},
			{"mean score", fmt.Sprintf("%.4g", s.Before), fmt.Sprintf("%.4g", s.After), difference(s.Difference)},
		})
		beside := "the original, from new builds and in new processes"
		if s.Beside == "base" {
			beside = "what was accepted before it, not yet beside the original"
		}
		p.para("Means of %s, in each of which both ran: the result beside %s.", plural(s.Rounds, "round"), beside)
	}
	if s.Mends {
		p.para("It counts as better because fewer cases failed in every round.")
	}
	if s.Outcome != "" {
		p.para("Not shown to be better: %s.", p.code(s.Outcome))
	}
	if len(s.Vary) == 0 {
		return
	}
	rows := [][]string{{"the original's score of", "lowest", "highest"}}
	for _, v := range s.Vary[:min(len(s.Vary), maxCases)] {
		rows = append(rows, []string{p.cell(v.Name), fmt.Sprintf("%.4g", v.Low), fmt.Sprintf("%.4g", v.High)})
	}
	p.table(rows)
	if more := len(s.Vary) - maxCases; more > 0 {
		p.para("And %d more.", more)
	}
	p.para("In %s of it. The scores of single cases in other tables are those of one run.", plural(s.Vary[0].Runs, "run"))
}

// difference writes a difference with its interval.
func difference(e *journal.Estimate) string {
	if e == nil {
		return "?"
	}
	switch {
	case e.Low == nil || e.High == nil:
		return fmt.Sprintf("%+.3g", e.Value)
	case *e.Low == *e.High:
		return fmt.Sprintf("%+.3g, exactly", e.Value)
	}
	return fmt.Sprintf("%+.3g (%+.3g to %+.3g)", e.Value, *e.Low, *e.High)
}
