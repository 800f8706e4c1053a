package journal

import "time"

// Limit is the time limit of a case as a run derived it from its baseline. It holds
// where a candidate runs for the first time; what is run again, benchmarks and the
// command that judges have that of [Flags].
type Limit struct {
	MS int64 `json:"ms"`
	// SlowestMS is the longest that the original was busy with one case, or with what
	// is outside of all cases, in any of its runs, rounded up; 0: not known.
	SlowestMS int64  `json:"slowest_ms,omitempty"`
	Why       string `json:"why,omitempty"` // why it is not derived from that, for people; empty: it is
}

// defaultLimit is the time limit of runs that do not say.
const defaultLimit = 10 * time.Second

// Limit returns the time limit of a case, and how it was derived: nil if it was
// given, or if the run is of a version that derived none or ended before it did.
func (r *Run) Limit() (time.Duration, *Limit) {
	if r.Baseline != nil && r.Baseline.Limit != nil && r.Baseline.Limit.MS > 0 {
		return r.Baseline.Limit.Duration(), r.Baseline.Limit
	}
	if ms := r.Settings().Flags.TimeoutMS; ms > 0 {
		return time.Duration(ms) * time.Millisecond, nil
	}
	return defaultLimit, nil
}

// Duration is the limit itself.
func (l *Limit) Duration() time.Duration { return time.Duration(l.MS) * time.Millisecond }

// Text says where the limit comes from.
func (l *Limit) Text() string {
	switch {
	case l == nil:
		return ""
	case l.Why != "":
		return l.Why
	case l.SlowestMS == 0:
		return "how long the original takes is not known"
	}
	return "the slowest of the original took " + (time.Duration(l.SlowestMS) * time.Millisecond).String()
}
