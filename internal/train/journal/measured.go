package journal

// Measured is what benchmarks measured: of the original alone, or of a
// candidate beside its base.
type Measured struct {
	For        string      `json:"for"` // baseline, step, shrink, or verify
	Step       int         `json:"step,omitempty"`
	Base       Hash        `json:"base,omitempty"` // empty: the original alone
	Hash       Hash        `json:"hash"`
	Unit       string      `json:"unit"`
	Better     string      `json:"better"` // lower or higher
	Benchmarks []Benchmark `json:"benchmarks"`
	Order      string      `json:"order,omitempty"`  // what came first in each round: b for the base, c for the candidate
	Ratio      *Ratio      `json:"ratio,omitempty"`  // the geometric mean of all
	Steady     bool        `json:"steady,omitempty"` // the values do not vary
	Accepted   bool        `json:"accepted,omitempty"`
	Why        string      `json:"why,omitempty"`    // it is not accepted
	Failed     string      `json:"failed,omitempty"` // why it could not be measured
}

// Benchmark holds the values of one benchmark, one for each round.
type Benchmark struct {
	Name   string    `json:"name"`
	Base   []float64 `json:"base,omitempty"`
	Values []float64 `json:"values"`
	Ratio  *Ratio    `json:"ratio,omitempty"`

	Others map[string]float64 `json:"others,omitempty"` // what was reported besides in the last round, by unit
}

// Ratio is that of the candidate's values to its base's, with the interval in
// which it lies. Without one there were too few rounds to tell.
type Ratio struct {
	Value float64  `json:"value"`
	Low   *float64 `json:"low,omitempty"`
	High  *float64 `json:"high,omitempty"`
}
