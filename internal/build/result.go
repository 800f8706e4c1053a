package build

import "time"

// MainCase is the name of the one case of a program.
const MainCase = "main"

// A Result tells what became of the cases of one binary.
type Result struct {
	Cases []CaseResult // in the order in which they first started
	Exits []Exit       // of the processes that it took, in order

	// Trouble says that a process failed although no case did, such as a
	// TestMain that exits with 1.
	Trouble string
	Output  string // printed outside of all cases, bounded
	Elapsed time.Duration

	// Busy is the longest that a process was busy with one case, or with what is
	// outside of all cases: what RunOptions.Timeout bounds.
	Busy time.Duration
}

// CaseResult is the outcome of one case.
type CaseResult struct {
	Name     string
	Result   string             // Pass, Fail, Skip, Killed
	Score    *float64           // the last trace.Score; nil if there was none
	Feedback []string           // of trace.Feedback and of the run itself
	Output   string             // what it printed, bounded
	Units    map[string]float64 // what a benchmark measured, by unit; may hold NaN and infinities
	Elapsed  time.Duration
}

// Case returns the result of the case called name, nil if it did not run.
func (r *Result) Case(name string) *CaseResult {
	for i := range r.Cases {
		if r.Cases[i].Name == name {
			return &r.Cases[i]
		}
	}
	return nil
}
